#include "simulation/sim_register.h"

#include <utility>

namespace gatewayd::simulation {

SimRegister::SimRegister(Sim& sim, Network& network, Model& model, const Dialect& dialect, GoLists lists,
                         int index, std::string address, std::string secret)
    : sim_(sim),
      network_(network),
      model_(model),
      dialect_(dialect),
      lists_(lists),
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
  const std::vector<std::string> list(gateways.begin(), gateways.end());
  return Encode(dialect_.go() ? GoJson(list) : wire::BroadcastAddressesJson(list));
}

// Where there are two lists, the one that is not dialled is one of addresses at which nobody is.
std::string SimRegister::GoJson(const std::vector<std::string>& gateways) const {
  if (lists_ == GoLists::kOne || gateways.empty()) return wire::GoBroadcastAddressesJson(gateways, {});
  if (lists_ == GoLists::kSdk) return wire::GoBroadcastAddressesJson({"127.0.0.1:2900"}, gateways);
  return wire::GoBroadcastAddressesJson(gateways, {"192.168.0.1:2900", "192.168.0.2:2900"});
}

std::string SimRegister::Encode(const std::string& json) const {
  return dialect_.wire().EncodeRegisterLine(json, secret_);
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
// Go's lists are in no order.
void SimRegister::SayOddly() {
  if (dialect_.go()) {
    std::vector<std::string> list(known_.begin(), known_.end());
    for (std::size_t i = 1; i < list.size(); ++i)
      std::swap(list[i], list[sim_.random.Below(i + 1)]);
    if (!list.empty() && sim_.random.Chance(300)) list.push_back(list.front());
    return SayToAll(Encode(GoJson(list)), true, known_);
  }
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
  static const char* const kGoRubbish[] = {
      "{\"event\":\"broadcast_addresses\",\"sdk_addresses\":[\"10.0.0.1:2900\",7]}",
      "{\"event\":\"broadcast_addresses\",\"addresses\":[\"nonsense\"]}",
      "{\"event\":\"broadcast_addresses\"",
  };
  std::string line = sim_.random.Pick(kRubbish);  // in clear: in go all of them are
  if (dialect_.go() && sim_.random.Chance(700)) line = Encode(sim_.random.Pick(kGoRubbish));
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
    const auto json = dialect_.wire().DecodeRegisterLine(std::string_view(link.in).substr(0, end), secret_);
    const auto message =
        json.ok() ? wire::ParseRegisterJson(*json) : absl::StatusOr<wire::RegisterMessage>(json.status());
    link.in.erase(0, end + 1);
    if (!message.ok()) {
      sim_.Broken(8, "a Register was sent a line that it cannot read");
      return;
    }
    if (message->event == "ping") continue;
    if (dialect_.go() && link.worker) {
      Hear(link, *message);
      continue;
    }
    if (message->event != "worker_connect" || message->secret_key != secret_) {
      const SocketPtr keep = link.socket;
      links_.erase(at);
      keep->Close();
      return;
    }
    link.worker = true;
    link.name = message->name;
    Say(link, Line(known_), true, known_);
  }
}

// What its dashboard shows.
void SimRegister::Hear(Link& link, const wire::RegisterMessage& message) {
  if (message.event != "worker_stats" || message.name.empty() || message.name != link.name ||
      message.processed_count < link.processed) {
    return sim_.Broken(8, "a Register's dashboard was told what cannot be");
  }
  link.processed = message.processed_count;
  ++stats_;
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
