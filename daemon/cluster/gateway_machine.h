// One Gateway as the daemon deals with it, as a state machine without I/O: the command link, the query links,
// what may be in flight on which, and what a caller is told. It keeps these promises (design.md):
//   order             commands of one link reach the Gateway in the order of Send
//   read your writes  a query on another link waits until the command link has come as far as the query's
//   start right answers     one place in the row for each query; one unbounded query alone on a query link
//   bounded memory    outbound bytes, due answers and waiting queries are all limited
//   generations       renewed when no live link is left; a call may name the one it expects
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
#include "cluster/gateway.h"
#include "cluster/link_machine.h"
#include "cluster/options.h"
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
  enum class Kind { kLinked, kUnlinked, kTried };
  Kind kind;
  std::string text;  // for the log
};

// Not thread-safe; the shell holds one lock around it. Link 0 is the command link, the others are query
// links.
class GatewayMachine {
 public:
  struct Settings {
    std::string address;  // as listed; names the Gateway in errors
    const wire::Dialect* dialect = nullptr;
    const Options* options = nullptr;
    AnswerMemory* memory = nullptr;
    std::function<std::string()> new_generation;  // "instance-n", never twice the same
    std::string instance_id;
    std::uint32_t seed = 0;        // of the jitter
    bool effects_unknown = false;  // what the last machine of this address said when it was stopped
  };
  explicit GatewayMachine(Settings settings);

  // ---- What callers want; see Gateway for what each promises.
  absl::Status Send(const wire::Frame& frame, std::string_view generation);
  void SendConfirmed(const wire::Frame& frame, const CommandOptions& options, OnDone done, absl::Time now);
  // `options.deadline` is of the machine's clock here.
  void Query(const wire::Frame& frame, const QueryOptions& options, OnAnswer answer, absl::Time now);

  // ---- What the cluster wants.
  void SetListed(bool listed, absl::Time now);  // listed: keep connected; not listed: until the link is lost
  void Stop(absl::Time now);                    // ends all; everything pending fails with kStopping

  // ---- What the network says about link `i`.
  void OnConnected(std::size_t i, absl::Time now);
  void OnConnectFailed(std::size_t i, std::string_view error, absl::Time now);
  void OnClosed(std::size_t i, std::string_view error, absl::Time now);
  std::size_t OnBytes(std::size_t i, std::string_view bytes, absl::Time now);  // as LinkMachine::OnBytes
  void OnTimer(absl::Time now);

  // ---- What the shell does next.
  absl::Time NextTimer() const;
  std::vector<Completion> TakeCompletions() { return std::exchange(completions_, {}); }
  bool has_completions() const { return !completions_.empty(); }
  std::vector<GatewayChange> TakeChanges() { return std::exchange(changes_, {}); }
  std::size_t link_count() const { return links_.size(); }
  LinkMachine& link(std::size_t i) { return links_[i]; }
  const LinkMachine& link(std::size_t i) const { return links_[i]; }

  bool listed() const { return listed_; }
  bool linked() const { return live_links_ > 0; }
  // True once the command link was up, refused, or has timed out since the Gateway became a member.
  bool tried() const { return tried_; }
  // Empty while no link is live.
  const std::string& generation() const { return generation_; }
  // Commands were accepted, their link was lost, and no query has failed for it yet. Whoever makes the next
  // machine for the address (the Gateway left the lists and came back) hands this on.
  bool effects_unknown() const { return effects_unknown_; }
  std::string why_unlinked() const;
  Counters counters() const;
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

  LinkMachine& command_link() { return links_[0]; }
  absl::Status CheckGeneration(std::string_view generation) const;
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
  void DropQueryLinks(const LinkLoss& cause, absl::Time now);

  void AfterStep(std::size_t i, absl::Time now);
  void OnLoss(std::size_t i, LinkLoss loss, absl::Time now);
  void FailPending(PendingAnswer pending, const LinkLoss& loss, bool first);
  void FailWaiting(const absl::Status& status);
  void FailWaitingForGeneration();
  void FailBehindBarrier(const absl::Status& status);
  void ExpireWaiting(absl::Time now);
  void OnAnswer(PendingAnswer pending, std::string_view payload, absl::Time now);
  void CountLive(absl::Time now);
  void Complete(cluster::OnAnswer answer, absl::Status status, std::string_view payload = {});
  void Complete(OnDone done, absl::Status status);

  const Settings settings_;
  std::deque<LinkMachine> links_;
  bool listed_ = false;
  bool stopped_ = false;
  bool tried_ = false;
  std::size_t live_links_ = 0;
  bool member_by_link_ = false;  // kLinked was said, and not yet kUnlinked
  std::string generation_;

  // Commands that a query could see the effect of, counted over all command links.
  std::uint64_t changes_sent_ = 0;
  std::uint64_t changes_run_ = 0;     // known to have run
  std::uint64_t barrier_change_ = 0;  // up to which a barrier is in flight
  bool effects_unknown_ = false;      // a link was lost with changes sent and not known to have run

  std::deque<WaitingQuery> waiting_;
  std::vector<Completion> completions_;
  std::vector<GatewayChange> changes_;
  Counters counters_;
};

}  // namespace gatewayd::cluster
