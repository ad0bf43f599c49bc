// What has changed of late: a Gateway joined, a link was lost and why, a worker attached. One entry where the
// daemon's log has a line, for people who look at the status page. Nothing is added on the way of a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace gatewayd::cluster {

enum class ChangeKind : std::uint8_t {
  kReady,
  kDraining,
  kRegisterUp,
  kRegisterLost,
  kGatewayJoined,
  kGatewayLeft,
  kGatewayUnlisted,
  kGatewayUnreachable,  // its first try failed
  kGatewayNews,         // whatever else its log line says
  kLinkUp,
  kLinkLost,
  kEventLinkUp,
  kEventLinkGone,
  kWorkerAttached,
  kWorkerDraining,
  kWorkerLeft,
  kWorkerLost,  // its stream broke, or was ended for a fault
  kMemoryFull,
  kMemoryFree,
};

// "gateway_joined", …
const char* ToString(ChangeKind kind);
// Whether an operator would rather not read of it.
bool IsTrouble(ChangeKind kind);

// One entry, which owns its texts: copies of it are read on other threads.
struct Change {
  std::uint64_t number = 0;  // 1 for the first since the start
  absl::Time time;           // wall clock
  ChangeKind kind = ChangeKind::kReady;
  std::string subject;  // an address, or `worker 3 "chat"`; empty for the daemon itself
  std::string text;     // why, and what else there is to say; may be empty
};

// The newest of them, in a row of a fixed length. Thread-safe: a short lock. No I/O.
class ChangeLog {
 public:
  static constexpr std::size_t kCapacity = 256;
  static constexpr std::size_t kMaxText = 500;  // bytes of a text; what is longer ends in "…"

  // `now` is the wall clock.
  explicit ChangeLog(std::function<absl::Time()> now, std::size_t capacity = kCapacity)
      : now_(std::move(now)), capacity_(capacity) {}

  void Add(ChangeKind kind, std::string subject, std::string text = "");

  struct Page {
    std::vector<Change> changes;  // oldest first
    std::uint64_t newest = 0;     // number of the newest one there is; 0: there is none
    std::uint64_t forgotten = 0;  // that came after the number asked for, and are gone from the row
  };
  // Those behind the one with this number.
  Page After(std::uint64_t number) const;

 private:
  const std::function<absl::Time()> now_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<Change> changes_;  // guarded by mutex_; numbers without a gap
  std::uint64_t newest_ = 0;    // guarded by mutex_
};

}  // namespace gatewayd::cluster
