#include "api/hello.h"

#include <algorithm>

#include "api/error.h"
#include "cluster/text.h"

namespace gatewayd::api {
namespace {

using cluster::StrCat;

std::uint64_t OrDefault(std::uint64_t value, std::uint64_t fallback) {
  return value == 0 ? fallback : value;
}

}  // namespace

absl::StatusOr<events::EventKinds> ReadKinds(std::string_view field,
                                             const google::protobuf::RepeatedField<int>& kinds) {
  events::EventKinds result;
  for (const int kind : kinds) {
    switch (kind) {
      case pb::EVENT_KIND_CONNECT:
        result.Add(events::EventKind::kConnect);
        break;
      case pb::EVENT_KIND_WEBSOCKET_CONNECT:
        result.Add(events::EventKind::kWebSocketConnect);
        break;
      case pb::EVENT_KIND_MESSAGE:
        result.Add(events::EventKind::kMessage);
        break;
      case pb::EVENT_KIND_CLOSE:
        result.Add(events::EventKind::kClose);
        break;
      case pb::EVENT_KIND_GATEWAY_LOST:
        result.Add(events::EventKind::kGatewayLost);
        break;
      default:
        return FieldError(field, StrCat("names a kind of events that this daemon does not know: ", kind));
    }
  }
  return result;
}

absl::StatusOr<HelloTerms> ReadHello(const pb::Hello& hello, std::size_t batch_bytes) {
  HelloTerms terms;
  events::WorkerSettings& settings = terms.settings;
  if (hello.worker_name().size() > kMaxWorkerNameSize) {
    return FieldError("hello.worker_name",
                      StrCat("has ", hello.worker_name().size(), " bytes, more than ", kMaxWorkerNameSize));
  }
  settings.name = hello.worker_name();
  const absl::StatusOr<events::EventKinds> kinds = ReadKinds("hello.kinds", hello.kinds());
  if (!kinds.ok()) return kinds.status();
  settings.kinds = *kinds;
  settings.window_events = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      OrDefault(hello.window_events(), events::kDefaultWindowEvents), events::kMaxWindowEvents));
  settings.window_bytes = std::min<std::uint64_t>(
      OrDefault(hello.window_bytes(), events::kDefaultWindowBytes), events::kMaxWindowBytes);
  terms.max_message_bytes = OrDefault(hello.max_message_bytes(), kDefaultMaxMessageBytes);
  if (terms.max_message_bytes < kMinMaxMessageBytes) {
    return FieldError("hello.max_message_bytes",
                      StrCat("is ", terms.max_message_bytes, ", less than ", kMinMaxMessageBytes));
  }
  // Room for what decoded sessions add.
  settings.max_batch_bytes = std::min(batch_bytes, terms.max_message_bytes / 4);

  if (!pb::AckMode_IsValid(hello.ack_mode())) return FieldError("hello.ack_mode", "is not known");
  settings.ack_on_send = hello.ack_mode() == pb::ACK_MODE_ON_SEND;
  switch (hello.session_mode()) {
    case pb::SESSION_MODE_UNSPECIFIED:
    case pb::SESSION_MODE_DECODED:
      terms.sessions = SessionForm::kDecoded;
      break;
    case pb::SESSION_MODE_RAW:
      terms.sessions = SessionForm::kRaw;
      break;
    case pb::SESSION_MODE_NONE:
      terms.sessions = SessionForm::kNone;
      break;
    default:
      return FieldError("hello.session_mode", "is not known");
  }
  if (!pb::SessionFreshness_IsValid(hello.session_freshness())) {
    return FieldError("hello.session_freshness", "is not known");
  }
  settings.fresh_sessions =
      terms.sessions != SessionForm::kNone && hello.session_freshness() != pb::SESSION_FRESHNESS_AS_SENT;
  return terms;
}

}  // namespace gatewayd::api
