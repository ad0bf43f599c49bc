// What the benchmarks' programs print of the times they took.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace gatewayd::bench {

using Clock = std::chrono::steady_clock;

// Latencies in microseconds. Not thread-safe.
class Samples {
 public:
  void Add(Clock::duration took) { us_.push_back(std::chrono::duration<float, std::micro>(took).count()); }
  std::size_t size() const { return us_.size(); }
  void Clear() { us_.clear(); }

  // `part` of them are below it; 0 where there are none.
  float Percentile(double part) {
    if (us_.empty()) return 0;
    const auto index =
        std::min(us_.size() - 1, static_cast<std::size_t>(part * static_cast<double>(us_.size())));
    std::nth_element(us_.begin(), us_.begin() + static_cast<std::ptrdiff_t>(index), us_.end());
    return us_[index];
  }

  // One line of JSON, with `more` (members, each with a comma behind it) in front.
  void Print(const char* more = "") {
    std::printf("{%s\"count\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n", more, us_.size(), Percentile(0.5),
                Percentile(0.99));
    std::fflush(stdout);
  }

 private:
  std::vector<float> us_;
};

}  // namespace gatewayd::bench
