// One simulated world, made from one seed: it lives through its faults, then all of them end and it must
// heal, fall silent, and work.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "simulation/callers.h"
#include "simulation/other_worker.h"
#include "simulation/profile.h"
#include "simulation/sim_daemon.h"
#include "simulation/sim_gateway.h"
#include "simulation/sim_register.h"
#include "simulation/sim_worker.h"

namespace gatewayd::simulation {

struct Result {
  std::string profile;
  std::string broken;  // the first promise that broke; empty: all held
  std::uint64_t steps = 0;
  std::uint64_t calls = 0;
  std::uint64_t answers = 0;
  std::uint64_t events = 0;  // that were read
  // go
  std::uint64_t held_up = 0;  // writes that a client stopped
  std::uint64_t stalled = 0, destroyed = 0, refused = 0;
};

// The same seed makes another world in each dialect.
Result RunSeed(const Dialect& dialect, std::uint64_t seed, bool trace);

class World {
 public:
  World(const Dialect& dialect, std::uint64_t seed, bool trace);
  Result Run();

 private:
  void Build();
  void BuildEvents(const std::vector<std::string>& addresses);
  void RunUntil(absl::Time end);
  void CheckStep();
  SimGatewayOptions GatewayOptions(const std::string& address) const;

  // ---- Faults (faults.cc)
  void ScheduleFault();
  void Inject(Fault fault);
  void InjectAtGateway(Fault fault, SimGateway& gateway);
  void InjectAtRegister(Fault fault, SimRegister& from);
  void InjectAtEvents(Fault fault);  // faults_events.cc
  void CutLinkOf(int gateway, Fault fault);
  void EndEventFaults();
  void Restart(SimGateway& gateway, absl::Duration down);
  void Register(SimGateway& gateway, absl::Duration within);  // at all Registers, as a Gateway does
  void Unregister(SimGateway& gateway);
  void EndFaults();
  // faults_go.cc
  void ScheduleClients();
  void ScheduleOperator();
  void CheckHeldUp(const SimGateway& gateway, const DaemonGateway& member);

  // ---- After the faults (healing.cc)
  void Heal();
  void CheckHealed();
  void CheckIdle();
  void CheckIdleGo(absl::Time since, std::uint64_t stats_before);
  std::uint64_t stats() const;
  void CheckWorks();
  void CheckStops();
  // healing_events.cc
  void CheckEventsHealed();
  void CheckEventsWork();
  void CheckEventsEnd();

  const Dialect& dialect_;
  Sim sim_;
  Profile profile_;
  Network network_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<EventModel> event_model_;  // null: a world without events, like the three below
  std::vector<std::unique_ptr<SimGateway>> gateways_;
  std::vector<std::unique_ptr<SimRegister>> registers_;
  std::unique_ptr<SimDaemon> daemon_;
  std::unique_ptr<SimHub> hub_;
  std::vector<std::unique_ptr<SimWorker>> workers_;
  std::unique_ptr<OtherWorker> other_worker_;
  std::vector<std::unique_ptr<Caller>> callers_;
  bool faults_over_ = false;
};

}  // namespace gatewayd::simulation
