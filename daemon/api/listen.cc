#include "api/listen.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "cluster/text.h"
#include "wire/register_line.h"

namespace gatewayd::api {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

class Socket {
 public:
  explicit Socket(int family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::Status CannotListen(std::string_view address, std::string_view why) {
  return absl::UnavailableError(cluster::StrCat("cannot listen on ", address, ": ", why));
}

absl::Status CheckUnix(const std::string& address) {
  const std::string path = address.substr(kUnixPrefix.size());
  sockaddr_un name = {.sun_family = AF_UNIX};
  if (path.empty() || path.size() >= sizeof(name.sun_path)) {
    return CannotListen(address, "a unix socket's path has 1 to 107 bytes");
  }
  std::copy(path.begin(), path.end(), name.sun_path);
  const Socket probe(AF_UNIX);
  if (connect(probe.fd(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0) {
    return CannotListen(address, std::strerror(EADDRINUSE));
  }
  return absl::OkStatus();
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses Resolve(const std::string& host, std::uint16_t port) {
  const addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) found = nullptr;
  return {found, &freeaddrinfo};
}

absl::Status CheckTcp(const std::string& address) {
  std::string host;
  std::uint16_t port = 0;
  // SplitHostPort is for dialling and takes no port 0, where there is nothing to be taken.
  if (address.ends_with(":0")) return absl::OkStatus();
  if (!wire::SplitHostPort(address, &host, &port)) {
    return CannotListen(address, "neither host:port nor unix:/path");
  }
  const Addresses found = Resolve(host, port);
  if (found == nullptr) return CannotListen(address, "no such host");
  for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    const Socket probe(at->ai_family);
    const int on = 1;
    setsockopt(probe.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (probe.fd() >= 0 && bind(probe.fd(), at->ai_addr, at->ai_addrlen) != 0 && errno != EADDRNOTAVAIL) {
      return CannotListen(address, std::strerror(errno));
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsUnixAddress(std::string_view address) {
  return address.starts_with(kUnixPrefix);
}

bool IsLocalAddress(std::string_view address) {
  return IsUnixAddress(address) || address.starts_with("127.") || address.starts_with("[::1]:") ||
         address.starts_with("localhost:");
}

absl::Status CheckListenAddress(const std::string& address) {
  return IsUnixAddress(address) ? CheckUnix(address) : CheckTcp(address);
}

}  // namespace gatewayd::api
