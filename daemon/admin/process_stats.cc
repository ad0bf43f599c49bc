#include "admin/process_stats.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace gatewayd::admin {
namespace {

std::string ReadFile(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

double SecondsOf(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::uint64_t CountOpenFds() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error))
    ++count;
  return count > 0 ? count - 1 : 0;  // the one by which it was read
}

}  // namespace

bool ParseStat(std::string_view text, std::uint64_t page_size, ProcessStats* stats,
               std::uint64_t* start_ticks) {
  // The name in front may hold spaces and parentheses.
  const std::size_t end = text.rfind(')');
  if (end == std::string_view::npos) return false;
  std::istringstream fields{std::string(text.substr(end + 1))};
  constexpr int kFirst = 3, kThreads = 20, kStart = 22, kVirtual = 23, kResident = 24;  // as in proc(5)
  std::string field;
  for (int number = kFirst; number <= kResident && fields >> field; ++number) {
    if (number < kThreads) continue;
    const std::uint64_t value = std::strtoull(field.c_str(), nullptr, 10);
    if (number == kThreads) stats->threads = value;
    if (number == kStart) *start_ticks = value;
    if (number == kVirtual) stats->virtual_bytes = value;
    if (number == kResident) stats->resident_bytes = value * page_size;
  }
  return static_cast<bool>(fields);
}

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  stats.cpu_seconds = SecondsOf(CLOCK_PROCESS_CPUTIME_ID);
  std::uint64_t start_ticks = 0;
  if (ParseStat(ReadFile("/proc/self/stat"), static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)), &stats,
                &start_ticks)) {
    // Once, or the result would move with the two clocks.
    static const double booted = SecondsOf(CLOCK_REALTIME) - SecondsOf(CLOCK_BOOTTIME);
    stats.start_time_seconds =
        booted + static_cast<double>(start_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  stats.open_fds = CountOpenFds();
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
  return stats;
}

}  // namespace gatewayd::admin
