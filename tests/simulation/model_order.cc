// Promise 1, order: the frames of one link reach the Gateway in the order in which they were accepted; each
// runs once, and on no other link than the one that took it; what a lost link had not sent is counted.
// Promise 10: a command that names a generation runs on no other run of the Gateway.
#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "cluster/write_ledger.h"
#include "simulation/model.h"

namespace gatewayd::simulation {
namespace {

// Messages to clients change nothing that a query could see.
bool IsChange(wire::Command command) {
  switch (command) {
    case wire::Command::kSendToOne:
    case wire::Command::kSendToAll:
    case wire::Command::kSendToUid:
    case wire::Command::kSendToGroup:
      return false;
    default:
      return !wire::IsQuery(command);
  }
}

}  // namespace

Model::Model(Sim& sim, int gateways, int registers, Limits limits)
    : sim_(sim),
      limits_(limits),
      gateways_(static_cast<std::size_t>(gateways)),
      lists_(static_cast<std::size_t>(registers)) {}

std::string Model::Name(const Op& op) const {
  return cluster::StrCat(wire::CommandName(op.command), " (call ", op.id, ", gateway ", op.gateway, ")");
}

Op* Model::Tagged(std::string_view body) {
  std::uint64_t id = 0;
  const std::size_t end = body.find(';');
  if (!body.starts_with('#') || end == std::string_view::npos) return nullptr;
  if (!absl::SimpleAtoi(wire::ToAbsl(body.substr(1, end - 1)), &id) || id == 0 || id > ops_.size())
    return nullptr;
  return &op(id);
}

// ---- Accepting

Op& Model::Begin(Op op) {
  op.id = ops_.size() + 1;
  op.start = sim_.now();
  op.must_see = gateway(op.gateway).changes;
  if (op.kind != Op::Kind::kSend) outstanding_.insert(op.id);
  if (op.unbounded) ++gateway(op.gateway).unbounded;
  return ops_.emplace_back(std::move(op));
}

void Model::OnAccepted(Op& op) {
  GatewayFacts& facts = gateway(op.gateway);
  op.life = facts.link->id;
  Life& life = lives_[op.life];
  life.due.push_back(op.id);
  if (op.kind == Op::Kind::kQuery) return;
  ++life.commands;
  ++commands_accepted_;
  if (IsChange(op.command)) facts.unrun.push_back({++facts.changes, op.id, op.life});
}

void Model::OnAcceptedByGuard(Op& op, std::shared_ptr<ConnectionFacts> facts) {
  op.life = facts->id;
  Life& life = lives_[op.life];
  life.facts = std::move(facts);
  life.guard = true;
  life.due.push_back(op.id);
  ++life.commands;
  ++commands_accepted_;
}

void Model::OnCommandLink(int index, std::shared_ptr<ConnectionFacts> facts) {
  lives_[facts->id].facts = facts;
  gateway(index).link = std::move(facts);
}

// The next link is written to only after the Gateway has closed the old one, or close_wait has passed and was
// counted: else it could overtake what the Gateway has still to read. Of a path that the network cut nobody
// can know; there order holds within each link only. A Go Gateway's link that was stalled for too long is
// not half-closed: what it may still write is dealt with (client_writes.h looks), the rest nobody can know.
void Model::OnCommandWrite(int index, absl::FunctionRef<std::uint64_t()> close_waits) {
  GatewayFacts& gateway = this->gateway(index);
  if (gateway.written == gateway.link) return;
  if (gateway.written != nullptr && lives_[gateway.written->id].commands > 0)
    gateway.older.push_back(gateway.written);
  gateway.written = gateway.link;
  for (const std::shared_ptr<ConnectionFacts>& old : std::exchange(gateway.older, {})) {
    if (old->server_closed || old->cut) continue;
    if (limits_.dialect->go() && old->half_closed == absl::InfiniteFuture()) continue;
    ++close_waits_;
    if (old->half_closed + limits_.close_wait > sim_.now()) {
      sim_.Broken(1, cluster::StrCat("the next link to gateway ", index, " (connection ", gateway.link->id,
                                     ") was written to while the Gateway may still read the old one (",
                                     old->id, ")"));
    } else if (close_waits() < close_waits_) {
      sim_.Broken(1, "close_wait passed and was not counted");
    }
  }
}

void Model::OnCommandLinkLost(std::uint64_t connection, std::uint64_t commands_written) {
  const auto at = lives_.find(connection);  // a guard that took nothing is not there
  if (at == lives_.end()) return;
  Life& life = at->second;
  if (life.over) return;
  life.over = true;
  commands_lost_ += life.commands - commands_written;
}

// ---- Running

void Model::OnExecute(const Place& place, const wire::Frame& frame) {
  Op* op = Tagged(frame.body);
  if (op == nullptr) return;
  sim_.Trace("gateway ", place.gateway, " runs ", Name(*op), " on connection ", place.facts->id);
  if (op->executed) sim_.Broken(1, cluster::StrCat(Name(*op), " ran twice"));
  if (op->gateway != place.gateway) sim_.Broken(1, cluster::StrCat(Name(*op), " ran on another Gateway"));
  op->executed = true;
  CheckWriter(place, *op);
  CheckOrder(place, *op);
  CheckGeneration(place, *op);
  if (op->kind != Op::Kind::kQuery && IsChange(op->command)) {
    std::deque<Change>& unrun = gateway(place.gateway).unrun;
    const auto at = std::find_if(unrun.begin(), unrun.end(), [&](const Change& c) { return c.op == op->id; });
    if (at != unrun.end()) unrun.erase(at);
  }
}

// Promise 9, go: exactly one link writes to clients.
void Model::CheckWriter(const Place& place, const Op& op) {
  if (!limits_.dialect->go() || !cluster::WritesToClients(op.command)) return;
  const auto at = lives_.find(place.facts->id);
  if (at != lives_.end() && !at->second.guard) return;
  sim_.Broken(9, cluster::StrCat(Name(op), " came on connection ", place.facts->id,
                                 ", which is no command link: a second writer"));
}

bool Model::IsCallersQuery(const wire::Frame& frame) {
  const Op* op = Tagged(frame.body);
  return op != nullptr && op->kind == Op::Kind::kQuery;
}

void Model::CheckOrder(const Place& place, Op& op) {
  const auto at = lives_.find(place.facts->id);
  if (op.unbounded) {
    if (at != lives_.end() && !at->second.guard) {
      sim_.Broken(3, cluster::StrCat(Name(op), ", of unbounded answer size, came on the command link"));
    }
    return;
  }
  if (at == lives_.end() || op.life != place.facts->id) {
    sim_.Broken(1, cluster::StrCat(Name(op), " was accepted for connection ", op.life, " and ran on ",
                                   place.facts->id, ": replayed"));
    return;
  }
  std::deque<std::uint64_t>& due = at->second.due;
  if (due.empty() || due.front() != op.id) {
    sim_.Broken(1, cluster::StrCat(Name(op), " ran out of order; call ", due.empty() ? 0 : due.front(),
                                   " was to be next"));
    return;
  }
  due.pop_front();
  const bool refused =
      op.completed && op.kind != Op::Kind::kQuery &&
      (op.code == absl::StatusCode::kUnavailable || op.code == absl::StatusCode::kResourceExhausted);
  if (refused) {
    sim_.Broken(1, cluster::StrCat(Name(op), " ran, and its caller had been told that nothing was sent"));
  }
}

// ---- Generations

void Model::OnGeneration(int index, const std::string& generation, int run) {
  sim_.Trace("daemon    gateway ", index, ": generation ", generation, " (run ", run, ")");
  if (!gateway(index).run_of_generation.emplace(generation, run).second) {
    sim_.Broken(10, cluster::StrCat("generation ", generation, " was given out twice"));
  }
}

void Model::CheckGeneration(const Place& place, Op& op) {
  if (op.generation.empty()) return;
  const auto& known = gateway(place.gateway).run_of_generation;
  const auto at = known.find(op.generation);
  if (at == known.end()) {
    sim_.Broken(10, cluster::StrCat(Name(op), " names a generation that never was: ", op.generation));
  } else if (at->second != place.run) {
    sim_.Broken(10, cluster::StrCat(Name(op), " names generation ", op.generation, ", which was run ",
                                    at->second, ", and ran on run ", place.run));
  }
}

}  // namespace gatewayd::simulation
