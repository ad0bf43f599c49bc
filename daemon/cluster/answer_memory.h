// The memory that large answers may take at one time, all Gateways and links together.
#pragma once

#include <atomic>
#include <cstddef>

namespace gatewayd::cluster {

// Thread-safe, without a lock.
class AnswerMemory {
 public:
  explicit AnswerMemory(std::size_t limit) : limit_(limit) {}

  // Takes `bytes`; false where they do not fit now.
  bool Reserve(std::size_t bytes) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ || used > limit_ - bytes) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void Release(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;
};

}  // namespace gatewayd::cluster
