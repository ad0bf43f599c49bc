// One stream to the daemon, from hello to its end: what comes is handed on, what is done goes back in
// batches.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "crew.h"
#include "delivered_event.h"
#include "gatewayworker/v1/worker_service.grpc.pb.h"
#include "outbox.h"
#include "status.h"

namespace gatewayworker::internal {

// A completion of the queue, as what is to be done then.
class Completion final : public Crew::Job {
 public:
  explicit Completion(std::function<void(bool ok)> then) : then_(std::move(then)) {}

  // As the queue said.
  void Completed(bool ok) { ok_ = ok; }
  void Run() override { then_(ok_); }

 private:
  const std::function<void(bool)> then_;
  bool ok_ = false;
};

// Thread-safe. Acknowledgements and commands that come up while a request is being written go into the next
// one, and so does what the leader does before it waits: so there is one request for a batch of events.
class Attachment final : public Stream, public std::enable_shared_from_this<Attachment> {
 public:
  // What comes, told one after the other by the threads of the crew.
  struct Listener {
    std::function<void(const v1::Welcome&)> on_welcome;  // the next message is read when it has returned
    std::function<void(std::vector<Event>)> on_events;
    std::function<void(const v1::AttachResponse&)> on_other;                 // neither of them
    std::function<void(const grpc::Status&, GatewayError::Details)> on_end;  // the last one
  };

  // `crew`: whose leader calls Flush before it waits; lives longer than this is used.
  Attachment(const void* owner, const Crew& crew, const v1::Hello& hello, bool acknowledge,
             Listener listener);

  // Begins. `token`: empty or a bearer token. Held by a shared_ptr until `on_end` has returned. The tags of
  // `queue` are Completions.
  void Start(v1::WorkerService::Stub& stub, grpc::CompletionQueue& queue, const std::string& token);

  void Done(DeliveredEvent& event) override;
  bool Send(v1::Command command, const DeliveredEvent* event) override;
  void BreakOff() override;
  [[nodiscard]] bool over() const noexcept override { return over_.load(std::memory_order_relaxed); }
  [[nodiscard]] const void* owner() const noexcept override { return owner_; }

  // False: the stream is over.
  bool Sync(std::uint64_t number, std::chrono::milliseconds timeout);
  // Says that the worker goes; the stream ends when the last event is acknowledged.
  void Leave(v1::LeaveMode mode);
  // Ends it at once.
  void Cancel() { context_.TryCancel(); }
  // Writes what there is, unless a write is under way: then that follows it.
  void Flush();

  [[nodiscard]] bool welcomed() const noexcept { return welcomed_; }

 private:
  using Rpc = grpc::ClientAsyncReaderWriter<v1::AttachRequest, v1::AttachResponse>;

  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnWritten();
  void FlushUnlessLeading();
  void End();

  const void* const owner_;
  const Crew& crew_;
  const Listener listener_;
  grpc::ClientContext context_;
  std::unique_ptr<Rpc> rpc_;
  grpc::Status status_;
  v1::AttachResponse response_;
  std::atomic<bool> welcomed_ = false;
  std::atomic<bool> over_ = false;  // written under the mutex

  std::mutex mutex_;
  Outbox outbox_;
  v1::AttachRequest request_;  // being written; of who has set writing_
  bool started_ = false;
  bool writing_ = false;  // nothing of rpc_ but a read may be begun, and it may not be finished
  bool breaking_off_ = false;
  bool half_closed_ = false;
  bool ended_ = false;  // nothing may be written any more

  Completion on_started_{[this](bool ok) { OnStarted(ok); }};
  Completion on_read_{[this](bool ok) { OnRead(ok); }};
  Completion on_written_{[this](bool) { OnWritten(); }};
  Completion on_finished_{[this](bool) { listener_.on_end(status_, DetailsOf(context_)); }};
};

}  // namespace gatewayworker::internal
