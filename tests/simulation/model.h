// The reference model: what callers were told, what Gateways really ran, and what Registers really said, each
// in the simplest form, with the promises of design.md checked as soon as the facts are there. It knows
// nothing of the machines; it is told by those who see the facts: callers, the glue around the machines, and
// the simulated Gateways and Registers.
//
//   model_order.cc    1 order, nothing replayed, nothing twice, losses counted; 10 generations
//   model_queries.cc  2 read your writes; 3 right answers, one callback each, in time
//   model_members.cc  8 who is a member
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "simulation/dialect.h"
#include "simulation/network.h"
#include "simulation/sim.h"
#include "wire/frame.h"

namespace gatewayd::simulation {

// One call of a caller, from its start to the end of the simulation.
struct Op {
  enum class Kind { kSend, kConfirmed, kQuery };
  Kind kind = Kind::kSend;
  std::uint64_t id = 0;
  int gateway = 0;
  wire::Command command = wire::Command::kSendToOne;
  std::string generation;  // that it names
  bool unbounded = false;  // a query of unbounded answer size
  bool any = false;        // CONSISTENCY_ANY
  bool confirm_run = false;
  bool require_online = false;
  absl::Duration deadline = absl::InfiniteDuration();  // of the caller

  absl::Time start;
  std::uint64_t life = 0;      // connection of the command link that took it
  std::uint64_t must_see = 0;  // changes that were accepted before it started
  bool executed = false;
  bool stale = false;     // it was answered while one of those had not run and nobody had been warned
  bool poisoned = false;  // a fault wrote bytes into its link: the protocol cannot tell right from wrong
  bool completed = false;
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::optional<std::string> answer;  // as the Gateway gave it
  std::optional<bool> online_before;  // what the IS_ONLINE in front of it was answered
};

class Model {
 public:
  // Where a frame was run.
  struct Place {
    int gateway = 0;
    int run = 0;
    ConnectionFacts* facts = nullptr;
  };
  struct Limits {
    absl::Duration query_timeout;
    absl::Duration close_wait;
    std::size_t max_waiting_queries = 0;
    int query_links = 0;
    const Dialect* dialect = &Dialect::Php();
  };

  Model(Sim& sim, int gateways, int registers, Limits limits);

  // ---- Callers. The body of every frame starts with the tag of its call.
  Op& Begin(Op op);
  static std::string Tag(std::uint64_t id) { return cluster::StrCat("#", id, ";"); }
  Op& op(std::uint64_t id) { return ops_[id - 1]; }
  void OnAccepted(Op& op);  // by a machine: its frame stands in the command link's buffer
  // go: in that of the guard, whose connection this is.
  void OnAcceptedByGuard(Op& op, std::shared_ptr<ConnectionFacts> facts);
  void OnDone(Op& op, const absl::Status& status);
  void OnAnswer(Op& op, const absl::StatusOr<std::string_view>& answer);
  std::size_t outstanding() const { return outstanding_.size(); }
  std::uint64_t ops() const { return ops_.size(); }
  std::uint64_t answered() const { return answered_; }

  // ---- Gateways: a frame of the daemon's is about to be run; a query was answered. True where its answer is
  // of unbounded size.
  void OnExecute(const Place& place, const wire::Frame& frame);
  bool IsCallersQuery(const wire::Frame& frame);
  bool OnAnswered(const Place& place, const wire::Frame& frame, std::string_view payload);

  // ---- The glue around the machines. `index` is that of a Gateway.
  void OnCommandLink(int index, std::shared_ptr<ConnectionFacts> facts);  // connected: a new life
  // Something is written to that connection. `close_waits` tells how many the daemon has counted.
  void OnCommandWrite(int index, absl::FunctionRef<std::uint64_t()> close_waits);
  void OnCommandLinkLost(std::uint64_t connection, std::uint64_t commands_written);
  void OnGeneration(int index, const std::string& generation, int run);
  void OnLinked(const std::string& address, bool linked);
  void OnBytesFrom(int gateway) { gateways_[static_cast<std::size_t>(gateway)].last_byte = sim_.now(); }
  void OnMembers(const std::vector<std::string>& members);  // the view, at rest
  void OnRegisterRead(int index, std::uint64_t connection, std::uint64_t bytes);
  std::uint64_t commands_accepted() const { return commands_accepted_; }
  std::uint64_t commands_lost() const { return commands_lost_; }

  // ---- Registers: `bytes` were said on that connection; the last of them end a line.
  void OnRegisterSays(int index, std::uint64_t connection, std::uint64_t bytes, bool list,
                      const std::set<std::string>& gateways);
  bool IsListed(const std::string& address) const;

  // After each step: nothing waits longer than it may.
  void CheckTimes();

 private:
  // A connection of a command link.
  struct Life {
    std::shared_ptr<ConnectionFacts> facts;
    bool over = false;
    bool guard = false;  // go: of the query link that DESTROY goes by while the command link is stalled
    std::deque<std::uint64_t> due;  // calls whose frames the Gateway has still to run, in order
    std::uint64_t commands = 0;     // accepted
  };
  struct Change {
    std::uint64_t number = 0;
    std::uint64_t op = 0;
    std::uint64_t life = 0;
  };
  struct GatewayFacts {
    std::uint64_t changes = 0;                 // accepted so far
    std::deque<Change> unrun;                  // of these, with nobody warned that they may be lost
    std::shared_ptr<ConnectionFacts> link;     // the newest connection of its command link
    std::shared_ptr<ConnectionFacts> written;  // the newest that was written to
    std::vector<std::shared_ptr<ConnectionFacts>> older;  // took commands, and may have some still to be run
    absl::Time last_byte = absl::InfinitePast();
    std::size_t unbounded = 0;  // calls that wait for an answer
    std::map<std::string, int> run_of_generation;
  };
  struct Saying {
    std::uint64_t bytes = 0;
    bool list = false;
    std::set<std::string> gateways;
  };

  GatewayFacts& gateway(int index) { return gateways_[static_cast<std::size_t>(index)]; }
  Op* Tagged(std::string_view body);
  void CheckWriter(const Place& place, const Op& op);
  void CheckOrder(const Place& place, Op& op);
  void CheckGeneration(const Place& place, Op& op);
  void Complete(Op& op, const absl::Status& status);
  void Warned(const Op& op);
  std::string Name(const Op& op) const;

  Sim& sim_;
  const Limits limits_;
  std::deque<Op> ops_;
  std::set<std::uint64_t> outstanding_;
  std::vector<GatewayFacts> gateways_;
  absl::flat_hash_map<std::uint64_t, Life> lives_;
  std::uint64_t commands_accepted_ = 0;
  std::uint64_t commands_lost_ = 0;
  std::uint64_t close_waits_ = 0;
  std::uint64_t answered_ = 0;
  std::vector<std::set<std::string>> lists_;  // as read by the daemon
  std::map<std::uint64_t, std::deque<Saying>> sayings_;
  std::set<std::string> linked_;
};

}  // namespace gatewayd::simulation
