#include "wire/command.h"

#include <map>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace gatewayd::wire {
namespace {

// The protocol's numbers and names, copied from GatewayProtocol.php, not from the enum.
const std::map<int, std::string>& Names() {
  static const auto& names = *new std::map<int, std::string>{
      {1, "ON_CONNECT"},
      {3, "ON_MESSAGE"},
      {4, "ON_CLOSE"},
      {5, "SEND_TO_ONE"},
      {6, "SEND_TO_ALL"},
      {7, "KICK"},
      {8, "DESTROY"},
      {9, "UPDATE_SESSION"},
      {10, "GET_ALL_CLIENT_SESSIONS"},
      {11, "IS_ONLINE"},
      {12, "BIND_UID"},
      {13, "UNBIND_UID"},
      {14, "SEND_TO_UID"},
      {15, "GET_CLIENT_ID_BY_UID"},
      {16, "BATCH_GET_CLIENT_ID_BY_UID"},
      {20, "JOIN_GROUP"},
      {21, "LEAVE_GROUP"},
      {22, "SEND_TO_GROUP"},
      {23, "GET_CLIENT_SESSIONS_BY_GROUP"},
      {24, "GET_CLIENT_COUNT_BY_GROUP"},
      {25, "SELECT"},
      {26, "GET_GROUP_ID_LIST"},
      {27, "UNGROUP"},
      {28, "BATCH_GET_CLIENT_COUNT_BY_GROUP"},
      {200, "WORKER_CONNECT"},
      {201, "PING"},
      {202, "GATEWAY_CLIENT_CONNECT"},
      {203, "GET_SESSION_BY_CLIENT_ID"},
      {204, "SET_SESSION"},
      {205, "ON_WEBSOCKET_CONNECT"},
  };
  return names;
}

TEST(CommandTest, EveryByteHasItsNameOrIsUnknown) {
  for (int number = 0; number < 256; ++number) {
    const auto found = Names().find(number);
    const std::string expected = found == Names().end() ? "UNKNOWN" : found->second;
    EXPECT_EQ(CommandName(static_cast<Command>(number)), expected) << number;
  }
}

TEST(CommandTest, OnlyQueriesAreAnswered) {
  const std::set<int> queries = {10, 11, 15, 16, 23, 24, 25, 26, 28, 203};
  for (int number = 0; number < 256; ++number) {
    EXPECT_EQ(IsQuery(static_cast<Command>(number)), queries.contains(number)) << number;
  }
}

TEST(CommandTest, FlagsAreTheProtocolsBits) {
  EXPECT_EQ(kFlagScalarBody, 1);
  EXPECT_EQ(kFlagRaw, 2);
}

}  // namespace
}  // namespace gatewayd::wire
