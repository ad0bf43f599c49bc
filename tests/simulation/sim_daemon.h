// The simulated daemon: the real Membership, RegisterMachines and GatewayMachines, put together as
// ClusterShell and RegisterShell do it, over simulated sockets and the made-up clock.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cluster/answer_memory.h"
#include "cluster/membership.h"
#include "cluster/register_machine.h"
#include "simulation/daemon_gateway.h"
#include "simulation/sim_hub.h"

namespace gatewayd::simulation {

class SimDaemon;

// The connection to one Register, as RegisterShell drives it.
class DaemonRegister : public SocketEvents {
 public:
  DaemonRegister(SimDaemon& daemon, Sim& sim, Network& network, Model& model, int index,
                 const std::string& address, const cluster::Options& options, std::uint32_t seed,
                 cluster::WorkerIdentity identity);
  void Start();
  void Stop();
  const cluster::RegisterMachine& machine() const { return machine_; }
  std::uint64_t wake_ups() const { return wake_ups_; }

  void OnInput(Socket& socket, std::string_view bytes) override;
  void OnWritable(Socket&) override { Write(); }
  void OnClosed(Socket& socket, bool orderly, const std::string& error) override;

 private:
  template <typename Step>
  void Run(Step&& step);
  void Dial();
  void Close();
  void Write();
  void ArmTimer();

  SimDaemon& daemon_;
  Sim& sim_;
  Network& network_;
  Model& model_;
  const int index_;
  cluster::RegisterMachine machine_;
  SocketPtr socket_;
  std::shared_ptr<bool> dialling_;
  std::string unsent_;
  absl::Time armed_ = absl::InfiniteFuture();
  std::uint64_t timer_ = 0;
  std::uint64_t wake_ups_ = 0;
};

class SimDaemon : public EventCluster {
 public:
  // `gateways`: all addresses that there may be; a Gateway's number is its place there.
  SimDaemon(Sim& sim, Network& network, Model& model, const Dialect& dialect, cluster::Options options,
            std::vector<std::string> gateways);

  // What the Gateways' events are given to; before Start. Both null: this world has none.
  void SetEventSink(cluster::EventSink* sink, EventModel* model);
  void Start();
  void Stop();
  // The member, or null where it is none.
  std::shared_ptr<DaemonGateway> Find(int gateway) const;
  cluster::Counters counters() const;
  const Dialect& dialect() const { return dialect_; }
  std::uint64_t wake_ups() const;
  std::size_t answer_memory_used() const { return memory_.used(); }
  const std::map<std::string, std::shared_ptr<DaemonGateway>>& gateways() const { return gateways_; }
  const std::vector<std::unique_ptr<DaemonRegister>>& registers() const { return registers_; }
  // Everything that the machines counted is what the model saw.
  void CheckCounters();

  // ---- EventCluster, as ClusterShell
  void WantEvents(bool wanted) override;
  void ResumeEvents() override;
  void MarkEvents(const cluster::RunPtr& run, std::uint64_t token) override;
  void FetchSession(const events::SessionFetch& fetch,
                    std::function<void(std::optional<std::string>)> answer) override;

  // By a Register's connection.
  void OnList(std::size_t index, const std::vector<std::string>& addresses);

 private:
  void Apply(const cluster::Membership::Changes& changes);
  void Join(const std::string& address);
  void Leave(const std::string& address);
  void OnGatewayChange(DaemonGateway& gateway, const cluster::GatewayChange& change);
  void CheckMembers();
  void CheckEventLinksLeft();

  Sim& sim_;
  Network& network_;
  Model& model_;
  const Dialect& dialect_;
  const cluster::Options options_;
  const std::vector<std::string> addresses_;
  cluster::AnswerMemory memory_;
  cluster::Membership membership_;
  std::vector<std::unique_ptr<DaemonRegister>> registers_;
  std::map<std::string, std::shared_ptr<DaemonGateway>> gateways_;
  std::set<std::string> unknown_effects_;  // Gateways that left with GatewayMachine::effects_unknown
  std::map<std::string, cluster::WriteHold> holds_;  // and with GatewayMachine::hold
  cluster::Counters past_;
  std::uint64_t past_wake_ups_ = 0;
  EventOutlet outlet_;
  bool leaving_event_links_ = false;
  bool resume_posted_ = false;
  std::uint64_t next_worker_key_ = 1;
  std::uint64_t next_generation_ = 1;
  std::uint32_t next_seed_ = 1;
  int posted_ = 0;
  bool stopped_ = false;
};

}  // namespace gatewayd::simulation
