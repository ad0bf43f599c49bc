// One watcher: the events that it wants to see, in a bounded row. It slows nobody: what does not fit is lost
// to it, and counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "events/event.h"
#include "wire/client_id.h"

namespace gatewayd::events {

// Which events; an empty set means all.
struct WatchFilter {
  EventKinds kinds;
  absl::flat_hash_set<wire::ClientId> clients;
  absl::flat_hash_set<std::uint16_t> gateway_ports;

  bool Matches(const Event& event) const;
};

// Thread-safe.
class Watch {
 public:
  static constexpr std::size_t kMaxEvents = 1000;
  static constexpr std::size_t kMaxBytes = 1024 * 1024;  // but for a single event

  // `on_ready` is called, with no lock held, when the row is no longer empty.
  Watch(WatchFilter filter, std::function<void()> on_ready)
      : filter_(std::move(filter)), on_ready_(std::move(on_ready)) {}

  // Returns false where the copy was lost.
  bool Offer(const EventPtr& event);
  // What there is, up to `max_bytes` or one event, and how many were lost since the last call.
  std::vector<EventPtr> Take(std::size_t max_bytes, std::uint64_t* lost);

  // The daemon goes: `on_ready` is called once more, and finds it closed.
  void Close();
  bool closed() const { return closed_; }

 private:
  const WatchFilter filter_;
  const std::function<void()> on_ready_;
  std::mutex mutex_;
  std::deque<EventPtr> row_;
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  std::atomic<bool> closed_ = false;
};

}  // namespace gatewayd::events
