#include "backoff.h"

#include <algorithm>

namespace gatewayworker::internal {

Backoff::Backoff(std::chrono::milliseconds shortest, std::chrono::milliseconds longest)
    : shortest_(shortest), longest_(std::max(shortest, longest)), pause_(shortest) {}

std::chrono::nanoseconds Backoff::Next() {
  const double part = std::uniform_real_distribution<double>(0.5, 1)(random_);
  const auto pause =
      std::chrono::nanoseconds(static_cast<std::int64_t>(part * static_cast<double>(pause_.count())));
  pause_ = std::min(2 * pause_, longest_);
  return pause;
}

}  // namespace gatewayworker::internal
