// The pauses between tries: doubling, with jitter.
#pragma once

#include <chrono>
#include <random>

namespace gatewayworker::internal {

// Not thread-safe.
class Backoff {
 public:
  // Doubles from `shortest` to `longest`; a longest below the shortest counts as the shortest.
  Backoff(std::chrono::milliseconds shortest, std::chrono::milliseconds longest);

  // The next pause: between half of the current one and all of it, so that many workers do not come at once.
  std::chrono::nanoseconds Next();
  // Starts anew: something has worked.
  void Reset() { pause_ = shortest_; }

 private:
  const std::chrono::nanoseconds shortest_;
  const std::chrono::nanoseconds longest_;
  std::chrono::nanoseconds pause_;
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace gatewayworker::internal
