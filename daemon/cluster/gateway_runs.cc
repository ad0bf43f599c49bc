// The runs of GatewayMachine: when a generation begins and ends, which links are proven to be of it, what its
// event link brings, and the marks on it.
#include <algorithm>
#include <utility>

#include "cluster/gateway_machine.h"
#include "cluster/text.h"

namespace gatewayd::cluster {

using For = PendingAnswer::For;

namespace {

// How soon the command link is looked at again where it had no room for a query of our own.
constexpr absl::Duration kAskAgain = absl::Milliseconds(100);

}  // namespace

void EventNote::Tell(EventSink& sink) const {
  switch (kind) {
    case Kind::kLinkUp:
      return sink.OnEventLinkUp(run);
    case Kind::kLinkGone:
      return sink.OnEventLinkGone(run);
    case Kind::kRunOver:
      return sink.OnRunOver(run);
    case Kind::kMarked:
      return sink.OnMarked(run, token);
  }
}

const std::string& GatewayMachine::generation() const {
  static const std::string& none = *new std::string;
  return run_ ? run_->generation : none;
}

// ---- Runs

void GatewayMachine::UpdateRun(absl::Time now) {
  ask_again_ = absl::InfiniteFuture();
  HearEventLinks(now);
  if (!command_link().ready()) command_proven_ = false;
  const EventLinkMachine* event = events_.current();
  const bool event_proven = event != nullptr && event->live() && event->run() == run_;
  if (run_ && !command_proven_ && !event_proven) EndRun();
  // Only the command link begins a run: events that cannot be answered would help nobody.
  if (!run_ && command_link().ready()) {
    StartRun();
    command_proven_ = true;
  }
  OpenEventLink(now);
  Prove(now);
  SendMarks(now);
  SayUnlinked();
}

void GatewayMachine::StartRun() {
  run_ = settings_.new_run();
  member_by_link_ = true;
  changes_.push_back({GatewayChange::Kind::kLinked, StrCat("linked, generation ", run_->generation)});
}

void GatewayMachine::EndRun() {
  ++counters_.runs_over;
  bool still_read = false;
  events_.ForEach([&](const EventLinkMachine& link) { still_read = still_read || link.run() == run_; });
  if (still_read) {
    over_.push_back(run_);
  } else {
    event_notes_.push_back({.kind = EventNote::Kind::kRunOver, .run = run_});
  }
  run_ = nullptr;
  proof_.reset();
  ForgetMarks();
  FailWaitingForGeneration();
}

// While the Gateway may still read the old command link it stays a member: were it to leave and to come back,
// its next link would overtake what is still to be read. So it does while there are events to be read from
// it.
void GatewayMachine::SayUnlinked() {
  const bool over = !run_ && over_.empty();
  if (over && member_by_link_ && command_link().state() != LinkState::kClosing) {
    member_by_link_ = false;
    changes_.push_back({GatewayChange::Kind::kUnlinked, links_[0].last_error()});
  }
}

// ---- Proof

bool GatewayMachine::CanAskCommandLink() const {
  return !stalled() && CheckAnswersDue(kIsOnlineAnswerSize).ok() &&
         links_[0].outbound().HasRoom(wire::kFrameHeadSize);
}

// Once it is answered, all that was sent before has run.
void GatewayMachine::AskCommandLink(For purpose, std::uint64_t number, absl::Time now) {
  command_link().AppendQuery({.command = wire::Command::kIsOnline},
                             {.purpose = purpose,
                              .max_size = kIsOnlineAnswerSize,
                              .changes_before = changes_sent_,
                              .number = number},
                             now);
}

// The end of a stall is a step of its own, and needs no timer.
void GatewayMachine::AskAgainSoon(absl::Time now) {
  if (!stalled()) ask_again_ = now + kAskAgain;
}

void GatewayMachine::Prove(absl::Time now) {
  EventLinkMachine* event = events_.current();
  const bool command_waits = run_ && command_link().ready() && !command_proven_;
  const bool event_waits = run_ && command_proven_ && event != nullptr && event->needs_run();
  if (!command_waits && !event_waits) {
    proof_.reset();
    return;
  }
  if (!proof_) {
    proof_ = Proof{.number = ++last_proof_, .by_event_link = command_waits};
    if (command_waits) {
      proof_->paused = event->paused();
      proof_->deadline = now + settings_.options->barrier_timeout;
      proof_->last_deadline = now + settings_.options->query_timeout;
    }
  }
  if (proof_->asked) return;
  if (command_waits) {
    event->AskProof(proof_->number, now);
  } else if (CanAskCommandLink()) {
    AskCommandLink(For::kProof, proof_->number, now);
  } else {
    return AskAgainSoon(now);
  }
  proof_->asked = true;
}

// Where a host dies in silence, the next one answers on a new query link before the command link is found
// dead; ids of clients mean others there.
void GatewayMachine::ForgetQueryLinkProofs() {
  for (std::size_t i = 1; i < links_.size(); ++i) {
    if (!links_[i].ready()) query_link_proofs_[i] = {};
  }
}

// One answer is good for all links that were ready when it was asked for.
void GatewayMachine::ProveQueryLinks(absl::Time now) {
  if (!CanAskCommandLink()) return AskAgainSoon(now);
  bool any = false;
  for (std::size_t i = 1; i < links_.size(); ++i) {
    QueryLinkProof& proof = query_link_proofs_[i];
    if (!links_[i].ready() || proof.proven || proof.number != 0) continue;
    if (!std::exchange(any, true)) ++last_proof_;
    proof.number = last_proof_;
  }
  if (any) AskCommandLink(For::kProof, last_proof_, now);
}

void GatewayMachine::OnQueryLinksProved(std::uint64_t number) {
  for (QueryLinkProof& proof : query_link_proofs_)
    proof.proven = proof.proven || proof.number == number;
}

void GatewayMachine::OnProved(std::uint64_t number, absl::Time now) {
  OnQueryLinksProved(number);
  if (!proof_ || proof_->number != number) return;
  if (proof_->by_event_link) {
    command_proven_ = true;
  } else {
    events_.current()->Attach(run_, now);
  }
  proof_.reset();
}

// The event link does not tell whether it is of the command link's run: we do not read it, or it has too much
// to tell before. So that calls need not wait for that, the worst is assumed.
void GatewayMachine::ExpireProof(absl::Time now) {
  if (!proof_ || now < proof_->deadline) return;
  if (!proof_->paused && now < proof_->last_deadline) {
    proof_->deadline = proof_->last_deadline;
    return;
  }
  ++counters_.runs_unproven;
  EndRun();
  events_.GiveUp(now);
}

// ---- Event links

bool GatewayMachine::event_links_off() const {
  bool off = true;
  events_.ForEach([&](const EventLinkMachine& link) { off = off && link.off(); });
  return off;
}

std::string GatewayMachine::why_no_events() const {
  const EventLinkMachine* event = events_.current();
  if (!want_events_ || (event != nullptr && event->live())) return "";
  if (event == nullptr) return "no event link (the former ones are still being left)";
  const LinkMachine& connection = event->connection(0);
  return StrCat("no event link (", ToString(connection.state()),
                connection.last_error().empty() ? "" : StrCat("; last error: ", connection.last_error()),
                ")");
}

void GatewayMachine::WantEvents(bool wanted, absl::Time now) {
  if (stopped_) return;
  want_events_ = wanted;
  if (!wanted) events_.ForEach([&](EventLinkMachine& link) { link.Leave(now); });
  Settle(now);
}

void GatewayMachine::OpenEventLink(absl::Time now) {
  events_.Reuse();
  EventLinkMachine* event = events_.current();
  if (!want_events_ || !listed_ || stopped_ || event == nullptr || event->wanted()) return;
  event->Want(now);
}

void GatewayMachine::HearEventLinks(absl::Time now) {
  events_.ForEach([&](EventLinkMachine& link) {
    for (const EventLinkNews& news : link.TakeNews()) {
      switch (news.kind) {
        case EventLinkNews::Kind::kUp:
          event_notes_.push_back({.kind = EventNote::Kind::kLinkUp, .run = news.run});
          break;
        case EventLinkNews::Kind::kGone:
          OnEventLinkGone(news);
          break;
        case EventLinkNews::Kind::kProved:
          OnProved(news.number, now);
          break;
        case EventLinkNews::Kind::kMarked:
          if (news.run != run_ || marks_on_event_link_.empty()) break;
          for (const std::uint64_t token : marks_on_event_link_.front())
            event_notes_.push_back({.kind = EventNote::Kind::kMarked, .run = news.run, .token = token});
          marks_on_event_link_.pop_front();
          break;
      }
    }
  });
}

void GatewayMachine::OnEventLinkGone(const EventLinkNews& news) {
  if (news.was_up) {
    event_notes_.push_back({.kind = EventNote::Kind::kLinkGone, .run = news.run, .text = news.text});
  }
  if (news.run == run_) ForgetMarks();
  if (std::erase(over_, news.run) > 0) {
    event_notes_.push_back({.kind = EventNote::Kind::kRunOver, .run = news.run});
  }
}

void GatewayMachine::ResumeEvents(absl::Time now) {
  events_.ForEach([&](EventLinkMachine& link) { link.Resume(now); });
  Settle(now);
}

EventInput GatewayMachine::TakingEvents(std::size_t i) const {
  const std::size_t c = i - links_.size();
  const EventLinkMachine& link = events_.link_of(c);
  const std::size_t number = EventLinks::number_of(c);
  if (link.carries_events(number)) return {.run = link.run()};
  return {.discard = !link.in_use(number)};
}

bool GatewayMachine::reads(std::size_t i) const {
  if (i < links_.size()) return true;
  const std::size_t c = i - links_.size();
  return events_.link_of(c).reads(EventLinks::number_of(c));
}

EventInput GatewayMachine::OnEventBytes(std::size_t i, std::size_t size, absl::Time now) {
  const std::size_t c = i - links_.size();
  events_.link_of(c).OnBytes(EventLinks::number_of(c), size, now);
  Settle(now);
  return TakingEvents(i);
}

void GatewayMachine::OnEventAnswer(std::size_t i, std::string_view payload, absl::Time now) {
  const std::size_t c = i - links_.size();
  events_.link_of(c).OnAnswer(EventLinks::number_of(c), payload, now);
  Settle(now);
}

void GatewayMachine::OnEventGarbage(std::size_t i, std::string_view error, absl::Time now) {
  const std::size_t c = i - links_.size();
  events_.link_of(c).OnGarbage(EventLinks::number_of(c), error, now);
  Settle(now);
}

void GatewayMachine::OnEventsPaused(std::size_t i, absl::Time now) {
  EventLinkMachine& link = events_.link_of(i - links_.size());
  link.Pause(now);
  if (proof_ && &link == events_.current()) proof_->paused = true;
}

std::unique_ptr<EventReader> GatewayMachine::NewEventReader() const {
  return std::make_unique<EventReader>(*settings_.dialect, settings_.options->secret,
                                       settings_.options->max_event_bytes);
}

void GatewayMachine::CountEvents(std::uint64_t read, std::uint64_t too_large) {
  counters_.events_read += read;
  counters_.events_too_large += too_large;
}

// ---- Marks

void GatewayMachine::MarkEvents(const RunPtr& run, std::uint64_t token, absl::Time now) {
  const EventLinkMachine* event = events_.current();
  if (!run_ || run != run_ || event == nullptr || !event->live()) return;
  marks_.push_back(token);
  Settle(now);
}

// One query at a time for all marks that have come up: what it takes of the links is bounded.
void GatewayMachine::SendMarks(absl::Time now) {
  if (!usable() && !marks_on_command_link_.empty()) {
    marks_.insert(marks_.begin(), marks_on_command_link_.begin(), marks_on_command_link_.end());
    marks_on_command_link_.clear();
  }
  if (marks_.empty() || !marks_on_command_link_.empty() || !usable()) return;
  if (!CanAskCommandLink()) return AskAgainSoon(now);
  marks_on_command_link_.swap(marks_);
  AskCommandLink(For::kMark, ++last_mark_, now);
}

void GatewayMachine::OnMarkOfCommandLink(std::uint64_t number, absl::Time now) {
  EventLinkMachine* event = events_.current();
  if (number != last_mark_ || marks_on_command_link_.empty() || event == nullptr || !event->live() ||
      event->run() != run_)
    return;
  event->AskMark(now);
  marks_on_event_link_.push_back(std::exchange(marks_on_command_link_, {}));
}

void GatewayMachine::ForgetMarks() {
  marks_.clear();
  marks_on_command_link_.clear();
  marks_on_event_link_.clear();
}

}  // namespace gatewayd::cluster
