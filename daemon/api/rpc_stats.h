// What is counted of each rpc. The way of every call passes here twice: relaxed atomics, no lock.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "cluster/durations.h"

namespace gatewayd::api {

// One rpc. Thread-safe.
class RpcStats {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kCodes = 17;  // OK to UNAUTHENTICATED

  // Both names live for ever. Not timed: streams that last as long as their client does.
  RpcStats(std::string_view service, std::string_view method, bool timed)
      : service_(service), method_(method), timed_(timed) {}

  // A call has come; what it gives is for Ended.
  Time Started() {
    started_.fetch_add(1, std::memory_order_relaxed);
    return timed_ ? std::chrono::steady_clock::now() : Time();
  }
  // It is answered with `code`; every call is, once, whether its caller still waits or not.
  void Ended(absl::StatusCode code, Time started) {
    const auto index = static_cast<std::size_t>(code);
    ended_[index < kCodes ? index : static_cast<std::size_t>(absl::StatusCode::kUnknown)].fetch_add(
        1, std::memory_order_relaxed);
    if (timed_) took_.Add(std::chrono::nanoseconds(std::chrono::steady_clock::now() - started).count());
  }

  std::string_view service() const { return service_; }
  std::string_view method() const { return method_; }
  bool timed() const { return timed_; }
  std::uint64_t started() const { return started_.load(std::memory_order_relaxed); }
  std::uint64_t ended(absl::StatusCode code) const {
    return ended_[static_cast<std::size_t>(code)].load(std::memory_order_relaxed);
  }
  cluster::Durations::Counts took() const { return took_.Read(); }

 private:
  const std::string_view service_;
  const std::string_view method_;
  const bool timed_;
  std::atomic<std::uint64_t> started_ = 0;
  std::array<std::atomic<std::uint64_t>, kCodes> ended_ = {};
  cluster::Durations took_;
};

}  // namespace gatewayd::api
