// The threads of a worker: handlers beside each other, and each client's one after the other.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "gatewayworker/event.h"

namespace gatewayworker::internal {

// One thread leads: it reads the stream and runs the handlers of what has come, so that a handler that ends
// at once costs no switch of threads. Where a handler waits, another thread takes the lead: at once where the
// wait is in a call of this package (HandOver), else when one that stands by sees no progress for kPatience.
// The first goes on with what came for its client meanwhile, helps with what lies ready, and stands by.
//
// While nothing happens the leader sleeps in `next` and all others on a condition variable: no timer runs.
class Crew {
 public:
  // How long the leader may be in one handler before another thread takes the lead.
  static constexpr auto kPatience = std::chrono::milliseconds(1);

  struct Job {
    virtual ~Job() = default;
    // Called by a thread that was the leader when it came.
    virtual void Run() = 0;
  };

  struct Duties {
    // Runs the handler of an event. Does not throw.
    std::function<void(const Event&)> handle;
    // Something to do. Of the leader alone. `wait`: until there is something, or (null) until what made Close
    // be called wakes it; else null where there is nothing now.
    std::function<Job*(bool wait)> next;
    // The leader is about to wait: sends what was done.
    std::function<void()> before_waiting;
  };

  // `concurrency`: how many handlers may run at a time, at least 1; there are at most two threads more.
  Crew(std::size_t concurrency, Duties duties);
  // Run must have returned.
  ~Crew() = default;
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Leads, or helps, on this thread until Close, then waits for all handlers. `still_running` is called once
  // where they take longer than `patience`, with their number.
  void Run(std::chrono::milliseconds patience, const std::function<void(std::size_t)>& still_running);

  // Events have come, each client's in order. From within Job::Run.
  void Put(std::vector<Event> events);

  // No further handlers begin. `next` has to be made to return by the caller.
  void Close();

  // True on the thread that leads this crew: before that waits, `before_waiting` will be called.
  [[nodiscard]] bool LedByThisThread() const noexcept;

  // This thread is about to wait: where it leads a crew, another one takes over.
  static void HandOver();

 private:
  struct Member {
    explicit Member(Crew& of) : crew(of) {}
    Crew& crew;
    std::string_view client_id;  // whose handler runs here; of an event that lives meanwhile
    std::deque<Event> behind;    // what came for that client meanwhile
    std::optional<Event> ended;  // whose handler has run: let go of when no lock is held
  };

  using Lock = std::unique_lock<std::mutex>;

  void Work(Member& me);
  std::optional<Event> Take();
  Member* RunningFor(std::string_view client_id) const;
  void RunHandlers(Event event, Member& me, Lock& lock);
  void Lead(Member& me, Lock& lock, bool wait);
  void StandBy(Member& me, Lock& lock);
  void Watch(Lock& lock);
  void Begin(const Member& me);
  void End(const Member& me);
  void WakeOne();
  void StartThread();
  bool Leads(const Member& me) const noexcept { return leader_.load(std::memory_order_relaxed) == &me; }

  static thread_local Member* member_;

  const std::size_t concurrency_;
  const Duties duties_;

  std::mutex mutex_;
  std::condition_variable standing_by_;  // woken one by one, to lead, to watch, or to help
  std::condition_variable look_;         // wakes the watcher
  std::condition_variable ended_;
  std::deque<Event> ready_;
  std::vector<Member*> running_;           // in a handler
  std::atomic<Member*> leader_ = nullptr;  // written under the mutex
  Member* watcher_ = nullptr;
  bool watcher_sleeps_ = false;
  bool busy_ = false;                  // the leader is in a handler or a job
  std::uint64_t turn_ = 0;             // of the leader: grows with each handler and job, begun or ended
  std::uint64_t looks_at_stream_ = 0;  // of leaders: grows with each call of `next`
  bool look_at_stream_ = false;        // handlers have kept the leader from it for long
  std::size_t standing_ = 0;
  std::size_t threads_ = 0;  // beside the one in Run
  bool starting_ = false;    // one of them has not begun yet
  bool closed_ = false;
  std::vector<std::jthread> joined_;
};

}  // namespace gatewayworker::internal
