// The records of DispatchMachine; for its own files.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "events/dispatch_machine.h"

namespace gatewayd::events {

// An attached worker. Owned by the machine, by its id; any step may end it, so that a pointer to it is good
// for one.
struct DispatchMachine::Worker {
  enum class State {
    kActive,     // gets events
    kFinishing,  // gets what is left: the last one that leaves for good, or a drain. Ends when all is done
    kLeaving,    // gets nothing more; ends when it has acknowledged what it has
  };

  WorkerId id = 0;
  WorkerSettings settings;
  State state = State::kActive;
  bool left = false;  // said so itself
  absl::Status end_status;
  absl::Time attached_at;  // wall clock
  absl::Time end_by = absl::InfiniteFuture();

  std::deque<Entry> queue;  // not delivered yet
  InFlight<Entry> in_flight;
  std::uint64_t next_delivery = 1;
  std::uint64_t last_acknowledged = 0;  // whatever it has left out before: so far it has come
  absl::Time last_batch = absl::InfinitePast();
  double last_batch_events = 0;
  absl::Time collect_until = absl::InfiniteFuture();  // then it is to be told that it may take a batch
  std::size_t queue_bytes = 0;
  std::size_t in_flight_bytes = 0;
  std::size_t held = 0;  // entries held for clients of it
  std::size_t clients = 0;
  std::size_t moved_bytes = 0;  // of both: no fault of this one (Entry::moved)
  // What is in flight at a narrowed window, by its limit: 64, 8, 1.
  std::uint32_t narrowed[3] = {};
  absl::Time progress =
      absl::InfiniteFuture();  // last acknowledgement, or first delivery into an empty window
  // Clients whose session is being fetched for it, by the fetch's token: in the order in which they wait.
  absl::btree_map<std::uint64_t, Client*> refreshing;
  absl::btree_map<ClientKey, Client*> holding;                 // clients for which entries are held
  std::deque<std::pair<std::uint64_t, DeliveredClient>> sent;  // ack_on_send: the last deliveries
  bool notified = false;                                       // in ready_

  std::uint64_t delivered = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t redelivered = 0;
  std::uint64_t unknown_acks = 0;

  bool takes_events() const { return state != State::kLeaving && !settings.kinds.empty(); }
  bool active() const { return state == State::kActive && !settings.kinds.empty(); }
  std::size_t bytes() const { return queue_bytes + in_flight_bytes; }
  bool may_fetch() const { return refreshing.size() < settings.window_events; }

  // An entry waits for its client alone, out of the queue; its bytes go on counting as queued.
  void CountHeld(const Entry& entry) {
    AddBytes(entry);
    ++held;
  }
  void CountHeldTaken(const Entry& entry) {
    queue_bytes -= entry.event->size();
    if (entry.moved) moved_bytes -= entry.event->size();
    --held;
  }

  void AddBytes(const Entry& entry) {
    queue_bytes += entry.event->size();
    if (entry.moved) moved_bytes += entry.event->size();
  }
  Entry PopFront() {
    Entry entry = std::move(queue.front());
    queue.pop_front();
    queue_bytes -= entry.event->size();
    if (entry.moved) moved_bytes -= entry.event->size();
    return entry;
  }
  void AddInFlight(std::uint64_t delivery, Entry entry) {
    in_flight_bytes += entry.event->size();
    if (entry.moved) moved_bytes += entry.event->size();
    in_flight.Add(delivery, std::move(entry));
  }
  void TookFromInFlight(const Entry& entry) {
    in_flight_bytes -= entry.event->size();
    if (entry.moved) moved_bytes -= entry.event->size();
  }
};

struct DispatchMachine::Client {
  // What most clients never have.
  struct Rare {
    // Wait until nothing of the client is in flight (at a worker that leaves; for fresh sessions, at its
    // own), or for its session. Older than what of it is in the worker's queue, but for the first, once
    // released.
    std::deque<Entry> held;
    bool released = false;            // one stands in the worker's queue again, in front of what is held
    std::uint64_t fetch = 0;          // token of the fetch under way; 0: none
    std::uint64_t fetch_asked = 0;    // moment when it was asked for
    std::uint64_t fetched_asked = 0;  // the same of the last one that was answered
    std::uint64_t fetched = 0;        // moment of that answer
    std::uint32_t fetches = 0;        // since the last delivery
    std::shared_ptr<const std::string> session;  // the last one that was had; counts as memory
    bool fetch_failed = false;
  };

  ClientKey key;
  WorkerId worker = 0;           // that gets its events; it may be gone
  std::uint32_t pending = 0;     // events in memory
  std::uint32_t in_flight = 0;   // of them, delivered to `worker`
  std::uint64_t last_write = 0;  // of its session by this daemon: moment
  std::uint16_t gateway_port = 0;
  bool forget = false;     // once nothing is pending: it is closed, or its link or Gateway is gone
  bool no_object = false;  // its last event carried a session that is no JSON object; php's never is one
  bool connect_seen = false;
  bool websocket_seen = false;
  std::unique_ptr<Rare> rare;

  Rare& rarely() {
    if (rare == nullptr) rare = std::make_unique<Rare>();
    return *rare;
  }
  bool refreshing() const { return rare != nullptr && rare->fetch != 0; }
  bool released() const { return rare != nullptr && rare->released; }
  bool has_held() const { return rare != nullptr && !rare->held.empty(); }
};

struct DispatchMachine::RunState {
  cluster::RunPtr run;
  bool link_up = false;
  // Clients whose session this daemon has written, each with the moment of its last write, while events that
  // were sent before the write may still come.
  absl::flat_hash_map<std::uint32_t, std::uint64_t> writes;
  std::uint64_t all_written = 0;  // not kept one by one up to this moment
  std::uint64_t mark = 0;         // token under way, a moment; 0: none
  absl::Time mark_asked = absl::InfinitePast();
};

}  // namespace gatewayd::events
