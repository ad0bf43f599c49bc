// One Gateway as the daemon deals with it, as a state machine without I/O: the command link, the query links,
// what may be in flight on which, and what a caller is told. It keeps these promises (design.md):
//   order             commands of one link reach the Gateway in the order of Send
//   read your writes  a query on another link waits until the command link has come as far as the query's
//   start right answers     one place in the row for each query; one unbounded query alone on a query link
//   bounded memory    outbound bytes, due answers and waiting queries are all limited
//   generations       renewed when no live link is left; a call may name the one it expects
//   one writer (go)   only the command link writes to clients, and none is made while the Gateway may
//                     still be running what an earlier one was given (gateway_stall.cc)
//
// Runs. A generation (GatewayRun) lives on while a proven link lives, the command link or the event link.
// Where one of the two becomes ready while the other is in use, it is unproven at first: the other could be a
// relic of a host that died. It is proven when the other has answered an IS_ONLINE that was asked after that:
// then both ends lived at one time. Until then an unproven command link takes no calls, an unproven event
// link gets no events. So it is with a query link: until the command link has answered an IS_ONLINE that was
// asked after the query link was ready, it gets no query (go: and no DESTROY) that names a generation.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cluster/answer_memory.h"
#include "cluster/event_links.h"
#include "cluster/event_reader.h"
#include "cluster/event_sink.h"
#include "cluster/gateway.h"
#include "cluster/link_machine.h"
#include "cluster/options.h"
#include "cluster/query_stats.h"
#include "cluster/write_ledger.h"
#include "wire/dialect.h"
#include "wire/frame.h"

namespace gatewayd::cluster {

// A callback that a step has made due. The shell runs it with no lock held, before it drops the bytes that
// the step looked at (the result may borrow from them).
struct Completion {
  OnAnswer answer;  // one of the two
  OnDone done;
  absl::Status status;
  std::string_view payload;

  void Run();
};

// What changed for those who watch the Gateway from outside.
struct GatewayChange {
  enum class Kind { kLinked, kUnlinked, kTried, kNews };
  Kind kind;
  std::string text;  // for the log, to which kNews is all there is
};

// What the EventSink must hear, besides the events themselves.
struct EventNote {
  enum class Kind { kLinkUp, kLinkGone, kRunOver, kMarked };
  Kind kind;
  RunPtr run;
  std::uint64_t token = 0;  // kMarked
  std::string text;         // kLinkGone: why, for the log

  void Tell(EventSink& sink) const;
};

// How the bytes that come on a connection of an event link are to be taken.
struct EventInput {
  RunPtr run;            // events are of this run; null: an event would be garbage
  bool discard = false;  // nobody wants what comes: the connection is being closed
};

// Not thread-safe; the shell holds one lock around it. Link 0 is the command link, the others are query
// links. Their connections have their numbers; the numbers from link_count() on are connections of event
// links.
class GatewayMachine {
 public:
  struct Settings {
    std::string address;  // as listed; names the Gateway in errors
    const wire::Dialect* dialect = nullptr;
    const Options* options = nullptr;
    AnswerMemory* memory = nullptr;
    QueryStats* query_stats = nullptr;            // null: nobody counts
    std::function<RunPtr()> new_run;              // with the next number and generation
    std::function<std::string()> new_worker_key;  // never twice the same
    std::string instance_id;
    std::uint32_t seed = 0;        // of the jitter
    bool effects_unknown = false;  // what the last machine of this address said when it was stopped
    WriteHold hold = {};           // the same
  };
  explicit GatewayMachine(Settings settings);

  // ---- What callers want; see Gateway for what each promises.
  // Looks at `now`, and may move the timer, only where send_needs_time().
  absl::Status Send(const wire::Frame& frame, std::string_view generation, absl::Time now);
  // True before the first command to a go Gateway's clients after all others have run: it begins the watch on
  // them.
  bool send_needs_time() const { return go_ && writes_.empty(); }
  // True: the command was accepted.
  bool SendConfirmed(const wire::Frame& frame, const CommandOptions& options, OnDone done, absl::Time now);
  // `options.deadline` is of the machine's clock here.
  void Query(const wire::Frame& frame, const QueryOptions& options, OnAnswer answer, absl::Time now);

  // ---- What the cluster wants.
  void SetListed(bool listed, absl::Time now);  // listed: keep connected; not listed: until the link is lost
  // An operator says that the Gateway writes to nobody any more. True where something was held back.
  bool ClearHold(absl::Time now);
  void Stop(absl::Time now);  // ends all; everything pending fails with kStopping

  // ---- Events; see Cluster for what each promises.
  void WantEvents(bool wanted, absl::Time now);
  void ResumeEvents(absl::Time now);
  void MarkEvents(const RunPtr& run, std::uint64_t token, absl::Time now);

  // ---- What the network says about connection `i`. Of a connection that is not to be read (reads), neither
  // bytes nor the end may be told.
  void OnConnected(std::size_t i, absl::Time now);
  void OnConnectFailed(std::size_t i, std::string_view error, absl::Time now);
  void OnClosed(std::size_t i, std::string_view error, absl::Time now);
  std::size_t OnBytes(std::size_t i, std::string_view bytes, absl::Time now);  // as LinkMachine::OnBytes
  void OnTimer(absl::Time now);

  // ---- Connections of event links: EventReader splits the bytes, with no lock held.
  EventInput OnEventBytes(std::size_t i, std::size_t size, absl::Time now);  // before they are split
  EventInput TakingEvents(std::size_t i) const;                              // as it is now
  void OnEventAnswer(std::size_t i, std::string_view payload, absl::Time now);
  void OnEventGarbage(std::size_t i, std::string_view error, absl::Time now);
  void OnEventsPaused(std::size_t i, absl::Time now);  // the sink had no room: until ResumeEvents
  void CountEvents(std::uint64_t read, std::uint64_t too_large);
  bool reads(std::size_t i) const;
  // One for each connection of an event link.
  std::unique_ptr<EventReader> NewEventReader() const;

  // ---- What the shell does next.
  absl::Time NextTimer() const;
  std::vector<Completion> TakeCompletions() { return std::exchange(completions_, {}); }
  bool has_completions() const { return !completions_.empty(); }
  std::vector<GatewayChange> TakeChanges() { return std::exchange(changes_, {}); }
  std::vector<EventNote> TakeEventNotes() { return std::exchange(event_notes_, {}); }
  std::size_t connection_count() const { return links_.size() + EventLinks::kConnections; }
  // The state of one connection, of whatever link.
  LinkMachine& connection(std::size_t i);
  std::size_t link_count() const { return links_.size(); }
  LinkMachine& link(std::size_t i) { return links_[i]; }
  const LinkMachine& link(std::size_t i) const { return links_[i]; }

  bool listed() const { return listed_; }
  // Some proven link lives.
  bool linked() const { return run_ != nullptr; }
  // The command link takes calls.
  bool usable() const { return links_[0].ready() && command_proven_; }
  // True once the command link was up, refused, or has timed out since the Gateway became a member.
  bool tried() const { return tried_; }
  const RunPtr& run() const { return run_; }  // null while not linked
  // Empty while not linked.
  const std::string& generation() const;
  // Changes when a command link is lost that was in use.
  std::uint64_t command_link_life() const { return command_link_life_; }
  // No event link is open, nor being opened.
  bool event_links_off() const;
  // "" while they are not wanted, or come.
  std::string why_no_events() const;
  // Commands were accepted, their link was lost, and no query has failed for it yet. Whoever makes the next
  // machine for the address (the Gateway left the lists and came back) hands this on.
  bool effects_unknown() const { return effects_unknown_; }
  std::string why_unlinked() const;
  // go: the command link is stalled.
  bool stalled() const { return links_[0].stalled(); }
  // go: what must still be done before clients may be written to. Handed on as effects_unknown is.
  const WriteHold& hold() const { return hold_; }
  // go: why commands are refused until ClearHold, or "".
  std::string why_refused() const;
  // "" or why some calls cannot be served although the Gateway is linked.
  std::string why_degraded() const;
  Counters counters() const;
  // Of all connections of that kind, those that are gone included.
  LinkTraffic Traffic(LinkKind kind) const;
  std::size_t queries_waiting() const { return waiting_.size(); }  // for a query link, or behind commands
  std::vector<LinkView> Views(absl::Time now, absl::Time wall_now) const;

 private:
  struct WaitingQuery {
    wire::Frame frame;  // views into `text`
    std::string text;
    std::string generation;  // the one that the caller expects, or ""
    OnAnswer answer;
    std::uint64_t after_change = 0;  // wait until the Gateway has run that many changes
    absl::Time barrier_deadline = absl::InfiniteFuture();
    absl::Time deadline;  // the daemon's or the caller's, whichever is first
    bool callers_deadline = false;
  };

  static constexpr std::size_t kGuard = 1;  // the query link by which a stalled Gateway is dealt with

  LinkMachine& command_link() { return links_[0]; }
  LinkMachine& guard() { return links_[kGuard]; }
  absl::Status CheckGeneration(std::string_view generation) const;
  absl::Status CheckUsable(const wire::Frame& frame) const;
  absl::Status CheckCommandLink(const wire::Frame& frame) const;
  absl::Status CheckAnswersDue(std::size_t more) const;
  absl::Status Error(absl::StatusCode code, Reason reason, std::string_view text) const;
  absl::Status NoLink() const;
  absl::Status CheckQuery(const wire::Frame& frame, const QueryOptions& options);
  void CountChange(wire::Command command);
  void QueryOnCommandLink(const wire::Frame& frame, const QueryOptions& options, OnAnswer answer,
                          absl::Time now);
  void QueryOnQueryLink(const wire::Frame& frame, const QueryOptions& options, OnAnswer answer,
                        absl::Time now);
  absl::Status EnsureBarrier(absl::Time now);
  void Dispatch(absl::Time now);
  std::size_t IdleQueryLink(bool proven) const;  // link_count(): none
  void ForgetQueryLinkProofs();
  void ProveQueryLinks(absl::Time now);
  void OnQueryLinksProved(std::uint64_t number);
  void DropQueryLinks(const LinkLoss& cause, absl::Time now);

  void AfterStep(std::size_t i, absl::Time now);
  void Settle(absl::Time now);
  // gateway_runs.cc
  void UpdateRun(absl::Time now);
  void StartRun();
  void EndRun();
  void SayUnlinked();
  void Prove(absl::Time now);
  void ExpireProof(absl::Time now);
  void OnProved(std::uint64_t number, absl::Time now);
  void HearEventLinks(absl::Time now);
  void OnEventLinkGone(const EventLinkNews& news);
  void OpenEventLink(absl::Time now);
  void SendMarks(absl::Time now);
  void OnMarkOfCommandLink(std::uint64_t number, absl::Time now);
  void ForgetMarks();
  bool CanAskCommandLink() const;
  void AskCommandLink(PendingAnswer::For purpose, std::uint64_t number, absl::Time now);
  void AskAgainSoon(absl::Time now);
  // gateway_stall.cc
  absl::Status CheckCommand(const wire::Frame& frame) const;
  absl::Status Stalled() const;
  void OnCommandAppended(const wire::Frame& frame, absl::Time now);
  void KeepOneWriter(absl::Time now);
  void WatchRun(absl::Time now);
  void OnStalled(absl::Time now);
  void ProbeGuard(absl::Time now);
  void ProveGuard(absl::Time now);
  bool GuardTakes(const wire::Frame& frame, std::string_view generation) const;
  void ExpireStall(absl::Time now);
  void OnCommandLinkLost(const LinkLoss& loss, absl::Time now);
  void HoldBack(const WriteHold& left);
  void OnGuardLost(const LinkLoss& loss, absl::Time now);
  void Suspect(const WriteHold& left, absl::Time now);
  void OnSuspectLives(absl::Time now);
  void ServeHold(absl::Time now);
  void OnDestroyed(absl::Time now);
  void Release(absl::Time now);
  void DropGuard(absl::Time now);
  void KeepGuard(const LinkLoss& cause);
  absl::Time StallTimer() const;
  void Say(std::string news);
  void OnLoss(std::size_t i, LinkLoss loss, absl::Time now);
  void FailPending(PendingAnswer pending, const LinkLoss& loss, bool first);
  void FailWaiting(const absl::Status& status);
  void FailWaitingForGeneration();
  void FailBehindBarrier(const absl::Status& status);
  void ExpireWaiting(absl::Time now);
  void OnAnswer(PendingAnswer pending, std::string_view payload, absl::Time now);
  void Complete(cluster::OnAnswer answer, absl::Status status, std::string_view payload = {});
  void Complete(OnDone done, absl::Status status);

  const Settings settings_;
  const bool go_;
  std::deque<LinkMachine> links_;
  bool listed_ = false;
  bool stopped_ = false;
  bool tried_ = false;
  bool member_by_link_ = false;  // kLinked was said, and not yet kUnlinked
  std::uint64_t command_link_life_ = 1;

  RunPtr run_;
  bool command_proven_ = false;  // the command link is of run_
  struct Proof {
    std::uint64_t number = 0;
    bool by_event_link = false;  // what has to answer
    bool asked = false;
    bool paused = false;                           // the reading of the event link was paused meanwhile
    absl::Time deadline = absl::InfiniteFuture();  // the event link's: is it paused?
    absl::Time last_deadline = absl::InfiniteFuture();
  };
  std::optional<Proof> proof_;
  std::uint64_t last_proof_ = 0;
  struct QueryLinkProof {
    std::uint64_t number = 0;  // that the command link is asked with; 0: not yet
    bool proven = false;
  };
  std::vector<QueryLinkProof> query_link_proofs_;  // one for each link, none used for the command link
  absl::Time ask_again_ = absl::InfiniteFuture();  // the command link had no room for a query of ours
  std::vector<RunPtr> over_;                       // of which an event link may still bring events

  EventLinks events_;
  bool want_events_ = false;
  // Marks of run_: to be asked on the command link; asked there; asked on the event link, in its order.
  std::vector<std::uint64_t> marks_, marks_on_command_link_;
  std::deque<std::vector<std::uint64_t>> marks_on_event_link_;
  std::uint64_t last_mark_ = 0;  // number of the query on the command link: an answer to another is stale
  std::vector<EventNote> event_notes_;

  // Commands that a query could see the effect of, counted over all command links.
  std::uint64_t changes_sent_ = 0;
  std::uint64_t changes_run_ = 0;     // known to have run
  std::uint64_t barrier_change_ = 0;  // up to which a barrier is in flight
  bool effects_unknown_ = false;      // a link was lost with changes sent and not known to have run

  // go
  WriteLedger writes_;     // of the command link
  WriteHold left_behind_;  // of one that we have half-closed, until the Gateway has closed it
  WriteHold hold_;         // until it is empty there is no command link, or it takes no commands
  // The command link broke on its way while it was coming on: where the guard goes with it, the Gateway
  // itself has ended and writes to nobody; where that answers, it is as if the link had been stalled.
  std::optional<WriteHold> suspect_;
  std::size_t destroying_ = 0;  // so many of hold_.destroy are under way on the guard
  bool watching_ = false;       // an answer to kWatch is due
  absl::Time watched_ = absl::InfinitePast();
  absl::Time watch_at_ = absl::InfiniteFuture();
  bool stall_told_ = false;
  absl::Time guard_probe_at_ = absl::InfiniteFuture();
  absl::Time guard_heard_ = absl::InfinitePast();
  absl::Time guard_ended_ = absl::InfinitePast();  // when the Gateway last closed it, or the network broke it

  std::string told_error_;  // why the command link could not be made, as last told
  std::deque<WaitingQuery> waiting_;
  std::vector<Completion> completions_;
  std::vector<GatewayChange> changes_;
  Counters counters_;
};

}  // namespace gatewayd::cluster
