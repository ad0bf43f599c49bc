// Which worker gets which event, and when: affinity, order, windows, acknowledgement, redelivery, memory,
// grace, leaving and draining, as a state machine without I/O. It keeps these promises (design.md):
//   order           events of one client go to one worker at a time, in the order in which they were read
//   no silent loss  an accepted event is delivered until it is acknowledged or has brought down
//                   max_deliveries workers; what is given up is counted
//   bounded memory  event_memory over all events; a worker that hoards half of it makes room
//   fresh sessions  no handler sees a session older than what this daemon had written before the delivery
//
// Where the pieces are: dispatch_machine.cc clients, routes, memory; dispatch_workers.cc attach, batches,
// acks; dispatch_ends.cc how workers and event links go: leave, break, drain, grace; dispatch_sessions.cc
// which sessions are to be fetched again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "events/counters.h"
#include "events/event.h"
#include "events/in_flight.h"
#include "events/options.h"
#include "events/worker.h"

namespace gatewayd::events {

// Not thread-safe. Every `now` is of one monotonic clock, but for Event::Head::read, which is wall time.
class DispatchMachine {
 public:
  explicit DispatchMachine(const Options& options);
  ~DispatchMachine();
  DispatchMachine(const DispatchMachine&) = delete;
  DispatchMachine& operator=(const DispatchMachine&) = delete;

  // ---- What the cluster says (cluster::EventSink).
  enum class Verdict {
    kTake,  // Accept may be called with an event of that size
    kDrop,  // nobody takes it and nobody will: counted, to be forgotten
    kFull,  // no memory: not to be read now
  };
  Verdict Check(std::size_t size);
  void Accept(EventPtr event, absl::Time now);
  void OnLinkUp(const cluster::RunPtr& run, absl::Time now);
  void OnLinkGone(const cluster::RunPtr& run);
  void OnRunOver(const cluster::RunPtr& run, absl::Time read);
  void OnLinksLeft(absl::Time now);
  void OnSessionWritten(const cluster::RunPtr& run, std::uint32_t connection_id, absl::Time now);
  void OnMarked(const cluster::RunPtr& run, std::uint64_t token, absl::Time now);
  // Answers a SessionFetch. nullopt: it could not be had.
  void OnSession(const SessionFetch& fetch, std::optional<std::string> session);

  // ---- What workers say. Ids that are no worker's (it has just ended) are ignored.
  // Once the daemon drains, a worker helps to finish what is there, and is told to go at once.
  WorkerId Attach(WorkerSettings settings, absl::Time now, absl::Time wall_now);
  void Detach(WorkerId id, absl::Time now);  // its stream broke
  // No further events, and an OK end when the last one is acknowledged; but the last worker that leaves with
  // kCloseLinks gets what the links bring while they are left, and what others who go leave behind. The first
  // call counts.
  void Leave(WorkerId id, LeaveMode mode, absl::Time now);
  // Deliveries `first` to `last`, both included; those that are not in flight are passed over. The events go
  // to `done`, where it is given: to be freed where nobody waits for it.
  void Acknowledge(WorkerId id, std::uint64_t first, std::uint64_t last, absl::Time now,
                   std::vector<EventPtr>* done = nullptr);
  // Adds the next batch to `batch`: as many events as are ready and fit. Called when the worker's stream can
  // take one, again and again until a call adds nothing; after that, TakeReady tells when there is more. What
  // comes fast is collected for a moment (Options::collect_events).
  void TakeBatch(WorkerId id, absl::Time now, std::vector<Delivery>* batch);
  // The client of a delivery that is not acknowledged (ack_on_send: one of the last window_events).
  std::optional<DeliveredClient> ClientOf(WorkerId id, std::uint64_t delivery) const;

  // ---- What the operator says.
  bool DrainWorker(WorkerId id, absl::Time now);  // false: no such worker
  void Drain(absl::Time now);                     // the daemon goes: see drained()
  void OnTimer(absl::Time now);

  // ---- What is to be done after a step.
  std::vector<WorkerId> TakeReady() { return std::exchange(ready_, {}); }                // call TakeBatch
  std::vector<WorkerEnd> TakeEnds() { return std::exchange(ends_, {}); }                 // end their streams
  std::vector<WorkerId> TakeDraining() { return std::exchange(draining_workers_, {}); }  // tell them to go
  std::vector<SessionFetch> TakeFetches() { return std::exchange(fetches_, {}); }
  std::vector<Mark> TakeMarks() { return std::exchange(marks_, {}); }
  std::vector<EventPtr> TakePoisoned() { return std::exchange(poisoned_, {}); }  // for the log
  std::optional<bool> TakeLinksWanted();                                         // Cluster::WantEvents
  bool TakeResume();                                                             // Cluster::ResumeEvents
  // When OnTimer must be called at the latest; may be too early.
  absl::Time NextTimer() const { return next_timer_; }

  // ---- What is.
  bool links_wanted() const { return links_wanted_; }
  bool memory_full() const { return memory_full_; }
  bool draining() const { return draining_; }
  // After Drain: event links are left, and what came is acknowledged or there is nobody to take it. Streams
  // for commands alone are not waited for.
  bool drained() const;
  std::size_t memory_used() const { return memory_used_; }
  std::size_t events_in_memory() const { return events_; }
  std::size_t events_held() const;  // that wait for a worker to come
  std::size_t client_count() const { return clients_.size(); }
  // A WebSocket client that has connected and not finished its handshake: raw bytes would break it.
  bool IsBeforeHandshake(const wire::ClientId& client) const;
  // go: the last event of the client carried a session that is no JSON object, and this daemon has written
  // none since. False of a client that is not known.
  bool HasSessionThatIsNoObject(const wire::ClientId& client) const;
  std::vector<WorkerView> Workers() const;
  const Counters& counters() const { return counters_; }

 private:
  struct Worker;
  struct Client;
  struct RunState;

  // An event on its way.
  struct Entry {
    EventPtr event;
    Client* client = nullptr;       // null: kGatewayLost
    std::uint64_t accepted = 0;     // moment
    std::uint32_t attempt = 0;      // deliveries so far
    bool session_in_doubt = false;  // it may lack any write; else it has those before `accepted`
    bool moved = false;             // came from a worker that went, or waited for one
  };
  using Entries = std::vector<Entry>;

  struct ClientKey {
    std::uint64_t run = 0;
    std::uint32_t connection_id = 0;
    friend auto operator<=>(const ClientKey&, const ClientKey&) = default;  // NOLINT(modernize-use-nullptr)
    template <typename H>
    friend H AbslHashValue(H state, const ClientKey& key) {
      return H::combine(std::move(state), key.run, key.connection_id);
    }
  };

  // clients and routes
  void CountAccepted(EventKind kind);
  Client& ClientFor(const Event& event, RunState& run);
  const Client* FindClient(const wire::ClientId& id) const;
  RunState& RunFor(const cluster::RunPtr& run);
  void Route(Entry entry);
  Worker* WorkerFor(Client& client);
  Worker* LeastLoaded() const;
  void Assign(Client& client, Worker& worker);
  bool IsBlocked(const Client& client) const;
  void Enqueue(Worker& worker, Entry entry);
  void RouteAll(Entries entries);
  void Done(const Entry& entry);
  void ForgetIfIdle(Client& client);
  void ForgetClients();
  void CheckMemory();
  void Resume();
  void ReleaseHeld(Client& client);
  bool MustWait(const Worker& worker, const Entry& entry) const;
  void Hold(Worker& worker, Entry entry, bool first);
  void Release(Worker& worker, Client& client);
  void MarkReady(Worker& worker);

  // workers
  Worker* Find(WorkerId id) const;
  bool MayDeliver(const Worker& worker, const Entry& entry) const;
  bool Collects(Worker& worker, absl::Time now);
  void Deliver(Worker& worker, Entry entry, absl::Time now, std::vector<Delivery>* batch);
  void Acknowledged(Worker& worker, const Entry& entry);
  bool IsOverShare(const Worker& worker) const;
  void CheckShares(absl::Time now);

  // ends
  void StopTaking(Worker& worker, LeaveMode mode, absl::Time now);
  void StopEvents(Worker& worker);
  void TakeHeld(Worker* worker, Client& client, Entries* entries);
  void TakeWaiting(Worker& worker, Entries* entries);
  void LetFinishingGo(absl::Time now);
  void SayDaemonGoes(Worker& worker);
  void Remove(Worker& worker, const absl::Status& status, absl::Time now);
  void StartLeaving(Worker& worker, absl::Time now);
  void CheckEnd(Worker& worker, absl::Time now);
  void CheckEnds(absl::Time now);
  bool HasActiveWorker() const;
  bool HasTakingWorker() const;
  bool HasTaker() const;
  void StartGrace(absl::Time now);
  void UpdateLinksWanted(absl::Time now);
  void SetTimer(absl::Time when) { next_timer_ = std::min(next_timer_, when); }
  std::uint32_t NarrowLimit(std::uint32_t attempt) const;

  // sessions
  bool IsOutdated(const Worker& worker, const Entry& entry) const;
  bool NeedsFetch(const Worker& worker, const Entry& entry) const;
  void StartFetch(Worker& worker, Entry entry);
  void AddSession(const Entry& entry, Delivery* delivery) const;
  void RequestMark(RunState& run, absl::Time now);
  std::uint64_t LastWrite(const RunState& run, std::uint32_t connection_id) const;

  const Options options_;
  absl::btree_map<WorkerId, std::unique_ptr<Worker>> workers_;  // in the order in which they attached
  absl::flat_hash_map<ClientKey, std::unique_ptr<Client>> clients_;
  absl::flat_hash_map<std::uint64_t, std::unique_ptr<RunState>> runs_;  // by number
  absl::flat_hash_map<wire::GatewayAddress, std::uint64_t> run_of_address_;
  absl::flat_hash_set<std::uint16_t> websocket_ports_;  // on which handshakes were seen
  std::deque<Entry> unassigned_;                        // in order; empty while somebody takes events

  WorkerId next_worker_ = 1;
  std::size_t memory_used_ = 0;
  std::size_t events_ = 0;
  std::size_t held_ = 0;          // entries held for single clients
  std::size_t refused_size_ = 0;  // of the biggest event that found the memory full
  bool memory_full_ = false;
  bool resume_ = false;
  bool draining_ = false;
  bool links_wanted_ = false;
  bool links_wanted_said_ = false;
  bool links_left_ = true;
  absl::Time grace_until_ = absl::InfinitePast();
  absl::Time next_timer_ = absl::InfiniteFuture();

  std::uint64_t moment_ = 0;      // counts writes of sessions and events, to tell what came before what
  bool unknown_written_ = false;  // sessions of Gateways of which no event link was seen yet
  std::uint64_t next_fetch_ = 1;

  std::vector<WorkerId> ready_;
  std::vector<WorkerId> over_share_;
  std::vector<WorkerEnd> ends_;
  std::vector<WorkerId> draining_workers_;
  std::vector<SessionFetch> fetches_;
  std::vector<Mark> marks_;
  std::vector<EventPtr> poisoned_;
  Counters counters_;
};

}  // namespace gatewayd::events
