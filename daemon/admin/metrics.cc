#include "admin/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <sstream>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "admin/catalog.h"
#include "admin/metric_page.h"
#include "admin/process_stats.h"
#include "cluster/text.h"

namespace gatewayd::admin {
namespace {

using cluster::LinkKind;
using cluster::LinkState;

constexpr std::array kLinkStates = {LinkState::kIdle,   LinkState::kConnecting, LinkState::kAuthenticating,
                                    LinkState::kReady,  LinkState::kClosing,    LinkState::kBackoff,
                                    LinkState::kStalled};

double Number(std::uint64_t count) {
  return static_cast<double>(count);
}

void AddDaemon(const Sources& sources, const Readiness& readiness, MetricPage& page) {
  page.Add("gatewayd_build_info", {sources.version, sources.cluster->dialect().name()}, 1);
  page.Add("gatewayd_ready", readiness.ready());
  page.Add("gatewayd_draining", sources.draining());
  page.Add("gatewayd_degraded_reasons", Number(readiness.degraded.size()));
}

void AddLimits(const Sources& sources, MetricPage& page) {
  const auto add = [&](std::string_view metric, const char* limit) {
    const auto at = sources.limits.find(limit);
    page.Add(metric, at == sources.limits.end() ? 0 : Number(at->second));
  };
  add("gatewayd_rpc_request_limit_bytes", "max_request_bytes");
  add("gatewayd_connections_limit", "max_connections");
  add("gatewayd_link_queued_limit_bytes", "command_buffer");
  add("gatewayd_queries_waiting_limit", "max_waiting_queries");
  add("gatewayd_answers_due_limit_bytes", "max_in_flight_answers");
  add("gatewayd_answer_memory_limit_bytes", "max_answers");
  add("gatewayd_event_memory_limit_bytes", "event_memory");
}

void AddRpc(const RpcCounts& rpc, MetricPage& page) {
  std::uint64_t ended = 0;
  for (std::size_t code = 0; code < rpc.ended.size(); ++code) {
    ended += rpc.ended[code];
    if (rpc.ended[code] == 0 && code != 0) continue;  // OK always, so that a rate begins at 0
    const std::string name = absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
    page.Add("gatewayd_rpcs_total", {rpc.service, rpc.method, name}, Number(rpc.ended[code]));
  }
  if (rpc.started == 0) return;
  page.Add("gatewayd_rpcs_in_flight", {rpc.service, rpc.method}, Number(rpc.started - ended));
  if (rpc.timed) page.Add("gatewayd_rpc_duration_seconds", {rpc.service, rpc.method}, rpc.took);
}

void AddServer(const ServerCounts& server, MetricPage& page) {
  for (const RpcCounts& rpc : server.rpcs)
    AddRpc(rpc, page);
  page.Add("gatewayd_calls_refused_total", {"unauthenticated"}, Number(server.unauthenticated));
  page.Add("gatewayd_calls_refused_total", {"denied"}, Number(server.denied));
  page.Add("gatewayd_calls_refused_total", {"over_rate"}, Number(server.over_rate));
  page.Add("gatewayd_connections", Number(server.connections));
  page.Add("gatewayd_connections_refused_total", Number(server.connections_refused));
  page.Add("gatewayd_certificate_expiry_timestamp_seconds", server.certificate_expiry_seconds);
  page.Add("gatewayd_rpc_stream_queued_bytes", Number(server.stream_bytes));
  page.Add("gatewayd_rpc_stream_queued_limit_bytes", Number(server.stream_bytes_limit));
  page.Add("gatewayd_worker_commands_total", Number(server.worker_commands));
  page.Add("gatewayd_worker_commands_failed_total", Number(server.worker_commands_failed));
}

void AddGateway(const cluster::GatewayView& view, MetricPage& page) {
  const std::string& gateway = view.address;
  page.Add("gatewayd_gateway_listed", {gateway}, view.listed);
  page.Add("gatewayd_gateway_up", {gateway}, view.usable);
  page.Add("gatewayd_queries_waiting", {gateway}, Number(view.queries_waiting));
  page.Add("gatewayd_answers_due_bytes", {gateway}, Number(view.answers_due_bytes));
  for (const LinkKind kind : cluster::kLinkKinds) {
    const char* const link = cluster::ToString(kind);
    for (const LinkState state : kLinkStates) {
      const auto count = std::ranges::count_if(
          view.links, [&](const auto& one) { return one.kind == kind && one.state == state; });
      if (count > 0) {
        page.Add("gatewayd_links", {gateway, link, cluster::ToString(state)}, static_cast<double>(count));
      }
    }
    const cluster::LinkTraffic& traffic = view.traffic[static_cast<std::size_t>(kind)];
    page.Add("gatewayd_link_connects_total", {gateway, link}, Number(traffic.connects));
    page.Add("gatewayd_link_sent_bytes_total", {gateway, link}, Number(traffic.bytes_sent));
    page.Add("gatewayd_link_received_bytes_total", {gateway, link}, Number(traffic.bytes_received));
    page.Add("gatewayd_link_queued_bytes", {gateway, link}, Number(traffic.bytes_queued));
    page.Add("gatewayd_queries_in_flight", {gateway, link}, Number(traffic.queries_in_flight));
  }
}

void AddCluster(const Sources& sources, const cluster::ClusterStatus& status, MetricPage& page) {
  for (const cluster::RegisterView& view : status.registers) {
    page.Add("gatewayd_register_up", {view.address}, view.state == LinkState::kReady);
    page.Add("gatewayd_register_gateways", {view.address}, Number(view.addresses.size()));
  }
  for (const cluster::GatewayView& view : status.gateways)
    AddGateway(view, page);
  page.Add("gatewayd_answer_memory_bytes", Number(status.answer_memory_used));
  if (const cluster::QueryStats* queries = sources.cluster->query_stats()) {
    for (const cluster::QueryStats::Answered& query : queries->Read())
      page.Add("gatewayd_query_duration_seconds", {wire::CommandName(query.command)}, query.took);
  }
}

void AddCounters(const Sources& sources, MetricPage& page) {
  std::map<std::string, std::uint64_t> counters = sources.cluster->counters();
  counters.merge(sources.hub->counters());
  for (const CounterMetric& known : CounterMetrics()) {
    const auto at = counters.find(std::string(known.counter));
    if (at == counters.end()) continue;
    if (known.label_value.empty()) {
      page.Add(known.metric, Number(at->second));
    } else {
      page.Add(known.metric, {known.label_value}, Number(at->second));
    }
  }
}

void AddWorkers(const events::HubView& hub, MetricPage& page) {
  std::size_t active = 0, commands = 0, leaving = 0, queued = 0, in_flight = 0;
  for (const events::WorkerView& worker : hub.workers) {
    ++(worker.leaving ? leaving : worker.kinds.empty() ? commands : active);
    queued += worker.events_queued;
    in_flight += worker.events_in_flight;
  }
  page.Add("gatewayd_workers", {"active"}, Number(active));
  page.Add("gatewayd_workers", {"commands"}, Number(commands));
  page.Add("gatewayd_workers", {"leaving"}, Number(leaving));
  page.Add("gatewayd_events_queued", Number(queued));
  page.Add("gatewayd_events_in_flight", Number(in_flight));
  page.Add("gatewayd_event_lag_seconds", absl::ToDoubleSeconds(events::LagOf(hub.workers, absl::Now())));
  page.Add("gatewayd_events_held", Number(hub.events_held));
  page.Add("gatewayd_event_clients", Number(hub.clients));
  page.Add("gatewayd_event_memory_bytes", Number(hub.memory_used));
  page.Add("gatewayd_event_reading_stopped", hub.reading_stopped);
}

void AddHttp(const HttpStats& http, std::uint64_t max_connections, MetricPage& page) {
  for (const auto& [status, count] : http.answers())
    page.Add("gatewayd_admin_requests_total", {cluster::StrCat(status)}, Number(count));
  page.Add("gatewayd_admin_connections", Number(http.connections));
  page.Add("gatewayd_admin_connections_limit", Number(max_connections));
  page.Add("gatewayd_admin_connections_evicted_total", Number(http.evicted));
  page.Add("gatewayd_admin_timeouts_total", Number(http.timeouts));
}

void AddProcess(const ProcessStats& process, MetricPage& page) {
  page.Add("process_cpu_seconds_total", process.cpu_seconds);
  page.Add("process_resident_memory_bytes", Number(process.resident_bytes));
  page.Add("process_virtual_memory_bytes", Number(process.virtual_bytes));
  page.Add("process_open_fds", Number(process.open_fds));
  page.Add("process_max_fds", Number(process.max_fds));
  page.Add("process_threads", Number(process.threads));
  page.Add("process_start_time_seconds", process.start_time_seconds);
}

}  // namespace

HealthFacts ReadHealth(const Sources& sources) {
  // First: the view can only have come further since.
  HealthFacts facts{.serving = sources.serving(), .draining = sources.draining()};
  facts.cluster = sources.cluster->status();
  facts.events_degraded = sources.hub->degraded();
  return facts;
}

std::vector<prometheus::MetricFamily> Metrics::Collect() const {
  MetricPage page;
  const HealthFacts health = ReadHealth(sources_);
  AddDaemon(sources_, ReadinessOf(health), page);
  AddLimits(sources_, page);
  AddServer(sources_.server(), page);
  AddCluster(sources_, health.cluster, page);
  AddCounters(sources_, page);
  AddWorkers(sources_.hub->view(), page);
  AddHttp(*sources_.http, sources_.max_connections, page);
  AddProcess(ReadProcessStats(), page);
  return page.Take();
}

std::string Metrics::Text() const {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, Collect());
  return text.str();
}

}  // namespace gatewayd::admin
