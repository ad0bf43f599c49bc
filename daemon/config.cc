#include "config.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "config_ranges.h"
#include "config_security.h"
#include "flags.h"
#include "wire/register_line.h"

using gatewayd::Bytes;

ABSL_DECLARE_FLAG(std::string, tls_certificate);

ABSL_FLAG(std::string, register, "",
          "Registers of the cluster: host or host:port, several with commas between");
ABSL_FLAG(std::string, dialect, "php",
          "php (walkor/GatewayWorker) or go (GatewayWorker-Go): what the cluster speaks");
ABSL_FLAG(
    std::string, go_addresses, "sdk",
    "which of a go Register's two lists is dialled: sdk (sdk_addresses where it gives them, else addresses) "
    "or worker (addresses)");
ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "where gRPC is served: host:port, or unix:/path; several with commas between; port 0: any. Beyond "
          "loopback only with --tls_certificate or --tokens_file");
ABSL_FLAG(
    std::string, admin_listen, "127.0.0.1:9090",
    "where /healthz, /readyz, /metrics and the status page are served over HTTP: host:port, several with "
    "commas between; port 0: any; none: nowhere. The page is served on loopback, or with --tokens_file");
ABSL_FLAG(
    std::string, address_map, "",
    "advertised=dial pairs with commas between: dial another address than a Gateway advertises. Each side is "
    "host:port, or both are a host for all ports");
ABSL_FLAG(int, cq_threads, 1, "threads that serve gRPC: 1 to 64");
ABSL_FLAG(Bytes, max_request_bytes, Bytes{16 * 1024 * 1024}, "largest gRPC request");
ABSL_FLAG(Bytes, command_buffer, Bytes{16 * 1024 * 1024},
          "bytes that may wait for one link to a Gateway; above it calls fail with RESOURCE_EXHAUSTED");
ABSL_FLAG(Bytes, max_answers, Bytes{256 * 1024 * 1024}, "bytes of large answers read at a time, in all");
ABSL_FLAG(int, query_links, 2, "links to each Gateway for queries with large answers: 1 to 16");
ABSL_FLAG(int, max_waiting_queries, 1000, "queries that may wait for such a link, for each Gateway");
ABSL_FLAG(absl::Duration, connect_timeout, absl::Seconds(3), "to connect and be accepted");
ABSL_FLAG(absl::Duration, query_timeout, absl::Seconds(5),
          "a link is ended after so long without a byte of an answer that is due");
ABSL_FLAG(absl::Duration, barrier_timeout, absl::Seconds(1),
          "how long a query waits until commands that went before it on another link have run");
ABSL_FLAG(absl::Duration, backoff_max, absl::Seconds(5), "longest wait before the next try to connect");
ABSL_FLAG(std::string, events, "attached",
          "when this daemon is a worker of the cluster: attached (while a worker that wants events is "
          "attached, and for "
          "--grace after it), always (what nobody takes is dropped and counted), never");
ABSL_FLAG(Bytes, event_memory, Bytes{64 * 1024 * 1024},
          "bytes of events that are not acknowledged; when it is full, event links are not read");
ABSL_FLAG(Bytes, max_event_bytes, Bytes{32 * 1024 * 1024}, "larger events are passed over and counted");
ABSL_FLAG(absl::Duration, grace, absl::Seconds(10),
          "how long event links stay after the last worker's stream broke, or it left to come back");
ABSL_FLAG(absl::Duration, ack_timeout, absl::Seconds(60),
          "a worker that has events and acknowledges none of them for so long is detached; others get them");
ABSL_FLAG(int, max_deliveries, 5, "an event is given up after so many workers went down with it: 1 to 1000");
ABSL_FLAG(absl::Duration, drain_timeout, absl::Seconds(25),
          "how long workers, events and calls in flight may take after SIGTERM");
ABSL_FLAG(bool, embedded, false,
          "run a Register and a Gateway inside the process: for a first run, and for tests");
ABSL_FLAG(int, embedded_gateways, 1, "how many Gateways --embedded runs; the first has the ports below");
ABSL_FLAG(int, embedded_websocket_port, 7272, "WebSocket clients of --embedded; 0: any port, -1: none");
ABSL_FLAG(int, embedded_text_port, 7373, "text clients of --embedded (lines)");
ABSL_FLAG(int, embedded_frame_port, 7474, "frame clients of --embedded (4-byte length in front)");
ABSL_FLAG(int, embedded_tcp_port, 7575,
          "tcp clients of --embedded --dialect=go (4 bytes with the length of the message in front)");
ABSL_FLAG(int, embedded_page_port, 8080, "the first-run page of --embedded; 0: any port, -1: none");
ABSL_FLAG(bool, embedded_like_php, false, "close clients while no worker is there, as a PHP Gateway does");
ABSL_FLAG(bool, wait, false,
          "wait until the daemon at --address is SERVING, then exit 0; 1 if it is not in time");
ABSL_FLAG(std::string, address, "127.0.0.1:50051", "the daemon that --wait asks: host:port or unix:/path");
ABSL_FLAG(absl::Duration, wait_timeout, absl::Seconds(30), "how long --wait waits");
ABSL_FLAG(
    gatewayd::OptionalText, probe, gatewayd::OptionalText(),
    "ask whether the daemon is ready, say so in a line, and exit 0 or 1: for a container's HEALTHCHECK. Asks "
    "/readyz of the first --admin_listen address, else the first --listen address; or what is given: "
    "http://host:port/path, or host:port or unix:/path of gRPC");
ABSL_FLAG(absl::Duration, probe_timeout, absl::Seconds(2), "how long --probe waits for an answer");
ABSL_FLAG(gatewayd::OptionalText, describe_metrics, gatewayd::OptionalText(),
          "print what each metric is and exit: markdown (docs/metrics.md), or json");
ABSL_FLAG(std::string, log_format, "text", "how the log looks on stderr: text, or json (an object a line)");
ABSL_FLAG(
    bool, core_dumps, false,
    "let a crash leave a core dump, and others of this user look into the process; it holds the secret");
ABSL_FLAG(bool, check_config, false,
          "read everything (flags, environment, files), say what is wrong and where, and exit: 0, or 2; "
          "nothing is started");
ABSL_FLAG(bool, describe_flags, false, "print the table of docs/configuration.md and exit");
ABSL_FLAG(bool, help, false, "print this and exit");
ABSL_FLAG(bool, version, false, "print the version and exit");

namespace gatewayd {
namespace {

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> parts;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

using Problems = std::vector<std::string>;

// A line for what is wrong with a flag, and where it was set.
template <typename... Parts>
void Wrong(Problems* problems, absl::string_view flag, const Parts&... parts) {
  problems->push_back(absl::StrCat("--", flag, ": ", parts..., WhereSet(flag)));
}

void ReadEvents(events::Options* options, Problems* problems) {
  const std::string when = absl::GetFlag(FLAGS_events);
  if (when == "attached") {
    options->links = events::LinksWanted::kAttached;
  } else if (when == "always") {
    options->links = events::LinksWanted::kAlways;
  } else if (when == "never") {
    options->links = events::LinksWanted::kNever;
  } else {
    Wrong(problems, "events", "\"", when, "\" is not attached, always or never");
  }
}

void ReadDialect(Config* config, Problems* problems) {
  const std::string dialect = absl::GetFlag(FLAGS_dialect);
  if (dialect != "php" && dialect != "go") {
    Wrong(problems, "dialect", "\"", dialect, "\" is not php or go");
  }
  config->dialect = dialect == "go" ? &wire::GoDialect() : &wire::PhpDialect();
  const std::string addresses = absl::GetFlag(FLAGS_go_addresses);
  if (addresses != "sdk" && addresses != "worker") {
    Wrong(problems, "go_addresses", "\"", addresses, "\" is not sdk or worker");
  }
  config->cluster.go_addresses =
      addresses == "sdk" ? cluster::GoAddresses::kSdk : cluster::GoAddresses::kWorker;
}

void ReadRegisters(const wire::Dialect& dialect, cluster::Options* options, Problems* problems) {
  for (std::string address : SplitList(absl::GetFlag(FLAGS_register))) {
    std::string host;
    std::uint16_t port = 0;
    if (!absl::StrContains(address, ':')) absl::StrAppend(&address, ":", dialect.default_register_port());
    if (!wire::SplitHostPort(address, &host, &port) || port == 0) {
      Wrong(problems, "register", "\"", address, "\" is not host:port");
    }
    options->registers.push_back(address);
  }
}

void ReadAddressMap(cluster::Options* options, Problems* problems) {
  for (const std::string& pair : SplitList(absl::GetFlag(FLAGS_address_map))) {
    const std::vector<std::string> sides = absl::StrSplit(pair, '=');
    if (sides.size() != 2 || sides[0].empty() || sides[1].empty() ||
        absl::StrContains(sides[0], ':') != absl::StrContains(sides[1], ':')) {
      Wrong(problems, "address_map", "\"", pair,
            "\" is not advertised=dial, with a port on both sides or on none");
      continue;
    }
    options->address_map.emplace(sides[0], sides[1]);
  }
}

// The host of a listen address, whose port may be 0; "" where it is not host:port.
std::string ListenHost(const std::string& address) {
  std::string host;
  std::uint16_t port = 0;
  const std::string any_port = ":0";
  if (absl::EndsWith(address, any_port)) {
    return wire::SplitHostPort(address.substr(0, address.size() - 1) + "1", &host, &port) ? host : "";
  }
  return wire::SplitHostPort(address, &host, &port) ? host : "";
}

void ReadLog(Config* config, Problems* problems) {
  const std::string format = absl::GetFlag(FLAGS_log_format);
  if (format != "text" && format != "json")
    Wrong(problems, "log_format", "\"", format, "\" is not text or json");
  config->log_format = format == "json" ? LogFormat::kJson : LogFormat::kText;
  config->core_dumps = absl::GetFlag(FLAGS_core_dumps);
}

void ReadListen(Config* config, Problems* problems) {
  config->listen = SplitList(absl::GetFlag(FLAGS_listen));
  if (config->listen.empty()) Wrong(problems, "listen", "names no address");
  for (const std::string& address : config->listen) {
    if (api::IsUnixAddress(address) || !ListenHost(address).empty()) continue;
    Wrong(problems, "listen", "\"", address, "\" is not host:port or unix:/path");
  }
  std::erase_if(config->listen, [](const std::string& address) {
    return !api::IsUnixAddress(address) && ListenHost(address).empty();
  });
}

void ReadAdminListen(Config* config, Problems* problems) {
  const std::string text = absl::GetFlag(FLAGS_admin_listen);
  if (text == "none") return;
  config->admin_listen = SplitList(text);
  for (const std::string& address : config->admin_listen) {
    if (ListenHost(address).empty()) Wrong(problems, "admin_listen", "\"", address, "\" is not host:port");
  }
}

// The address at which a probe of this machine reaches a listener on `listen`: loopback for "any address".
std::string ReachableAt(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  const std::string host = listen.substr(0, colon);
  if (host == "0.0.0.0") return absl::StrCat("127.0.0.1", listen.substr(colon));
  if (host == "[::]") return absl::StrCat("[::1]", listen.substr(colon));
  return listen;
}

// What is asked where --probe stands alone: HTTP needs neither TLS nor a token. A port that the kernel
// chooses is known to nobody here.
void ReadProbe(Config* config, Problems* problems) {
  config->probe = absl::GetFlag(FLAGS_probe).text;
  if (!config->probe.empty()) {
    if (absl::StartsWith(config->probe, "http://") || api::IsUnixAddress(config->probe) ||
        !ListenHost(config->probe).empty()) {
      return;
    }
    return Wrong(problems, "probe", "\"", config->probe,
                 "\" is not http://host:port/path, host:port or unix:/path");
  }
  ReadAdminListen(config, problems);
  const std::vector<std::string> listen = SplitList(absl::GetFlag(FLAGS_listen));
  if (!config->admin_listen.empty() && !absl::EndsWith(config->admin_listen.front(), ":0")) {
    config->probe = absl::StrCat("http://", ReachableAt(config->admin_listen.front()), "/readyz");
  } else if (!listen.empty() && !absl::EndsWith(listen.front(), ":0")) {
    config->probe = api::IsUnixAddress(listen.front()) ? listen.front() : ReachableAt(listen.front());
  } else {
    Wrong(problems, "probe", "neither --admin_listen nor --listen names an address; give --probe=address");
  }
}

void ReadDescribeMetrics(Config* config, Problems* problems) {
  const std::string form = absl::GetFlag(FLAGS_describe_metrics).text;
  config->describe_metrics_as_json = form == "json";
  if (form.empty() || form == "json" || form == "markdown") return;
  Wrong(problems, "describe_metrics", "\"", form, "\" is not markdown or json");
}

void ReadNumbers(Config* config) {
  cluster::Options& cluster = config->cluster;
  cluster.command_buffer = absl::GetFlag(FLAGS_command_buffer).value;
  cluster.max_answers = absl::GetFlag(FLAGS_max_answers).value;
  cluster.query_links = absl::GetFlag(FLAGS_query_links);
  cluster.max_waiting_queries = static_cast<std::size_t>(absl::GetFlag(FLAGS_max_waiting_queries));
  cluster.connect_timeout = absl::GetFlag(FLAGS_connect_timeout);
  cluster.query_timeout = absl::GetFlag(FLAGS_query_timeout);
  cluster.barrier_timeout = absl::GetFlag(FLAGS_barrier_timeout);
  cluster.backoff_max = absl::GetFlag(FLAGS_backoff_max);
  cluster.max_event_bytes = absl::GetFlag(FLAGS_max_event_bytes).value;
  events::Options& events = config->events;
  events.event_memory = absl::GetFlag(FLAGS_event_memory).value;
  events.grace = absl::GetFlag(FLAGS_grace);
  events.ack_timeout = absl::GetFlag(FLAGS_ack_timeout);
  events.max_deliveries = static_cast<std::uint32_t>(absl::GetFlag(FLAGS_max_deliveries));
  events.drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  config->cq_threads = absl::GetFlag(FLAGS_cq_threads);
  config->max_request_bytes = absl::GetFlag(FLAGS_max_request_bytes).value;
  config->drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  config->address = absl::GetFlag(FLAGS_address);
  config->wait_timeout = absl::GetFlag(FLAGS_wait_timeout);
  config->probe_timeout = absl::GetFlag(FLAGS_probe_timeout);
  config->embedded = {.enabled = absl::GetFlag(FLAGS_embedded),
                      .gateways = absl::GetFlag(FLAGS_embedded_gateways),
                      .websocket_port = absl::GetFlag(FLAGS_embedded_websocket_port),
                      .text_port = absl::GetFlag(FLAGS_embedded_text_port),
                      .frame_port = absl::GetFlag(FLAGS_embedded_frame_port),
                      .tcp_port = absl::GetFlag(FLAGS_embedded_tcp_port),
                      .page_port = absl::GetFlag(FLAGS_embedded_page_port),
                      .close_clients_without_worker = absl::GetFlag(FLAGS_embedded_like_php)};
}

// What only a daemon that serves needs.
void ReadService(Config* config, Problems* problems, std::vector<std::string>* warnings) {
  config->cluster.secret = ReadSecret(problems);
  ReadRegisters(*config->dialect, &config->cluster, problems);
  ReadAddressMap(&config->cluster, problems);
  ReadListen(config, problems);
  ReadAdminListen(config, problems);
  ReadSecurity(config, problems, warnings);
  if (config->cluster.registers.empty() && !config->embedded.enabled) {
    problems->emplace_back(
        "no cluster named: give --register=host:port, or --embedded for a cluster inside the process");
  }
  if (!config->cluster.registers.empty() && config->embedded.enabled) {
    problems->emplace_back("--register and --embedded exclude each other: one daemon serves one cluster");
  }
}

}  // namespace

absl::StatusOr<Config> ReadConfig(int argc, char** argv, std::vector<std::string>* warnings) {
  Problems problems;
  FlagsFromEnvironment(environ, &problems, warnings);
  FlagsFromArguments({argv + 1, argv + argc}, &problems);

  Config config;
  if (absl::GetFlag(FLAGS_describe_flags)) config.mode = Config::Mode::kDescribeFlags;
  if (absl::GetFlag(FLAGS_help)) config.mode = Config::Mode::kHelp;
  if (absl::GetFlag(FLAGS_version)) config.mode = Config::Mode::kVersion;
  const bool only_prints = config.mode != Config::Mode::kServe;
  if (!only_prints) {
    if (absl::GetFlag(FLAGS_wait)) config.mode = Config::Mode::kWait;
    if (absl::GetFlag(FLAGS_probe).given) config.mode = Config::Mode::kProbe;
    if (absl::GetFlag(FLAGS_describe_metrics).given) config.mode = Config::Mode::kDescribeMetrics;
    if (absl::GetFlag(FLAGS_check_config)) config.mode = Config::Mode::kCheck;
    ReadDialect(&config, &problems);
    CheckRanges(&problems);
    ReadNumbers(&config);
    ReadEvents(&config.events, &problems);
    ReadLog(&config, &problems);
  }
  if (config.mode == Config::Mode::kProbe) ReadProbe(&config, &problems);
  if (config.mode == Config::Mode::kDescribeMetrics) ReadDescribeMetrics(&config, &problems);
  if (!api::IsUnixAddress(config.address) && !only_prints && ListenHost(config.address).empty())
    Wrong(&problems, "address", "\"", config.address, "\" is not host:port or unix:/path");
  if (config.mode == Config::Mode::kServe || config.mode == Config::Mode::kCheck)
    ReadService(&config, &problems, warnings);
  config.wait_by_tls = !absl::GetFlag(FLAGS_tls_certificate).empty();
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
  return config;
}

std::string HelpText() {
  return absl::StrCat(
      "gatewayd re-exports the API of a GatewayWorker cluster as gRPC on localhost.\n\n"
      "  gatewayd --register=host:port     serve the cluster of that Register\n"
      "  gatewayd --embedded               serve a cluster inside the process: a first run\n"
      "  gatewayd --wait                   return once the daemon at --address is ready\n"
      "  gatewayd --probe                  say whether it is ready now\n\n"
      "Each flag can stand in the environment as GATEWAYD_NAME, or in a file named by --flagfile.\n"
      "The command line wins over a flagfile, a flagfile over the environment.\n\n",
      DescribeFlags());
}

namespace {

std::string Code(const std::string& text) {
  return text.empty() ? "" : absl::StrCat("`", text, "`");
}

}  // namespace

std::string FlagsMarkdown() {
  std::string text = "| flag | environment | default | takes | meaning |\n|---|---|---|---|---|\n";
  for (const absl::CommandLineFlag* flag : OurFlags()) {
    absl::StrAppend(&text, "| `--", flag->Name(), "` | ", Code(EnvironmentName(flag->Name())), " | ",
                    Code(flag->DefaultValue()), " | ", TakesText(*flag), " | ", flag->Help(), " |\n");
  }
  return text;
}

std::vector<std::pair<std::string, std::uint64_t>> LimitsInForce(const Config& config) {
  const auto ms = [](absl::Duration d) { return static_cast<std::uint64_t>(absl::ToInt64Milliseconds(d)); };
  const cluster::Options& cluster = config.cluster;
  return {{"max_request_bytes", config.max_request_bytes},
          {"max_connections", config.max_connections},
          {"max_streams_per_connection", static_cast<std::uint64_t>(config.max_streams_per_connection)},
          {"max_frame_bytes", wire::kMaxFrameToGateway},
          {"command_buffer", cluster.command_buffer},
          {"max_in_flight_answers", cluster.max_in_flight_answers},
          {"max_answers", cluster.max_answers},
          {"query_links", static_cast<std::uint64_t>(cluster.query_links)},
          {"max_waiting_queries", cluster.max_waiting_queries},
          {"connect_timeout_ms", ms(cluster.connect_timeout)},
          {"query_timeout_ms", ms(cluster.query_timeout)},
          {"barrier_timeout_ms", ms(cluster.barrier_timeout)},
          {"close_wait_ms", ms(cluster.close_wait)},
          {"backoff_max_ms", ms(cluster.backoff_max)},
          {"event_memory", config.events.event_memory},
          {"max_event_bytes", cluster.max_event_bytes},
          {"window_events_default", events::kDefaultWindowEvents},
          {"window_events_max", events::kMaxWindowEvents},
          {"window_bytes_default", events::kDefaultWindowBytes},
          {"window_bytes_max", events::kMaxWindowBytes},
          {"batch_bytes", config.events.batch_bytes},
          {"max_deliveries", config.events.max_deliveries},
          {"grace_ms", ms(config.events.grace)},
          {"ack_timeout_ms", ms(config.events.ack_timeout)},
          {"drain_timeout_ms", ms(config.drain_timeout)}};
}

}  // namespace gatewayd
