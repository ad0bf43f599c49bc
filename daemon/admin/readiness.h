// Whether the daemon is ready, and in words why not: what /readyz says. No I/O.
#pragma once

#include <string>
#include <vector>

#include "cluster/status_view.h"

namespace gatewayd::admin {

// What it is decided by.
struct HealthFacts {
  bool serving = false;   // what grpc.health.v1 says: the two must agree
  bool draining = false;  // SIGTERM, or AdminService.Drain
  cluster::ClusterStatus cluster;
  std::vector<std::string> events_degraded;  // Hub::degraded
};

// Ready while grpc.health.v1 says SERVING. A degraded daemon is ready: it serves what it can reach.
struct Readiness {
  enum class State { kStarting, kServing, kDegraded, kDraining };
  State state = State::kStarting;
  std::vector<std::string> reasons;   // why it is not ready; empty while it is
  std::vector<std::string> degraded;  // what cannot be reached, or does not keep up

  bool ready() const { return state == State::kServing || state == State::kDegraded; }
};

Readiness ReadinessOf(const HealthFacts& facts);

// "starting", "serving", "degraded", "draining".
const char* ToString(Readiness::State state);

// {"ready": false, "state": "starting", "reasons": ["…"], "degraded": []}, with a line's end.
std::string ToJson(const Readiness& readiness);

}  // namespace gatewayd::admin
