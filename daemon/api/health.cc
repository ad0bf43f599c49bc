#include "api/health.h"

#include <algorithm>
#include <array>
#include <utility>

#include "api/text.h"
#include "cluster/text.h"

namespace gatewayd::api {
namespace {

using Request = Health::Request;
using Response = Health::Response;

constexpr std::array<std::string_view, 4> kServices = {
    "", "gatewayworker.v1.GatewayService", "gatewayworker.v1.WorkerService", "gatewayworker.v1.AdminService"};

}  // namespace

// One Watch. Says each state once; nothing for a change that did not change.
class Health::Watcher final : public StreamSource {
 public:
  Watcher(Stream<Request, Response>* stream, std::string service)
      : service_(std::move(service)), stream_(stream) {}

  const std::string& service() const { return service_; }

  void Say(Response::ServingStatus status) {
    std::lock_guard lock(mutex_);
    if (ended_ || status == said_) return;
    said_ = status;
    Response response;
    response.set_status(status);
    stream_->Write(std::move(response));
  }

  bool ended() const {
    std::lock_guard lock(mutex_);
    return ended_;
  }

  void End(const absl::Status& status) {
    std::lock_guard lock(mutex_);
    if (std::exchange(ended_, true)) return;
    stream_->End(status);
  }

  void OnProgress(cluster::WriteBatch& /*batch*/) override {
    std::lock_guard lock(mutex_);
    if (ended_ || !stream_->gone()) return;
    ended_ = true;
    stream_->End(absl::CancelledError("the client has gone"));
  }

 private:
  const std::string service_;
  mutable std::mutex mutex_;
  Stream<Request, Response>* stream_;
  Response::ServingStatus said_ = Response::UNKNOWN;
  bool ended_ = false;
};

void Health::Set(bool serving) {
  std::lock_guard lock(mutex_);
  serving_ = serving && !stopped_;
  for (const auto& watcher : watchers_)
    watcher->Say(StatusLocked(watcher->service()));
}

void Health::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  Set(false);
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    std::lock_guard lock(mutex_);
    watchers.swap(watchers_);
  }
  for (const auto& watcher : watchers)
    watcher->End(absl::UnavailableError("the daemon is going"));
}

Response::ServingStatus Health::StatusOf(std::string_view service) const {
  std::lock_guard lock(mutex_);
  return StatusLocked(service);
}

Response::ServingStatus Health::StatusLocked(std::string_view service) const {
  if (std::count(kServices.begin(), kServices.end(), service) == 0) return Response::SERVICE_UNKNOWN;
  return serving_ ? Response::SERVING : Response::NOT_SERVING;
}

void Health::Watch(Stream<Request, Response>* stream, cluster::WriteBatch& batch) {
  auto watcher = std::make_shared<Watcher>(stream, stream->request().service());
  stream->SetSource(watcher);
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return watcher->End(absl::UnavailableError("the daemon is going"));
    watcher->Say(StatusLocked(watcher->service()));
    std::erase_if(watchers_, [](const auto& other) { return other->ended(); });
    watchers_.push_back(watcher);
  }
  watcher->OnProgress(batch);  // the client may have gone before it had a source
}

namespace {

void HandleCheck(Call<Request, Response> call, cluster::WriteBatch& /*batch*/) {
  const Response::ServingStatus status = call.core().health().StatusOf(call.request().service());
  if (status == Response::SERVICE_UNKNOWN) {
    return call.Finish(absl::NotFoundError(cluster::StrCat("no service ", Quote(call.request().service()))));
  }
  call.response().set_status(status);
  call.Finish(absl::OkStatus());
}

void HandleWatch(Stream<Request, Response>* stream, cluster::WriteBatch& batch) {
  stream->core().health().Watch(stream, batch);
}

// Open to all: kubelet sends no token, and what it learns is not more than that we live.
struct Check {
  static constexpr std::string_view kName = "Check";
  static constexpr NeededRight kRight = std::nullopt;
  static constexpr auto kTake = &HealthRpcs::RequestCheck;
};
struct WatchRpc {
  static constexpr std::string_view kName = "Watch";
  static constexpr NeededRight kRight = std::nullopt;
  static constexpr auto kTake = &HealthRpcs::RequestWatch;
};

}  // namespace

std::vector<std::unique_ptr<Method>> ServeHealth(Core& core) {
  std::vector<std::unique_ptr<Method>> methods;
  methods.push_back(ServeUnary<HealthRpcs, Check, &HandleCheck>(core));
  methods.push_back(ServeStream<HealthRpcs, WatchRpc, &HandleWatch>(core));
  return methods;
}

}  // namespace gatewayd::api
