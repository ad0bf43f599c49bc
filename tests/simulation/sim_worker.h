// Workers of a simulated daemon. Each attaches, takes events, runs a handler for each, answers with commands,
// acknowledges in its own way, and goes in its own way; then it comes again. Between it and the hub lies a
// stream with delays, which takes one batch at a time, may be stuck, and breaks at any moment.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "simulation/profile.h"
#include "simulation/sim_daemon.h"
#include "simulation/sim_hub.h"

namespace gatewayd::simulation {

class SimWorker;

// One attachment: the daemon's end of the stream, and the way between (as api/attach_stream.h). Each end
// hears of a break in its own time.
class SimStream final : public SimAttached, public std::enable_shared_from_this<SimStream> {
 public:
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  struct Command {
    std::uint64_t delivery = 0;
    wire::Command command = wire::Command::kSendToOne;
  };

  SimStream(Sim& sim, Model& model, SimDaemon& daemon, SimHub& hub, absl::Duration delay)
      : sim_(sim), model_(model), daemon_(daemon), hub_(hub), delay_(delay) {}

  // ---- The worker's end
  void Hello(SimWorker* worker, events::WorkerSettings settings);
  void Acknowledge(Ranges ranges);
  void Run(Command command);
  void Leave(events::LeaveMode mode);
  void Break();                                // the worker dies, or its network does
  void SetStuck(bool stuck);                   // it reads nothing for now
  void Forget() { worker_ = nullptr; }         // the worker hears nothing more of it
  events::WorkerId id() const { return id_; }  // 0 until it is attached

  // ---- The daemon's end
  void OnReady() override;
  void OnDraining() override;
  void OnEnd(const absl::Status& status) override;

 private:
  template <typename Task>
  void Up(Task task);
  template <typename Task>
  void Down(Task task);
  void Pump();
  void RunCommand(const Command& command);

  Sim& sim_;
  Model& model_;
  SimDaemon& daemon_;
  SimHub& hub_;
  const absl::Duration delay_;
  SimWorker* worker_ = nullptr;
  events::WorkerId id_ = 0;
  absl::Time last_up_ = absl::InfinitePast(), last_down_ = absl::InfinitePast();
  bool attached_ = false;  // the hub knows it
  bool broken_ = false;
  bool ready_ = false, busy_ = false, stuck_ = false;
};

class SimWorker {
 public:
  SimWorker(Sim& sim, Model& model, SimDaemon& daemon, SimHub& hub, const Profile& profile, int number);

  void Start();
  // From now on it behaves well, and stays.
  void BeGood();
  void Go();  // for good: leaves, and does not come again
  bool away() const { return stream_ == nullptr; }

  // ---- Faults
  void Crash();
  void Leave(events::LeaveMode mode);
  void Stick();
  events::WorkerId id() const { return stream_ ? stream_->id() : 0; }

  // ---- By the stream
  void OnBatch(const std::vector<events::Delivery>& batch);
  void OnDraining();
  void OnEnd(const absl::Status& status);

 private:
  enum class Acks { kEach, kUpTo, kShuffled, kTwice, kGarbage, kNever };

  void Attach();
  void ComeAgain(absl::Duration within);
  void Handle(const events::Delivery& delivery);
  void Answer(const events::Delivery& delivery);
  void Acknowledge(std::uint64_t delivery);
  void PlanToGo();

  Sim& sim_;
  Model& model_;
  SimDaemon& daemon_;
  SimHub& hub_;
  const Profile& profile_;
  const int number_;
  std::shared_ptr<SimStream> stream_;
  std::uint64_t attachment_ = 0;
  bool good_ = false;
  bool gone_ = false;
  bool left_ = false;
  Acks acks_ = Acks::kEach;
  absl::Duration handle_;
  absl::Time busy_until_ = absl::InfinitePast();
  std::vector<std::uint64_t> handled_;  // and not acknowledged yet
  std::size_t waiting_ = 0;             // deliveries that it has still to handle
};

}  // namespace gatewayd::simulation
