// The errors of cluster/, as absl::Status with two payloads that become trailing metadata: a reason (one word
// for programs) and the Gateways concerned. The text names Gateway and cause for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace gatewayd::cluster {

// Why a call failed; ReasonWord gives the word that travels in `gatewayd-reason`.
enum class Reason {
  kNoView,          // UNAVAILABLE: no Register has answered yet, or not all have and the Gateway is unknown
  kUnknownGateway,  // NOT_FOUND: no member of a complete view carries such client_ids
  kNoLink,          // UNAVAILABLE: the Gateway is a member, but not linked now; nothing was sent
  kLinkLost,  // UNAVAILABLE for a query; DEADLINE_EXCEEDED for a command that was written and not confirmed
  kGenerationOver,  // NOT_FOUND: the Gateway was restarted, or may have been
  kOtherDaemon,     // FAILED_PRECONDITION: a generation that another daemon process gave out
  kBufferFull,      // RESOURCE_EXHAUSTED: a bounded queue is full; nothing was sent
  kTooLarge,        // RESOURCE_EXHAUSTED: over the frame limit, or an answer over the limit
  kTimeout,    // the Gateway did not answer in time: UNAVAILABLE for a query, DEADLINE_EXCEEDED for a command
  kBadAnswer,  // DATA_LOSS: the answer cannot be one to that query
  kOffline,    // NOT_FOUND: the client is gone
  kDialect,    // FAILED_PRECONDITION: the cluster's dialect cannot do it
  kStalled,   // RESOURCE_EXHAUSTED: go; the Gateway does not come on with its command link; nothing was sent.
              // DEADLINE_EXCEEDED for a command that was written and not confirmed
  kRefused,   // RESOURCE_EXHAUSTED: go; refused until an operator clears the Gateway; nothing was sent
  kStopping,  // UNAVAILABLE: the daemon is going
};

std::string_view ReasonWord(Reason reason);

// An error with its payloads. `gateway` may be empty.
absl::Status MakeError(absl::StatusCode code, Reason reason, std::string_view gateway, std::string_view text);

// Payload keys, equal to the names of the trailing metadata.
inline constexpr std::string_view kReasonKey = "gatewayd-reason";
inline constexpr std::string_view kGatewayKey = "gatewayd-gateway";
inline constexpr std::string_view kFieldKey = "gatewayd-field";

// The payload of `status` under one of the keys, or "".
std::string ErrorPayload(const absl::Status& status, std::string_view key);

}  // namespace gatewayd::cluster
