// What GatewayMachine does for the go dialect alone. A Go Gateway comes down where two of its links write to
// one client at once, and a link that is closed goes on with the write that it is at. So:
//   - only the command link carries what writes to clients;
//   - the daemon always knows how far the Gateway has come with that: behind what was sent stands an
//     IS_ONLINE, at most one every Options::run_watch;
//   - where no answer comes, the link is not ended but stalled: it is kept, and its callers are refused;
//   - where it is lost all the same while it was stalled, or the Gateway does not close it after we have
//     half-closed it, or it breaks on the way while another link (the guard) shows that the Gateway lives on,
//     those who may still be written to are destroyed first, by way of the guard, and only then is there a
//     next command link. Where the Gateway may be writing to anybody (a fan-out), nobody can tell, and
//     commands are refused until an operator says that it is over (ClearHold).
// A link that the Gateway itself has closed has nothing left to run.
#include <algorithm>
#include <iterator>
#include <utility>

#include "cluster/gateway_machine.h"
#include "cluster/text.h"

namespace gatewayd::cluster {

using For = PendingAnswer::For;

namespace {

// One round of destroying: what the guard's buffer easily holds.
constexpr std::size_t kDestroyAtOnce = 10'000;

// The links of a process that ends are lost within so long.
constexpr absl::Duration kOneEnd = absl::Seconds(1);

// A Gateway that answers on no link for so long is not stalled but gone.
constexpr absl::Duration kGoneAfter = absl::Seconds(60);

}  // namespace

void GatewayMachine::Say(std::string news) {
  changes_.push_back({GatewayChange::Kind::kNews, std::move(news)});
}

// ---- Callers

absl::Status GatewayMachine::Stalled() const {
  return Error(
      absl::StatusCode::kResourceExhausted, Reason::kStalled,
      "the command link is stalled: the Gateway does not come on, most likely because it writes to a "
      "client that does not read");
}

absl::Status GatewayMachine::CheckCommand(const wire::Frame& frame) const {
  if (absl::Status status = CheckCommandLink(frame); !status.ok()) return status;
  if (!hold_.fan_out || frame.command == wire::Command::kDestroy) return absl::OkStatus();
  return Error(absl::StatusCode::kResourceExhausted, Reason::kRefused, why_refused());
}

std::string GatewayMachine::why_refused() const {
  if (!hold_.fan_out) return "";
  return "commands are refused until AdminService.ClearGateway: a link was lost while the Gateway may have "
         "been writing a message for many clients, and another writer could bring it down";
}

std::string GatewayMachine::why_degraded() const {
  if (stalled()) return StrCat("commands are refused: ", links_[0].last_error());
  return why_refused();
}

// ---- How far the Gateway has come

void GatewayMachine::OnCommandAppended(const wire::Frame& frame, absl::Time now) {
  if (!go_) return;
  const bool begins = send_needs_time();
  writes_.Add(frame, command_link().outbound().appended());
  if (begins) WatchRun(now);  // else it goes on until all have run
}

void GatewayMachine::WatchRun(absl::Time now) {
  watch_at_ = absl::InfiniteFuture();
  if (watching_ || writes_.empty() || !command_link().ready() || stalled()) return;
  const absl::Time next = watched_ + settings_.options->run_watch;
  if (now < next) {
    watch_at_ = next;
  } else if (!CanAskCommandLink()) {
    watch_at_ = now + settings_.options->run_watch;
  } else {
    watching_ = true;
    watched_ = now;
    AskCommandLink(For::kWatch, 0, now);
  }
}

// ---- A stalled link

void GatewayMachine::KeepOneWriter(absl::Time now) {
  LinkMachine& link = command_link();
  if (link.TakeLeftOpen()) HoldBack(std::exchange(left_behind_, {}));
  if (link.TakeBrokeWhileClosing() && !left_behind_.empty()) Suspect(std::exchange(left_behind_, {}), now);
  if (link.state() != LinkState::kClosing && !std::exchange(left_behind_, {}).empty()) DropGuard(now);
  if (link.ready() && !guard().wanted_link() && listed_ && !stopped_) guard().Want(now);
  if (stalled() && !stall_told_) OnStalled(now);
  if (!stalled() && std::exchange(stall_told_, false) && link.ready()) Say("command link: no longer stalled");
  ServeHold(now);
  ProbeGuard(now);
  WatchRun(now);
}

void GatewayMachine::OnStalled(absl::Time now) {
  stall_told_ = true;
  guard_heard_ = guard_probe_at_ = now;
  guard().Want(now);
  std::string what;
  if (!writes_.empty()) {
    const std::optional<std::uint32_t> first = writes_.first();
    what = first ? StrCat("; the first command not known to have run is to connection ", *first)
                 : "; the first command not known to have run is to many clients";
  }
  Say(StrCat("command link: ", links_[0].last_error(), what));
  for (PendingAnswer& waiting : command_link().DetachCallers()) {
    if (waiting.purpose == For::kCaller) {
      Complete(std::move(waiting.answer), Stalled());
    } else {
      Complete(std::move(waiting.confirmation->done),
               Error(absl::StatusCode::kDeadlineExceeded, Reason::kStalled,
                     "the command link stalled after the command was accepted: unknown whether it will run"));
    }
  }
  FailBehindBarrier(Stalled());
}

// The guard tells a Gateway that is stalled from one that is gone.
void GatewayMachine::ProbeGuard(absl::Time now) {
  if (!stalled() || now < guard_probe_at_) return;
  guard_probe_at_ = now + settings_.options->query_timeout;
  if (!guard().ready() || !guard().answers().empty()) return;
  guard().AppendQuery({.command = wire::Command::kIsOnline},
                      {.purpose = For::kProbe, .max_size = kIsOnlineAnswerSize}, now);
}

// Before the command link is stalled: then it answers nothing that could prove it.
void GatewayMachine::ProveGuard(absl::Time now) {
  const QueryLinkProof& proof = query_link_proofs_[kGuard];
  if (usable() && !stalled() && guard().ready() && !proof.proven && proof.number == 0) ProveQueryLinks(now);
}

// A guard that was made anew can lead to the next run, whose clients have the same numbers.
bool GatewayMachine::GuardTakes(const wire::Frame& frame, std::string_view generation) const {
  const LinkMachine& link = links_[kGuard];
  return link.ready() && link.outbound().HasRoom(wire::FrameSize(frame)) &&
         (generation.empty() || query_link_proofs_[kGuard].proven);
}

void GatewayMachine::ExpireStall(absl::Time now) {
  if (!stalled() || now < guard_heard_ + kGoneAfter) return;
  command_link().Drop(Reason::kLinkLost,
                      StrCat("link lost: no answer on any link within ", absl::FormatDuration(kGoneAfter)),
                      now);
  if (listed_) command_link().Want(now);
  AfterStep(0, now);
}

absl::Time GatewayMachine::StallTimer() const {
  if (!stalled()) return watch_at_;
  return std::min(guard_probe_at_, guard_heard_ + kGoneAfter);
}

// ---- A lost link

void GatewayMachine::OnCommandLinkLost(const LinkLoss& loss, absl::Time now) {
  const WriteHold left = writes_.Take(loss.written);
  watching_ = false;
  watched_ = now - settings_.options->run_watch;
  if (loss.was_stalled) {
    HoldBack(left);
  } else if (command_link().state() == LinkState::kClosing) {
    left_behind_ = left;
  } else if (loss.was_ready && !loss.orderly && !left.empty() && !stopped_) {
    Suspect(left, now);
  }
}

// It broke on the way: the guard tells whether the Gateway lives on.
void GatewayMachine::Suspect(const WriteHold& left, absl::Time now) {
  if (!guard().ready()) {
    if (now - guard_ended_ > kOneEnd) HoldBack(left);
    return;
  }
  suspect_ = left;
  command_link().Unwant();
  guard().AppendQuery({.command = wire::Command::kIsOnline},
                      {.purpose = For::kSuspect, .max_size = kIsOnlineAnswerSize}, now);
}

// The Gateway answers still, so it did not end: as if the link had been stalled.
void GatewayMachine::OnSuspectLives(absl::Time now) {
  if (!suspect_) return;
  HoldBack(*std::exchange(suspect_, std::nullopt));
  if (hold_.destroy.empty()) Release(now);
}

void GatewayMachine::OnGuardLost(const LinkLoss& loss, absl::Time now) {
  destroying_ = 0;
  // A closed or broken connection beside the other one: the process has ended. Silence proves nothing, and
  // nonsense comes from one that lives: both are links that the daemon has ended.
  const bool ended = loss.reason == Reason::kLinkLost;
  if (loss.was_ready && ended) guard_ended_ = now;
  if (!suspect_) return;
  if (!ended) return OnSuspectLives(now);
  suspect_.reset();
  Release(now);
}

void GatewayMachine::HoldBack(const WriteHold& left) {
  if (left.empty()) return;
  ++counters_.stalled_links_lost;
  std::vector<std::uint32_t> all;
  std::set_union(hold_.destroy.begin(), hold_.destroy.end(), left.destroy.begin(), left.destroy.end(),
                 std::back_inserter(all));
  hold_.destroy = std::move(all);
  destroying_ = 0;
  if (!hold_.destroy.empty()) command_link().Unwant();
  if (left.fan_out && !std::exchange(hold_.fan_out, true)) {
    ++counters_.gateways_refused;
    Say(why_refused());
  }
}

// It is of the same run as the command link that was lost; but for that, it would go with it.
void GatewayMachine::KeepGuard(const LinkLoss& cause) {
  for (PendingAnswer& waiting : guard().DetachCallers())
    Complete(std::move(waiting.answer), Error(absl::StatusCode::kUnavailable, Reason::kLinkLost, cause.text));
}

void GatewayMachine::ServeHold(absl::Time now) {
  if (hold_.destroy.empty() || stopped_ || command_link().ready()) return;
  if (!guard().ready()) {
    if (listed_) guard().Want(now);
    return;
  }
  if (destroying_ > 0) return;
  destroying_ = std::min(hold_.destroy.size(), kDestroyAtOnce);
  for (std::size_t i = 0; i < destroying_; ++i) {
    guard().Append({.command = wire::Command::kDestroy, .connection_id = hold_.destroy[i]},
                   /*is_command=*/false);
  }
  guard().AppendQuery({.command = wire::Command::kIsOnline},
                      {.purpose = For::kDestroyed, .max_size = kIsOnlineAnswerSize}, now);
}

void GatewayMachine::OnDestroyed(absl::Time now) {
  if (destroying_ == 0) return;
  const auto end = hold_.destroy.begin() + static_cast<std::ptrdiff_t>(destroying_);
  hold_.destroy.erase(hold_.destroy.begin(), end);
  counters_.clients_destroyed += std::exchange(destroying_, 0);
  if (!hold_.destroy.empty()) return;
  Say("the clients that the lost command link may have been writing to are destroyed");
  Release(now);
}

// The guard goes, as a query link does with its command link, and there is a next command link.
void GatewayMachine::Release(absl::Time now) {
  destroying_ = 0;
  if (command_link().ready()) return;
  DropGuard(now);
  if (listed_) command_link().Want(now);
}

void GatewayMachine::DropGuard(absl::Time now) {
  guard().Unwant();
  guard().Drop(Reason::kLinkLost, "no longer needed", now);
  guard().TakeLoss();
}

bool GatewayMachine::ClearHold(absl::Time now) {
  const bool held = !hold_.empty() || suspect_.has_value();
  const bool had_no_link = !hold_.destroy.empty() || suspect_.has_value();
  hold_ = {};
  suspect_.reset();
  if (held) Say("an operator has cleared it: commands are taken again");
  if (had_no_link && !stopped_) Release(now);
  Settle(now);
  return held;
}

}  // namespace gatewayd::cluster
