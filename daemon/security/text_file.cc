#include "security/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace gatewayd::security {
namespace {

absl::Status CannotRead() {
  return absl::InvalidArgumentError(absl::StrCat("cannot be read: ", std::strerror(errno)));
}

class File {
 public:
  // Not blocking, or a pipe that nobody writes to would hold us up for ever.
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const File file(path);
  if (file.fd() < 0) return CannotRead();
  std::string bytes;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = read(file.fd(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead();
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > kMaxFileBytes) {
      return absl::InvalidArgumentError(absl::StrCat("is larger than ", kMaxFileBytes, " bytes"));
    }
  }
}

}  // namespace gatewayd::security
