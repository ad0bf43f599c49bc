// The answers that are due on one link, in the order in which they will come: Gateways answer in order and
// there is no request id, so a place in this row is all that ties an answer to its query. A place is never
// given up, whoever stopped waiting: the answer is read and dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cluster/gateway.h"
#include "wire/command.h"

namespace gatewayd::cluster {

// The largest that an answer to IS_ONLINE can be, with its length and whatever encryption adds.
inline constexpr std::size_t kIsOnlineAnswerSize = 64;

// A command with `require_online` or `confirm`, whose caller waits for one or two answers.
struct Confirmation {
  OnDone done;
  bool offline = false;  // the IS_ONLINE before it said 0
};

// One answer that is due.
struct PendingAnswer {
  enum class For {
    kProbe,         // the first answer of a connection: the Gateway takes our secret
    kBarrier,       // queries on other links wait until the Gateway has come this far
    kCaller,        // `answer` gets it
    kOnlineBefore,  // IS_ONLINE before a command: sets confirmation->offline
    kConfirmation,  // the last answer that confirmation->done waits for
    kProof,         // both ends of a generation live at one time: `number` of the proof
    kMark,          // the link has come as far as the marks that wait for it
    kLeave,         // an event link that is being left has been read up to here
    kWatch,         // go: how far the Gateway has come with commands that write to clients
    kSuspect,       // go, on a query link: the Gateway did not end when its command link broke
    kDestroyed,     // go, on a query link: the clients to be destroyed are gone
  };
  For purpose = For::kCaller;
  wire::Command command = wire::Command::kIsOnline;
  OnAnswer answer;
  std::shared_ptr<Confirmation> confirmation;
  bool online_check = false;         // kConfirmation: this answer itself is the IS_ONLINE before the command
  std::size_t max_size = 0;          // a larger answer cannot be right
  std::uint64_t request_offset = 0;  // where the first byte of the request (or its command) stands
  std::uint64_t query_offset = 0;    // where the query stands: what is before it has run once it is answered
  std::uint64_t changes_before = 0;  // changes that the Gateway has run once this answer is here
  std::uint64_t number = 0;          // kProof
  absl::Time asked;                  // when it was given to the link; set by LinkMachine
};

// Not thread-safe, no clock inside.
class AnswerQueue {
 public:
  void Push(PendingAnswer pending, absl::Time now) {
    if (empty()) progress_ = now;
    due_bytes_ += pending.max_size;
    row_.push_back(std::move(pending));
  }

  bool empty() const { return head_ == row_.size(); }
  std::size_t size() const { return row_.size() - head_; }
  // The first that is due; not on an empty queue.
  const PendingAnswer& front() const { return row_[head_]; }
  // Bytes of answers that may be on their way, at most.
  std::size_t due_bytes() const { return due_bytes_; }

  // Some byte came.
  void Progress(absl::Time now) { progress_ = now; }

  // Takes the first off the row: its answer is here.
  PendingAnswer Pop(absl::Time now) {
    progress_ = now;
    PendingAnswer first = std::move(row_[head_++]);
    due_bytes_ -= first.max_size;
    if (head_ == row_.size()) {
      row_.clear();
      head_ = 0;
    } else if (head_ >= kCompactAt && head_ * 2 >= row_.size()) {
      row_.erase(row_.begin(), row_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    return first;
  }

  // When the link counts as dead for want of an answer: `timeout` after the last byte, never while nothing is
  // due.
  absl::Time StalledAt(absl::Duration timeout) const {
    return empty() ? absl::InfiniteFuture() : progress_ + timeout;
  }

  // Copies of those that somebody waits for, in order, with him; the places stay, and their answers are read
  // and dropped.
  std::vector<PendingAnswer> DetachCallers() {
    std::vector<PendingAnswer> detached;
    for (std::size_t i = head_; i < row_.size(); ++i) {
      PendingAnswer& place = row_[i];
      const bool waits = place.answer || (place.confirmation != nullptr && place.confirmation->done);
      if (!waits || place.purpose == PendingAnswer::For::kOnlineBefore) continue;
      PendingAnswer& who = detached.emplace_back();
      who.purpose = place.purpose;
      who.command = place.command;
      who.request_offset = place.request_offset;
      who.answer = std::exchange(place.answer, nullptr);
      if (place.confirmation == nullptr) continue;
      who.confirmation = std::make_shared<Confirmation>();
      who.confirmation->done = std::exchange(place.confirmation->done, nullptr);
    }
    return detached;
  }

  // All that is due, in order, when the connection is gone.
  std::vector<PendingAnswer> Clear() {
    std::vector<PendingAnswer> rest;
    rest.reserve(size());
    for (std::size_t i = head_; i < row_.size(); ++i)
      rest.push_back(std::move(row_[i]));
    row_.clear();
    head_ = 0;
    due_bytes_ = 0;
    return rest;
  }

 private:
  static constexpr std::size_t kCompactAt = 64;

  std::vector<PendingAnswer> row_;
  std::size_t head_ = 0;
  std::size_t due_bytes_ = 0;
  absl::Time progress_ = absl::InfinitePast();
};

}  // namespace gatewayd::cluster
