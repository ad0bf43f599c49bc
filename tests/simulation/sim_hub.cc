#include "simulation/sim_hub.h"

#include <algorithm>

namespace gatewayd::simulation {
namespace {

constexpr std::size_t kStagedAtOnce = 512;                // as in hub.cc
constexpr absl::Duration kTurn = absl::Microseconds(30);  // until the io thread runs what was posted

}  // namespace

SimHub::SimHub(Sim& sim, EventModel& model, EventCluster& cluster, const events::Options& options)
    : sim_(sim), model_(model), cluster_(cluster), options_(options), machine_(options) {}

void SimHub::Start() {
  Run([](events::DispatchMachine&) {});
}

template <typename Step>
void SimHub::Run(Step&& step) {
  step(machine_);
  std::vector<std::shared_ptr<SimAttached>> ready, draining;
  std::vector<std::pair<std::shared_ptr<SimAttached>, absl::Status>> ends;
  const auto find = [&](events::WorkerId id) {
    const auto at = attached_.find(id);
    return at == attached_.end() ? nullptr : at->second;
  };
  for (const events::WorkerId id : machine_.TakeReady()) {
    if (auto worker = find(id)) ready.push_back(std::move(worker));
  }
  for (const events::WorkerId id : machine_.TakeDraining()) {
    if (auto worker = find(id)) draining.push_back(std::move(worker));
  }
  for (const events::WorkerEnd& end : machine_.TakeEnds()) {
    model_.OnEnd(end);
    const auto at = attached_.find(end.id);
    if (at == attached_.end()) continue;
    sim_.Trace("daemon    ends worker ", end.id, ": ", end.status.ok() ? "OK" : end.status.ToString());
    ends.emplace_back(std::move(at->second), end.status);
    attached_.erase(at);
  }
  const std::vector<events::SessionFetch> fetches = machine_.TakeFetches();
  const std::vector<events::Mark> marks = machine_.TakeMarks();
  for (const events::EventPtr& event : machine_.TakePoisoned())
    model_.OnPoisoned(event);
  const bool resume = machine_.TakeResume();
  const bool sync_links = machine_.TakeLinksWanted().has_value();
  const bool arm_timer = machine_.NextTimer() < armed_;
  model_.CheckMachine(machine_);

  if (resume) cluster_.ResumeEvents();
  if (sync_links) sim_.After(sim_.random.Around(kTurn), [this] { SyncLinks(); });
  if (arm_timer) sim_.After(sim_.random.Around(kTurn), [this] { ArmTimer(); });
  for (const events::Mark& mark : marks)
    cluster_.MarkEvents(mark.run, mark.token);
  for (const events::SessionFetch& fetch : fetches)
    Fetch(fetch);
  for (const auto& worker : draining)
    worker->OnDraining();
  for (const auto& worker : ready)
    worker->OnReady();
  for (const auto& [worker, status] : ends)
    worker->OnEnd(status);
}

// ---- Workers

events::WorkerId SimHub::Attach(const events::WorkerSettings& settings, std::shared_ptr<SimAttached> worker) {
  events::WorkerId id = 0;
  Run([&](events::DispatchMachine& machine) {
    if (machine.draining() || stopped_) return;
    id = machine.Attach(settings, sim_.now(), sim_.now());
    model_.OnAttach(id, settings);
    attached_.emplace(id, std::move(worker));
  });
  return id;
}

void SimHub::Detach(events::WorkerId id) {
  Run([&](events::DispatchMachine& machine) {
    attached_.erase(id);
    model_.OnDetach(id);
    machine.Detach(id, sim_.now());
  });
}

void SimHub::Leave(events::WorkerId id, events::LeaveMode mode) {
  Run([&](events::DispatchMachine& machine) {
    model_.OnLeave(id, mode);
    machine.Leave(id, mode, sim_.now());
  });
}

void SimHub::Acknowledge(events::WorkerId id,
                         const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges) {
  // A step for each range, so that the model hears at once where one of them was the last of a leaving
  // worker.
  for (const auto& range : ranges) {
    Run([&, first = range.first, last = range.second](events::DispatchMachine& machine) {
      model_.OnAck(id, first, last);
      machine.Acknowledge(id, first, last, sim_.now());
    });
  }
}

void SimHub::TakeBatch(events::WorkerId id, std::vector<events::Delivery>* batch) {
  Run([&](events::DispatchMachine& machine) {
    machine.TakeBatch(id, sim_.now(), batch);
    model_.OnBatch(id, *batch);
  });
}

void SimHub::DrainWorker(events::WorkerId id) {
  sim_.Trace("operator  drains worker ", id);
  Run([&](events::DispatchMachine& machine) {
    model_.OnDrainWorker(id);
    machine.DrainWorker(id, sim_.now());
  });
}

void SimHub::Drain() {
  sim_.Trace("operator  drains the daemon");
  Run([&](events::DispatchMachine& machine) {
    model_.OnDrain();
    machine.Drain(sim_.now());
  });
}

void SimHub::Stop() {
  stopped_ = true;
  for (const auto& [id, worker] : std::exchange(attached_, {}))
    worker->OnEnd(absl::UnavailableError("the daemon is going; attach again elsewhere or later"));
}

std::vector<events::WorkerId> SimHub::attached() const {
  std::vector<events::WorkerId> ids;
  for (const auto& [id, worker] : attached_)
    ids.push_back(id);
  return ids;
}

// ---- Sessions

void SimHub::Fetch(const events::SessionFetch& fetch) {
  cluster_.FetchSession(fetch, [this, fetch](std::optional<std::string> session) {
    Run([&](events::DispatchMachine& machine) { machine.OnSession(fetch, std::move(session)); });
  });
}

// ---- The cluster

bool SimHub::OnEvent(const cluster::RunPtr& run, const wire::Frame& frame) {
  const std::size_t size = events::Event::SizeOf(frame);
  if (staged_.empty() || staged_bytes_ + size > room_ || staged_.size() >= kStagedAtOnce) {
    AcceptStaged();
    events::DispatchMachine::Verdict verdict = events::DispatchMachine::Verdict::kTake;
    Run([&](events::DispatchMachine& machine) {
      verdict = machine.Check(size);
      if (verdict == events::DispatchMachine::Verdict::kDrop) model_.OnUntaken();
      const std::size_t used = machine.memory_used();
      room_ = used < options_.event_memory ? options_.event_memory - used : 0;
    });
    if (verdict == events::DispatchMachine::Verdict::kFull) return false;
    if (verdict == events::DispatchMachine::Verdict::kDrop) return true;
  }
  staged_.push_back(events::Event::FromFrame(run, frame, sim_.now()));
  staged_bytes_ += size;
  return true;
}

void SimHub::AcceptStaged() {
  if (staged_.empty()) return;
  Run([&](events::DispatchMachine& machine) {
    for (const events::EventPtr& event : staged_) {
      machine.Accept(event, sim_.now());
      model_.OnAccept(event, machine);
    }
  });
  staged_.clear();
  staged_bytes_ = 0;
}

void SimHub::OnEventLinkUp(const cluster::RunPtr& run) {
  AcceptStaged();
  sim_.Trace("daemon    event link up, generation ", run->generation);
  Run([&](events::DispatchMachine& machine) { machine.OnLinkUp(run, sim_.now()); });
}

void SimHub::OnEventLinkGone(const cluster::RunPtr& run) {
  AcceptStaged();
  sim_.Trace("daemon    event link gone, generation ", run->generation);
  model_.OnLinkGone(run);
  Run([&](events::DispatchMachine& machine) { machine.OnLinkGone(run); });
}

void SimHub::OnRunOver(const cluster::RunPtr& run) {
  AcceptStaged();
  sim_.Trace("daemon    generation ", run->generation, " is over");
  model_.OnRunOver(run);
  Run([&](events::DispatchMachine& machine) { machine.OnRunOver(run, sim_.now()); });
}

void SimHub::OnEventLinksLeft() {
  AcceptStaged();
  if (links_asked_) return;  // the cluster is to open them again, and has not heard of it yet
  links_opened_ = false;
  sim_.Trace("daemon    the event links are left");
  Run([&](events::DispatchMachine& machine) { machine.OnLinksLeft(sim_.now()); });
}

void SimHub::OnSessionWritten(const cluster::RunPtr& run, std::uint32_t connection_id) {
  Run([&](events::DispatchMachine& machine) { machine.OnSessionWritten(run, connection_id, sim_.now()); });
}

void SimHub::OnMarked(const cluster::RunPtr& run, std::uint64_t token) {
  AcceptStaged();
  Run([&](events::DispatchMachine& machine) { machine.OnMarked(run, token, sim_.now()); });
}

void SimHub::SyncLinks() {
  links_asked_ = machine_.links_wanted() && !stopped_;
  if (links_asked_) links_opened_ = true;
  if (links_opened_) return cluster_.WantEvents(links_asked_);
  // They were wanted for so short a time that the cluster has nothing to leave.
  Run([&](events::DispatchMachine& machine) { machine.OnLinksLeft(sim_.now()); });
}

void SimHub::ArmTimer() {
  if (stopped_ || machine_.NextTimer() >= armed_) return;
  armed_ = machine_.NextTimer();
  sim_.At(armed_, [this, number = ++timer_] {
    if (number != timer_) return;
    ++wake_ups_;
    Run([&](events::DispatchMachine& machine) {
      armed_ = absl::InfiniteFuture();
      machine.OnTimer(sim_.now());
    });
  });
}

}  // namespace gatewayd::simulation
