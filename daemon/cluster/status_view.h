// Copies of the cluster's state for people: AdminService, health, logs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace gatewayd::cluster {

enum class LinkState {
  kIdle,
  kConnecting,
  kAuthenticating,
  kReady,
  kClosing,
  kBackoff,
  kStalled,  // of a LinkView alone: a go command link whose answers do not come, and which is kept
};
enum class LinkKind { kCommand, kQuery, kEvent };

// "connecting", …
const char* ToString(LinkState state);

struct LinkView {
  LinkKind kind = LinkKind::kCommand;
  LinkState state = LinkState::kIdle;
  absl::Time state_since;
  std::string last_error;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_queued = 0;
  std::uint64_t queries_in_flight = 0;
  std::uint64_t connects = 0;
};

struct GatewayView {
  std::string address;            // as listed
  std::string dial_address;       // as dialled
  std::string client_id_address;  // what client_ids carry, empty while unknown
  std::string generation;         // empty before the first link
  bool listed = false;
  std::string refused;  // go: why commands are refused until an operator clears it; else empty
  std::vector<LinkView> links;
};

struct RegisterView {
  std::string address;
  LinkState state = LinkState::kIdle;
  bool answered = false;
  std::vector<std::string> addresses;
  std::string last_error;
  absl::Time state_since;
};

struct ClusterStatus {
  std::vector<RegisterView> registers;
  std::vector<GatewayView> gateways;
  bool complete = false;
  bool ready = false;
  std::vector<std::string> degraded;
};

}  // namespace gatewayd::cluster
