#include "api/admin.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "api/admin_workers.h"
#include "api/server.h"
#include "api/text.h"
#include "api/times.h"
#include "cluster/errors.h"
#include "cluster/status_view.h"
#include "events/hub.h"

namespace gatewayd::api {
namespace {

// Texts that came from the network may hold any bytes.
std::string Text(const std::string& text) {
  return IsUtf8(text) ? text : Printable(text);
}

bool IsKnown(absl::Time time) {
  return time > absl::UnixEpoch() && time < absl::InfiniteFuture();
}

pb::LinkState ToProto(cluster::LinkState state) {
  switch (state) {
    case cluster::LinkState::kIdle:
      return pb::LINK_STATE_IDLE;
    case cluster::LinkState::kConnecting:
      return pb::LINK_STATE_CONNECTING;
    case cluster::LinkState::kAuthenticating:
      return pb::LINK_STATE_AUTHENTICATING;
    case cluster::LinkState::kReady:
      return pb::LINK_STATE_READY;
    case cluster::LinkState::kClosing:
      return pb::LINK_STATE_CLOSING;
    case cluster::LinkState::kBackoff:
      return pb::LINK_STATE_BACKOFF;
    case cluster::LinkState::kStalled:
      return pb::LINK_STATE_STALLED;
  }
  return pb::LINK_STATE_UNSPECIFIED;
}

void Fill(const cluster::RegisterView& view, pb::RegisterStatus* out) {
  out->set_address(view.address);
  out->set_state(ToProto(view.state));
  out->set_answered(view.answered);
  for (const std::string& address : view.addresses)
    out->add_addresses(Text(address));
  out->set_last_error(Text(view.last_error));
  if (IsKnown(view.state_since)) SetTime(view.state_since, out->mutable_state_since());
}

pb::LinkKind ToProto(cluster::LinkKind kind) {
  switch (kind) {
    case cluster::LinkKind::kCommand:
      return pb::LINK_KIND_COMMAND;
    case cluster::LinkKind::kQuery:
      return pb::LINK_KIND_QUERY;
    case cluster::LinkKind::kEvent:
      return pb::LINK_KIND_EVENT;
  }
  return pb::LINK_KIND_UNSPECIFIED;
}

void Fill(const cluster::LinkView& view, pb::GatewayLink* out) {
  out->set_kind(ToProto(view.kind));
  out->set_state(ToProto(view.state));
  if (IsKnown(view.state_since)) SetTime(view.state_since, out->mutable_state_since());
  out->set_last_error(Text(view.last_error));
  out->set_bytes_sent(view.bytes_sent);
  out->set_bytes_received(view.bytes_received);
  out->set_bytes_queued(view.bytes_queued);
  out->set_queries_in_flight(view.queries_in_flight);
  out->set_connects(view.connects);
}

void Fill(const cluster::GatewayView& view, pb::GatewayStatus* out) {
  out->set_address(Text(view.address));
  out->set_dial_address(Text(view.dial_address));
  out->set_client_id_address(view.client_id_address);
  out->set_generation(view.generation);
  out->set_listed(view.listed);
  out->set_commands_refused(view.refused);
  for (const cluster::LinkView& link : view.links)
    Fill(link, out->add_links());
}

void HandleClusterView(Call<pb::GetClusterViewRequest, pb::GetClusterViewResponse> call,
                       cluster::WriteBatch& /*batch*/) {
  const cluster::ClusterStatus status = call.core().cluster().status();
  pb::GetClusterViewResponse& response = call.response();
  for (const cluster::RegisterView& view : status.registers)
    Fill(view, response.add_registers());
  for (const cluster::GatewayView& view : status.gateways)
    Fill(view, response.add_gateways());
  response.set_complete(status.complete);
  response.set_ready(status.ready);
  for (const std::string& degraded : status.degraded)
    response.add_degraded(Text(degraded));
  for (const std::string& degraded : call.core().hub().degraded())
    response.add_degraded(degraded);
  call.Finish(absl::OkStatus());
}

void HandleCounters(Call<pb::GetCountersRequest, pb::GetCountersResponse> call,
                    cluster::WriteBatch& /*batch*/) {
  for (const auto& [name, count] : call.core().cluster().counters())
    (*call.response().mutable_counters())[name] = count;
  for (const auto& [name, count] : call.core().hub().counters())
    (*call.response().mutable_counters())[name] = count;
  for (const auto& [name, count] : call.core().access_counters().All())
    (*call.response().mutable_counters())[name] = count;
  call.Finish(absl::OkStatus());
}

void HandleInfo(Call<pb::GetInfoRequest, pb::GetInfoResponse> call, cluster::WriteBatch& /*batch*/) {
  Core& core = call.core();
  pb::GetInfoResponse& response = call.response();
  response.set_version(core.options().version);
  response.set_dialect(std::string(core.dialect().name()));
  response.set_instance_id(core.cluster().instance_id());
  response.mutable_uptime()->set_seconds(absl::ToInt64Seconds(absl::Now() - core.started()));
  for (const auto& [name, limit] : core.options().limits)
    (*response.mutable_limits())[name] = limit;
  call.Finish(absl::OkStatus());
}

void HandleClear(Call<pb::ClearGatewayRequest, pb::ClearGatewayResponse> call,
                 cluster::WriteBatch& /*batch*/) {
  const std::string& address = call.request().address();
  for (const auto& member : call.view().members) {
    if (member->address() != address) continue;
    call.response().set_cleared(member->ClearHold());
    return call.Finish(absl::OkStatus());
  }
  call.Finish(cluster::MakeError(absl::StatusCode::kNotFound, cluster::Reason::kUnknownGateway, Text(address),
                                 "no member of the cluster has this address"));
}

struct ClusterViewRpc {
  static constexpr std::string_view kName = "GetClusterView";
  static constexpr NeededRight kRight = security::Right::kAdmin;
  static constexpr auto kTake = &AdminRpcs::RequestGetClusterView;
};
struct CountersRpc {
  static constexpr std::string_view kName = "GetCounters";
  static constexpr NeededRight kRight = security::Right::kAdmin;
  static constexpr auto kTake = &AdminRpcs::RequestGetCounters;
};
struct InfoRpc {
  static constexpr std::string_view kName = "GetInfo";
  static constexpr NeededRight kRight = security::Right::kAdmin;
  static constexpr auto kTake = &AdminRpcs::RequestGetInfo;
};

struct ClearRpc {
  static constexpr std::string_view kName = "ClearGateway";
  static constexpr NeededRight kRight = security::Right::kAdmin;
  static constexpr auto kTake = &AdminRpcs::RequestClearGateway;
};

}  // namespace

std::vector<std::unique_ptr<Method>> ServeAdmin(Core& core) {
  std::vector<std::unique_ptr<Method>> methods;
  methods.push_back(ServeUnary<AdminRpcs, ClusterViewRpc, &HandleClusterView>(core));
  methods.push_back(ServeUnary<AdminRpcs, CountersRpc, &HandleCounters>(core));
  methods.push_back(ServeUnary<AdminRpcs, InfoRpc, &HandleInfo>(core));
  methods.push_back(ServeUnary<AdminRpcs, ClearRpc, &HandleClear>(core));
  std::ranges::move(ServeAdminOfWorkers(core), std::back_inserter(methods));
  return methods;
}

}  // namespace gatewayd::api
