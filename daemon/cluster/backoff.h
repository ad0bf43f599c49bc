// How long to wait before the next try to connect: doubling, bounded, with jitter, so that a restarted
// Gateway is found again quickly and a thousand sidecars do not come at once. No clock inside.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "absl/time/time.h"

namespace gatewayd::cluster {

// Not thread-safe. The same seed gives the same waits, which the simulation needs.
class Backoff {
 public:
  // A `first` above `max` is cut to it.
  Backoff(absl::Duration first, absl::Duration max, std::uint32_t seed)
      : first_(std::min(first, max)), max_(max), next_(first_), random_(seed) {}

  // The next wait: 50 % to 100 % of first, 2 first, 4 first, … up to max.
  absl::Duration Next() {
    const absl::Duration whole = next_;
    next_ = std::min(next_ * 2, max_);
    return whole * std::uniform_real_distribution<double>(0.5, 1.0)(random_);
  }

  // After a success: the next wait is short again.
  void Reset() { next_ = first_; }

 private:
  absl::Duration first_;
  absl::Duration max_;
  absl::Duration next_;
  std::minstd_rand random_;
};

}  // namespace gatewayd::cluster
