// Proto, table and docs/functions.md agree.
#include "api/functions.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "gatewayworker/v1/gateway_service.pb.h"

namespace gatewayd::api {
namespace {

namespace pb = ::gatewayworker::v1;

const google::protobuf::ServiceDescriptor& Service() {
  return *pb::ExecuteRequest::descriptor()->file()->FindServiceByName("GatewayService");
}

std::map<std::string, const Row*> RowsByName() {
  std::map<std::string, const Row*> rows;
  for (const Row& row : Rows())
    EXPECT_TRUE(rows.emplace(std::string(row.info->name), &row).second) << row.info->name;
  return rows;
}

// "SendToClient" of the rpc to "send_to_client" of the command's field.
std::string SnakeCase(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z' && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(c));
  }
  return out;
}

TEST(Functions, EveryRpcHasARowAndEveryRowARpc) {
  const auto rows = RowsByName();
  for (int i = 0; i < Service().method_count(); ++i) {
    const auto* method = Service().method(i);
    const auto row = rows.find(method->name());
    ASSERT_NE(row, rows.end()) << method->name();
    EXPECT_EQ(method->server_streaming(), row->second->info->kind == Kind::kStream) << method->name();
    EXPECT_EQ(method->input_type()->name(), method->name() + "Request");
    EXPECT_EQ(method->output_type()->name(), method->name() + "Response");
    EXPECT_NE(row->second->serve, nullptr);
  }
  EXPECT_EQ(rows.size(), static_cast<std::size_t>(Service().method_count()));
}

TEST(Functions, EveryCommandIsAFieldOfCommand) {
  const auto* command = pb::Command::descriptor();
  int commands = 0;
  for (const Row& row : Rows()) {
    EXPECT_EQ(row.run != nullptr, row.info->kind == Kind::kCommand) << row.info->name;
    if (row.run == nullptr) continue;
    ++commands;
    const auto* field = command->FindFieldByNumber(row.field);
    ASSERT_NE(field, nullptr);
    EXPECT_EQ(field->name(), SnakeCase(std::string(row.info->name)));
    EXPECT_EQ(field->message_type()->name(), std::string(row.info->name) + "Request");
  }
  EXPECT_EQ(command->field_count(), commands);
}

TEST(Functions, RequestsSayWhatTheirRowsNeed) {
  for (const Row& row : Rows()) {
    const auto* request = Service().FindMethodByName(std::string(row.info->name))->input_type();
    const bool one = row.info->target == Target::kOneClient || row.info->target == Target::kCurrentClient;
    EXPECT_EQ(request->FindFieldByName("generation") != nullptr, one) << row.info->name;
    EXPECT_EQ(request->FindFieldByName("confirm") != nullptr, row.info->kind == Kind::kCommand)
        << row.info->name;
    const bool query = row.info->kind == Kind::kQuery || row.info->kind == Kind::kStream;
    EXPECT_EQ(request->FindFieldByName("consistency") != nullptr, query) << row.info->name;
    EXPECT_EQ(request->FindFieldByName("partial_ok") != nullptr, query && !one) << row.info->name;
  }
}

// The commands behind the 37 functions, and what stands beside them, as the protocol page lists them.
TEST(Functions, CommandNumbers) {
  const std::map<std::string, std::vector<int>> expected = {
      {"SendToClient", {5}},
      {"SendToCurrentClient", {5}},
      {"SendToAll", {6}},
      {"SendToUid", {14}},
      {"SendToGroup", {22}},
      {"BindUid", {12}},
      {"UnbindUid", {13}},
      {"JoinGroup", {20}},
      {"LeaveGroup", {21}},
      {"Ungroup", {27}},
      {"SetSession", {204}},
      {"UpdateSession", {9}},
      {"GetSession", {203}},
      {"CloseClient", {7}},
      {"CloseCurrentClient", {7}},
      {"DestroyClient", {8}},
      {"DestroyCurrentClient", {8}},
      {"IsOnline", {11}},
      {"IsUidOnline", {15}},
      {"GetAllClientCount", {24}},
      {"GetClientCountByGroup", {24}},
      {"GetUidCountByGroup", {25}},
      {"GetAllUidCount", {25}},
      {"GetAllGroupClientIdCount", {25}},
      {"GetAllGroupUidCount", {25}},
      {"GetAllClientSessions", {10, 23}},
      {"GetClientSessionsByGroup", {23}},
      {"GetAllClientIdList", {25}},
      {"GetClientIdListByGroup", {25}},
      {"GetClientIdByUid", {15}},
      {"GetClientIdByUids", {16}},
      {"GetUidListByGroup", {25}},
      {"GetAllUidList", {25}},
      {"GetUidByClientId", {25}},
      {"GetAllGroupIdList", {26}},
      {"GetAllGroupUidList", {25}},
      {"GetAllGroupClientIdList", {25}},
      // beside the 37
      {"GetClientCountByGroups", {28}},
      {"Select", {25}},
      {"AreOnline", {11}},
      {"GetSessions", {25}},
      {"Execute", {}},
      {"StreamAllClientSessions", {10, 23}},
      {"StreamAllClientIdList", {25}},
      {"StreamAllUidList", {25}},
  };
  const auto rows = RowsByName();
  EXPECT_EQ(rows.size(), expected.size());
  for (const auto& [name, numbers] : expected) {
    ASSERT_TRUE(rows.count(name)) << name;
    std::vector<int> commands;
    for (const wire::Command command : rows.at(name)->info->commands) {
      if (command != kNoCommand) commands.push_back(static_cast<int>(command));
    }
    EXPECT_EQ(commands, numbers) << name;
  }
}

TEST(Functions, TheDocsHoldTheTable) {
  const std::string path = GATEWAYD_SOURCE_DIR "/docs/functions.md";
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_NE(text.str().find(FunctionsMarkdown()), std::string::npos)
      << "docs/functions.md must hold this table:\n\n"
      << FunctionsMarkdown();
}

}  // namespace
}  // namespace gatewayd::api
