#include "api/listen.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "cluster/text.h"
#include "wire/register_line.h"

namespace gatewayd::api {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

absl::Status CannotListen(std::string_view address, std::string_view why) {
  return absl::UnavailableError(cluster::StrCat("cannot listen on ", address, ": ", why));
}

int NewSocket(int family) {
  return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

void TurnOn(int fd, int level, int option, int on = 1) {
  setsockopt(fd, level, option, &on, sizeof(on));
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses Resolve(const std::string& host, std::uint16_t port) {
  const addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) found = nullptr;
  return {found, &freeaddrinfo};
}

std::uint16_t PortOf(int fd) {
  sockaddr_storage name = {};
  socklen_t size = sizeof(name);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  return ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(name).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(name).sin_port);
}

void SetPort(addrinfo& at, std::uint16_t port) {
  if (at.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(at.ai_addr)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(at.ai_addr)->sin_port = htons(port);
  }
}

// SplitHostPort is for dialling and takes no port 0.
bool SplitListenAddress(const std::string& address, std::string* host, std::uint16_t* port) {
  if (!address.ends_with(":0")) return wire::SplitHostPort(address, host, port);
  if (!wire::SplitHostPort(address.substr(0, address.size() - 1) + "1", host, port)) return false;
  *port = 0;
  return true;
}

}  // namespace

bool IsUnixAddress(std::string_view address) {
  return address.starts_with(kUnixPrefix);
}

bool IsLocalAddress(std::string_view address) {
  if (IsUnixAddress(address) || address.starts_with("[::1]:") || address.starts_with("localhost:"))
    return true;
  // Not a name that begins so.
  in_addr ip = {};
  return address.starts_with("127.") &&
         inet_pton(AF_INET, std::string(address.substr(0, address.rfind(':'))).c_str(), &ip) == 1;
}

absl::StatusOr<Listener> Listener::Open(const std::string& address, const UnixSocketOptions& unix_socket) {
  Listener listener(address);
  const absl::Status status = listener.is_unix() ? listener.OpenUnix(unix_socket) : listener.OpenTcp();
  if (!status.ok()) return status;
  return listener;
}

Listener::Listener(Listener&& other) noexcept
    : address_(other.address_),
      port_(other.port_),
      sockets_(std::exchange(other.sockets_, {})),
      device_(other.device_),
      inode_(std::exchange(other.inode_, 0)) {}

Listener::~Listener() {
  RemoveFile();
  for (const int fd : sockets_)
    close(fd);
}

// Another daemon may have taken the path over meanwhile.
void Listener::RemoveFile() const {
  if (inode_ == 0) return;
  const std::string path = address_.substr(kUnixPrefix.size());
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
    unlink(path.c_str());
}

absl::Status Listener::OpenUnix(const UnixSocketOptions& options) {
  const std::string path = address_.substr(kUnixPrefix.size());
  sockaddr_un name = {.sun_family = AF_UNIX};
  if (path.empty() || path.size() >= sizeof(name.sun_path)) {
    return CannotListen(address_, "a unix socket's path has 1 to 107 bytes");
  }
  std::copy(path.begin(), path.end(), name.sun_path);
  const auto* const at = reinterpret_cast<const sockaddr*>(&name);
  const Socket probe(NewSocket(AF_UNIX));
  // A full row of callers is somebody's too.
  if (connect(probe.fd(), at, sizeof(name)) == 0 || errno == EAGAIN)
    return CannotListen(address_, std::strerror(EADDRINUSE));
  struct stat status = {};
  if (lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return CannotListen(address_, "there is a file that is no socket");
    unlink(path.c_str());
  }
  Socket socket(NewSocket(AF_UNIX));
  if (bind(socket.fd(), at, sizeof(name)) != 0 || stat(path.c_str(), &status) != 0)
    return CannotListen(address_, std::strerror(errno));
  device_ = status.st_dev;
  inode_ = status.st_ino;
  sockets_.push_back(socket.release());
  // Nobody can connect before listen: the door has its lock when it opens.
  if (options.mode && chmod(path.c_str(), *options.mode) != 0)
    return CannotListen(address_, cluster::StrCat("--unix_socket_mode: ", std::strerror(errno)));
  if (options.group && chown(path.c_str(), static_cast<uid_t>(-1), *options.group) != 0)
    return CannotListen(address_, cluster::StrCat("--unix_socket_group: ", std::strerror(errno)));
  if (listen(sockets_.back(), SOMAXCONN) != 0) return CannotListen(address_, std::strerror(errno));
  return absl::OkStatus();
}

absl::Status Listener::OpenTcp() {
  std::string host;
  if (!SplitListenAddress(address_, &host, &port_)) {
    return CannotListen(address_, "neither host:port nor unix:/path");
  }
  const Addresses found = Resolve(host, port_);
  if (found == nullptr) return CannotListen(address_, "no such host");
  int error = EADDRNOTAVAIL;
  for (addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    Socket socket(NewSocket(at->ai_family));
    if (socket.fd() < 0) continue;  // a host without IPv6
    TurnOn(socket.fd(), SOL_SOCKET, SO_REUSEADDR);
    // "[::]" means both, as it does for gRPC.
    if (at->ai_family == AF_INET6) TurnOn(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    TurnOn(socket.fd(), IPPROTO_TCP, TCP_NODELAY);  // those that are accepted have it from here
    SetPort(*at, port_);                            // the one that the first was given
    if (bind(socket.fd(), at->ai_addr, at->ai_addrlen) != 0 || listen(socket.fd(), SOMAXCONN) != 0) {
      error = errno;
      if (error == EADDRNOTAVAIL) continue;
      return CannotListen(address_, std::strerror(error));
    }
    if (port_ == 0) port_ = PortOf(socket.fd());
    sockets_.push_back(socket.release());
  }
  if (sockets_.empty()) return CannotListen(address_, std::strerror(error));
  address_ = cluster::StrCat(address_.substr(0, address_.rfind(':')), ":", port_);
  return absl::OkStatus();
}

}  // namespace gatewayd::api
