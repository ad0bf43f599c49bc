#include "simulation/callers.h"

#include <array>
#include <utility>

#include "wire/requests.h"

namespace gatewayd::simulation {
namespace {

using wire::Command;

constexpr std::size_t kCountSize = 64;

std::string Group(Random& random) {
  return cluster::StrCat("g", random.Below(8));
}

}  // namespace

Caller::Caller(Sim& sim, Model& model, SimDaemon& daemon, const Profile& profile,
               std::vector<std::unique_ptr<SimGateway>>& gateways)
    : sim_(sim), model_(model), daemon_(daemon), profile_(profile), gateways_(gateways) {}

// ---- One call after the other

void Caller::Start() {
  Next();
}

void Caller::Next() {
  if (stopped_) return;
  sim_.After(sim_.random.Around(profile_.think), [this] {
    if (stopped_) return;
    const int calls = sim_.random.Chance(profile_.burst) ? profile_.burst_size : 1;
    for (int i = 0; i < calls; ++i)
      Call();
    if (!busy_) Next();
  });
}

void Caller::Call() {
  const int gateway = static_cast<int>(sim_.random.Below(gateways_.size()));
  const std::uint64_t kind = sim_.random.Below(100);
  if (kind < 50) {
    SendSomething(gateway);
  } else if (kind < 80) {
    AskBounded(gateway);
  } else if (kind < 99) {
    AskUnbounded(gateway);
  } else {
    TooLarge(gateway);
  }
}

// Waits for the reply, or until it has enough: then the call is left to itself.
void Caller::Wait(std::uint64_t op) {
  if (proving_ || model_.op(op).completed) return;
  busy_ = true;
  waits_for_ = op;
  const std::uint64_t number = ++wait_number_;
  if (!sim_.random.Chance(100)) return;
  sim_.After(sim_.random.Around(absl::Milliseconds(5)), [this, number] {
    if (!busy_ || wait_number_ != number) return;
    sim_.Trace("caller    gives up waiting for call ", waits_for_);
    busy_ = false;
    waits_for_ = 0;
    Next();
  });
}

void Caller::Finished(std::uint64_t op) {
  if (!busy_ || waits_for_ != op) return;
  busy_ = false;
  Next();
}

Op Caller::NewOp(int gateway, Command command) {
  Op op;
  op.gateway = gateway;
  op.command = command;
  if (proving_) return op;
  const auto member = daemon_.Find(gateway);
  if (member && sim_.random.Chance(200)) generations_[gateway] = member->machine().generation();
  if (sim_.random.Chance(200)) op.generation = generations_[gateway];
  if (sim_.random.Chance(5)) op.generation = "other-7";
  return op;
}

std::string Caller::Padding() {
  return sim_.random.Chance(profile_.padded)
             ? std::string(sim_.random.Below(profile_.options.command_buffer / 8), 'x')
             : std::string();
}

bool Caller::ProveCommand(int gateway) {
  proving_ = true;
  const wire::Frame frame{.command = Command::kJoinGroup, .connection_id = 1, .ext = "g0"};
  const bool sent = Send(NewOp(gateway, frame.command), frame);
  proving_ = false;
  return sent;
}

bool Caller::ProveQuery(int gateway, bool bounded) {
  proving_ = true;
  const bool asked = bounded ? AskBounded(gateway) : AskUnbounded(gateway);
  proving_ = false;
  return asked;
}

// ---- Commands

bool Caller::Send(Op op, wire::Frame frame) {
  const auto member = daemon_.Find(op.gateway);
  if (!member) return false;
  Random& random = sim_.random;
  if (random.Chance(300)) {
    op.kind = Op::Kind::kConfirmed;
    op.confirm_run = random.Chance(500);
    op.require_online = frame.connection_id != 0 && (!op.confirm_run || random.Chance(500));
    if (!op.confirm_run && !op.require_online) op.confirm_run = true;
  }
  Op& begun = model_.Begin(std::move(op));
  const std::string body = Model::Tag(begun.id) + std::string(frame.body);
  frame.body = body;
  sim_.Trace("caller    sends ", wire::CommandName(frame.command), " (call ", begun.id, ") to gateway ",
             begun.gateway, begun.confirm_run ? ", to be confirmed" : "",
             begun.require_online ? ", only if online" : "",
             begun.generation.empty() ? "" : " of generation ", begun.generation);
  if (begun.kind == Op::Kind::kSend) {
    model_.OnDone(begun, member->Send(begun, frame));
    return true;
  }
  member->SendConfirmed(begun, frame, [this, id = begun.id, member](absl::Status status) {
    Op& op = model_.op(id);
    op.poisoned = member->PoisonedSince(op.start);
    model_.OnDone(op, status);
    Finished(id);
  });
  Wait(begun.id);
  return true;
}

bool Caller::SendSomething(int gateway) {
  Random& random = sim_.random;
  static constexpr std::array kCommands = {Command::kSendToOne,     Command::kSendToOne, Command::kSendToAll,
                                           Command::kSendToGroup,   Command::kJoinGroup, Command::kJoinGroup,
                                           Command::kLeaveGroup,    Command::kBindUid,   Command::kSetSession,
                                           Command::kUpdateSession, Command::kUngroup,   Command::kKick,
                                           Command::kDestroy};
  wire::Frame frame{.command = random.Pick(kCommands)};
  const bool to_many = frame.command == Command::kSendToAll || frame.command == Command::kSendToGroup;
  if (to_many && profile_.to_one) frame.command = Command::kSendToOne;
  std::string ext, body;
  const bool to_one = frame.command != Command::kSendToAll && frame.command != Command::kSendToGroup &&
                      frame.command != Command::kUngroup;
  if (to_one) frame.connection_id = gateways_[static_cast<std::size_t>(gateway)]->SomeClient();
  switch (frame.command) {
    case Command::kSendToGroup: {
      const std::array groups = {Group(random)};
      ext = wire::GroupsJson(groups, {});
      break;
    }
    case Command::kJoinGroup:
    case Command::kLeaveGroup:
    case Command::kUngroup:
      ext = Group(random);
      break;
    case Command::kBindUid:
      ext = cluster::StrCat("u", random.Below(8));
      break;
    case Command::kSetSession:
    case Command::kUpdateSession:
      // The number that this call will have, as handlers write it (model_fresh_sessions.cc).
      ext = daemon_.dialect().NumberSession(model_.ops() + 1);
      break;
    default:
      body = Padding();
  }
  frame.ext = ext;
  frame.body = body;
  return Send(NewOp(gateway, frame.command), frame);
}

// More than a Gateway takes: it must be refused, and must hurt nobody else.
bool Caller::TooLarge(int gateway) {
  static const std::string* const kHuge = new std::string(wire::kMaxFrameToGateway + 1, 'x');
  const auto member = daemon_.Find(gateway);
  if (!member) return false;
  const wire::Frame frame{.command = Command::kSendToAll, .body = *kHuge};
  Op& op = model_.Begin(NewOp(gateway, frame.command));
  const absl::Status status = member->Send(op, frame);
  model_.OnDone(op, status);
  if (status.ok()) sim_.Broken(9, "a frame above 10 MiB was accepted");
  return true;
}

// ---- Queries

bool Caller::Ask(Op op, wire::Frame frame, std::size_t bounded_size) {
  const auto member = daemon_.Find(op.gateway);
  if (!member) return false;
  op.kind = Op::Kind::kQuery;
  op.unbounded = bounded_size == 0;
  op.any = !proving_ && sim_.random.Chance(150);
  if (!proving_ && sim_.random.Chance(150)) op.deadline = sim_.random.Around(absl::Milliseconds(100));
  Op& begun = model_.Begin(std::move(op));
  const std::string body = Model::Tag(begun.id);
  frame.body = body;
  sim_.Trace("caller    asks ", wire::CommandName(frame.command), " (call ", begun.id, ") of gateway ",
             begun.gateway, begun.unbounded ? ", unbounded" : "", begun.any ? ", any consistency" : "");
  member->Query(begun, frame, bounded_size,
                [this, id = begun.id, member](absl::StatusOr<std::string_view> answer) {
                  Op& op = model_.op(id);
                  op.poisoned = member->PoisonedSince(op.start);
                  model_.OnAnswer(op, answer);
                  Finished(id);
                });
  Wait(begun.id);
  return true;
}

bool Caller::AskBounded(int gateway) {
  Random& random = sim_.random;
  const std::uint32_t client = gateways_[static_cast<std::size_t>(gateway)]->SomeClient();
  switch (random.Below(4)) {
    case 0:
      return Ask(NewOp(gateway, Command::kIsOnline), {.command = Command::kIsOnline, .connection_id = client},
                 kCountSize);
    case 1: {
      const std::string group = Group(random);
      return Ask(NewOp(gateway, Command::kGetClientCountByGroup),
                 {.command = Command::kGetClientCountByGroup, .ext = group}, kCountSize);
    }
    case 2: {
      std::vector<std::string> groups;
      for (std::uint64_t i = random.Chance(300) ? 200 : 3; i > 0; --i)
        groups.push_back(cluster::StrCat("g", random.Below(8), "-", random.Below(1000)));
      groups.push_back(Group(random));
      const std::string list = wire::StringListJson(groups);
      return Ask(NewOp(gateway, Command::kBatchGetClientCountByGroup),
                 {.command = Command::kBatchGetClientCountByGroup, .ext = list}, 64 + 30 * groups.size());
    }
    default: {
      const std::string select =
          wire::SelectJson({.uid = true}, {.connection_ids = {client}, .groups = {}, .uids = {}});
      return Ask(NewOp(gateway, Command::kSelect), {.command = Command::kSelect, .ext = select}, 4096);
    }
  }
}

bool Caller::AskUnbounded(int gateway) {
  Random& random = sim_.random;
  const std::uint32_t client = gateways_[static_cast<std::size_t>(gateway)]->SomeClient();
  const std::string group = Group(random);
  switch (random.Below(5)) {
    case 0:
      return Ask(NewOp(gateway, Command::kGetAllClientSessions), {.command = Command::kGetAllClientSessions},
                 0);
    case 1:
      return Ask(NewOp(gateway, Command::kGetSessionByClientId),
                 {.command = Command::kGetSessionByClientId, .connection_id = client}, 0);
    case 2:
      return Ask(NewOp(gateway, Command::kGetClientSessionsByGroup),
                 {.command = Command::kGetClientSessionsByGroup, .ext = group}, 0);
    case 3:
      return Ask(NewOp(gateway, Command::kGetGroupIdList), {.command = Command::kGetGroupIdList}, 0);
    default: {
      const std::string select = wire::SelectJson({.uid = true, .groups = true}, {});
      return Ask(NewOp(gateway, Command::kSelect), {.command = Command::kSelect, .ext = select}, 0);
    }
  }
}

}  // namespace gatewayd::simulation
