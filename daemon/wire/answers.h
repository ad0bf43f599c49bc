// What Gateways answer to queries, as values. Uids and groups are byte strings: PHP users may have stored
// some that are not UTF-8, and PHP hands those that look like integers back as ints ("1001" comes as 1001;
// here it is "1001").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatewayd::wire {

// One row of SELECT. A field that was not asked for, or that the client lacks, is empty.
struct SelectedClient {
  std::uint32_t connection_id = 0;
  std::optional<std::string> uid;
  std::vector<std::string> groups;
  std::string_view session;  // stored bytes, borrowed from the answer; "" = no session

  friend bool operator==(const SelectedClient&, const SelectedClient&) = default;
};

// One entry of GET_ALL_CLIENT_SESSIONS and GET_CLIENT_SESSIONS_BY_GROUP. `session` is borrowed; "" = no
// session.
struct ClientSession {
  std::uint32_t connection_id = 0;
  std::string_view session;
  friend bool operator==(const ClientSession&, const ClientSession&) = default;
};

using ConnectionIds = std::vector<std::uint32_t>;
using ConnectionIdsByUid = std::vector<std::pair<std::string, ConnectionIds>>;
using CountsByGroup = std::vector<std::pair<std::string, std::uint64_t>>;

}  // namespace gatewayd::wire
