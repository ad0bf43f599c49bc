#include "cluster/register_machine.h"

#include "cluster/text.h"
#include "wire/register_line.h"

namespace gatewayd::cluster {

RegisterMachine::RegisterMachine(std::string address, const wire::Dialect& dialect, const Options& options,
                                 std::uint32_t seed, WorkerIdentity identity)
    : address_(std::move(address)),
      dialect_(dialect),
      options_(options),
      identity_(std::move(identity)),
      backoff_(options.backoff_first, options.backoff_max, seed) {}

void RegisterMachine::Enter(LinkState state, absl::Time now, absl::Duration timeout) {
  state_ = state;
  state_since_ = now;
  deadline_ = now + timeout;
  const bool has_dashboard = dialect_.kind() == wire::DialectKind::kGo && identity_.processed != nullptr;
  stats_at_ =
      state == LinkState::kReady && has_dashboard ? now + options_.register_stats : absl::InfiniteFuture();
}

void RegisterMachine::Say(const std::string& json) {
  output_ += dialect_.EncodeRegisterLine(json, options_.secret);
}

void RegisterMachine::Start(absl::Time now) {
  Enter(LinkState::kConnecting, now, options_.connect_timeout);
  action_ = LinkAction::kDial;
}

void RegisterMachine::Stop(absl::Time now) {
  Enter(LinkState::kIdle, now, absl::InfiniteDuration());
  action_ = LinkAction::kClose;
}

void RegisterMachine::OnConnected(absl::Time now) {
  if (state_ != LinkState::kConnecting) return;
  Enter(LinkState::kAuthenticating, now, options_.query_timeout);
  input_.clear();
  output_.clear();
  const bool named = dialect_.kind() == wire::DialectKind::kGo;
  Say(wire::WorkerConnectJson(options_.secret, named ? identity_.name : std::string()));
}

void RegisterMachine::OnConnectFailed(std::string_view error, absl::Time now) {
  if (state_ != LinkState::kConnecting) return;
  Lose(std::string(error), now);
}

void RegisterMachine::OnClosed(std::string_view error, absl::Time now) {
  if (state_ == LinkState::kAuthenticating) {
    Lose(StrCat("closed before its first list (", error, "): wrong secret, or not a ", dialect_.name(),
                "-dialect Register?"),
         now);
  } else if (state_ == LinkState::kReady) {
    Lose(StrCat("connection lost: ", error), now);
  }
}

void RegisterMachine::Lose(std::string text, absl::Time now) {
  // One line for each new cause: a Register that stays away must not fill the log.
  if (text != told_error_) news_ = StrCat("register ", address_, ": ", text);
  told_error_ = text;
  last_error_ = std::move(text);
  // Only a connection that held resets the backoff: one that lists and then closes must not be dialled in a
  // loop.
  if (state_ == LinkState::kReady && now - state_since_ >= options_.backoff_max) backoff_.Reset();
  action_ = LinkAction::kClose;
  output_.clear();
  input_.clear();
  Enter(LinkState::kBackoff, now, backoff_.Next());
}

void RegisterMachine::OnBytes(std::string_view bytes, absl::Time now) {
  while (!bytes.empty() && (state_ == LinkState::kAuthenticating || state_ == LinkState::kReady)) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (input_.size() + part.size() > wire::kMaxRegisterLine) {
      ++counters_.register_bad_lines;
      Lose(StrCat("a line longer than ", wire::kMaxRegisterLine, " bytes"), now);
      return;
    }
    input_.append(part);
    if (end == std::string_view::npos) return;
    const std::string line = std::exchange(input_, {});
    bytes.remove_prefix(end + 1);
    OnLine(line, now);
  }
}

void RegisterMachine::OnLine(std::string_view line, absl::Time now) {
  absl::StatusOr<std::string> json = dialect_.DecodeRegisterLine(line, options_.secret);
  absl::StatusOr<wire::RegisterMessage> message =
      json.ok() ? wire::ParseRegisterJson(*json) : absl::StatusOr<wire::RegisterMessage>(json.status());
  if (!message.ok()) {
    ++counters_.register_bad_lines;
    Lose(std::string(message.status().message()), now);
    return;
  }
  if (message->event != "broadcast_addresses") return;  // pings and what later versions may add
  std::vector<std::string> addresses = DialledOf(*std::move(message));
  if (state_ == LinkState::kAuthenticating) {
    Enter(LinkState::kReady, now, options_.register_ping);
    told_error_.clear();
    ++counters_.register_connects;
    news_ = StrCat("register ", address_, ": connected, lists ", addresses.size(), " Gateways");
  }
  answered_ = true;
  last_list_ = addresses;
  list_ = std::move(addresses);
}

// A go Register with no Gateway leaves its lists out.
std::vector<std::string> RegisterMachine::DialledOf(wire::RegisterMessage message) const {
  const bool sdk = dialect_.kind() == wire::DialectKind::kGo && options_.go_addresses == GoAddresses::kSdk &&
                   !message.sdk_addresses.empty();
  return sdk ? std::move(message.sdk_addresses) : std::move(message.addresses);
}

void RegisterMachine::OnTimer(absl::Time now) {
  if (state_ == LinkState::kReady && identity_.processed && now >= stats_at_) {
    stats_at_ = now + options_.register_stats;
    Say(wire::WorkerStatsJson(identity_.name, identity_.processed()));
  }
  if (now < deadline_) return;
  switch (state_) {
    case LinkState::kConnecting:
      Lose(StrCat("no connection within ", absl::FormatDuration(options_.connect_timeout)), now);
      return;
    case LinkState::kAuthenticating:
      Lose(StrCat("no list within ", absl::FormatDuration(options_.query_timeout)), now);
      return;
    case LinkState::kReady:
      Say(wire::PingJson());
      deadline_ = now + options_.register_ping;
      return;
    case LinkState::kBackoff:
      Start(now);
      return;
    case LinkState::kIdle:
    case LinkState::kClosing:
    case LinkState::kStalled:
      return;
  }
}

RegisterView RegisterMachine::View(absl::Time now, absl::Time wall_now) const {
  return {.address = address_,
          .state = state_,
          .answered = answered_,
          .addresses = last_list_,
          .last_error = last_error_,
          .state_since = state_since_ == absl::InfinitePast() ? wall_now : wall_now - (now - state_since_)};
}

}  // namespace gatewayd::cluster
