// What each query answers.
#include <utility>

#include "embedded/gateway_state.h"
#include "embedded/gateway_state_internal.h"
#include "embedded/php_values.h"

namespace gatewayd::embedded {
namespace json = boost::json;
namespace {

template <typename Members>
std::vector<std::uint32_t> Ids(const Members* members) {
  std::vector<std::uint32_t> ids;
  if (members == nullptr) return ids;
  ids.reserve(members->size());
  for (const auto& [id, client] : *members)
    ids.push_back(id);
  return ids;
}

// foreach over a decoded list or object; `visit(key, item)` returns false to stop. True where all were
// visited. What is neither is passed over with a warning in PHP.
template <typename Visit>
bool ForEach(const json::value* value, Visit visit) {
  if (value == nullptr) return true;
  if (const json::array* list = value->if_array()) {
    for (const json::value& item : *list) {
      if (!visit(std::string_view(), item)) return false;
    }
  } else if (const json::object* object = value->if_object()) {
    for (const auto& item : *object) {
      if (!visit(std::string_view(item.key().data(), item.key().size()), item.value())) return false;
    }
  }
  return true;
}

}  // namespace

bool GatewayState::DispatchQuery(Call& call) {
  using wire::Command;
  switch (call.frame.command) {
    case Command::kGetAllClientSessions:
      GetSessions(call, false);
      break;
    case Command::kGetClientSessionsByGroup:
      GetSessions(call, true);
      break;
    case Command::kIsOnline:
      call.Answer(options_.dialect->Count(FindClient(call.frame.connection_id) != nullptr ? 1 : 0));
      break;
    case Command::kGetClientIdByUid:
      ClientIdsByUid(call);
      break;
    case Command::kBatchGetClientIdByUid:
      go() ? GoBatchClientIdsByUid(call) : BatchClientIdsByUid(call);
      break;
    case Command::kGetClientCountByGroup:
      Count(call);
      break;
    case Command::kBatchGetClientCountByGroup:
      go() ? GoBatchCountByGroup(call) : BatchCountByGroup(call);
      break;
    case Command::kGetGroupIdList:
      GroupIdList(call);
      break;
    case Command::kGetSessionByClientId:
      GetSession(call);
      break;
    case Command::kSelect:
      go() ? GoSelect(call) : Select(call);
      break;
    default:
      return false;
  }
  return true;
}

void GatewayState::GetSession(Call& call) {
  const Client* client = FindClient(call.frame.connection_id);
  call.Answer(options_.dialect->Session(
      client == nullptr ? std::nullopt : std::optional<std::string_view>(client->session)));
}

void GatewayState::GetSessions(Call& call, bool group) {
  std::vector<std::pair<std::uint32_t, std::string_view>> sessions;
  if (group) {
    if (const Members* members = groups_.Find(call.frame.ext)) {
      for (const auto& [id, client] : *members)
        sessions.emplace_back(id, client->session);
    }
  } else {
    for (const auto& [id, client] : clients_)
      sessions.emplace_back(id, client->session);
  }
  call.Answer(options_.dialect->Sessions(sessions));
}

void GatewayState::Count(Call& call) {
  std::size_t count = clients_.size();
  if (!call.frame.ext.empty()) {
    const Members* members = groups_.Find(call.frame.ext);
    count = members == nullptr ? 0 : members->size();
  }
  call.Answer(options_.dialect->Count(count));
}

void GatewayState::ClientIdsByUid(Call& call) {
  call.Answer(options_.dialect->Ids(Ids(uids_.Find(call.frame.ext))));
}

void GatewayState::BatchClientIdsByUid(Call& call) {
  const json::value uids = php::DecodeJson(call.frame.ext);
  OrderedMap<std::string, bool> asked;
  bool sound = ForEach(&uids, [&](std::string_view, const json::value& item) {
    std::optional<std::string> uid = php::ArrayKey(item);
    if (uid) asked[*uid] = true;
    return uid.has_value();
  });
  if (!sound) return Crash(call, "a nested list among its uids");
  std::vector<std::pair<std::string, std::vector<std::uint32_t>>> ids_by_uid;
  for (const auto& [uid, unused] : asked)
    ids_by_uid.emplace_back(uid, Ids(uids_.Find(uid)));
  call.Answer(options_.dialect->IdsByUid(ids_by_uid));
}

void GatewayState::BatchCountByGroup(Call& call) {
  const json::value groups = php::DecodeJson(call.frame.ext);
  OrderedMap<std::string, bool> asked;
  bool sound = ForEach(&groups, [&](std::string_view, const json::value& item) {
    std::optional<std::string> group = php::ArrayKey(item);
    if (group) asked[*group] = true;
    return group.has_value();
  });
  if (!sound) return Crash(call, "a nested list among its groups");
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (const auto& [group, unused] : asked) {
    const Members* members = groups_.Find(group);
    counts.emplace_back(group, members == nullptr ? 0 : members->size());
  }
  call.Answer(options_.dialect->Counts(counts));
}

void GatewayState::GroupIdList(Call& call) {
  std::vector<std::string_view> names;
  names.reserve(groups_.size());
  for (const auto& [group, members] : groups_)
    names.push_back(group);
  call.Answer(options_.dialect->Names(names));
}

void GatewayState::Select(Call& call) {
  const json::value ext = php::DecodeJson(call.frame.ext);
  if (!php::IsTrue(ext)) return call.Answer(options_.dialect->Selected({}));
  if (ext.is_string()) return Crash(call, "an ext that is a JSON string");

  // Another field would read a member of PHP's connection object and send it, or fail to.
  OrderedMap<std::string, bool> fields;
  bool sound = ForEach(php::Member(ext, "fields"), [&](std::string_view, const json::value& item) {
    if (item != "uid" && item != "groups" && item != "session") return false;
    fields[std::string(item.get_string())] = true;
    return true;
  });
  if (!sound) return Crash(call, "a field that is none of uid, groups and session");

  OrderedMap<std::uint32_t, const Client*> chosen;
  const json::value* where = php::Member(ext, "where");
  if (where == nullptr || !php::IsTrue(*where)) {
    if (!fields.empty()) {
      for (const auto& [id, client] : clients_)
        chosen[id] = client.get();
    }
  } else {
    sound = ForEach(where, [&](std::string_view key, const json::value& items) {
      if (key != "connection_id" && key != "groups" && key != "uid") return true;
      return ForEach(&items, [&](std::string_view, const json::value& item) {
        std::optional<std::string> name = php::ArrayKey(item);
        if (!name) return false;
        if (key == "connection_id") {
          if (const Client* client = FindClient(*name)) chosen[client->id] = client;
        } else if (const Members* members = (key == "uid" ? uids_ : groups_).Find(*name)) {
          for (const auto& [id, client] : *members)
            chosen[id] = client;
        }
        return true;
      });
    });
    if (!sound) return Crash(call, "a nested list in its where");
  }

  std::vector<const Client*> clients;
  for (const auto& [id, client] : chosen)
    clients.push_back(client);
  std::vector<std::string> names;
  for (const auto& [name, unused] : fields)
    names.push_back(name);
  AnswerSelected(call, clients, names);
}

void GatewayState::AnswerSelected(Call& call, const std::vector<const Client*>& clients,
                                  const std::vector<std::string>& fields) {
  std::vector<SelectedRow> rows;
  rows.reserve(clients.size());
  for (const Client* client : clients) {
    SelectedRow& row = rows.emplace_back();
    row.connection_id = client->id;
    for (const std::string& name : fields) {
      SelectedField& field = row.fields.emplace_back();
      field.name = name;
      if (name == "session") field.text = client->session;
      if (name == "uid" && client->uid) field.text = *client->uid;
      if (name == "groups" && client->groups) {
        field.groups.emplace();
        for (const auto& [group, member] : *client->groups)
          field.groups->push_back(group);
      }
    }
  }
  call.Answer(options_.dialect->Selected(rows));
}

}  // namespace gatewayd::embedded
