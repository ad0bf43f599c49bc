// An attached worker, as the event side sees it: what it asked for, what it is given, how it stands.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "events/event.h"
#include "events/options.h"

namespace gatewayd::events {

using WorkerId = std::uint64_t;  // one attachment; never used twice

// Counted by who runs a worker's commands, for its view.
struct CommandCount {
  std::atomic<std::uint64_t> commands = 0;
  std::atomic<std::uint64_t> failed = 0;
};

struct WorkerSettings {
  std::string name;  // for people; two workers may have one name
  EventKinds kinds;  // empty: a stream for commands alone
  std::uint32_t window_events = kDefaultWindowEvents;
  std::size_t window_bytes = kDefaultWindowBytes;
  std::size_t max_batch_bytes = 64 * 1024;  // but for a single event, which always fits
  bool ack_on_send = false;                 // acknowledged by TakeBatch
  bool fresh_sessions = true;
  std::shared_ptr<const CommandCount> commands;  // null: it sends none
};

// What becomes of the event links when a worker goes.
enum class LeaveMode {
  kCloseLinks,  // for good: the last one gets what the links still bring while they are left
  kKeepLinks,   // it will be back: they stay for the grace period
};

// One event as it is handed to a worker.
struct Delivery {
  std::uint64_t id = 0;  // of this worker: ascending, from 1
  EventPtr event;
  std::uint32_t attempt = 1;
  // Newer than the event's own; null: that one is as good as it gets.
  std::shared_ptr<const std::string> session;
  bool session_stale = false;  // a newer one was due and could not be had
  bool redelivered() const { return attempt > 1; }
};

struct DeliveredClient {
  wire::ClientId client;
  cluster::RunPtr run;
};

struct WorkerEnd {
  WorkerId id = 0;
  absl::Status status;  // OK: it had left
};

// A session that is to be fetched for a delivery.
struct SessionFetch {
  cluster::RunPtr run;
  wire::ClientId client;
  std::uint64_t token = 0;
};

// A Cluster::MarkEvents that is due.
struct Mark {
  cluster::RunPtr run;
  std::uint64_t token = 0;
};

// For people: a copy, as it stood when it was made.
struct WorkerView {
  WorkerId id = 0;
  std::string name;
  EventKinds kinds;
  absl::Time attached_at;
  std::uint32_t window_events = 0;
  std::size_t window_bytes = 0;
  std::size_t events_in_flight = 0;
  std::size_t bytes_in_flight = 0;
  std::size_t events_queued = 0;
  std::size_t bytes_queued = 0;
  std::size_t clients = 0;
  std::uint64_t delivered = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t redelivered = 0;
  std::uint64_t unknown_acks = 0;
  std::uint64_t commands = 0;
  std::uint64_t commands_failed = 0;
  absl::Time oldest_read = absl::InfiniteFuture();  // of what it has not acknowledged
  bool leaving = false;

  // Its lag: the age of the oldest event that it has not acknowledged, never below zero, as the clock may
  // have been set back; nullopt where it has acknowledged all.
  std::optional<absl::Duration> lag(absl::Time now) const;
};

// That of the one which lags most; zero where none does.
absl::Duration LagOf(std::span<const WorkerView> workers, absl::Time now);

}  // namespace gatewayd::events
