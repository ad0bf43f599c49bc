// A worker's stream: the rpc Attach, from gRPC's call to the hub and back. Included by attach*.cc alone.
//   attach.cc             its life: how it opens, starts, ends, and when gRPC has let go of it
//   attach_requests.cc    what the worker says, one request after the other
//   attach_deliveries.cc  what it is told, one message at a time
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "api/access.h"
#include "api/core.h"
#include "api/event_message.h"
#include "api/hello.h"
#include "api/worker_commands.h"
#include "api/worker_request.h"
#include "events/hub.h"

namespace gatewayd::api {

// One stream of a worker. Reading, writing and the hub's calls each come on any thread; `mutex_` is never
// held while the hub is called. It keeps itself until gRPC has let go of it.
class AttachStream final : public events::AttachedWorker,
                           public CommandListener,
                           public std::enable_shared_from_this<AttachStream> {
 public:
  // Lets one more stream wait for its worker; the next is opened once that has come.
  static void Open(Core& core, RpcStats& stats);

  AttachStream(Core& core, RpcStats& stats);
  ~AttachStream() override;

  // ---- events::AttachedWorker
  void OnReady() override;
  void OnDraining(absl::Duration within) override;
  void OnEnd(const absl::Status& status) override;

  // ---- CommandListener
  void OnCommandError(pb::CommandError error) override;
  void OnSynced(pb::Synced synced) override;

 private:
  // What gRPC must be done with before the server may go.
  struct GrpcCall {
    grpc::ServerContext context;
    grpc::ServerAsyncReaderWriter<pb::AttachResponse, WorkerRequest> stream{&context};
  };

  // A tag for each kind of operation.
  class OpTag final : public Tag {
   public:
    using Handler = void (AttachStream::*)(bool ok, cluster::WriteBatch& batch);
    OpTag(AttachStream& stream, Handler handler) : stream_(stream), handler_(handler) {}
    void Proceed(bool ok, cluster::WriteBatch& batch) override {
      const std::shared_ptr<AttachStream> keep = stream_.shared_from_this();
      (stream_.*handler_)(ok, batch);
    }

   private:
    AttachStream& stream_;
    const Handler handler_;
  };

  // What every stream needs but one for commands alone.
  static constexpr NeededRight kEventsRight = security::Right::kEvents;

  // ---- Its life; attach.cc
  void Started(bool ok, cluster::WriteBatch& batch);
  // The stream ends with `status`; what is in flight goes to others.
  void End(const absl::Status& status);
  void Gone();
  void Over(bool ok, cluster::WriteBatch& batch);
  void StreamFinished(bool ok, cluster::WriteBatch& batch);
  // An operation is over. With the last one gRPC is done with the call.
  void Finished();

  // ---- Reading; attach_requests.cc
  void Read();
  void Received(bool ok, cluster::WriteBatch& batch);
  // The worker will say no more. One that has left and acknowledges nothing gets what it is still due.
  void ReadingEnded();
  void Handle(cluster::WriteBatch& batch);
  // False: each of them has failed.
  bool MayRunCommands();
  // nullopt: the stream ends.
  std::optional<events::WorkerId> Greet();
  pb::AttachResponse Welcome(events::WorkerId id, const HelloTerms& terms);
  void Acknowledge(events::WorkerId worker);
  void Leave(events::WorkerId worker);

  // ---- Writing; attach_deliveries.cc
  void Say(pb::AttachResponse response);
  // Writes what is next, if nothing is being written: what the daemon has to say, then the end, then events.
  void Pump();
  // Starts it under the lock; what follows of it may run before this returns, with the lock released.
  void Write(const pb::AttachResponse& response, std::unique_lock<std::mutex>& lock);
  // False: there is none to write.
  bool FillBatch();
  void Written(bool ok, cluster::WriteBatch& batch);

  Core& core_;
  RpcStats& stats_;
  std::shared_ptr<AttachStream> self_;
  std::unique_ptr<GrpcCall> call_;
  OpTag start_tag_{*this, &AttachStream::Started};
  OpTag read_tag_{*this, &AttachStream::Received};
  OpTag write_tag_{*this, &AttachStream::Written};
  OpTag finish_tag_{*this, &AttachStream::StreamFinished};
  OpTag over_tag_{*this, &AttachStream::Over};

  // Of the reading side.
  WorkerRequest request_;
  std::optional<WorkerCommands> commands_;
  std::optional<Caller> caller_;  // where there are tokens; the writing side asks it too
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;

  // Of the one who writes (busy_), but for what Greet sets before the first batch.
  pb::AttachResponse batch_;  // used again, with the memory that its events have
  std::size_t batch_bytes_ = 0;
  std::vector<events::Delivery> deliveries_;
  SessionForm sessions_ = SessionForm::kDecoded;
  bool takes_events_ = false;
  std::size_t max_message_bytes_ = kDefaultMaxMessageBytes;
  const std::shared_ptr<events::CommandCount> command_count_ = std::make_shared<events::CommandCount>();

  std::mutex mutex_;  // guards all below
  int operations_ = 0;
  events::WorkerId id_ = 0;
  std::optional<events::WorkerId> worker_;  // while attached
  std::deque<pb::AttachResponse> control_;
  std::optional<absl::Status> end_;
  std::size_t unread_errors_ = 0;
  std::size_t unread_syncs_ = 0;
  bool greeting_ = false;
  bool ready_ = false;
  bool busy_ = false;       // a batch is being filled, or a write is under way
  bool finishing_ = false;  // Finish was called
  bool gone_ = false;       // nobody reads any more
  bool left_ = false;
  bool ack_on_send_ = false;
};

}  // namespace gatewayd::api
