// A clock that only a test moves, for machines that say when they want to be called.
#pragma once

#include <algorithm>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace gatewayd::cluster {

// Moves `now` on, and calls OnTimer exactly when the machine has asked for it.
template <typename Machine>
void RunTimers(Machine& machine, absl::Duration duration, absl::Time& now) {
  const absl::Time end = now + duration;
  for (int i = 0; machine.NextTimer() <= end; ++i) {
    ASSERT_LT(i, 1000) << "the timer never rests";
    now = std::max(now, machine.NextTimer());
    machine.OnTimer(now);
  }
  now = end;
}

}  // namespace gatewayd::cluster
