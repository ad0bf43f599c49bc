// How long things took, counted by any thread in a few fixed buckets: no lock, no allocation, so that the
// way of every call may count.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gatewayd::cluster {

// Thread-safe. A reader may see a duration in one of its parts and not yet in another.
class Durations {
 public:
  // Upper bounds of the buckets in nanoseconds, two a decade from 10 us to 10 s; what is longer counts in
  // one more.
  static constexpr std::array<std::int64_t, 13> kBounds = {
      10'000,     30'000,      100'000,     300'000,       1'000'000,     3'000'000,     10'000'000,
      30'000'000, 100'000'000, 300'000'000, 1'000'000'000, 3'000'000'000, 10'000'000'000};

  struct Counts {
    std::array<std::uint64_t, kBounds.size() + 1> buckets = {};
    std::uint64_t nanoseconds = 0;  // sum of all

    std::uint64_t total() const {
      std::uint64_t sum = 0;
      for (const std::uint64_t count : buckets)
        sum += count;
      return sum;
    }
  };

  void Add(std::int64_t nanoseconds) {
    if (nanoseconds < 0) nanoseconds = 0;
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && nanoseconds > kBounds[bucket])
      ++bucket;
    buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
    nanoseconds_.fetch_add(static_cast<std::uint64_t>(nanoseconds), std::memory_order_relaxed);
  }

  Counts Read() const {
    Counts counts;
    for (std::size_t i = 0; i < buckets_.size(); ++i)
      counts.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
    counts.nanoseconds = nanoseconds_.load(std::memory_order_relaxed);
    return counts;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_ = {};
  std::atomic<std::uint64_t> nanoseconds_ = 0;
};

}  // namespace gatewayd::cluster
