// The writing side of a worker's stream: what the daemon has to say, batches of events, the end.
#include <memory>
#include <mutex>
#include <utility>

#include "api/attach_stream.h"
#include "api/error.h"
#include "api/queue_thread.h"
#include "api/times.h"
#include "cluster/text.h"

namespace gatewayd::api {
namespace {

using cluster::StrCat;

// Errors of commands that the worker has not read; more end its stream.
constexpr std::size_t kMaxUnreadErrors = 10'000;
constexpr std::size_t kMaxUnreadSyncs = 1'000;
// What the messages of a batch above this took is not kept for the next one.
constexpr std::size_t kMaxKeptBytes = 256 * 1024;

}  // namespace

void AttachStream::OnReady() {
  {
    std::lock_guard lock(mutex_);
    ready_ = true;
  }
  Pump();
}

void AttachStream::OnDraining(absl::Duration within) {
  pb::AttachResponse response;
  SetDuration(within, response.mutable_draining()->mutable_deadline());
  Say(std::move(response));
}

void AttachStream::OnCommandError(pb::CommandError error) {
  bool too_many = false;
  {
    std::lock_guard lock(mutex_);
    command_count_->failed.fetch_add(1, std::memory_order_relaxed);
    core_.worker_commands().failed.fetch_add(1, std::memory_order_relaxed);
    too_many = ++unread_errors_ > kMaxUnreadErrors;
    if (!too_many) {
      if (control_.empty() || !control_.back().has_command_errors()) control_.emplace_back();
      *control_.back().mutable_command_errors()->add_errors() = std::move(error);
    }
  }
  if (too_many) {
    return End(absl::ResourceExhaustedError(
        StrCat("more than ", kMaxUnreadErrors, " errors of commands wait to be read")));
  }
  Pump();
}

void AttachStream::OnSynced(pb::Synced synced) {
  pb::AttachResponse response;
  *response.mutable_synced() = std::move(synced);
  Say(std::move(response));
}

void AttachStream::Say(pb::AttachResponse response) {
  bool too_many = false;
  {
    std::lock_guard lock(mutex_);
    too_many = response.has_synced() && ++unread_syncs_ > kMaxUnreadSyncs;
    if (!too_many) control_.push_back(std::move(response));
  }
  if (too_many) return End(absl::ResourceExhaustedError("too many answers to syncs wait to be read"));
  Pump();
}

void AttachStream::Pump() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (busy_ || finishing_ || greeting_ || operations_ == 0) return;
    if (gone_) control_.clear();
    if (!control_.empty()) {
      const pb::AttachResponse response = std::move(control_.front());
      control_.pop_front();
      if (response.has_command_errors()) {
        unread_errors_ -= static_cast<std::size_t>(response.command_errors().errors_size());
      }
      if (response.has_synced()) --unread_syncs_;
      return Write(response, lock);
    }
    if (end_) {
      finishing_ = true;
      stats_.Ended(end_->code(), {});
      ++operations_;
      return call_->stream.Finish(ToGrpc(*end_, call_->context), static_cast<Tag*>(&finish_tag_));
    }
    if (!ready_ || !worker_) return;
    ready_ = false;
    busy_ = true;
    lock.unlock();
    const bool any = FillBatch();
    lock.lock();
    busy_ = false;
    if (any && !gone_) {
      ready_ = true;  // there may be more
      return Write(batch_, lock);
    }
  }
}

void AttachStream::Write(const pb::AttachResponse& response, std::unique_lock<std::mutex>& lock) {
  busy_ = true;
  ++operations_;
  const auto write = [&] { call_->stream.Write(response, static_cast<Tag*>(&write_tag_)); };
  if (QueueThread::IsThis()) return write();
  // An event's way to its worker must not wake a second thread of ours just to hear that it was written: it
  // would be in the way of the worker's answer. What this thread completes, it takes from the queue itself.
  void* tag = nullptr;
  bool ok = false;
  const auto next = core_.queue()->DoThenAsyncNext(write, &tag, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC));
  if (next != grpc::CompletionQueue::GOT_EVENT) return;
  lock.unlock();
  const QueueThread queue_thread;  // once is enough: no deeper
  cluster::WriteBatch batch;
  static_cast<Tag*>(tag)->Proceed(ok, batch);
}

bool AttachStream::FillBatch() {
  deliveries_.clear();
  if (caller_ && takes_events_) {
    if (const absl::Status status = caller_->Check(kEventsRight); !status.ok()) {
      End(status);
      return false;
    }
  }
  core_.hub().TakeBatch(id_, &deliveries_);
  if (deliveries_.empty()) return false;
  if (batch_bytes_ > kMaxKeptBytes) batch_.Clear();  // gives its memory back
  auto& events = *batch_.mutable_events()->mutable_events();
  const auto count = static_cast<int>(deliveries_.size());
  while (events.size() > count)
    events.RemoveLast();
  batch_bytes_ = 0;
  for (int i = 0; i < count; ++i) {
    const events::Delivery& delivery = deliveries_[static_cast<std::size_t>(i)];
    FillEvent(core_.dialect(), delivery, sessions_, i < events.size() ? events.Mutable(i) : events.Add());
    batch_bytes_ += delivery.event->size();
  }
  deliveries_.clear();
  // Only what is large, or has sessions to decode, can come near the limit.
  if (batch_bytes_ > max_message_bytes_ / 16) ShrinkToFit(max_message_bytes_, &batch_);
  return true;
}

void AttachStream::Written(bool ok, cluster::WriteBatch& /*batch*/) {
  {
    std::lock_guard lock(mutex_);
    busy_ = false;
  }
  if (!ok) Gone();
  Pump();
  Finished();
}

}  // namespace gatewayd::api
