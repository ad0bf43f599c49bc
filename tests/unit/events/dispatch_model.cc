#include "unit/events/dispatch_model.h"

#include <algorithm>

#include "absl/strings/numbers.h"

namespace gatewayd::events {
namespace {

DispatchModel::ClientKey KeyOf(const Event& event) {
  return {event.head().run->number, event.head().client.connection_id};
}

// Sessions are "v7": the seventh that this daemon has written.
std::uint64_t VersionOf(std::string_view session) {
  std::uint64_t version = 0;
  EXPECT_TRUE(session.size() > 1 && absl::SimpleAtoi(std::string(session.substr(1)), &version)) << session;
  return version;
}

}  // namespace

// ---- What happens

void DispatchModel::Accepted(const EventPtr& event) {
  ClientRecord& client = clients_[KeyOf(*event)];
  client.live.push_back(std::make_shared<Record>(Record{.event = event}));
  client.forget = event->kind() == EventKind::kClose;
  ++counters_.events_accepted;
  waiting_bytes_ += event->size();
}

void DispatchModel::Attached(WorkerId id, const WorkerSettings& settings) {
  ++counters_.workers_attached;
  if (!settings.kinds.empty()) {
    grace_until_ = absl::InfinitePast();
    for (auto& [other_id, other] : workers_) {
      if (other.state != State::kFinishing || draining_) continue;
      other.state = State::kLeaving;
      other.notices = other.notices_in_flight;
    }
  }
  WorkerRecord worker{.settings = settings};
  if (draining_ && worker.active()) worker.state = State::kFinishing;
  workers_.emplace(id, std::move(worker));
}

void DispatchModel::Left(WorkerId id, LeaveMode mode, absl::Time now) {
  WorkerRecord& worker = workers_.at(id);
  if (std::exchange(worker.left, true)) return;
  StopTaking(worker, mode, now);
}

void DispatchModel::StopTaking(WorkerRecord& worker, LeaveMode mode, absl::Time now) {
  if (worker.state == State::kLeaving) return;
  const bool takes = worker.takes();
  worker.state = State::kLeaving;
  if (takes && !HasTakingWorker()) {
    if (mode == LeaveMode::kCloseLinks && (draining_ || options_.links == LinksWanted::kAttached)) {
      worker.state = State::kFinishing;
      grace_until_ = absl::InfinitePast();
      return;
    }
    if (!draining_) grace_until_ = now + options_.grace;
  }
  worker.notices = worker.notices_in_flight;
}

void DispatchModel::WorkerDrained(WorkerId id, absl::Time now) {
  WorkerRecord& worker = workers_.at(id);
  if (worker.end_by != absl::InfiniteFuture()) return;
  worker.end_by = now + options_.drain_timeout;
  if (worker.state == State::kActive) StopTaking(worker, LeaveMode::kKeepLinks, now);
}

void DispatchModel::Drained() {
  if (std::exchange(draining_, true)) return;
  grace_until_ = absl::InfinitePast();
  for (auto& [id, worker] : workers_) {
    if (worker.active()) worker.state = State::kFinishing;
  }
}

void DispatchModel::Detached(WorkerId id, absl::Time now) {
  ++counters_.workers_broken;
  Remove(id, now);
}

void DispatchModel::Acknowledged(WorkerId id, std::uint64_t first, std::uint64_t last, absl::Time now) {
  WorkerRecord& worker = workers_.at(id);
  bool any = false;
  for (auto at = worker.in_flight.lower_bound(first); at != worker.in_flight.end() && at->first <= last;) {
    any = true;
    ++counters_.events_acknowledged;
    if (at->second->event->kind() == EventKind::kGatewayLost) {
      --worker.notices;
      --worker.notices_in_flight;
    } else {
      Done(at->second);
    }
    worker.in_flight_bytes -= at->second->event->size();
    at = worker.in_flight.erase(at);
  }
  if (any) {
    worker.progress = now;
  } else {
    ++counters_.acks_unknown;
  }
}

void DispatchModel::LinkGone(std::uint64_t run) {
  for (auto& [key, client] : clients_) {
    if (key.first == run) client.forget = true;
  }
}

void DispatchModel::RunOver(std::uint64_t run) {
  LinkGone(run);
  for (auto& [id, worker] : workers_) {
    if (worker.takes() && worker.settings.kinds.Has(EventKind::kGatewayLost)) ++worker.notices;
  }
}

void DispatchModel::Remove(WorkerId id, absl::Time now) {
  const WorkerRecord gone = std::move(workers_.at(id));
  workers_.erase(id);
  if (gone.active() && !HasActiveWorker() && !draining_) grace_until_ = now + options_.grace;
  for (const auto& [delivery, record] : gone.in_flight) {
    if (record->event->kind() == EventKind::kGatewayLost) continue;
    record->at = 0;
    if (record->deliveries < options_.max_deliveries) continue;
    ++counters_.events_poisoned;
    Done(record);
  }
}

void DispatchModel::Done(const std::shared_ptr<Record>& record) {
  std::deque<std::shared_ptr<Record>>& live = clients_.at(KeyOf(*record->event)).live;
  live.erase(std::find(live.begin(), live.end(), record));
}

// ---- What is delivered

void DispatchModel::Took(WorkerId id, const std::vector<Delivery>& batch, absl::Time now,
                         const std::map<ClientKey, std::uint64_t>& written) {
  const auto at = workers_.find(id);
  if (at == workers_.end()) {
    EXPECT_TRUE(batch.empty()) << "worker " << id << " is gone and gets events";
    return;
  }
  WorkerRecord& worker = at->second;
  EXPECT_TRUE(batch.empty() || worker.takes()) << "worker " << id << " leaves and gets events";
  EXPECT_TRUE(batch.empty() || !worker.idle) << "worker " << id << " was not told of its events";
  worker.idle = batch.empty();
  std::size_t bytes = 0;
  for (const Delivery& delivery : batch) {
    bytes += delivery.event->size();
    TookOne(worker, id, delivery, now, written);
  }
  EXPECT_TRUE(batch.size() < 2 || bytes <= worker.settings.max_batch_bytes);
}

void DispatchModel::TookOne(WorkerRecord& worker, WorkerId id, const Delivery& delivery, absl::Time now,
                            const std::map<ClientKey, std::uint64_t>& written) {
  const Event& event = *delivery.event;
  EXPECT_EQ(delivery.id, ++worker.delivered);
  EXPECT_TRUE(worker.settings.kinds.Has(event.kind())) << ToString(event.kind());
  ++counters_.events_delivered;
  if (delivery.redelivered()) ++counters_.events_redelivered;
  auto record = std::make_shared<Record>(Record{.event = delivery.event});
  if (event.kind() != EventKind::kGatewayLost) {
    ClientRecord& client = clients_[KeyOf(event)];
    const auto live = std::find_if(client.live.begin(), client.live.end(),
                                   [&](const auto& one) { return one->event == delivery.event; });
    ASSERT_TRUE(live != client.live.end()) << "an event that was done, or never accepted";
    record = *live;
    CheckOrder(id, client, *record);
    if (worker.settings.fresh_sessions && event.kind() != EventKind::kClose) {
      for (const auto& one : client.live)
        EXPECT_EQ(one->at, 0u) << "another event of the client is with a worker that wants fresh sessions";
    }
    CheckSession(worker, delivery, written);
    client.owner = id;
    record->at = id;
  } else {
    ++worker.notices_in_flight;
  }
  EXPECT_EQ(delivery.attempt, ++record->deliveries);
  EXPECT_LE(delivery.attempt, options_.max_deliveries);
  if (worker.settings.ack_on_send) {
    ++counters_.events_acknowledged;
    if (event.kind() == EventKind::kGatewayLost) {
      --worker.notices;
      --worker.notices_in_flight;
    } else {
      Done(record);
    }
    return;
  }
  if (worker.in_flight.empty()) worker.progress = now;
  worker.in_flight.emplace(delivery.id, std::move(record));
  worker.in_flight_bytes += event.size();
  CheckWindow(worker);
}

void DispatchModel::CheckOrder(WorkerId id, const ClientRecord& client, const Record& record) const {
  EXPECT_EQ(record.at, 0u) << "an event that is in flight at worker " << record.at;
  for (const auto& earlier : client.live) {
    if (earlier.get() == &record) break;
    EXPECT_EQ(earlier->at, id) << "an earlier event of the client is not at worker " << id;
  }
  const auto owner = workers_.find(client.owner);
  const bool stays = owner != workers_.end() && owner->second.takes();
  EXPECT_TRUE(!stays || client.owner == id) << "a client has left worker " << client.owner;
}

std::uint32_t DispatchModel::NarrowLimit(std::uint32_t attempt) const {
  if (attempt <= 1) return ~std::uint32_t{0};
  if (attempt + 1 >= options_.max_deliveries) return 1;
  return attempt == 2 ? 64 : 8;
}

void DispatchModel::CheckWindow(const WorkerRecord& worker) const {
  if (worker.in_flight.size() == 1) return;
  EXPECT_LE(worker.in_flight.size(), worker.settings.window_events);
  EXPECT_LE(worker.in_flight_bytes, worker.settings.window_bytes);
  for (const auto& [id, record] : worker.in_flight)
    EXPECT_LE(worker.in_flight.size(), NarrowLimit(record->deliveries));
}

void DispatchModel::CheckSession(const WorkerRecord& worker, const Delivery& delivery,
                                 const std::map<ClientKey, std::uint64_t>& written) const {
  if (!worker.settings.fresh_sessions) {
    EXPECT_EQ(delivery.session, nullptr);
    EXPECT_FALSE(delivery.session_stale);
    return;
  }
  if (delivery.session_stale || delivery.event->kind() == EventKind::kClose) return;
  const auto at = written.find(KeyOf(*delivery.event));
  const std::uint64_t version = VersionOf(delivery.session != nullptr ? std::string_view(*delivery.session)
                                                                      : delivery.event->session());
  EXPECT_GE(version, at == written.end() ? 0 : at->second) << "a session older than what was written";
}

// ---- What must be

void DispatchModel::Check(absl::Time now) {
  for (const WorkerId id : machine_.TakeReady()) {
    if (const auto at = workers_.find(id); at != workers_.end()) at->second.idle = false;
  }
  const EventKinds unwanted = UnwantedKinds();  // with those who took them, though they may end by that
  for (const WorkerEnd& end : machine_.TakeEnds())
    Ended(end.id, end.status, now);
  if (now >= grace_until_) grace_until_ = absl::InfinitePast();
  machine_.TakePoisoned();
  CheckEvents(unwanted);
  ForgetIdle();
  CheckWorkers(now);
  CheckCounters();
  const bool wanted = !draining_ && options_.links != LinksWanted::kNever &&
                      (options_.links == LinksWanted::kAlways || HasActiveWorker() || now < grace_until_);
  if (wanted) links_left_ = false;
  EXPECT_EQ(machine_.links_wanted(), wanted);
  EXPECT_EQ(machine_.client_count(), clients_.size());
}

void DispatchModel::Ended(WorkerId id, const absl::Status& status, absl::Time now) {
  const auto at = workers_.find(id);
  ASSERT_TRUE(at != workers_.end()) << "worker " << id << " ends twice";
  const WorkerRecord& worker = at->second;
  if (absl::IsResourceExhausted(status)) {
    if (status.message().find("half") != std::string::npos) {
      ++counters_.workers_over_share;
      const auto active = std::count_if(workers_.begin(), workers_.end(),
                                        [](const auto& one) { return one.second.active(); });
      EXPECT_TRUE(worker.active() && active > 1) << "a lone worker keeps all";
      EXPECT_GT(worker.in_flight_bytes + worker.notices * sizeof(Event) + waiting_bytes_,
                options_.event_memory / 2);
    } else {
      ++counters_.workers_ack_timeout;
      EXPECT_TRUE(!worker.in_flight.empty() && now >= worker.progress + options_.ack_timeout);
    }
  } else if (now < worker.end_by) {
    EXPECT_TRUE(worker.state != State::kActive && worker.in_flight.empty());
    EXPECT_TRUE(worker.state != State::kFinishing || (links_left_ && machine_.events_in_memory() == 0));
    EXPECT_TRUE(status.ok() || !worker.left) << status;
  }
  Remove(id, now);
}

EventKinds DispatchModel::UnwantedKinds() const {
  EventKinds kinds;
  for (const auto& [id, worker] : workers_) {
    for (std::uint8_t kind = 1; worker.takes() && kind <= 4; ++kind) {
      if (!worker.settings.kinds.Has(static_cast<EventKind>(kind))) kinds.Add(static_cast<EventKind>(kind));
    }
  }
  return kinds;
}

// Each event is in one place: the machine has one pointer to it while it is not done, and then none.
void DispatchModel::CheckEvents(EventKinds unwanted) {
  std::size_t events = 0;
  std::size_t bytes = 0;
  std::size_t sessions = 0;
  waiting_bytes_ = 0;
  for (auto& [key, client] : clients_) {
    std::erase_if(client.live, [&](const std::shared_ptr<Record>& record) {
      if (record->event->references() > 1) return false;
      EXPECT_EQ(record->at, 0u) << "an event is lost that is in flight";
      EXPECT_TRUE(unwanted.Has(record->event->kind())) << "an event is lost";
      ++counters_.events_unwanted;
      return true;
    });
    for (const auto& record : client.live) {
      EXPECT_EQ(record->event->references(), 2u) << "an event is in two places";
      ++events;
      bytes += record->event->size();
      if (record->at == 0) waiting_bytes_ += record->event->size();
    }
    if (client.live.empty()) client.kept_session = 0;
    sessions += client.kept_session;
  }
  for (const auto& [id, worker] : workers_) {
    events += worker.notices;
    bytes += worker.notices * sizeof(Event);
  }
  EXPECT_EQ(machine_.events_in_memory(), events);
  EXPECT_EQ(machine_.memory_used(), bytes + sessions);
  std::size_t with_workers = 0;
  for (const WorkerView& view : machine_.Workers())
    with_workers += view.bytes_in_flight + view.bytes_queued;
  EXPECT_LE(with_workers, bytes);
  EXPECT_TRUE(with_workers == bytes || machine_.events_held() > 0) << with_workers << " of " << bytes;
}

void DispatchModel::ForgetIdle() {
  if (options_.links == LinksWanted::kAlways && !HasTakingWorker() && grace_until_ == absl::InfinitePast()) {
    for (auto& [key, client] : clients_)
      client.forget = true;
  }
  std::erase_if(clients_,
                [](const auto& client) { return client.second.forget && client.second.live.empty(); });
}

void DispatchModel::CheckWorkers(absl::Time now) {
  const std::vector<WorkerView> views = machine_.Workers();
  ASSERT_EQ(views.size(), workers_.size());
  std::size_t queued = machine_.events_held();
  std::size_t clients = 0;
  for (const WorkerView& view : views) {
    const auto at = workers_.find(view.id);
    ASSERT_TRUE(at != workers_.end()) << "worker " << view.id << " should be gone";
    const WorkerRecord& worker = at->second;
    EXPECT_EQ(view.events_in_flight, worker.in_flight.size());
    EXPECT_EQ(view.bytes_in_flight, worker.in_flight_bytes);
    EXPECT_EQ(view.delivered, worker.delivered);
    EXPECT_EQ(view.leaving, worker.state != State::kActive);
    EXPECT_TRUE(worker.state != State::kLeaving || !worker.in_flight.empty()) << "it should have ended";
    EXPECT_TRUE(worker.in_flight.empty() || now < worker.progress + options_.ack_timeout);
    EXPECT_LT(now, worker.end_by);
    queued += view.events_queued + view.events_in_flight;
    clients += view.clients;
  }
  EXPECT_EQ(queued, machine_.events_in_memory());
  EXPECT_LE(clients, machine_.client_count());
  const bool all_idle =
      std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker.second.idle; });
  const bool finishing = std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) {
    return worker.second.state == State::kFinishing;
  });
  EXPECT_FALSE(all_idle && finishing && links_left_ && machine_.events_in_memory() == 0)
      << "who finishes should have ended";
}

void DispatchModel::CheckCounters() {
  const Counters& counters = machine_.counters();
  EXPECT_EQ(counters.events_accepted, counters_.events_accepted);
  EXPECT_EQ(counters.events_delivered, counters_.events_delivered);
  EXPECT_EQ(counters.events_acknowledged, counters_.events_acknowledged);
  EXPECT_EQ(counters.events_redelivered, counters_.events_redelivered);
  EXPECT_EQ(counters.events_unwanted, counters_.events_unwanted);
  EXPECT_EQ(counters.events_poisoned, counters_.events_poisoned);
  EXPECT_EQ(counters.acks_unknown, counters_.acks_unknown);
  EXPECT_EQ(counters.workers_attached, counters_.workers_attached);
  EXPECT_EQ(counters.workers_broken, counters_.workers_broken);
  EXPECT_EQ(counters.workers_ack_timeout, counters_.workers_ack_timeout);
  EXPECT_EQ(counters.workers_over_share, counters_.workers_over_share);
}

// ---- What is

bool DispatchModel::HasActiveWorker() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& at) { return at.second.active(); });
}

bool DispatchModel::HasTakingWorker() const {
  return std::any_of(workers_.begin(), workers_.end(), [](const auto& at) { return at.second.takes(); });
}

std::vector<WorkerId> DispatchModel::Workers() const {
  std::vector<WorkerId> ids;
  for (const auto& [id, worker] : workers_)
    ids.push_back(id);
  return ids;
}

std::vector<std::uint64_t> DispatchModel::InFlight(WorkerId id) const {
  std::vector<std::uint64_t> ids;
  for (const auto& [delivery, record] : workers_.at(id).in_flight)
    ids.push_back(delivery);
  return ids;
}

}  // namespace gatewayd::events
