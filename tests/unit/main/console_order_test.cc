#include "console_order.h"

#include <gmock/gmock.h>

#include <random>

namespace gatewayd {
namespace {

using testing::HasSubstr;

TEST(ConsoleOrderTest, ReadsBothActions) {
  const auto send = ParseConsoleOrder(R"({"action": "send", "target": "uid", "id": "4711", "text": "hé"})");
  ASSERT_TRUE(send.ok()) << send.status();
  EXPECT_EQ(send->action, ConsoleOrder::Action::kSend);
  EXPECT_EQ(send->target, ConsoleOrder::Target::kUid);
  EXPECT_EQ(send->id, "4711");
  EXPECT_EQ(send->text, "hé");
  EXPECT_EQ(Describe(*send), "send to uid");
  const auto look_up = ParseConsoleOrder(R"({"action": "look_up", "target": "group", "id": "lobby"})");
  ASSERT_TRUE(look_up.ok()) << look_up.status();
  EXPECT_EQ(Describe(*look_up), "look up group");
  EXPECT_TRUE(ParseConsoleOrder(R"({"action": "send", "target": "client", "id": "x"})").ok())
      << "an empty message is one";
}

TEST(ConsoleOrderTest, NamesTheFieldThatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "no JSON object"},
      {"[]", "no JSON object"},
      {"\"send\"", "no JSON object"},
      {"{\"action\": \"send\"", "no JSON object"},
      {"{}", "action"},
      {R"({"action": "destroy", "target": "uid", "id": "1"})", "action"},
      {R"({"action": 1, "target": "uid", "id": "1"})", "action: not a string"},
      {R"({"action": "send", "target": "all", "id": "1", "text": ""})", "target"},
      {R"({"action": "send", "target": "uid", "text": "x"})", "id: empty"},
      {R"({"action": "send", "target": "uid", "id": ["1"], "text": "x"})", "id: not a string"},
      {R"({"action": "look_up", "target": "uid", "id": "1", "text": "x"})", "text"},
      {R"({"action": "send", "target": "uid", "id": "1", "to": "2"})", "a field other than"},
  };
  for (const auto& [json, says] : cases) {
    const auto order = ParseConsoleOrder(json);
    EXPECT_EQ(order.status().code(), absl::StatusCode::kInvalidArgument) << json;
    EXPECT_THAT(std::string(order.status().message()), HasSubstr(says)) << json;
  }
}

TEST(ConsoleOrderTest, RubbishIsAnErrorAndNothingElse) {
  std::mt19937 random(7);
  const std::string good = R"({"action": "send", "target": "uid", "id": "4711", "text": "hello"})";
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = good;
    for (int change = 0; change < 3; ++change)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    (void)ParseConsoleOrder(bytes);
  }
  EXPECT_FALSE(ParseConsoleOrder(std::string(60'000, '[')).ok());
  std::string deep;
  for (int i = 0; i < 10'000; ++i)
    deep += "{\"a\":";
  EXPECT_FALSE(ParseConsoleOrder(deep).ok());
}

}  // namespace
}  // namespace gatewayd
