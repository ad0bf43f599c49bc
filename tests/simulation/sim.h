// What all parts of one simulated world share: the made-up clock with what is to happen, the dice, the trace,
// and the first promise that broke.
#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "cluster/text.h"
#include "simulation/random.h"

namespace gatewayd::simulation {

// One thread, no real time. Tasks at one moment run in the order in which they were added.
class Sim {
 public:
  using Task = absl::AnyInvocable<void()>;

  Sim(std::uint64_t seed, bool trace) : random(seed), trace_(trace) {}

  absl::Time now() const { return now_; }
  absl::Duration elapsed() const { return now_ - kStart; }
  std::uint64_t steps() const { return steps_; }

  void At(absl::Time when, Task task);
  void After(absl::Duration delay, Task task) { At(now_ + delay, std::move(task)); }
  // Runs the next task; false where there is none before `end`, or a promise is broken.
  bool Step(absl::Time end);

  // A line of the trace, where one was asked for.
  template <typename... Parts>
  void Trace(const Parts&... parts) {
    if (trace_) Print(cluster::StrCat(parts...));
  }
  bool tracing() const { return trace_; }

  // Promise number `promise` of design.md does not hold. The first one counts and ends the run.
  void Broken(int promise, const std::string& text);
  bool broken() const { return !broken_.empty(); }
  const std::string& what_broke() const { return broken_; }

  Random random;

 private:
  struct Entry {
    absl::Time when;
    std::uint64_t number;
    Task task;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.when != b.when ? a.when > b.when : a.number > b.number;
    }
  };
  static constexpr absl::Time kStart = absl::UnixEpoch();

  void Print(const std::string& line) const;

  absl::Time now_ = kStart;
  std::vector<Entry> heap_;
  std::uint64_t next_number_ = 0;
  std::uint64_t steps_ = 0;
  const bool trace_;
  std::string broken_;
};

}  // namespace gatewayd::simulation
