// What is to be said to the daemon next: acknowledgements and commands, collected into as few requests as may
// be.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "gatewayworker/v1/worker_service.pb.h"

namespace gatewayworker::internal {

// Not thread-safe; no I/O. Within a request the daemon runs commands before it takes acknowledgements, then
// the sync, then the leave: so what is added stays in order.
class Outbox {
 public:
  // A request is not filled up beyond this, unless by one command. The daemon takes 16 MiB.
  static constexpr std::size_t kRequestBytes = 1024 * 1024;

  // `acknowledge`: false where the daemon takes events for done when it has sent them.
  Outbox(const v1::Hello& hello, bool acknowledge);

  // Events have come; the ids ascend, and `newest` is the last of them.
  void Received(std::size_t events, std::uint64_t newest);
  // One of them is done.
  void Done(std::uint64_t event_id);
  // `event_id`: of the event that it answers; 0: none.
  void Add(v1::Command command, std::uint64_t event_id);
  void AddSync(std::uint64_t number, std::chrono::milliseconds timeout);
  void AddLeave(v1::LeaveMode mode);
  // The events that are not done will not be.
  void GiveUp() { gave_up_ = true; }

  [[nodiscard]] bool empty() const noexcept { return full_.empty() && !wanted_; }
  // Moves the next request into an empty one. Only where there is one.
  void Take(v1::AttachRequest& request);

 private:
  // What is added from here on goes into another request.
  void CloseRequest();

  const bool acknowledge_;
  std::deque<v1::AttachRequest> full_;
  v1::AttachRequest request_;  // being filled
  std::size_t bytes_ = 0;      // of its commands, about
  bool wanted_ = true;         // it or acknowledgements are to be sent
  std::size_t in_hand_ = 0;
  std::uint64_t newest_ = 0;
  std::vector<std::uint64_t> done_;
  bool gave_up_ = false;
};

}  // namespace gatewayworker::internal
