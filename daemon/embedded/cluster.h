// A whole cluster in the process: Registers and Gateways on loopback, with a thread of their own. What
// `gatewayd --embedded` starts, and what the integration tests run against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "embedded/gateway.h"
#include "embedded/register.h"

namespace gatewayd::embedded {

// What EmbeddedCluster is made of, fixed once it is. The dialect is borrowed, and must outlive the cluster.
struct ClusterOptions {
  std::vector<RegisterOptions> registers = {RegisterOptions{}};
  std::vector<GatewayOptions> gateways;
  // Given to every Register and Gateway that has none of its own.
  std::string secret;
  // Given to every Register and Gateway, whatever theirs says.
  const wire::Dialect* dialect = &wire::PhpDialect();

  // One Register and `count` Gateways, each with WebSocket, text and frame clients (go: and tcp), on ports
  // that the kernel chooses.
  static ClusterOptions Loopback(int count = 1, std::string secret = "",
                                 const wire::Dialect& dialect = wire::PhpDialect());
};

// A Gateway without Registers of its own registers at all of the cluster's. All I/O runs on one thread, so
// hundreds of Gateways cost hundreds of sockets and nothing else. Members are thread-safe but for Start() and
// Stop().
class EmbeddedCluster {
 public:
  explicit EmbeddedCluster(ClusterOptions options);
  ~EmbeddedCluster();  // Stop()
  EmbeddedCluster(const EmbeddedCluster&) = delete;
  EmbeddedCluster& operator=(const EmbeddedCluster&) = delete;

  // Everything listens when it returns OK. Otherwise nothing is left running, and the status names the
  // address that was the trouble. To be called once.
  absl::Status Start();
  // Closes everything at once. Idempotent.
  void Stop();

  // True once every running Register lists every running Gateway that names it; false at the deadline.
  bool WaitUntilRegistered(absl::Duration timeout = absl::Seconds(5)) const;

  std::size_t register_count() const;
  std::size_t gateway_count() const;
  std::vector<std::string> register_addresses() const;  // "127.0.0.1:port", stopped ones included
  // The index must be below the count. A reference is good until that one is restarted or the cluster
  // stopped.
  EmbeddedRegister& reg(std::size_t index = 0);
  EmbeddedGateway& gateway(std::size_t index = 0);

  // Test hooks: kill one, and start it anew on the ports it had. Restart works on a running one too.
  void StopGateway(std::size_t index);
  absl::Status RestartGateway(std::size_t index);
  void StopRegister(std::size_t index = 0);
  absl::Status RestartRegister(std::size_t index = 0);
  // One more Gateway, registered like the others; its index is the former gateway_count().
  absl::Status AddGateway(GatewayOptions options);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatewayd::embedded
