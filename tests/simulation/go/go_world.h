// A world with one Go Gateway, the daemon's GatewayMachine for it, callers that write to its clients, clients
// that do not read, and a network that breaks: for the promise that exactly one link to a Go Gateway writes
// to clients, under load and across reconnects, and for what a stalled link means to callers.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/answer_memory.h"
#include "cluster/gateway_machine.h"
#include "simulation/go/go_gateway.h"

namespace gatewayd::simulation {

struct GoResult {
  std::string broken;  // the promise that broke, or ""
  std::uint64_t steps = 0;
  std::uint64_t calls = 0;
  std::uint64_t writes = 0;
  std::uint64_t blocked = 0;
  std::map<std::string, std::uint64_t> counters;
};

class GoWorld {
 public:
  GoWorld(std::uint64_t seed, bool trace);
  GoResult Run();

 private:
  // A link's socket, as cluster/connection.h is one.
  struct Wire : SocketEvents {
    Wire(GoWorld& world, std::size_t i) : world(world), i(i) {}
    void OnInput(Socket& from, std::string_view bytes) override;
    void OnWritable(Socket&) override;
    void OnClosed(Socket& from, bool orderly, const std::string& error) override;
    void Close();

    GoWorld& world;
    const std::size_t i;
    SocketPtr socket;
    std::shared_ptr<bool> dialling;
    std::string input;
    bool waiting_writable = false;
  };
  struct Op {
    bool refused = false;  // its caller was told that nothing was sent
    bool executed = false;
    bool pending = false;  // a callback is due
    absl::Time start;
  };
  struct Faults {
    unsigned stop_reading, read_again, cut, close, freeze, restart, hang;
  };

  // ---- The glue around the machine, as GatewayShell
  void OnIo(const std::function<void()>& step);
  void Perform();
  void Dial(std::size_t i);
  void Write(std::size_t i);
  void Flush();
  void ArmTimer();

  // ---- What happens
  void Call();
  void ScheduleCall();
  void ScheduleFault();
  void Fault();
  void Operate();  // the operator
  void OnRun(const wire::Frame& frame, std::uint64_t connection);
  std::string Begin(std::size_t padding);
  void Done(std::uint64_t op, const absl::Status& status);
  void CheckStep();
  void Heal();
  void RunFor(absl::Duration time);
  bool OneArrives();  // a command is sent, and run soon
  std::set<std::uint64_t> OpenConnections() const;
  bool Well() const;

  Sim sim_;
  Network network_;
  cluster::Options options_;
  Faults faults_{};
  bool faults_on_ = true;
  bool calls_on_ = true;
  absl::Duration pace_;
  cluster::AnswerMemory memory_;
  std::uint64_t runs_ = 0;
  std::unique_ptr<GoGateway> gateway_;
  std::unique_ptr<cluster::GatewayMachine> machine_;
  std::vector<std::unique_ptr<Wire>> wires_;
  absl::Time armed_ = absl::InfiniteFuture();
  std::uint64_t timer_ = 0;
  absl::Time last_cut_ = absl::InfinitePast();
  std::deque<Op> ops_;
  std::set<std::uint64_t> pending_;
  std::set<std::uint64_t> command_connections_;  // dialled as the command link
  std::uint64_t last_executed_ = 0;
  std::uint64_t last_connection_ = 0;
};

}  // namespace gatewayd::simulation
