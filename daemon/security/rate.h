// So many calls a second, and no more: a bucket that is one number (the generic cell rate algorithm).
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace gatewayd::security {

// Lets through `per_second` in the long run, and as many at once after a pause. Thread-safe, without a lock.
class Rate {
 public:
  // 1 to 1,000,000.
  explicit Rate(std::uint32_t per_second) : per_second_(per_second) {}

  std::uint32_t per_second() const { return per_second_; }

  // Takes `count` of them at the time `now` (nanoseconds of any steady clock). Zero: they may pass. Else none
  // was taken, and they may pass after so long; more at once than a second's worth pass when a whole second's
  // worth is free, and are paid for later.
  absl::Duration Take(std::int64_t now, std::uint64_t count) {
    const std::int64_t each = kSecond / per_second_;
    const auto cost = static_cast<std::int64_t>(count < kMaxCount ? count : kMaxCount) * each;
    std::int64_t due = due_.load(std::memory_order_relaxed);
    for (;;) {
      const std::int64_t from = due > now ? due : now;
      const std::int64_t free_of_debt = from + (cost < kSecond ? cost : kSecond);
      if (free_of_debt > now + kSecond) return absl::Nanoseconds(free_of_debt - now - kSecond);
      if (due_.compare_exchange_weak(due, from + cost, std::memory_order_relaxed))
        return absl::ZeroDuration();
    }
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;
  static constexpr std::uint64_t kMaxCount = 1'000'000;

  const std::uint32_t per_second_;
  std::atomic<std::int64_t> due_ = 0;  // when what was taken is paid for
};

}  // namespace gatewayd::security
