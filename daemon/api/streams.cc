// The streaming forms of lists that can be huge.
//
// Gateways are asked a few at a time, and the next only while what waits for the reader is little: a slow
// reader holds up his own questions and nobody's memory.
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "api/query_parts.h"
#include "api/session_value.h"
#include "api/stream.h"

namespace gatewayd::api {
namespace {

using wire::Command;

constexpr std::size_t kChunkSize = 1024 * 1024;
constexpr std::size_t kAskedAtOnce = 4;
constexpr std::size_t kMaxQueued = 4 * 1024 * 1024;  // of one stream, before it asks on

// Fills messages and passes them on when they are big enough.
template <typename Response>
class Chunks {
 public:
  explicit Chunks(std::vector<Response>& out) : out_(out) {}

  // The message to add an entry of about `size` bytes to.
  Response& For(std::size_t size) {
    if (out_.empty() || size_ + size > kChunkSize) {
      out_.emplace_back();
      size_ = 0;
    }
    size_ += size;
    return out_.back();
  }

 private:
  std::vector<Response>& out_;
  std::size_t size_ = 0;
};

template <typename F, typename Request, typename Response>
class ListStream final : public StreamSource,
                         public std::enable_shared_from_this<ListStream<F, Request, Response>> {
 public:
  ListStream(Stream<Request, Response>* stream, std::shared_ptr<const cluster::View> view, Plan plan)
      : view_(std::move(view)),
        plan_(std::move(plan)),
        partial_ok_(stream->request().partial_ok()),
        dialect_(stream->core().dialect()),
        options_(OptionsOf(stream->request(), 0, stream->deadline())),
        stream_(stream),
        failures_(plan_.failures) {}

  void OnProgress(cluster::WriteBatch& batch) override { Ask(batch); }

  // Asks as many Gateways as may be asked now; ends the stream when there is nothing left to do.
  void Ask(cluster::WriteBatch& batch) {
    for (std::size_t next = 0; TakeNext(&next);) {
      const Step& step = plan_.steps[next];
      step.gateway->Query(plan_.FrameOf(step), options_, batch,
                          [self = this->shared_from_this(), next](absl::StatusOr<std::string_view> answer) {
                            self->OnAnswer(self->plan_.steps[next], answer);
                          });
    }
  }

 private:
  bool TakeNext(std::size_t* next) {
    std::lock_guard lock(mutex_);
    if (stream_ == nullptr) return false;
    if (stream_->gone()) {
      EndLocked(absl::CancelledError("the client has gone"));
    } else if (next_ == plan_.steps.size() && asked_ == 0) {
      EndLocked(Conclude());
    } else if (next_ < plan_.steps.size() && asked_ < kAskedAtOnce && stream_->queued() < kMaxQueued) {
      *next = next_++;
      ++asked_;
      return true;
    }
    return false;
  }

  void OnAnswer(const Step& step, const absl::StatusOr<std::string_view>& answer) {
    std::vector<Response> chunks;
    absl::Status status = answer.status();
    if (status.ok()) {
      std::lock_guard lock(mutex_);
      status = F::Read(Answer{dialect_, step, *answer}, state_, chunks);
      if (!status.ok()) status = BadAnswer(step.gateway->address(), status);
    }
    {
      std::lock_guard lock(mutex_);
      --asked_;
      if (!status.ok()) failures_.push_back({step.gateway->address(), std::move(status)});
      PassOnLocked(std::move(chunks));
    }
    cluster::WriteBatch batch;
    Ask(batch);
  }

  void PassOnLocked(std::vector<Response> chunks) {
    if (stream_ == nullptr) return;
    if (stream_->core().stream_bytes() > kMaxStreamBytes) {
      return EndLocked(cluster::MakeError(absl::StatusCode::kResourceExhausted, cluster::Reason::kBufferFull,
                                          "", "too much waits for slow readers of streams"));
    }
    for (Response& chunk : chunks)
      stream_->Write(std::move(chunk));
  }

  absl::Status Conclude() {
    if (failures_.empty()) return absl::OkStatus();
    if (!partial_ok_) return FailuresStatus(failures_);
    Response last;
    ListFailures(failures_, last.mutable_missing());
    stream_->Write(std::move(last));
    return absl::OkStatus();
  }

  void EndLocked(const absl::Status& status) { std::exchange(stream_, nullptr)->End(status); }

  const std::shared_ptr<const cluster::View> view_;
  const Plan plan_;
  const bool partial_ok_;
  const wire::Dialect& dialect_;
  const cluster::QueryOptions options_;

  std::mutex mutex_;
  Stream<Request, Response>* stream_;  // null once ended
  std::vector<Failure> failures_;
  std::size_t next_ = 0;   // of the plan's steps
  std::size_t asked_ = 0;  // answers that are due
  typename F::State state_;
};

template <typename F, typename Request, typename Response>
void HandleListStream(Stream<Request, Response>* stream, cluster::WriteBatch& batch) {
  const std::shared_ptr<const cluster::View> view = stream->view();
  Plan plan;
  plan.frame.command = F::kInfo.commands[0];
  absl::Status status = CheckConsistency(stream->request().consistency());
  if (status.ok()) {
    status =
        F::Ask(stream->request(), {.dialect = stream->core().dialect(), .view = *view, .batch = batch}, plan);
  }
  if (status.ok()) status = view->CheckUsable();
  if (!status.ok()) return stream->End(status);
  auto source = std::make_shared<ListStream<F, Request, Response>>(stream, view, std::move(plan));
  stream->SetSource(source);
  source->Ask(batch);
}

template <typename F>
constexpr Row StreamRow() {
  return {
      .info = &F::kInfo,
      .serve = &ServeStream<GatewayRpcs, F, &HandleListStream<F, StreamRequestOf<F>, StreamResponseOf<F>>>};
}

struct NoState {};

struct StreamAllClientSessions {
  static constexpr Info kInfo = {
      .name = "StreamAllClientSessions",
      .kind = Kind::kStream,
      .commands = {Command::kGetAllClientSessions, Command::kGetClientSessionsByGroup},
      .merge = "all clients, as they come"};
  static constexpr auto kTake = &GatewayRpcs::RequestStreamAllClientSessions;
  using State = NoState;
  static absl::Status Ask(const pb::StreamAllClientSessionsRequest& request, const Context& context,
                          Plan& plan) {
    if (request.has_group()) {
      if (absl::Status status = CheckName(context.dialect, "group", request.group()); !status.ok())
        return status;
      plan.frame.command = Command::kGetClientSessionsByGroup;
      plan.AddExt(request.group());
    }
    PlanEveryGatewayWithIds(context.view, plan);
    return absl::OkStatus();
  }
  static absl::Status Read(const Answer& answer, State& /*state*/,
                           std::vector<pb::StreamAllClientSessionsResponse>& out) {
    Chunks chunks(out);
    return answer.dialect.VisitSessions(answer.bytes, [&](const wire::ClientSession& session) {
      pb::ClientSession client;
      client.set_client_id(ClientIdOf(answer.step, session.connection_id));
      FillSession(answer.dialect, session.session, client.mutable_session());
      *chunks.For(client.ByteSizeLong()).add_clients() = std::move(client);
    });
  }
};

struct StreamAllClientIdList {
  static constexpr Info kInfo = {.name = "StreamAllClientIdList",
                                 .kind = Kind::kStream,
                                 .commands = {Command::kSelect},
                                 .merge = "all clients, as they come"};
  static constexpr auto kTake = &GatewayRpcs::RequestStreamAllClientIdList;
  using State = NoState;
  static absl::Status Ask(const auto& request, const Context& context, Plan& plan) {
    return PlanSelect(request, {.uid = true}, context, plan);
  }
  static absl::Status Read(const Answer& answer, State& /*state*/,
                           std::vector<pb::StreamAllClientIdListResponse>& out) {
    constexpr std::size_t kBytesPerId = 22;
    Chunks chunks(out);
    return answer.dialect.VisitSelected(answer.bytes, [&](const wire::SelectedClient& client) {
      chunks.For(kBytesPerId).add_client_ids(ClientIdOf(answer.step, client.connection_id));
    });
  }
};

struct StreamAllUidList {
  static constexpr Info kInfo = {.name = "StreamAllUidList",
                                 .kind = Kind::kStream,
                                 .commands = {Command::kSelect},
                                 .merge = "each uid once, as they come"};
  static constexpr auto kTake = &GatewayRpcs::RequestStreamAllUidList;
  using State = absl::flat_hash_set<std::string>;  // what has been sent
  static absl::Status Ask(const auto& request, const Context& context, Plan& plan) {
    return PlanSelect(request, {.uid = true}, context, plan);
  }
  static absl::Status Read(const Answer& answer, State& sent,
                           std::vector<pb::StreamAllUidListResponse>& out) {
    constexpr std::size_t kBytesAround = 6;
    Chunks chunks(out);
    return answer.dialect.VisitSelected(answer.bytes, [&](const wire::SelectedClient& client) {
      if (!client.uid || !sent.insert(*client.uid).second) return;
      AddUid(*client.uid, chunks.For(client.uid->size() + kBytesAround));
    });
  }
};

constexpr std::array kRows = {
    StreamRow<StreamAllClientSessions>(),
    StreamRow<StreamAllClientIdList>(),
    StreamRow<StreamAllUidList>(),
};

}  // namespace

std::span<const Row> StreamRows() {
  return kRows;
}

}  // namespace gatewayd::api
