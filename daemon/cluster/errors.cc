#include "cluster/errors.h"

#include "absl/strings/cord.h"
#include "cluster/text.h"

namespace gatewayd::cluster {

std::string_view ReasonWord(Reason reason) {
  switch (reason) {
    case Reason::kNoView:
      return "no-view";
    case Reason::kUnknownGateway:
      return "unknown-gateway";
    case Reason::kNoLink:
      return "no-link";
    case Reason::kLinkLost:
      return "link-lost";
    case Reason::kGenerationOver:
      return "generation-over";
    case Reason::kOtherDaemon:
      return "other-daemon";
    case Reason::kBufferFull:
      return "buffer-full";
    case Reason::kTooLarge:
      return "too-large";
    case Reason::kTimeout:
      return "timeout";
    case Reason::kBadAnswer:
      return "bad-answer";
    case Reason::kOffline:
      return "offline";
    case Reason::kDialect:
      return "dialect";
    case Reason::kStalled:
      return "stalled";
    case Reason::kRefused:
      return "refused";
    case Reason::kStopping:
      return "stopping";
  }
  return "unknown";
}

absl::Status MakeError(absl::StatusCode code, Reason reason, std::string_view gateway,
                       std::string_view text) {
  absl::Status status(code, gateway.empty() ? std::string(text) : StrCat("gateway ", gateway, ": ", text));
  status.SetPayload(wire::ToAbsl(kReasonKey), absl::Cord(wire::ToAbsl(ReasonWord(reason))));
  if (!gateway.empty()) status.SetPayload(wire::ToAbsl(kGatewayKey), absl::Cord(wire::ToAbsl(gateway)));
  return status;
}

std::string ErrorPayload(const absl::Status& status, std::string_view key) {
  const auto payload = status.GetPayload(wire::ToAbsl(key));
  return payload ? std::string(*payload) : std::string();
}

}  // namespace gatewayd::cluster
