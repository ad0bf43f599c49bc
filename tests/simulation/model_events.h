// The reference model of events: what Gateways sent, what the daemon read, what each attachment was given and
// has acknowledged, in the simplest form. It knows nothing of DispatchMachine; it is told the facts by those
// who see them, and checks the promises of design.md as soon as the facts are there.
//
//   model_events.cc          4 every event that was read is delivered, acknowledged or counted; 5 memory;
//                            7 nothing is left behind in a link that was left; 10 runs
//   model_attachments.cc     1 order and one attachment at a time; windows, batches, marks of redelivery
//   model_links_wanted.cc    6 when event links are wanted; how attachments end
//   model_fresh_sessions.cc  no handler sees a session older than what this daemon had written (api.md)
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "events/dispatch_machine.h"
#include "simulation/dialect.h"
#include "simulation/network.h"
#include "simulation/sim.h"
#include "wire/frame.h"

namespace gatewayd::simulation {

class EventModel {
 public:
  // Which process said it: `run` counts the processes that served one address.
  struct Origin {
    int gateway = 0;
    int run = 0;
  };

  EventModel(Sim& sim, const Dialect& dialect, const events::Options& options, std::size_t max_event_bytes)
      : sim_(sim), dialect_(dialect), options_(options), max_event_bytes_(max_event_bytes) {}

  // ---- Gateways. An event stands in the Gateway's buffer for that connection; the connection has ended
  // there, `excused` where a fault did it.
  void OnSent(const std::shared_ptr<ConnectionFacts>& facts, Origin origin, const wire::Frame& frame);
  void OnConnectionOver(const ConnectionFacts& facts, bool excused);
  void OnAnswered(const ConnectionFacts& facts);  // a query that came on it
  // A command that writes a session was run; `exists`: its client was there.
  void OnSessionRun(std::uint64_t op, bool exists);

  // ---- The daemon reads. An event was taken (or dropped as nobody's), or passed over as too large.
  // `run_of_generation`: the run with which the generation began.
  void OnRead(const ConnectionFacts& facts, const cluster::RunPtr& run, int run_of_generation,
              const wire::Frame& frame);
  void OnTooLarge(const ConnectionFacts& facts);
  // The daemon has counted that its event link was lost, or not left without loss; this was a connection of
  // it.
  void OnLossCounted(std::uint64_t connection) { wires_[connection].excused = true; }
  void OnSessionWritten(const cluster::RunPtr& run, std::uint32_t connection_id, std::uint64_t op,
                        std::uint64_t life);
  // The answer to a fetch came from another run of the Gateway, or from a link that a fault wrote nonsense
  // into: what it says is of a stranger.
  void OnForeignSession(const cluster::RunPtr& run, std::uint32_t connection_id) {
    clients_.at({run->number, connection_id})->foreign = true;
  }
  void OnCommandLifeOver(std::uint64_t life) { lives_over_.insert(life); }

  // ---- The hub
  void OnAccept(const events::EventPtr& event, const events::DispatchMachine& machine);
  void OnUntaken() { ++untaken_; }
  void OnLinkGone(const cluster::RunPtr& run);
  void OnRunOver(const cluster::RunPtr& run);
  void OnAttach(events::WorkerId id, const events::WorkerSettings& settings);
  void OnLeave(events::WorkerId id, events::LeaveMode mode);
  void OnDrainWorker(events::WorkerId id);
  void OnDrain();
  void OnAck(events::WorkerId id, std::uint64_t first, std::uint64_t last);
  void OnBatch(events::WorkerId id, const std::vector<events::Delivery>& batch);
  void OnDetach(events::WorkerId id);
  void OnEnd(const events::WorkerEnd& end);
  void OnPoisoned(const events::EventPtr& event);
  // After each step of the machine.
  void CheckMachine(const events::DispatchMachine& machine);
  // After each step of the simulation.
  void CheckTimes(const events::DispatchMachine& machine);

  // ---- The end: a worker that takes everything is there, and time has passed.
  void CheckAllDone(const events::DispatchMachine& machine);
  // Nothing that a Gateway had accepted is unread, but where a fault or a counted loss explains it.
  void CheckNothingLeftBehind();

  bool links_wanted() const;
  std::uint64_t accepted() const { return accepted_; }
  std::size_t attached() const { return workers_.size(); }

 private:
  struct Client;
  struct Record {
    events::EventPtr event;
    Client* client = nullptr;
    std::uint32_t attempts = 0;
    events::WorkerId at = 0;  // in flight there
    std::uint64_t link = 0;   // Client::link when it was read
  };
  using RecordPtr = std::shared_ptr<Record>;
  struct Write {
    std::uint64_t op = 0;
    std::uint64_t life = 0;
    bool run = false;
    bool owed = false;  // a handler was shown a session without it while it had not run
  };
  struct Client {
    std::deque<RecordPtr> pending;  // read and not done, in order
    std::uint64_t last_number = 0;  // of the events that were read
    bool closed = false;            // its CLOSE was read
    events::WorkerId worker = 0;    // that had the last delivery
    std::uint64_t link = 0;         // counts the event links that it came by
    std::uint64_t worker_link = 0;  // by which that delivery came
    bool foreign = false;           // see OnForeignSession
    std::vector<Write> writes;      // of its session, by this daemon; those that came to nothing are left out
  };
  struct Worker {
    events::WorkerSettings settings;
    bool left = false;
    bool finishing = false;  // the last one that left for good: it gets what comes
    bool drained = false;    // told to go by the operator
    std::map<std::uint64_t, RecordPtr> in_flight;
    std::size_t bytes = 0;
    std::uint64_t last_delivery = 0;
    absl::Time progress = absl::InfinitePast();
    std::set<std::uint64_t> lost_due;   // runs whose GATEWAY_LOST it is to get
    std::set<std::uint64_t> lost_runs;  // and those that it got
    bool wants_events() const { return !settings.kinds.empty(); }
    bool active() const { return wants_events() && !left && !drained; }
  };
  struct Sent {
    Origin origin;
    std::uint32_t connection_id = 0;
    wire::Command command = wire::Command::kPing;
    std::uint64_t number = 0;  // of the events of its client
    std::uint64_t place = 0;   // on its connection
    std::size_t size = 0;
    std::string body;
  };
  // A connection by which a Gateway sends events.
  struct Wire {
    std::shared_ptr<ConnectionFacts> facts;
    std::deque<Sent> unread;
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;  // events that were sent before the last answer
    std::uint64_t may_lose_from = UINT64_MAX;
    bool excused = false;
    bool over = false;
    bool OneOfEachClient() const;  // at most is unread
  };
  using ClientKey = std::pair<std::uint64_t, std::uint32_t>;  // generation, connection_id

  Client& ClientOf(const events::Event& event);
  void CheckRead(const Sent& sent, const cluster::RunPtr& run, int run_of_generation);
  void Done(const RecordPtr& record);
  bool IsUnwantedBySome(const Record& record) const;
  void CountUnwanted(Client& client, const Record& upto);
  void CheckDelivery(events::WorkerId id, Worker& worker, const events::Delivery& delivery);
  void CheckOrder(events::WorkerId id, const Worker& worker, Client& client, const Record& record);
  void CheckWindow(events::WorkerId id, const Worker& worker, const Record& record);
  void CheckSession(const Worker& worker, const events::Delivery& delivery, Client& client);
  void OnGatewayLost(events::WorkerId id, Worker& worker, const events::Delivery& delivery);
  void Release(events::WorkerId id, const absl::Status* status);
  bool HasActive() const;
  void StartGraceIfAlone();
  std::string Name(const Record& record) const;

  Sim& sim_;
  const Dialect& dialect_;
  const events::Options options_;
  const std::size_t max_event_bytes_;

  std::map<std::uint64_t, Wire> wires_;  // by connection
  std::map<std::pair<int, int>, absl::flat_hash_map<std::uint32_t, std::uint64_t>> numbers_;
  absl::flat_hash_map<ClientKey, std::unique_ptr<Client>> clients_;
  absl::flat_hash_map<const events::Event*, RecordPtr> records_;
  absl::flat_hash_map<std::uint64_t, ClientKey> session_ops_;
  std::set<std::uint64_t> lives_over_;
  std::set<std::uint64_t> runs_over_;
  std::map<events::WorkerId, Worker> workers_;
  events::EventKinds unwanted_kinds_;  // by some worker, ever
  bool draining_ = false;
  absl::Time grace_until_ = absl::InfinitePast();
  absl::Time mismatch_since_ = absl::InfiniteFuture();
  std::size_t lost_in_flight_ = 0;

  std::uint64_t accepted_ = 0, acknowledged_ = 0, delivered_ = 0, redelivered_ = 0;
  std::uint64_t poisoned_ = 0, poisoned_said_ = 0, untaken_ = 0, unwanted_ = 0, unknown_acks_ = 0;
};

}  // namespace gatewayd::simulation
