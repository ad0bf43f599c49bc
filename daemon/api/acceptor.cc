#include "api/acceptor.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace gatewayd::api {
namespace {

// Then the other listeners have their turn.
constexpr int kAcceptedAtOnce = 64;
// While there is no room, those who are open are counted no more often.
constexpr std::int64_t kSweepMilliseconds = 10;
// What nothing can be done about but to wait.
constexpr int kPauseMilliseconds = 50;
// Without a refusal for so long, the next one is said again.
constexpr std::int64_t kNewsMilliseconds = 60'000;

std::int64_t SteadyMilliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

ino_t InodeOf(int fd) {
  struct stat status = {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

int OpenSpare() {
  return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace

void OpenSockets::Add(int fd) {
  inodes_[fd] = InodeOf(fd);
}

void OpenSockets::Sweep() {
  absl::erase_if(inodes_, [](const auto& entry) { return InodeOf(entry.first) != entry.second; });
}

std::size_t ConnectionsThatFit(std::size_t wanted, std::size_t reserved) {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  if (files.rlim_cur < files.rlim_max && files.rlim_cur < wanted + reserved) {
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, wanted + reserved);
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
  }
  if (files.rlim_cur == RLIM_INFINITY || files.rlim_cur >= wanted + reserved) return wanted;
  return std::max<std::size_t>(files.rlim_cur > reserved ? files.rlim_cur - reserved : files.rlim_cur / 2, 1);
}

Acceptor::~Acceptor() {
  Stop();
}

void Acceptor::Add(Listener listener, Target target) {
  for (const int socket : listener.sockets())
    doors_.push_back({socket, target.get()});
  listeners_.push_back(std::move(listener));
  targets_.push_back(std::move(target));
}

void Acceptor::Start() {
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  spare_ = OpenSpare();
  thread_ = std::thread([this] { Run(); });
}

void Acceptor::Stop() {
  if (!thread_.joinable()) return;
  stopped_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof(one));
  thread_.join();
  listeners_.clear();
  close(wake_);
  close(spare_);
}

std::size_t Acceptor::connections() {
  std::lock_guard lock(mutex_);
  open_.Sweep();
  return open_.size();
}

void Acceptor::Run() {
  std::vector<pollfd> waiting = {{.fd = wake_, .events = POLLIN}};
  for (const Door& door : doors_)
    waiting.push_back({.fd = door.socket, .events = POLLIN});
  while (!stopped_) {
    if (poll(waiting.data(), waiting.size(), -1) <= 0) continue;
    for (std::size_t i = 0; i < doors_.size() && !stopped_; ++i) {
      if (waiting[i + 1].revents != 0) AcceptFrom(doors_[i]);
    }
  }
}

void Acceptor::AcceptFrom(const Door& door) {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    const int fd = accept4(door.socket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      Take(door, fd);
    } else if (errno == EMFILE || errno == ENFILE) {
      return OutOfDescriptors(door.socket);
    } else if (errno == ENOBUFS || errno == ENOMEM) {
      poll(nullptr, 0, kPauseMilliseconds);
      return;
    } else if (errno == EAGAIN) {
      return;
    }
    // Anything else is about a connection that has gone already.
  }
}

void Acceptor::Take(const Door& door, int fd) {
  if (!HasRoom()) return Refuse(fd);
  {
    std::lock_guard lock(mutex_);
    open_.Add(fd);
  }
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.listener_fd = door.socket;
  connection.fd = fd;
  door.target->HandleNewConnection(&connection);
}

bool Acceptor::HasRoom() {
  std::lock_guard lock(mutex_);
  if (open_.size() < max_connections_) return true;
  const std::int64_t now = SteadyMilliseconds();
  if (now < full_at_ + kSweepMilliseconds) return false;
  open_.Sweep();
  if (open_.size() < max_connections_) return true;
  full_at_ = now;
  return false;
}

// Those who knock again and again are one piece of news.
bool Acceptor::IsNews() {
  const std::int64_t now = SteadyMilliseconds();
  const bool news = said_full_at_ == 0 || now > said_full_at_ + kNewsMilliseconds;
  said_full_at_ = now;
  return news;
}

// Who sees that it is closed finds it counted.
void Acceptor::Refuse(int fd) {
  refused_.fetch_add(1);
  close(fd);
  if (IsNews()) {
    LOG(WARNING) << "gRPC: " << max_connections_
                 << " connections are open (--max_connections): more are closed";
  }
}

void Acceptor::OutOfDescriptors(int listening) {
  if (IsNews()) {
    LOG(ERROR) << "gRPC: out of file descriptors: connections are closed until there are some";
  }
  if (spare_ >= 0) close(spare_);
  const int fd = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) {
    refused_.fetch_add(1);
    close(fd);
  }
  spare_ = OpenSpare();
  if (spare_ < 0) poll(nullptr, 0, kPauseMilliseconds);
}

}  // namespace gatewayd::api
