// What the admin side looks at: the running daemon, by what it counts and says anyway.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "admin/http_server.h"
#include "admin/readiness.h"
#include "cluster/cluster.h"
#include "cluster/durations.h"
#include "events/hub.h"

namespace gatewayd::admin {

// One rpc, as the gRPC server has counted it.
struct RpcCounts {
  std::string_view service;  // both names live for ever
  std::string_view method;
  std::uint64_t started = 0;
  std::vector<std::uint64_t> ended;  // by status code
  bool timed = false;
  cluster::Durations::Counts took;  // where timed
};

struct ServerCounts {
  std::vector<RpcCounts> rpcs;
  std::uint64_t worker_commands = 0;
  std::uint64_t worker_commands_failed = 0;
  std::uint64_t stream_bytes = 0;
  std::uint64_t stream_bytes_limit = 0;
  std::uint64_t unauthenticated = 0;  // calls and commands that a token did not allow
  std::uint64_t denied = 0;
  std::uint64_t over_rate = 0;
  std::uint64_t connections = 0;  // open
  std::uint64_t connections_refused = 0;
  double certificate_expiry_seconds = 0;  // since 1970; 0 without TLS
};

// The pointers outlive who is given them. The functions are called on the listener's thread and must not
// block for long.
struct Sources {
  cluster::Cluster* cluster = nullptr;
  const events::Hub* hub = nullptr;
  const HttpStats* http = nullptr;
  std::function<ServerCounts()> server;
  std::function<bool()> serving;  // what grpc.health.v1 says
  std::function<bool()> draining;
  std::map<std::string, std::uint64_t> limits;  // LimitsInForce
  std::uint64_t max_connections = 0;            // of the admin listener
  std::string version;
};

// What /readyz is decided by, now.
HealthFacts ReadHealth(const Sources& sources);

}  // namespace gatewayd::admin
