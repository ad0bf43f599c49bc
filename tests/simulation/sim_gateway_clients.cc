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
  const std::uint32_t id = state_->AddClient({.ip = 1, .port = 1, .gateway_port = 7272}, actions);
  clients_[static_cast<std::size_t>(number)] = id;
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
  const std::string text = value + std::string(options_.session_size, '.');
  const std::string session = cluster::StrCat("a:1:{s:1:\"v\";s:", text.size(), ":\"", text, "\";}");
  state_->Execute(0, {.command = wire::Command::kSetSession, .connection_id = id, .ext = session});
  state_->RemoveLink(0);
}

void SimGateway::RemoveClient(std::uint32_t id) {
  embedded::Actions actions = state_->RemoveClient(id);
  Perform(actions);
  const auto at = std::find(clients_.begin(), clients_.end(), id);
  if (at == clients_.end()) return;
  *at = 0;
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
      if (client != 0 && sim_.random.Chance(60)) {
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
  for (int i = 0; i < messages && state_; ++i) {
    std::string text = cluster::StrCat(
        options_.poison != 0 && sim_.random.Chance(options_.poison) ? "poison " : "m", ++messages_, " ");
    text.append(sim_.random.Below(options_.message_size), 'x');
    if (options_.large_message > 0 && sim_.random.Chance(20)) text.append(options_.large_message, 'x');
    embedded::Actions actions = state_->ClientMessage(client, text);
    Perform(actions);
  }
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
    embedded::Actions actions = state_->PingWorkers();
    if (!frozen_) Perform(actions);
    Ping();
  });
}

// TcpConnection::send: what finds the buffer full is dropped, with nothing said.
void SimGateway::SendEvent(const embedded::SendEvent& event) {
  const auto at = links_.find(event.link);
  if (at == links_.end() || at->second.closing) return;
  Link& link = at->second;
  const bool ping = event.frame.command == wire::Command::kPing;
  if (link.out.size() >= options_.event_buffer) {
    ++dropped_;
    return;
  }
  if (!ping) events_->OnSent(link.socket->shared_facts(), {.gateway = index_, .run = run_}, event.frame);
  wire::AppendFrame(event.frame, link.out);
  WriteOut(link);
}

}  // namespace gatewayd::simulation
