// The only source of chance in a simulation: the same numbers from the same seed on every platform, so that a
// seed is a test. Integers only; floating point would differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "absl/time/time.h"

namespace gatewayd::simulation {

// SplitMix64. Not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x632be59bd9b4e019u) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // 0 … n-1; n > 0.
  std::uint64_t Below(std::uint64_t n) { return Next() % n; }
  // low … high, both included.
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(Below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool Chance(unsigned per_mille) { return Below(1000) < per_mille; }
  // Mostly around `mean`, now and then ten times as much.
  absl::Duration Around(absl::Duration mean) {
    const std::int64_t nanos = absl::ToInt64Nanoseconds(mean);
    if (nanos <= 0) return absl::ZeroDuration();
    return absl::Nanoseconds(Between(0, 2 * nanos) * (Chance(30) ? 10 : 1));
  }
  absl::Duration Between(absl::Duration low, absl::Duration high) {
    return absl::Nanoseconds(Between(absl::ToInt64Nanoseconds(low), absl::ToInt64Nanoseconds(high)));
  }
  template <typename Container>
  auto& Pick(Container& container) {
    return container[Below(std::size(container))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace gatewayd::simulation
