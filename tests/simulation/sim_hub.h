// The event side of the simulated daemon: the real DispatchMachine, driven as Hub (daemon/events/hub.cc)
// drives it, without threads. What Hub posts to the io thread happens here a little later. It tells the model
// what it sees.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "events/dispatch_machine.h"
#include "simulation/model_events.h"
#include "simulation/sim.h"

namespace gatewayd::simulation {

// Who carries events to one worker, as events::AttachedWorker.
class SimAttached {
 public:
  virtual ~SimAttached() = default;
  virtual void OnReady() = 0;
  virtual void OnDraining() = 0;
  virtual void OnEnd(const absl::Status& status) = 0;
};

// What it wants of the cluster.
class EventCluster {
 public:
  virtual ~EventCluster() = default;
  virtual void WantEvents(bool wanted) = 0;
  virtual void ResumeEvents() = 0;
  virtual void MarkEvents(const cluster::RunPtr& run, std::uint64_t token) = 0;
  // Asks for a session; `answer` gets it, or nullopt.
  virtual void FetchSession(const events::SessionFetch& fetch,
                            std::function<void(std::optional<std::string>)> answer) = 0;
};

class SimHub final : public cluster::EventSink {
 public:
  SimHub(Sim& sim, EventModel& model, EventCluster& cluster, const events::Options& options);

  void Start();
  // ---- As Hub's. 0 where the daemon goes.
  events::WorkerId Attach(const events::WorkerSettings& settings, std::shared_ptr<SimAttached> worker);
  void Detach(events::WorkerId id);
  void Leave(events::WorkerId id, events::LeaveMode mode);
  void Acknowledge(events::WorkerId id, const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges);
  void TakeBatch(events::WorkerId id, std::vector<events::Delivery>* batch);
  std::optional<events::DeliveredClient> ClientOf(events::WorkerId id, std::uint64_t delivery) const {
    return machine_.ClientOf(id, delivery);
  }
  void DrainWorker(events::WorkerId id);
  void Drain();
  void Stop();  // the end of Hub::Drain: all streams end

  const events::DispatchMachine& machine() const { return machine_; }
  std::uint64_t wake_ups() const { return wake_ups_; }
  std::vector<events::WorkerId> attached() const;

  // ---- cluster::EventSink
  bool OnEvent(const cluster::RunPtr& run, const wire::Frame& frame) override;
  void OnEventsRead() override { AcceptStaged(); }
  void OnEventLinkUp(const cluster::RunPtr& run) override;
  void OnEventLinkGone(const cluster::RunPtr& run) override;
  void OnRunOver(const cluster::RunPtr& run) override;
  void OnEventLinksLeft() override;
  void OnSessionWritten(const cluster::RunPtr& run, std::uint32_t connection_id) override;
  void OnMarked(const cluster::RunPtr& run, std::uint64_t token) override;

 private:
  template <typename Step>
  void Run(Step&& step);
  void AcceptStaged();
  void Fetch(const events::SessionFetch& fetch);
  void SyncLinks();
  void ArmTimer();

  Sim& sim_;
  EventModel& model_;
  EventCluster& cluster_;
  const events::Options options_;
  events::DispatchMachine machine_;
  std::map<events::WorkerId, std::shared_ptr<SimAttached>> attached_;
  std::vector<events::EventPtr> staged_;
  std::size_t staged_bytes_ = 0;
  std::size_t room_ = 0;
  absl::Time armed_ = absl::InfiniteFuture();
  std::uint64_t timer_ = 0;
  std::uint64_t wake_ups_ = 0;
  bool links_asked_ = false;   // as the cluster was told last
  bool links_opened_ = false;  // it was told so since the last time that they were left
  bool stopped_ = false;
};

}  // namespace gatewayd::simulation
