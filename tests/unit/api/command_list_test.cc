#include "api/command_list.h"

#include <string>

#include "fuzz/in_place_fuzz.h"
#include "fuzz/mutations.h"
#include "fuzz/replay.h"
#include "gtest/gtest.h"

namespace gatewayd::api {
namespace {

namespace pb = ::gatewayworker::v1;

constexpr char kId[] = "7f0000010b5400000001";

pb::Command Send(const std::string& client_id, const std::string& data) {
  pb::Command command;
  command.mutable_send_to_client()->set_client_id(client_id);
  command.mutable_send_to_client()->mutable_message()->set_data(data);
  return command;
}

class CommandListTest : public testing::Test {
 protected:
  void Add(const pb::Command& command) { *request_.add_commands() = command; }

  bool ParseBytes(const std::string& bytes, int piece = -1) {
    google::protobuf::io::ArrayInputStream in(bytes.data(), static_cast<int>(bytes.size()), piece);
    return list_.Parse(&in);
  }
  bool Parse(int piece = -1) { return ParseBytes(request_.SerializeAsString(), piece); }

  const CommandEntry& entry(std::size_t i) { return list_.entries()[i]; }

  pb::ExecuteRequest request_;
  CommandList list_;
};

TEST_F(CommandListTest, SendToClientOfBytesIsReadInPlace) {
  Add(Send(kId, "hello"));
  Add(Send("7F0000010B5400000002", ""));
  Add(Send(kId, std::string(300, '\xff')));
  for (const int piece : {-1, 1, 5}) {
    ASSERT_TRUE(Parse(piece));
    ASSERT_EQ(list_.commands_size(), 3);
    EXPECT_EQ(entry(0).command, nullptr);
    EXPECT_EQ(entry(0).client_id, kId);
    EXPECT_EQ(entry(0).data, "hello");
    EXPECT_EQ(entry(1).command, nullptr);
    EXPECT_EQ(entry(1).data, "");
    EXPECT_EQ(entry(2).data, std::string(300, '\xff'));
  }
}

TEST_F(CommandListTest, TheCurrentClientIsToo) {
  pb::Command command;
  command.mutable_send_to_current_client()->mutable_message()->set_data("to you");
  Add(command);
  command.mutable_send_to_current_client()->set_client_id(kId);
  Add(command);
  ASSERT_TRUE(Parse());
  ASSERT_EQ(list_.commands_size(), 2);
  for (const CommandEntry& entry : list_.entries()) {
    EXPECT_EQ(entry.command, nullptr);
    EXPECT_TRUE(entry.current);
    EXPECT_EQ(entry.data, "to you");
  }
  EXPECT_EQ(entry(0).client_id, "");
  EXPECT_EQ(entry(1).client_id, kId);
}

TEST_F(CommandListTest, WhatElseASendSaysIsReadByProtobuf) {
  pb::Command command = Send(kId, "x");
  command.mutable_send_to_client()->set_confirm(pb::CONFIRM_RUN);
  Add(command);
  command = Send(kId, "x");
  command.mutable_send_to_client()->set_require_online(true);
  Add(command);
  command = Send(kId, "x");
  command.mutable_send_to_client()->set_generation("1-2");
  Add(command);
  command = Send(kId, "x");
  command.mutable_send_to_client()->mutable_message()->set_raw(true);
  Add(command);
  command = Send(kId, "");
  command.mutable_send_to_client()->mutable_message()->set_text("text");
  Add(command);
  command = Send(kId, "");
  command.mutable_send_to_client()->clear_message();
  Add(command);
  Add(Send("not an id", "x"));
  Add({});
  ASSERT_TRUE(Parse());
  ASSERT_EQ(list_.commands_size(), request_.commands_size());
  for (std::size_t i = 0; i < list_.entries().size(); ++i) {
    ASSERT_NE(entry(i).command, nullptr) << i;
    EXPECT_EQ(entry(i).command->SerializeAsString(),
              request_.commands(static_cast<int>(i)).SerializeAsString());
  }
}

TEST_F(CommandListTest, CommandsOfAllKindsKeepTheirOrder) {
  Add(Send(kId, "first"));
  pb::Command join;
  join.mutable_join_group()->set_client_id(kId);
  join.mutable_join_group()->set_group("room");
  Add(join);
  Add(Send(kId, "last"));
  ASSERT_TRUE(Parse());
  EXPECT_EQ(entry(0).data, "first");
  ASSERT_NE(entry(1).command, nullptr);
  EXPECT_EQ(entry(1).command->join_group().group(), "room");
  EXPECT_EQ(entry(2).data, "last");
}

// A field that this version does not know is passed over, wherever it stands.
TEST_F(CommandListTest, UnknownFields) {
  const std::string unknown = "\xf8\x01\x05";  // field 31 = 5
  Add(Send(kId, "x"));
  const std::string bytes = request_.SerializeAsString();
  ASSERT_TRUE(ParseBytes(unknown + bytes));
  ASSERT_EQ(list_.commands_size(), 1);
  ASSERT_NE(entry(0).command, nullptr);
  EXPECT_EQ(entry(0).command->send_to_client().client_id(), kId);
  FuzzCommandList(bytes + unknown);
  std::string inside = request_.commands(0).SerializeAsString() + unknown;
  inside.insert(0, 1, static_cast<char>(inside.size()));
  FuzzCommandList("\n" + inside);
}

TEST_F(CommandListTest, WhatProtobufRefusesIsRefused) {
  std::string not_utf8 = kId;
  not_utf8[3] = '\xff';
  Add(Send(kId, "x"));
  std::string bytes = request_.SerializeAsString();
  const auto at = bytes.find(kId);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, not_utf8.size(), not_utf8);
  EXPECT_FALSE(ParseBytes(bytes));
  EXPECT_EQ(list_.commands_size(), 0);
  // A length that says more than there is.
  EXPECT_FALSE(ParseBytes("\n\x05"));
  EXPECT_FALSE(ParseBytes("\n\xff\xff\xff\xff\x0f"));
  EXPECT_FALSE(ParseBytes("garbage"));
  EXPECT_TRUE(ParseBytes(""));
  EXPECT_EQ(list_.commands_size(), 0);
}

TEST_F(CommandListTest, Corpus) {
  fuzz::ReplayCorpus(GATEWAYD_SOURCE_DIR, "command_list_fuzzer", FuzzCommandList);
}

// Requests of several kinds of command, cut short at each byte, and with bytes changed: the list holds what
// Protobuf holds, or both refuse.
TEST_F(CommandListTest, ReadsAsProtobufDoes) {
  Add(Send(kId, "hello"));
  pb::Command session;
  session.mutable_set_session()->set_client_id(kId);
  auto& fields = *session.mutable_set_session()->mutable_session()->mutable_value()->mutable_fields();
  fields["name"].set_string_value("Ann");
  fields["nested"].mutable_list_value()->add_values()->set_number_value(1.5);
  Add(session);
  Add(Send(kId, std::string(200, 'x')));
  Add({});
  fuzz::ForEachMutation(request_.SerializeAsString(), FuzzCommandList);
}

// A list nested as deep as Protobuf allows, and one level deeper.
TEST_F(CommandListTest, DepthIsThatOfTheWholeRequest) {
  pb::Command command;
  auto* value = &(*command.mutable_set_session()->mutable_session()->mutable_value()->mutable_fields())["a"];
  for (int depth = 0; depth < 60; ++depth) {
    request_.clear_commands();
    Add(command);
    FuzzCommandList(request_.SerializeAsString());
    value = value->mutable_list_value()->add_values();
  }
}

TEST_F(CommandListTest, NothingIsLeftOfTheOneBefore) {
  Add(Send(kId, std::string(1'000'000, 'x')));
  Add({});
  ASSERT_TRUE(Parse());
  ASSERT_EQ(list_.commands_size(), 2);
  EXPECT_EQ(entry(0).data.size(), 1'000'000u);
  request_.Clear();
  Add(Send(kId, "small"));
  ASSERT_TRUE(Parse());
  ASSERT_EQ(list_.commands_size(), 1);
  EXPECT_EQ(entry(0).data, "small");
  list_.Clear();
  EXPECT_TRUE(list_.entries().empty());
}

}  // namespace
}  // namespace gatewayd::api
