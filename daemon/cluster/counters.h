// What the cluster side counts. Each machine counts for itself under its own lock; a reader sums.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gatewayd::cluster {

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
  std::uint64_t register_bad_lines = 0;
  std::uint64_t register_connects = 0;
  std::uint64_t membership_changes = 0;

  void Add(const Counters& other);
  // By name, as AdminService shows them.
  std::map<std::string, std::uint64_t> ByName() const;
};

}  // namespace gatewayd::cluster
