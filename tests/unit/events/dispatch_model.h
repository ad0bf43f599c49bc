// What DispatchMachine must do, said once more and simpler: where each event may be, who may get it, which
// worker must be gone. It is told what happens and looks at the machine from outside.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {

// Everything that it finds wrong is a failure of the test that runs.
class DispatchModel {
 public:
  using ClientKey = std::pair<std::uint64_t, std::uint32_t>;  // number of the run, connection id

  DispatchModel(DispatchMachine& machine, const Options& options) : machine_(machine), options_(options) {}

  // ---- Before the machine is told
  void Accepted(const EventPtr& event);
  void Left(WorkerId id, LeaveMode mode, absl::Time now);
  void WorkerDrained(WorkerId id, absl::Time now);
  void Drained();
  void Detached(WorkerId id, absl::Time now);
  void Acknowledged(WorkerId id, std::uint64_t first, std::uint64_t last, absl::Time now);
  void LinkGone(std::uint64_t run);
  void RunOver(std::uint64_t run);
  void LinksLeft() { links_left_ = true; }

  // ---- After it
  void Attached(WorkerId id, const WorkerSettings& settings);
  // `fresh`: the number in the session that a delivery must have in it at least.
  void Took(WorkerId id, const std::vector<Delivery>& batch, absl::Time now,
            const std::map<ClientKey, std::uint64_t>& written);
  void SessionFetched(ClientKey client, std::size_t size) { clients_.at(client).kept_session = size; }

  // After each step: takes ready_, ends_ and the poisoned, and compares everything.
  void Check(absl::Time now);

  // ---- For those who choose the next step
  std::vector<WorkerId> Workers() const;
  bool IsThere(WorkerId id) const { return workers_.contains(id); }
  // Delivery ids in flight.
  std::vector<std::uint64_t> InFlight(WorkerId id) const;
  // Its last batch was not empty, or it was told that there is more.
  bool MayTake(WorkerId id) const { return !workers_.at(id).idle; }
  bool HasTakingWorker() const;
  bool InGrace(absl::Time now) const { return now < grace_until_; }
  bool draining() const { return draining_; }

 private:
  enum class State { kActive, kFinishing, kLeaving };

  // An accepted event that is not done.
  struct Record {
    EventPtr event;
    std::uint32_t deliveries = 0;
    WorkerId at = 0;  // where it is in flight
  };
  struct ClientRecord {
    std::deque<std::shared_ptr<Record>> live;  // in the order in which they were accepted
    WorkerId owner = 0;                        // the last one that got an event of it
    bool forget = false;
    std::size_t kept_session = 0;
  };
  struct WorkerRecord {
    WorkerSettings settings;
    State state = State::kActive;
    bool left = false;
    std::map<std::uint64_t, std::shared_ptr<Record>> in_flight;  // null event: kGatewayLost
    std::size_t in_flight_bytes = 0;
    std::size_t notices = 0;  // kGatewayLost: queued and in flight
    std::size_t notices_in_flight = 0;
    std::uint64_t delivered = 0;
    bool idle = true;
    absl::Time progress;
    absl::Time end_by = absl::InfiniteFuture();

    bool takes() const { return state != State::kLeaving && !settings.kinds.empty(); }
    bool active() const { return state == State::kActive && !settings.kinds.empty(); }
  };

  bool HasActiveWorker() const;
  void StopTaking(WorkerRecord& worker, LeaveMode mode, absl::Time now);
  void TookOne(WorkerRecord& worker, WorkerId id, const Delivery& delivery, absl::Time now,
               const std::map<ClientKey, std::uint64_t>& written);
  void CheckOrder(WorkerId id, const ClientRecord& client, const Record& record) const;
  void CheckWindow(const WorkerRecord& worker) const;
  void CheckSession(const WorkerRecord& worker, const Delivery& delivery,
                    const std::map<ClientKey, std::uint64_t>& written) const;
  void Ended(WorkerId id, const absl::Status& status, absl::Time now);
  void Remove(WorkerId id, absl::Time now);
  void Done(const std::shared_ptr<Record>& record);
  void ForgetIdle();
  EventKinds UnwantedKinds() const;
  void CheckEvents(EventKinds unwanted);
  void CheckWorkers(absl::Time now);
  void CheckCounters();
  std::uint32_t NarrowLimit(std::uint32_t attempt) const;

  DispatchMachine& machine_;
  const Options options_;
  std::map<ClientKey, ClientRecord> clients_;
  std::map<WorkerId, WorkerRecord> workers_;
  bool draining_ = false;
  bool links_left_ = true;
  absl::Time grace_until_ = absl::InfinitePast();
  std::size_t waiting_bytes_ = 0;  // of what is accepted and not in flight
  Counters counters_;              // as they must be
};

}  // namespace gatewayd::events
