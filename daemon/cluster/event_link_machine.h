// The life of an event link to one Gateway, as a state machine without I/O: one connection while it is in
// use, a second one by which it is left without losing an event.
//
// Opening. A connection first says GATEWAY_CLIENT_CONNECT, as a command link does, and asks IS_ONLINE. Once
// that is answered (`needs_run`), the owner finds out which run of the Gateway it has met and gives it that
// with Attach; only then goes WORKER_CONNECT, so that no event ever comes that belongs to no known run. The
// worker_key is new for every connection: a late close of an old one would take the new one out of a PHP
// Gateway's table.
//
// Leaving (php). A Gateway that reads end-of-file drops what it has not yet written; one that sees a second
// WORKER_CONNECT with the key of the first flushes the first and closes it. So:
//
//   up ─Leave→ replacing: the second connects (as a client) and is answered
//            → proving:   the first answers an IS_ONLINE that was asked after that: both lead to one run
//            → taken over: WORKER_CONNECT with the first's key goes to the second; the first is read to its
//                         end, nothing more is written to it (unread bytes would make its close a reset)
//            → draining:  the second is read up to the answer to an IS_ONLINE
//            → ending:    the second is half-closed and read to its end; the link is gone
//
// Where the second cannot connect, the first itself is half-closed and read to its end, and that is counted.
// A go Gateway knows no such thing: there the first is half-closed at once, and up to one event of each busy
// client can be lost. A go Gateway's PINGs prove nothing, neither by coming nor by staying away: IS_ONLINE is
// asked every Options::event_probe there, not only where nothing else has come.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cluster/event_sink.h"
#include "cluster/link_machine.h"
#include "cluster/options.h"
#include "wire/dialect.h"

namespace gatewayd::cluster {

// What a step of an event link means for its owner.
struct EventLinkNews {
  enum class Kind {
    kUp,      // the Gateway has taken the WORKER_CONNECT
    kGone,    // nothing more of `run` comes from this link; `was_up`: kUp was said
    kProved,  // the proof `number` (AskProof) was answered
    kMarked,  // the oldest AskMark was answered
  };
  Kind kind;
  RunPtr run;
  bool was_up = false;
  std::uint64_t number = 0;
  std::string text;  // kGone: why, for the log
};

// Not thread-safe. Every `now` is of one monotonic clock. Connection 0 is the first, 1 the second of above.
class EventLinkMachine {
 public:
  static constexpr std::size_t kConnections = 2;

  // `new_worker_key` gives one that was never used before. What is referred to must outlive the machine.
  EventLinkMachine(const wire::Dialect& dialect, const Options& options, AnswerMemory& memory,
                   std::function<std::string()> new_worker_key, std::uint32_t seed);

  // ---- What the owner wants.
  void Want(absl::Time now);   // connect, and keep connected; while it is being left: after that
  void Keep();                 // connect no more once it is lost
  void Leave(absl::Time now);  // end it, without loss where events may come
  void Drop(std::string_view text, absl::Time now);  // close at once, whatever the state
  void Attach(RunPtr run, absl::Time now);           // only where needs_run()
  // Ask IS_ONLINE on the link. Only where live().
  void AskProof(std::uint64_t number, absl::Time now);
  void AskMark(absl::Time now);
  // The owner has no memory for an event of it, and has again. Meanwhile all its clocks rest.
  void Pause(absl::Time now);
  void Resume(absl::Time now);

  // ---- What the network says about connection `c`. While reads(c) is false, nothing of what comes on it,
  // nor its end, may be told.
  void OnConnected(std::size_t c, absl::Time now);
  void OnConnectFailed(std::size_t c, std::string_view error, absl::Time now);
  void OnBytes(std::size_t c, std::size_t size, absl::Time now);  // before what is in them is told
  void OnAnswer(std::size_t c, std::string_view payload, absl::Time now);
  void OnGarbage(std::size_t c, std::string_view error, absl::Time now);  // EventReader's, or an event that
                                                                          // must not be there
  void OnClosed(std::size_t c, std::string_view error, absl::Time now);
  void OnTimer(absl::Time now);
  absl::Time NextTimer() const;

  // ---- What to do next.
  bool reads(std::size_t c) const;
  // Whether events on it are events of run(). If not, they are garbage while in_use(c), else to be dropped.
  bool carries_events(std::size_t c) const;
  bool in_use(std::size_t c) const;
  LinkMachine& connection(std::size_t c) { return connections_[c]; }
  const LinkMachine& connection(std::size_t c) const { return connections_[c]; }
  std::vector<EventLinkNews> TakeNews() { return std::exchange(news_, {}); }

  // ---- How it stands.
  bool wanted() const { return wanted_; }
  bool off() const;        // nothing is open, nor being opened or waited for
  bool needs_run() const;  // authenticated, and not attached
  bool live() const;       // attached, in use, and not being left
  bool paused() const { return paused_; }
  // The run whose events come, or may still come, from it; null where none.
  const RunPtr& run() const { return run_; }
  // Those of its connections that are there, for people.
  std::vector<LinkView> Views(absl::Time now, absl::Time wall_now) const;
  Counters counters() const;

 private:
  enum class Stage { kOpening, kAttached, kUp, kReplacing, kProving, kTakenOver, kDraining, kEnding };

  LinkMachine& first() { return connections_[0]; }
  LinkMachine& second() { return connections_[1]; }
  void Settle(absl::Time now);
  void OnFirstLost(const LinkLoss& loss, absl::Time now);
  void OnSecondLost(absl::Time now);
  void StartLeaving(absl::Time now);
  void Force();
  void TakeOver(absl::Time now);
  void EndWith(std::size_t c, bool half_close, absl::Time now);
  void Gone(absl::Time now);
  void Ask(std::size_t c, PendingAnswer::For purpose, std::uint64_t number, absl::Time now);
  void CheckAnswerComes(std::size_t size, absl::Time now);
  void AppendHello(std::size_t c);
  void ExpireLeave(absl::Time now);
  absl::Time ProbeAt() const;

  const wire::Dialect& dialect_;
  const Options& options_;
  const std::function<std::string()> new_worker_key_;
  std::array<LinkMachine, kConnections> connections_;

  Stage stage_ = Stage::kOpening;
  std::size_t ending_ = 0;  // in kEnding: the connection that is read to its end
  bool wanted_ = false;
  bool leaving_ = false;
  bool forced_ = false;  // this leave was counted as forced
  bool paused_ = false;
  bool up_ = false;
  RunPtr run_;
  std::string why_gone_;
  std::string worker_key_;
  absl::Time last_byte_ = absl::InfinitePast();
  absl::Time last_answer_ = absl::InfinitePast();
  absl::Time asked_at_ = absl::InfinitePast();  // the oldest answer that is due
  std::uint64_t bytes_since_asked_ = 0;
  absl::Time leave_deadline_ = absl::InfiniteFuture();
  absl::Duration leave_left_;  // while paused

  std::vector<EventLinkNews> news_;
  Counters counters_;
};

}  // namespace gatewayd::cluster
