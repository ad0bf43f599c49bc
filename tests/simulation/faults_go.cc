// What clients of Go Gateways do that holds a Gateway up, and the operator who clears.
#include "simulation/world.h"

namespace gatewayd::simulation {
namespace {

constexpr absl::Duration kOperatorPace = absl::Seconds(1);

}  // namespace

void World::ScheduleClients() {
  if (profile_.between_clients == absl::InfiniteDuration()) return;
  sim_.After(sim_.random.Around(profile_.between_clients), [this] {
    if (faults_over_) return;
    SimGateway& gateway = *sim_.random.Pick(gateways_);
    const Fault fault = sim_.random.Chance(profile_.stop_reading) ? Fault::kStopReading : Fault::kReadAgain;
    if (gateway.running()) InjectAtGateway(fault, gateway);
    ScheduleClients();
  });
}

// A command link whose handler stands still is STALLED, whether anybody waits for an answer or not.
void World::CheckHeldUp(const SimGateway& gateway, const DaemonGateway& member) {
  const ConnectionFacts* facts = member.command_connection();
  if (facts == nullptr || facts->cut || !member.machine().link(0).ready() || member.machine().stalled())
    return;
  const absl::Duration held = sim_.now() - gateway.HeldSince(facts->id);
  if (held < profile_.options.query_timeout + absl::Seconds(3)) return;
  sim_.Broken(3, cluster::StrCat("gateway ", gateway.index(), " stands still at a client since ",
                                 absl::FormatDuration(held), ", and its command link is not stalled"));
}

// Looks now and then; clears where he has seen that no handler of an old link is at work any more.
void World::ScheduleOperator() {
  if (!dialect_.go()) return;
  sim_.After(sim_.random.Around(kOperatorPace), [this] {
    for (const auto& gateway : gateways_) {
      const auto member = daemon_->Find(gateway->index());
      if (member) CheckHeldUp(*gateway, *member);
      if (!member || member->machine().why_refused().empty() || !gateway->running()) continue;
      if (!gateway->Rests(member->OpenConnections())) continue;
      sim_.Trace("operator  clears gateway ", gateway->index());
      member->ClearHold();
    }
    ScheduleOperator();
  });
}

}  // namespace gatewayd::simulation
