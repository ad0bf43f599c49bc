#include "admin/catalog.h"

#include <array>

namespace gatewayd::admin {
namespace {

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;
constexpr MetricType kHistogram = MetricType::kHistogram;

constexpr std::string_view kDaemon = "The daemon";
constexpr std::string_view kCalls = "Calls";
constexpr std::string_view kRegisters = "Registers and members";
constexpr std::string_view kLinks = "Links to Gateways";
constexpr std::string_view kQueries = "Queries and commands";
constexpr std::string_view kEvents = "Events";
constexpr std::string_view kWorkers = "Workers";
constexpr std::string_view kAdmin = "The admin listener";
constexpr std::string_view kProcess = "The process";

constexpr std::array kMetrics = {
    Metric{kDaemon, "gatewayd_build_info", kGauge, "", "version, dialect", "1; what runs, in its labels.",
           "Compare it over your sidecars during a roll-out."},
    Metric{kDaemon, "gatewayd_ready", kGauge, "", "", "1 while /readyz says 200 and grpc.health.v1 SERVING.",
           "0 for longer than a start or a drain takes: `curl …/readyz` says why."},
    Metric{kDaemon, "gatewayd_draining", kGauge, "", "", "1 from SIGTERM or AdminService.Drain on.", ""},
    Metric{kDaemon, "gatewayd_degraded_reasons", kGauge, "reasons", "",
           "What cannot be reached or does not keep up, as /readyz names it; 0 where all is well.",
           "Read `degraded` in /readyz; alert where it stays above 0 for minutes."},

    Metric{kCalls, "gatewayd_rpcs_total", kCounter, "calls", "service, method, code",
           "gRPC calls that ended, by the status that the daemon gave.",
           "A rising share of UNAVAILABLE or RESOURCE_EXHAUSTED: see the links and queues below; of "
           "INVALID_ARGUMENT: a caller has a bug."},
    Metric{kCalls, "gatewayd_rpcs_in_flight", kGauge, "calls", "service, method",
           "Calls and streams that have come and not ended. Of methods that were called.",
           "Growing without end: callers without a deadline wait for a Gateway that does not answer."},
    Metric{
        kCalls, "gatewayd_rpc_duration_seconds", kHistogram, "seconds", "service, method",
        "From a call's arrival to its answer, inside the daemon; without streams that last as long as their "
        "client does. Of methods that were called.",
        "Compare with gatewayd_query_duration_seconds: what is not the Gateway's is the daemon's, then look "
        "at "
        "its CPU."},
    Metric{kCalls, "gatewayd_rpc_stream_queued_bytes", kGauge, "bytes", "",
           "Chunks of streamed lists that wait for slow readers.", "Find the client that does not read."},
    Metric{kCalls, "gatewayd_rpc_stream_queued_limit_bytes", kGauge, "bytes", "",
           "Above it a stream that grows ends with RESOURCE_EXHAUSTED.", ""},
    Metric{kCalls, "gatewayd_calls_refused_total", kCounter, "calls", "reason",
           "Calls, and commands on streams, that their token did not allow: unauthenticated (no valid "
           "token), denied "
           "(it has not the right), over_rate (above its rate).",
           "unauthenticated: a caller has no token, or one that was taken out; denied: give it the right, or "
           "find out "
           "what it is doing."},
    Metric{kCalls, "gatewayd_connections", kGauge, "connections", "", "gRPC connections that are open.", ""},
    Metric{kCalls, "gatewayd_connections_limit", kGauge, "connections", "",
           "The same, at most (--max_connections).", ""},
    Metric{kCalls, "gatewayd_connections_refused_total", kCounter, "connections", "",
           "gRPC connections that were closed at once: too many, or no descriptor was left.",
           "Rising: a client opens one for each call, or --max_connections is too low."},
    Metric{kCalls, "gatewayd_certificate_expiry_timestamp_seconds", kGauge, "seconds", "",
           "When the certificate in force expires, in seconds since 1970; 0 without TLS.",
           "Alert weeks before: a renewed file is taken by itself (docs/security.md)."},
    Metric{kCalls, "gatewayd_rpc_request_limit_bytes", kGauge, "bytes", "",
           "The largest request (--max_request_bytes).", ""},

    Metric{kRegisters, "gatewayd_register_up", kGauge, "", "register",
           "1 while the Register is connected and has answered.",
           "0: new Gateways are not found by it; all else goes on."},
    Metric{kRegisters, "gatewayd_register_gateways", kGauge, "Gateways", "register",
           "How many Gateways its last list has.",
           "Registers that differ for long do not see the same Gateways."},
    Metric{kRegisters, "gatewayd_register_connects_total", kCounter, "connections", "",
           "Connections to Registers that were made.", "Rising: a Register is restarted again and again."},
    Metric{kRegisters, "gatewayd_register_bad_lines_total", kCounter, "lines", "",
           "Lines of Registers that are no list.",
           "Another program, dialect or secret is there: read the log."},
    Metric{kRegisters, "gatewayd_membership_changes_total", kCounter, "changes", "",
           "Times that a Gateway joined, left, or was listed otherwise.",
           "Rising outside of deployments: Gateways lose their Register."},
    Metric{kRegisters, "gatewayd_gateway_listed", kGauge, "", "gateway",
           "1 where a Register lists the member; 0 where only its links keep it.", ""},
    Metric{kRegisters, "gatewayd_gateway_up", kGauge, "", "gateway",
           "1 while the Gateway takes commands and queries of this daemon.",
           "0 for longer than a restart takes: the log and AdminService.GetClusterView say why."},

    Metric{kLinks, "gatewayd_links", kGauge, "links", "gateway, link, state",
           "Links by kind (command, query, event) and state; states without a link are left out.",
           "A link in `backoff` or `connecting` for long: the Gateway cannot be reached. `stalled` (go): a "
           "client "
           "of that Gateway does not read."},
    Metric{kLinks, "gatewayd_link_connects_total", kCounter, "connections", "gateway, link",
           "Connections that were made; all but the first of each link are reconnects.",
           "Rising: the network or the Gateway drops links; see gatewayd_links_lost_total."},
    Metric{kLinks, "gatewayd_link_sent_bytes_total", kCounter, "bytes", "gateway, link",
           "Bytes written to the Gateway.", ""},
    Metric{kLinks, "gatewayd_link_received_bytes_total", kCounter, "bytes", "gateway, link",
           "Bytes read from the Gateway.", ""},
    Metric{kLinks, "gatewayd_link_queued_bytes", kGauge, "bytes", "gateway, link",
           "Bytes that wait because the Gateway does not read.",
           "Near the limit: calls to that Gateway are about to fail with RESOURCE_EXHAUSTED."},
    Metric{kLinks, "gatewayd_link_queued_limit_bytes", kGauge, "bytes", "",
           "The same, at most, of one link (--command_buffer).", ""},
    Metric{kLinks, "gatewayd_links_connected_total", kCounter, "links", "",
           "Links that became ready: connected, and their first probe answered.", ""},
    Metric{kLinks, "gatewayd_links_lost_total", kCounter, "links", "",
           "Links in use that broke, or that the daemon ended.",
           "The log has a line with the cause of each."},
    Metric{kLinks, "gatewayd_link_attempts_failed_total", kCounter, "attempts", "",
           "Tries to connect that were refused, timed out, or were closed before the first answer.",
           "Rising: see gatewayd_gateway_up for which Gateway, the log for why."},
    Metric{kLinks, "gatewayd_link_close_waits_expired_total", kCounter, "links", "",
           "Times that a Gateway did not close a half-closed link within a second.",
           "The Gateway is overloaded or frozen."},
    Metric{kLinks, "gatewayd_links_stalled_total", kCounter, "links", "",
           "Times that a go command link whose answers did not come was kept.",
           "Find the client that does not read: docs/dialects.md."},
    Metric{kLinks, "gatewayd_stalled_links_lost_total", kCounter, "links", "",
           "Of these, lost while the Gateway may have been writing to a client.", ""},
    Metric{kLinks, "gatewayd_clients_destroyed_total", kCounter, "clients", "",
           "Clients that were destroyed after that, so that nobody else writes to them.", ""},
    Metric{kLinks, "gatewayd_gateways_refused_total", kCounter, "times", "",
           "Times that commands to a go Gateway came to be refused until an operator clears it.",
           "AdminService.ClearGateway, once the Gateway is known to be well."},
    Metric{kLinks, "gatewayd_runs_over_total", kCounter, "generations", "",
           "Generations that ended: a Gateway was restarted, or left without any link.", ""},
    Metric{kLinks, "gatewayd_runs_unproven_total", kCounter, "generations", "",
           "Of these, because the event link could not tell in time that it is the same run.", ""},

    Metric{kQueries, "gatewayd_query_duration_seconds", kHistogram, "seconds", "command",
           "From a query's place in a link's row to its answer, of those that a caller waits for.",
           "High for one command: its answers are large. High for all: a Gateway is slow."},
    Metric{kQueries, "gatewayd_queries_in_flight", kGauge, "queries", "gateway, link",
           "Answers that are due, the daemon's own probes included.", ""},
    Metric{kQueries, "gatewayd_queries_waiting", kGauge, "queries", "gateway",
           "Queries that wait for a query link, or for commands before them to run.",
           "Near the limit: raise --query_links, or ask for less."},
    Metric{kQueries, "gatewayd_queries_waiting_limit", kGauge, "queries", "",
           "The same, at most, for each Gateway (--max_waiting_queries).", ""},
    Metric{kQueries, "gatewayd_answers_due_bytes", kGauge, "bytes", "gateway",
           "What small answers on the command link may take at most.", ""},
    Metric{kQueries, "gatewayd_answers_due_limit_bytes", kGauge, "bytes", "",
           "The same, at most; above it queries fail with RESOURCE_EXHAUSTED.", ""},
    Metric{kQueries, "gatewayd_answer_memory_bytes", kGauge, "bytes", "",
           "Memory of large answers that are being read, of all Gateways.", ""},
    Metric{kQueries, "gatewayd_answer_memory_limit_bytes", kGauge, "bytes", "",
           "The same, at most (--max_answers).", ""},
    Metric{kQueries, "gatewayd_queries_sent_total", kCounter, "queries", "",
           "Queries given to links, the daemon's own probes included.", ""},
    Metric{kQueries, "gatewayd_queries_refused_total", kCounter, "queries", "",
           "Queries refused for want of room.",
           "See gatewayd_queries_waiting and gatewayd_answers_due_bytes."},
    Metric{kQueries, "gatewayd_query_timeouts_total", kCounter, "links", "",
           "Links ended because no byte of a due answer came within --query_timeout.",
           "The Gateway is frozen or overloaded."},
    Metric{kQueries, "gatewayd_bad_answers_total", kCounter, "links", "",
           "Links ended because an answer could not be right.", "The wrong dialect, or a bug: keep the log."},
    Metric{kQueries, "gatewayd_barrier_timeouts_total", kCounter, "queries", "",
           "Queries failed because commands before them had not run in time.",
           "The Gateway does not keep up."},
    Metric{kQueries, "gatewayd_unknown_effects_total", kCounter, "queries", "",
           "Queries failed once because a link was lost with commands whose effect nobody knows.", ""},
    Metric{kQueries, "gatewayd_answers_too_large_total", kCounter, "queries", "",
           "Queries whose answer did not fit the answer memory.", "Raise --max_answers, or use the streams."},
    Metric{kQueries, "gatewayd_commands_accepted_total", kCounter, "commands", "",
           "Commands that stood in the buffer of a live link.", ""},
    Metric{kQueries, "gatewayd_commands_refused_total", kCounter, "commands", "",
           "Commands refused because the link's buffer was full.",
           "See gatewayd_link_queued_bytes: that Gateway does not read."},
    Metric{kQueries, "gatewayd_commands_lost_total", kCounter, "commands", "",
           "Commands that were accepted, and not wholly written when their link broke.", ""},

    Metric{kEvents, "gatewayd_events_read_total", kCounter, "events", "",
           "Events read from Gateways and taken.", ""},
    Metric{kEvents, "gatewayd_events_total", kCounter, "events", "kind",
           "Events accepted for workers; gateway_lost is made by the daemon, for each worker that takes it.",
           ""},
    Metric{
        kEvents, "gatewayd_events_dropped_total", kCounter, "events", "reason",
        "Events that no worker got: too_large, poisoned (brought down --max_deliveries workers), untaken "
        "(--events=always and nobody there), unwanted (of a kind that its worker does not take), unfinished "
        "(not acknowledged when the daemon ended).",
        "poisoned: a handler crashes, the log names the client. too_large: raise --max_event_bytes."},
    Metric{kEvents, "gatewayd_event_batches_total", kCounter, "batches", "",
           "Batches handed to workers; deliveries by batches is their size.", ""},
    Metric{kEvents, "gatewayd_events_delivered_total", kCounter, "deliveries", "",
           "Events handed to workers, each time.", ""},
    Metric{kEvents, "gatewayd_events_redelivered_total", kCounter, "deliveries", "",
           "Of these, of events that another worker had before.",
           "Rising: workers die, or do not acknowledge."},
    Metric{kEvents, "gatewayd_events_acknowledged_total", kCounter, "events", "",
           "Events that workers have acknowledged.",
           "Below the events read for long: workers do not keep up."},
    Metric{kEvents, "gatewayd_acks_unknown_total", kCounter, "acknowledgements", "",
           "Acknowledgements of what was not in flight.", "A worker acknowledges twice."},
    Metric{kEvents, "gatewayd_event_lag_seconds", kGauge, "seconds", "",
           "Age of the oldest event that some worker has not acknowledged; 0 where there is none.",
           "Above the time that a handler takes: more workers, or a larger window."},
    Metric{kEvents, "gatewayd_events_held", kGauge, "events", "", "Events that wait for a worker to come.",
           "Above 0 for longer than --grace: nobody is attached."},
    Metric{kEvents, "gatewayd_events_queued", kGauge, "events", "",
           "Events that wait for the windows of their workers.", "As the lag."},
    Metric{kEvents, "gatewayd_events_in_flight", kGauge, "events", "",
           "Events delivered and not acknowledged.", ""},
    Metric{kEvents, "gatewayd_event_clients", kGauge, "clients", "",
           "Clients of which an event was seen and no close yet.", ""},
    Metric{kEvents, "gatewayd_event_memory_bytes", kGauge, "bytes", "",
           "Memory of events that are not acknowledged.",
           "Near the limit: event links are about to stop, then Gateways drop."},
    Metric{kEvents, "gatewayd_event_memory_limit_bytes", kGauge, "bytes", "",
           "The same, at most (--event_memory).", ""},
    Metric{kEvents, "gatewayd_event_memory_full_total", kCounter, "times", "",
           "Times that the event memory became full.",
           "Workers do not keep up: more of them, or more memory."},
    Metric{kEvents, "gatewayd_event_reading_stopped", kGauge, "", "",
           "1 while the event memory is full and event links are not read.", "As above, now."},
    Metric{kEvents, "gatewayd_event_reads_paused_total", kCounter, "times", "",
           "Times that an event link stopped reading for want of memory.", ""},
    Metric{kEvents, "gatewayd_event_links_lost_total", kCounter, "links", "",
           "Event links in use that broke, or were ended.", "The log has a line with the cause of each."},
    Metric{kEvents, "gatewayd_event_link_probes_failed_total", kCounter, "links", "",
           "Of these, because the Gateway did not answer whether it lives.", "The network drops silently."},
    Metric{kEvents, "gatewayd_event_leaves_total", kCounter, "links", "",
           "Event links that were left, without loss where the dialect can.", ""},
    Metric{kEvents, "gatewayd_event_leaves_forced_total", kCounter, "links", "",
           "Of these, not without loss or not in time.", "Events may be lost: the Gateway did not answer."},
    Metric{
        kEvents, "gatewayd_sessions_fetched_total", kCounter, "sessions", "result",
        "Sessions fetched again for an event because this daemon had written them: ok, or failed (the event "
        "went out with the old one).",
        "failed: the Gateway did not answer in time."},
    Metric{kEvents, "gatewayd_watch_copies_lost_total", kCounter, "copies", "",
           "Copies that slow watchers (WorkerService.Watch) did not get.", ""},

    Metric{kWorkers, "gatewayd_workers", kGauge, "workers", "state",
           "Attached streams: active (takes events), commands (for commands alone), leaving.",
           "No active one, and the cluster has clients: nobody answers them."},
    Metric{kWorkers, "gatewayd_workers_attached_total", kCounter, "workers", "", "Workers that attached.",
           ""},
    Metric{kWorkers, "gatewayd_workers_detached_total", kCounter, "workers", "reason",
           "Workers that went without a leave: broken (their stream), ack_timeout (acknowledged nothing for "
           "--ack_timeout), over_share (held more than half of the event memory).",
           "broken: workers die. ack_timeout: a handler hangs. over_share: one worker is too slow."},
    Metric{kWorkers, "gatewayd_worker_commands_total", kCounter, "commands", "",
           "Commands on the streams of workers.", ""},
    Metric{kWorkers, "gatewayd_worker_commands_failed_total", kCounter, "commands", "",
           "Of these, that came back with an error.", ""},

    Metric{kAdmin, "gatewayd_admin_requests_total", kCounter, "requests", "code",
           "Answers of the admin listener by HTTP status; those that came.",
           "Rising 4xx: something else than Prometheus and probes talks to it."},
    Metric{kAdmin, "gatewayd_admin_connections", kGauge, "connections", "", "Connections that are open.", ""},
    Metric{kAdmin, "gatewayd_admin_connections_limit", kGauge, "connections", "", "The same, at most.", ""},
    Metric{kAdmin, "gatewayd_admin_connections_evicted_total", kCounter, "connections", "",
           "Idle or slow connections that were closed to make room for another.",
           "Rising: a crowd of idle clients; give the listener a narrower address."},
    Metric{kAdmin, "gatewayd_admin_timeouts_total", kCounter, "connections", "",
           "Connections closed because a request or an answer took too long, or none came.", ""},

    Metric{kProcess, "process_cpu_seconds_total", kCounter, "seconds", "", "CPU time, user and system.", ""},
    Metric{kProcess, "process_resident_memory_bytes", kGauge, "bytes", "", "Resident memory.",
           "Growing without end: compare with the queues above, then report it."},
    Metric{kProcess, "process_virtual_memory_bytes", kGauge, "bytes", "", "Address space.", ""},
    Metric{kProcess, "process_open_fds", kGauge, "descriptors", "", "Open file descriptors.",
           "Near the limit: raise it (ulimit -n)."},
    Metric{kProcess, "process_max_fds", kGauge, "descriptors", "", "The same, at most.", ""},
    Metric{kProcess, "process_threads", kGauge, "threads", "", "Threads.", ""},
    Metric{kProcess, "process_start_time_seconds", kGauge, "seconds", "", "Start, in seconds since 1970.",
           "Changes: it was restarted; every generation is new."},
};

}  // namespace

std::span<const Metric> Catalog() {
  return kMetrics;
}

std::string_view ToString(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "";
}

}  // namespace gatewayd::admin
