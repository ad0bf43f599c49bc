// Those who call the daemon: each one call after the other, as a program does that waits for each reply.
// They send commands and ask queries of all kinds, some name a generation that they remember, some ask for
// too much, some give up waiting.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulation/model.h"
#include "simulation/profile.h"
#include "simulation/sim_daemon.h"
#include "simulation/sim_gateway.h"

namespace gatewayd::simulation {

class Caller {
 public:
  Caller(Sim& sim, Model& model, SimDaemon& daemon, const Profile& profile,
         std::vector<std::unique_ptr<SimGateway>>& gateways);

  void Start();
  void Stop() { stopped_ = true; }  // after the call that is under way
  bool busy() const { return busy_; }
  // One plain call from outside, which a cluster that is well must serve; false where the Gateway is no
  // member.
  bool ProveCommand(int gateway);
  bool ProveQuery(int gateway, bool bounded);

 private:
  void Next();
  void Call();
  bool SendSomething(int gateway);
  bool AskBounded(int gateway);
  bool AskUnbounded(int gateway);
  void Wait(std::uint64_t op);
  void Finished(std::uint64_t op);
  bool Send(Op op, wire::Frame frame);
  bool Ask(Op op, wire::Frame frame, std::size_t bounded_size);
  bool TooLarge(int gateway);
  Op NewOp(int gateway, wire::Command command);
  std::string Padding();

  Sim& sim_;
  Model& model_;
  SimDaemon& daemon_;
  const Profile& profile_;
  std::vector<std::unique_ptr<SimGateway>>& gateways_;
  bool stopped_ = false;
  bool busy_ = false;
  bool proving_ = false;
  std::uint64_t waits_for_ = 0;
  std::uint64_t wait_number_ = 0;
  std::map<int, std::string> generations_;  // that it remembers
};

}  // namespace gatewayd::simulation
