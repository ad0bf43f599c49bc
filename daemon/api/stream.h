// Server streams on gRPC's completion queue: chunks are queued by any thread and written one at a time.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "api/call.h"

namespace gatewayd::api {

// Who fills a stream. Kept alive by the stream until that has ended.
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  // A chunk was written, or the client has gone (Stream::gone tells). Called on a thread of the server with
  // no lock held, never after the stream has ended.
  virtual void OnProgress(cluster::WriteBatch& batch) = 0;
};

// One stream, to who fills it. Thread-safe; must not be touched after End.
template <typename Request, typename Response>
class Stream {
 public:
  virtual const Request& request() const = 0;
  virtual Core& core() = 0;
  virtual std::shared_ptr<const cluster::View> view() const = 0;
  virtual absl::Time deadline() const = 0;

  // Set once, by the handler, before it returns.
  virtual void SetSource(std::shared_ptr<StreamSource> source) = 0;
  // Queues a chunk. Dropped where the client has gone.
  virtual void Write(Response chunk) = 0;
  // Ends the stream, once, when what is queued has been written.
  virtual void End(const absl::Status& status) = 0;
  // Bytes queued and not yet given to gRPC's flow control.
  virtual std::size_t queued() const = 0;
  virtual bool gone() const = 0;
  // OK while the caller's token, where there are tokens, is valid and has the right.
  virtual absl::Status access() = 0;

 protected:
  ~Stream() = default;
};

template <typename Request, typename Response>
class StreamCall;

template <typename Request, typename Response>
class StreamMethod final : public Method {
 public:
  using Writer = grpc::ServerAsyncWriter<Response>;
  using Take = void (*)(Core& core, grpc::ServerContext* context, Request* request, Writer* writer,
                        void* tag);
  using Handle = void (*)(Stream<Request, Response>* stream, cluster::WriteBatch& batch);

  StreamMethod(Core& core, RpcStats& stats, NeededRight right, Take take, Handle handle)
      : core(core), stats(stats), right(right), take(take), handle(handle) {
    Open();
  }
  void Open() { (new StreamCall<Request, Response>(*this))->Take(); }

  Core& core;
  RpcStats& stats;
  const NeededRight right;
  const Take take;
  const Handle handle;
};

// Deletes itself when gRPC has let go of it: the stream is finished, and the notice that the call is over has
// come.
template <typename Request, typename Response>
class StreamCall final : public Tag, public Stream<Request, Response> {
 public:
  explicit StreamCall(StreamMethod<Request, Response>& method)
      : method_(method), writer_(&context_), over_tag_(*this) {
    method_.core.Opened();
  }

  void Take() {
    context_.AsyncNotifyWhenDone(static_cast<Tag*>(&over_tag_));
    method_.take(method_.core, &context_, &request_, &writer_, static_cast<Tag*>(this));
  }

  void Proceed(bool ok, cluster::WriteBatch& batch) override {
    if (!started_) return Start(ok, batch);
    std::unique_lock lock(mutex_);
    if (finishing_) {
      finished_ = true;
      return DeleteIfOver(std::move(lock));
    }
    writing_ = false;
    if (!ok) DropLocked();
    WriteNextLocked();
    Notify(std::move(lock), batch);
  }

  const Request& request() const override { return request_; }
  Core& core() override { return method_.core; }
  std::shared_ptr<const cluster::View> view() const override { return method_.core.cluster().view(); }
  absl::Time deadline() const override { return DeadlineOf(context_); }

  void SetSource(std::shared_ptr<StreamSource> source) override {
    std::lock_guard lock(mutex_);
    source_ = std::move(source);
  }

  void Write(Response chunk) override {
    std::lock_guard lock(mutex_);
    if (gone_) return;
    const std::size_t size = chunk.ByteSizeLong();
    queued_ += size;
    method_.core.stream_bytes() += size;
    queue_.emplace_back(size, std::move(chunk));
    WriteNextLocked();
  }

  void End(const absl::Status& status) override {
    std::lock_guard lock(mutex_);
    end_ = status;
    WriteNextLocked();
  }

  std::size_t queued() const override {
    std::lock_guard lock(mutex_);
    return queued_;
  }
  bool gone() const override {
    std::lock_guard lock(mutex_);
    return gone_;
  }
  absl::Status access() override { return caller_ ? caller_->Check(method_.right) : absl::OkStatus(); }

 private:
  // The call is over for the client: cancelled, its deadline passed, or ended by us.
  class OverTag final : public Tag {
   public:
    explicit OverTag(StreamCall& call) : call_(call) {}
    void Proceed(bool /*ok*/, cluster::WriteBatch& batch) override { call_.Over(batch); }

   private:
    StreamCall& call_;
  };

  void Start(bool ok, cluster::WriteBatch& batch) {
    if (!ok) return Delete();
    started_ = true;
    started_at_ = method_.stats.Started();
    method_.Open();
    Core& core = method_.core;
    if (core.tokens() != nullptr && method_.right) {
      caller_.emplace(*core.tokens(), core.access_counters(), context_);
      if (const absl::Status status = caller_->Check(method_.right, 1); !status.ok()) return End(status);
    }
    method_.handle(this, batch);
  }

  void Over(cluster::WriteBatch& batch) {
    std::unique_lock lock(mutex_);
    over_ = true;
    if (finished_) return DeleteIfOver(std::move(lock));
    if (context_.IsCancelled()) DropLocked();
    Notify(std::move(lock), batch);
  }

  void Notify(std::unique_lock<std::mutex> lock, cluster::WriteBatch& batch) {
    if (end_ || source_ == nullptr) return;
    const std::shared_ptr<StreamSource> source = source_;
    lock.unlock();
    source->OnProgress(batch);
  }

  void DropLocked() {
    gone_ = true;
    queue_.clear();
    method_.core.stream_bytes() -= queued_;
    queued_ = 0;
  }

  void WriteNextLocked() {
    if (writing_ || finishing_) return;
    if (!queue_.empty()) {
      writing_ = true;
      const auto [size, chunk] = std::move(queue_.front());
      queue_.pop_front();
      queued_ -= size;
      method_.core.stream_bytes() -= size;
      writer_.Write(chunk, static_cast<Tag*>(this));
    } else if (end_) {
      finishing_ = true;
      method_.stats.Ended(end_->code(), started_at_);
      writer_.Finish(ToGrpc(*end_, context_), static_cast<Tag*>(this));
    }
  }

  void DeleteIfOver(std::unique_lock<std::mutex> lock) {
    if (!finished_ || !over_) return;
    lock.unlock();
    Delete();
  }

  void Delete() {
    Core& core = method_.core;
    delete this;
    core.Closed();
  }

  StreamMethod<Request, Response>& method_;
  grpc::ServerContext context_;
  grpc::ServerAsyncWriter<Response> writer_;
  OverTag over_tag_;
  Request request_;
  std::optional<Caller> caller_;  // where there are tokens
  bool started_ = false;
  RpcStats::Time started_at_;

  mutable std::mutex mutex_;
  std::shared_ptr<StreamSource> source_;
  std::deque<std::pair<std::size_t, Response>> queue_;
  std::size_t queued_ = 0;
  std::optional<absl::Status> end_;
  bool writing_ = false;
  bool gone_ = false;       // the client will not read what is written
  bool finishing_ = false;  // Finish was called
  bool finished_ = false;   // its event has come
  bool over_ = false;       // over_tag_ has come
};

template <typename T>
struct StreamRpc;
template <typename Service, typename Req, typename Res>
struct StreamRpc<void (Service::*const)(grpc::ServerContext*, Req*, grpc::ServerAsyncWriter<Res>*,
                                        grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*)> {
  using Request = Req;
  using Response = Res;
};

template <typename F>
using StreamRequestOf = typename StreamRpc<decltype(F::kTake)>::Request;
template <typename F>
using StreamResponseOf = typename StreamRpc<decltype(F::kTake)>::Response;

// As ServeUnary.
template <typename Rpcs, typename F, auto kHandle>
std::unique_ptr<Method> ServeStream(Core& core) {
  using Request = StreamRequestOf<F>;
  using Writer = grpc::ServerAsyncWriter<StreamResponseOf<F>>;
  const auto take = [](Core& core, grpc::ServerContext* context, Request* request, Writer* writer,
                       void* tag) {
    (core.rpcs(static_cast<Rpcs*>(nullptr)).*F::kTake)(context, request, writer, core.queue(), core.queue(),
                                                       tag);
  };
  // Those that list end by themselves; the others when their client has heard enough.
  RpcStats& stats = core.Count(
      Rpcs::kService, NameOf<F>(), /*timed=*/requires { F::kInfo; });
  return std::make_unique<StreamMethod<Request, StreamResponseOf<F>>>(core, stats, RightOf<F>(), take,
                                                                      kHandle);
}

}  // namespace gatewayd::api
