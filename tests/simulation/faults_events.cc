// What goes wrong with workers and events.
#include "simulation/world.h"

namespace gatewayd::simulation {

void World::InjectAtEvents(Fault fault) {
  Random& random = sim_.random;
  if (workers_.empty()) return CutLinkOf(static_cast<int>(random.Below(gateways_.size())), fault);
  SimWorker& worker = *random.Pick(workers_);
  switch (fault) {
    case Fault::kWorkerCrash:
      return worker.Crash();
    case Fault::kWorkerLeaves:
      return worker.Leave(random.Chance(500) ? events::LeaveMode::kCloseLinks
                                             : events::LeaveMode::kKeepLinks);
    case Fault::kWorkerSticks:
      return worker.Stick();
    case Fault::kWorkerDrain:
      if (worker.id() != 0) hub_->DrainWorker(worker.id());
      return;
    case Fault::kDaemonDrain:
      if (random.Chance(200)) hub_->Drain();
      return;
    case Fault::kBurst:
      return random.Pick(gateways_)->Burst(static_cast<int>(random.Below(300)));
    default:  // kCutCommandLink, kCutEventLink
      return CutLinkOf(static_cast<int>(random.Below(gateways_.size())), fault);
  }
}

void World::CutLinkOf(int gateway, Fault fault) {
  if (const auto member = daemon_->Find(gateway)) member->CutLink(fault == Fault::kCutEventLink);
}

void World::EndEventFaults() {
  if (other_worker_) other_worker_->Stop();
  for (const auto& gateway : gateways_)
    gateway->Quieten();
  for (const auto& worker : workers_)
    worker->BeGood();
}

}  // namespace gatewayd::simulation
