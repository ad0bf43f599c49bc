// What gatewayd was told: flags (Abseil), GATEWAYD_… environment variables of the same names, and --flagfile.
// The command line wins over a flagfile, a flagfile over the environment, the environment over the defaults.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/listen.h"
#include "cluster/options.h"
#include "events/options.h"
#include "log.h"
#include "wire/dialect.h"

namespace gatewayd::security {
class CertificateStore;
class TokenStore;
}  // namespace gatewayd::security

namespace gatewayd {

// The --embedded… flags; those beside `enabled` mean nothing without it.
struct EmbeddedOptions {
  bool enabled = false;
  int gateways = 1;
  // Ports of clients and page: 0, the kernel chooses; -1, none.
  int websocket_port = 0;
  int text_port = 0;
  int frame_port = 0;
  int tcp_port = 0;  // go only
  int page_port = 0;
  bool close_clients_without_worker = false;
};

// Checked by ReadConfig, and then only read.
struct Config {
  enum class Mode { kServe, kWait, kProbe, kCheck, kDescribeFlags, kDescribeMetrics, kHelp, kVersion };
  Mode mode = Mode::kServe;

  const wire::Dialect* dialect = nullptr;
  cluster::Options cluster;
  events::Options events;
  EmbeddedOptions embedded;
  std::vector<std::string> listen;        // "host:port" or "unix:/path"
  std::vector<std::string> admin_listen;  // "host:port"; empty: no admin listener
  bool admin_console = false;             // the status page may send messages and look clients up
  int cq_threads = 1;
  std::size_t max_request_bytes = 0;
  std::size_t max_connections = 1000;
  int max_streams_per_connection = 1000;
  api::UnixSocketOptions unix_socket;
  std::shared_ptr<security::CertificateStore> certificates;  // null: no TLS
  std::shared_ptr<security::TokenStore> tokens;              // null: none are asked for
  absl::Duration drain_timeout;
  LogFormat log_format = LogFormat::kText;
  bool core_dumps = false;

  // --probe: "http://host:port/path", or an address where gRPC is served
  std::string probe;
  absl::Duration probe_timeout;
  bool describe_metrics_as_json = false;

  // --wait
  std::string address;
  absl::Duration wait_timeout;
  bool wait_by_tls = false;
};

// Reads arguments, environment, and the files that they name. INVALID_ARGUMENT with one clear line for each
// thing that is wrong (an unknown flag, a bad value, a file that cannot be read): main prints them and exits
// with 2. `warnings` gets a line for each unknown GATEWAYD_… name, and for what is allowed and not wise. Not
// thread-safe: it sets the process's flags.
absl::StatusOr<Config> ReadConfig(int argc, char** argv, std::vector<std::string>* warnings);

// The flags with their defaults and meanings, for --help.
std::string HelpText();
// The same as the table of docs/configuration.md, for --describe_flags.
std::string FlagsMarkdown();

// The limits in force, by flag name, for AdminService.GetInfo: bytes, milliseconds or counts.
std::vector<std::pair<std::string, std::uint64_t>> LimitsInForce(const Config& config);

}  // namespace gatewayd
