#include "attachment.h"

#include <string>
#include <utility>

namespace gatewayworker::internal {

Attachment::Attachment(const void* owner, const Crew& crew, const v1::Hello& hello, bool acknowledge,
                       Listener listener)
    : owner_(owner), crew_(crew), listener_(std::move(listener)), outbox_(hello, acknowledge) {}

void Attachment::Start(v1::WorkerService::Stub& stub, grpc::CompletionQueue& queue,
                       const std::string& token) {
  if (!token.empty()) context_.AddMetadata("authorization", "Bearer " + token);
  rpc_ = stub.PrepareAsyncAttach(&context_, &queue);
  rpc_->StartCall(&on_started_);
}

void Attachment::OnStarted(bool ok) {
  if (!ok) return End();
  {
    const std::lock_guard lock(mutex_);
    started_ = true;
  }
  Flush();
  rpc_->Read(&response_, &on_read_);
}

void Attachment::OnRead(bool ok) {
  if (!ok) return End();
  switch (response_.message_case()) {
    case v1::AttachResponse::kEvents: {
      std::vector<Event> events = Unpack(std::move(*response_.mutable_events()), shared_from_this());
      std::unique_lock lock(mutex_);
      const bool wanted = !over_ && !events.empty();
      if (wanted) outbox_.Received(events.size(), events.back().id());
      lock.unlock();
      if (wanted) listener_.on_events(std::move(events));
      break;
    }
    case v1::AttachResponse::kWelcome:
      welcomed_ = true;
      listener_.on_welcome(response_.welcome());
      break;
    default:
      listener_.on_other(response_);
  }
  rpc_->Read(&response_, &on_read_);
}

void Attachment::Done(DeliveredEvent& event) {
  {
    const std::lock_guard lock(mutex_);
    if (over_ || event.done.exchange(true)) return;
    outbox_.Done(event.proto->id());
  }
  FlushUnlessLeading();
}

bool Attachment::Send(v1::Command command, const DeliveredEvent* event) {
  {
    const std::lock_guard lock(mutex_);
    if (over_) return false;
    outbox_.Add(std::move(command), event == nullptr ? 0 : event->proto->id());
  }
  FlushUnlessLeading();
  return true;
}

void Attachment::BreakOff() {
  {
    const std::lock_guard lock(mutex_);
    outbox_.GiveUp();
    over_ = true;
    breaking_off_ = true;
  }
  Flush();
}

bool Attachment::Sync(std::uint64_t number, std::chrono::milliseconds timeout) {
  {
    const std::lock_guard lock(mutex_);
    if (over_) return false;
    outbox_.AddSync(number, timeout);
  }
  Flush();
  return true;
}

void Attachment::Leave(v1::LeaveMode mode) {
  {
    const std::lock_guard lock(mutex_);
    outbox_.AddLeave(mode);
  }
  Flush();
}

void Attachment::FlushUnlessLeading() {
  if (!crew_.LedByThisThread()) Flush();
}

void Attachment::Flush() {
  bool half_close = false;
  {
    const std::lock_guard lock(mutex_);
    if (!started_ || writing_ || half_closed_ || ended_) return;
    if (outbox_.empty()) {
      if (!breaking_off_) return;
      half_close = half_closed_ = true;
    } else {
      request_.Clear();
      outbox_.Take(request_);
    }
    writing_ = true;
  }
  // Not under the mutex: it may take the time of a write to the socket.
  if (half_close) {
    rpc_->WritesDone(&on_written_);
  } else {
    rpc_->Write(request_, &on_written_);
  }
}

// Whether it has failed does not matter: then the read fails too, and the status says why.
void Attachment::OnWritten() {
  bool ended = false;
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    ended = ended_;
  }
  if (ended) {
    rpc_->Finish(&status_, &on_finished_);
  } else {
    Flush();
  }
}

void Attachment::End() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    ended_ = true;
    if (writing_) return;  // OnWritten goes on
  }
  rpc_->Finish(&status_, &on_finished_);
}

}  // namespace gatewayworker::internal
