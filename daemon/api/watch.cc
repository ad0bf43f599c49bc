#include "api/watch.h"

#include <limits>
#include <mutex>
#include <utility>

#include "api/checks.h"
#include "api/error.h"
#include "api/event_message.h"
#include "api/hello.h"
#include "api/stream.h"
#include "events/hub.h"

namespace gatewayd::api {
namespace {

using WatchStream = Stream<pb::WatchRequest, pb::WatchResponse>;

constexpr std::size_t kBatchBytes = 64 * 1024;

absl::StatusOr<events::WatchFilter> ReadFilter(const pb::WatchRequest& request) {
  events::WatchFilter filter;
  const absl::StatusOr<events::EventKinds> kinds = ReadKinds("kinds", request.kinds());
  if (!kinds.ok()) return kinds.status();
  filter.kinds = *kinds;
  const absl::StatusOr<std::vector<wire::ClientId>> clients =
      CheckClientIds("client_ids", request.client_ids());
  if (!clients.ok()) return clients.status();
  filter.clients.insert(clients->begin(), clients->end());
  for (const std::uint32_t port : request.gateway_ports()) {
    if (port > std::numeric_limits<std::uint16_t>::max()) return FieldError("gateway_ports", "is no port");
    filter.gateway_ports.insert(static_cast<std::uint16_t>(port));
  }
  return filter;
}

// One watcher's stream.
class Watcher final : public StreamSource, public std::enable_shared_from_this<Watcher> {
 public:
  explicit Watcher(WatchStream* stream) : dialect_(stream->core().dialect()), stream_(stream) {}

  void Start(events::WatchFilter filter) {
    events::Hub& hub = stream_->core().hub();
    watch_ = std::make_shared<events::Watch>(std::move(filter), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Pass();
    });
    hub.AddWatch(watch_);
  }

  void OnProgress(cluster::WriteBatch& /*batch*/) override { Pass(); }

 private:
  // One message at a time: what waits stays in the bounded row.
  void Pass() {
    std::lock_guard lock(mutex_);
    if (stream_ == nullptr) return;
    if (stream_->gone()) {
      std::exchange(stream_, nullptr)->End(absl::CancelledError("the client has gone"));
      return;
    }
    if (watch_->closed()) {
      std::exchange(stream_, nullptr)->End(absl::UnavailableError("the daemon is going"));
      return;
    }
    if (const absl::Status status = stream_->access(); !status.ok()) {
      std::exchange(stream_, nullptr)->End(status);
      return;
    }
    if (stream_->queued() > 0) return;
    std::uint64_t lost = 0;
    const std::vector<events::EventPtr> events = watch_->Take(kBatchBytes, &lost);
    if (events.empty()) return;
    pb::WatchResponse response;
    for (const events::EventPtr& event : events)
      FillEvent(dialect_, {.event = event}, SessionForm::kDecoded, response.add_events());
    response.set_lost(lost);
    stream_->Write(std::move(response));
  }

  const wire::Dialect& dialect_;
  std::shared_ptr<events::Watch> watch_;
  std::mutex mutex_;
  WatchStream* stream_;  // null once it is ended
};

void HandleWatch(WatchStream* stream, cluster::WriteBatch& batch) {
  absl::StatusOr<events::WatchFilter> filter = ReadFilter(stream->request());
  if (!filter.ok()) return stream->End(filter.status());
  auto watcher = std::make_shared<Watcher>(stream);
  watcher->Start(*std::move(filter));
  stream->SetSource(watcher);
  watcher->OnProgress(batch);  // the client may have gone before it had a source
}

struct WatchRpc {
  static constexpr std::string_view kName = "Watch";
  static constexpr NeededRight kRight = security::Right::kEvents;
  static constexpr auto kTake = &WorkerRpcs::RequestWatch;
};

}  // namespace

std::unique_ptr<Method> ServeWatch(Core& core) {
  return ServeStream<WorkerRpcs, WatchRpc, &HandleWatch>(core);
}

}  // namespace gatewayd::api
