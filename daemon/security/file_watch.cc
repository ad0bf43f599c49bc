#include "security/file_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace gatewayd::security {
namespace {

constexpr int kMinute = 60'000;
constexpr int kSoon = 1'000;
constexpr int kBlind = 5'000;
constexpr std::uint32_t kChanges =
    IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR;

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

FileWatch::FileWatch() = default;

FileWatch::~FileWatch() {
  Stop();
  if (changes_ >= 0) close(changes_);
  if (wake_ >= 0) close(wake_);
}

void FileWatch::Add(const std::vector<std::string>& paths, Look look) {
  for (const std::string& path : paths) {
    std::string folder = FolderOf(path);
    if (std::ranges::count(folders_, folder) == 0) folders_.push_back(std::move(folder));
  }
  looks_.push_back(std::move(look));
}

void FileWatch::Start() {
  if (looks_.empty()) return;
  changes_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  WatchFolders();
  thread_ = std::thread([this] { Run(); });
}

void FileWatch::Stop() {
  if (!thread_.joinable()) return;
  stopped_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof(one));
  thread_.join();
}

void FileWatch::Run() {
  while (!stopped_) {
    // A folder that was replaced has to be named again; naming one twice changes nothing.
    const bool told = WatchFolders();
    bool settled = true;
    for (const Look& look : looks_)
      settled = look() && settled;
    WaitForChange(!settled ? kSoon : told ? kMinute : kBlind);
  }
}

bool FileWatch::WatchFolders() {
  return changes_ >= 0 && std::ranges::all_of(folders_, [this](const std::string& folder) {
           return inotify_add_watch(changes_, folder.c_str(), kChanges) >= 0;
         });
}

void FileWatch::WaitForChange(int milliseconds) {
  pollfd waiting[] = {{.fd = wake_, .events = POLLIN}, {.fd = changes_, .events = POLLIN}};
  if (poll(waiting, changes_ >= 0 ? 2 : 1, milliseconds) <= 0) return;
  alignas(inotify_event) char buffer[4096];
  while (changes_ >= 0 && read(changes_, buffer, sizeof(buffer)) > 0) {
  }
}

}  // namespace gatewayd::security
