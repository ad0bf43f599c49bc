#include "config_security.h"

#include <grp.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "api/listen.h"
#include "flags.h"
#include "security/certificates.h"
#include "security/text_file.h"
#include "security/tokens.h"

ABSL_FLAG(
    std::string, secret_file, "",
    "file with the cluster's secret key (one line); or set GATEWAYD_SECRET. Never given on the command line");
ABSL_FLAG(
    std::string, tls_certificate, "",
    "PEM file with the certificate of the gRPC listeners, its intermediates behind it; a renewed file is "
    "taken without a restart. Unix sockets stay without TLS");
ABSL_FLAG(std::string, tls_key, "", "PEM file with the private key of --tls_certificate");
ABSL_FLAG(std::string, tls_client_authorities, "",
          "PEM file with authorities: clients must show a certificate that one of them signed (mutual TLS)");
ABSL_FLAG(
    std::string, tokens_file, "",
    "file with bearer tokens, one a line: a name, the token or sha256: and its digest, what it may (read, "
    "send, events, admin, with commas between; default all) and perhaps rate=N/s. A changed file is taken "
    "without a restart");
ABSL_FLAG(bool, admin_console, false,
          "let the status page send messages and look up clients, uids and groups; with --tokens_file by the "
          "rights of the token that it is given");
ABSL_FLAG(std::string, unix_socket_mode, "",
          "who may open the unix sockets of --listen, as chmod has it: 0660; default: by the umask");
ABSL_FLAG(std::string, unix_socket_group, "", "group of the unix sockets of --listen: a name or a number");
ABSL_FLAG(int, max_connections, 1000, "gRPC connections at a time; one more is closed at once");
ABSL_FLAG(int, max_streams_per_connection, 1000, "calls at a time on one gRPC connection; more wait");

namespace gatewayd {
namespace {

constexpr char kSecretVariable[] = "GATEWAYD_SECRET";

void AddLines(const absl::Status& status, std::vector<std::string>* problems) {
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n'))
    problems->emplace_back(line);
}

void ReadTls(Config* config, std::vector<std::string>* problems) {
  const security::CertificateFiles files = {
      .certificate = absl::GetFlag(FLAGS_tls_certificate),
      .key = absl::GetFlag(FLAGS_tls_key),
      .client_authorities = absl::GetFlag(FLAGS_tls_client_authorities)};
  if (files == security::CertificateFiles()) return;
  if (files.certificate.empty()) {
    problems->push_back(absl::StrCat("--", files.key.empty() ? "tls_client_authorities" : "tls_key",
                                     ": needs --tls_certificate too"));
    return;
  }
  if (files.key.empty()) {
    problems->emplace_back("--tls_certificate: needs --tls_key too");
    return;
  }
  absl::StatusOr<security::Certificates> loaded = security::LoadCertificates(files);
  if (!loaded.ok()) return AddLines(loaded.status(), problems);
  config->certificates = std::make_shared<security::CertificateStore>(files, *std::move(loaded));
}

void ReadTokens(Config* config, std::vector<std::string>* problems) {
  const std::string path = absl::GetFlag(FLAGS_tokens_file);
  if (path.empty()) return;
  absl::StatusOr<std::shared_ptr<security::TokenStore>> tokens = security::TokenStore::Open(path);
  if (!tokens.ok()) return AddLines(tokens.status(), problems);
  config->tokens = *std::move(tokens);
}

void ReadUnixSocket(Config* config, std::vector<std::string>* problems) {
  const std::string mode = absl::GetFlag(FLAGS_unix_socket_mode);
  if (!mode.empty()) {
    constexpr unsigned long kMaxMode = 0777;
    char* end = nullptr;
    const unsigned long value = std::strtoul(mode.c_str(), &end, 8);
    if (*end != '\0' || value == 0 || value > kMaxMode ||
        !absl::ascii_isdigit(static_cast<unsigned char>(mode[0]))) {
      problems->push_back(absl::StrCat("--unix_socket_mode: \"", mode, "\" is no mode such as 0660",
                                       WhereSet("unix_socket_mode")));
    } else {
      config->unix_socket.mode = static_cast<mode_t>(value);
    }
  }
  const std::string group = absl::GetFlag(FLAGS_unix_socket_group);
  if (group.empty()) return;
  std::uint32_t id = 0;
  if (absl::SimpleAtoi(group, &id)) {
    config->unix_socket.group = id;
  } else if (const struct group* found = getgrnam(group.c_str()); found != nullptr) {
    config->unix_socket.group = found->gr_gid;
  } else {
    problems->push_back(absl::StrCat("--unix_socket_group: there is no group \"", group, "\"",
                                     WhereSet("unix_socket_group")));
  }
}

// What only this host reaches needs neither TLS nor token; what others reach needs one of them.
void CheckListen(const Config& config, std::vector<std::string>* problems,
                 std::vector<std::string>* warnings) {
  const bool tls = !absl::GetFlag(FLAGS_tls_certificate).empty();
  const bool mutual = tls && !absl::GetFlag(FLAGS_tls_client_authorities).empty();
  const bool tokens = !absl::GetFlag(FLAGS_tokens_file).empty();
  for (const std::string& address : config.listen) {
    if (api::IsLocalAddress(address)) continue;
    if (!tls && !tokens) {
      problems->push_back(absl::StrCat(
          "--listen: ", address,
          " is not on loopback, and gRPC is served without TLS or token: use 127.0.0.1 or unix:/path, and "
          "let "
          "workers run beside the daemon; or give --tls_certificate and --tls_key, or --tokens_file",
          WhereSet("listen")));
    } else if (!tls) {
      warnings->push_back(absl::StrCat("--listen: ", address,
                                       ": tokens and messages travel in clear without --tls_certificate"));
    } else if (!mutual && !tokens) {
      warnings->push_back(absl::StrCat("--listen: ", address,
                                       ": whoever reaches it may call everything, without --tokens_file or "
                                       "--tls_client_authorities"));
    }
  }
}

// The console is another way to call: what keeps callers away from gRPC must not be passed by it.
void ReadConsole(Config* config, std::vector<std::string>* problems, std::vector<std::string>* warnings) {
  config->admin_console = absl::GetFlag(FLAGS_admin_console);
  if (!config->admin_console) return;
  if (config->admin_listen.empty()) {
    problems->push_back(absl::StrCat("--admin_console: needs --admin_listen", WhereSet("admin_console")));
  }
  if (!absl::GetFlag(FLAGS_tokens_file).empty()) return;
  if (!absl::GetFlag(FLAGS_tls_client_authorities).empty()) {
    problems->push_back(absl::StrCat(
        "--admin_console: callers need a certificate (--tls_client_authorities), which the page cannot show: "
        "give --tokens_file too",
        WhereSet("admin_console")));
  } else if (std::all_of(config->listen.begin(), config->listen.end(), api::IsUnixAddress)) {
    warnings->emplace_back(
        "--admin_console: every user of this host may call by the status page, past the unix socket's mode, "
        "without --tokens_file");
  }
}

}  // namespace

void ReadSecurity(Config* config, std::vector<std::string>* problems, std::vector<std::string>* warnings) {
  ReadTls(config, problems);
  ReadTokens(config, problems);
  ReadUnixSocket(config, problems);
  CheckListen(*config, problems, warnings);
  ReadConsole(config, problems, warnings);
  config->max_connections = static_cast<std::size_t>(std::max(1, absl::GetFlag(FLAGS_max_connections)));
  config->max_streams_per_connection = absl::GetFlag(FLAGS_max_streams_per_connection);
}

std::string ReadSecret(std::vector<std::string>* problems) {
  const std::string path = absl::GetFlag(FLAGS_secret_file);
  if (path.empty()) {
    const char* secret = std::getenv(kSecretVariable);
    return secret == nullptr ? "" : secret;
  }
  const auto wrong = [&](absl::string_view what) {
    problems->push_back(absl::StrCat("--secret_file=", path, ": ", what));
    return std::string();
  };
  absl::StatusOr<std::string> secret = security::ReadSmallFile(path);
  if (!secret.ok()) return wrong(secret.status().message());
  while (!secret->empty() && (secret->back() == '\n' || secret->back() == '\r'))
    secret->pop_back();
  if (secret->empty()) return wrong("is empty");
  if (absl::StrContains(*secret, '\n')) return wrong("has more than one line");
  return *std::move(secret);
}

void HideSecret() {
  char* secret = std::getenv(kSecretVariable);
  if (secret == nullptr) return;
  // What the process was started with stands at the top of its stack, where /proc/PID/environ shows it.
  std::memset(secret, 0, std::strlen(secret));
  unsetenv(kSecretVariable);
}

}  // namespace gatewayd
