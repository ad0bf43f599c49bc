// What the event side counts, by name as AdminService shows them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gatewayd::events {

// Numbers that only grow, since the start. Not thread-safe: guarded by the lock of the machine that counts.
struct Counters {
  std::uint64_t events_accepted = 0;  // read and kept
  std::uint64_t events_connect = 0;   // of these, by kind
  std::uint64_t events_websocket_connect = 0;
  std::uint64_t events_message = 0;
  std::uint64_t events_close = 0;
  std::uint64_t events_gateway_lost = 0;  // made by the daemon, for each worker that wants them
  std::uint64_t batches = 0;              // handed to workers' streams
  std::uint64_t events_delivered = 0;     // handed to a worker's stream, each time
  std::uint64_t events_acknowledged = 0;  // by workers
  std::uint64_t events_redelivered = 0;   // deliveries of what had been delivered before
  std::uint64_t events_unwanted = 0;      // of kinds that their worker does not take
  std::uint64_t events_poisoned = 0;      // given up after --max_deliveries
  std::uint64_t events_untaken = 0;       // dropped: --events=always, and no worker there
  std::uint64_t events_unfinished = 0;    // not acknowledged when the daemon ended
  std::uint64_t acks_unknown = 0;         // of ids that were not in flight
  std::uint64_t workers_attached = 0;
  std::uint64_t workers_broken = 0;        // streams that ended without a leave
  std::uint64_t workers_ack_timeout = 0;   // detached: acknowledged nothing for --ack_timeout
  std::uint64_t workers_over_share = 0;    // detached: held more than half of the event memory
  std::uint64_t memory_full = 0;           // times that the event memory became full
  std::uint64_t sessions_fetched = 0;      // again, because this daemon had written them
  std::uint64_t sessions_not_fetched = 0;  // that could not be: the event went out with the old one
  std::uint64_t watch_copies_lost = 0;     // of slow watchers

  // By name.
  std::map<std::string, std::uint64_t> ByName() const;
};

}  // namespace gatewayd::events
