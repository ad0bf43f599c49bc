#include "api/attach.h"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "api/attach_stream.h"
#include "api/watch.h"
#include "events/hub.h"

namespace gatewayd::api {

void WorkerRpcs::RequestAttachStream(grpc::ServerContext* context,
                                     grpc::ServerAsyncReaderWriter<pb::AttachResponse, WorkerRequest>* stream,
                                     grpc::CompletionQueue* call_queue, grpc::ServerCompletionQueue* queue,
                                     void* tag) {
  static const int index = MethodIndex("gatewayworker.v1.WorkerService.Attach");
  RequestAsyncBidiStreaming(index, context, stream, call_queue, queue, tag);
}

void AttachStream::Open(Core& core, RpcStats& stats) {
  auto stream = std::make_shared<AttachStream>(core, stats);
  stream->self_ = stream;
  stream->call_->context.AsyncNotifyWhenDone(static_cast<Tag*>(&stream->over_tag_));
  core.rpcs(static_cast<WorkerRpcs*>(nullptr))
      .RequestAttachStream(&stream->call_->context, &stream->call_->stream, core.queue(), core.queue(),
                           static_cast<Tag*>(&stream->start_tag_));
}

AttachStream::AttachStream(Core& core, RpcStats& stats)
    : core_(core), stats_(stats), call_(std::make_unique<GrpcCall>()) {
  core_.Opened();
}

AttachStream::~AttachStream() {
  call_.reset();
  core_.Closed();
}

void AttachStream::Started(bool ok, cluster::WriteBatch& /*batch*/) {
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

void AttachStream::OnEnd(const absl::Status& status) {
  {
    std::lock_guard lock(mutex_);
    worker_.reset();
    if (!end_) end_ = status;
  }
  Pump();
}

void AttachStream::End(const absl::Status& status) {
  std::optional<events::WorkerId> worker;
  {
    std::lock_guard lock(mutex_);
    worker = std::exchange(worker_, std::nullopt);
    if (!end_) end_ = status;
  }
  if (worker) core_.hub().Detach(*worker);
  Pump();
}

void AttachStream::Gone() {
  {
    std::lock_guard lock(mutex_);
    gone_ = true;
  }
  End(absl::CancelledError("the client has gone"));
}

void AttachStream::Over(bool /*ok*/, cluster::WriteBatch& /*batch*/) {
  if (call_->context.IsCancelled()) Gone();
  Finished();
}

void AttachStream::StreamFinished(bool /*ok*/, cluster::WriteBatch& /*batch*/) {
  Finished();
}

void AttachStream::Finished() {
  std::lock_guard lock(mutex_);
  if (--operations_ == 0) self_.reset();  // the caller keeps us until it returns
}

namespace {

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
