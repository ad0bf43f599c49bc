#include "simulation/sim.h"

#include <algorithm>
#include <cstdio>

namespace gatewayd::simulation {

void Sim::At(absl::Time when, Task task) {
  heap_.push_back({std::max(when, now_), next_number_++, std::move(task)});
  std::push_heap(heap_.begin(), heap_.end(), Later());
}

bool Sim::Step(absl::Time end) {
  if (broken() || heap_.empty() || heap_.front().when >= end) {
    if (!broken() && end != absl::InfiniteFuture()) now_ = std::max(now_, end);
    return false;
  }
  std::pop_heap(heap_.begin(), heap_.end(), Later());
  Entry entry = std::move(heap_.back());
  heap_.pop_back();
  now_ = entry.when;
  ++steps_;
  entry.task();
  return true;
}

void Sim::Broken(int promise, const std::string& text) {
  if (!broken_.empty()) return;
  broken_ = cluster::StrCat("promise ", promise, ": ", text);
  Trace("BROKEN ", broken_);
}

void Sim::Print(const std::string& line) const {
  std::printf("%12.6f  %s\n", absl::ToDoubleSeconds(elapsed()), line.c_str());
}

}  // namespace gatewayd::simulation
