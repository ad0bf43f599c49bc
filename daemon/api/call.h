// Unary calls on gRPC's completion queue, so that a handler stays a function:
//
//   void Handle(Call<Request, Response> call, cluster::WriteBatch& batch);
//
// It fills call.response() and finishes, at once or later from any thread: the Call can be moved into a
// callback (it is one pointer, so that the callback needs no allocation). Call objects are used again, and
// their population follows the number of calls in flight: nothing is allocated here on the hot path.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "api/access.h"
#include "api/core.h"
#include "api/error.h"
#include "api/kept_message.h"

namespace gatewayd::api {

template <typename Request, typename Response>
class UnaryCall;

// One call, to its handler. Finish it exactly once; a Call that is dropped unfinished fails with INTERNAL.
// Movable; each of its members may be used until Finish, by one thread at a time.
template <typename Request, typename Response>
class Call {
 public:
  explicit Call(UnaryCall<Request, Response>* call) : call_(call) {}
  Call(Call&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  Call& operator=(Call&&) = delete;
  ~Call() {
    if (call_ != nullptr) call_->Finish(absl::InternalError("the call was dropped"));
  }

  const Request& request() const { return call_->request_.get(); }
  Response& response() const { return call_->response_.get(); }
  Core& core() const { return call_->method_.core; }
  // The members when the call started; kept until it is finished.
  const cluster::View& view() const { return *call_->view_; }
  // InfiniteFuture where the caller set none.
  absl::Time deadline() const;
  // The value of a metadata key, or "". Borrowed until Finish.
  std::string_view metadata(const char* key) const;

  void Finish(const absl::Status& status) { std::exchange(call_, nullptr)->Finish(status); }

 private:
  UnaryCall<Request, Response>* call_;
};

// A rpc that is being served.
class Method {
 public:
  virtual ~Method() = default;
};

template <typename Request, typename Response>
class UnaryMethod final : public Method {
 public:
  using Writer = grpc::ServerAsyncResponseWriter<Response>;
  using Take = void (*)(Core& core, grpc::ServerContext* context, Request* request, Writer* writer,
                        void* tag);
  using Handle = void (*)(Call<Request, Response> call, cluster::WriteBatch& batch);

  UnaryMethod(Core& core, RpcStats& stats, NeededRight right, Take take, Handle handle)
      : core(core), stats(stats), right(right), take(take), handle(handle) {
    Open();
  }

  // Lets one more call object wait for a call.
  void Open() { (new UnaryCall<Request, Response>(*this))->Take(); }

  Core& core;
  RpcStats& stats;
  const NeededRight right;
  const Take take;
  const Handle handle;
  std::atomic<int> waiting = 0;  // call objects that wait for a call
};

template <typename Request, typename Response>
class UnaryCall final : public Tag {
 public:
  explicit UnaryCall(UnaryMethod<Request, Response>& method) : method_(method) { method_.core.Opened(); }

  void Take() {
    method_.waiting.fetch_add(1, std::memory_order_relaxed);
    context_.emplace();
    writer_.emplace(&*context_);
    state_ = State::kWaiting;
    method_.take(method_.core, &*context_, &request_.get(), &*writer_, static_cast<Tag*>(this));
  }

  void Proceed(bool ok, cluster::WriteBatch& batch) override {
    if (state_ == State::kFinished) return Recycle();
    const bool was_last = method_.waiting.fetch_sub(1, std::memory_order_relaxed) == 1;
    if (!ok) return Delete();
    if (was_last) method_.Open();
    started_ = method_.stats.Started();
    if (method_.core.tokens() != nullptr && method_.right) {
      if (const absl::Status status = CheckCaller(); !status.ok()) return Finish(status);
    }
    view_ = method_.core.cluster().view();
    method_.handle(Call<Request, Response>(this), batch);
  }

  void Finish(const absl::Status& status) {
    state_ = State::kFinished;
    method_.stats.Ended(status.code(), started_);
    // The completion can come, and this be used again, on another thread before these return.
    if (status.ok()) {
      writer_->Finish(response_.get(), grpc::Status::OK, static_cast<Tag*>(this));
    } else {
      writer_->FinishWithError(ToGrpc(status, *context_), static_cast<Tag*>(this));
    }
  }

 private:
  friend class Call<Request, Response>;
  enum class State { kWaiting, kFinished };

  // So many wait for calls at most; what a burst needed beyond that is given back.
  static constexpr int kMaxWaiting = 64;
  void Recycle() {
    if (method_.waiting.load(std::memory_order_relaxed) >= kMaxWaiting) return Delete();
    if (!request_.Clear() || !response_.Clear()) return Delete();
    view_.reset();
    Take();
  }

  absl::Status CheckCaller() {
    std::uint64_t count = 1;
    if constexpr (requires { request_.get().commands_size(); }) {
      count = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(request_.get().commands_size()));
    }
    return Caller(*method_.core.tokens(), method_.core.access_counters(), *context_)
        .Check(method_.right, count);
  }

  void Delete() {
    Core& core = method_.core;
    delete this;
    core.Closed();
  }

  UnaryMethod<Request, Response>& method_;
  State state_ = State::kWaiting;
  RpcStats::Time started_;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<Response>> writer_;
  std::shared_ptr<const cluster::View> view_;
  KeptMessage<Request> request_;
  KeptMessage<Response> response_;
};

// A caller's deadline, InfiniteFuture for none.
absl::Time DeadlineOf(const grpc::ServerContext& context);
// The value of a metadata key of the caller, or "".
std::string_view MetadataOf(const grpc::ServerContext& context, const char* key);

template <typename Request, typename Response>
absl::Time Call<Request, Response>::deadline() const {
  return DeadlineOf(*call_->context_);
}

template <typename Request, typename Response>
std::string_view Call<Request, Response>::metadata(const char* key) const {
  return MetadataOf(*call_->context_, key);
}

// What the type of a generated `&AsyncService::Request…` of a unary rpc says.
template <typename T>
struct UnaryRpc;
template <typename Service, typename Req, typename Res>
struct UnaryRpc<void (Service::*const)(grpc::ServerContext*, Req*, grpc::ServerAsyncResponseWriter<Res>*,
                                       grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*)> {
  using Request = Req;
  using Response = Res;
};

// Of a struct F that describes a rpc, with F::kTake = &AsyncService::RequestName.
template <typename F>
using RequestOf = typename UnaryRpc<decltype(F::kTake)>::Request;
template <typename F>
using ResponseOf = typename UnaryRpc<decltype(F::kTake)>::Response;

// The rpc's own name, of a struct that describes it: of its row, or F::kName.
template <typename F>
constexpr std::string_view NameOf() {
  if constexpr (requires { F::kInfo; }) {
    return F::kInfo.name;
  } else {
    return F::kName;
  }
}

// Starts to serve it.
template <typename Rpcs, typename F, auto kHandle>
std::unique_ptr<Method> ServeUnary(Core& core) {
  using Request = RequestOf<F>;
  using Writer = grpc::ServerAsyncResponseWriter<ResponseOf<F>>;
  const auto take = [](Core& core, grpc::ServerContext* context, Request* request, Writer* writer,
                       void* tag) {
    (core.rpcs(static_cast<Rpcs*>(nullptr)).*F::kTake)(context, request, writer, core.queue(), core.queue(),
                                                       tag);
  };
  RpcStats& stats = core.Count(Rpcs::kService, NameOf<F>(), /*timed=*/true);
  return std::make_unique<UnaryMethod<Request, ResponseOf<F>>>(core, stats, RightOf<F>(), take, kHandle);
}

}  // namespace gatewayd::api
