// The events of GatewayShell: from the input buffer of an event link to the EventSink, with no lock held and
// nothing copied.
#include <glog/logging.h>

#include <utility>

#include "cluster/gateway_shell.h"

namespace gatewayd::cluster {

void GatewayShell::WantEvents(bool wanted) {
  OnIoThread([&](absl::Time now) { machine_.WantEvents(wanted, now); });
}

void GatewayShell::ResumeEvents() {
  OnIoThread([&](absl::Time now) { machine_.ResumeEvents(now); });
}

void GatewayShell::MarkEvents(const RunPtr& run, std::uint64_t token) {
  OnIoThread([&](absl::Time now) { machine_.MarkEvents(run, token, now); });
}

bool GatewayShell::event_links_off() const {
  std::lock_guard lock(mutex_);
  return machine_.event_links_off();
}

void GatewayShell::TellSink(const std::vector<EventNote>& notes) {
  if (notes.empty()) return;
  EventSink* sink = outlet_.sink.load(std::memory_order_acquire);
  for (const EventNote& note : notes) {
    if (note.kind == EventNote::Kind::kLinkUp) {
      LOG(INFO) << "gateway " << address_ << ": event link up";
      changes_.Add(ChangeKind::kEventLinkUp, address_);
    }
    if (note.kind == EventNote::Kind::kLinkGone) {
      LOG(INFO) << "gateway " << address_ << ": event link gone: " << note.text;
      changes_.Add(ChangeKind::kEventLinkGone, address_, note.text);
    }
    if (sink != nullptr) note.Tell(*sink);
  }
}

// Two locks a read, not one an event.
void GatewayShell::OnEventInput(std::size_t i) {
  Connection& connection = *links_[i].connection;
  EventSink* sink = outlet_.sink.load(std::memory_order_acquire);
  EventInput input;
  OnIoThread([&](absl::Time now) { input = machine_.OnEventBytes(i, connection.fresh(), now); });
  std::uint64_t read = 0, too_large = 0;
  // What a step decides shows at the connection: closed, it has no input; paused, it is to be left alone.
  while (!connection.input().empty() && !connection.paused()) {
    if (input.discard) {
      connection.ClearInput();
      break;
    }
    const EventReader::Item item = links_[i].reader->Next(connection.input());
    if (item.kind == EventReader::Item::Kind::kEvent && input.run && sink != nullptr) {
      if (!links_[i].route_told) OnRouteOfEvent(i, item.frame);
      if (!sink->OnEvent(input.run, item.frame)) {
        OnIoThread([&](absl::Time now) { machine_.OnEventsPaused(i, now); });
        break;
      }
      ++read;
      connection.Consume(item.used);
      continue;
    }
    if (item.kind == EventReader::Item::Kind::kMore) {
      connection.Expect(item.expected);
      break;
    }
    if (item.kind == EventReader::Item::Kind::kTooLarge) {
      ++too_large;
      LOG(WARNING) << "gateway " << address_ << ": an event above the limit is passed over";
    }
    OnEventItem(i, item, input);
    connection.Consume(std::min(item.used, connection.input().size()));
  }
  if (read > 0) outlet_.taken.fetch_add(read, std::memory_order_relaxed);
  if (read + too_large > 0) {
    std::lock_guard lock(mutex_);
    machine_.CountEvents(read, too_large);
  }
  if (read > 0) sink->OnEventsRead();
}

// What is no event changes the link, and with that how the next bytes are to be taken.
void GatewayShell::OnEventItem(std::size_t i, const EventReader::Item& item, EventInput& input) {
  using Kind = EventReader::Item::Kind;
  OnIoThread([&](absl::Time now) {
    if (item.kind == Kind::kAnswer) machine_.OnEventAnswer(i, item.answer, now);
    if (item.kind == Kind::kEvent) machine_.OnEventGarbage(i, "an event before it was asked for", now);
    if (item.kind == Kind::kGarbage) machine_.OnEventGarbage(i, item.error, now);
    input = machine_.TakingEvents(i);
  });
}

// The ids of clients carry what their events carry, whatever address the Register lists.
void GatewayShell::OnRouteOfEvent(std::size_t i, const wire::Frame& frame) {
  links_[i].route_told = true;
  const wire::GatewayAddress told{frame.local_ip, frame.local_port};
  {
    std::lock_guard lock(mutex_);
    route_by_event_ = true;
    if (std::exchange(route_, told) == told) return;
  }
  LOG(INFO) << "gateway " << address_ << ": its client_ids carry " << wire::ToString(told);
  if (on_route_) on_route_();
}

}  // namespace gatewayd::cluster
