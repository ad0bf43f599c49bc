// Copies of the cluster's state for people: AdminService, health, logs.
#pragma once

#include <array>
#include <cstddef>
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
inline constexpr std::array kLinkKinds = {LinkKind::kCommand, LinkKind::kQuery, LinkKind::kEvent};

// "connecting", …
const char* ToString(LinkState state);
// "command", "query", "event".
const char* ToString(LinkKind kind);

// One link. Bytes and connects are counted over all its connections; what is queued or in flight is of now.
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

// What has gone over the links of one kind to one Gateway since it became a member, and what waits there now.
struct LinkTraffic {
  std::uint64_t connects = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_queued = 0;       // now
  std::uint64_t queries_in_flight = 0;  // now
};

struct GatewayView {
  std::string address;            // as listed
  std::string dial_address;       // as dialled
  std::string client_id_address;  // what client_ids carry, empty while unknown
  std::string generation;         // empty before the first link
  bool listed = false;
  bool tried = false;   // its command link was up, refused, or has timed out
  bool usable = false;  // its command link takes calls
  std::string refused;  // go: why commands are refused until an operator clears it; else empty
  std::vector<LinkView> links;
  std::array<LinkTraffic, 3> traffic;  // by LinkKind
  std::size_t queries_waiting = 0;     // for a query link, or behind commands
  std::size_t answers_due_bytes = 0;   // of the command link, at most
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
  std::size_t answer_memory_used = 0;  // by large answers that are being read
};

}  // namespace gatewayd::cluster
