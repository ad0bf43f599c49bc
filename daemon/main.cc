// gatewayd: exit codes are 0 after a drain, 1 where it could not serve (a port is taken), 2 for a bad
// configuration.
#include <glog/logging.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "admin/catalog.h"
#include "app.h"
#include "config.h"
#include "config_security.h"
#include "log.h"
#include "probe.h"
#include "wait.h"

namespace {

constexpr int kExitCannotServe = 1;
constexpr int kExitBadConfig = 2;

// A line for each line of it.
int Fail(const absl::Status& status, int code) {
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n'))
    std::fprintf(stderr, "gatewayd: %s\n", std::string(line).c_str());
  return code;
}

// Signals are taken by the main thread alone; every thread that is started later inherits the mask.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int Probe(const gatewayd::Config& config) {
  const absl::StatusOr<std::string> ready = gatewayd::ProbeReadiness(config.probe, config.probe_timeout);
  if (!ready.ok()) return Fail(ready.status(), kExitCannotServe);
  std::printf("gatewayd: %s\n", ready->c_str());
  return 0;
}

// The process holds the cluster's secret, keys and messages: no core dump, and nobody but root looks in.
// Sanitizers look into their own process so.
void ForbidLookingIn() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

int Serve(gatewayd::Config config) {
  if (!config.core_dumps) ForbidLookingIn();
  const sigset_t signals = BlockSignals();
  auto app = gatewayd::App::Start(std::move(config), {.request_drain = [] { ::kill(::getpid(), SIGTERM); }});
  if (!app.ok()) return Fail(app.status(), kExitCannotServe);
  for (const std::string& address : (*app)->addresses()) {
    std::printf("gatewayd is listening on %s\n", address.c_str());
  }
  for (const std::string& address : (*app)->admin_addresses()) {
    std::printf("%s: http://%s/\n", (*app)->AdminText(address).c_str(), address.c_str());
  }
  std::printf("%s", (*app)->FirstRunText().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  LOG(INFO) << "draining after " << strsignal(signal);
  (*app)->Shutdown();
  LOG(INFO) << "stopped";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil is built without NDEBUG, so each lock of gRPC would be looked up in a graph of all locks.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  std::vector<std::string> warnings;
  absl::StatusOr<gatewayd::Config> config = gatewayd::ReadConfig(argc, argv, &warnings);
  if (!config.ok()) {
    // A variable whose name is mistyped is often why something is missing.
    for (const std::string& warning : warnings)
      std::fprintf(stderr, "gatewayd: warning: %s\n", warning.c_str());
    return Fail(config.status(), kExitBadConfig);
  }
  gatewayd::StartLog(config->log_format);
  gatewayd::HideSecret();
  for (const std::string& warning : warnings)
    LOG(WARNING) << warning;
  switch (config->mode) {
    case gatewayd::Config::Mode::kHelp:
      std::printf("%s", gatewayd::HelpText().c_str());
      return 0;
    case gatewayd::Config::Mode::kVersion:
      std::printf("gatewayd %s\n", std::string(gatewayd::Version()).c_str());
      return 0;
    case gatewayd::Config::Mode::kDescribeFlags:
      std::printf("%s", gatewayd::FlagsMarkdown().c_str());
      return 0;
    case gatewayd::Config::Mode::kCheck:
      std::printf("gatewayd: the configuration is good\n");
      return 0;
    case gatewayd::Config::Mode::kWait: {
      const absl::Status status = gatewayd::WaitUntilServing(*config);
      return status.ok() ? 0 : Fail(status, kExitCannotServe);
    }
    case gatewayd::Config::Mode::kProbe:
      return Probe(*config);
    case gatewayd::Config::Mode::kDescribeMetrics:
      std::printf("%s", (config->describe_metrics_as_json ? gatewayd::admin::MetricsJson()
                                                          : gatewayd::admin::MetricsMarkdown())
                            .c_str());
      return 0;
    case gatewayd::Config::Mode::kServe:
      return Serve(*std::move(config));
  }
  return 0;
}
