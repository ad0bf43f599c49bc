// What is told to the model about one Gateway of the daemon, and what is checked at its machine: bounds
// (promise 5), one unbounded query a link (3), tries to connect that do not come too often (8).
#include <algorithm>
#include <utility>

#include "simulation/daemon_gateway.h"
#include "wire/big_endian.h"

namespace gatewayd::simulation {

using cluster::LinkState;

void WrittenCommands::Reset(const Dialect& dialect, const std::string& secret) {
  *this = WrittenCommands();
  if (dialect.go()) codec_ = dialect.gateway().NewLinkCodec(secret);
}

// The guard also carries commands that are nobody's call: those without a tag.
void WrittenCommands::FeedEncrypted(std::string_view bytes) {
  packets_.append(bytes);
  std::size_t used = 0;
  for (;;) {
    const embedded::LinkPacket packet = codec_->Next(std::string_view(packets_).substr(used));
    if (packet.kind != embedded::LinkPacket::Kind::kFrame) break;
    used += packet.size;
    if (!wire::IsQuery(packet.frame.command) && packet.frame.body.starts_with('#')) ++count_;
  }
  packets_.erase(0, used);
}

void WrittenCommands::Feed(std::string_view bytes) {
  if (codec_) return FeedEncrypted(bytes);
  while (!bytes.empty()) {
    if (body_left_ > 0) {
      const std::size_t part = std::min(body_left_, bytes.size());
      body_left_ -= part;
      bytes.remove_prefix(part);
    } else {
      const std::size_t part = std::min(wire::kFrameHeadSize - head_.size(), bytes.size());
      head_.append(bytes.substr(0, part));
      bytes.remove_prefix(part);
      if (head_.size() < wire::kFrameHeadSize) return;
      body_left_ = wire::LoadU32(head_.data()) - wire::kFrameHeadSize;
    }
    if (body_left_ > 0) continue;
    const auto command = static_cast<wire::Command>(head_[4]);
    if (!wire::IsQuery(command) && command != wire::Command::kGatewayClientConnect) ++count_;
    head_.clear();
  }
}

// Failed tries come further and further apart: half of 50 ms, 100 ms, 200 ms, … 5 s at the least.
void DaemonGateway::CheckDial() {
  const absl::Duration least =
      failed_dials_ == 0
          ? absl::ZeroDuration()
          : std::min(options_.backoff_first * (1 << std::min(failed_dials_ - 1, 10)), options_.backoff_max) /
                2;
  if (sim_.now() - last_dial_ < least) {
    sim_.Broken(8, cluster::StrCat("gateway ", index_, " is dialled again after ",
                                   absl::FormatDuration(sim_.now() - last_dial_), ", ", failed_dials_,
                                   " tries have failed"));
  }
  last_dial_ = sim_.now();
  ++failed_dials_;
}

void DaemonGateway::TellModel() {
  if (machine_.generation() != generation_) {
    generation_ = machine_.generation();
    for (std::size_t i = 0; i < machine_.link_count() && !generation_.empty(); ++i) {
      if (!machine_.link(i).ready()) continue;
      const int run = wires_[i]->socket->facts().run;
      model_.OnGeneration(index_, generation_, run);
      run_of_number_[machine_.run()->number] = run;
      break;
    }
  }
  TellModelOfGuard();
  const LinkState state = machine_.link(0).state();
  if (state == LinkState::kReady) {
    failed_dials_ = 0;
    was_ready_ = true;
  }
  if (connection_ == 0 || state == LinkState::kReady || state == LinkState::kAuthenticating ||
      state == LinkState::kConnecting) {
    return;
  }
  sim_.Trace("daemon    gateway ", index_, " link 0: ", cluster::ToString(state), ", ",
             machine_.link(0).last_error());
  // design.md, 3: a go command link is ended by an answer that cannot be right, and never for want of one.
  if (go() && was_ready_ && state == LinkState::kClosing && poisoned_ == absl::InfinitePast()) {
    sim_.Broken(3, cluster::StrCat("the command link to gateway ", index_,
                                   " was ended: ", machine_.link(0).last_error()));
  }
  if (outlet_.model != nullptr) outlet_.model->OnCommandLifeOver(connection_);
  model_.OnCommandLinkLost(std::exchange(connection_, 0), written_.count());
}

void DaemonGateway::TellModelOfGuard() {
  if (!guard_) return;
  const LinkState state = machine_.link(1).state();
  if (state == LinkState::kReady || state == LinkState::kAuthenticating || state == LinkState::kConnecting)
    return;
  model_.OnCommandLinkLost(guard_->id, guard_written_.count());
  guard_ = nullptr;
}

// Where the command link breaks and the guard is lost too, within 1 s before or until it has answered, the
// daemon takes it for the end of the process: nobody can tell (docs/decisions/012).
void DaemonGateway::NoteClosed(std::size_t i, const Socket& from, bool orderly) {
  if (!go() || i > 1 || !machine_.link(i).ready()) return;
  if (i == 1) {
    guard_closed_ = sim_.now();
  } else if (!orderly) {
    command_broke_ = sim_.now();
    broken_ = from.shared_facts();
  }
  if (broken_ && guard_closed_ >= command_broke_ - absl::Seconds(1) &&
      guard_closed_ <= command_broke_ + options_.query_timeout) {
    broken_->looked_like_an_end = true;
  }
}

// design.md, 3: a go command link that does not come on is STALLED: neither sooner nor later.
void DaemonGateway::CheckStalls() {
  const cluster::LinkMachine& link = machine_.link(0);
  const bool idle = !link.ready() || link.answers().empty();
  if (std::exchange(command_idle_, idle) || idle) command_heard_ = sim_.now();
  const bool late = sim_.now() > command_heard_ + options_.query_timeout + absl::Milliseconds(1);
  if (late && !machine_.stalled()) {
    sim_.Broken(3, cluster::StrCat("the command link to gateway ", index_, " does not come on since ",
                                   absl::FormatDuration(sim_.now() - command_heard_), " and is not stalled"));
  }
  if (machine_.stalled() && sim_.now() < command_heard_ + options_.query_timeout) {
    sim_.Broken(3, cluster::StrCat("the command link to gateway ", index_, " comes on and is stalled"));
  }
}

// Promise 5, bounded memory; promise 3, an unbounded query is alone on its link.
void DaemonGateway::CheckBounds() {
  if (go()) CheckStalls();
  // Room is asked for by the sizes of frames; what encryption adds to a command, the queries around it and
  // one that watches how far the Gateway has come (OnCommandAppended) comes on top.
  const std::size_t added = go() ? 4 * 36 + 28 : 0;
  for (std::size_t i = 0; i < machine_.link_count(); ++i) {
    const cluster::LinkMachine& link = machine_.link(i);
    if (link.outbound().pending() > options_.command_buffer + added) {
      sim_.Broken(5, cluster::StrCat(link.outbound().pending(), " bytes wait on link ", i, " to gateway ",
                                     index_, ", at most ", options_.command_buffer, " may"));
    }
    if (i == 0 && link.answers().due_bytes() > options_.max_in_flight_answers) {
      sim_.Broken(
          5, cluster::StrCat(link.answers().due_bytes(), " bytes of answers are due from gateway ", index_));
    }
    // go: the daemon's own queries come behind a caller's on the guard.
    if (i > (go() ? 1u : 0u) && link.answers().size() > 1) {
      sim_.Broken(3, cluster::StrCat("two queries of unbounded answer size on one link to gateway ", index_));
    }
  }
  if (memory_.used() > options_.max_answers) sim_.Broken(5, "the answer memory is overdrawn");
}

}  // namespace gatewayd::simulation
