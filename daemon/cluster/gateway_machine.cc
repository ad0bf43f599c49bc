#include "cluster/gateway_machine.h"

#include <algorithm>
#include <utility>

#include "cluster/text.h"

namespace gatewayd::cluster {

using For = PendingAnswer::For;

void Completion::Run() {
  if (done) {
    done(std::move(status));
  } else if (status.ok()) {
    answer(payload);
  } else {
    answer(std::move(status));
  }
}

GatewayMachine::GatewayMachine(Settings settings)
    : settings_(std::move(settings)),
      go_(settings_.dialect->kind() == wire::DialectKind::kGo),
      events_(*settings_.dialect, *settings_.options, *settings_.memory, settings_.new_worker_key,
              settings_.seed + 1'299'709),
      effects_unknown_(settings_.effects_unknown),
      hold_(settings_.hold) {
  for (int i = 0; i <= settings_.options->query_links; ++i) {
    const LinkKind kind = i == 0 ? LinkKind::kCommand : LinkKind::kQuery;
    const std::uint32_t seed = settings_.seed + static_cast<std::uint32_t>(i) * 7919;
    links_.emplace_back(kind, *settings_.dialect, *settings_.options, *settings_.memory, seed);
  }
  query_link_proofs_.resize(links_.size());
}

// ---- Checks

absl::Status GatewayMachine::Error(absl::StatusCode code, Reason reason, std::string_view text) const {
  return MakeError(code, reason, settings_.address, text);
}

std::string GatewayMachine::why_unlinked() const {
  if (stopped_) return "the daemon is stopping";
  const LinkMachine& link = links_[0];
  if (suspect_) return "no link: whether the Gateway still runs what the lost one was given is being asked";
  if (!hold_.destroy.empty()) {
    return StrCat("no link: ", hold_.destroy.size(),
                  " clients that the Gateway may still be writing to are destroyed first (",
                  links_[kGuard].last_error(), ")");
  }
  if (link.ready() && !command_proven_) return "no link (whether it leads to the same run is being proven)";
  return StrCat("no link (", ToString(link.state()),
                link.last_error().empty() ? "" : StrCat("; last error: ", link.last_error()), ")");
}

absl::Status GatewayMachine::NoLink() const {
  return Error(absl::StatusCode::kUnavailable, stopped_ ? Reason::kStopping : Reason::kNoLink,
               why_unlinked());
}

absl::Status GatewayMachine::CheckGeneration(std::string_view generation) const {
  if (generation.empty() || generation == this->generation()) return absl::OkStatus();
  if (!generation.starts_with(settings_.instance_id) ||
      generation.substr(settings_.instance_id.size(), 1) != "-") {
    return Error(absl::StatusCode::kFailedPrecondition, Reason::kOtherDaemon,
                 "the generation was given out by another daemon process");
  }
  return Error(absl::StatusCode::kNotFound, Reason::kGenerationOver,
               "the generation is over: the Gateway was restarted, or may have been");
}

absl::Status GatewayMachine::CheckUsable(const wire::Frame& frame) const {
  if (!usable()) return NoLink();
  const std::size_t size = wire::FrameSize(frame);
  if (size > wire::kMaxFrameToGateway) {
    return Error(absl::StatusCode::kResourceExhausted, Reason::kTooLarge,
                 StrCat("a frame of ", size, " bytes; a Gateway takes ", wire::kMaxFrameToGateway));
  }
  return absl::OkStatus();
}

absl::Status GatewayMachine::CheckCommandLink(const wire::Frame& frame) const {
  if (absl::Status status = CheckUsable(frame); !status.ok()) return status;
  if (stalled()) return Stalled();
  const LinkMachine& link = links_[0];
  if (!link.outbound().HasRoom(wire::FrameSize(frame))) {
    return Error(absl::StatusCode::kResourceExhausted, Reason::kBufferFull,
                 StrCat("the command buffer is full: ", link.outbound().pending(),
                        " bytes wait and the Gateway does not read them"));
  }
  return absl::OkStatus();
}

// More would overflow the Gateway's send buffer, which drops answers without a word.
absl::Status GatewayMachine::CheckAnswersDue(std::size_t more) const {
  if (links_[0].answers().due_bytes() + more <= settings_.options->max_in_flight_answers) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kResourceExhausted, Reason::kBufferFull,
               "too many answers are due on the link");
}

// ---- Commands

// Messages to clients change nothing that a query could see; everything else does.
void GatewayMachine::CountChange(wire::Command command) {
  switch (command) {
    case wire::Command::kSendToOne:
    case wire::Command::kSendToAll:
    case wire::Command::kSendToUid:
    case wire::Command::kSendToGroup:
      return;
    default:
      ++changes_sent_;
  }
}

absl::Status GatewayMachine::Send(const wire::Frame& frame, std::string_view generation, absl::Time now) {
  if (absl::Status status = CheckGeneration(generation); !status.ok()) return status;
  // It writes to nobody, and may be what frees the Gateway.
  if (stalled() && frame.command == wire::Command::kDestroy && usable() && GuardTakes(frame, generation)) {
    guard().Append(frame, /*is_command=*/true);
    ++counters_.commands_accepted;
    return absl::OkStatus();
  }
  if (absl::Status status = CheckCommand(frame); !status.ok()) {
    if (absl::IsResourceExhausted(status)) ++counters_.commands_refused;
    return status;
  }
  command_link().Append(frame, /*is_command=*/true);
  CountChange(frame.command);
  OnCommandAppended(frame, now);
  ++counters_.commands_accepted;
  return absl::OkStatus();
}

bool GatewayMachine::SendConfirmed(const wire::Frame& frame, const CommandOptions& options, OnDone done,
                                   absl::Time now) {
  if (!options.require_online && !options.confirm_run) {
    absl::Status sent = Send(frame, options.generation, now);
    const bool accepted = sent.ok();
    Complete(std::move(done), std::move(sent));
    return accepted;
  }
  absl::Status status = CheckGeneration(options.generation);
  if (status.ok()) status = CheckCommand(frame);
  LinkMachine& link = command_link();
  const std::size_t queries = 2 * wire::kFrameHeadSize;
  if (status.ok() && !link.outbound().HasRoom(wire::FrameSize(frame) + queries)) {
    status = Error(absl::StatusCode::kResourceExhausted, Reason::kBufferFull, "the command buffer is full");
  }
  const int answers = (options.require_online ? 1 : 0) + (options.confirm_run ? 1 : 0);
  if (status.ok()) status = CheckAnswersDue(static_cast<std::size_t>(answers) * kIsOnlineAnswerSize);
  if (!status.ok()) {
    if (absl::IsResourceExhausted(status)) ++counters_.commands_refused;
    Complete(std::move(done), std::move(status));
    return false;
  }
  auto confirmation = std::make_shared<Confirmation>();
  confirmation->done = std::move(done);
  const std::uint64_t offset = link.outbound().appended();
  if (options.require_online) {
    link.AppendQuery({.command = wire::Command::kIsOnline, .connection_id = frame.connection_id},
                     {.purpose = options.confirm_run ? For::kOnlineBefore : For::kConfirmation,
                      .confirmation = confirmation,
                      .online_check = true,
                      .max_size = kIsOnlineAnswerSize,
                      .request_offset = offset,
                      .changes_before = changes_sent_},
                     now);
  }
  link.Append(frame, /*is_command=*/true);
  CountChange(frame.command);
  OnCommandAppended(frame, now);
  ++counters_.commands_accepted;
  if (options.confirm_run) {
    link.AppendQuery({.command = wire::Command::kIsOnline},
                     {.purpose = For::kConfirmation,
                      .confirmation = std::move(confirmation),
                      .max_size = kIsOnlineAnswerSize,
                      .request_offset = offset,
                      .changes_before = changes_sent_},
                     now);
  }
  return true;
}

// ---- Membership

void GatewayMachine::SetListed(bool listed, absl::Time now) {
  if (stopped_) return;
  listed_ = listed;
  if (listed) {
    if (hold_.destroy.empty() && !suspect_) command_link().Want(now);
    if (want_events_ || go_) Settle(now);
  } else {
    for (LinkMachine& link : links_)
      link.Unwant();
    events_.ForEach([](EventLinkMachine& link) { link.Keep(); });
    if (!command_link().ready()) FailWaiting(NoLink());
    AfterStep(0, now);
  }
}

void GatewayMachine::Stop(absl::Time now) {
  stopped_ = true;
  if (suspect_) HoldBack(*std::exchange(suspect_, std::nullopt));  // for the next machine of the address
  FailWaiting(NoLink());  // first: a query that waits would have its link dialled again
  events_.ForEach([&](EventLinkMachine& link) { link.Drop("the daemon is stopping", now); });
  for (std::size_t i = links_.size(); i-- > 0;) {  // the command link last: the others go with it
    links_[i].Unwant();
    links_[i].Drop(Reason::kStopping, "the daemon is stopping", now);
    AfterStep(i, now);
  }
}

// ---- Network

LinkMachine& GatewayMachine::connection(std::size_t i) {
  if (i < links_.size()) return links_[i];
  const std::size_t c = i - links_.size();
  return events_.link_of(c).connection(EventLinks::number_of(c));
}

void GatewayMachine::OnConnected(std::size_t i, absl::Time now) {
  if (i >= links_.size()) {
    const std::size_t c = i - links_.size();
    events_.link_of(c).OnConnected(EventLinks::number_of(c), now);
    return Settle(now);
  }
  links_[i].OnConnected(now);
  AfterStep(i, now);
}

void GatewayMachine::OnConnectFailed(std::size_t i, std::string_view error, absl::Time now) {
  if (i >= links_.size()) {
    const std::size_t c = i - links_.size();
    events_.link_of(c).OnConnectFailed(EventLinks::number_of(c), error, now);
    return Settle(now);
  }
  links_[i].OnConnectFailed(error, now);
  AfterStep(i, now);
}

void GatewayMachine::OnClosed(std::size_t i, std::string_view error, absl::Time now) {
  if (i >= links_.size()) {
    const std::size_t c = i - links_.size();
    events_.link_of(c).OnClosed(EventLinks::number_of(c), error, now);
    return Settle(now);
  }
  links_[i].OnClosed(error, now);
  AfterStep(i, now);
}

std::size_t GatewayMachine::OnBytes(std::size_t i, std::string_view bytes, absl::Time now) {
  std::optional<LinkAnswer> answer;
  const std::size_t used = links_[i].OnBytes(bytes, now, &answer);
  if (answer && i == 0) writes_.RanUpTo(answer->pending.query_offset);
  if (i == kGuard && used > 0) guard_heard_ = now;
  if (answer) OnAnswer(std::move(answer->pending), answer->payload, now);
  if (answer || links_[i].state() != LinkState::kReady || stalled() != stall_told_) AfterStep(i, now);
  return used;
}

void GatewayMachine::OnTimer(absl::Time now) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    links_[i].OnTimer(now);
    AfterStep(i, now);
  }
  events_.ForEach([&](EventLinkMachine& link) { link.OnTimer(now); });
  ExpireProof(now);
  if (go_) ExpireStall(now);
  Settle(now);
  ExpireWaiting(now);
}

absl::Time GatewayMachine::NextTimer() const {
  absl::Time next = absl::InfiniteFuture();
  for (const LinkMachine& link : links_)
    next = std::min(next, link.NextTimer());
  for (const WaitingQuery& query : waiting_) {
    next = std::min(next, query.deadline);
    if (query.after_change > changes_run_) next = std::min(next, query.barrier_deadline);
  }
  events_.ForEach([&](const EventLinkMachine& link) { next = std::min(next, link.NextTimer()); });
  if (proof_) next = std::min(next, proof_->deadline);
  if (go_) next = std::min(next, StallTimer());
  return std::min(next, ask_again_);
}

// ---- Steps

void GatewayMachine::AfterStep(std::size_t i, absl::Time now) {
  if (std::optional<LinkLoss> loss = links_[i].TakeLoss()) OnLoss(i, std::move(*loss), now);
  if (i == 0 && !tried_ && links_[0].state() != LinkState::kIdle &&
      links_[0].state() != LinkState::kConnecting && links_[0].state() != LinkState::kAuthenticating) {
    tried_ = true;
    changes_.push_back({GatewayChange::Kind::kTried, {}});
  }
  Settle(now);
}

void GatewayMachine::Settle(absl::Time now) {
  if (go_) KeepOneWriter(now);
  ForgetQueryLinkProofs();
  UpdateRun(now);
  if (go_) ProveGuard(now);
  if (!waiting_.empty()) Dispatch(now);
}

void GatewayMachine::OnLoss(std::size_t i, LinkLoss loss, absl::Time now) {
  bool first = true;
  for (PendingAnswer& pending : loss.unanswered)
    FailPending(std::move(pending), loss, std::exchange(first, false));
  if (i == kGuard) OnGuardLost(loss, now);
  if (i != 0) return;
  if (!loss.was_ready && loss.text != told_error_ && !stopped_) {
    told_error_ = loss.text;
    if (tried_) Say(loss.text);  // the first time, kTried tells it
  }
  if (loss.was_ready) told_error_.clear();
  if (go_) OnCommandLinkLost(loss, now);
  barrier_change_ = changes_run_;
  if (loss.was_ready) {
    ++command_link_life_;
    if (changes_sent_ > changes_run_) effects_unknown_ = true;
    changes_run_ = changes_sent_;
    barrier_change_ = changes_sent_;
    FailBehindBarrier(Error(absl::StatusCode::kUnavailable, Reason::kLinkLost, loss.text));
    // Any query link may be a relic of a host that died, a busy one too: an answer that was on its way proves
    // nothing. So none outlives the command link, and a generation is one run of the Gateway.
    DropQueryLinks(loss, now);
  }
  if (!listed_) FailWaiting(Error(absl::StatusCode::kUnavailable, Reason::kNoLink, loss.text));
}

void GatewayMachine::DropQueryLinks(const LinkLoss& cause, absl::Time now) {
  const Reason reason = cause.reason == Reason::kStopping ? Reason::kStopping : Reason::kLinkLost;
  for (std::size_t i = 1; i < links_.size(); ++i) {
    if (i == kGuard && (!hold_.destroy.empty() || suspect_ || !left_behind_.empty()) && !stopped_) {
      KeepGuard(cause);
      continue;
    }
    links_[i].Unwant();
    links_[i].Drop(reason, cause.text, now);
    if (std::optional<LinkLoss> loss = links_[i].TakeLoss()) {
      for (PendingAnswer& pending : loss->unanswered)
        FailPending(std::move(pending), *loss, false);
    }
  }
}

void GatewayMachine::FailPending(PendingAnswer pending, const LinkLoss& loss, bool first) {
  // Only the first can have been answered with nonsense; the others lost their link by it.
  const bool first_victim = loss.reason == Reason::kBadAnswer && first;
  const Reason reason = loss.reason == Reason::kBadAnswer && !first ? Reason::kLinkLost : loss.reason;
  if (pending.purpose == For::kCaller) {
    const absl::StatusCode code = first_victim                  ? absl::StatusCode::kDataLoss
                                  : reason == Reason::kTooLarge ? absl::StatusCode::kResourceExhausted
                                                                : absl::StatusCode::kUnavailable;
    Complete(std::move(pending.answer), Error(code, reason, loss.text));
  } else if (pending.purpose == For::kConfirmation) {
    const bool nothing_sent = pending.request_offset >= loss.written;
    OnDone done = std::move(pending.confirmation->done);
    Complete(std::move(done),
             nothing_sent
                 ? Error(absl::StatusCode::kUnavailable, reason, StrCat(loss.text, "; nothing was sent"))
                 : Error(absl::StatusCode::kDeadlineExceeded, reason,
                         StrCat(loss.text, " after the command was written: unknown whether it ran")));
  }
}

void GatewayMachine::OnAnswer(PendingAnswer pending, std::string_view payload, absl::Time now) {
  if (pending.purpose != For::kCaller || pending.changes_before != 0) {
    changes_run_ = std::max(changes_run_, pending.changes_before);
  }
  if (settings_.query_stats != nullptr &&
      (pending.purpose == For::kCaller || pending.purpose == For::kConfirmation)) {
    settings_.query_stats->Add(pending.command, now - pending.asked);
  }
  switch (pending.purpose) {
    case For::kProbe:
    case For::kBarrier:
    case For::kLeave:
      return;
    case For::kWatch:
      watching_ = false;
      return;
    case For::kDestroyed:
      return OnDestroyed(now);
    case For::kSuspect:
      return OnSuspectLives(now);
    case For::kProof:
      return OnProved(pending.number, now);
    case For::kMark:
      return OnMarkOfCommandLink(pending.number, now);
    case For::kCaller:
      Complete(std::move(pending.answer), absl::OkStatus(), payload);
      return;
    case For::kOnlineBefore:
    case For::kConfirmation: {
      Confirmation& confirmation = *pending.confirmation;
      if (pending.online_check) confirmation.offline = *settings_.dialect->DecodeCount(payload) == 0;
      if (pending.purpose == For::kOnlineBefore) return;
      Complete(std::move(confirmation.done), confirmation.offline
                                                 ? Error(absl::StatusCode::kNotFound, Reason::kOffline,
                                                         "the client is offline; nothing happened")
                                                 : absl::OkStatus());
      return;
    }
  }
}

void GatewayMachine::Complete(cluster::OnAnswer answer, absl::Status status, std::string_view payload) {
  if (!answer) return;
  completions_.push_back({.answer = std::move(answer), .status = std::move(status), .payload = payload});
}

void GatewayMachine::Complete(OnDone done, absl::Status status) {
  if (!done) return;
  completions_.push_back({.done = std::move(done), .status = std::move(status)});
}

Counters GatewayMachine::counters() const {
  Counters sum = counters_;
  for (const LinkMachine& link : links_)
    sum.Add(link.counters());
  events_.ForEach([&](const EventLinkMachine& link) { sum.Add(link.counters()); });
  return sum;
}

LinkTraffic GatewayMachine::Traffic(LinkKind kind) const {
  LinkTraffic sum;
  if (kind == LinkKind::kEvent) {
    for (std::size_t c = 0; c < EventLinks::kConnections; ++c)
      events_.link_of(c).connection(EventLinks::number_of(c)).AddTraffic(&sum);
  } else {
    const std::size_t first = kind == LinkKind::kCommand ? 0 : 1;
    const std::size_t end = kind == LinkKind::kCommand ? 1 : links_.size();
    for (std::size_t i = first; i < end; ++i)
      links_[i].AddTraffic(&sum);
  }
  return sum;
}

std::vector<LinkView> GatewayMachine::Views(absl::Time now, absl::Time wall_now) const {
  std::vector<LinkView> views;
  for (const LinkMachine& link : links_)
    views.push_back(link.View(now, wall_now));
  events_.ForEach([&](const EventLinkMachine& link) {
    for (LinkView& view : link.Views(now, wall_now))
      views.push_back(std::move(view));
  });
  return views;
}

}  // namespace gatewayd::cluster
