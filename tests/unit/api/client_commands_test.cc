// The commands to one client, over a channel.
#include "unit/api/server_fixture.h"

namespace gatewayd::api {
namespace {

using testing::HasSubstr;
using wire::Command;

class ClientCommands : public ServerFixture {
 protected:
  // The only frame that was sent, which went to Gateway i.
  Sent Only(std::size_t i) {
    EXPECT_EQ(SentInAll(), 1u);
    return sent(i).empty() ? Sent() : sent(i)[0];
  }
};

pb::SendToClientRequest Hello(const std::string& client_id) {
  pb::SendToClientRequest request;
  request.set_client_id(client_id);
  request.mutable_message()->set_text("hello");
  return request;
}

TEST_F(ClientCommands, SendToClientGoesToTheGatewayThatTheIdNames) {
  EXPECT_CODE(Call(&Stub::SendToClient, Hello(Id(1, 7))), OK);
  const Sent sent = Only(1);
  EXPECT_EQ(sent.command, Command::kSendToOne);
  EXPECT_EQ(sent.connection_id, 7u);
  EXPECT_EQ(sent.flag, wire::kFlagScalarBody);
  EXPECT_EQ(sent.ext, "");
  EXPECT_EQ(sent.body, "hello");
  EXPECT_EQ(sent.how, Sent::How::kSend);
}

TEST_F(ClientCommands, UpperCaseIdsAreTaken) {
  EXPECT_CODE(Call(&Stub::SendToClient, Hello("7F0000010B5400000001")), OK);
  EXPECT_EQ(Only(0).connection_id, 1u);
}

TEST_F(ClientCommands, BytesAndFlagsOfMessages) {
  pb::SendToClientRequest request = Hello(Id(0, 1));
  request.mutable_message()->set_data(std::string("\xff\0", 2));
  request.mutable_message()->set_raw(true);
  EXPECT_CODE(Call(&Stub::SendToClient, request), OK);
  request.mutable_message()->set_raw(false);
  request.mutable_message()->set_websocket_binary(true);
  EXPECT_CODE(Call(&Stub::SendToClient, request), OK);
  ASSERT_EQ(sent(0).size(), 2u);
  EXPECT_EQ(sent(0)[0].body, std::string("\xff\0", 2));
  EXPECT_EQ(sent(0)[0].flag, wire::kFlagScalarBody | wire::kFlagRaw);
  EXPECT_EQ(sent(0)[1].body, std::string("\x82\x02\xff\0", 4));
  EXPECT_EQ(sent(0)[1].flag, wire::kFlagScalarBody | wire::kFlagRaw);

  request.mutable_message()->set_raw(true);
  const Outcome both = Call(&Stub::SendToClient, request);
  EXPECT_CODE(both, INVALID_ARGUMENT);
  EXPECT_EQ(both.field(), "message.raw");
}

TEST_F(ClientCommands, AMessageThatIsNotSetIsRefusedAnEmptyOneIsSent) {
  pb::SendToClientRequest request;
  request.set_client_id(Id(0, 1));
  const Outcome outcome = Call(&Stub::SendToClient, request);
  EXPECT_CODE(outcome, INVALID_ARGUMENT);
  EXPECT_EQ(outcome.field(), "message");
  request.mutable_message();
  EXPECT_CODE(Call(&Stub::SendToClient, request), OK);
  EXPECT_EQ(Only(0).body, "");
}

TEST_F(ClientCommands, BadClientIdsAreRefusedByNameAndNotEchoedWhole) {
  for (const std::string& id :
       {std::string("7f0000010b540000000"), std::string("7f0000010b540000000g"),
        std::string("7f0000010b5400000001 "), std::string(100000, 'x'), std::string()}) {
    const Outcome outcome = Call(&Stub::SendToClient, Hello(id));
    EXPECT_CODE(outcome, INVALID_ARGUMENT);
    EXPECT_EQ(outcome.field(), "client_id");
    EXPECT_THAT(outcome.text(), HasSubstr("client_id"));
    EXPECT_LT(outcome.text().size(), 200u);
  }
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(ClientCommands, AnUnknownGatewayIsNotFoundOnlyInACompleteView) {
  const std::string stranger = Id(50, 1);
  Outcome outcome = Call(&Stub::SendToClient, Hello(stranger));
  EXPECT_CODE(outcome, NOT_FOUND);
  EXPECT_EQ(outcome.reason(), "unknown-gateway");
  EXPECT_THAT(outcome.trailer("gatewayd-gateway"), testing::ElementsAre("127.0.0.1:2950"));

  cluster_.SetView(true, false);
  outcome = Call(&Stub::SendToClient, Hello(stranger));
  EXPECT_CODE(outcome, UNAVAILABLE);
  EXPECT_EQ(outcome.reason(), "no-view");

  cluster_.SetView(false, false);
  outcome = Call(&Stub::SendToClient, Hello(Id(0, 1)));
  EXPECT_CODE(outcome, UNAVAILABLE);
  EXPECT_THAT(outcome.text(), HasSubstr("connection refused"));
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(ClientCommands, WhatTheGatewayRefusesComesBackAsItIs) {
  gateway(0).Fail(cluster::MakeError(absl::StatusCode::kResourceExhausted, cluster::Reason::kBufferFull,
                                     "127.0.0.1:2900", "the buffer is full"));
  const Outcome outcome = Call(&Stub::SendToClient, Hello(Id(0, 1)));
  EXPECT_CODE(outcome, RESOURCE_EXHAUSTED);
  EXPECT_EQ(outcome.reason(), "buffer-full");
}

TEST_F(ClientCommands, AMessageAtTheLimitIsSentAndOneAboveIsNot) {
  pb::SendToClientRequest request = Hello(Id(0, 1));
  request.mutable_message()->set_data(std::string(wire::kMaxFrameToGateway - wire::kFrameHeadSize, 'x'));
  EXPECT_CODE(Call(&Stub::SendToClient, request), OK);
  request.mutable_message()->mutable_data()->push_back('x');
  const Outcome outcome = Call(&Stub::SendToClient, request);
  EXPECT_CODE(outcome, RESOURCE_EXHAUSTED);
  EXPECT_EQ(outcome.reason(), "too-large");
  EXPECT_EQ(SentInAll(), 1u);
}

TEST_F(ClientCommands, GenerationConfirmAndRequireOnlineReachTheGateway) {
  pb::SendToClientRequest request = Hello(Id(2, 1));
  request.set_generation("g-1");
  request.set_confirm(pb::CONFIRM_RUN);
  EXPECT_CODE(Call(&Stub::SendToClient, request), OK);
  request.set_confirm(pb::CONFIRM_ACCEPTED);
  request.set_require_online(true);
  EXPECT_CODE(Call(&Stub::SendToClient, request), OK);
  ASSERT_EQ(sent(2).size(), 2u);
  EXPECT_EQ(sent(2)[0].how, Sent::How::kConfirmed);
  EXPECT_EQ(sent(2)[0].generation, "g-1");
  EXPECT_TRUE(sent(2)[0].confirm_run);
  EXPECT_FALSE(sent(2)[0].require_online);
  EXPECT_TRUE(sent(2)[1].require_online);
  EXPECT_FALSE(sent(2)[1].confirm_run);
}

TEST_F(ClientCommands, AClientThatIsGone) {
  gateway(0).Fail(cluster::MakeError(absl::StatusCode::kNotFound, cluster::Reason::kOffline, "127.0.0.1:2900",
                                     "the client is not connected"));
  pb::SendToClientRequest request = Hello(Id(0, 1));
  request.set_require_online(true);
  const Outcome outcome = Call(&Stub::SendToClient, request);
  EXPECT_CODE(outcome, NOT_FOUND);
  EXPECT_EQ(outcome.reason(), "offline");
}

TEST_F(ClientCommands, AnUnknownConfirmIsRefused) {
  for (const int confirm : {3, -1}) {
    pb::SendToClientRequest request = Hello(Id(0, 1));
    request.set_confirm(static_cast<pb::Confirm>(confirm));
    EXPECT_EQ(Call(&Stub::SendToClient, request).field(), "confirm");
  }
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(ClientCommands, TheCurrentClientIsTheRequestsElseTheMetadatas) {
  pb::SendToCurrentClientRequest request;
  request.mutable_message()->set_text("x");
  pb::SendToCurrentClientResponse response;
  const Outcome neither = Call(&Stub::SendToCurrentClient, request, &response);
  EXPECT_CODE(neither, INVALID_ARGUMENT);
  EXPECT_EQ(neither.field(), "client_id");

  const Metadata metadata = {{"gateway-client-id", Id(1, 5)}, {"gateway-generation", "g-5"}};
  EXPECT_CODE(Call(&Stub::SendToCurrentClient, request, &response, metadata), OK);
  request.set_client_id(Id(1, 6));
  EXPECT_CODE(Call(&Stub::SendToCurrentClient, request, &response, metadata), OK);
  ASSERT_EQ(sent(1).size(), 2u);
  EXPECT_EQ(sent(1)[0].connection_id, 5u);
  EXPECT_EQ(sent(1)[0].generation, "g-5");
  EXPECT_EQ(sent(1)[1].connection_id, 6u);
  EXPECT_EQ(sent(1)[1].generation, "");
}

TEST_F(ClientCommands, CloseAndDestroy) {
  pb::CloseClientRequest close;
  close.set_client_id(Id(0, 1));
  EXPECT_CODE(Call(&Stub::CloseClient, close), OK);
  close.mutable_message()->set_text("bye");
  EXPECT_CODE(Call(&Stub::CloseClient, close), OK);
  pb::DestroyClientRequest destroy;
  destroy.set_client_id(Id(0, 2));
  EXPECT_CODE(Call(&Stub::DestroyClient, destroy), OK);
  const Metadata metadata = {{"gateway-client-id", Id(0, 3)}};
  pb::CloseCurrentClientResponse closed;
  EXPECT_CODE(Call(&Stub::CloseCurrentClient, pb::CloseCurrentClientRequest(), &closed, metadata), OK);
  pb::DestroyCurrentClientResponse destroyed;
  EXPECT_CODE(Call(&Stub::DestroyCurrentClient, pb::DestroyCurrentClientRequest(), &destroyed, metadata), OK);

  const std::vector<Sent> all = sent(0);
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0].command, Command::kKick);
  EXPECT_EQ(all[0].body, "N;");  // or a PHP Gateway sends an empty message first
  EXPECT_EQ(all[0].flag, 0);
  EXPECT_EQ(all[1].body, "bye");
  EXPECT_EQ(all[1].flag, wire::kFlagScalarBody);
  EXPECT_EQ(all[2].command, Command::kDestroy);
  EXPECT_EQ(all[3].command, Command::kKick);
  EXPECT_EQ(all[3].connection_id, 3u);
  EXPECT_EQ(all[4].command, Command::kDestroy);
}

TEST_F(ClientCommands, UidsAndGroupsTravelAsTheyAre) {
  pb::BindUidRequest bind;
  bind.set_client_id(Id(0, 1));
  bind.set_uid("用户");
  EXPECT_CODE(Call(&Stub::BindUid, bind), OK);
  pb::UnbindUidRequest unbind;
  unbind.set_client_id(Id(0, 1));
  EXPECT_CODE(Call(&Stub::UnbindUid, unbind), OK);
  pb::JoinGroupRequest join;
  join.set_client_id(Id(0, 1));
  join.set_group("room");
  EXPECT_CODE(Call(&Stub::JoinGroup, join), OK);
  pb::LeaveGroupRequest leave;
  leave.set_client_id(Id(0, 1));
  leave.set_group("room");
  EXPECT_CODE(Call(&Stub::LeaveGroup, leave), OK);
  const std::vector<Sent> all = sent(0);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].command, Command::kBindUid);
  EXPECT_EQ(all[0].ext, "用户");
  EXPECT_EQ(all[1].command, Command::kUnbindUid);
  EXPECT_EQ(all[2].command, Command::kJoinGroup);
  EXPECT_EQ(all[2].ext, "room");
  EXPECT_EQ(all[3].command, Command::kLeaveGroup);
}

TEST_F(ClientCommands, NamesThatGatewaysIgnoreAreRefused) {
  for (const std::string& name : {std::string(), std::string("0"), std::string(8193, 'x')}) {
    pb::BindUidRequest bind;
    bind.set_client_id(Id(0, 1));
    bind.set_uid(name);
    Outcome outcome = Call(&Stub::BindUid, bind);
    EXPECT_CODE(outcome, INVALID_ARGUMENT);
    EXPECT_EQ(outcome.field(), "uid");
    pb::JoinGroupRequest join;
    join.set_client_id(Id(0, 1));
    join.set_group(name);
    outcome = Call(&Stub::JoinGroup, join);
    EXPECT_CODE(outcome, INVALID_ARGUMENT);
    EXPECT_EQ(outcome.field(), "group");
  }
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(ClientCommands, WhatWasAppendedIsFlushedWhenTheQueueRunsDry) {
  EXPECT_CODE(Call(&Stub::SendToClient, Hello(Id(0, 1))), OK);
  server_->Shutdown(absl::Now() + absl::Seconds(10));
  EXPECT_GE(gateway(0).flushes(), 1);
}

}  // namespace
}  // namespace gatewayd::api
