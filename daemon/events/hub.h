// The event side of the running daemon: DispatchMachine under one lock, between the cluster's io thread,
// which brings events, and the threads that serve workers. It owns no thread: what a step makes due is done
// on the thread that made it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cluster/cluster.h"
#include "events/dispatch_machine.h"
#include "events/watch.h"

namespace gatewayd::events {

// Who carries events to one worker: its stream. Called on any thread with no lock held, also within a call to
// the hub. After OnEnd the hub knows it no more; a call that was on its way may still come, and means
// nothing.
class AttachedWorker {
 public:
  virtual ~AttachedWorker() = default;
  // There may be events for it: call Hub::TakeBatch now, or when the stream can take a batch again, until a
  // call brings nothing. May come before Attach has returned.
  virtual void OnReady() = 0;
  // It is to finish, acknowledge and go; its stream is ended after `within` at the latest.
  virtual void OnDraining(absl::Duration within) = 0;
  // Its stream is to end so. It is detached already.
  virtual void OnEnd(const absl::Status& status) = 0;
};

// What AdminService says beside the workers.
struct HubView {
  std::vector<WorkerView> workers;
  std::size_t memory_used = 0;
  std::size_t memory_limit = 0;
  std::size_t events_held = 0;
  std::size_t clients = 0;
  bool reading_stopped = false;
};

// Thread-safe. The cluster must outlive it, and be stopped before it is destroyed.
class Hub final : public cluster::EventSink {
 public:
  Hub(cluster::Cluster& cluster, const Options& options);
  ~Hub() override;

  // ---- Workers. UNAVAILABLE while the daemon goes; FAILED_PRECONDITION for one that wants events where
  // --events=never.
  absl::StatusOr<WorkerId> Attach(WorkerSettings settings, std::shared_ptr<AttachedWorker> worker);
  void Detach(WorkerId id);  // its stream broke; OnEnd is not called any more
  void Leave(WorkerId id, LeaveMode mode);
  // Ranges of delivery ids, both ends included.
  void Acknowledge(WorkerId id, const std::vector<std::pair<std::uint64_t, std::uint64_t>>& ranges);
  // See DispatchMachine. A call that brings nothing may end the worker.
  void TakeBatch(WorkerId id, std::vector<Delivery>* batch);
  // DispatchMachine::ClientOf for each of `deliveries`, in their order.
  void ClientsOf(WorkerId id, const std::vector<std::uint64_t>& deliveries,
                 std::vector<std::optional<DeliveredClient>>* clients) const;
  const Options& options() const { return options_; }
  // See DispatchMachine.
  bool IsBeforeHandshake(const wire::ClientId& client) const;
  bool HasSessionThatIsNoObject(const wire::ClientId& client) const;

  // ---- Watchers: copies of what passes. A watcher that is destroyed is forgotten.
  void AddWatch(const std::shared_ptr<Watch>& watch);

  // ---- The operator. NOT_FOUND where there is no such worker.
  absl::Status DrainWorker(WorkerId id);
  // Tells workers to go, leaves the event links, and delivers what comes. Returns once all of it is
  // acknowledged or nobody is left to take it, at the latest at `deadline`; then ends all streams.
  // Idempotent.
  void Drain(absl::Time deadline);
  HubView view() const;
  std::map<std::string, std::uint64_t> counters() const;
  // "event memory full: …" and the like; empty where all is well.
  std::vector<std::string> degraded() const;

  // ---- cluster::EventSink
  bool OnEvent(const cluster::RunPtr& run, const wire::Frame& frame) override;
  void OnEventsRead() override;
  void OnEventLinkUp(const cluster::RunPtr& run) override;
  void OnEventLinkGone(const cluster::RunPtr& run) override;
  void OnRunOver(const cluster::RunPtr& run) override;
  void OnEventLinksLeft() override;
  void OnSessionWritten(const cluster::RunPtr& run, std::uint32_t connection_id) override;
  void OnMarked(const cluster::RunPtr& run, std::uint64_t token) override;

 private:
  struct Due;

  // Runs `step` on the machine under the lock, then does what became due with no lock held.
  template <typename Step>
  void Run(Step&& step);
  void Collect(Due* due);
  void Perform(Due& due);
  void AcceptStaged();
  void Fetch(const SessionFetch& fetch, cluster::WriteBatch& batch);
  void SyncLinks();
  void ArmTimer();
  void RunTimer();
  std::vector<std::shared_ptr<Watch>> Watches() const;
  void ShowCopy(const EventPtr& event);
  // For ChangeLog.
  void Tell(cluster::ChangeKind kind, std::string subject, std::string text);
  void LogMemory(bool full);

  cluster::Cluster& cluster_;
  const Options options_;
  boost::asio::steady_timer timer_;  // io thread

  // What one read has brought so far; io thread. Handed over under one lock for all.
  std::vector<EventPtr> staged_;
  std::size_t staged_bytes_ = 0;
  std::size_t room_ = 0;
  absl::Time read_ = absl::InfinitePast();

  // Event links, as the cluster was told; io thread.
  bool links_asked_ = false;
  bool links_opened_ = false;  // asked for, and not left since

  // Not Abseil's: what Debian ships of that is not instrumented, and ThreadSanitizer sees no lock in it.
  mutable std::mutex mutex_;
  std::condition_variable drained_;  // signalled after each step while the machine drains
  DispatchMachine machine_;          // guarded by mutex_
  absl::flat_hash_map<WorkerId, std::shared_ptr<AttachedWorker>> attached_;  // guarded by mutex_
  absl::Time armed_ = absl::InfiniteFuture();                                // guarded by mutex_
  bool memory_full_said_ = false;                                            // guarded by mutex_
  bool stopped_ = false;                                                     // guarded by mutex_
  std::uint64_t unfinished_ = 0;                                             // guarded by mutex_

  mutable std::mutex watch_mutex_;
  std::vector<std::weak_ptr<Watch>> watches_;  // guarded by watch_mutex_
  std::atomic<bool> watched_ = false;
  std::atomic<std::uint64_t> copies_lost_ = 0;
};

}  // namespace gatewayd::events
