#include "cluster/link_machine.h"

#include <algorithm>

#include "cluster/text.h"
#include "wire/requests.h"

namespace gatewayd::cluster {
namespace {

// Answers up to this are not charged to the answer memory: every link may hold one.
constexpr std::size_t kAnswerFreeOfCharge = 64 * 1024;

}  // namespace

LinkMachine::LinkMachine(LinkKind kind, const wire::Dialect& dialect, const Options& options,
                         AnswerMemory& memory, std::uint32_t seed)
    : kind_(kind),
      keeps_stalled_(kind == LinkKind::kCommand && dialect.kind() == wire::DialectKind::kGo),
      dialect_(dialect),
      options_(options),
      memory_(memory),
      outbound_(options.command_buffer),
      backoff_(options.backoff_first, options.backoff_max, seed) {}

void LinkMachine::Enter(LinkState state, absl::Time now) {
  state_ = state;
  state_since_ = now;
  deadline_ = absl::InfiniteFuture();
  stalled_ = false;
}

void LinkMachine::Dial(absl::Time now) {
  Enter(LinkState::kConnecting, now);
  deadline_ = now + options_.connect_timeout;
  action_ = LinkAction::kDial;
}

void LinkMachine::Want(absl::Time now) {
  wanted_link_ = true;
  if (state_ != LinkState::kIdle) return;
  if (action_ == LinkAction::kClose) {
    BackOffOrRest(now);  // the old socket is still to be closed: a dial would take the place of that
  } else {
    Dial(now);
  }
}

void LinkMachine::Unwant() {
  wanted_link_ = false;
  if (state_ == LinkState::kBackoff) {
    state_ = LinkState::kIdle;
    deadline_ = absl::InfiniteFuture();
  }
}

void LinkMachine::OnConnected(absl::Time now) {
  if (state_ != LinkState::kConnecting) return;
  const absl::Time deadline = deadline_;  // the connect timeout covers the first answer too
  Enter(LinkState::kAuthenticating, now);
  deadline_ = deadline;
  ++connects_;
  codec_ = dialect_.NewPacketCodec(options_.secret);
  outbound_.SealBy(*codec_);
  wanted_ = 0;
  const std::string hello = wire::ClientConnectBody(options_.secret);
  Append({.command = wire::Command::kGatewayClientConnect, .body = hello}, /*is_command=*/false);
  AppendQuery({.command = wire::Command::kIsOnline},
              {.purpose = PendingAnswer::For::kProbe, .max_size = kIsOnlineAnswerSize}, now);
}

void LinkMachine::OnConnectFailed(std::string_view error, absl::Time now) {
  if (state_ != LinkState::kConnecting) return;
  ++counters_.link_attempts_failed;
  Lose(Reason::kNoLink, error, now);
  BackOffOrRest(now);
}

void LinkMachine::OnClosed(std::string_view error, absl::Time now) {
  switch (state_) {
    case LinkState::kAuthenticating:
      ++counters_.link_attempts_failed;
      Lose(Reason::kNoLink,
           StrCat("closed before its first answer (", error, "): wrong secret, or not a ", dialect_.name(),
                  "-dialect Gateway?"),
           now);
      break;
    case LinkState::kReady:
      ++counters_.links_lost;
      Lose(Reason::kLinkLost, StrCat("link lost: ", error), now);
      loss_->orderly = error == kClosedByPeer;
      break;
    case LinkState::kClosing:
      broke_while_closing_ = error != kClosedByPeer;
      break;
    default:
      return;
  }
  action_ = LinkAction::kClose;
  BackOffOrRest(now);
}

void LinkMachine::Fail(Reason reason, std::string_view text, absl::Time now) {
  if (state_ != LinkState::kAuthenticating && state_ != LinkState::kReady) return;
  ++(state_ == LinkState::kReady ? counters_.links_lost : counters_.link_attempts_failed);
  Lose(reason, text, now);
  Enter(LinkState::kClosing, now);
  deadline_ = now + options_.close_wait;
  action_ = LinkAction::kHalfClose;
}

void LinkMachine::Drop(Reason reason, std::string_view text, absl::Time now) {
  if (state_ == LinkState::kIdle) return;
  const bool has_socket = state_ != LinkState::kBackoff && action_ != LinkAction::kDial;
  if (state_ == LinkState::kReady) ++counters_.links_lost;
  Lose(reason, text, now);
  action_ = has_socket ? LinkAction::kClose : LinkAction::kNone;
  wanted_ = 0;
  Enter(LinkState::kIdle, now);
}

void LinkMachine::Leave(bool half_close, absl::Time now) {
  if (state_ != LinkState::kReady) return;
  Lose(Reason::kLinkLost, last_error_, now);
  loss_.reset();
  Enter(LinkState::kClosing, now);
  if (half_close) action_ = LinkAction::kHalfClose;
}

void LinkMachine::Rest(bool resting, absl::Time now) {
  if (resting_ == resting) return;
  resting_ = resting;
  if (resting) return;
  answers_.Progress(now);
  if (state_ == LinkState::kClosing && deadline_ != absl::InfiniteFuture()) {
    deadline_ = std::max(deadline_, now + options_.close_wait);
  }
}

void LinkMachine::OnTimer(absl::Time now) {
  if (now < NextTimer()) return;
  switch (state_) {
    case LinkState::kConnecting:
      OnConnectFailed(StrCat("no connection within ", absl::FormatDuration(options_.connect_timeout)), now);
      action_ = action_ == LinkAction::kDial ? LinkAction::kNone : LinkAction::kClose;
      return;
    case LinkState::kAuthenticating:
      Fail(Reason::kNoLink,
           StrCat("connected, but no answer within ", absl::FormatDuration(options_.connect_timeout)), now);
      return;
    case LinkState::kReady:
      ++counters_.query_timeouts;
      if (keeps_stalled_) {
        stalled_ = true;
        ++counters_.links_stalled;
        last_error_ = StrCat("stalled: no byte of a due answer within ",
                             absl::FormatDuration(options_.query_timeout), "; the link is kept");
        return;
      }
      Fail(Reason::kTimeout,
           StrCat("no byte of a due answer within ", absl::FormatDuration(options_.query_timeout)), now);
      return;
    case LinkState::kClosing:
      ++counters_.close_wait_expired;
      left_open_ = true;
      action_ = LinkAction::kClose;
      BackOffOrRest(now);
      return;
    case LinkState::kBackoff:
      Dial(now);
      return;
    case LinkState::kIdle:
    case LinkState::kStalled:
      return;
  }
}

absl::Time LinkMachine::NextTimer() const {
  const bool rests = state_ == LinkState::kReady || state_ == LinkState::kClosing;
  if (resting_ && rests) return absl::InfiniteFuture();
  if (stalled_) return absl::InfiniteFuture();
  return state_ == LinkState::kReady ? answers_.StalledAt(options_.query_timeout) : deadline_;
}

void LinkMachine::Lose(Reason reason, std::string_view text, absl::Time now) {
  // Only a link that held resets the backoff: a Gateway that answers and then closes must not be dialled in a
  // loop.
  if (state_ == LinkState::kReady && now - state_since_ >= options_.backoff_max) backoff_.Reset();
  last_error_ = text;
  LinkLoss loss{.reason = reason,
                .text = std::string(text),
                .unanswered = answers_.Clear(),
                .written = outbound_.written(),
                .was_ready = state_ == LinkState::kReady,
                .was_stalled = stalled_};
  counters_.commands_lost += outbound_.Reset();
  memory_.Release(std::exchange(reserved_, 0));
  loss_ = std::move(loss);
}

void LinkMachine::BackOffOrRest(absl::Time now) {
  wanted_ = 0;
  if (!wanted_link_) {
    Enter(LinkState::kIdle, now);
    return;
  }
  Enter(LinkState::kBackoff, now);
  deadline_ = now + backoff_.Next();
}

void LinkMachine::Append(const wire::Frame& frame, bool is_command) {
  codec_->AppendUnsealed(frame, outbound_.BeginFrame());
  outbound_.EndFrame(is_command);
}

void LinkMachine::AppendQuery(const wire::Frame& frame, PendingAnswer pending, absl::Time now) {
  pending.command = frame.command;
  pending.asked = now;
  pending.query_offset = outbound_.appended();
  if (pending.request_offset == 0) pending.request_offset = outbound_.appended();
  Append(frame, /*is_command=*/false);
  answers_.Push(std::move(pending), now);
  ++counters_.queries_sent;
}

std::size_t LinkMachine::OnBytes(std::string_view bytes, absl::Time now, std::optional<LinkAnswer>* answer) {
  answer->reset();
  if (state_ != LinkState::kReady && state_ != LinkState::kAuthenticating) return bytes.size();
  if (bytes.empty()) return 0;
  if (answers_.empty()) {
    std::size_t used = 0;
    if (SkipPing(bytes, &used)) return used;
    RefuseUnasked(now);
    return bytes.size();
  }
  answers_.Progress(now);
  stalled_ = false;
  const std::size_t limit = answers_.front().max_size;
  const wire::Packet packet = codec_->Next(bytes, wire::LinkRole::kQueries, limit);
  wanted_ = packet.size;
  switch (packet.kind) {
    case wire::Packet::Kind::kIncomplete:
      OnIncomplete(packet.size, now);
      return 0;
    case wire::Packet::Kind::kFrame:  // go: a PING; it is no answer and proves nothing
      wanted_ = 0;
      return packet.size;
    case wire::Packet::Kind::kAnswer:
      wanted_ = 0;
      OnAnswer(now, packet.answer, answer);
      return packet.size;
    case wire::Packet::Kind::kTooLarge:
      if (IsUnbounded(answers_.front())) {
        RefuseAnswer(packet.size, now);
        return bytes.size();
      }
      ++counters_.bad_answers;
      Fail(Reason::kBadAnswer,
           StrCat("an answer of ", packet.size, " bytes to ", wire::CommandName(answers_.front().command),
                  ", at most ", limit, " can be right"),
           now);
      return bytes.size();
    case wire::Packet::Kind::kMalformed:
      break;
  }
  ++counters_.bad_answers;
  Fail(Reason::kBadAnswer, packet.error, now);
  return bytes.size();
}

// In go a PING is told from an answer, and says nothing. `*used` is 0 while it is not whole.
bool LinkMachine::SkipPing(std::string_view bytes, std::size_t* used) {
  if (dialect_.kind() != wire::DialectKind::kGo) return false;
  const wire::Packet packet = codec_->Next(bytes, wire::LinkRole::kQueries, wire::kFrameHeadSize);
  const bool whole = packet.kind == wire::Packet::Kind::kFrame;
  *used = whole ? packet.size : 0;
  return whole || packet.kind == wire::Packet::Kind::kIncomplete;
}

void LinkMachine::RefuseUnasked(absl::Time now) {
  ++counters_.bad_answers;
  Fail(Reason::kBadAnswer, "an answer came that nobody asked for", now);
}

void LinkMachine::OnEventAnswer(std::string_view payload, absl::Time now, std::optional<LinkAnswer>* answer) {
  answer->reset();
  if (state_ != LinkState::kReady && state_ != LinkState::kAuthenticating) return;
  if (answers_.empty()) {
    RefuseUnasked(now);
  } else {
    OnAnswer(now, payload, answer);
  }
}

bool LinkMachine::IsUnbounded(const PendingAnswer& pending) const {
  return kind_ == LinkKind::kQuery && pending.purpose == PendingAnswer::For::kCaller;
}

// A large answer takes its memory before it is read, so that all links together stay below the limit. Bounded
// answers have a limit of their own, and must not break the command link because others took the memory.
void LinkMachine::OnIncomplete(std::size_t size, absl::Time now) {
  if (size <= kAnswerFreeOfCharge || reserved_ != 0 || !IsUnbounded(answers_.front())) return;
  if (memory_.Reserve(size)) {
    reserved_ = size;
  } else {
    RefuseAnswer(size, now);
  }
}

void LinkMachine::RefuseAnswer(std::size_t size, absl::Time now) {
  ++counters_.answers_too_large;
  Fail(Reason::kTooLarge, StrCat("an answer of ", size, " bytes does not fit the answer memory"), now);
}

void LinkMachine::OnAnswer(absl::Time now, std::string_view payload, std::optional<LinkAnswer>* answer) {
  if (!IsPlausible(answers_.front(), payload)) {
    ++counters_.bad_answers;
    Fail(Reason::kBadAnswer,
         StrCat("an answer that cannot be one to ", wire::CommandName(answers_.front().command)), now);
    return;
  }
  PendingAnswer pending = answers_.Pop(now);
  memory_.Release(std::exchange(reserved_, 0));
  if (state_ == LinkState::kAuthenticating) {
    Enter(LinkState::kReady, now);
    ++counters_.links_connected;
  }
  *answer = LinkAnswer{.pending = std::move(pending), .payload = payload};
}

bool LinkMachine::IsPlausible(const PendingAnswer& pending, std::string_view payload) const {
  switch (pending.command) {
    case wire::Command::kIsOnline: {
      const auto count = dialect_.DecodeCount(payload);
      return count.ok() && *count <= 1;
    }
    case wire::Command::kGetClientCountByGroup:
      return dialect_.DecodeCount(payload).ok();
    case wire::Command::kBatchGetClientCountByGroup:
      return dialect_.DecodeCountsByGroup(payload).ok();
    case wire::Command::kSelect:
      return kind_ == LinkKind::kQuery || dialect_.VisitSelected(payload, [](const auto&) {}).ok();
    default:
      return true;  // alone on its link: there is no other query that the answer could belong to
  }
}

void LinkMachine::AddTraffic(LinkTraffic* sum) const {
  sum->connects += connects_;
  sum->bytes_sent += bytes_sent_;
  sum->bytes_received += bytes_received_;
  sum->bytes_queued += outbound_.pending();
  sum->queries_in_flight += answers_.size();
}

LinkView LinkMachine::View(absl::Time now, absl::Time wall_now) const {
  return {.kind = kind_,
          .state = stalled_ ? LinkState::kStalled : state_,
          .state_since = state_since_ == absl::InfinitePast() ? wall_now : wall_now - (now - state_since_),
          .last_error = last_error_,
          .bytes_sent = bytes_sent_,
          .bytes_received = bytes_received_,
          .bytes_queued = outbound_.pending(),
          .queries_in_flight = answers_.size(),
          .connects = connects_};
}

}  // namespace gatewayd::cluster
