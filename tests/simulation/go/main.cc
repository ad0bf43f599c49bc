// The simulation of the go dialect: worlds of go_world.h.
//
//   simulation_go                     GO_SIMULATION_SEEDS seeds (2,000), for 60 s at most
//   simulation_go --seed=S [--trace]  one seed
//   simulation_go --seeds=N --first=S --seconds=T
#include <glog/logging.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "simulation/go/go_world.h"

namespace gatewayd::simulation {
namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int Main(int argc, char** argv) {
  std::uint64_t seeds = 2000, first = 1, one = 0;
  double seconds = 60;
  bool trace = false;
  if (const char* text = std::getenv("GO_SIMULATION_SEEDS")) seeds = std::strtoull(text, nullptr, 10);
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (name == "--seeds") {
      seeds = std::stoull(value);
    } else if (name == "--first") {
      first = std::stoull(value);
    } else if (name == "--seconds") {
      seconds = std::stod(value);
    } else if (name == "--seed") {
      one = std::stoull(value);
    } else if (name == "--trace") {
      trace = true;
    } else {
      std::fprintf(stderr, "simulation_go: unknown argument %s; main.cc lists them\n", argv[i]);
      return 2;
    }
  }
  if (one != 0) {
    first = one;
    seeds = 1;
  }
  const double start = Now();
  GoResult sum;
  std::uint64_t done = 0;
  for (; done < seeds && Now() - start < seconds; ++done) {
    const GoResult result = GoWorld(first + done, trace).Run();
    sum.steps += result.steps;
    sum.calls += result.calls;
    sum.writes += result.writes;
    sum.blocked += result.blocked;
    for (const auto& [name, count] : result.counters)
      sum.counters[name] += count;
    if (result.broken.empty()) continue;
    std::printf("FAILED: seed %llu: %s\nreplay: %s --seed=%llu --trace\n",
                static_cast<unsigned long long>(first + done), result.broken.c_str(), argv[0],
                static_cast<unsigned long long>(first + done));
    return 1;
  }
  std::printf(
      "simulation_go: %llu seeds, %llu steps, %llu calls, %llu writes to clients (%llu held up) in %.1f s\n",
      static_cast<unsigned long long>(done), static_cast<unsigned long long>(sum.steps),
      static_cast<unsigned long long>(sum.calls), static_cast<unsigned long long>(sum.writes),
      static_cast<unsigned long long>(sum.blocked), Now() - start);
  for (const char* name : {"links_stalled", "stalled_links_lost", "clients_destroyed", "gateways_refused",
                           "links_lost", "commands_refused"}) {
    std::printf("  %s %llu\n", name, static_cast<unsigned long long>(sum.counters[name]));
  }
  // Worlds in which nothing of it happens would prove nothing.
  const bool enough = one != 0 || seeds < 100 ||
                      (sum.counters["links_stalled"] > 0 && sum.counters["clients_destroyed"] > 0 &&
                       sum.counters["gateways_refused"] > 0 && sum.blocked > 0);
  if (!enough) std::printf("FAILED: nothing stalled, or nothing came of it\n");
  return enough ? 0 : 1;
}

}  // namespace
}  // namespace gatewayd::simulation

int main(int argc, char** argv) {
  google::InitGoogleLogging(argv[0]);
  FLAGS_logtostderr = true;
  FLAGS_minloglevel = google::GLOG_FATAL;
  return gatewayd::simulation::Main(argc, argv);
}
