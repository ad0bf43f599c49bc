#include "gatewayworker/event.h"

#include <utility>

#include "delivered_event.h"

namespace gatewayworker {

namespace {

thread_local const Event* current = nullptr;

}  // namespace

std::string_view KindName(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::kConnect:
      return "CONNECT";
    case EventKind::kWebSocketConnect:
      return "WEBSOCKET_CONNECT";
    case EventKind::kMessage:
      return "MESSAGE";
    case EventKind::kClose:
      return "CLOSE";
    case EventKind::kGatewayLost:
      return "GATEWAY_LOST";
  }
  return "UNKNOWN";
}

Event::Event(std::shared_ptr<internal::DeliveredEvent> delivered) noexcept
    : proto_(delivered->proto), delivered_(std::move(delivered)) {}

std::optional<std::uint64_t> Event::body_omitted() const noexcept {
  if (!proto().has_body_omitted()) return std::nullopt;
  return proto().body_omitted();
}

std::chrono::system_clock::time_point Event::time_read() const noexcept {
  const google::protobuf::Timestamp& time = proto().time_read();
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::seconds(time.seconds()) + std::chrono::nanoseconds(time.nanos())));
}

std::string ToString(const Event& event) {
  return "event " + std::to_string(event.id()) + " " + std::string(KindName(event.kind())) +
         (event.client_id().empty() ? "" : " of " + event.client_id());
}

const Event* CurrentEvent() noexcept {
  return current;
}

CurrentEventScope::CurrentEventScope(const Event& event) noexcept : event_(event), before_(current) {
  current = &event_;
}

CurrentEventScope::~CurrentEventScope() {
  current = before_;
}

namespace internal {

HandlerScope::HandlerScope(const Event& event) noexcept {
  current = &event;
}

HandlerScope::~HandlerScope() {
  current = nullptr;
}

std::vector<Event> Unpack(v1::EventBatch batch, std::shared_ptr<Stream> stream) {
  struct Batch {
    v1::EventBatch proto;
    std::shared_ptr<Stream> stream;
    std::vector<DeliveredEvent> events;
  };
  const auto whole = std::make_shared<Batch>();
  whole->proto = std::move(batch);
  whole->stream = std::move(stream);
  whole->events = std::vector<DeliveredEvent>(static_cast<std::size_t>(whole->proto.events_size()));
  std::vector<Event> events;
  events.reserve(whole->events.size());
  for (std::size_t i = 0; i < whole->events.size(); ++i) {
    whole->events[i].proto = &whole->proto.events(static_cast<int>(i));
    whole->events[i].stream = whole->stream.get();
    events.emplace_back(std::shared_ptr<DeliveredEvent>(whole, &whole->events[i]));
  }
  return events;
}

}  // namespace internal

}  // namespace gatewayworker
