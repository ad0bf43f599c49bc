// The end of a world with events: all links are there again, all that was read is delivered, what clients say
// now arrives; then the last worker leaves, or the daemon is drained, under load, and nothing is lost.
#include "simulation/world.h"

namespace gatewayd::simulation {

using cluster::StrCat;

void World::CheckEventsHealed() {
  if (!event_model_ || sim_.broken()) return;
  const bool wanted = event_model_->links_wanted();
  for (const auto& gateway : gateways_) {
    const auto member = daemon_->Find(gateway->index());
    const std::string why = member->machine().why_no_events();
    if (wanted && !why.empty()) sim_.Broken(6, StrCat("gateway ", gateway->index(), ": ", why));
    // While the memory is full and nobody takes what is in it, a link cannot be read to its end.
    const bool full = hub_->machine().memory_full();
    if (!wanted && !full && !member->machine().event_links_off()) {
      sim_.Broken(6, StrCat("gateway ", gateway->index(), " has an event link that nobody wants"));
    }
  }
  if (hub_->machine().draining()) {
    const bool full = hub_->machine().memory_full();
    if (!full && !hub_->machine().drained()) sim_.Broken(7, "the daemon was drained, and is not done");
  } else {
    if (event_model_->attached() != workers_.size()) sim_.Broken(4, "a worker does not come back");
    event_model_->CheckAllDone(hub_->machine());
  }
  if (!hub_->machine().memory_full()) event_model_->CheckNothingLeftBehind();
  if (!profile_.faults.empty() || profile_.network.cut > 0) return;
  if (hub_->machine().counters().memory_full > 0) return;  // the Gateway may have dropped an answer
  const cluster::Counters counters = daemon_->counters();
  if (counters.event_links_lost + counters.event_leaves_forced > 0) {
    sim_.Broken(7, StrCat(counters.event_links_lost, " event links were lost and ",
                          counters.event_leaves_forced, " left by force; there was no fault"));
  }
}

// Each client says one thing more.
void World::CheckEventsWork() {
  if (!event_model_ || sim_.broken() || hub_->machine().draining()) return;
  const std::uint64_t before = event_model_->accepted();
  for (const auto& gateway : gateways_)
    gateway->SayOnce();
  RunUntil(sim_.now() + absl::Seconds(3));
  if (sim_.broken()) return;
  if (event_model_->accepted() < before + gateways_.size()) sim_.Broken(6, "events do not come any more");
  event_model_->CheckAllDone(hub_->machine());
}

void World::CheckEventsEnd() {
  if (!event_model_ || sim_.broken()) return;
  if (hub_->machine().draining() && hub_->machine().memory_full()) return;  // nobody will ever take it
  const cluster::Counters before = daemon_->counters();
  const std::uint64_t full_before = hub_->machine().counters().memory_full;
  const auto dropped = [this] {
    std::uint64_t sum = 0;
    for (const auto& gateway : gateways_)
      sum += gateway->dropped();
    return sum;
  };
  const std::uint64_t dropped_before = dropped();
  const bool drain = sim_.random.Chance(500);
  for (int i = 0; i < 20; ++i) {
    sim_.After(sim_.random.Between(absl::ZeroDuration(), absl::Milliseconds(20)),
               [this] { sim_.random.Pick(gateways_)->Burst(10); });
  }
  RunUntil(sim_.now() + sim_.random.Around(absl::Milliseconds(5)));
  if (drain) {
    hub_->Drain();
  } else {
    for (const auto& worker : workers_)
      worker->Go();
  }
  RunUntil(sim_.now() + absl::Seconds(15));
  if (sim_.broken()) return;
  if (drain && !hub_->machine().drained()) sim_.Broken(7, "the daemon does not get done with its drain");
  if (event_model_->attached() > 0) sim_.Broken(6, "a worker that left is still attached");
  if (event_model_->links_wanted()) return;  // --events=always
  if (!hub_->machine().draining()) event_model_->CheckAllDone(hub_->machine());
  event_model_->CheckNothingLeftBehind();
  const cluster::Counters counters = daemon_->counters();
  // Where the memory was full, reading may have taken longer than a leave may; where a Gateway's buffer was,
  // the answer that a leave waits for may have been dropped.
  if (counters.event_leaves_forced > before.event_leaves_forced && dropped() == dropped_before &&
      hub_->machine().counters().memory_full == full_before) {
    sim_.Broken(7, "an event link was left by force in a cluster that is well");
  }
  for (const auto& [address, gateway] : daemon_->gateways()) {
    if (!gateway->machine().event_links_off())
      sim_.Broken(6, StrCat("an event link to ", address, " is left"));
  }
}

}  // namespace gatewayd::simulation
