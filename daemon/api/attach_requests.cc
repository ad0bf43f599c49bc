// The reading side of a worker's stream: one request after the other, from the hello to the leave.
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "api/attach_stream.h"
#include "api/error.h"
#include "api/server.h"
#include "api/times.h"
#include "cluster/text.h"

namespace gatewayd::api {

void AttachStream::Read() {
  std::lock_guard lock(mutex_);
  ++operations_;
  call_->stream.Read(&request_, static_cast<Tag*>(&read_tag_));
}

void AttachStream::Received(bool ok, cluster::WriteBatch& batch) {
  if (ok) {
    Handle(batch);
    // Now: the read lets gRPC tell the worker how much more it may say, a write that wakes it.
    batch.Flush();
    request_.Clear();
    Read();
  } else {
    ReadingEnded();
  }
  Finished();
}

void AttachStream::ReadingEnded() {
  {
    std::lock_guard lock(mutex_);
    if (left_ && ack_on_send_) return;
  }
  End(absl::OkStatus());
}

void AttachStream::Handle(cluster::WriteBatch& batch) {
  std::optional<events::WorkerId> worker;
  {
    std::lock_guard lock(mutex_);
    if (end_) return;
    worker = worker_;
  }
  if (caller_) {
    // Its token may be over since the last message.
    if (const absl::Status status = caller_->Check(std::nullopt); !status.ok()) return End(status);
  }
  if (!worker) {
    worker = Greet();
    if (!worker) return;
  } else if (request_.others().has_hello()) {
    return End(FieldError("hello", "was said before"));
  }
  if (!request_.commands().empty()) {
    const std::uint64_t count = request_.commands().size();
    command_count_->commands.fetch_add(count, std::memory_order_relaxed);
    core_.worker_commands().commands.fetch_add(count, std::memory_order_relaxed);
    if (MayRunCommands()) commands_->Run(*worker, request_.commands(), batch);
  }
  if (request_.others().has_acks()) Acknowledge(*worker);
  if (request_.others().has_sync()) commands_->Sync(request_.others().sync(), batch);
  if (request_.others().has_leave()) Leave(*worker);
}

bool AttachStream::MayRunCommands() {
  if (!caller_) return true;
  const absl::Status status = caller_->Check(security::Right::kSend, request_.commands().size());
  if (status.ok()) return true;
  for (const NumberedEntry& entry : request_.commands()) {
    pb::CommandError error;
    error.set_number(entry.number);
    error.mutable_status()->set_code(static_cast<int>(status.code()));
    error.mutable_status()->set_message(std::string(status.message()));
    OnCommandError(std::move(error));
  }
  return false;
}

std::optional<events::WorkerId> AttachStream::Greet() {
  if (!request_.others().has_hello()) {
    End(FieldError("hello", "must stand in the first message"));
    return std::nullopt;
  }
  absl::StatusOr<HelloTerms> terms = ReadHello(request_.others().hello(), core_.hub().options().batch_bytes);
  if (!terms.ok()) {
    End(terms.status());
    return std::nullopt;
  }
  if (caller_ && !terms->settings.kinds.empty()) {
    takes_events_ = true;
    if (const absl::Status status = caller_->Check(kEventsRight); !status.ok()) {
      End(status);
      return std::nullopt;
    }
  }
  sessions_ = terms->sessions;
  max_message_bytes_ = terms->max_message_bytes;
  terms->settings.commands = command_count_;
  {
    std::lock_guard lock(mutex_);
    greeting_ = true;  // no event may go out before the welcome
    ack_on_send_ = terms->settings.ack_on_send;
  }
  const absl::StatusOr<events::WorkerId> id = core_.hub().Attach(terms->settings, shared_from_this());
  if (!id.ok()) {
    {
      std::lock_guard lock(mutex_);
      greeting_ = false;
    }
    End(id.status());
    return std::nullopt;
  }
  bool ended = false;
  {
    std::lock_guard lock(mutex_);
    id_ = *id;
    ended = end_.has_value();  // the client has gone meanwhile, or the worker was sent away
    if (!ended) worker_ = *id;
    control_.push_front(Welcome(*id, *terms));
    greeting_ = false;
  }
  if (ended) core_.hub().Detach(*id);
  Pump();
  return *id;
}

pb::AttachResponse AttachStream::Welcome(events::WorkerId id, const HelloTerms& terms) {
  pb::AttachResponse response;
  pb::Welcome& welcome = *response.mutable_welcome();
  welcome.set_version(core_.options().version);
  welcome.set_dialect(std::string(core_.dialect().name()));
  welcome.set_worker_id(cluster::StrCat(id));
  welcome.set_window_events(terms.settings.window_events);
  welcome.set_window_bytes(terms.settings.window_bytes);
  welcome.set_max_message_bytes(terms.max_message_bytes);
  SetDuration(core_.hub().options().ack_timeout, welcome.mutable_ack_timeout());
  welcome.set_max_deliveries(core_.hub().options().max_deliveries);
  return response;
}

void AttachStream::Acknowledge(events::WorkerId worker) {
  const pb::Acks& acks = request_.others().acks();
  ranges_.clear();
  if (acks.up_to() > 0) ranges_.emplace_back(1, acks.up_to());
  for (const std::uint64_t id : acks.ids())
    ranges_.emplace_back(id, id);
  for (const pb::AckRange& range : acks.ranges())
    ranges_.emplace_back(range.first(), range.last());
  core_.hub().Acknowledge(worker, ranges_);
}

void AttachStream::Leave(events::WorkerId worker) {
  {
    std::lock_guard lock(mutex_);
    left_ = true;
  }
  core_.hub().Leave(worker, request_.others().leave().mode() == pb::LEAVE_MODE_KEEP_LINKS
                                ? events::LeaveMode::kKeepLinks
                                : events::LeaveMode::kCloseLinks);
}

}  // namespace gatewayd::api
