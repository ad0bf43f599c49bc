#include "events/hub.h"

#include <glog/logging.h>

#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

#include "absl/time/clock.h"
#include "cluster/text.h"

namespace gatewayd::events {
namespace {

using cluster::StrCat;

constexpr std::size_t kStagedAtOnce = 512;
constexpr std::size_t kReservedAcks = 128;

absl::Time MonotonicNow() {
  return absl::FromUnixNanos(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::steady_clock::now().time_since_epoch())
                                 .count());
}

}  // namespace

// What a step has made due.
struct Hub::Due {
  std::vector<std::shared_ptr<AttachedWorker>> ready;
  std::vector<std::shared_ptr<AttachedWorker>> draining;
  std::vector<std::pair<std::shared_ptr<AttachedWorker>, WorkerEnd>> ends;
  std::vector<SessionFetch> fetches;
  std::vector<Mark> marks;
  std::vector<EventPtr> poisoned;
  bool resume = false;
  bool sync_links = false;
  bool arm_timer = false;
  std::optional<bool> memory_full;
};

Hub::Hub(cluster::Cluster& cluster, const Options& options)
    : cluster_(cluster), options_(options), timer_(cluster.io()), machine_(options) {
  cluster_.SetEventSink(this);
  Run([](DispatchMachine&) {});
}

Hub::~Hub() = default;

template <typename Step>
void Hub::Run(Step&& step) {
  Due due;
  {
    std::lock_guard lock(mutex_);
    step(machine_);
    Collect(&due);
    if (machine_.draining()) drained_.notify_all();
  }
  Perform(due);
}

void Hub::Collect(Due* due) {
  const auto find = [&](WorkerId id) {
    const auto at = attached_.find(id);
    return at == attached_.end() ? nullptr : at->second;
  };
  for (const WorkerId id : machine_.TakeReady()) {
    if (auto worker = find(id)) due->ready.push_back(std::move(worker));
  }
  for (const WorkerId id : machine_.TakeDraining()) {
    if (auto worker = find(id)) due->draining.push_back(std::move(worker));
  }
  for (WorkerEnd& end : machine_.TakeEnds()) {
    const auto at = attached_.find(end.id);
    if (at == attached_.end()) continue;
    due->ends.emplace_back(std::move(at->second), std::move(end));
    attached_.erase(at);
  }
  due->fetches = machine_.TakeFetches();
  due->marks = machine_.TakeMarks();
  due->poisoned = machine_.TakePoisoned();
  due->resume = machine_.TakeResume();
  due->sync_links = machine_.TakeLinksWanted().has_value();
  due->arm_timer = machine_.NextTimer() < armed_;
  if (machine_.memory_full() != memory_full_said_) {
    memory_full_said_ = machine_.memory_full();
    due->memory_full = memory_full_said_;
  }
}

void Hub::Perform(Due& due) {
  for (const EventPtr& event : due.poisoned) {
    LOG(ERROR) << "event given up: " << ToString(event->kind()) << " of client "
               << wire::FormatClientId(event->head().client) << " brought down " << options_.max_deliveries
               << " workers";
  }
  if (due.memory_full) LogMemory(*due.memory_full);
  if (due.resume) cluster_.ResumeEvents();
  // The state at that time is what counts, so that two threads cannot swap what they say.
  if (due.sync_links) boost::asio::post(cluster_.io(), [this] { SyncLinks(); });
  if (due.arm_timer) boost::asio::post(cluster_.io(), [this] { ArmTimer(); });
  for (const Mark& mark : due.marks)
    cluster_.MarkEvents(mark.run, mark.token);
  if (!due.fetches.empty()) {
    cluster::WriteBatch batch;
    for (const SessionFetch& fetch : due.fetches)
      Fetch(fetch, batch);
  }
  for (const auto& worker : due.draining)
    worker->OnDraining(options_.drain_timeout);
  for (const auto& worker : due.ready)
    worker->OnReady();
  for (const auto& [worker, end] : due.ends) {
    LOG_IF(INFO, end.status.ok()) << "worker " << end.id << ": left";
    LOG_IF(WARNING, !end.status.ok()) << "worker " << end.id << ": detached: " << end.status.message();
    const bool left = end.status.ok();
    Tell(left ? cluster::ChangeKind::kWorkerLeft : cluster::ChangeKind::kWorkerLost,
         StrCat("worker ", end.id), std::string(end.status.message()));
    worker->OnEnd(end.status);
  }
}

void Hub::Tell(cluster::ChangeKind kind, std::string subject, std::string text) {
  if (cluster::ChangeLog* changes = cluster_.changes())
    changes->Add(kind, std::move(subject), std::move(text));
}

void Hub::LogMemory(bool full) {
  Tell(full ? cluster::ChangeKind::kMemoryFull : cluster::ChangeKind::kMemoryFree, "",
       full ? "event links are not read until workers acknowledge" : "event links are read again");
  if (full) {
    LOG(WARNING) << "event memory full (" << options_.event_memory
                 << " bytes): event links are not read until workers acknowledge; Gateways drop events once "
                    "their own buffers are full";
  } else {
    LOG(INFO) << "event memory has room again: event links are read";
  }
}

// ---- Workers

absl::StatusOr<WorkerId> Hub::Attach(WorkerSettings settings, std::shared_ptr<AttachedWorker> worker) {
  if (!settings.kinds.empty() && options_.links == LinksWanted::kNever) {
    return absl::FailedPreconditionError("this daemon takes no events: it runs with --events=never");
  }
  absl::StatusOr<WorkerId> id = absl::UnavailableError("the daemon is going; attach elsewhere or later");
  const std::string name = settings.name;
  Run([&](DispatchMachine& machine) {
    if (machine.draining() || stopped_) return;
    id = machine.Attach(std::move(settings), MonotonicNow(), absl::Now());
    attached_.emplace(*id, std::move(worker));
  });
  if (id.ok()) {
    LOG(INFO) << "worker " << *id << " \"" << name << "\": attached";
    Tell(cluster::ChangeKind::kWorkerAttached, StrCat("worker ", *id), name);
  }
  return id;
}

void Hub::Detach(WorkerId id) {
  bool was_attached = false;
  Run([&](DispatchMachine& machine) {
    was_attached = attached_.erase(id) > 0;
    machine.Detach(id, MonotonicNow());
  });
  if (was_attached) {
    LOG(WARNING) << "worker " << id << ": its stream broke; its events go to others";
    Tell(cluster::ChangeKind::kWorkerLost, StrCat("worker ", id),
         "its stream broke; its events go to others");
  }
}

void Hub::Leave(WorkerId id, LeaveMode mode) {
  Run([&](DispatchMachine& machine) { machine.Leave(id, mode, MonotonicNow()); });
}

void Hub::Acknowledge(WorkerId id, const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges) {
  std::vector<EventPtr> done;  // freed without the lock
  done.reserve(kReservedAcks);
  Run([&](DispatchMachine& machine) {
    const absl::Time now = MonotonicNow();
    for (const auto& [first, last] : ranges)
      machine.Acknowledge(id, first, last, now, &done);
  });
}

void Hub::TakeBatch(WorkerId id, std::vector<Delivery>* batch) {
  Run([&](DispatchMachine& machine) { machine.TakeBatch(id, MonotonicNow(), batch); });
}

void Hub::ClientsOf(WorkerId id, const std::vector<std::uint64_t>& deliveries,
                    std::vector<std::optional<DeliveredClient>>* clients) const {
  clients->clear();
  clients->reserve(deliveries.size());
  std::lock_guard lock(mutex_);
  for (const std::uint64_t delivery : deliveries)
    clients->push_back(machine_.ClientOf(id, delivery));
}

bool Hub::IsBeforeHandshake(const wire::ClientId& client) const {
  std::lock_guard lock(mutex_);
  return machine_.IsBeforeHandshake(client);
}

bool Hub::HasSessionThatIsNoObject(const wire::ClientId& client) const {
  std::lock_guard lock(mutex_);
  return machine_.HasSessionThatIsNoObject(client);
}

// ---- Sessions

void Hub::Fetch(const SessionFetch& fetch, cluster::WriteBatch& batch) {
  const auto answer = [this, fetch](absl::StatusOr<std::string_view> payload) {
    std::optional<std::string> session;
    if (payload.ok()) {
      const auto stored = cluster_.dialect().DecodeSession(*payload);
      // A client that is gone has no newer session than the one that the event brought.
      if (stored.ok() && *stored) session = std::string(**stored);
    }
    Run([&](DispatchMachine& machine) { machine.OnSession(fetch, std::move(session)); });
  };
  const std::shared_ptr<const cluster::View> view = cluster_.view();
  const absl::StatusOr<cluster::Gateway*> gateway = view->Find(fetch.client.gateway);
  if (!gateway.ok()) return answer(gateway.status());
  (*gateway)->Query(
      {.command = wire::Command::kGetSessionByClientId, .connection_id = fetch.client.connection_id},
      {.generation = fetch.run->generation}, batch, answer);
}

// ---- The cluster

bool Hub::OnEvent(const cluster::RunPtr& run, const wire::Frame& frame) {
  const std::size_t size = Event::SizeOf(frame);
  if (staged_.empty() || staged_bytes_ + size > room_ || staged_.size() >= kStagedAtOnce) {
    AcceptStaged();
    DispatchMachine::Verdict verdict = DispatchMachine::Verdict::kTake;
    Run([&](DispatchMachine& machine) {
      verdict = machine.Check(size);
      const std::size_t used = machine.memory_used();
      room_ = used < options_.event_memory ? options_.event_memory - used : 0;
    });
    if (verdict == DispatchMachine::Verdict::kFull) return false;
    if (read_ == absl::InfinitePast()) read_ = absl::Now();
    if (verdict == DispatchMachine::Verdict::kDrop) {
      if (watched_.load(std::memory_order_relaxed)) ShowCopy(Event::FromFrame(run, frame, read_));
      return true;
    }
  }
  staged_.push_back(Event::FromFrame(run, frame, read_));
  staged_bytes_ += size;
  if (watched_.load(std::memory_order_relaxed)) ShowCopy(staged_.back());
  return true;
}

void Hub::AcceptStaged() {
  if (staged_.empty()) return;
  Run([&](DispatchMachine& machine) {
    const absl::Time now = MonotonicNow();
    for (EventPtr& event : staged_)
      machine.Accept(std::move(event), now);
  });
  staged_.clear();
  staged_bytes_ = 0;
}

void Hub::OnEventsRead() {
  AcceptStaged();
  read_ = absl::InfinitePast();
}

void Hub::OnEventLinkUp(const cluster::RunPtr& run) {
  AcceptStaged();
  Run([&](DispatchMachine& machine) { machine.OnLinkUp(run, MonotonicNow()); });
}

void Hub::OnEventLinkGone(const cluster::RunPtr& run) {
  AcceptStaged();
  Run([&](DispatchMachine& machine) { machine.OnLinkGone(run); });
}

void Hub::OnRunOver(const cluster::RunPtr& run) {
  AcceptStaged();
  const absl::Time read = absl::Now();
  Run([&](DispatchMachine& machine) { machine.OnRunOver(run, read); });
  if (watched_.load(std::memory_order_relaxed)) {
    ShowCopy(Event::Make({.kind = EventKind::kGatewayLost, .run = run, .read = read}, {}, {}));
  }
}

void Hub::OnEventLinksLeft() {
  AcceptStaged();
  if (links_asked_) return;  // the cluster is to open them again, and has not heard of it yet
  links_opened_ = false;
  Run([&](DispatchMachine& machine) { machine.OnLinksLeft(MonotonicNow()); });
}

void Hub::OnSessionWritten(const cluster::RunPtr& run, std::uint32_t connection_id) {
  Run([&](DispatchMachine& machine) { machine.OnSessionWritten(run, connection_id, MonotonicNow()); });
}

void Hub::OnMarked(const cluster::RunPtr& run, std::uint64_t token) {
  AcceptStaged();  // what was read before the mark is older than it
  Run([&](DispatchMachine& machine) { machine.OnMarked(run, token, MonotonicNow()); });
}

void Hub::SyncLinks() {
  bool wanted = false;
  {
    std::lock_guard lock(mutex_);
    wanted = machine_.links_wanted() && !stopped_;
  }
  links_asked_ = wanted;
  if (wanted) links_opened_ = true;
  if (wanted || links_opened_) return cluster_.WantEvents(wanted);
  // They were wanted for so short a time that the cluster has not heard of it, and has nothing to leave.
  Run([](DispatchMachine& machine) { machine.OnLinksLeft(MonotonicNow()); });
}

void Hub::ArmTimer() {
  std::lock_guard lock(mutex_);
  if (stopped_ || machine_.NextTimer() >= armed_) return;
  armed_ = machine_.NextTimer();
  timer_.expires_after(absl::ToChronoNanoseconds(std::max(armed_ - MonotonicNow(), absl::ZeroDuration())));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) RunTimer();
  });
}

void Hub::RunTimer() {
  Run([&](DispatchMachine& machine) {
    armed_ = absl::InfiniteFuture();
    machine.OnTimer(MonotonicNow());
  });
}

// ---- Watchers

void Hub::AddWatch(const std::shared_ptr<Watch>& watch) {
  std::lock_guard lock(watch_mutex_);
  std::erase_if(watches_, [](const auto& weak) { return weak.expired(); });
  watches_.push_back(watch);
  watched_ = true;
}

std::vector<std::shared_ptr<Watch>> Hub::Watches() const {
  std::lock_guard lock(watch_mutex_);
  std::vector<std::shared_ptr<Watch>> watches;
  for (const std::weak_ptr<Watch>& weak : watches_) {
    if (auto watch = weak.lock()) watches.push_back(std::move(watch));
  }
  return watches;
}

void Hub::ShowCopy(const EventPtr& event) {
  const std::vector<std::shared_ptr<Watch>> watches = Watches();
  for (const auto& watch : watches) {
    if (!watch->Offer(event)) copies_lost_.fetch_add(1, std::memory_order_relaxed);
  }
  if (!watches.empty()) return;
  std::lock_guard lock(watch_mutex_);
  std::erase_if(watches_, [](const auto& weak) { return weak.expired(); });
  watched_ = !watches_.empty();
}

// ---- The operator

absl::Status Hub::DrainWorker(WorkerId id) {
  bool found = false;
  Run([&](DispatchMachine& machine) { found = machine.DrainWorker(id, MonotonicNow()); });
  if (found) Tell(cluster::ChangeKind::kWorkerDraining, StrCat("worker ", id), "an operator told it to go");
  return found ? absl::OkStatus() : absl::NotFoundError(StrCat("no worker ", id, " is attached"));
}

void Hub::Drain(absl::Time deadline) {
  Run([&](DispatchMachine& machine) { machine.Drain(MonotonicNow()); });
  std::vector<std::shared_ptr<AttachedWorker>> left;
  {
    std::unique_lock lock(mutex_);
    if (stopped_) return;
    drained_.wait_until(lock, absl::ToChronoTime(deadline), [&] { return machine_.drained(); });
    stopped_ = true;
    unfinished_ = machine_.events_in_memory();
    for (auto& [id, worker] : attached_)
      left.push_back(std::move(worker));
    attached_.clear();
  }
  for (const auto& worker : left)
    worker->OnEnd(absl::UnavailableError("the daemon is going; attach again elsewhere or later"));
  for (const auto& watch : Watches())
    watch->Close();
  boost::asio::post(cluster_.io(), [this] { timer_.cancel(); });
  if (unfinished_ > 0) LOG(WARNING) << unfinished_ << " events were not acknowledged when the daemon ended";
}

HubView Hub::view() const {
  std::lock_guard lock(mutex_);
  return {.workers = machine_.Workers(),
          .memory_used = machine_.memory_used(),
          .memory_limit = options_.event_memory,
          .events_held = machine_.events_held(),
          .clients = machine_.client_count(),
          .reading_stopped = machine_.memory_full()};
}

std::map<std::string, std::uint64_t> Hub::counters() const {
  std::lock_guard lock(mutex_);
  Counters counters = machine_.counters();
  counters.events_unfinished = unfinished_;
  counters.watch_copies_lost = copies_lost_.load(std::memory_order_relaxed);
  return counters.ByName();
}

std::vector<std::string> Hub::degraded() const {
  std::lock_guard lock(mutex_);
  if (!machine_.memory_full()) return {};
  return {StrCat("event memory full: ", machine_.memory_used(), " of ", options_.event_memory,
                 " bytes; event links are not read")};
}

}  // namespace gatewayd::events
