#include "events/worker.h"

#include <algorithm>

namespace gatewayd::events {

std::optional<absl::Duration> WorkerView::lag(absl::Time now) const {
  if (oldest_read == absl::InfiniteFuture()) return std::nullopt;
  return std::max(now - oldest_read, absl::ZeroDuration());
}

absl::Duration LagOf(std::span<const WorkerView> workers, absl::Time now) {
  absl::Duration most = absl::ZeroDuration();
  for (const WorkerView& worker : workers)
    most = std::max(most, worker.lag(now).value_or(most));
  return most;
}

}  // namespace gatewayd::events
