#include "events/watch.h"

#include <utility>

namespace gatewayd::events {

bool WatchFilter::Matches(const Event& event) const {
  const Event::Head& head = event.head();
  if (!kinds.empty() && !kinds.Has(head.kind)) return false;
  if (head.kind == EventKind::kGatewayLost) return clients.empty() && gateway_ports.empty();
  return (clients.empty() || clients.contains(head.client)) &&
         (gateway_ports.empty() || gateway_ports.contains(head.gateway_port));
}

bool Watch::Offer(const EventPtr& event) {
  if (!filter_.Matches(*event)) return true;
  {
    std::lock_guard lock(mutex_);
    if (!row_.empty() && (row_.size() >= kMaxEvents || bytes_ + event->size() > kMaxBytes)) {
      ++lost_;
      return false;
    }
    row_.push_back(event);
    bytes_ += event->size();
    if (row_.size() > 1) return true;
  }
  on_ready_();
  return true;
}

std::vector<EventPtr> Watch::Take(std::size_t max_bytes, std::uint64_t* lost) {
  std::lock_guard lock(mutex_);
  std::vector<EventPtr> events;
  std::size_t bytes = 0;
  while (!row_.empty() && (events.empty() || bytes + row_.front()->size() <= max_bytes)) {
    bytes += row_.front()->size();
    events.push_back(std::move(row_.front()));
    row_.pop_front();
  }
  bytes_ -= bytes;
  *lost = std::exchange(lost_, 0);
  return events;
}

void Watch::Close() {
  closed_ = true;
  on_ready_();
}

}  // namespace gatewayd::events
