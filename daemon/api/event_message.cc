#include "api/event_message.h"

#include <charconv>
#include <string>
#include <string_view>
#include <variant>

#include "api/session_value.h"
#include "wire/client_id.h"
#include "wire/value.h"

namespace gatewayd::api {
namespace {

void SetAddress(std::uint32_t ip, std::string* out) {
  char text[16];
  char* end = text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    end = std::to_chars(end, text + sizeof(text), ip >> shift & 0xff).ptr;
    if (shift > 0) *end++ = '.';
  }
  out->assign(text, static_cast<std::size_t>(end - text));
}

void SetTime(absl::Time time, google::protobuf::Timestamp* out) {
  const std::int64_t nanos = absl::ToUnixNanos(time);
  out->set_seconds(nanos / 1'000'000'000);
  out->set_nanos(static_cast<std::int32_t>(nanos % 1'000'000'000));
}

// The part of a handshake under `name`; false where it was not an array, or could not all be said.
bool FillPart(const wire::Array& handshake, std::string_view name, google::protobuf::Struct* out) {
  for (const wire::Entry& entry : handshake.entries) {
    const std::string* key = std::get_if<std::string>(&entry.first);
    if (key == nullptr || *key != name) continue;
    return std::holds_alternative<wire::Array>(entry.second.data) && ToStruct(entry.second, out);
  }
  return true;
}

void FillHandshake(const wire::Dialect& dialect, std::string_view body, pb::Handshake* out) {
  out->set_stored(body.data(), body.size());
  const absl::StatusOr<wire::Value> value = dialect.DecodeSessionValue(body);
  const wire::Array* parts = value.ok() ? std::get_if<wire::Array>(&value->data) : nullptr;
  if (parts == nullptr) return out->set_incomplete(true);
  bool whole = FillPart(*parts, "get", out->mutable_get());
  whole = FillPart(*parts, "server", out->mutable_server()) && whole;
  whole = FillPart(*parts, "cookie", out->mutable_cookie()) && whole;
  out->set_incomplete(!whole);
}

bool Fits(std::size_t max_message_bytes, const pb::AttachResponse& response) {
  return response.ByteSizeLong() <= max_message_bytes;
}

}  // namespace

pb::EventKind ToProto(events::EventKind kind) {
  switch (kind) {
    case events::EventKind::kConnect:
      return pb::EVENT_KIND_CONNECT;
    case events::EventKind::kWebSocketConnect:
      return pb::EVENT_KIND_WEBSOCKET_CONNECT;
    case events::EventKind::kMessage:
      return pb::EVENT_KIND_MESSAGE;
    case events::EventKind::kClose:
      return pb::EVENT_KIND_CLOSE;
    case events::EventKind::kGatewayLost:
      return pb::EVENT_KIND_GATEWAY_LOST;
  }
  return pb::EVENT_KIND_UNSPECIFIED;
}

void FillEvent(const wire::Dialect& dialect, const events::Delivery& delivery, SessionForm form,
               pb::Event* out) {
  const events::Event& event = *delivery.event;
  const events::Event::Head& head = event.head();
  // Below, all that a message has is set or cleared; Clear would give back memory that the next one needs.
  if (head.kind != events::EventKind::kMessage || out->kind() != pb::EVENT_KIND_MESSAGE) out->Clear();
  out->set_id(delivery.id);
  out->set_kind(ToProto(head.kind));
  out->set_generation(head.run->generation);
  SetTime(head.read, out->mutable_time_read());
  out->set_attempt(delivery.attempt);
  out->set_redelivered(delivery.redelivered());
  if (head.kind == events::EventKind::kGatewayLost) {
    out->set_gateway(head.run->gateway);
    return;
  }
  wire::FormatClientId(head.client, out->mutable_client_id());
  if (head.client_ip != 0) {
    SetAddress(head.client_ip, out->mutable_client_ip());
  } else {
    out->clear_client_ip();
  }
  out->set_client_port(head.client_port);
  out->set_gateway_port(head.gateway_port);
  if (head.kind == events::EventKind::kMessage) {
    out->set_body(event.body().data(), event.body().size());
    out->clear_body_omitted();
  } else if (head.kind == events::EventKind::kWebSocketConnect) {
    FillHandshake(dialect, event.body(), out->mutable_handshake());
  }
  out->set_session_stale(form != SessionForm::kNone && delivery.session_stale);
  if (form == SessionForm::kNone) return out->clear_session();
  out->mutable_session()->Clear();
  const std::string_view session =
      delivery.session != nullptr ? std::string_view(*delivery.session) : event.session();
  if (session.empty()) return;  // there is one, and nothing in it
  if (form == SessionForm::kRaw) {
    out->mutable_session()->set_stored(session.data(), session.size());
  } else {
    FillSession(dialect, session, out->mutable_session());
  }
}

void ShrinkToFit(std::size_t max_message_bytes, pb::AttachResponse* response) {
  if (Fits(max_message_bytes, *response)) return;
  auto& events = *response->mutable_events()->mutable_events();
  for (pb::Event& event : events) {
    if (!event.session().has_value()) continue;
    event.mutable_session()->clear_value();
    event.mutable_session()->set_value_incomplete(true);
  }
  if (Fits(max_message_bytes, *response)) return;
  for (pb::Event& event : events) {
    if (event.body().empty()) continue;
    event.set_body_omitted(event.body().size());
    event.clear_body();
  }
  if (Fits(max_message_bytes, *response)) return;
  for (pb::Event& event : events) {
    if (event.has_session()) {
      event.mutable_session()->clear_stored();
      event.mutable_session()->set_value_incomplete(true);
    }
    if (event.has_handshake()) {
      event.mutable_handshake()->Clear();
      event.mutable_handshake()->set_incomplete(true);
    }
  }
}

}  // namespace gatewayd::api
