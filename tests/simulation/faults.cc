// What goes wrong, and when.
#include "simulation/world.h"

namespace gatewayd::simulation {

using absl::Milliseconds;
using absl::Seconds;

void World::ScheduleFault() {
  if (profile_.faults.empty()) return;
  sim_.After(sim_.random.Around(profile_.between_faults), [this] {
    if (faults_over_) return;
    Inject(sim_.random.Pick(profile_.faults));
    ScheduleFault();
  });
}

void World::Inject(Fault fault) {
  if (fault >= Fault::kWorkerCrash) {
    InjectAtEvents(fault);
  } else if (fault >= Fault::kRegisterLost) {
    SimRegister& from = *sim_.random.Pick(registers_);
    if (from.running()) InjectAtRegister(fault, from);
  } else {
    SimGateway& gateway = *sim_.random.Pick(gateways_);
    if (gateway.running()) InjectAtGateway(fault, gateway);
  }
}

void World::InjectAtGateway(Fault fault, SimGateway& gateway) {
  Random& random = sim_.random;
  switch (fault) {
    case Fault::kCutLink:
      return gateway.CutOne();
    case Fault::kCloseLink:
      return gateway.CloseOne();
    case Fault::kRestart:
      gateway.Kill(false);
      Unregister(gateway);
      return Restart(gateway, random.Between(Milliseconds(1), Milliseconds(random.Chance(500) ? 50 : 3000)));
    case Fault::kTakeOver:
      gateway.Kill(true);  // no Register hears of it
      return Restart(gateway,
                     random.Between(Milliseconds(1), Milliseconds(random.Chance(700) ? 100 : 10000)));
    case Fault::kFreeze:
      if (gateway.frozen()) return;
      gateway.Freeze();
      sim_.After(random.Between(Milliseconds(1), Milliseconds(random.Chance(500) ? 2000 : 15000)),
                 [&gateway, run = gateway.run()] {
                   if (gateway.running() && gateway.run() == run && gateway.frozen()) gateway.Thaw();
                 });
      return;
    case Fault::kHang: {
      const bool hangs = random.Chance(500);
      sim_.Trace("net       gateway at ", gateway.address(), hangs ? " does not answer" : " refuses");
      network_.SetDoor(gateway.address(), hangs ? Network::Door::kHangs : Network::Door::kRefuses);
      sim_.After(random.Between(Milliseconds(10), Seconds(5)),
                 [this, &gateway] { network_.SetDoor(gateway.address(), Network::Door::kOpen); });
      return gateway.CutOne();
    }
    case Fault::kStopReading:
      return gateway.StopSomeReader();
    case Fault::kReadAgain:
      return gateway.ReadAll();
    case Fault::kGarbage:
      return gateway.WriteGarbage(false);
    case Fault::kUnasked:
      return gateway.WriteGarbage(true);
    case Fault::kWrongSecret:
      gateway.Kill(false);
      gateway.set_secret("another secret");
      gateway.Start();
      sim_.After(random.Between(Milliseconds(100), Seconds(5)), [this, &gateway] {
        if (gateway.running()) gateway.Kill(false);
        gateway.set_secret(profile_.options.secret);
        gateway.Start();
      });
      return;
    default: {  // kUnlist
      sim_.Trace("gateway at ", gateway.address(), " leaves the lists");
      Unregister(gateway);
      const absl::Duration away =
          random.Between(Milliseconds(1), Milliseconds(random.Chance(700) ? 500 : 10000));
      if (random.Chance(500)) gateway.CloseOne();
      sim_.After(away, [this, &gateway] { Register(gateway, Milliseconds(100)); });
      return;
    }
  }
}

void World::InjectAtRegister(Fault fault, SimRegister& from) {
  Random& random = sim_.random;
  switch (fault) {
    case Fault::kRegisterLost:
      from.Kill(random.Chance(300));
      sim_.After(random.Between(Milliseconds(1), Seconds(3)), [this, &from] {
        if (from.running()) return;
        from.Start();
        // Gateways come back one by one: for a while its lists are empty or partial.
        for (const auto& gateway : gateways_)
          Register(*gateway, Seconds(1));
      });
      return;
    case Fault::kRegisterOddly:
      return from.SayOddly();
    case Fault::kRegisterNobody:
      from.SayNobody();
      sim_.After(random.Between(Milliseconds(1), Milliseconds(500)), [&from] { from.Broadcast(); });
      return;
    case Fault::kRegisterRubbish:
      return from.SayRubbish();
    default:  // kRegisterCut
      return from.CutAll();
  }
}

void World::Restart(SimGateway& gateway, absl::Duration down) {
  sim_.After(down, [this, &gateway] {
    if (gateway.running()) return;
    gateway.Start();
    Register(gateway, Milliseconds(200));
  });
}

void World::Register(SimGateway& gateway, absl::Duration within) {
  for (const auto& at : registers_) {
    sim_.After(sim_.random.Between(absl::ZeroDuration(), within), [&gateway, &at = *at] {
      if (gateway.running()) at.Set(gateway.address(), true);
    });
  }
}

void World::Unregister(SimGateway& gateway) {
  for (const auto& at : registers_) {
    sim_.After(sim_.random.Around(Milliseconds(1)),
               [&gateway, &at = *at] { at.Set(gateway.address(), false); });
  }
}

// From now on everything works, and everybody is where he belongs.
void World::EndFaults() {
  if (sim_.broken()) return;
  sim_.Trace("the faults end");
  faults_over_ = true;
  for (const auto& caller : callers_)
    caller->Stop();
  network_.options().cut = 0;
  network_.options().slow = 0;
  if (event_model_) EndEventFaults();
  for (const auto& gateway : gateways_)
    gateway->ReadAll();
  RunUntil(sim_.now() + Seconds(16));  // what was begun ends: Gateways thaw, restart, come back
  for (const auto& at : registers_) {
    if (!at->running()) at->Start();
  }
  for (const auto& gateway : gateways_) {
    network_.SetDoor(gateway->address(), Network::Door::kOpen);
    if (!gateway->running()) gateway->Start();
    gateway->ReadAll();
    Register(*gateway, Milliseconds(100));
  }
  for (const auto& at : registers_)
    sim_.After(Milliseconds(200), [&at = *at] { at.Broadcast(); });
}

}  // namespace gatewayd::simulation
