#include "crew.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace gatewayworker::internal {

namespace {

// After so many looks at a leader who did nothing, the watcher sleeps until he does something again.
constexpr int kIdleLooks = 5;
// After so many looks at a leader who runs handler after handler, it is asked to look at the stream: what is
// done is to be sent meanwhile.
constexpr int kBusyLooks = 5;

}  // namespace

thread_local Crew::Member* Crew::member_ = nullptr;

Crew::Crew(std::size_t concurrency, Duties duties)
    : concurrency_(std::max<std::size_t>(concurrency, 1)), duties_(std::move(duties)) {}

void Crew::Run(std::chrono::milliseconds patience, const std::function<void(std::size_t)>& still_running) {
  {
    Member me(*this);
    Work(me);
  }
  Lock lock(mutex_);
  if (!ended_.wait_for(lock, patience, [this] { return threads_ == 0; })) {
    const std::size_t running = running_.size();
    lock.unlock();
    still_running(running);
    lock.lock();
    ended_.wait(lock, [this] { return threads_ == 0; });
  }
  lock.unlock();
  joined_.clear();
}

void Crew::Put(std::vector<Event> events) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  std::move(events.begin(), events.end(), std::back_inserter(ready_));
}

void Crew::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  ready_.clear();
  look_.notify_all();
  standing_by_.notify_all();
}

bool Crew::LedByThisThread() const noexcept {
  return member_ != nullptr && &member_->crew == this && Leads(*member_);
}

void Crew::HandOver() {
  if (member_ == nullptr) return;
  Crew& crew = member_->crew;
  if (!crew.LedByThisThread()) return;
  crew.duties_.before_waiting();
  const std::lock_guard lock(crew.mutex_);
  if (!crew.Leads(*member_)) return;
  crew.leader_.store(nullptr, std::memory_order_relaxed);
  crew.WakeOne();
}

void Crew::Work(Member& me) {
  member_ = &me;
  Lock lock(mutex_);
  while (true) {
    // Before a handler is begun: who runs one without leading is not watched.
    if (leader_.load(std::memory_order_relaxed) == nullptr) leader_.store(&me, std::memory_order_relaxed);
    if (look_at_stream_ && Leads(me)) Lead(me, lock, false);
    // Before it helps: a leader in a handler has to be watched, and it takes what lies ready itself where it
    // goes on.
    if (watcher_ == nullptr && busy_ && !closed_ && !Leads(me)) {
      StandBy(me, lock);
      continue;
    }
    if (std::optional<Event> event = Take()) {
      RunHandlers(*std::move(event), me, lock);
      continue;
    }
    if (closed_) break;
    if (Leads(me)) {
      Lead(me, lock, true);
    } else {
      StandBy(me, lock);
    }
  }
  if (Leads(me)) leader_.store(nullptr, std::memory_order_relaxed);
  member_ = nullptr;
}

// The next event that may begin; those of clients whose handlers run go behind these.
std::optional<Event> Crew::Take() {
  while (!ready_.empty() && running_.size() < concurrency_) {
    Event event = std::move(ready_.front());
    ready_.pop_front();
    Member* const other = RunningFor(event.client_id());
    if (other == nullptr) return event;
    other->behind.push_back(std::move(event));
  }
  return std::nullopt;
}

// Nearly always there is nobody else in a handler; there are never more than `concurrency_`.
Crew::Member* Crew::RunningFor(std::string_view client_id) const {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [&](const Member* member) { return member->client_id == client_id; });
  return found == running_.end() ? nullptr : *found;
}

void Crew::RunHandlers(Event event, Member& me, Lock& lock) {
  running_.push_back(&me);
  while (true) {
    me.client_id = event.client_id();
    Begin(me);
    lock.unlock();
    me.ended.reset();
    duties_.handle(event);
    lock.lock();
    End(me);
    me.ended = std::move(event);
    if (me.behind.empty()) break;
    event = std::move(me.behind.front());
    me.behind.pop_front();
  }
  std::erase(running_, &me);
}

void Crew::Lead(Member& me, Lock& lock, bool wait) {
  ++looks_at_stream_;
  look_at_stream_ = false;
  lock.unlock();
  me.ended.reset();
  duties_.before_waiting();
  Job* const job = duties_.next(wait);
  lock.lock();
  if (job == nullptr) return;
  Begin(me);
  lock.unlock();
  job->Run();
  lock.lock();
  End(me);
}

void Crew::StandBy(Member& me, Lock& lock) {
  if (watcher_ == nullptr) {
    watcher_ = &me;
    Watch(lock);
    watcher_ = nullptr;
    return;
  }
  lock.unlock();
  me.ended.reset();
  lock.lock();
  if (closed_ || watcher_ == nullptr || leader_.load(std::memory_order_relaxed) == nullptr || !ready_.empty())
    return;
  ++standing_;
  standing_by_.wait(lock);
  --standing_;
}

// Returns when somebody has to lead.
void Crew::Watch(Lock& lock) {
  int idle_looks = 0;
  int busy_looks = 0;
  while (!closed_ && leader_.load(std::memory_order_relaxed) != nullptr) {
    if (!busy_ && idle_looks >= kIdleLooks) {
      watcher_sleeps_ = true;
      look_.wait(lock);
      watcher_sleeps_ = false;
      idle_looks = 0;
      continue;
    }
    const std::uint64_t seen = turn_;
    const std::uint64_t looks_seen = looks_at_stream_;
    look_.wait_for(lock, kPatience);
    busy_looks = looks_at_stream_ == looks_seen && turn_ != seen ? busy_looks + 1 : 0;
    if (busy_looks == kBusyLooks) look_at_stream_ = true;
    if (turn_ != seen) {
      idle_looks = 0;
    } else if (!busy_) {
      ++idle_looks;
    } else if (leader_.load(std::memory_order_relaxed) != nullptr) {
      leader_.store(nullptr, std::memory_order_relaxed);
      busy_ = false;
    }
  }
}

// The leader begins something that can take long: somebody has to watch.
void Crew::Begin(const Member& me) {
  if (!Leads(me)) return;
  ++turn_;
  busy_ = true;
  if (watcher_ == nullptr || watcher_sleeps_) WakeOne();
}

void Crew::End(const Member& me) {
  if (!Leads(me)) return;
  ++turn_;
  busy_ = false;
}

// The watcher, else one who stands by, else a new thread.
void Crew::WakeOne() {
  if (watcher_ != nullptr) {
    look_.notify_one();
  } else if (standing_ != 0) {
    standing_by_.notify_one();
  } else if (!starting_ && threads_ <= concurrency_ && !closed_) {
    StartThread();
  }
}

void Crew::StartThread() {
  try {
    joined_.emplace_back([this] {
      Member me(*this);
      {
        const std::lock_guard lock(mutex_);
        starting_ = false;
      }
      Work(me);
      me.ended.reset();
      const std::lock_guard lock(mutex_);
      --threads_;
      ended_.notify_all();
    });
    ++threads_;
    starting_ = true;
  } catch (const std::system_error&) {
    // No more threads to be had: handlers that wait hold up others, until one of the threads there are is
    // free.
  }
}

}  // namespace gatewayworker::internal
