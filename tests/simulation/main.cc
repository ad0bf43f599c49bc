// The simulation's command line; README.md says how to use it.
//
//   simulation                          the kept seeds, then as many as SIMULATION_SEEDS says (10,000)
//   simulation --seeds=N --first=S      N seeds from S on
//   simulation --seconds=T              for so long
//   simulation --seed=S [--trace]       one seed
//   --dialect=php|go                    of the cluster (php); go takes 3,000 seeds where none are named
//   --jobs=J                            processes (default: two); --kept=FILE
#include <glog/logging.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "simulation/world.h"

namespace gatewayd::simulation {
namespace {

struct Flags {
  std::uint64_t seeds = 0;
  std::uint64_t first = 1;
  double seconds = 0;
  std::uint64_t seed = 0;
  bool one = false;
  bool trace = false;
  int jobs = 2;
  bool go = false;
  const Dialect& dialect() const { return go ? Dialect::Go() : Dialect::Php(); }
  std::string kept;
  std::string program;
};

// What the processes tell each other; in shared memory.
struct Shared {
  std::uint64_t seeds, steps, calls, answers, events;
  std::uint64_t held_up, stalled, destroyed, refused;
  std::uint64_t seed;    // that is running now
  std::uint64_t failed;  // the first seed that broke a promise
  char text[2000];
};

bool Parse(int argc, char** argv, Flags* flags) {
  flags->program = argv[0];
  if (const char* seeds = std::getenv("SIMULATION_SEEDS")) flags->seeds = std::strtoull(seeds, nullptr, 10);
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (name == "--seeds") {
      flags->seeds = std::stoull(value);
    } else if (name == "--first") {
      flags->first = std::stoull(value);
    } else if (name == "--seconds") {
      flags->seconds = std::stod(value);
    } else if (name == "--seed") {
      flags->seed = std::stoull(value);
      flags->one = true;
    } else if (name == "--trace") {
      flags->trace = true;
    } else if (name == "--dialect" && (value == "php" || value == "go")) {
      flags->go = value == "go";
    } else if (name == "--jobs") {
      flags->jobs = std::max(1, std::stoi(value));
    } else if (name == "--kept") {
      flags->kept = value;
    } else {
      std::fprintf(stderr, "simulation: unknown argument %s; main.cc lists them\n", argv[i]);
      return false;
    }
  }
  if (flags->seeds == 0) flags->seeds = flags->go ? 3'000 : 10'000;
  return true;
}

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<std::uint64_t> KeptSeeds(const std::string& file) {
  std::vector<std::uint64_t> seeds;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] != '#') seeds.push_back(std::stoull(line));
  }
  return seeds;
}

int RunOne(const Flags& flags) {
  const Result result = RunSeed(flags.dialect(), flags.seed, flags.trace);
  std::printf("seed %llu (%s): %llu steps, %llu calls, %llu answers, %llu events: %s\n",
              static_cast<unsigned long long>(flags.seed), result.profile.c_str(),
              static_cast<unsigned long long>(result.steps), static_cast<unsigned long long>(result.calls),
              static_cast<unsigned long long>(result.answers), static_cast<unsigned long long>(result.events),
              result.broken.empty() ? "every promise held" : result.broken.c_str());
  return result.broken.empty() ? 0 : 1;
}

// Process number `job`: its share of the seeds, until one breaks a promise or time is up.
void RunShare(const Flags& flags, int job, double end, Shared& shared) {
  std::vector<std::uint64_t> kept = KeptSeeds(flags.kept);
  const auto jobs = static_cast<std::uint64_t>(flags.jobs);
  for (std::uint64_t i = static_cast<std::uint64_t>(job);; i += jobs) {
    if (i >= kept.size() + flags.seeds || (end > 0 && Now() > end)) return;
    shared.seed = i < kept.size() ? kept[i] : flags.first + i - kept.size();
    const Result result = RunSeed(flags.dialect(), shared.seed, false);
    ++shared.seeds;
    shared.steps += result.steps;
    shared.calls += result.calls;
    shared.answers += result.answers;
    shared.events += result.events;
    shared.held_up += result.held_up;
    shared.stalled += result.stalled;
    shared.destroyed += result.destroyed;
    shared.refused += result.refused;
    if (result.broken.empty()) continue;
    shared.failed = shared.seed;
    std::snprintf(shared.text, sizeof(shared.text), "%s", result.broken.c_str());
    return;
  }
}

void Report(const Flags& flags, std::uint64_t seed, const std::string& text) {
  std::printf("FAILED: seed %llu: %s\nreplay: %s%s --seed=%llu --trace\n",
              static_cast<unsigned long long>(seed), text.c_str(), flags.program.c_str(),
              flags.go ? " --dialect=go" : "", static_cast<unsigned long long>(seed));
}

int RunMany(Flags flags) {
  if (flags.seconds > 0) flags.seeds = UINT64_MAX / 2;
  const double start = Now();
  const double end = flags.seconds > 0 ? start + flags.seconds : 0;
  const std::size_t size = sizeof(Shared) * static_cast<std::size_t>(flags.jobs);
  auto* shared =
      static_cast<Shared*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::vector<pid_t> children;
  for (int job = 0; job < flags.jobs; ++job) {
    const pid_t child = ::fork();
    if (child == 0) {
      RunShare(flags, job, end, shared[job]);
      std::exit(0);  // not _exit: sanitizers look for leaks at the end
    }
    children.push_back(child);
  }
  Shared sum{};
  int failed = 0;
  for (int job = 0; job < flags.jobs; ++job) {
    int status = 0;
    ::waitpid(children[static_cast<std::size_t>(job)], &status, 0);
    const Shared& one = shared[job];
    sum.seeds += one.seeds;
    sum.steps += one.steps;
    sum.calls += one.calls;
    sum.answers += one.answers;
    sum.events += one.events;
    sum.held_up += one.held_up;
    sum.stalled += one.stalled;
    sum.destroyed += one.destroyed;
    sum.refused += one.refused;
    if (one.failed != 0) Report(flags, one.failed, one.text);
    if (one.failed == 0 && status != 0) Report(flags, one.seed, "the process died");
    failed += one.failed != 0 || status != 0 ? 1 : 0;
  }
  const double seconds = Now() - start;
  std::printf(
      "simulation: %llu seeds, %llu steps, %llu calls, %llu right answers, %llu events in %.1f s (%.0f "
      "seeds/s): %s\n",
      static_cast<unsigned long long>(sum.seeds), static_cast<unsigned long long>(sum.steps),
      static_cast<unsigned long long>(sum.calls), static_cast<unsigned long long>(sum.answers),
      static_cast<unsigned long long>(sum.events), seconds, static_cast<double>(sum.seeds) / seconds,
      failed == 0 ? "every promise held" : "FAILED");
  if (flags.go) {
    std::printf(
        "go: %llu writes held up by clients, %llu links stalled, %llu clients destroyed, %llu Gateways "
        "refused\n",
        static_cast<unsigned long long>(sum.held_up), static_cast<unsigned long long>(sum.stalled),
        static_cast<unsigned long long>(sum.destroyed), static_cast<unsigned long long>(sum.refused));
    // Worlds in which nothing of it happens would prove nothing.
    const bool enough = sum.held_up > 0 && sum.stalled > 0 && sum.destroyed > 0 && sum.refused > 0;
    if (failed == 0 && sum.seeds >= 300 && !enough) {
      std::printf("FAILED: nothing stalled, or nothing came of it\n");
      return 1;
    }
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace gatewayd::simulation

int main(int argc, char** argv) {
  google::InitGoogleLogging(argv[0]);
  FLAGS_logtostderr = true;
  FLAGS_minloglevel = google::GLOG_FATAL;
  gatewayd::simulation::Flags flags;
  if (!gatewayd::simulation::Parse(argc, argv, &flags)) return 2;
  return flags.one ? gatewayd::simulation::RunOne(flags) : gatewayd::simulation::RunMany(flags);
}
