// What each command does to the clients. Queries are in gateway_queries.cc.
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "embedded/gateway_state.h"
#include "embedded/gateway_state_internal.h"
#include "embedded/php_values.h"

namespace gatewayd::embedded {
namespace json = boost::json;

void GatewayState::Dispatch(Call& call) {
  using wire::Command;
  Client* client = FindClient(call.frame.connection_id);
  switch (call.frame.command) {
    case Command::kWorkerConnect:
      return Hello(call, true);
    case Command::kGatewayClientConnect:
      return Hello(call, false);
    case Command::kSendToOne:
      return SendToOne(call);
    case Command::kSendToAll:
      return go() ? GoSendToAll(call) : SendToAll(call);
    case Command::kSendToUid:
      return go() ? GoSendToNames(call, false) : SendToNames(call, false);
    case Command::kSendToGroup:
      return go() ? GoSendToNames(call, true) : SendToNames(call, true);
    case Command::kKick:
      return Kick(call);
    case Command::kDestroy:
      if (client != nullptr) call.actions.push_back(DestroyClient{client->id});
      return;
    case Command::kSetSession:
      return SetSession(call);
    case Command::kUpdateSession:
      return go() ? GoUpdateSession(call) : UpdateSession(call);
    case Command::kBindUid:
      return BindUid(call);
    case Command::kUnbindUid:  // whatever uid it names
      if (client != nullptr) UnbindUid(*client);
      return;
    case Command::kJoinGroup:
      return JoinGroup(call);
    case Command::kLeaveGroup:
      return LeaveGroup(call);
    case Command::kUngroup:
      return Ungroup(call);
    default:
      break;
  }
  if (!DispatchQuery(call)) ++counters_.unknown_commands;
}

std::optional<std::string_view> GatewayState::Body(Call& call, bool all_websocket) {
  if (call.scalar()) return call.frame.body;
  std::optional<wire::Value> value = options_.dialect->Body(call.frame.body);
  if (value && std::holds_alternative<std::string>(value->data)) {
    scratch_ = std::get<std::string>(std::move(value->data));
    return scratch_;
  }
  // Only the WebSocket protocol of the original takes more than strings: null and arrays become JSON text.
  const bool encodes = value && (std::holds_alternative<std::monostate>(value->data) ||
                                 std::holds_alternative<wire::Array>(value->data));
  std::optional<std::string> text;
  if (encodes && all_websocket && !call.raw()) text = php::EncodeJson(*value);
  if (!text) {
    Crash(call, "a message that is not a string");
    return std::nullopt;
  }
  scratch_ = *std::move(text);
  return scratch_;
}

void GatewayState::EmitSend(Call& call, std::vector<std::uint32_t> clients) {
  if (clients.empty()) return;
  bool all_websocket = true;
  if (!call.scalar()) {
    for (std::uint32_t id : clients) {
      if (FindClient(id)->info.protocol != ClientProtocol::kWebSocket) all_websocket = false;
    }
  }
  std::optional<std::string_view> body = Body(call, all_websocket);
  NoteWriter(call, clients);
  if (body) call.actions.push_back(SendToClients{std::move(clients), *body, call.raw()});
}

GatewayState::Client* GatewayState::FindClient(const std::string& array_key) {
  std::uint32_t id = 0;
  if (!absl::SimpleAtoi(array_key, &id) || absl::StrCat(id) != array_key) return nullptr;
  return FindClient(id);
}

void GatewayState::SendToOne(Call& call) {
  if (FindClient(call.frame.connection_id) != nullptr) EmitSend(call, {call.frame.connection_id});
}

void GatewayState::SendToAll(Call& call) {
  std::vector<std::uint32_t> to;
  const json::value ext = php::IsEmpty(call.frame.ext) ? json::value() : php::DecodeJson(call.frame.ext);
  const json::value* connections = php::Member(ext, "connections");
  if (connections != nullptr && !connections->is_null()) {
    auto add = [&](const json::value& item) {
      std::optional<std::string> key = php::ArrayKey(item);
      if (!key) return false;
      if (Client* client = FindClient(*key)) to.push_back(client->id);
      return true;
    };
    bool sound = true;
    if (const json::array* list = connections->if_array()) {
      for (const json::value& item : *list)
        sound = sound && add(item);
    } else if (const json::object* object = connections->if_object()) {
      for (const auto& item : *object)
        sound = sound && add(item.value());
    }
    if (!sound) return Crash(call, "a nested list among its connections");
  } else {
    const json::value* exclude = php::Member(ext, "exclude");
    for (const auto& [id, client] : clients_) {
      if (exclude == nullptr || !php::IsSetAt(*exclude, id)) to.push_back(id);
    }
  }
  EmitSend(call, std::move(to));
}

// SEND_TO_UID: ext is the list. SEND_TO_GROUP: ext.group is, and ext.exclude may leave some out. A client
// that is in two of the groups, or whose uid is named twice, gets the message twice.
void GatewayState::SendToNames(Call& call, bool groups) {
  const json::value ext = php::DecodeJson(call.frame.ext);
  if (groups && ext.is_string()) return Crash(call, "an ext that is a JSON string");
  const json::value* names = groups ? php::Member(ext, "group") : &ext;
  const json::value* exclude = groups ? php::Member(ext, "exclude") : nullptr;
  std::vector<std::uint32_t> to;
  auto add = [&](const json::value& item) {
    std::optional<std::string> name = php::ArrayKey(item);
    if (!name) return false;
    const Members* members = (groups ? groups_ : uids_).Find(*name);
    if (members == nullptr) return true;
    for (const auto& [id, client] : *members) {
      if (exclude == nullptr || !php::IsSetAt(*exclude, id)) to.push_back(id);
    }
    return true;
  };
  bool sound = true;
  if (const json::array* list = names == nullptr ? nullptr : names->if_array()) {
    for (const json::value& item : *list)
      sound = sound && add(item);
  } else if (const json::object* object = names == nullptr ? nullptr : names->if_object()) {
    for (const auto& item : *object)
      sound = sound && add(item.value());
  }
  if (!sound) return Crash(call, "a nested list among its names");
  EmitSend(call, std::move(to));
}

void GatewayState::Kick(Call& call) {
  Client* client = FindClient(call.frame.connection_id);
  if (client == nullptr) return;
  if (go() && call.frame.body.empty()) {
    call.actions.push_back(CloseClient{client->id, std::nullopt});
    return;
  }
  if (!call.scalar()) {
    std::optional<wire::Value> value = options_.dialect->Body(call.frame.body);
    if (value && std::holds_alternative<std::monostate>(value->data)) {
      call.actions.push_back(CloseClient{client->id, std::nullopt});
      return;
    }
  }
  std::optional<std::string_view> body = Body(call, client->info.protocol == ClientProtocol::kWebSocket);
  NoteWriter(call, {client->id});
  if (body) call.actions.push_back(CloseClient{client->id, *body});
}

void GatewayState::SetSession(Call& call) {
  Client* client = FindClient(call.frame.connection_id);
  if (client == nullptr) return;
  if (!call.frame.ext.empty() && !options_.dialect->IsSession(call.frame.ext)) ++counters_.bad_sessions;
  client->session = std::string(call.frame.ext);
}

void GatewayState::UpdateSession(Call& call) {
  Client* client = FindClient(call.frame.connection_id);
  if (client == nullptr) return;
  if (php::IsEmpty(client->session)) return SetSession(call);  // unchecked, as PHP does
  std::optional<std::string> merged = options_.dialect->MergeSessions(client->session, call.frame.ext);
  if (!merged) return Crash(call, "a session that cannot be merged: one of the two is no array");
  client->session = *std::move(merged);
}

bool GatewayState::IsIgnoredName(std::string_view name) {
  if (go() ? !name.empty() : !php::IsEmpty(name)) return false;
  ++counters_.ignored_names;
  return true;
}

void GatewayState::BindUid(Call& call) {
  if (IsIgnoredName(call.frame.ext)) return;
  Client* client = FindClient(call.frame.connection_id);
  if (client == nullptr) return;
  UnbindUid(*client);
  client->uid = std::string(call.frame.ext);
  uids_[*client->uid][client->id] = client;
}

void GatewayState::UnbindUid(Client& client) {
  if (!client.uid) return;
  RemoveMember(uids_, *client.uid, client.id);
  client.uid.reset();
}

void GatewayState::JoinGroup(Call& call) {
  if (IsIgnoredName(call.frame.ext)) return;
  Client* client = FindClient(call.frame.connection_id);
  if (client == nullptr) return;
  const std::string group(call.frame.ext);
  if (!client->groups) client->groups.emplace();
  (*client->groups)[group] = true;
  groups_[group][client->id] = client;
}

void GatewayState::LeaveGroup(Call& call) {
  if (IsIgnoredName(call.frame.ext)) return;
  Client* client = FindClient(call.frame.connection_id);
  if (client == nullptr || !client->groups) return;
  const std::string group(call.frame.ext);
  if (client->groups->Erase(group)) RemoveMember(groups_, group, client->id);
}

void GatewayState::Ungroup(Call& call) {
  if (IsIgnoredName(call.frame.ext)) return;
  Members* members = groups_.Find(call.frame.ext);
  if (members == nullptr) return;
  for (const auto& [id, client] : *members)
    client->groups->Erase(call.frame.ext);
  groups_.Erase(call.frame.ext);
}

}  // namespace gatewayd::embedded
