// Workers come, take, acknowledge, and go.
#include <algorithm>
#include <utility>

#include "events/dispatch_state.h"

namespace gatewayd::events {
namespace {

// A worker that goes down by an event goes down again when it gets that one again. To find out which it was
// without giving up its neighbours, what is delivered again is delivered in smaller and smaller company.
constexpr std::uint32_t kNoLimit = ~std::uint32_t{0};
constexpr std::uint32_t kNarrowLimits[] = {64, 8, 1};

constexpr std::size_t NarrowIndex(std::uint32_t limit) {
  return limit == 64 ? 0 : limit == 8 ? 1 : 2;
}

}  // namespace

DispatchMachine::Worker* DispatchMachine::Find(WorkerId id) const {
  const auto at = workers_.find(id);
  return at == workers_.end() ? nullptr : at->second.get();
}

bool DispatchMachine::HasActiveWorker() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& at) { return at.second->active(); });
}

// Somebody takes events now, or may come back in time.
bool DispatchMachine::HasTaker() const {
  return grace_until_ != absl::InfinitePast() ||
         std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& at) { return at.second->takes_events(); });
}

void DispatchMachine::UpdateLinksWanted(absl::Time now) {
  const bool in_grace = now < grace_until_;
  const bool wanted = !draining_ && options_.links != LinksWanted::kNever &&
                      (options_.links == LinksWanted::kAlways || HasActiveWorker() || in_grace);
  if (wanted) links_left_ = false;
  links_wanted_ = wanted;
}

// ---- Come

WorkerId DispatchMachine::Attach(WorkerSettings settings, absl::Time now, absl::Time wall_now) {
  const WorkerId id = next_worker_++;
  auto worker = std::make_unique<Worker>();
  worker->id = id;
  worker->settings = std::move(settings);
  worker->attached_at = wall_now;
  const bool takes_events = !worker->settings.kinds.empty();
  workers_.emplace(id, std::move(worker));
  ++counters_.workers_attached;
  if (!takes_events) return id;

  grace_until_ = absl::InfinitePast();
  if (!draining_) {
    std::vector<Worker*> finishing;  // not the last ones any more
    for (const auto& [other_id, other] : workers_) {
      if (other->state == Worker::State::kFinishing) finishing.push_back(other.get());
    }
    for (Worker* other : finishing)
      StartLeaving(*other, now);
  }
  UpdateLinksWanted(now);
  std::deque<Entry> waiting = std::exchange(unassigned_, {});
  RouteAll({std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.end())});
  return id;
}

// ---- Take

std::uint32_t DispatchMachine::NarrowLimit(std::uint32_t attempt) const {
  if (attempt <= 1) return kNoLimit;
  if (attempt + 1 >= options_.max_deliveries) return kNarrowLimits[2];
  return attempt == 2 ? kNarrowLimits[0] : kNarrowLimits[1];
}

bool DispatchMachine::MayDeliver(const Worker& worker, const Entry& entry) const {
  const std::size_t in_flight = worker.in_flight.size();
  if (in_flight == 0) return true;  // one event always fits
  if (in_flight >= worker.settings.window_events ||
      worker.in_flight_bytes + entry.event->size() > worker.settings.window_bytes) {
    return false;
  }
  std::uint32_t limit = NarrowLimit(entry.attempt + 1);
  for (std::size_t i = 0; i < std::size(kNarrowLimits); ++i) {
    if (worker.narrowed[i] > 0) limit = std::min(limit, kNarrowLimits[i]);
  }
  return in_flight < limit;
}

void DispatchMachine::TakeBatch(WorkerId id, absl::Time now, std::vector<Delivery>* batch) {
  Worker* const worker = Find(id);
  if (worker == nullptr) return;
  worker->notified = false;
  std::size_t bytes = 0;
  while (!worker->queue.empty()) {
    Entry& front = worker->queue.front();
    const std::size_t size = front.event->size();
    if (!MayDeliver(*worker, front)) break;
    if (!batch->empty() && bytes + size > worker->settings.max_batch_bytes) break;
    Entry entry = std::move(front);
    worker->queue.pop_front();
    worker->queue_bytes -= size;
    if (entry.client != nullptr && entry.client->refreshing()) {
      entry.client->rare->held.push_back(std::move(entry));
      ++held_;
    } else if (NeedsFetch(*worker, entry)) {
      StartFetch(*worker, std::move(entry));
    } else {
      bytes += size;
      Deliver(*worker, std::move(entry), now, batch);
    }
  }
  if (worker->queue.empty() && worker->in_flight.empty()) worker->moved_bytes = 0;
  if (worker->settings.ack_on_send) CheckEnd(*worker, now);
}

void DispatchMachine::Deliver(Worker& worker, Entry entry, absl::Time now, std::vector<Delivery>* batch) {
  const std::uint64_t id = worker.next_delivery++;
  ++entry.attempt;
  ++worker.delivered;
  ++counters_.events_delivered;
  if (entry.attempt > 1) {
    ++worker.redelivered;
    ++counters_.events_redelivered;
  }
  Delivery& delivery =
      batch->emplace_back(Delivery{.id = id, .event = entry.event, .attempt = entry.attempt});
  Client* const client = entry.client;
  if (client != nullptr && worker.settings.fresh_sessions && client->last_write > entry.session_as_of &&
      client->rare != nullptr && entry.event->kind() != EventKind::kClose) {
    delivery.session = client->rare->session;
    delivery.session_stale = client->rare->fetch_failed;
  }
  if (worker.settings.ack_on_send) {
    worker.sent.emplace_back(id, DeliveredClient{entry.event->head().client, entry.event->head().run});
    if (worker.sent.size() > worker.settings.window_events) worker.sent.pop_front();
    ++worker.acknowledged;
    ++counters_.events_acknowledged;
    Done(entry);
    return;
  }
  if (worker.in_flight.empty()) {
    worker.progress = now;
    SetTimer(now + options_.ack_timeout);
  }
  worker.in_flight_bytes += entry.event->size();
  if (const std::uint32_t limit = NarrowLimit(entry.attempt); limit != kNoLimit) {
    ++worker.narrowed[NarrowIndex(limit)];
  }
  if (client != nullptr) ++client->in_flight;
  worker.in_flight.Add(id, std::move(entry));
}

// ---- Acknowledge

void DispatchMachine::Acknowledge(WorkerId id, std::uint64_t first, std::uint64_t last, absl::Time now) {
  Worker* const worker = Find(id);
  if (worker == nullptr || last < first) return;
  std::size_t taken = 0;
  if (first == last) {
    Entry entry;
    if (worker->in_flight.Take(first, &entry)) {
      taken = 1;
      Acknowledged(*worker, std::move(entry));
    }
  } else {
    Entries entries;
    taken =
        worker->in_flight.TakeRange(first, last, [&](Entry&& entry) { entries.push_back(std::move(entry)); });
    for (Entry& entry : entries)
      Acknowledged(*worker, std::move(entry));
  }
  if (taken == 0) {
    ++worker->unknown_acks;
    ++counters_.acks_unknown;
    return;
  }
  worker->progress = worker->in_flight.empty() ? absl::InfiniteFuture() : now;
  if (!worker->queue.empty()) MarkReady(*worker);
  CheckEnd(*worker, now);
}

void DispatchMachine::Acknowledged(Worker& worker, Entry entry) {
  ++worker.acknowledged;
  ++counters_.events_acknowledged;
  worker.in_flight_bytes -= entry.event->size();
  if (const std::uint32_t limit = NarrowLimit(entry.attempt); limit != kNoLimit) {
    --worker.narrowed[NarrowIndex(limit)];
  }
  if (Client* const client = entry.client; client != nullptr) {
    --client->in_flight;
    const bool go_on = client->in_flight == 0 && client->has_held() && !client->refreshing();
    if (go_on) ReleaseHeld(*client);  // before Done: the client is sure to be there
  }
  Done(entry);
}

std::optional<DeliveredClient> DispatchMachine::ClientOf(WorkerId id, std::uint64_t delivery) const {
  Worker* const worker = Find(id);
  if (worker == nullptr) return std::nullopt;
  if (worker->settings.ack_on_send) {
    const auto at =
        std::lower_bound(worker->sent.begin(), worker->sent.end(), delivery,
                         [](const auto& sent, std::uint64_t wanted) { return sent.first < wanted; });
    if (at == worker->sent.end() || at->first != delivery) return std::nullopt;
    return at->second;
  }
  const Entry* entry = worker->in_flight.Get(delivery);
  if (entry == nullptr || entry->client == nullptr) return std::nullopt;
  return DeliveredClient{entry->event->head().client, entry->event->head().run};
}

// ---- Go

void DispatchMachine::Leave(WorkerId id, LeaveMode mode, absl::Time now) {
  Worker* const worker = Find(id);
  if (worker == nullptr || worker->state != Worker::State::kActive) return;
  if (worker->settings.kinds.empty()) {
    StartLeaving(*worker, now);
    return;
  }
  worker->state = Worker::State::kFinishing;  // for now: it is not counted any more
  if (!HasActiveWorker() && mode == LeaveMode::kCloseLinks && options_.links == LinksWanted::kAttached) {
    grace_until_ = absl::InfinitePast();
    UpdateLinksWanted(now);
    CheckEnd(*worker, now);
    return;
  }
  if (!HasActiveWorker()) {
    grace_until_ = now + options_.grace;
    SetTimer(grace_until_);
  }
  StartLeaving(*worker, now);
  UpdateLinksWanted(now);
}

// Nothing more for it: what it has not been sent goes to others.
void DispatchMachine::StartLeaving(Worker& worker, absl::Time now) {
  worker.state = Worker::State::kLeaving;
  StopEvents(worker);
  CheckEnd(worker, now);
}

void DispatchMachine::StopEvents(Worker& worker) {
  Entries entries;
  for (Client* client : std::exchange(worker.refreshing, {})) {
    client->rare->fetch = 0;
    held_ -= client->rare->held.size();
    for (Entry& entry : std::exchange(client->rare->held, {}))
      entries.push_back(std::move(entry));
  }
  for (Entry& entry : std::exchange(worker.queue, {})) {
    if (entry.client == nullptr) {
      Done(entry);
    } else {
      entries.push_back(std::move(entry));
    }
  }
  worker.queue_bytes = 0;
  RouteAll(std::move(entries));
}

void DispatchMachine::Detach(WorkerId id, absl::Time now) {
  Worker* const worker = Find(id);
  if (worker == nullptr) return;
  ++counters_.workers_broken;
  Remove(*worker, absl::OkStatus(), now);
  ends_.erase(std::remove_if(ends_.begin(), ends_.end(), [&](const WorkerEnd& end) { return end.id == id; }),
              ends_.end());
}

// Takes it out. What was in flight goes to others, before any later event of its clients.
void DispatchMachine::Remove(Worker& worker, const absl::Status& status, absl::Time now) {
  const std::unique_ptr<Worker> gone = std::move(workers_.find(worker.id)->second);
  workers_.erase(worker.id);
  ends_.push_back({gone->id, status});

  Entries entries = gone->in_flight.TakeAll();
  const std::size_t in_flight = entries.size();
  const auto take_held = [&](Client& client) {
    if (!client.has_held()) return;
    held_ -= client.rare->held.size();
    for (Entry& entry : std::exchange(client.rare->held, {}))
      entries.push_back(std::move(entry));
  };
  for (std::size_t i = 0; i < in_flight; ++i) {
    Client* const client = entries[i].client;
    if (client == nullptr) continue;
    client->in_flight = 0;
    if (client->rare != nullptr) client->rare->fetch = 0;
    take_held(*client);
  }
  for (Client* client : gone->refreshing) {
    client->rare->fetch = 0;
    take_held(*client);
  }
  std::move(gone->queue.begin(), gone->queue.end(), std::back_inserter(entries));

  const bool took_events = !gone->settings.kinds.empty() && gone->state == Worker::State::kActive;
  if (took_events && !HasActiveWorker() && !draining_) {
    grace_until_ = now + options_.grace;
    SetTimer(grace_until_);
  }
  Entries kept;
  kept.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Entry& entry = entries[i];
    if (entry.client == nullptr) {
      Done(entry);
    } else if (i < in_flight && entry.attempt >= options_.max_deliveries) {
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
  const bool nothing_in_flight = worker.in_flight.empty();
  const bool leaving = worker.state == Worker::State::kLeaving && nothing_in_flight;
  const bool finished = worker.state == Worker::State::kFinishing && nothing_in_flight && links_left_ &&
                        worker.queue.empty() && worker.refreshing.empty();
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

void DispatchMachine::OnLinksLeft(absl::Time now) {
  if (links_wanted_) return;
  links_left_ = true;
  CheckEnds(now);
}

// A worker that hoards goes, while there is another one.
void DispatchMachine::CheckShares(absl::Time now) {
  for (const WorkerId id : std::exchange(over_share_, {})) {
    Worker* const worker = Find(id);
    const auto active =
        std::count_if(workers_.begin(), workers_.end(), [](const auto& at) { return at.second->active(); });
    if (worker == nullptr || !worker->active() || active < 2) continue;
    ++counters_.workers_over_share;
    Remove(
        *worker,
        absl::ResourceExhaustedError("the worker held more than half of the event memory; its events went to "
                                     "others"),
        now);
  }
}

bool DispatchMachine::DrainWorker(WorkerId id, absl::Time now) {
  Worker* const worker = Find(id);
  if (worker == nullptr) return false;
  worker->end_status = absl::UnavailableError("the worker was drained; attach again");
  worker->end_by = now + options_.drain_timeout;
  SetTimer(worker->end_by);
  draining_workers_.push_back(id);
  if (worker->state == Worker::State::kActive) Leave(id, LeaveMode::kKeepLinks, now);
  return true;
}

void DispatchMachine::Drain(absl::Time now) {
  if (std::exchange(draining_, true)) return;
  grace_until_ = absl::InfinitePast();
  UpdateLinksWanted(now);
  for (const auto& [id, worker] : workers_) {
    draining_workers_.push_back(id);
    if (worker->state == Worker::State::kLeaving) continue;
    worker->end_status = absl::UnavailableError("the daemon is going; attach again elsewhere or later");
    worker->state = worker->settings.kinds.empty() ? Worker::State::kLeaving : Worker::State::kFinishing;
  }
  CheckEnds(now);
}

bool DispatchMachine::drained() const {
  return draining_ && links_left_ && workers_.empty();
}

void DispatchMachine::OnTimer(absl::Time now) {
  next_timer_ = absl::InfiniteFuture();
  if (grace_until_ != absl::InfinitePast()) {
    if (now >= grace_until_) {
      grace_until_ = absl::InfinitePast();
      UpdateLinksWanted(now);
    } else {
      SetTimer(grace_until_);
    }
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
      Remove(*worker, worker->end_status, now);
    } else {
      SetTimer(std::min(ack_by, worker->end_by));
    }
  }
}

std::vector<WorkerView> DispatchMachine::Workers() const {
  std::vector<WorkerView> views;
  for (const auto& [id, worker] : workers_) {
    WorkerView& view = views.emplace_back(WorkerView{
        .id = id,
        .name = worker->settings.name,
        .kinds = worker->settings.kinds,
        .attached_at = worker->attached_at,
        .window_events = worker->settings.window_events,
        .window_bytes = worker->settings.window_bytes,
        .events_in_flight = worker->in_flight.size(),
        .bytes_in_flight = worker->in_flight_bytes,
        .events_queued = worker->queue.size(),
        .bytes_queued = worker->queue_bytes,
        .clients = worker->clients,
        .delivered = worker->delivered,
        .acknowledged = worker->acknowledged,
        .redelivered = worker->redelivered,
        .unknown_acks = worker->unknown_acks,
        .leaving = worker->state != Worker::State::kActive,
    });
    if (const CommandCount* count = worker->settings.commands.get(); count != nullptr) {
      view.commands = count->commands.load(std::memory_order_relaxed);
      view.commands_failed = count->failed.load(std::memory_order_relaxed);
    }
    if (!worker->in_flight.empty()) view.oldest_read = worker->in_flight.front().event->head().read;
    if (!worker->queue.empty()) {
      view.oldest_read = std::min(view.oldest_read, worker->queue.front().event->head().read);
    }
  }
  return views;
}

}  // namespace gatewayd::events
