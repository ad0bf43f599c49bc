// Messages and sessions: there and back, and what is refused.
#include "gatewayworker/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "gatewayworker/commands.h"
#include "gatewayworker/error.h"
#include "gatewayworker/message.h"

namespace gatewayworker {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;

constexpr std::int64_t kMost = std::int64_t{1} << 53;

TEST(MessageTest, IsMadeOfAnyString) {
  const std::string text = "text";
  for (const Message& message :
       {Message("text"), Message(text), Message(std::string_view(text)), Message(std::string("text"))}) {
    EXPECT_EQ(message.data, "text");
  }
  EXPECT_TRUE(Message::Raw("x").raw);
  EXPECT_TRUE(Message::WebSocketBinary("x").websocket_binary);
}

TEST(MessageTest, AnyBytesAreSentAsTheyAre) {
  const Command command = commands::SendToClient("c", Message::WebSocketBinary("\xff"));
  const v1::Message& message = command.send_to_client().message();
  EXPECT_EQ(message.data(), "\xff");
  EXPECT_TRUE(message.websocket_binary());
  EXPECT_FALSE(message.raw());
  EXPECT_TRUE(commands::SendToClient("c", "").send_to_client().has_message());
  EXPECT_FALSE(commands::CloseClient("c").close_client().has_message());
}

TEST(SessionTest, GoesThereAndComesBackAsItWas) {
  const Struct map = Map({{"none", nullptr},
                          {"on", true},
                          {"n", 5},
                          {"big", kMost},
                          {"small", -kMost},
                          {"half", 0.5},
                          {"text", "用户"},
                          {"list", List({1, "a", List({}), nullptr})},
                          {"map", Map({{"k", Map({{"x", std::uint8_t{1}}})}})}});
  EXPECT_EQ(Get<bool>(map, "on"), true);
  EXPECT_EQ(Get<std::int64_t>(map, "n"), 5);
  EXPECT_EQ(Get<std::int64_t>(map, "big"), kMost);
  EXPECT_EQ(Get<std::int64_t>(map, "small"), -kMost);
  EXPECT_EQ(Get<double>(map, "half"), 0.5);
  EXPECT_EQ(Get<std::string>(map, "text"), "用户");
  EXPECT_EQ(Get<ListValue>(map, "list").value().values_size(), 4);
  EXPECT_EQ(Get<std::int64_t>(Get<Struct>(Get<Struct>(map, "map").value(), "k").value(), "x"), 1);
}

TEST(SessionTest, WhatIsNotThereOrOfAnotherTypeIsNothing) {
  const Struct map = Map({{"text", "5"}, {"half", 0.5}, {"none", nullptr}});
  EXPECT_FALSE(Get<std::string>(map, "other"));
  EXPECT_FALSE(Get<std::int64_t>(map, "text"));
  EXPECT_FALSE(Get<std::int64_t>(map, "half"));
  EXPECT_FALSE(Get<bool>(map, "none"));
}

TEST(SessionTest, IsSetToAMapOrToStoredBytes) {
  const Command of_map = commands::SetSession("c", {{"name", "Ann"}, {"age", 41}});
  EXPECT_EQ(Get<std::string>(of_map.set_session().session().value(), "name"), "Ann");
  const Command empty = commands::SetSession("c", Struct());
  EXPECT_TRUE(empty.set_session().session().has_value());
  const Command stored = commands::SetSession("c", SessionInput::Stored(""));
  EXPECT_TRUE(stored.set_session().session().has_stored());
}

TEST(SessionTest, WhatAStructWouldBendIsRefused) {
  using Limits = std::numeric_limits<double>;
  const std::vector<std::function<void()>> bent = {
      [] { Value(kMost + 1); },
      [] { Value(-kMost - 1); },
      [] { Value(std::numeric_limits<std::uint64_t>::max()); },
      [] { Value(Limits::quiet_NaN()); },
      [] { Value(Limits::infinity()); },
      [] { Value("\xff"); },
      [] {
        Map({{"\xff", 1}});
      },
      [] {
        Struct map;
        (*map.mutable_fields())["deep"].mutable_list_value()->add_values()->set_string_value("\xfe");
        SessionInput{map};
      },
      [] {
        Struct map;
        (*map.mutable_fields())["n"].set_number_value(-Limits::infinity());
        SessionInput{map};
      },
  };
  for (const auto& make : bent) {
    try {
      make();
      ADD_FAILURE() << "it was taken";
    } catch (const InvalidArgumentError& error) {
      EXPECT_EQ(error.field(), "session");
      EXPECT_EQ(error.code(), Code::kInvalidArgument);
    }
  }
}

TEST(Utf8Test, IsWhatTheStandardSays) {
  for (const char* text : {"", "a", "é", "用", "🙂", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"})
    EXPECT_TRUE(IsUtf8(text)) << text;
  for (const char* bytes :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3", "\xff", "a\xe2(\xa1"}) {
    EXPECT_FALSE(IsUtf8(bytes)) << bytes;
  }
}

TEST(CommandsTest, TargetsAbsentAndEmpty) {
  EXPECT_FALSE(commands::SendToAll("hi").send_to_all().has_targets());
  EXPECT_TRUE(commands::SendToAll("hi", {}).send_to_all().has_targets());
  EXPECT_TRUE(commands::SendToAll("hi", std::vector<std::string>()).send_to_all().has_targets());
  EXPECT_EQ(commands::SendToAll("hi", {"a", "b"}).send_to_all().targets().client_ids_size(), 2);
}

TEST(CommandsTest, OneNameOrMany) {
  EXPECT_THAT(commands::SendToUid("u", "hi").send_to_uid().uids(), ::testing::ElementsAre("u"));
  EXPECT_THAT(commands::SendToGroup({"a", "b"}, "hi").send_to_group().groups(),
              ::testing::ElementsAre("a", "b"));
}

TEST(CommandsTest, OptionsArrive) {
  const Command command =
      commands::BindUid("c", "u", {.generation = "g", .confirm = true, .require_online = true});
  EXPECT_EQ(command.bind_uid().generation(), "g");
  EXPECT_EQ(command.bind_uid().confirm(), v1::CONFIRM_RUN);
  EXPECT_TRUE(command.bind_uid().require_online());
  const Command many = commands::SendToAll("hi", Everyone(), {.exclude = {"c"}, .confirm = true});
  EXPECT_THAT(many.send_to_all().exclude_client_ids(), ::testing::ElementsAre("c"));
  EXPECT_EQ(many.send_to_all().confirm(), v1::CONFIRM_RUN);
}

TEST(CommandsTest, NamesThatAreNotTextAreRefused) {
  try {
    static_cast<void>(commands::JoinGroup("c", "\xff"));
    ADD_FAILURE() << "it was taken";
  } catch (const InvalidArgumentError& error) {
    EXPECT_EQ(error.field(), "group");
  }
}

}  // namespace
}  // namespace gatewayworker
