#include "cluster/event_link_machine.h"

#include <algorithm>

#include "cluster/text.h"
#include "wire/requests.h"

namespace gatewayd::cluster {
namespace {

using For = PendingAnswer::For;

// More than a Gateway keeps for a link (10 MB), its largest event and what both kernels hold: an answer that
// is not among so many bytes was dropped by the Gateway, whose buffer was full.
constexpr std::uint64_t kAnswerWithin = 64 * 1024 * 1024;

constexpr std::uint32_t kSecondSeed = 104'729;

}  // namespace

EventLinkMachine::EventLinkMachine(const wire::Dialect& dialect, const Options& options, AnswerMemory& memory,
                                   std::function<std::string()> new_worker_key, std::uint32_t seed)
    : dialect_(dialect),
      options_(options),
      new_worker_key_(std::move(new_worker_key)),
      connections_{LinkMachine(LinkKind::kEvent, dialect, options, memory, seed),
                   LinkMachine(LinkKind::kEvent, dialect, options, memory, seed + kSecondSeed)} {}

// ---- The owner

void EventLinkMachine::Want(absl::Time now) {
  wanted_ = true;
  if (!leaving_) first().Want(now);
}

void EventLinkMachine::Keep() {
  wanted_ = false;
  first().Unwant();
}

void EventLinkMachine::Leave(absl::Time now) {
  Keep();
  if (stage_ == Stage::kAttached || stage_ == Stage::kUp) {
    StartLeaving(now);
  } else if (stage_ == Stage::kOpening && first().state() != LinkState::kClosing) {
    first().Drop(Reason::kStopping, "no events are wanted any more", now);
  }
  Settle(now);
}

void EventLinkMachine::Drop(std::string_view text, absl::Time now) {
  wanted_ = false;
  for (LinkMachine& connection : connections_) {
    connection.Unwant();
    connection.Drop(Reason::kStopping, text, now);
    connection.TakeLoss();
  }
  why_gone_ = text;
  Gone(now);
}

void EventLinkMachine::Attach(RunPtr run, absl::Time now) {
  run_ = std::move(run);
  up_ = false;
  worker_key_ = new_worker_key_();
  stage_ = Stage::kAttached;
  last_byte_ = last_answer_ = now;
  AppendHello(0);
  Ask(0, For::kProbe, 0, now);
}

void EventLinkMachine::AppendHello(std::size_t c) {
  const std::string body = wire::WorkerConnectBody(worker_key_, options_.secret);
  connections_[c].Append({.command = wire::Command::kWorkerConnect, .body = body}, /*is_command=*/false);
}

void EventLinkMachine::AskProof(std::uint64_t number, absl::Time now) {
  Ask(0, For::kProof, number, now);
}

void EventLinkMachine::AskMark(absl::Time now) {
  Ask(0, For::kMark, 0, now);
}

void EventLinkMachine::Ask(std::size_t c, For purpose, std::uint64_t number, absl::Time now) {
  if (c == 0 && first().answers().empty()) {
    asked_at_ = now;
    bytes_since_asked_ = 0;
  }
  connections_[c].AppendQuery({.command = wire::Command::kIsOnline},
                              {.purpose = purpose, .max_size = kIsOnlineAnswerSize, .number = number}, now);
}

void EventLinkMachine::Pause(absl::Time now) {
  if (std::exchange(paused_, true)) return;
  ++counters_.event_reads_paused;
  for (LinkMachine& connection : connections_)
    connection.Rest(true, now);
  if (leaving_) {
    leave_left_ = leave_deadline_ - now;
    leave_deadline_ = absl::InfiniteFuture();
  }
}

void EventLinkMachine::Resume(absl::Time now) {
  if (!std::exchange(paused_, false)) return;
  for (LinkMachine& connection : connections_)
    connection.Rest(false, now);
  last_byte_ = asked_at_ = now;
  if (leaving_) leave_deadline_ = now + leave_left_;
}

// ---- The network

void EventLinkMachine::OnConnected(std::size_t c, absl::Time now) {
  connections_[c].OnConnected(now);
  Settle(now);
}

void EventLinkMachine::OnConnectFailed(std::size_t c, std::string_view error, absl::Time now) {
  connections_[c].OnConnectFailed(error, now);
  Settle(now);
}

void EventLinkMachine::OnClosed(std::size_t c, std::string_view error, absl::Time now) {
  connections_[c].OnClosed(error, now);
  Settle(now);
}

void EventLinkMachine::OnBytes(std::size_t c, std::size_t size, absl::Time now) {
  connections_[c].CountReceived(size);
  if (size == 0) return;
  connections_[c].OnProgress(now);
  last_byte_ = now;
  if (!carries_events(c)) return;
  if (!std::exchange(up_, true)) news_.push_back({.kind = EventLinkNews::Kind::kUp, .run = run_});
  if (stage_ == Stage::kAttached) stage_ = Stage::kUp;
  if (c == 0) CheckAnswerComes(size, now);
}

void EventLinkMachine::CheckAnswerComes(std::size_t size, absl::Time now) {
  if (first().answers().empty()) return;
  bytes_since_asked_ += size;
  if (bytes_since_asked_ <= kAnswerWithin || now - asked_at_ < options_.query_timeout) return;
  first().Fail(Reason::kTimeout, StrCat("no answer among ", bytes_since_asked_, " bytes"), now);
  Settle(now);
}

void EventLinkMachine::OnAnswer(std::size_t c, std::string_view payload, absl::Time now) {
  std::optional<LinkAnswer> answer;
  connections_[c].OnEventAnswer(payload, now, &answer);
  if (answer) {
    asked_at_ = now;
    bytes_since_asked_ = 0;
    if (c == 0) last_answer_ = now;
    switch (answer->pending.purpose) {
      case For::kProof:
        news_.push_back(
            {.kind = EventLinkNews::Kind::kProved, .run = run_, .number = answer->pending.number});
        break;
      case For::kMark:
        news_.push_back({.kind = EventLinkNews::Kind::kMarked, .run = run_});
        break;
      case For::kLeave:
        if (stage_ == Stage::kProving) {
          TakeOver(now);
        } else if (stage_ == Stage::kDraining) {
          EndWith(1, /*half_close=*/true, now);
        }
        break;
      default:
        if (c == 1 && stage_ == Stage::kReplacing) {
          stage_ = Stage::kProving;
          Ask(0, For::kLeave, 0, now);
        }
    }
  }
  Settle(now);
}

void EventLinkMachine::OnGarbage(std::size_t c, std::string_view error, absl::Time now) {
  ++counters_.bad_answers;
  if (in_use(c)) {
    connections_[c].Fail(Reason::kBadAnswer, error, now);
  } else {
    connections_[c].Drop(Reason::kBadAnswer, error, now);
  }
  Settle(now);
}

void EventLinkMachine::OnTimer(absl::Time now) {
  for (LinkMachine& connection : connections_)
    connection.OnTimer(now);
  Settle(now);
  if (now >= leave_deadline_) ExpireLeave(now);
  if (now >= ProbeAt()) Ask(0, For::kProbe, 0, now);
}

absl::Time EventLinkMachine::NextTimer() const {
  return std::min({connections_[0].NextTimer(), connections_[1].NextTimer(), leave_deadline_, ProbeAt()});
}

absl::Time EventLinkMachine::ProbeAt() const {
  const bool idle = stage_ == Stage::kUp && !paused_ && connections_[0].answers().empty();
  const absl::Time since = dialect_.kind() == wire::DialectKind::kGo ? last_answer_ : last_byte_;
  return idle ? since + options_.event_probe : absl::InfiniteFuture();
}

// ---- Leaving

void EventLinkMachine::StartLeaving(absl::Time now) {
  leaving_ = true;
  forced_ = false;
  why_gone_ = "left";
  ++counters_.event_leaves;
  leave_left_ = options_.leave_timeout;
  if (!paused_) leave_deadline_ = now + leave_left_;
  if (dialect_.kind() == wire::DialectKind::kPhp) {
    stage_ = Stage::kReplacing;
    second().Want(now);
  } else {
    EndWith(0, /*half_close=*/true, now);
  }
}

// All that was asked on the first has been answered, so nothing unread will lie at the Gateway when it
// closes.
void EventLinkMachine::TakeOver(absl::Time now) {
  stage_ = Stage::kTakenOver;
  AppendHello(1);
  first().Leave(/*half_close=*/false, now);
}

void EventLinkMachine::EndWith(std::size_t c, bool half_close, absl::Time now) {
  stage_ = Stage::kEnding;
  ending_ = c;
  connections_[c].Unwant();
  connections_[c].Leave(half_close, now);
}

void EventLinkMachine::Force() {
  why_gone_ = "left, but perhaps not without loss";
  if (!std::exchange(forced_, true)) ++counters_.event_leaves_forced;
}

void EventLinkMachine::ExpireLeave(absl::Time now) {
  Force();
  for (LinkMachine& connection : connections_) {
    connection.Unwant();
    connection.Drop(Reason::kTimeout, "not left in time", now);
    connection.TakeLoss();
  }
  Gone(now);
}

// ---- Steps

void EventLinkMachine::Settle(absl::Time now) {
  if (std::optional<LinkLoss> loss = first().TakeLoss()) OnFirstLost(*loss, now);
  if (second().TakeLoss()) OnSecondLost(now);
  if (stage_ == Stage::kTakenOver && first().state() != LinkState::kClosing) {
    stage_ = Stage::kDraining;
    Ask(1, For::kLeave, 0, now);
  }
  if (stage_ == Stage::kEnding && connections_[ending_].state() != LinkState::kClosing) Gone(now);
}

void EventLinkMachine::OnFirstLost(const LinkLoss& loss, absl::Time now) {
  switch (stage_) {
    case Stage::kAttached:
    case Stage::kUp:
    case Stage::kReplacing:
    case Stage::kProving:
      break;
    default:
      return;
  }
  ++counters_.event_links_lost;
  why_gone_ = loss.text;
  if (loss.reason == Reason::kTimeout) ++counters_.event_link_probes_failed;
  if (leaving_) {
    Force();
    second().Unwant();
    second().Drop(Reason::kLinkLost, loss.text, now);
    second().TakeLoss();
  }
  if (first().state() == LinkState::kClosing && loss.reason == Reason::kTimeout) {
    stage_ = Stage::kEnding;  // what comes until the Gateway has closed it are events still
    ending_ = 0;
  } else {
    Gone(now);
  }
}

void EventLinkMachine::OnSecondLost(absl::Time now) {
  const bool ours = second().state() == LinkState::kClosing;
  second().Unwant();
  second().Drop(Reason::kLinkLost, second().last_error(), now);
  second().TakeLoss();
  if (stage_ == Stage::kReplacing || stage_ == Stage::kProving) {
    Force();
    EndWith(0, /*half_close=*/true, now);
  } else if (stage_ == Stage::kDraining) {
    if (ours) Force();
    Gone(now);
  }
}

void EventLinkMachine::Gone(absl::Time now) {
  if (paused_) Resume(now);
  stage_ = Stage::kOpening;
  leaving_ = false;
  leave_deadline_ = absl::InfiniteFuture();
  second().Unwant();
  if (run_) {
    news_.push_back(
        {.kind = EventLinkNews::Kind::kGone, .run = std::move(run_), .was_up = up_, .text = why_gone_});
    run_ = nullptr;
  }
  up_ = false;
  if (wanted_) first().Want(now);
}

// ---- How it stands

bool EventLinkMachine::carries_events(std::size_t c) const {
  switch (stage_) {
    case Stage::kOpening:
      return false;
    case Stage::kAttached:
    case Stage::kUp:
    case Stage::kReplacing:
    case Stage::kProving:
    case Stage::kTakenOver:
      return c == 0;
    case Stage::kDraining:
      return c == 1;
    case Stage::kEnding:
      return c == ending_;
  }
  return false;
}

bool EventLinkMachine::reads(std::size_t c) const {
  if (carries_events(c)) return !paused_;
  return c == 0 || stage_ != Stage::kTakenOver;
}

bool EventLinkMachine::in_use(std::size_t c) const {
  const LinkState state = connections_[c].state();
  return state == LinkState::kAuthenticating || state == LinkState::kReady;
}

bool EventLinkMachine::off() const {
  return std::all_of(connections_.begin(), connections_.end(),
                     [](const LinkMachine& c) { return c.state() == LinkState::kIdle; });
}

bool EventLinkMachine::needs_run() const {
  return stage_ == Stage::kOpening && connections_[0].ready();
}

bool EventLinkMachine::live() const {
  return (stage_ == Stage::kAttached || stage_ == Stage::kUp) && connections_[0].ready();
}

std::vector<LinkView> EventLinkMachine::Views(absl::Time now, absl::Time wall_now) const {
  std::vector<LinkView> views;
  for (std::size_t c = 0; c < kConnections; ++c) {
    if (connections_[c].state() == LinkState::kIdle && !(c == 0 && wanted_)) continue;
    views.push_back(connections_[c].View(now, wall_now));
    LinkState& state = views.back().state;
    if (state != LinkState::kReady) continue;
    if (needs_run()) state = LinkState::kAuthenticating;
    if (leaving_) state = LinkState::kClosing;
  }
  return views;
}

Counters EventLinkMachine::counters() const {
  Counters sum = counters_;
  for (const LinkMachine& connection : connections_)
    sum.Add(connection.counters());
  return sum;
}

}  // namespace gatewayd::cluster
