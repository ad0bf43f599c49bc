#include "cluster/status_view.h"

namespace gatewayd::cluster {

const char* ToString(LinkState state) {
  switch (state) {
    case LinkState::kIdle:
      return "idle";
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kAuthenticating:
      return "authenticating";
    case LinkState::kReady:
      return "ready";
    case LinkState::kClosing:
      return "closing";
    case LinkState::kBackoff:
      return "backoff";
    case LinkState::kStalled:
      return "stalled";
  }
  return "unknown";
}

const char* ToString(LinkKind kind) {
  switch (kind) {
    case LinkKind::kCommand:
      return "command";
    case LinkKind::kQuery:
      return "query";
    case LinkKind::kEvent:
      return "event";
  }
  return "unknown";
}

}  // namespace gatewayd::cluster
