// The life of one connection to a Gateway, as a state machine without I/O:
//
//   idle ─Want→ connecting ─OnConnected→ authenticating ─first answer→ ready
//     ↑            │                          │                          │
//     │            └────────── failed ────────┴──── OnClosed ────────────┤ Fail (ours)
//     │                           ↓                                      ↓
//     └─ not wanted ── backoff ←──┴───── OnClosed, or close_wait ──── closing (half-closed)
//
// After its own decision to end a link the daemon half-closes it and lets the Gateway close it, for at most
// close_wait, before it connects again: the next connection must not overtake commands that the Gateway has
// still to read from the old one. A hello is followed by an IS_ONLINE probe, because a Gateway answers a
// wrong secret by closing and a right one by nothing: only the probe's answer tells that the link can be
// used.
//
// A go command link is never ended for want of an answer: a Gateway that is writing to a client which does
// not read would go on with that write, and a second link that writes to the same client would bring it down.
// It is kept, and is `stalled` until some byte comes.
//
// The connections of an event link (EventLinkMachine) live the same life; what comes on them is split by
// EventReader, not here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cluster/answer_memory.h"
#include "cluster/answer_queue.h"
#include "cluster/backoff.h"
#include "cluster/counters.h"
#include "cluster/errors.h"
#include "cluster/options.h"
#include "cluster/outbound_buffer.h"
#include "cluster/status_view.h"
#include "wire/dialect.h"

namespace gatewayd::cluster {

// What OnClosed is told where the peer has closed in order, and all that it had sent was read.
inline constexpr std::string_view kClosedByPeer = "closed by the peer";

// What the shell must do with the socket after a step.
enum class LinkAction { kNone, kDial, kHalfClose, kClose };

// A connection that was in use, or was being tried, is gone.
struct LinkLoss {
  Reason reason = Reason::kLinkLost;
  std::string text;
  std::vector<PendingAnswer> unanswered;
  std::uint64_t written = 0;  // offset up to which the requests had left the daemon
  bool was_ready = false;
  bool was_stalled = false;
  bool orderly = false;  // closed by the Gateway itself, not broken on the way
};

// One answer, taken off the row.
struct LinkAnswer {
  PendingAnswer pending;
  std::string_view payload;  // borrowed from the bytes given to OnBytes or from the codec
};

// Not thread-safe. Every `now` is of one monotonic clock.
class LinkMachine {
 public:
  LinkMachine(LinkKind kind, const wire::Dialect& dialect, const Options& options, AnswerMemory& memory,
              std::uint32_t seed);

  // ---- Life cycle. Each may leave an action, a loss, or both to be taken.
  void Want(absl::Time now);  // connect, and keep connected
  void Unwant();              // connect no more once it is lost; ends a backoff at once
  void OnConnected(absl::Time now);
  void OnConnectFailed(std::string_view error, absl::Time now);
  void OnClosed(std::string_view error, absl::Time now);            // by the Gateway or the network
  void Fail(Reason reason, std::string_view text, absl::Time now);  // our decision: half-close
  void Drop(Reason reason, std::string_view text,
            absl::Time now);  // our decision: close at once, whatever the state
  // Our decision, in order: nothing more is written, what comes is still the owner's, the Gateway closes it.
  // No loss comes of it, and no deadline: the owner sets one and calls Drop. Only where ready().
  void Leave(bool half_close, absl::Time now);
  void OnTimer(absl::Time now);

  // Looks at the first packet of `bytes` (what was read and not yet used). Returns how many bytes to drop, 0
  // for "read more" (at least `wanted()` bytes in all where that is known). An answer that nobody is due, or
  // that cannot be right, fails the link.
  std::size_t OnBytes(std::string_view bytes, absl::Time now, std::optional<LinkAnswer>* answer);
  // The whole size of the packet at the front, where its head has told it; else 0.
  std::size_t wanted() const { return wanted_; }

  // ---- Instead of OnBytes, where EventReader splits what comes.
  void OnProgress(absl::Time now) { answers_.Progress(now); }  // some byte came
  // The payload of an answer; as OnBytes for what must not be.
  void OnEventAnswer(std::string_view payload, absl::Time now, std::optional<LinkAnswer>* answer);
  // Nothing is read for now, by our own decision: no answer can come, so none is missed.
  void Rest(bool resting, absl::Time now);

  LinkAction TakeAction() { return std::exchange(action_, LinkAction::kNone); }
  bool has_action() const { return action_ != LinkAction::kNone; }
  std::optional<LinkLoss> TakeLoss() { return std::exchange(loss_, std::nullopt); }
  // When OnTimer must be called at the latest.
  absl::Time NextTimer() const;
  // Whether the Gateway left a half-closed connection open until close_wait had passed, since the last call.
  bool TakeLeftOpen() { return std::exchange(left_open_, false); }
  // Whether one broke on the way, before the Gateway closed it, since the last call.
  bool TakeBrokeWhileClosing() { return std::exchange(broke_while_closing_, false); }

  // ---- In use. Only where ready().
  bool ready() const { return state_ == LinkState::kReady; }
  // Answers have been due for too long, and the link is kept all the same. Only while ready().
  bool stalled() const { return stalled_; }
  // Those who wait for answers on the link wait no longer; the places of their answers are kept.
  std::vector<PendingAnswer> DetachCallers() { return answers_.DetachCallers(); }
  bool wanted_link() const { return wanted_link_; }
  LinkState state() const { return state_; }
  const std::string& last_error() const { return last_error_; }
  void Append(const wire::Frame& frame, bool is_command);
  // Appends a query and takes its place in the row. `request_offset` is set to where it starts, unless the
  // caller has set it (a command in front of it).
  void AppendQuery(const wire::Frame& frame, PendingAnswer pending, absl::Time now);

  OutboundBuffer& outbound() { return outbound_; }
  const OutboundBuffer& outbound() const { return outbound_; }
  const AnswerQueue& answers() const { return answers_; }

  LinkView View(absl::Time now, absl::Time wall_now) const;
  void AddTraffic(LinkTraffic* sum) const;
  void CountSent(std::size_t bytes) { bytes_sent_ += bytes; }
  void CountReceived(std::size_t bytes) { bytes_received_ += bytes; }
  const Counters& counters() const { return counters_; }

 private:
  void Enter(LinkState state, absl::Time now);
  void Dial(absl::Time now);
  void Lose(Reason reason, std::string_view text, absl::Time now);
  void BackOffOrRest(absl::Time now);
  void OnIncomplete(std::size_t size, absl::Time now);
  void RefuseAnswer(std::size_t size, absl::Time now);
  bool IsUnbounded(const PendingAnswer& pending) const;
  void OnAnswer(absl::Time now, std::string_view payload, std::optional<LinkAnswer>* answer);
  void RefuseUnasked(absl::Time now);
  bool IsPlausible(const PendingAnswer& pending, std::string_view payload) const;

  bool SkipPing(std::string_view bytes, std::size_t* used);

  const LinkKind kind_;
  const bool keeps_stalled_;
  const wire::Dialect& dialect_;
  const Options& options_;
  AnswerMemory& memory_;
  std::unique_ptr<wire::PacketCodec> codec_;
  OutboundBuffer outbound_;
  AnswerQueue answers_;
  Backoff backoff_;

  LinkState state_ = LinkState::kIdle;
  absl::Time state_since_ = absl::InfinitePast();
  absl::Time deadline_ = absl::InfiniteFuture();  // of the state, but for kReady
  bool wanted_link_ = false;
  bool resting_ = false;
  bool stalled_ = false;
  bool left_open_ = false;
  bool broke_while_closing_ = false;
  LinkAction action_ = LinkAction::kNone;
  std::optional<LinkLoss> loss_;
  std::size_t wanted_ = 0;
  std::size_t reserved_ = 0;  // of memory_, for the answer that is being read

  std::string last_error_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t connects_ = 0;
  Counters counters_;
};

}  // namespace gatewayd::cluster
