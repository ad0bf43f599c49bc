// What the system says about this process, for the metrics that every Prometheus client has.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatewayd::admin {

// A copy of the moment when it was read; what could not be read is 0.
struct ProcessStats {
  double cpu_seconds = 0;
  double start_time_seconds = 0;  // since 1970
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

// Reads /proc; what cannot be read stays 0.
ProcessStats ReadProcessStats();

// Of the text of /proc/self/stat: threads, sizes, and the start in clock ticks since the machine's. False
// where it is none.
bool ParseStat(std::string_view text, std::uint64_t page_size, ProcessStats* stats,
               std::uint64_t* start_ticks);

}  // namespace gatewayd::admin
