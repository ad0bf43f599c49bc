#include "api/admin_workers.h"

#include <charconv>
#include <string>

#include "absl/time/clock.h"
#include "api/error.h"
#include "api/server.h"
#include "api/times.h"
#include "cluster/text.h"
#include "events/hub.h"

namespace gatewayd::api {
namespace {

void Fill(const events::WorkerView& view, absl::Time now, pb::WorkerStatus* out) {
  out->set_worker_id(cluster::StrCat(view.id));
  out->set_worker_name(view.name);
  out->mutable_attached_at()->set_seconds(absl::ToUnixSeconds(view.attached_at));
  for (const auto kind :
       {events::EventKind::kConnect, events::EventKind::kWebSocketConnect, events::EventKind::kMessage,
        events::EventKind::kClose, events::EventKind::kGatewayLost}) {
    if (view.kinds.Has(kind)) out->add_kinds(std::string(ToString(kind)));
  }
  out->set_window_events(view.window_events);
  out->set_window_bytes(view.window_bytes);
  out->set_events_in_flight(view.events_in_flight);
  out->set_bytes_in_flight(view.bytes_in_flight);
  out->set_events_queued(view.events_queued);
  out->set_bytes_queued(view.bytes_queued);
  out->set_clients(view.clients);
  out->set_events_delivered(view.delivered);
  out->set_events_acknowledged(view.acknowledged);
  out->set_events_redelivered(view.redelivered);
  out->set_unknown_acks(view.unknown_acks);
  out->set_commands(view.commands);
  out->set_commands_failed(view.commands_failed);
  out->set_leaving(view.leaving);
  if (const auto lag = view.lag(now)) SetDuration(*lag, out->mutable_lag());
}

void HandleWorkers(Call<pb::GetWorkersRequest, pb::GetWorkersResponse> call, cluster::WriteBatch& /*batch*/) {
  const events::HubView view = call.core().hub().view();
  pb::GetWorkersResponse& response = call.response();
  const absl::Time now = absl::Now();
  for (const events::WorkerView& worker : view.workers)
    Fill(worker, now, response.add_workers());
  response.set_event_memory_used(view.memory_used);
  response.set_event_memory_limit(view.memory_limit);
  response.set_events_held(view.events_held);
  response.set_reading_stopped(view.reading_stopped);
  response.set_clients(view.clients);
  call.Finish(absl::OkStatus());
}

void HandleDrainWorker(Call<pb::DrainWorkerRequest, pb::DrainWorkerResponse> call,
                       cluster::WriteBatch& /*batch*/) {
  const std::string& text = call.request().worker_id();
  events::WorkerId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) {
    return call.Finish(FieldError("worker_id", "is not one that GetWorkers gives"));
  }
  call.Finish(call.core().hub().DrainWorker(id));
}

void HandleDrain(Call<pb::DrainRequest, pb::DrainResponse> call, cluster::WriteBatch& /*batch*/) {
  const auto& request_drain = call.core().options().request_drain;
  if (!request_drain) return call.Finish(absl::UnimplementedError("this server has no process to end"));
  call.Finish(absl::OkStatus());
  request_drain();
}

struct WorkersRpc {
  static constexpr std::string_view kName = "GetWorkers";
  static constexpr NeededRight kRight = security::Right::kAdmin;
  static constexpr auto kTake = &AdminRpcs::RequestGetWorkers;
};
struct DrainWorkerRpc {
  static constexpr std::string_view kName = "DrainWorker";
  static constexpr NeededRight kRight = security::Right::kAdmin;
  static constexpr auto kTake = &AdminRpcs::RequestDrainWorker;
};
struct DrainRpc {
  static constexpr std::string_view kName = "Drain";
  static constexpr NeededRight kRight = security::Right::kAdmin;
  static constexpr auto kTake = &AdminRpcs::RequestDrain;
};

}  // namespace

std::vector<std::unique_ptr<Method>> ServeAdminOfWorkers(Core& core) {
  std::vector<std::unique_ptr<Method>> methods;
  methods.push_back(ServeUnary<AdminRpcs, WorkersRpc, &HandleWorkers>(core));
  methods.push_back(ServeUnary<AdminRpcs, DrainWorkerRpc, &HandleDrainWorker>(core));
  methods.push_back(ServeUnary<AdminRpcs, DrainRpc, &HandleDrain>(core));
  return methods;
}

}  // namespace gatewayd::api
