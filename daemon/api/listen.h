// Listen addresses: what they mean, the sockets that listen on them, and why one cannot be listened on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace gatewayd::api {

// True for "unix:/path".
bool IsUnixAddress(std::string_view address);

// True for unix sockets and loopback addresses: only this host reaches them.
bool IsLocalAddress(std::string_view address);

// Who may open a unix socket. Not set: as umask and the daemon's own group have it.
struct UnixSocketOptions {
  std::optional<mode_t> mode;
  std::optional<gid_t> group;
};

// One address that is listened on: its sockets, several where a name has several addresses. Closes them, and
// removes a unix socket's file where it is still the one that it made.
class Listener {
 public:
  // "host:port" (port 0: the kernel chooses) or "unix:/path". The mode and group of a unix socket are in
  // force before anybody can connect; a socket that nobody serves any more is taken over. UNAVAILABLE, naming
  // the address and the cause, for what cannot be listened on: no address, taken, a unix socket that somebody
  // serves.
  static absl::StatusOr<Listener> Open(const std::string& address, const UnixSocketOptions& unix_socket);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  // As it was given, with the port that was chosen.
  const std::string& address() const { return address_; }
  std::uint16_t port() const { return port_; }  // 0 of a unix socket
  bool is_unix() const { return IsUnixAddress(address_); }
  const std::vector<int>& sockets() const { return sockets_; }

 private:
  explicit Listener(std::string address) : address_(std::move(address)) {}
  absl::Status OpenUnix(const UnixSocketOptions& options);
  absl::Status OpenTcp();
  void RemoveFile() const;

  std::string address_;
  std::uint16_t port_ = 0;
  std::vector<int> sockets_;
  dev_t device_ = 0;  // of a unix socket's file
  ino_t inode_ = 0;
};

}  // namespace gatewayd::api
