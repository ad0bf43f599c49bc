#include "unit/wire/php_answers_merge.h"

#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "wire/dialect.h"

namespace gatewayd::wire {
namespace {

namespace json = boost::json;
using Answers = std::vector<MergedAnswer>;

// Reads an answer that must be sound.
template <typename Result>
Result Sound(absl::StatusOr<Result> result) {
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : Result();
}

// The length of the UTF-8 sequence at the start of `text`, or 0 where there is none.
std::size_t SequenceLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

// As the recording does: bytes that are not UTF-8 are replaced.
std::string Readable(std::string_view text) {
  std::string readable;
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    absl::StrAppend(&readable, length == 0 ? "\xef\xbf\xbd" : std::string(text.substr(0, length)));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return readable;
}

json::value ToJson(const Value& value);

json::value ToJson(const Array& array) {
  if (array.is_list) {
    json::array list;
    for (const auto& [key, entry] : array.entries)
      list.push_back(ToJson(entry));
    return list;
  }
  json::object map;
  for (const auto& [key, entry] : array.entries) {
    const auto* number = std::get_if<std::int64_t>(&key);
    map[number != nullptr ? absl::StrCat(*number) : Readable(std::get<std::string>(key))] = ToJson(entry);
  }
  return map;
}

json::value ToJson(const Value& value) {
  struct Visitor {
    json::value operator()(std::monostate) const { return nullptr; }
    json::value operator()(bool truth) const { return truth; }
    json::value operator()(std::int64_t number) const { return number; }
    json::value operator()(double number) const { return number; }
    json::value operator()(const std::string& text) const { return json::value(Readable(text)); }
    json::value operator()(const Array& array) const { return ToJson(array); }
    json::value operator()(const Opaque&) const { return "opaque"; }
  };
  return std::visit(Visitor{}, value.data);
}

json::value SessionToJson(std::string_view stored) {
  return ToJson(Sound(PhpDialect().DecodeSessionValue(stored)));
}

std::string ClientIdOf(const MergedAnswer& answer, std::uint32_t connection_id) {
  return FormatClientId({answer.gateway, connection_id});
}

// {"a":"a"}: how PHP writes sets.
void AddToSet(const std::string& member, json::object& set) {
  set[member] = member;
}

// result[ip][inner port], the inner shape of three calls.
json::object& InnerShape(const MergedAnswer& answer, json::object& result) {
  json::value& by_port = result[absl::StrCat(answer.gateway.ip)];
  if (!by_port.is_object()) by_port.emplace_object();
  json::value& inner = by_port.as_object()[absl::StrCat(answer.gateway.port)];
  if (!inner.is_object()) inner.emplace_object();
  return inner.as_object();
}

void ForEachRow(const Answers& answers,
                const std::function<void(const MergedAnswer&, const SelectedClient&)>& visit) {
  for (const MergedAnswer& answer : answers) {
    EXPECT_EQ(answer.command, Command::kSelect);
    const absl::Status status = PhpDialect().VisitSelected(
        answer.bytes, [&](const SelectedClient& client) { visit(answer, client); });
    EXPECT_TRUE(status.ok()) << status;
  }
}

json::value SumOfCounts(const Answers& answers) {
  std::uint64_t sum = 0;
  for (const MergedAnswer& answer : answers)
    sum += Sound(PhpDialect().DecodeCount(answer.bytes));
  return sum;
}

json::value ClientIds(const Answers& answers) {
  json::array ids;
  for (const MergedAnswer& answer : answers) {
    for (const std::uint32_t id : Sound(PhpDialect().DecodeConnectionIds(answer.bytes))) {
      ids.emplace_back(ClientIdOf(answer, id));
    }
  }
  return ids;
}

json::value AnyClientId(const Answers& answers) {
  return !ClientIds(answers).as_array().empty();
}

json::value ConnectionIdsByUidByGateway(const Answers& answers) {
  json::object result;
  for (const MergedAnswer& answer : answers) {
    for (const auto& [uid, ids] : Sound(PhpDialect().DecodeConnectionIdsByUid(answer.bytes))) {
      InnerShape(answer, result)[uid] = json::array(ids.begin(), ids.end());
    }
  }
  return result;
}

json::value CountsByGroupByGateway(const Answers& answers) {
  json::object result;
  for (const MergedAnswer& answer : answers) {
    for (const auto& [group, count] : Sound(PhpDialect().DecodeCountsByGroup(answer.bytes))) {
      InnerShape(answer, result)[group] = count;
    }
  }
  return result;
}

json::value Groups(const Answers& answers) {
  json::object groups;
  for (const MergedAnswer& answer : answers) {
    for (const std::string& group : Sound(PhpDialect().DecodeGroups(answer.bytes)))
      AddToSet(group, groups);
  }
  return groups;
}

json::value OnlySession(const Answers& answers) {
  EXPECT_EQ(answers.size(), 1u);
  const auto session = Sound(PhpDialect().DecodeSession(answers.front().bytes));
  return session.has_value() ? SessionToJson(*session) : json::value(nullptr);
}

json::value SessionsByClient(const Answers& answers) {
  json::object sessions;
  for (const MergedAnswer& answer : answers) {
    const absl::Status status = PhpDialect().VisitSessions(answer.bytes, [&](const ClientSession& client) {
      sessions[ClientIdOf(answer, client.connection_id)] = SessionToJson(client.session);
    });
    EXPECT_TRUE(status.ok()) << status;
  }
  return sessions;
}

json::value SelectedClientIds(const Answers& answers) {
  json::object ids;
  ForEachRow(answers, [&](const MergedAnswer& answer, const SelectedClient& client) {
    AddToSet(ClientIdOf(answer, client.connection_id), ids);
  });
  return ids;
}

json::value SelectedUids(const Answers& answers) {
  json::object uids;
  ForEachRow(answers, [&](const MergedAnswer&, const SelectedClient& client) {
    if (client.uid.has_value()) AddToSet(*client.uid, uids);
  });
  return uids;
}

json::value OnlyUid(const Answers& answers) {
  const json::object uids = SelectedUids(answers).as_object();
  return uids.empty() ? json::value(nullptr) : uids.begin()->value();
}

// {group: {member: member}}, where `member` names the client.
json::value MembersByGroup(
    const Answers& answers,
    const std::function<std::string(const MergedAnswer&, const SelectedClient&)>& member) {
  json::object groups;
  ForEachRow(answers, [&](const MergedAnswer& answer, const SelectedClient& client) {
    for (const std::string& group : client.groups) {
      json::value& members = groups[group];
      if (!members.is_object()) members.emplace_object();
      AddToSet(member(answer, client), members.as_object());
    }
  });
  return groups;
}

json::value UidsByGroup(const Answers& answers) {
  return MembersByGroup(answers, [](const auto&, const auto& client) { return client.uid.value_or(""); });
}

json::value ClientIdsByGroup(const Answers& answers) {
  return MembersByGroup(answers, [](const auto& answer, const auto& client) {
    return ClientIdOf(answer, client.connection_id);
  });
}

json::value SizeOf(const json::value& set) {
  return set.as_object().size();
}

json::value SizesOf(const json::value& sets) {
  json::object sizes;
  for (const auto& entry : sets.as_object())
    sizes[entry.key()] = SizeOf(entry.value());
  return sizes;
}

json::value SelectedByGateway(const Answers& answers) {
  json::object result;
  for (const MergedAnswer& answer : answers)
    InnerShape(answer, result);
  ForEachRow(answers, [&](const MergedAnswer& answer, const SelectedClient& client) {
    json::object row;
    if (client.uid.has_value()) row["uid"] = *client.uid;
    if (!client.groups.empty()) {
      json::object& groups = row["groups"].emplace_object();
      for (const std::string& group : client.groups)
        AddToSet(group, groups);
    }
    if (!client.session.empty()) row["session"] = Readable(client.session);
    InnerShape(answer, result)[absl::StrCat(client.connection_id)] = row;
  });
  return result;
}

using Merge = std::function<json::value(const Answers&)>;

const std::map<std::string, Merge>& Merges() {
  static const auto& merges = *new std::map<std::string, Merge>{
      {"isOnline", SumOfCounts},
      {"isUidOnline", AnyClientId},
      {"getClientIdByUid", ClientIds},
      {"getClientIdByUids", ConnectionIdsByUidByGateway},
      {"getUidByClientId", OnlyUid},
      {"getClientIdCountByGroup", SumOfCounts},
      {"getClientCountByGroup", SumOfCounts},
      {"getAllClientCount", SumOfCounts},
      {"getAllClientIdCount", SumOfCounts},
      {"getClientIdListByGroup", SelectedClientIds},
      {"getAllClientIdList", SelectedClientIds},
      {"getUidListByGroup", SelectedUids},
      {"getAllUidList", SelectedUids},
      {"getUidCountByGroup", [](const Answers& answers) { return SizeOf(SelectedUids(answers)); }},
      {"getAllUidCount", [](const Answers& answers) { return SizeOf(SelectedUids(answers)); }},
      {"getAllGroupIdList", Groups},
      {"getAllGroupUidList", UidsByGroup},
      {"getAllGroupUidCount", [](const Answers& answers) { return SizesOf(UidsByGroup(answers)); }},
      {"getAllGroupClientIdList", ClientIdsByGroup},
      {"getAllGroupClientIdCount", [](const Answers& answers) { return SizesOf(ClientIdsByGroup(answers)); }},
      {"getClientCountByGroups", CountsByGroupByGateway},
      {"getSession", OnlySession},
      {"getAllClientSessions", SessionsByClient},
      {"getClientSessionsByGroup", SessionsByClient},
      {"select", SelectedByGateway},
  };
  return merges;
}

// An empty list is an empty map to PHP, and a whole double is written as an integer.
json::value Plain(const json::value& value) {
  if (const json::array* list = value.if_array()) {
    if (list->empty()) return json::object();
    json::array plain;
    for (const json::value& entry : *list)
      plain.push_back(Plain(entry));
    return plain;
  }
  if (const json::object* map = value.if_object()) {
    json::object plain;
    for (const auto& entry : *map)
      plain[entry.key()] = Plain(entry.value());
    return plain;
  }
  if (value.is_double() && std::floor(value.as_double()) == value.as_double()) {
    return static_cast<std::int64_t>(value.as_double());
  }
  if (value.is_uint64()) return static_cast<std::int64_t>(value.as_uint64());
  return value;
}

// The values of a list or map, as a set of strings.
json::value AsSet(const json::value& value) {
  json::object set;
  const auto add = [&](const json::value& member) {
    AddToSet(member.is_int64() ? absl::StrCat(member.as_int64()) : std::string(member.as_string().c_str()),
             set);
  };
  if (const json::array* list = value.if_array()) {
    for (const json::value& member : *list)
      add(member);
  } else {
    for (const auto& entry : value.as_object())
      add(entry.value());
  }
  return set;
}

}  // namespace

std::set<std::string> MergedCalls() {
  std::set<std::string> calls;
  for (const auto& [call, merge] : Merges())
    calls.insert(call);
  return calls;
}

json::value MergeAnswers(const std::string& call, const Answers& answers) {
  const auto found = Merges().find(call);
  return found == Merges().end() ? json::value("an unknown call") : found->second(answers);
}

json::value Normalized(const std::string& call, const json::value& result) {
  if (call == "getClientIdByUid" || call == "getAllGroupIdList") return AsSet(result);
  if (call == "isUidOnline") return result.is_bool() ? result : json::value(result.as_int64() != 0);
  return Plain(result);
}

}  // namespace gatewayd::wire
