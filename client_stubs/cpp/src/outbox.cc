#include "outbox.h"

#include <utility>

namespace gatewayworker::internal {

namespace {

constexpr std::size_t kCommandOverhead = 32;  // number, event id, tags

}  // namespace

Outbox::Outbox(const v1::Hello& hello, bool acknowledge) : acknowledge_(acknowledge) {
  *request_.mutable_hello() = hello;
}

void Outbox::Received(std::size_t events, std::uint64_t newest) {
  in_hand_ += events;
  newest_ = newest;
}

void Outbox::Done(std::uint64_t event_id) {
  --in_hand_;
  if (!acknowledge_) return;
  done_.push_back(event_id);
  wanted_ = true;
}

void Outbox::Add(v1::Command command, std::uint64_t event_id) {
  const std::size_t bytes = command.ByteSizeLong() + kCommandOverhead;
  if (bytes_ != 0 && bytes_ + bytes > kRequestBytes) CloseRequest();
  bytes_ += bytes;
  v1::NumberedCommand& numbered = *request_.add_commands();
  if (event_id != 0) {
    numbered.set_number(event_id);
    numbered.set_event_id(event_id);
  }
  *numbered.mutable_command() = std::move(command);
  wanted_ = true;
}

void Outbox::AddSync(std::uint64_t number, std::chrono::milliseconds timeout) {
  v1::Sync& sync = *request_.mutable_sync();
  sync.set_number(number);
  sync.mutable_timeout()->set_seconds(timeout.count() / 1000);
  sync.mutable_timeout()->set_nanos(static_cast<std::int32_t>(timeout.count() % 1000) * 1'000'000);
  CloseRequest();
}

void Outbox::AddLeave(v1::LeaveMode mode) {
  request_.mutable_leave()->set_mode(mode);
  wanted_ = true;
}

void Outbox::Take(v1::AttachRequest& request) {
  if (!full_.empty()) {
    request = std::move(full_.front());
    full_.pop_front();
    return;
  }
  request.Swap(&request_);
  bytes_ = 0;
  wanted_ = false;
  if (done_.empty()) return;
  v1::Acks& acks = *request.mutable_acks();
  if (in_hand_ == 0 && !gave_up_) {
    acks.set_up_to(newest_);
  } else {
    acks.mutable_ids()->Assign(done_.begin(), done_.end());
  }
  done_.clear();
}

void Outbox::CloseRequest() {
  full_.push_back(std::move(request_));
  request_.Clear();
  bytes_ = 0;
  wanted_ = !done_.empty();
}

}  // namespace gatewayworker::internal
