// Promise 2, read your writes: what started after a change was accepted sees it, or somebody was told
// UNAVAILABLE in between. Promise 3, right answers: each call is finished once, in time, and with the answer
// that the Gateway gave to that very query.
#include <algorithm>

#include "cluster/errors.h"
#include "simulation/model.h"

namespace gatewayd::simulation {
namespace {

constexpr absl::Duration kSlack = absl::Milliseconds(1);

}  // namespace

bool Model::OnAnswered(const Place& place, const wire::Frame& frame, std::string_view payload) {
  Op* op = Tagged(frame.body);
  if (op == nullptr) {
    // The IS_ONLINE in front of a command: the command is next in the row.
    const auto life = lives_.find(place.facts->id);
    if (frame.connection_id == 0 || life == lives_.end() || life->second.due.empty()) return false;
    this->op(life->second.due.front()).online_before = limits_.dialect->IsOnline(payload);
    return false;
  }
  op->answer = std::string(payload);
  // A change that has not run now will not show in this answer. (An answer that a fault made up may have told
  // the daemon that it ran.)
  op->stale = !op->any && std::ranges::any_of(gateway(place.gateway).unrun, [&](const Change& change) {
    return change.number <= op->must_see && !lives_[change.life].facts->poisoned;
  });
  return op->unbounded;
}

void Model::OnAnswer(Op& op, const absl::StatusOr<std::string_view>& answer) {
  Complete(op, answer.status());
  if (!answer.ok() || op.poisoned) return;
  ++answered_;
  if (!op.answer) {
    sim_.Broken(3, cluster::StrCat(Name(op), " was answered before the Gateway had seen it"));
  } else if (*op.answer != *answer) {
    sim_.Broken(3, cluster::StrCat(Name(op), " got the answer '", answer->substr(0, 60),
                                   "', the Gateway gave '", std::string_view(*op.answer).substr(0, 60), "'"));
  } else if (op.stale) {
    sim_.Broken(2, cluster::StrCat(Name(op), " does not see a change that was accepted before it started"));
  }
  op.answer.reset();
}

void Model::OnDone(Op& op, const absl::Status& status) {
  const bool offline = cluster::ErrorPayload(status, cluster::kReasonKey) == "offline";
  Complete(op, status);
  if (op.kind == Op::Kind::kSend) return;
  if (op.poisoned) return;
  if (status.ok() && op.confirm_run && !op.executed) {
    sim_.Broken(3, cluster::StrCat(Name(op), " was confirmed and has not run"));
  } else if (status.ok() && op.require_online && op.online_before != true) {
    sim_.Broken(3, cluster::StrCat(Name(op), ": told that the client was online; it was not"));
  } else if (offline && op.online_before != false) {
    sim_.Broken(3, cluster::StrCat(Name(op), ": told that the client was offline; it was not"));
  } else if (op.executed && (absl::IsUnavailable(status) || absl::IsResourceExhausted(status))) {
    sim_.Broken(1, cluster::StrCat(Name(op), " ran; its caller was told that nothing was sent"));
  }
}

void Model::Complete(Op& op, const absl::Status& status) {
  if (sim_.tracing()) {
    sim_.Trace(
        "caller    ", Name(op), ": ",
        status.ok() ? std::string("OK") : std::string(status.message().data(), status.message().size()));
  }
  if (op.completed) sim_.Broken(3, cluster::StrCat(Name(op), " was finished twice"));
  op.completed = true;
  op.code = status.code();
  if (op.kind != Op::Kind::kSend) outstanding_.erase(op.id);
  if (op.unbounded) --gateway(op.gateway).unbounded;
  if (op.kind == Op::Kind::kQuery && absl::IsUnavailable(status)) Warned(op);
}

// A query failed: what its link had not run by then may be missing from later answers.
void Model::Warned(const Op& op) {
  if (op.any) return;
  std::erase_if(gateway(op.gateway).unrun, [&](const Change& change) {
    return change.number <= op.must_see && lives_[change.life].over;
  });
}

void Model::CheckTimes() {
  for (const GatewayFacts& facts : gateways_) {
    if (facts.unbounded > limits_.max_waiting_queries + static_cast<std::size_t>(limits_.query_links)) {
      sim_.Broken(5,
                  cluster::StrCat(facts.unbounded, " queries of unbounded answer size wait for one Gateway"));
    }
  }
  // Each may wait for a link, and then for its answer, as long as no byte comes. The oldest is looked at
  // every time, the others now and then.
  const bool all = sim_.steps() % 64 == 0;
  for (const std::uint64_t id : outstanding_) {
    const Op& waits = op(id);
    const absl::Time until = std::max(waits.start + 2 * limits_.query_timeout,
                                      gateway(waits.gateway).last_byte + limits_.query_timeout);
    if (sim_.now() > until + kSlack) {
      sim_.Broken(3, cluster::StrCat(Name(waits), " is not finished after ",
                                     absl::FormatDuration(sim_.now() - waits.start)));
    }
    if (!all) return;
  }
}

}  // namespace gatewayd::simulation
