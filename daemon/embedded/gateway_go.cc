// What a Go Gateway does otherwise than PHP's: json.Unmarshal into typed structs where PHP looks into arrays,
// whom a send reaches where that fails, and which worker gets an event.
#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <utility>

#include "boost/json/value.hpp"
#include "embedded/gateway_state.h"
#include "embedded/gateway_state_internal.h"
#include "embedded/php_values.h"

namespace gatewayd::embedded {
namespace json = boost::json;
namespace {

std::string_view View(const json::string& text) {
  return {text.data(), text.size()};
}

// A number that a uint32 takes.
std::optional<std::uint32_t> Id(const json::value& value) {
  boost::system::error_code error;
  const auto id = value.to_number<std::uint32_t>(error);
  const bool is_whole = value.is_int64() || value.is_uint64();
  return error || !is_whole ? std::nullopt : std::optional<std::uint32_t>(id);
}

// []uint32; nullopt where it cannot be one.
std::optional<std::vector<std::uint32_t>> Ids(const json::value* value) {
  std::vector<std::uint32_t> ids;
  if (value == nullptr || value->is_null()) return ids;
  const json::array* list = value->if_array();
  if (list == nullptr) return std::nullopt;
  for (const json::value& item : *list) {
    const std::optional<std::uint32_t> id = Id(item);
    if (!id) return std::nullopt;
    ids.push_back(*id);
  }
  return ids;
}

// The keys of a map[uint32]uint32; nullopt where it cannot be one.
std::optional<std::set<std::uint32_t>> IdKeys(const json::value* value) {
  std::set<std::uint32_t> ids;
  if (value == nullptr || value->is_null()) return ids;
  const json::object* map = value->if_object();
  if (map == nullptr) return std::nullopt;
  for (const auto& item : *map) {
    const std::string_view key(item.key().data(), item.key().size());
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || !Id(item.value())) return std::nullopt;
    ids.insert(id);
  }
  return ids;
}

// []string of which the errors are ignored: what is no string stays "". Nothing where it is no list.
std::vector<std::string> Texts(const json::value* value) {
  std::vector<std::string> texts;
  const json::array* list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return texts;
  for (const json::value& item : *list)
    texts.emplace_back(item.is_string() ? View(item.get_string()) : std::string_view());
  return texts;
}

}  // namespace

// Whatever cannot be read goes to everybody, and so does an empty list. `connections` beats `exclude`.
void GatewayState::GoSendToAll(Call& call) {
  const json::value ext = php::DecodeJson(call.frame.ext);
  const auto connections = Ids(php::Member(ext, "connections"));
  const auto exclude = IdKeys(php::Member(ext, "exclude"));
  const bool sound = connections && exclude;
  std::vector<std::uint32_t> to;
  if (sound && !connections->empty()) {
    std::copy_if(connections->begin(), connections->end(), std::back_inserter(to),
                 [&](std::uint32_t id) { return FindClient(id) != nullptr; });
  } else {
    for (const auto& [id, client] : clients_) {
      if (!sound || !exclude->contains(id)) to.push_back(id);
    }
  }
  EmitSend(call, std::move(to));
}

// A client that is in two of the groups, or whose uid is named twice, gets the message twice.
void GatewayState::GoSendToNames(Call& call, bool groups) {
  const json::value ext = php::DecodeJson(call.frame.ext);
  const auto exclude = IdKeys(groups ? php::Member(ext, "exclude") : nullptr);
  if (!exclude) return;
  std::vector<std::uint32_t> to;
  for (const std::string& name : Texts(groups ? php::Member(ext, "group") : &ext)) {
    const Members* members = (groups ? groups_ : uids_).Find(name);
    if (members == nullptr) continue;
    for (const auto& [id, client] : *members) {
      if (!exclude->contains(id)) to.push_back(id);
    }
  }
  EmitSend(call, std::move(to));
}

void GatewayState::GoUpdateSession(Call& call) {
  Client* client = FindClient(call.frame.connection_id);
  if (client == nullptr) return;
  if (!client->session.empty() && !options_.dialect->IsSession(client->session)) {
    return Crash(call, "the stored session not a JSON object");
  }
  std::optional<std::string> merged = options_.dialect->MergeSessions(client->session, call.frame.ext);
  if (!merged) {
    ++counters_.bad_sessions;
    return;
  }
  client->session = *std::move(merged);
}

void GatewayState::GoBatchClientIdsByUid(Call& call) {
  const json::value uids = php::DecodeJson(call.frame.ext);
  std::vector<std::pair<std::string, std::vector<std::uint32_t>>> ids_by_uid;
  for (std::string& uid : Texts(&uids)) {
    std::vector<std::uint32_t> ids;
    if (const Members* members = uids_.Find(uid)) {
      for (const auto& [id, client] : *members)
        ids.push_back(id);
    }
    ids_by_uid.emplace_back(std::move(uid), std::move(ids));
  }
  call.Answer(options_.dialect->IdsByUid(ids_by_uid));
}

void GatewayState::GoBatchCountByGroup(Call& call) {
  const json::value groups = php::DecodeJson(call.frame.ext);
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (std::string& group : Texts(&groups)) {
    const Members* members = groups_.Find(group);
    counts.emplace_back(std::move(group), members == nullptr ? 0 : members->size());
  }
  call.Answer(options_.dialect->Counts(counts));
}

// No `where`, or nothing in it, is everyone; an unknown key is nobody; several keys are a union.
void GatewayState::GoSelect(Call& call) {
  const json::value ext = php::DecodeJson(call.frame.ext);
  const json::value* where = php::Member(ext, "where");
  const json::object* conditions = where == nullptr ? nullptr : where->if_object();
  std::map<std::uint32_t, const Client*> chosen;
  if (conditions == nullptr || conditions->empty()) {
    for (const auto& [id, client] : clients_)
      chosen[id] = client.get();
  } else {
    if (const json::value* items = conditions->if_contains("connection_id");
        items != nullptr && items->is_array()) {
      for (const json::value& item : items->get_array()) {
        const std::optional<std::uint32_t> id = Id(item);
        if (const Client* client = id ? FindClient(*id) : nullptr) chosen[*id] = client;
      }
    }
    for (const char* key : {"groups", "uid"}) {
      for (const std::string& name : Texts(conditions->if_contains(key))) {
        const Members* members = (std::string_view(key) == "uid" ? uids_ : groups_).Find(name);
        if (members == nullptr) continue;
        for (const auto& [id, client] : *members)
          chosen[id] = client;
      }
    }
  }

  std::vector<const Client*> clients;
  clients.reserve(chosen.size());
  for (const auto& [id, client] : chosen)
    clients.push_back(client);
  std::vector<std::string> fields = Texts(php::Member(ext, "fields"));
  std::erase_if(
      fields, [](const std::string& name) { return name != "uid" && name != "groups" && name != "session"; });
  AnswerSelected(call, clients, fields);
}

// A client is bound when it connects and never again: without its worker, each event is whoever's turn it is.
std::optional<std::string> GatewayState::GoRoute(Client& client, bool connects) {
  if (connects) {
    const auto least = LeastLoaded();
    ++least->second;
    client.worker = least->first;
    return client.worker;
  }
  const std::size_t turn = next_worker_++ % workers_.size();
  return std::next(workers_.begin(), static_cast<std::ptrdiff_t>(turn))->first;
}

void GatewayState::NoteWriter(Call& call, const std::vector<std::uint32_t>& clients) {
  if (!go()) return;
  for (const std::uint32_t id : clients) {
    Client* client = FindClient(id);
    const LinkId last = std::exchange(client->writer, call.id);
    if (last == 0 || last == call.id || !links_.contains(last)) continue;
    if (options_.has_ended == nullptr || !options_.has_ended(last)) ++counters_.concurrent_writers;
  }
}

}  // namespace gatewayd::embedded
