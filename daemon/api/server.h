// The gRPC server of the daemon: listeners, completion queue, health, and the services on it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/listen.h"
#include "api/rpc_stats.h"
#include "cluster/cluster.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace gatewayd::events {
class Hub;
}  // namespace gatewayd::events

namespace gatewayd::security {
class CertificateStore;
class TokenStore;
}  // namespace gatewayd::security

namespace gatewayd::api {

// Taken by Server::Start, and the same until the server has ended; certificates and tokens read their files
// anew by themselves.
struct ServerOptions {
  // "host:port" (port 0: the kernel chooses) or "unix:/path". At least one.
  std::vector<std::string> listen;
  // Threads that serve calls. One is the fastest on two cores (design.md, "The hot path").
  int cq_threads = 1;
  // The largest request: a message of 10 MiB fits, with its targets.
  std::size_t max_request_bytes = 16 * 1024 * 1024;
  int max_concurrent_streams = 1000;  // for each connection
  // All listeners together; fewer where the process may not open so many files.
  std::size_t max_connections = 1000;
  // A connection that has not said what HTTP/2 begins with, and shaken hands, by then is closed.
  absl::Duration handshake_timeout = absl::Seconds(10);
  UnixSocketOptions unix_socket;
  // TLS for the addresses that are no unix sockets; null: none.
  std::shared_ptr<security::CertificateStore> certificates;
  // Who may call what, on every listener; null: everybody everything.
  std::shared_ptr<security::TokenStore> tokens;
  // Clients may ping this often with no call open.
  absl::Duration client_ping_interval = absl::Seconds(10);
  // Idle peers are pinged so often, where the daemon listens on an address that others than this host reach.
  absl::Duration peer_ping_interval = absl::Seconds(60);
  absl::Duration peer_ping_timeout = absl::Seconds(20);

  // What AdminService.GetInfo says.
  std::string version;
  std::vector<std::pair<std::string, std::uint64_t>> limits;
  // What AdminService.Drain does: the daemon is to end as by SIGTERM. Must not block. Not set: the rpc is
  // UNIMPLEMENTED.
  std::function<void()> request_drain;
};

// What a server has counted.
struct ServerStats {
  struct Rpc {
    std::string_view service;  // for ever, as `method`
    std::string_view method;
    std::uint64_t started = 0;
    std::array<std::uint64_t, RpcStats::kCodes> ended = {};  // by status code
    bool timed = false;
    cluster::Durations::Counts took;  // where timed
  };
  std::vector<Rpc> rpcs;              // each that is served, but reflection
  std::uint64_t worker_commands = 0;  // on workers' streams
  std::uint64_t worker_commands_failed = 0;
  std::size_t stream_bytes = 0;  // that wait for slow readers of streams
  std::size_t stream_bytes_limit = 0;
  std::uint64_t unauthenticated = 0;  // as AccessCounters
  std::uint64_t denied = 0;
  std::uint64_t over_rate = 0;
  std::size_t connections = 0;  // open
  std::uint64_t connections_refused = 0;
};

// Serves from Start to Shutdown. Thread-safe. The cluster and the hub must outlive it.
class Server {
 public:
  // Listens and serves at once, NOT_SERVING until SetServing(true). An address that cannot be listened on
  // (taken, not ours, not an address) gives an error that names it and says why; then nothing listens.
  static absl::StatusOr<std::unique_ptr<Server>> Start(cluster::Cluster& cluster, events::Hub& hub,
                                                       ServerOptions options);

  virtual ~Server() = default;  // ends what is still open at once

  // The addresses as bound, in the order of the options; a port 0 is the port that was chosen.
  virtual const std::vector<std::string>& addresses() const = 0;
  // The port of the first address that has one; 0 where there is none.
  virtual int port() const = 0;

  // grpc.health.v1 for "", GatewayService and AdminService; watchers are told. Calls are served either way.
  virtual void SetServing(bool serving) = 0;
  // What grpc.health.v1 says of "".
  virtual bool serving() const = 0;
  virtual ServerStats stats() = 0;

  // Takes no new call, lets those in flight finish, and ends. At `deadline` what is left is cancelled and the
  // cluster stopped, so that nothing waits for a Gateway any more. After it returns no call touches the
  // cluster. Idempotent; health says NOT_SERVING from its start.
  virtual void Shutdown(absl::Time deadline) = 0;

  // Open connections, and those refused since the start because of `max_connections`.
  virtual std::size_t connections() = 0;
  virtual std::uint64_t connections_refused() = 0;

  // A channel without a socket: for tests, and for the console of the status page.
  virtual std::shared_ptr<grpc::Channel> InProcessChannel() = 0;
};

}  // namespace gatewayd::api
