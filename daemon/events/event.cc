#include "events/event.h"

#include <cstring>
#include <new>
#include <utility>

namespace gatewayd::events {
namespace {

EventKind KindOf(wire::Command command) {
  switch (command) {
    case wire::Command::kOnConnect:
      return EventKind::kConnect;
    case wire::Command::kOnWebSocketConnect:
      return EventKind::kWebSocketConnect;
    case wire::Command::kOnClose:
      return EventKind::kClose;
    default:
      return EventKind::kMessage;
  }
}

}  // namespace

Event::Event(Head head, std::string_view session, std::string_view body)
    : head_(std::move(head)), session_size_(session.size()), body_size_(body.size()) {
  char* const bytes = reinterpret_cast<char*>(this + 1);
  if (!session.empty()) std::memcpy(bytes, session.data(), session.size());
  if (!body.empty()) std::memcpy(bytes + session.size(), body.data(), body.size());
}

EventPtr Event::Make(Head head, std::string_view session, std::string_view body) {
  void* const block = ::operator new(sizeof(Event) + session.size() + body.size());
  return EventPtr(new (block) Event(std::move(head), session, body));
}

EventPtr Event::FromFrame(const cluster::RunPtr& run, const wire::Frame& frame, absl::Time read) {
  return Make(
      {.kind = KindOf(frame.command),
       .run = run,
       .client = {.gateway = {frame.local_ip, frame.local_port}, .connection_id = frame.connection_id},
       .client_ip = frame.client_ip,
       .client_port = frame.client_port,
       .gateway_port = frame.gateway_port,
       .read = read},
      frame.ext, frame.body);
}

void intrusive_ptr_release(const Event* event) {
  if (event->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  event->~Event();
  ::operator delete(const_cast<Event*>(event));
}

std::string_view ToString(EventKind kind) {
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

}  // namespace gatewayd::events
