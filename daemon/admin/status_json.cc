#include "admin/status_json.h"

#include <algorithm>
#include <map>
#include <vector>

#include "admin/json_writer.h"
#include "admin/process_stats.h"

namespace gatewayd::admin {
namespace {

using cluster::GatewayView;

std::int64_t Milliseconds(absl::Time time) {
  return absl::ToUnixMillis(time);
}

void AddTexts(std::string_view key, const std::vector<std::string>& texts, JsonWriter& json) {
  json.Key(key);
  json.BeginArray();
  for (const std::string& text : texts)
    json.Value(text);
  json.EndArray();
}

void AddDaemon(const Sources& sources, const Readiness& readiness, absl::Time now, JsonWriter& json) {
  const ProcessStats process = ReadProcessStats();
  json.Key("daemon");
  json.BeginObject();
  json.Field("version", sources.version);
  json.Field("dialect", sources.cluster->dialect().name());
  json.Field("instance", sources.cluster->instance_id());
  json.Field("state", ToString(readiness.state));
  AddTexts("reasons", readiness.reasons, json);
  AddTexts("degraded", readiness.degraded, json);
  json.Field("uptime_seconds",
             std::max(0.0, absl::ToDoubleSeconds(now - absl::UnixEpoch()) - process.start_time_seconds));
  json.Field("resident_bytes", process.resident_bytes);
  json.Field("cpu_seconds", process.cpu_seconds);
  json.Field("threads", process.threads);
  json.EndObject();
}

void AddPage(const PageFacts& page, JsonWriter& json) {
  json.Key("page");
  json.BeginObject();
  json.Field("console", page.console);
  json.Field("may_read", page.may_read);
  json.Field("may_send", page.may_send);
  json.EndObject();
}

void AddRegisters(const cluster::ClusterStatus& status, JsonWriter& json) {
  json.Key("registers");
  json.BeginArray();
  for (const cluster::RegisterView& view : status.registers) {
    json.BeginObject();
    json.Field("address", view.address);
    json.Field("state", cluster::ToString(view.state));
    json.Field("state_since", Milliseconds(view.state_since));
    json.Field("answered", view.answered);
    json.Field("gateways", view.addresses.size());
    json.Field("last_error", view.last_error);
    json.EndObject();
  }
  json.EndArray();
}

void AddLink(const cluster::LinkView& link, JsonWriter& json) {
  json.BeginObject();
  json.Field("kind", cluster::ToString(link.kind));
  json.Field("state", cluster::ToString(link.state));
  json.Field("state_since", Milliseconds(link.state_since));
  json.Field("last_error", link.last_error);
  json.Field("bytes_sent", link.bytes_sent);
  json.Field("bytes_received", link.bytes_received);
  json.Field("bytes_queued", link.bytes_queued);
  json.Field("queries_in_flight", link.queries_in_flight);
  json.Field("connects", link.connects);
  json.EndObject();
}

void AddGateway(const GatewayView& view, JsonWriter& json) {
  json.BeginObject();
  json.Field("address", view.address);
  json.Field("dial_address", view.dial_address);
  json.Field("client_id_address", view.client_id_address);
  json.Field("generation", view.generation);
  json.Field("listed", view.listed);
  json.Field("tried", view.tried);
  json.Field("usable", view.usable);
  json.Field("refused", view.refused);
  json.Field("queries_waiting", view.queries_waiting);
  json.Key("links");
  json.BeginArray();
  for (const cluster::LinkView& link : view.links)
    AddLink(link, json);
  json.EndArray();
  json.EndObject();
}

void AddGateways(std::vector<GatewayView> views, JsonWriter& json) {
  if (views.size() > kMaxListed) {
    std::ranges::stable_sort(views, {}, [](const GatewayView& view) { return view.usable && view.listed; });
  }
  json.Field("gateways_total", views.size());
  json.Field("gateways_usable", std::ranges::count_if(views, &GatewayView::usable));
  json.Key("gateways");
  json.BeginArray();
  for (std::size_t i = 0; i < std::min(views.size(), kMaxListed); ++i)
    AddGateway(views[i], json);
  json.EndArray();
}

void AddWorker(const events::WorkerView& worker, absl::Time now, JsonWriter& json) {
  json.BeginObject();
  json.Field("id", worker.id);
  json.Field("name", worker.name);
  json.Field("state", worker.leaving ? "leaving" : worker.kinds.empty() ? "commands" : "active");
  json.Field("attached_at", Milliseconds(worker.attached_at));
  json.Field("lag_seconds", absl::ToDoubleSeconds(worker.lag(now).value_or(absl::ZeroDuration())));
  json.Field("window_events", worker.window_events);
  json.Field("window_bytes", worker.window_bytes);
  json.Field("events_in_flight", worker.events_in_flight);
  json.Field("bytes_in_flight", worker.bytes_in_flight);
  json.Field("events_queued", worker.events_queued);
  json.Field("bytes_queued", worker.bytes_queued);
  json.Field("clients", worker.clients);
  json.Field("delivered", worker.delivered);
  json.Field("acknowledged", worker.acknowledged);
  json.Field("redelivered", worker.redelivered);
  json.Field("commands", worker.commands);
  json.Field("commands_failed", worker.commands_failed);
  json.EndObject();
}

void AddEvents(const events::HubView& hub, absl::Time now, JsonWriter& json) {
  json.Key("events");
  json.BeginObject();
  json.Field("memory_used", hub.memory_used);
  json.Field("memory_limit", hub.memory_limit);
  json.Field("held", hub.events_held);
  json.Field("clients", hub.clients);
  json.Field("reading_stopped", hub.reading_stopped);
  json.Field("lag_seconds", absl::ToDoubleSeconds(events::LagOf(hub.workers, now)));
  json.EndObject();
  json.Field("workers_total", hub.workers.size());
  json.Key("workers");
  json.BeginArray();
  for (std::size_t i = 0; i < std::min(hub.workers.size(), kMaxListed); ++i)
    AddWorker(hub.workers[i], now, json);
  json.EndArray();
}

void AddDurations(std::string_view key, const cluster::Durations::Counts& took, JsonWriter& json) {
  json.Key(key);
  json.BeginArray();
  for (const std::uint64_t count : took.buckets)
    json.Value(count);
  json.EndArray();
}

void Merge(const cluster::Durations::Counts& from, cluster::Durations::Counts& into) {
  for (std::size_t i = 0; i < into.buckets.size(); ++i)
    into.buckets[i] += from.buckets[i];
}

// Calls that are about the cluster: what probes and this page ask is left out, or a quiet daemon would look
// busy.
bool IsAboutTheCluster(const RpcCounts& rpc) {
  return rpc.service.ends_with(".GatewayService");
}

void AddTotals(const Sources& sources, const cluster::ClusterStatus& status, JsonWriter& json) {
  const ServerCounts server = sources.server();
  std::uint64_t ended = 0, failed = 0, sent = 0, received = 0;
  cluster::Durations::Counts calls, queries;
  for (const RpcCounts& rpc : server.rpcs) {
    if (!IsAboutTheCluster(rpc)) continue;
    for (std::size_t code = 0; code < rpc.ended.size(); ++code) {
      ended += rpc.ended[code];
      if (code != 0) failed += rpc.ended[code];
    }
    if (rpc.timed) Merge(rpc.took, calls);
  }
  for (const GatewayView& view : status.gateways) {
    for (const cluster::LinkTraffic& traffic : view.traffic) {
      sent += traffic.bytes_sent;
      received += traffic.bytes_received;
    }
  }
  if (const cluster::QueryStats* stats = sources.cluster->query_stats()) {
    for (const cluster::QueryStats::Answered& query : stats->Read())
      Merge(query.took, queries);
  }
  const std::map<std::string, std::uint64_t> hub = sources.hub->counters();
  const auto counter = [&](const char* name) {
    const auto at = hub.find(name);
    return at == hub.end() ? 0 : at->second;
  };
  json.Key("totals");
  json.BeginObject();
  json.Field("calls", ended);
  json.Field("calls_failed", failed);
  json.Field("worker_commands", server.worker_commands);
  json.Field("worker_commands_failed", server.worker_commands_failed);
  json.Field("events_delivered", counter("events_delivered"));
  json.Field("events_acknowledged", counter("events_acknowledged"));
  json.Field("bytes_sent", sent);
  json.Field("bytes_received", received);
  json.EndObject();
  json.Field("connections", server.connections);
  json.Key("latency");
  json.BeginObject();
  json.Key("bounds_seconds");
  json.BeginArray();
  for (const std::int64_t bound : cluster::Durations::kBounds)
    json.Value(static_cast<double>(bound) / 1e9);
  json.EndArray();
  AddDurations("calls", calls, json);
  AddDurations("queries", queries, json);
  json.EndObject();
}

}  // namespace

std::string StatusJson(const Sources& sources, const PageFacts& page, absl::Time now) {
  HealthFacts health = ReadHealth(sources);
  JsonWriter json;
  json.BeginObject();
  json.Field("time", Milliseconds(now));
  AddDaemon(sources, ReadinessOf(health), now, json);
  AddPage(page, json);
  AddTotals(sources, health.cluster, json);
  AddRegisters(health.cluster, json);
  AddGateways(std::move(health.cluster.gateways), json);
  AddEvents(sources.hub->view(), now, json);
  json.EndObject();
  return json.Take() + "\n";
}

std::string ChangesJson(const cluster::ChangeLog::Page& page, const std::string& instance) {
  JsonWriter json;
  json.BeginObject();
  json.Field("instance", instance);
  json.Field("newest", page.newest);
  json.Field("forgotten", page.forgotten);
  json.Key("changes");
  json.BeginArray();
  for (const cluster::Change& change : page.changes) {
    json.BeginObject();
    json.Field("number", change.number);
    json.Field("time", Milliseconds(change.time));
    json.Field("kind", cluster::ToString(change.kind));
    json.Field("trouble", cluster::IsTrouble(change.kind));
    json.Field("subject", change.subject);
    json.Field("text", change.text);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.Take() + "\n";
}

}  // namespace gatewayd::admin
