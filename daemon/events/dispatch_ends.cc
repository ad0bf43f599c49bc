// How workers go: they leave, break, are drained or thrown out; and how event links come and go with them.
#include <algorithm>
#include <iterator>
#include <utility>

#include "events/dispatch_state.h"

namespace gatewayd::events {
namespace {

absl::Status WorkerDrained() {
  return absl::UnavailableError("the worker was drained; attach again");
}

}  // namespace

// ---- Event links

bool DispatchMachine::HasActiveWorker() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& at) { return at.second->active(); });
}

bool DispatchMachine::HasTakingWorker() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& at) { return at.second->takes_events(); });
}

// Somebody takes events now, or may come back in time.
bool DispatchMachine::HasTaker() const {
  return grace_until_ != absl::InfinitePast() || HasTakingWorker();
}

void DispatchMachine::StartGrace(absl::Time now) {
  grace_until_ = now + options_.grace;
  SetTimer(grace_until_);
}

void DispatchMachine::UpdateLinksWanted(absl::Time now) {
  const bool in_grace = now < grace_until_;
  links_wanted_ = !draining_ && options_.links != LinksWanted::kNever &&
                  (options_.links == LinksWanted::kAlways || HasActiveWorker() || in_grace);
  if (links_wanted_) links_left_ = false;
  // From now on all that comes is dropped, the ends of clients too.
  if (options_.links == LinksWanted::kAlways && !HasTaker()) {
    ForgetClients();
    if (memory_full_) Resume();
  }
}

void DispatchMachine::OnLinksLeft(absl::Time now) {
  if (links_wanted_) return;
  links_left_ = true;
  CheckEnds(now);
}

// ---- A worker leaves

void DispatchMachine::Leave(WorkerId id, LeaveMode mode, absl::Time now) {
  Worker* const worker = Find(id);
  if (worker == nullptr || std::exchange(worker->left, true)) return;
  worker->end_status = absl::OkStatus();
  StopTaking(*worker, mode, now);
}

void DispatchMachine::StopTaking(Worker& worker, LeaveMode mode, absl::Time now) {
  if (worker.state == Worker::State::kLeaving) return;
  if (worker.settings.kinds.empty()) {
    StartLeaving(worker, now);
    return;
  }
  worker.state = Worker::State::kLeaving;  // for now: it is not counted any more
  const bool last = !HasTakingWorker();
  const bool links_go = draining_ || options_.links == LinksWanted::kAttached;
  if (last && links_go && mode == LeaveMode::kCloseLinks) {
    worker.state = Worker::State::kFinishing;
    grace_until_ = absl::InfinitePast();
    UpdateLinksWanted(now);
    CheckEnd(worker, now);
    return;
  }
  if (last && !draining_) StartGrace(now);
  StartLeaving(worker, now);
  UpdateLinksWanted(now);
}

// Nothing more for it: what it has not been sent goes to others.
void DispatchMachine::StartLeaving(Worker& worker, absl::Time now) {
  worker.state = Worker::State::kLeaving;
  StopEvents(worker);
  CheckEnd(worker, now);
}

void DispatchMachine::StopEvents(Worker& worker) {
  Entries waiting;
  TakeWaiting(worker, &waiting);
  Entries entries;
  for (Entry& entry : waiting) {
    if (entry.client == nullptr) {
      Done(entry);
    } else {
      entries.push_back(std::move(entry));
    }
  }
  RouteAll(std::move(entries));
}

// Another worker has come, so that they are not the last ones any more.
void DispatchMachine::LetFinishingGo(absl::Time now) {
  std::vector<WorkerId> ids;
  for (const auto& [id, worker] : workers_) {
    if (worker->state == Worker::State::kFinishing) ids.push_back(id);
  }
  for (const WorkerId id : ids) {
    if (Worker* const worker = Find(id); worker != nullptr) StartLeaving(*worker, now);
  }
}

// ---- A worker ends

void DispatchMachine::Detach(WorkerId id, absl::Time now) {
  Worker* const worker = Find(id);
  if (worker == nullptr) return;
  ++counters_.workers_broken;
  Remove(*worker, absl::OkStatus(), now);
  std::erase_if(ends_, [&](const WorkerEnd& end) { return end.id == id; });
}

// What is held for the client goes behind `entries`; a fetch for it is given up. `worker`: where it is held;
// null: it waits for a worker that leaves.
void DispatchMachine::TakeHeld(Worker* worker, Client& client, Entries* entries) {
  if (client.rare == nullptr) return;
  client.rare->fetch = 0;
  for (Entry& entry : std::exchange(client.rare->held, {})) {
    if (worker != nullptr) {
      worker->CountHeldTaken(entry);
    } else {
      --held_;
    }
    entries->push_back(std::move(entry));
  }
}

// Takes all that was not delivered, of each client in its order: what is held of it is older than what is
// queued, but for the one that was released.
void DispatchMachine::TakeWaiting(Worker& worker, Entries* entries) {
  while (!worker.queue.empty()) {
    Entry entry = worker.PopFront();
    Client* const client = entry.client;
    const bool released = client != nullptr && client->released();
    if (released) client->rare->released = false;
    if (client != nullptr && !released) TakeHeld(&worker, *client, entries);
    entries->push_back(std::move(entry));
    if (released) TakeHeld(&worker, *client, entries);
  }
  for (const auto& [key, client] : std::exchange(worker.holding, {}))
    TakeHeld(&worker, *client, entries);
  worker.refreshing.clear();
}

// Takes it out. What was in flight goes to others, before any later event of its clients: behind what is in
// flight of a client stands what is held, behind that what is queued.
void DispatchMachine::Remove(Worker& worker, const absl::Status& status, absl::Time now) {
  const auto at = workers_.find(worker.id);
  const std::unique_ptr<Worker> gone = std::move(at->second);
  workers_.erase(at);
  ends_.push_back({gone->id, status});
  if (gone->active() && !HasActiveWorker() && !draining_) StartGrace(now);

  Entries entries = gone->in_flight.TakeAll();
  const std::size_t in_flight = entries.size();
  for (std::size_t i = 0; i < in_flight; ++i) {
    Client* const client = entries[i].client;
    if (client == nullptr) continue;
    client->in_flight = 0;
    TakeHeld(gone->holding.contains(client->key) ? gone.get() : nullptr, *client, &entries);
  }
  TakeWaiting(*gone, &entries);

  Entries kept;
  kept.reserve(entries.size());
  for (Entry& entry : entries) {
    if (entry.client == nullptr) {
      Done(entry);
    } else if (entry.attempt >= options_.max_deliveries) {
      ++counters_.events_poisoned;
      poisoned_.push_back(entry.event);
      Done(entry);
    } else {
      kept.push_back(std::move(entry));
    }
  }
  RouteAll(std::move(kept));
  UpdateLinksWanted(now);
  CheckEnds(now);
}

void DispatchMachine::CheckEnd(Worker& worker, absl::Time now) {
  if (!worker.in_flight.empty()) return;
  const bool leaving = worker.state == Worker::State::kLeaving;
  const bool finished = worker.state == Worker::State::kFinishing && links_left_ && events_ == 0;
  if (leaving || finished) Remove(worker, worker.end_status, now);
}

void DispatchMachine::CheckEnds(absl::Time now) {
  std::vector<WorkerId> ids;
  for (const auto& [id, worker] : workers_) {
    if (worker->state != Worker::State::kActive) ids.push_back(id);
  }
  for (const WorkerId id : ids) {
    if (Worker* worker = Find(id); worker != nullptr) CheckEnd(*worker, now);
  }
}

// ---- Drains

bool DispatchMachine::DrainWorker(WorkerId id, absl::Time now) {
  Worker* const worker = Find(id);
  if (worker == nullptr) return false;
  if (worker->end_by != absl::InfiniteFuture()) return true;
  worker->end_by = now + options_.drain_timeout;
  SetTimer(worker->end_by);
  draining_workers_.push_back(id);
  if (worker->state != Worker::State::kActive) return true;
  worker->end_status = WorkerDrained();
  StopTaking(*worker, LeaveMode::kKeepLinks, now);
  return true;
}

void DispatchMachine::Drain(absl::Time now) {
  if (std::exchange(draining_, true)) return;
  grace_until_ = absl::InfinitePast();
  for (const auto& [id, worker] : workers_)
    SayDaemonGoes(*worker);
  UpdateLinksWanted(now);
  CheckEnds(now);
}

// Streams for commands alone go on: calls are served until the end.
void DispatchMachine::SayDaemonGoes(Worker& worker) {
  draining_workers_.push_back(worker.id);
  if (!worker.active()) return;
  worker.end_status = absl::UnavailableError("the daemon is going; attach again elsewhere or later");
  worker.state = Worker::State::kFinishing;
}

bool DispatchMachine::drained() const {
  return draining_ && links_left_ && std::none_of(workers_.begin(), workers_.end(), [](const auto& at) {
           return !at.second->settings.kinds.empty();
         });
}

// ---- Timers

void DispatchMachine::OnTimer(absl::Time now) {
  next_timer_ = absl::InfiniteFuture();
  if (now >= grace_until_) {
    grace_until_ = absl::InfinitePast();
    UpdateLinksWanted(now);
  } else {
    SetTimer(grace_until_);
  }
  std::vector<WorkerId> ids;
  for (const auto& [id, worker] : workers_)
    ids.push_back(id);
  for (const WorkerId id : ids) {
    Worker* const worker = Find(id);
    if (worker == nullptr) continue;
    const absl::Time ack_by =
        worker->in_flight.empty() ? absl::InfiniteFuture() : worker->progress + options_.ack_timeout;
    if (now >= ack_by) {
      ++counters_.workers_ack_timeout;
      Remove(*worker,
             absl::ResourceExhaustedError(
                 "the worker acknowledged none of the events that it has; they went to others"),
             now);
    } else if (now >= worker->end_by) {
      Remove(*worker, WorkerDrained(), now);
    } else {
      if (now >= worker->collect_until) {
        worker->collect_until = absl::InfiniteFuture();
        MarkReady(*worker);
      }
      SetTimer(std::min({ack_by, worker->end_by, worker->collect_until}));
    }
  }
}

}  // namespace gatewayd::events
