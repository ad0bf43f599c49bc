// The JSON that commands carry in ext_data or body, equal in both dialects: lists where a Gateway expects
// lists, objects keyed by id where it tests isset() (protocol.md, "Details that bite"). Strings must be valid
// UTF-8.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatewayd::wire {

// ["a","b"] — uids of SEND_TO_UID and BATCH_GET_CLIENT_ID_BY_UID, groups of BATCH_GET_CLIENT_COUNT_BY_GROUP.
std::string StringListJson(std::span<const std::string> strings);

// {"connections":[1,2]} for SEND_TO_ALL to some.
std::string ConnectionsJson(std::span<const std::uint32_t> connection_ids);

// {"exclude":{"2":2}} for SEND_TO_ALL to all but some; "" for no exclusion.
std::string ExcludeJson(std::span<const std::uint32_t> connection_ids);

// {"group":["a"],"exclude":null} or {"group":["a"],"exclude":{"2":2}} for SEND_TO_GROUP.
std::string GroupsJson(std::span<const std::string> groups, std::span<const std::uint32_t> exclude);

// What SELECT may ask for: these three and nothing else (another name reads members of a PHP Gateway's
// connection object and stops its process). At least one must be set.
struct SelectFields {
  bool uid = false;
  bool groups = false;
  bool session = false;
  friend bool operator==(const SelectFields&, const SelectFields&) = default;
};

// Filters of SELECT; a client that matches any of them is listed. All empty: every client.
struct SelectFilter {
  std::vector<std::uint32_t> connection_ids;
  std::vector<std::string> groups;
  std::vector<std::string> uids;
};

// {"fields":["uid"],"where":{"groups":["room"]}}; "where" is {} for every client.
std::string SelectJson(const SelectFields& fields, const SelectFilter& filter);

// Bodies of WORKER_CONNECT and GATEWAY_CLIENT_CONNECT.
std::string WorkerConnectBody(std::string_view worker_key, std::string_view secret);
std::string ClientConnectBody(std::string_view secret);

// JSON text of a string, quotes included, escaped as PHP's json_encode does without its \u and \/ habits:
// UTF-8 stays as it is. Invalid UTF-8 must not get here.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace gatewayd::wire
