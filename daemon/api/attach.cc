#include "api/attach.h"

#include <grpcpp/support/async_stream.h>

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "api/error.h"
#include "api/hello.h"
#include "api/kept_message.h"
#include "api/queue_thread.h"
#include "api/server.h"
#include "api/watch.h"
#include "api/worker_commands.h"
#include "cluster/text.h"
#include "events/hub.h"

namespace gatewayd::api {
namespace {

using cluster::StrCat;

// Errors of commands that the worker has not read; more end its stream.
constexpr std::size_t kMaxUnreadErrors = 10'000;
constexpr std::size_t kMaxUnreadSyncs = 1'000;
constexpr NeededRight kEventsRight = security::Right::kEvents;
// What the messages of a batch above this took is not kept for the next one.
constexpr std::size_t kMaxKeptBytes = 256 * 1024;

void SetDuration(absl::Duration duration, google::protobuf::Duration* out) {
  const std::int64_t seconds = absl::ToInt64Seconds(duration);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(duration - absl::Seconds(seconds))));
}

// One stream of a worker. Reading, writing and the hub's calls each come on any thread; `mutex_` is never
// held while the hub is called. It keeps itself until gRPC has let go of it.
class AttachStream final : public events::AttachedWorker,
                           public CommandListener,
                           public std::enable_shared_from_this<AttachStream> {
 public:
  static void Open(Core& core, RpcStats& stats) {
    auto stream = std::make_shared<AttachStream>(core, stats);
    stream->self_ = stream;
    stream->call_->context.AsyncNotifyWhenDone(static_cast<Tag*>(&stream->over_tag_));
    core.rpcs(static_cast<WorkerRpcs*>(nullptr))
        .RequestAttach(&stream->call_->context, &stream->call_->stream, core.queue(), core.queue(),
                       static_cast<Tag*>(&stream->start_tag_));
  }

  AttachStream(Core& core, RpcStats& stats)
      : core_(core), stats_(stats), call_(std::make_unique<GrpcCall>()) {
    core_.Opened();
  }
  ~AttachStream() override {
    call_.reset();
    core_.Closed();
  }

  // ---- events::AttachedWorker
  void OnReady() override {
    {
      std::lock_guard lock(mutex_);
      ready_ = true;
    }
    Pump();
  }

  void OnDraining(absl::Duration within) override {
    pb::AttachResponse response;
    SetDuration(within, response.mutable_draining()->mutable_deadline());
    Say(std::move(response));
  }

  void OnEnd(const absl::Status& status) override {
    {
      std::lock_guard lock(mutex_);
      worker_.reset();
      if (!end_) end_ = status;
    }
    Pump();
  }

  // ---- CommandListener
  void OnCommandError(pb::CommandError error) override {
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

  void OnSynced(pb::Synced synced) override {
    pb::AttachResponse response;
    *response.mutable_synced() = std::move(synced);
    Say(std::move(response));
  }

 private:
  // What gRPC must be done with before the server may go.
  struct GrpcCall {
    grpc::ServerContext context;
    grpc::ServerAsyncReaderWriter<pb::AttachResponse, pb::AttachRequest> stream{&context};
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

  void Started(bool ok, cluster::WriteBatch& /*batch*/) {
    if (!ok) {
      self_.reset();
      return;
    }
    Open(core_, stats_);
    stats_.Started();
    commands_.emplace(core_, weak_from_this());
    {
      std::lock_guard lock(mutex_);
      operations_ = 1;  // the notice that the call is over
    }
    if (core_.tokens() != nullptr) {
      caller_.emplace(*core_.tokens(), core_.access_counters(), call_->context);
      // A stream for commands alone is served to who may send.
      const NeededRight right = caller_->May(security::Right::kSend) ? std::nullopt : kEventsRight;
      if (const absl::Status status = caller_->Check(right, 1); !status.ok()) return End(status);
    }
    Read();
  }

  void Read() {
    std::lock_guard lock(mutex_);
    ++operations_;
    call_->stream.Read(&request_.get(), static_cast<Tag*>(&read_tag_));
  }

  void Received(bool ok, cluster::WriteBatch& batch) {
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

  // The worker will say no more. One that has left and acknowledges nothing gets what it is still due.
  void ReadingEnded() {
    {
      std::lock_guard lock(mutex_);
      if (left_ && ack_on_send_) return;
    }
    End(absl::OkStatus());
  }

  void Handle(cluster::WriteBatch& batch) {
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
    } else if (request_.get().has_hello()) {
      return End(FieldError("hello", "was said before"));
    }
    if (!request_.get().commands().empty()) {
      const auto count = static_cast<std::uint64_t>(request_.get().commands_size());
      command_count_->commands.fetch_add(count, std::memory_order_relaxed);
      core_.worker_commands().commands.fetch_add(count, std::memory_order_relaxed);
      if (MayRunCommands()) commands_->Run(*worker, request_.get().commands(), batch);
    }
    if (request_.get().has_acks()) Acknowledge(*worker);
    if (request_.get().has_sync()) commands_->Sync(request_.get().sync(), batch);
    if (request_.get().has_leave()) Leave(*worker);
  }

  // False: each of them has failed.
  bool MayRunCommands() {
    if (!caller_) return true;
    const absl::Status status =
        caller_->Check(security::Right::kSend, static_cast<std::uint64_t>(request_.get().commands_size()));
    if (status.ok()) return true;
    for (const pb::NumberedCommand& command : request_.get().commands()) {
      pb::CommandError error;
      error.set_number(command.number());
      error.mutable_status()->set_code(static_cast<int>(status.code()));
      error.mutable_status()->set_message(std::string(status.message()));
      OnCommandError(std::move(error));
    }
    return false;
  }

  // nullopt: the stream ends.
  std::optional<events::WorkerId> Greet() {
    if (!request_.get().has_hello()) {
      End(FieldError("hello", "must stand in the first message"));
      return std::nullopt;
    }
    absl::StatusOr<HelloTerms> terms = ReadHello(request_.get().hello(), core_.hub().options().batch_bytes);
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

  pb::AttachResponse Welcome(events::WorkerId id, const HelloTerms& terms) {
    pb::AttachResponse response;
    pb::Welcome& welcome = *response.mutable_welcome();
    welcome.set_version(core_.options().version);
    welcome.set_dialect(std::string(core_.dialect().name()));
    welcome.set_worker_id(StrCat(id));
    welcome.set_window_events(terms.settings.window_events);
    welcome.set_window_bytes(terms.settings.window_bytes);
    welcome.set_max_message_bytes(terms.max_message_bytes);
    SetDuration(core_.hub().options().ack_timeout, welcome.mutable_ack_timeout());
    welcome.set_max_deliveries(core_.hub().options().max_deliveries);
    return response;
  }

  void Acknowledge(events::WorkerId worker) {
    const pb::Acks& acks = request_.get().acks();
    ranges_.clear();
    if (acks.up_to() > 0) ranges_.emplace_back(1, acks.up_to());
    for (const std::uint64_t id : acks.ids())
      ranges_.emplace_back(id, id);
    for (const pb::AckRange& range : acks.ranges())
      ranges_.emplace_back(range.first(), range.last());
    core_.hub().Acknowledge(worker, ranges_);
  }

  void Leave(events::WorkerId worker) {
    {
      std::lock_guard lock(mutex_);
      left_ = true;
    }
    core_.hub().Leave(worker, request_.get().leave().mode() == pb::LEAVE_MODE_KEEP_LINKS
                                  ? events::LeaveMode::kKeepLinks
                                  : events::LeaveMode::kCloseLinks);
  }

  // ---- Writing

  void Say(pb::AttachResponse response) {
    bool too_many = false;
    {
      std::lock_guard lock(mutex_);
      too_many = response.has_synced() && ++unread_syncs_ > kMaxUnreadSyncs;
      if (!too_many) control_.push_back(std::move(response));
    }
    if (too_many) return End(absl::ResourceExhaustedError("too many answers to syncs wait to be read"));
    Pump();
  }

  // Writes what is next, if nothing is being written: what the daemon has to say, then the end, then events.
  void Pump() {
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

  // Starts it under the lock; what follows of it may run before this returns, with the lock released.
  void Write(const pb::AttachResponse& response, std::unique_lock<std::mutex>& lock) {
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

  bool FillBatch() {
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

  void Written(bool ok, cluster::WriteBatch& /*batch*/) {
    {
      std::lock_guard lock(mutex_);
      busy_ = false;
    }
    if (!ok) Gone();
    Pump();
    Finished();
  }

  // ---- Ending

  // The stream ends with `status`; what is in flight goes to others.
  void End(const absl::Status& status) {
    std::optional<events::WorkerId> worker;
    {
      std::lock_guard lock(mutex_);
      worker = std::exchange(worker_, std::nullopt);
      if (!end_) end_ = status;
    }
    if (worker) core_.hub().Detach(*worker);
    Pump();
  }

  void Gone() {
    {
      std::lock_guard lock(mutex_);
      gone_ = true;
    }
    End(absl::CancelledError("the client has gone"));
  }

  void Over(bool /*ok*/, cluster::WriteBatch& /*batch*/) {
    if (call_->context.IsCancelled()) Gone();
    Finished();
  }

  void StreamFinished(bool /*ok*/, cluster::WriteBatch& /*batch*/) { Finished(); }

  // An operation is over. With the last one gRPC is done with the call.
  void Finished() {
    std::lock_guard lock(mutex_);
    if (--operations_ == 0) self_.reset();  // the caller keeps us until it returns
  }

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
  KeptMessage<pb::AttachRequest> request_;
  std::optional<WorkerCommands> commands_;
  std::optional<Caller> caller_;  // where there are tokens
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

class AttachMethod final : public Method {
 public:
  explicit AttachMethod(Core& core) {
    AttachStream::Open(core, core.Count(WorkerRpcs::kService, "Attach", /*timed=*/false));
  }
};

}  // namespace

std::vector<std::unique_ptr<Method>> ServeWorkers(Core& core) {
  std::vector<std::unique_ptr<Method>> methods;
  methods.push_back(std::make_unique<AttachMethod>(core));
  methods.push_back(ServeWatch(core));
  return methods;
}

}  // namespace gatewayd::api
