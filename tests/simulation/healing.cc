// Promise 8, the second half: after the faults everything heals by itself, nothing is stuck, nothing is left
// over, and an idle daemon does next to nothing.
#include "simulation/world.h"

namespace gatewayd::simulation {
namespace {

// A path that died in silence is found after 30 s; then close_wait, backoff and connecting may follow.
constexpr absl::Duration kHealWithin = absl::Seconds(60);
// Go: where a stalled link goes with the network, it may be for 60 s that no link answers.
constexpr absl::Duration kHealGoWithin = absl::Seconds(150);
constexpr absl::Duration kIdle = absl::Minutes(2);

}  // namespace

void World::Heal() {
  RunUntil(sim_.now() + (dialect_.go() ? kHealGoWithin : kHealWithin));
  CheckHealed();
  CheckEventsHealed();
  CheckIdle();
  CheckWorks();
  CheckEventsWork();
  CheckEventsEnd();
  CheckStops();
}

void World::CheckHealed() {
  if (sim_.broken()) return;
  if (model_->outstanding() > 0) {
    sim_.Broken(3, cluster::StrCat(model_->outstanding(), " calls were never finished"));
  }
  for (const auto& link : daemon_->registers()) {
    if (link->machine().state() != cluster::LinkState::kReady) {
      sim_.Broken(8, cluster::StrCat("register ", link->machine().address(),
                                     " is not connected again: ", link->machine().last_error()));
    }
  }
  for (const auto& gateway : gateways_) {
    const auto member = daemon_->Find(gateway->index());
    if (!member || !member->machine().listed() || !member->machine().link(0).ready()) {
      sim_.Broken(8,
                  cluster::StrCat("gateway ", gateway->address(), " is not ",
                                  member ? "linked: " + member->machine().why_unlinked() : "a member again"));
      return;
    }
    if (const std::string why = member->machine().why_degraded(); !why.empty()) {
      return sim_.Broken(8, cluster::StrCat("gateway ", gateway->address(), ": ", why));
    }
    for (std::size_t i = 0; i < member->machine().link_count(); ++i) {
      const cluster::LinkMachine& link = member->machine().link(i);
      if (!link.answers().empty() || link.outbound().pending() > 0) {
        sim_.Broken(
            8, cluster::StrCat("something is left over on link ", i, " to gateway ", gateway->address()));
      }
    }
  }
  if (daemon_->answer_memory_used() > 0) sim_.Broken(5, "answer memory is not given back");
  daemon_->CheckCounters();
  if (!profile_.faults.empty() || profile_.network.cut > 0) return;
  // Event links are looked at elsewhere: they are ended for other reasons too.
  std::uint64_t lost = 0;
  for (const auto& [address, gateway] : daemon_->gateways()) {
    for (std::size_t i = 0; i < gateway->machine().link_count(); ++i) {
      const cluster::Counters& counters = gateway->machine().link(i).counters();
      lost += counters.links_lost + counters.link_attempts_failed;
    }
  }
  // An answer that does not fit the answer memory ends the query link that it was to come on, and no other.
  if (lost != daemon_->counters().answers_too_large) {
    sim_.Broken(9, "a link was lost, and nothing but callers can have done it");
  }
}

// Registers are pinged every 25 s, and in go told something every 3 s; nothing else has a reason to wake up.
void World::CheckIdle() {
  const std::uint64_t before = daemon_->wake_ups();
  const std::uint64_t hub_before = hub_ ? hub_->wake_ups() : 0;
  const absl::Time start = sim_.now();
  const std::uint64_t stats_before = stats();
  RunUntil(sim_.now() + kIdle);
  if (sim_.broken()) return;
  const std::uint64_t pings = static_cast<std::uint64_t>(profile_.registers) * (dialect_.go() ? 46 : 5);
  // One more for each Gateway: a timer that was set before may still run out.
  const std::uint64_t wake_ups = daemon_->wake_ups() - before;
  // An event link asks whether it lives, if nothing came for 25 s: a timer, and one for the answer.
  const std::uint64_t probes = hub_ ? gateways_.size() * 12 : 0;
  if (wake_ups > pings + probes + gateways_.size()) {
    sim_.Broken(8, cluster::StrCat("an idle daemon woke up ", wake_ups, " times in two minutes"));
  }
  if (hub_ && hub_->wake_ups() > hub_before + 3) {
    sim_.Broken(8, cluster::StrCat("timers of the idle event side: ", hub_->wake_ups() - hub_before));
  }
  if (dialect_.go()) CheckIdleGo(start, stats_before);
}

std::uint64_t World::stats() const {
  std::uint64_t sum = 0;
  for (const auto& at : registers_)
    sum += at->stats();
  return sum;
}

// Dashboards are told; a PING is not taken for life.
void World::CheckIdleGo(absl::Time since, std::uint64_t stats_before) {
  const auto times = static_cast<std::uint64_t>((sim_.now() - since) / profile_.options.register_stats);
  if (stats() - stats_before + 2 * registers_.size() < times * registers_.size()) {
    sim_.Broken(
        8, cluster::StrCat("dashboards were told ", stats() - stats_before, " times in ", times, " rounds"));
  }
  const absl::Time probed = sim_.now() - profile_.options.event_probe - absl::Seconds(1);
  for (const auto& gateway : gateways_) {
    if (gateway->AskedOnEventLinks(probed)) continue;
    sim_.Broken(
        4, cluster::StrCat("whether an event link of gateway ", gateway->index(), " lives is not asked"));
  }
}

// Each Gateway takes a command and answers. The first query may say that an earlier effect is unknown.
void World::CheckWorks() {
  if (sim_.broken()) return;
  Caller& caller = *callers_.front();
  for (int round = 0; round < 2; ++round) {
    const std::uint64_t answered = model_->answered();
    std::uint64_t asked = 0;
    for (const auto& gateway : gateways_) {
      asked += caller.ProveCommand(gateway->index()) ? 1 : 0;
      asked += caller.ProveQuery(gateway->index(), true) ? 1 : 0;
      RunUntil(sim_.now() + absl::Milliseconds(1));
      asked += caller.ProveQuery(gateway->index(), false) ? 1 : 0;
    }
    RunUntil(sim_.now() + absl::Seconds(3));
    if (sim_.broken()) return;
    if (model_->outstanding() > 0) sim_.Broken(3, "a call is not finished in a cluster that is well");
    if (round == 0) continue;
    if (model_->answered() - answered != 2 * gateways_.size() || asked != 3 * gateways_.size()) {
      sim_.Broken(8, "a cluster that is well does not answer");
    }
  }
}

// After Stop nobody waits, no connection is made, no timer runs.
void World::CheckStops() {
  if (sim_.broken()) return;
  for (const auto& gateway : gateways_) {
    for (int i = 0; i < 4; ++i) {
      callers_.front()->ProveCommand(gateway->index());
      callers_.front()->ProveQuery(gateway->index(), false);
    }
  }
  RunUntil(sim_.now() + sim_.random.Around(profile_.network.delay));
  daemon_->Stop();
  if (model_->outstanding() > 0) sim_.Broken(3, "the daemon has stopped and a call is not finished");
  const std::uint64_t before = daemon_->wake_ups();
  RunUntil(sim_.now() + absl::Seconds(30));
  if (daemon_->wake_ups() > before + gateways_.size()) sim_.Broken(8, "a stopped daemon wakes up");
  for (const auto& gateway : gateways_) {
    if (sim_.broken() || gateway->links() == 0) continue;
    sim_.Broken(8, "a stopped daemon still has a link");
  }
}

}  // namespace gatewayd::simulation
