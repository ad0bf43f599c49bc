// The clients of a simulated Gateway: they come, talk, close and come again, and what they do becomes events.
#include <algorithm>
#include <utility>

#include "simulation/sim_gateway.h"

namespace gatewayd::simulation {
namespace {

constexpr int kGroups = 6;

}  // namespace

// ---- Clients: number i has a session of its own and sits in the groups "g0" … "g(i mod 6)", so that all
// counts differ.

void SimGateway::AddClient(int number) {
  embedded::Actions actions;
  // What a Go Gateway says of a client that comes depends on what that speaks.
  const bool text = go() && number % 2 == 1;
  const std::uint32_t id = state_->AddClient(
      {.protocol = text ? embedded::ClientProtocol::kText : embedded::ClientProtocol::kWebSocket,
       .ip = 1,
       .port = 1,
       .gateway_port = 7272},
      actions);
  clients_[static_cast<std::size_t>(number)] = id;
  if (go() && !text) actions = state_->ClientHandshake(id, {wire::Array{}});
  Perform(actions);
  state_->AddLink(0, "local");
  wire::Frame hello{.command = wire::Command::kGatewayClientConnect};
  const std::string body = cluster::StrCat("{\"secret_key\":\"", options_.secret, "\"}");
  hello.body = body;
  state_->Execute(0, hello);
  for (int group = 0; group <= number % kGroups; ++group) {
    const std::string name = cluster::StrCat("g", group);
    state_->Execute(0, {.command = wire::Command::kJoinGroup, .connection_id = id, .ext = name});
  }
  const std::string value = cluster::StrCat("run ", run_, " client ", id, " ");
  const std::string value_text = value + std::string(options_.session_size, '.');
  const std::string session = options_.dialect->TextSession(value_text);
  state_->Execute(0, {.command = wire::Command::kSetSession, .connection_id = id, .ext = session});
  state_->RemoveLink(0);
}

void SimGateway::RemoveClient(std::uint32_t id) {
  embedded::Actions actions = state_->RemoveClient(id);
  Perform(actions);
  const auto at = std::find(clients_.begin(), clients_.end(), id);
  if (at == clients_.end()) return;
  *at = 0;
  if (writes_) writes_->OnGone(id);
  const int number = static_cast<int>(at - clients_.begin());
  // Where nobody works, or all is quiet, they come less often.
  const bool rarely = quiet_ || (options_.close_clients_without_worker && actions.empty());
  sim_.After(sim_.random.Around(absl::Milliseconds(rarely ? 500 : 20)), [this, number, run = run_] {
    if (state_ && run == run_ && clients_[static_cast<std::size_t>(number)] == 0) AddClient(number);
  });
}

std::uint32_t SimGateway::SomeClient() {
  if (clients_.empty() || sim_.random.Chance(100)) return static_cast<std::uint32_t>(sim_.random.Below(100));
  return sim_.random.Pick(clients_);
}

// ---- What they do

void SimGateway::Talk() {
  if (options_.talk == absl::InfiniteDuration()) return;
  sim_.After(sim_.random.Around(options_.talk), [this, run = run_] {
    if (!state_ || run != run_ || quiet_) return;
    if (!frozen_) {
      const std::uint32_t client = sim_.random.Pick(clients_);
      if (IsWaiting(client)) {
        // It can neither say a thing nor close.
      } else if (client != 0 && sim_.random.Chance(60)) {
        RemoveClient(client);
      } else if (client != 0) {
        SaySomething(
            client, 1 + static_cast<int>(sim_.random.Below(static_cast<std::uint64_t>(options_.talk_burst))));
      }
    }
    Talk();
  });
}

void SimGateway::SaySomething(std::uint32_t client, int messages) {
  for (int i = 0; i < messages && state_ && !IsWaiting(client); ++i) {
    std::string text = cluster::StrCat(
        options_.poison != 0 && sim_.random.Chance(options_.poison) ? "poison " : "m", ++messages_, " ");
    text.append(sim_.random.Below(options_.message_size), 'x');
    if (options_.large_message > 0 && sim_.random.Chance(20)) text.append(options_.large_message, 'x');
    embedded::Actions actions = state_->ClientMessage(client, text);
    Perform(actions);
  }
}

bool SimGateway::IsWaiting(std::uint32_t client) const {
  return std::any_of(links_.begin(), links_.end(),
                     [&](const auto& at) { return at.second.waiting.contains(client); });
}

void SimGateway::Burst(int messages) {
  for (int i = 0; i < messages && state_; ++i) {
    const std::uint32_t client = sim_.random.Pick(clients_);
    if (client != 0) SaySomething(client, 1);
  }
}

void SimGateway::SayOnce() {
  for (const std::uint32_t client : std::vector<std::uint32_t>(clients_)) {
    if (client != 0) SaySomething(client, 1);
  }
}

void SimGateway::Ping() {
  if (options_.talk == absl::InfiniteDuration()) return;
  sim_.After(absl::Seconds(25), [this, run = run_] {
    if (!state_ || run != run_) return;
    // Go's loop stops at a worker that does not read.
    const bool blocked = go() && std::any_of(links_.begin(), links_.end(), [](const auto& at) {
                           return at.second.worker && !at.second.out.empty();
                         });
    embedded::Actions actions = state_->PingWorkers();
    if (!frozen_ && !blocked) Perform(actions);
    Ping();
  });
}

// TcpConnection::send: what finds the buffer full is dropped, with nothing said. In go its client waits.
void SimGateway::SendEvent(const embedded::SendEvent& event) {
  const auto at = links_.find(event.link);
  if (at == links_.end() || at->second.closing) return;
  Link& link = at->second;
  const bool ping = event.frame.command == wire::Command::kPing;
  if (!go() && link.out.size() >= options_.event_buffer) {
    ++dropped_;
    return;
  }
  if (!ping) events_->OnSent(link.socket->shared_facts(), {.gateway = index_, .run = run_}, event.frame);
  codec_->AppendFrame(event.frame, link.out);
  WriteOut(link);
  if (go() && !link.out.empty() && !ping) link.waiting.insert(event.frame.connection_id);
}

}  // namespace gatewayd::simulation
