// What an operator can set about events, with the defaults. One table for the docs and --help is made of the
// flags in config.cc.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace gatewayd::events {

// When event links exist.
enum class LinksWanted {
  kAttached,  // while a worker that wants events is attached, and for the grace period after it
  kAlways,    // always; what nobody takes is dropped and counted
  kNever,     // never: this daemon is no worker
};

// The same as long as the hub lives. What flags set was checked by config_ranges.cc; nothing here checks it
// again.
struct Options {
  LinksWanted links = LinksWanted::kAttached;
  std::size_t event_memory = 64 * 1024 * 1024;  // of all events that are not acknowledged
  absl::Duration grace = absl::Seconds(10);
  absl::Duration ack_timeout = absl::Seconds(60);
  std::uint32_t max_deliveries = 5;
  std::size_t batch_bytes = 64 * 1024;  // a batch is handed on once it is so big; one event always fits
  // A small batch costs Gateways, daemon and worker as much as a large one, and where the machine is busy
  // that is what it is busy with. So what comes for a worker is collected, unless there are `collect_events`
  // or `batch_bytes`:
  //   while its last batch is not acknowledged, for `collect_behind` after that batch at most;
  //   after a batch of n events, for n - 1/2 times `collect_each` after it, `collect_most` at most: felt
  //   where more than 10,000 events a second come, and not where each waits for the answer to the one before.
  // A worker that acknowledges by sending never waits.
  absl::Duration collect_behind = absl::Milliseconds(1);
  absl::Duration collect_each = absl::Microseconds(100);
  absl::Duration collect_most = absl::Microseconds(500);
  std::size_t collect_events = 128;
  absl::Duration drain_timeout = absl::Seconds(25);  // of one worker that is told to go
};

inline constexpr std::uint32_t kDefaultWindowEvents = 1000;
inline constexpr std::uint32_t kMaxWindowEvents = 100'000;
inline constexpr std::size_t kDefaultWindowBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kMaxWindowBytes = 64 * 1024 * 1024;

}  // namespace gatewayd::events
