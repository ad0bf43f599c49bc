#include "simulation/sim_register.h"

#include <utility>
#include <vector>

#include "wire/register_line.h"

namespace gatewayd::simulation {

SimRegister::SimRegister(Sim& sim, Network& network, Model& model, int index, std::string address,
                         std::string secret)
    : sim_(sim),
      network_(network),
      model_(model),
      index_(index),
      address_(std::move(address)),
      secret_(std::move(secret)) {}

void SimRegister::Start() {
  sim_.Trace("register ", index_, " starts");
  running_ = true;
  network_.Listen(address_, this);
}

void SimRegister::Kill(bool silently) {
  sim_.Trace("register ", index_, silently ? " dies with its host" : " is killed");
  running_ = false;
  known_.clear();
  network_.Listen(address_, nullptr);
  for (auto& [id, link] : links_)
    network_.Die(*link.socket, silently);
  links_.clear();
}

// ---- What it says

std::string SimRegister::Line(const std::set<std::string>& gateways) const {
  return wire::BroadcastAddressesJson({gateways.begin(), gateways.end()}) + "\n";
}

void SimRegister::Set(const std::string& gateway, bool there) {
  if (!running_ || Knows(gateway) == there) return;
  if (there) {
    known_.insert(gateway);
  } else {
    known_.erase(gateway);
  }
  Broadcast();
}

void SimRegister::Broadcast() {
  SayToAll(Line(known_), true, known_);
}

void SimRegister::SayNobody() {
  sim_.Trace("register ", index_, " lists nobody");
  SayToAll(Line({}), true, {});
}

// As PHP does after it has removed duplicates: an object. Or with duplicates, or in two of its forms at once.
void SimRegister::SayOddly() {
  std::string items;
  for (const std::string& gateway : known_) {
    const std::size_t times = sim_.random.Chance(300) ? 2 : 1;
    for (std::size_t i = 0; i < times; ++i) {
      items +=
          cluster::StrCat(items.empty() ? "" : ",", "\"", sim_.random.Below(1000000), "\":\"", gateway, "\"");
    }
  }
  SayToAll(cluster::StrCat("{\"event\":\"broadcast_addresses\",\"addresses\":{", items, "}}\n"), true,
           known_);
}

void SimRegister::SayRubbish() {
  static const char* const kRubbish[] = {
      "wrong secret_key\n",
      "{\"event\":\"broadcast_addresses\",\"addresses\":[\"10.0.0.1:2900\",7]}\n",
      "{\"event\":\"broadcast_addresses\",\"addresses\":[\"nonsense\"]}\n",
      "{\"event\":\"broadcast_addresses\"\n",
  };
  std::string line = sim_.random.Pick(kRubbish);
  if (sim_.random.Chance(200)) line.assign(wire::kMaxRegisterLine + 1, 'x');
  sim_.Trace("register ", index_, " says rubbish");
  SayToAll(line, false, {});
}

void SimRegister::CutAll() {
  for (auto& [id, link] : links_)
    network_.Cut(*link.socket);
}

void SimRegister::SayToAll(const std::string& line, bool list, const std::set<std::string>& gateways) {
  for (auto& [id, link] : links_) {
    if (link.worker) Say(link, line, list, gateways);
  }
}

void SimRegister::Say(Link& link, const std::string& line, bool list, const std::set<std::string>& gateways) {
  link.out += line;
  link.said += line.size();
  model_.OnRegisterSays(index_, link.socket->facts().id, link.said, list, gateways);
  link.out.erase(0, link.socket->Write(link.out));
  if (!link.out.empty()) link.socket->WaitWritable();
}

// ---- Connections

void SimRegister::OnAccept(SocketPtr socket) {
  socket->set_events(this);
  const std::uint64_t id = socket->facts().id;
  links_[id].socket = std::move(socket);
}

void SimRegister::OnInput(Socket& socket, std::string_view bytes) {
  const auto at = links_.find(socket.facts().id);
  if (at == links_.end()) return;
  Link& link = at->second;
  link.in.append(bytes);
  for (std::size_t end = link.in.find('\n'); end != std::string::npos; end = link.in.find('\n')) {
    const auto message = wire::ParseRegisterJson(std::string_view(link.in).substr(0, end));
    link.in.erase(0, end + 1);
    if (!message.ok()) {
      sim_.Broken(8, "a Register was sent a line that it cannot read");
      return;
    }
    if (message->event == "ping") continue;
    if (message->event != "worker_connect" || message->secret_key != secret_) {
      const SocketPtr keep = link.socket;
      links_.erase(at);
      keep->Close();
      return;
    }
    link.worker = true;
    Say(link, Line(known_), true, known_);
  }
}

void SimRegister::OnWritable(Socket& socket) {
  const auto at = links_.find(socket.facts().id);
  if (at == links_.end()) return;
  Link& link = at->second;
  link.out.erase(0, link.socket->Write(link.out));
  if (!link.out.empty()) link.socket->WaitWritable();
}

void SimRegister::OnClosed(Socket& socket, bool, const std::string&) {
  const auto at = links_.find(socket.facts().id);
  if (at == links_.end()) return;
  const SocketPtr keep = at->second.socket;
  links_.erase(at);
  keep->Close();
}

}  // namespace gatewayd::simulation
