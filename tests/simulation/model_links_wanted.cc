// Promise 6: event links are wanted while a worker that wants events is attached, and for the grace period
// after one that will be back; how attachments end. Promise 7: a drain.
#include <algorithm>

#include "simulation/model_events.h"

namespace gatewayd::simulation {

using cluster::StrCat;

namespace {

constexpr absl::Duration kSlack = absl::Milliseconds(5);

}  // namespace

bool EventModel::HasActive() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& at) { return at.second.active(); });
}

bool EventModel::links_wanted() const {
  if (draining_ || options_.links == events::LinksWanted::kNever) return false;
  return options_.links == events::LinksWanted::kAlways || HasActive() || sim_.now() < grace_until_;
}

void EventModel::StartGraceIfAlone() {
  if (!HasActive() && !draining_) grace_until_ = sim_.now() + options_.grace;
}

// ---- Come and go

void EventModel::OnAttach(events::WorkerId id, const events::WorkerSettings& settings) {
  if (draining_) sim_.Broken(7, "a worker was attached to a daemon that goes");
  workers_[id].settings = settings;
  if (settings.kinds.empty()) return;
  for (std::uint8_t kind = 1; kind <= 4; ++kind) {
    const auto one = static_cast<events::EventKind>(kind);
    if (!settings.kinds.Has(one)) unwanted_kinds_.Add(one);
  }
  grace_until_ = absl::InfinitePast();
  for (auto& [other, worker] : workers_)
    worker.finishing = false;  // not the last ones any more
}

void EventModel::OnLeave(events::WorkerId id, events::LeaveMode mode) {
  const auto at = workers_.find(id);
  if (at == workers_.end() || at->second.left) return;
  Worker& worker = at->second;
  const bool was_active = worker.active();
  worker.left = true;
  if (!was_active) return;
  if (draining_) {
    worker.finishing = mode == events::LeaveMode::kCloseLinks && !HasActive();
    return;
  }
  if (mode == events::LeaveMode::kCloseLinks && !HasActive() &&
      options_.links == events::LinksWanted::kAttached) {
    worker.finishing = true;
    grace_until_ = absl::InfinitePast();
  } else {
    StartGraceIfAlone();
  }
}

void EventModel::OnDrainWorker(events::WorkerId id) {
  const auto at = workers_.find(id);
  if (at == workers_.end()) return;
  Worker& worker = at->second;
  if (!worker.active() || draining_) return;
  worker.drained = true;
  StartGraceIfAlone();
}

// All that are there finish what there is.
void EventModel::OnDrain() {
  draining_ = true;
  grace_until_ = absl::InfinitePast();
  for (auto& [id, worker] : workers_)
    worker.finishing = worker.finishing || worker.active();
}

void EventModel::OnDetach(events::WorkerId id) {
  Release(id, nullptr);
}

void EventModel::OnEnd(const events::WorkerEnd& end) {
  Release(end.id, &end.status);
}

// `status`: the daemon has ended it; null: its stream broke.
void EventModel::Release(events::WorkerId id, const absl::Status* status) {
  const auto at = workers_.find(id);
  if (at == workers_.end()) return;
  const Worker worker = std::move(at->second);
  workers_.erase(at);
  if (status != nullptr && status->ok()) {
    if (!worker.left) sim_.Broken(4, StrCat("worker ", id, " was ended with OK; it had not left"));
    if (!worker.in_flight.empty()) {
      sim_.Broken(4, StrCat("the stream of worker ", id, " ended before its ", worker.in_flight.size(),
                            " events were acknowledged"));
    }
    const bool all_done = std::all_of(records_.begin(), records_.end(),
                                      [&](const auto& record) { return IsUnwantedBySome(*record.second); });
    if (worker.finishing && !all_done) {
      sim_.Broken(6, StrCat("the last worker, ", id, ", ended before it had got all events"));
    }
  }
  if (status != nullptr && absl::IsResourceExhausted(*status)) {
    const bool late = !worker.in_flight.empty() && worker.progress + options_.ack_timeout <= sim_.now();
    std::size_t bytes = 0;
    for (const auto& [event, record] : records_)
      bytes += event->size();
    if (!late && (bytes <= options_.event_memory / 2 || !HasActive())) {
      sim_.Broken(5, StrCat("worker ", id, " was thrown out: ", std::string(status->message())));
    }
  }
  for (const auto& [delivery, record] : worker.in_flight) {
    if (record->client == nullptr) continue;
    record->at = 0;
    if (record->attempts < options_.max_deliveries) continue;
    ++poisoned_;
    Done(record);
  }
  if (worker.active() && !draining_) StartGraceIfAlone();
}

// ---- Times

void EventModel::CheckTimes(const events::DispatchMachine& machine) {
  if (machine.links_wanted() == links_wanted()) {
    mismatch_since_ = absl::InfiniteFuture();
  } else {
    mismatch_since_ = std::min(mismatch_since_, sim_.now());
    if (sim_.now() >= mismatch_since_ + kSlack) {
      sim_.Broken(6, StrCat("event links are ", machine.links_wanted() ? "" : "not ", "wanted; they are ",
                            links_wanted() ? "" : "not ", "to be"));
    }
  }
  if (sim_.steps() % 64 != 0) return;
  for (const auto& [id, worker] : workers_) {
    if (worker.in_flight.empty() || sim_.now() <= worker.progress + options_.ack_timeout + kSlack) continue;
    sim_.Broken(5, StrCat("worker ", id, " acknowledges nothing and is still there"));
  }
}

}  // namespace gatewayd::simulation
