// What the cluster side counts. Each machine counts for itself under its own lock; a reader sums.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gatewayd::cluster {

// Numbers that only grow. Not thread-safe: guarded by the lock of whose they are.
struct Counters {
  std::uint64_t commands_accepted = 0;  // stood in the buffer of a live link
  std::uint64_t commands_lost = 0;      // accepted, and not wholly written when their link broke
  std::uint64_t queries_sent = 0;       // asked of a Gateway, the daemon's own included
  std::uint64_t queries_refused = 0;    // no room: too many waiting, or too many answers due
  std::uint64_t commands_refused = 0;   // the buffer of the link was full
  std::uint64_t links_connected = 0;
  std::uint64_t links_lost = 0;            // links that were in use and broke, or were ended by the daemon
  std::uint64_t link_attempts_failed = 0;  // refused, timed out, or closed before the first answer
  std::uint64_t query_timeouts = 0;        // links ended because no byte of a due answer came
  std::uint64_t bad_answers = 0;           // links ended because an answer could not be right
  std::uint64_t barrier_timeouts = 0;      // queries failed: the command link did not come so far in time
  std::uint64_t close_wait_expired = 0;    // a Gateway did not close a half-closed link in time
  std::uint64_t unknown_effects = 0;       // queries failed once: a link was lost with changes unconfirmed
  std::uint64_t answers_too_large = 0;     // queries failed: their answer did not fit the answer memory
  std::uint64_t events_read = 0;           // taken by the EventSink
  std::uint64_t events_too_large = 0;      // passed over: above max_event_bytes
  std::uint64_t event_reads_paused = 0;    // an event link stopped reading: no memory for its events
  std::uint64_t event_links_lost = 0;      // event links that were in use and broke, or were ended
  std::uint64_t event_link_probes_failed = 0;  // of these: the Gateway did not answer whether it lives
  std::uint64_t event_leaves = 0;              // event links that were left
  std::uint64_t event_leaves_forced = 0;       // of these: not without loss, or not in time
  std::uint64_t runs_over = 0;                 // generations that ended
  std::uint64_t runs_unproven = 0;  // of these: the event link could not tell in time that it is the same run
  std::uint64_t links_stalled = 0;  // go: a command link whose answers did not come in time was kept
  std::uint64_t stalled_links_lost = 0;  // of these: lost while the Gateway may have been writing to a client
  std::uint64_t clients_destroyed = 0;   // clients that were destroyed after that
  std::uint64_t gateways_refused = 0;    // times that commands came to be refused until an operator clears it
  std::uint64_t register_bad_lines = 0;
  std::uint64_t register_connects = 0;
  std::uint64_t membership_changes = 0;

  void Add(const Counters& other);
  // By name, as AdminService shows them.
  std::map<std::string, std::uint64_t> ByName() const;
};

}  // namespace gatewayd::cluster
