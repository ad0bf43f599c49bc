// Which counter is which metric.
#include <array>

#include "admin/catalog.h"

namespace gatewayd::admin {
namespace {

constexpr std::array kCounterMetrics = {
    CounterMetric{"commands_accepted", "gatewayd_commands_accepted_total", ""},
    CounterMetric{"commands_lost", "gatewayd_commands_lost_total", ""},
    CounterMetric{"queries_sent", "gatewayd_queries_sent_total", ""},
    CounterMetric{"queries_refused", "gatewayd_queries_refused_total", ""},
    CounterMetric{"commands_refused", "gatewayd_commands_refused_total", ""},
    CounterMetric{"links_connected", "gatewayd_links_connected_total", ""},
    CounterMetric{"links_lost", "gatewayd_links_lost_total", ""},
    CounterMetric{"link_attempts_failed", "gatewayd_link_attempts_failed_total", ""},
    CounterMetric{"query_timeouts", "gatewayd_query_timeouts_total", ""},
    CounterMetric{"bad_answers", "gatewayd_bad_answers_total", ""},
    CounterMetric{"barrier_timeouts", "gatewayd_barrier_timeouts_total", ""},
    CounterMetric{"close_wait_expired", "gatewayd_link_close_waits_expired_total", ""},
    CounterMetric{"unknown_effects", "gatewayd_unknown_effects_total", ""},
    CounterMetric{"answers_too_large", "gatewayd_answers_too_large_total", ""},
    CounterMetric{"events_read", "gatewayd_events_read_total", ""},
    CounterMetric{"events_too_large", "gatewayd_events_dropped_total", "too_large"},
    CounterMetric{"event_reads_paused", "gatewayd_event_reads_paused_total", ""},
    CounterMetric{"event_links_lost", "gatewayd_event_links_lost_total", ""},
    CounterMetric{"event_link_probes_failed", "gatewayd_event_link_probes_failed_total", ""},
    CounterMetric{"event_leaves", "gatewayd_event_leaves_total", ""},
    CounterMetric{"event_leaves_forced", "gatewayd_event_leaves_forced_total", ""},
    CounterMetric{"runs_over", "gatewayd_runs_over_total", ""},
    CounterMetric{"runs_unproven", "gatewayd_runs_unproven_total", ""},
    CounterMetric{"links_stalled", "gatewayd_links_stalled_total", ""},
    CounterMetric{"stalled_links_lost", "gatewayd_stalled_links_lost_total", ""},
    CounterMetric{"clients_destroyed", "gatewayd_clients_destroyed_total", ""},
    CounterMetric{"gateways_refused", "gatewayd_gateways_refused_total", ""},
    CounterMetric{"register_bad_lines", "gatewayd_register_bad_lines_total", ""},
    CounterMetric{"register_connects", "gatewayd_register_connects_total", ""},
    CounterMetric{"membership_changes", "gatewayd_membership_changes_total", ""},
    CounterMetric{"events_connect", "gatewayd_events_total", "connect"},
    CounterMetric{"events_websocket_connect", "gatewayd_events_total", "websocket_connect"},
    CounterMetric{"events_message", "gatewayd_events_total", "message"},
    CounterMetric{"events_close", "gatewayd_events_total", "close"},
    CounterMetric{"events_gateway_lost", "gatewayd_events_total", "gateway_lost"},
    CounterMetric{"batches", "gatewayd_event_batches_total", ""},
    CounterMetric{"events_delivered", "gatewayd_events_delivered_total", ""},
    CounterMetric{"events_acknowledged", "gatewayd_events_acknowledged_total", ""},
    CounterMetric{"events_redelivered", "gatewayd_events_redelivered_total", ""},
    CounterMetric{"events_unwanted", "gatewayd_events_dropped_total", "unwanted"},
    CounterMetric{"events_poisoned", "gatewayd_events_dropped_total", "poisoned"},
    CounterMetric{"events_untaken", "gatewayd_events_dropped_total", "untaken"},
    CounterMetric{"events_unfinished", "gatewayd_events_dropped_total", "unfinished"},
    CounterMetric{"acks_unknown", "gatewayd_acks_unknown_total", ""},
    CounterMetric{"workers_attached", "gatewayd_workers_attached_total", ""},
    CounterMetric{"workers_broken", "gatewayd_workers_detached_total", "broken"},
    CounterMetric{"workers_ack_timeout", "gatewayd_workers_detached_total", "ack_timeout"},
    CounterMetric{"workers_over_share", "gatewayd_workers_detached_total", "over_share"},
    CounterMetric{"memory_full", "gatewayd_event_memory_full_total", ""},
    CounterMetric{"sessions_fetched", "gatewayd_sessions_fetched_total", "ok"},
    CounterMetric{"sessions_not_fetched", "gatewayd_sessions_fetched_total", "failed"},
    CounterMetric{"watch_copies_lost", "gatewayd_watch_copies_lost_total", ""},
};

constexpr std::array<std::string_view, 1> kToldOtherwise = {"events_accepted"};  // by kind

}  // namespace

std::span<const CounterMetric> CounterMetrics() {
  return kCounterMetrics;
}

std::span<const std::string_view> CountersToldOtherwise() {
  return kToldOtherwise;
}

}  // namespace gatewayd::admin
