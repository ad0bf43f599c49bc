// Workers come, take and acknowledge.
#include <algorithm>
#include <iterator>
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

// ---- Come

WorkerId DispatchMachine::Attach(WorkerSettings settings, absl::Time now, absl::Time wall_now) {
  const WorkerId id = next_worker_++;
  auto worker = std::make_unique<Worker>();
  worker->id = id;
  worker->settings = std::move(settings);
  worker->attached_at = wall_now;
  const bool takes_events = worker->takes_events();
  if (draining_) SayDaemonGoes(*worker);
  workers_.emplace(id, std::move(worker));
  ++counters_.workers_attached;
  if (!takes_events) return id;

  grace_until_ = absl::InfinitePast();
  if (!draining_) LetFinishingGo(now);
  UpdateLinksWanted(now);
  std::deque<Entry> waiting = std::exchange(unassigned_, {});
  RouteAll({std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.end())});
  // Nothing is read any more that would show who holds too much.
  if (memory_full_) {
    for (const auto& [other_id, other] : workers_) {
      if (IsOverShare(*other)) over_share_.push_back(other_id);
    }
    CheckShares(now);
  }
  if (draining_) CheckEnds(now);
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

// Whether the next batch is still to be collected; see Options.
bool DispatchMachine::Collects(Worker& worker, absl::Time now) {
  worker.collect_until = absl::InfiniteFuture();
  if (worker.settings.ack_on_send || worker.queue.size() >= options_.collect_events ||
      worker.queue_bytes >= options_.batch_bytes) {
    return false;
  }
  const bool behind = worker.last_acknowledged + 1 < worker.next_delivery;
  const absl::Duration wait =
      behind ? options_.collect_behind
             : std::min((worker.last_batch_events - 0.5) * options_.collect_each, options_.collect_most);
  if (now >= worker.last_batch + wait) return false;
  worker.collect_until = worker.last_batch + wait;
  SetTimer(worker.collect_until);
  return true;
}

void DispatchMachine::TakeBatch(WorkerId id, absl::Time now, std::vector<Delivery>* batch) {
  Worker* const worker = Find(id);
  if (worker == nullptr) return;
  worker->notified = false;
  if (!worker->queue.empty() && Collects(*worker, now)) return;
  const std::size_t before = batch->size();
  std::size_t bytes = 0;
  while (!worker->queue.empty()) {
    const Entry& front = worker->queue.front();
    if (!MayDeliver(*worker, front)) break;
    if (MustWait(*worker, front)) {
      Hold(*worker, worker->PopFront(), /*first=*/false);
    } else if (NeedsFetch(*worker, front)) {
      if (!worker->may_fetch()) break;
      if (front.client->released()) front.client->rare->released = false;
      StartFetch(*worker, worker->PopFront());
    } else {
      const std::size_t size = front.event->size();
      if (bytes > 0 && bytes + size > worker->settings.max_batch_bytes) break;
      bytes += size;
      Deliver(*worker, worker->PopFront(), now, batch);
    }
  }
  if (batch->size() > before) {
    ++counters_.batches;
    worker->last_batch = now;
    worker->last_batch_events = static_cast<double>(batch->size() - before);
  }
  // Not with a batch: its stream must send that before it ends.
  if (bytes == 0 && worker->settings.ack_on_send) CheckEnd(*worker, now);
}

void DispatchMachine::Deliver(Worker& worker, Entry entry, absl::Time now, std::vector<Delivery>* batch) {
  if (entry.client != nullptr && entry.client->released()) entry.client->rare->released = false;
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
  if (IsOutdated(worker, entry)) AddSession(entry, &delivery);
  if (worker.settings.ack_on_send) {
    if (entry.client != nullptr) {
      worker.sent.emplace_back(id, DeliveredClient{entry.event->head().client, entry.event->head().run});
      if (worker.sent.size() > worker.settings.window_events) worker.sent.pop_front();
    }
    ++worker.acknowledged;
    ++counters_.events_acknowledged;
    if (entry.client != nullptr && entry.client->has_held()) Release(worker, *entry.client);
    Done(entry);
    return;
  }
  if (worker.in_flight.empty()) {
    worker.progress = now;
    SetTimer(now + options_.ack_timeout);
  }
  if (const std::uint32_t limit = NarrowLimit(entry.attempt); limit != kNoLimit) {
    ++worker.narrowed[NarrowIndex(limit)];
  }
  if (entry.client != nullptr) ++entry.client->in_flight;
  worker.AddInFlight(id, std::move(entry));
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

// ---- Acknowledge

void DispatchMachine::Acknowledge(WorkerId id, std::uint64_t first, std::uint64_t last, absl::Time now,
                                  std::vector<EventPtr>* done) {
  Worker* const worker = Find(id);
  if (worker == nullptr) return;
  const std::size_t taken = worker->in_flight.TakeRange(first, last, [&](Entry&& entry) {
    Acknowledged(*worker, entry);
    if (done != nullptr) done->push_back(std::move(entry.event));
  });
  if (taken == 0) {
    ++worker->unknown_acks;
    ++counters_.acks_unknown;
    return;
  }
  worker->last_acknowledged = std::max(worker->last_acknowledged, std::min(last, worker->next_delivery - 1));
  worker->progress = worker->in_flight.empty() ? absl::InfiniteFuture() : now;
  if (!worker->queue.empty()) MarkReady(*worker);
  CheckEnd(*worker, now);
}

void DispatchMachine::Acknowledged(Worker& worker, const Entry& entry) {
  ++worker.acknowledged;
  ++counters_.events_acknowledged;
  worker.TookFromInFlight(entry);
  if (const std::uint32_t limit = NarrowLimit(entry.attempt); limit != kNoLimit) {
    --worker.narrowed[NarrowIndex(limit)];
  }
  if (Client* const client = entry.client; client != nullptr) {
    --client->in_flight;
    // Before Done: the client is sure to be there.
    if (client->in_flight == 0 && client->has_held() && !client->refreshing() && !client->released()) {
      if (worker.takes_events()) {
        Release(worker, *client);
      } else {
        ReleaseHeld(*client);
      }
    }
  }
  Done(entry);
}

// ---- Shares

// More than half of the memory, and not by what others left to it.
bool DispatchMachine::IsOverShare(const Worker& worker) const {
  return worker.bytes() - worker.moved_bytes > options_.event_memory / 2 && worker.active();
}

// A worker that hoards goes, while there is another one.
void DispatchMachine::CheckShares(absl::Time now) {
  for (const WorkerId id : std::exchange(over_share_, {})) {
    Worker* const worker = Find(id);
    const auto active =
        std::count_if(workers_.begin(), workers_.end(), [](const auto& at) { return at.second->active(); });
    if (worker == nullptr || !IsOverShare(*worker) || active < 2) continue;
    ++counters_.workers_over_share;
    Remove(
        *worker,
        absl::ResourceExhaustedError("the worker held more than half of the event memory; its events went to "
                                     "others"),
        now);
  }
}

// ---- What is

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
        .events_queued = worker->queue.size() + worker->held,
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
