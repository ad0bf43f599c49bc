#include "embedded/gateway_state.h"

#include <glog/logging.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "embedded/gateway_state_internal.h"
#include "embedded/php_values.h"

namespace gatewayd::embedded {

GatewayState::GatewayState(Options options) : options_(std::move(options)) {}
GatewayState::~GatewayState() = default;

void GatewayState::AddLink(LinkId link, std::string remote_ip) {
  auto added = std::make_unique<Link>();
  added->remote_ip = std::move(remote_ip);
  added->authorized = options_.secret.empty();
  links_[link] = std::move(added);
}

void GatewayState::RemoveLink(LinkId link, bool late) {
  auto found = links_.find(link);
  if (found == links_.end()) return;
  // The clean-up removes whatever holds the key. Where PHP's close was immediate, that was before the new
  // link took it; Go's comes after.
  if (found->second->key && (go() || late || !found->second->superseded)) {
    workers_.Erase(*found->second->key);
    load_.Erase(*found->second->key);
  }
  links_.erase(found);
}

Actions GatewayState::Execute(LinkId link, const wire::Frame& frame) {
  Actions actions;
  auto found = links_.find(link);
  if (found == links_.end() || found->second->closing) return actions;
  Call call{link, *found->second, frame, actions, go()};
  const bool hello =
      frame.command == wire::Command::kWorkerConnect || frame.command == wire::Command::kGatewayClientConnect;
  if (!call.link.authorized && !hello) {
    ++counters_.unauthorized;
    call.link.closing = true;
    actions.push_back(CloseLink{link, "a command before the secret was given"});
    return actions;
  }
  Dispatch(call);
  return actions;
}

Actions GatewayState::PingWorkers() {
  Actions actions;
  for (const auto& [key, link] : workers_)
    actions.push_back(SendEvent{link, wire::Frame{.flag = go() ? std::uint8_t{0} : wire::kFlagScalarBody}});
  return actions;
}

void GatewayState::Hello(Call& call, bool worker) {
  boost::json::value info;
  if (call.scalar()) {
    info = php::DecodeJson(call.frame.body);
  } else if (std::optional<wire::Value> body = options_.dialect->Body(call.frame.body)) {
    if (std::holds_alternative<wire::Array>(body->data)) return Crash(call, "a hello whose body is an array");
    if (auto* text = std::get_if<std::string>(&body->data)) info = php::DecodeJson(*text);
  }
  if (info.is_string() && !go()) return Crash(call, "a hello that is a JSON string");
  const boost::json::value* secret = php::Member(info, "secret_key");
  if (secret == nullptr || !secret->is_string() ||
      std::string_view(secret->get_string().data(), secret->get_string().size()) != options_.secret) {
    ++counters_.wrong_secrets;
    call.link.closing = true;
    call.actions.push_back(CloseLink{call.id, "a wrong secret"});
    return;
  }
  call.link.authorized = true;
  if (!worker) return;
  const boost::json::value* key = php::Member(info, "worker_key");
  std::optional<std::string> text = key == nullptr ? std::string() : php::ArrayKey(*key);
  TakeKey(call, absl::StrCat(call.link.remote_ip, ":", text.value_or("Array")));
}

void GatewayState::TakeKey(Call& call, std::string key) {
  if (const LinkId* old = workers_.Find(key)) {
    ++counters_.key_conflicts;
    // PHP closes it after what it has pending was written: with a fresh link on its key, a worker leaves
    // without loss. Go closes it at once.
    if (auto found = links_.find(*old); found != links_.end()) {
      found->second->closing = true;
      found->second->superseded = true;
      constexpr const char* kWhy = "another WORKER_CONNECT with its key";
      go() ? call.actions.emplace_back(DropLink{*old, kWhy})
           : call.actions.emplace_back(CloseLink{*old, kWhy});
    }
  }
  workers_[key] = call.id;
  load_[key] = 0;
  call.link.key = std::move(key);
}

std::uint32_t GatewayState::AddClient(const ClientInfo& info, Actions& actions) {
  do {
    ++last_connection_id_;  // 0 after 2^32-1: never a client's
  } while (last_connection_id_ == 0 || clients_.contains(last_connection_id_));
  auto client = std::make_unique<Client>();
  client->id = last_connection_id_;
  client->info = info;
  Client& added = *(clients_[client->id] = std::move(client));
  if (!go() || info.protocol != ClientProtocol::kWebSocket) {
    Event(added, wire::Command::kOnConnect, {}, wire::kFlagScalarBody, actions);
  }
  return added.id;
}

Actions GatewayState::ClientHandshake(std::uint32_t client, const wire::Value& request) {
  Actions actions;
  if (Client* found = FindClient(client)) {
    scratch_ = options_.dialect->Handshake(request);
    const std::uint8_t flag = go() ? wire::kFlagScalarBody : 0;
    Event(*found, wire::Command::kOnWebSocketConnect, scratch_, flag, actions);
  }
  return actions;
}

Actions GatewayState::ClientMessage(std::uint32_t client, std::string_view message) {
  Actions actions;
  if (Client* found = FindClient(client)) {
    Event(*found, wire::Command::kOnMessage, message, wire::kFlagScalarBody, actions);
  }
  return actions;
}

Actions GatewayState::RemoveClient(std::uint32_t id) {
  Actions actions;
  auto found = clients_.find(id);
  if (found == clients_.end()) return actions;
  removed_ = std::move(found->second);
  Client& client = *removed_;
  Event(client, wire::Command::kOnClose, {}, wire::kFlagScalarBody, actions);
  if (client.worker) {
    if (std::int64_t* load = load_.Find(*client.worker); load != nullptr && *load > 0) --*load;
  }
  clients_.erase(found);
  UnbindUid(client);
  if (client.groups) {
    for (const auto& [group, unused] : *client.groups)
      RemoveMember(groups_, group, id);
  }
  // Its close was its end already.
  std::erase_if(actions, [](const Action& action) { return std::holds_alternative<DestroyClient>(action); });
  return actions;
}

std::vector<ClientSnapshot> GatewayState::Snapshot() const {
  std::vector<ClientSnapshot> out;
  out.reserve(clients_.size());
  for (const auto& [id, client] : clients_) {
    ClientSnapshot& row = out.emplace_back();
    row.id = {options_.address, id};
    row.protocol = client->info.protocol;
    row.uid = client->uid;
    if (client->groups) {
      for (const auto& [group, unused] : *client->groups)
        row.groups.push_back(group);
    }
    row.session = client->session;
  }
  return out;
}

void GatewayState::Event(Client& client, wire::Command command, std::string_view body, std::uint8_t flag,
                         Actions& actions) {
  const bool connects = command == wire::Command::kOnConnect || command == wire::Command::kOnWebSocketConnect;
  const std::optional<std::string> key = Route(client, connects);
  if (!key) {
    ++counters_.events_without_worker;
    if (options_.close_clients_without_worker && !go()) actions.push_back(DestroyClient{client.id});
    return;
  }
  wire::Frame frame;
  frame.command = command;
  frame.local_ip = options_.address.ip;
  frame.local_port = options_.address.port;
  frame.client_ip = client.info.ip;
  frame.client_port = client.info.port;
  frame.connection_id = client.id;
  frame.flag = flag;
  frame.gateway_port = go() ? 0 : client.info.gateway_port;
  frame.ext = client.session;
  frame.body = body;
  actions.push_back(SendEvent{*workers_.Find(*key), frame});
}

// The worker a client is bound to while that has a link; else the one with the fewest clients, the first of
// equals.
std::optional<std::string> GatewayState::Route(Client& client, bool connects) {
  if (workers_.empty()) return std::nullopt;
  if (client.worker && workers_.Contains(*client.worker)) return client.worker;
  if (go()) return GoRoute(client, connects);
  const auto least = LeastLoaded();
  ++least->second;
  client.worker = least->first;
  return client.worker;
}

OrderedMap<std::string, std::int64_t>::iterator GatewayState::LeastLoaded() {
  auto least = load_.begin();
  for (auto at = load_.begin(); at != load_.end(); ++at) {
    if (at->second < least->second) least = at;
  }
  return least;
}

GatewayState::Client* GatewayState::FindClient(std::uint32_t id) {
  auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : found->second.get();
}

void GatewayState::RemoveMember(Index& index, const std::string& name, std::uint32_t client) {
  Members* members = index.Find(name);
  if (members == nullptr) return;
  members->Erase(client);
  if (members->empty()) index.Erase(name);
}

void GatewayState::Crash(Call& call, std::string_view why) {
  ++counters_.would_have_crashed;
  call.link.closing = true;
  LOG(ERROR) << "embedded Gateway " << wire::ToString(options_.address) << ": a caller at "
             << call.link.remote_ip << " sent " << wire::CommandName(call.frame.command) << " with " << why
             << ". A " << (go() ? "Go" : "PHP")
             << " Gateway would have stopped with all its clients; this one drops the caller's link";
  call.actions.clear();
  call.actions.push_back(DropLink{call.id, std::string(why)});
}

}  // namespace gatewayd::embedded
