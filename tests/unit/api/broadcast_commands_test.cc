// The commands to many clients, and Execute, over a channel.
#include "unit/api/server_fixture.h"

namespace gatewayd::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using wire::Command;

class BroadcastCommands : public ServerFixture {
 protected:
  static absl::Status Full(int i) {
    return cluster::MakeError(absl::StatusCode::kResourceExhausted, cluster::Reason::kBufferFull,
                              absl::StrCat("127.0.0.1:", 2900 + i), "the buffer is full");
  }
  static absl::Status NoLink(int i) {
    return cluster::MakeError(absl::StatusCode::kUnavailable, cluster::Reason::kNoLink,
                              absl::StrCat("127.0.0.1:", 2900 + i), "not linked");
  }
};

pb::SendToAllRequest ToAll() {
  pb::SendToAllRequest request;
  request.mutable_message()->set_text("news");
  return request;
}

TEST_F(BroadcastCommands, SendToAllIsOneFrameToEachGateway) {
  pb::SendToAllResponse response;
  EXPECT_CODE(Call(&Stub::SendToAll, ToAll(), &response), OK);
  EXPECT_EQ(response.delivery().gateways(), 3u);
  EXPECT_TRUE(response.delivery().unreachable().empty());
  for (std::size_t i = 0; i < kGateways; ++i) {
    ASSERT_EQ(sent(i).size(), 1u);
    EXPECT_EQ(sent(i)[0].command, Command::kSendToAll);
    EXPECT_EQ(sent(i)[0].ext, "");
    EXPECT_EQ(sent(i)[0].body, "news");
  }
}

TEST_F(BroadcastCommands, AnEmptyTargetListReachesNobody) {
  pb::SendToAllRequest request = ToAll();
  request.mutable_targets();
  pb::SendToAllResponse response;
  EXPECT_CODE(Call(&Stub::SendToAll, request, &response), OK);
  EXPECT_EQ(response.delivery().gateways(), 0u);
  // Nor does one that its exclusions empty.
  request.mutable_targets()->add_client_ids(Id(0, 1));
  request.add_exclude_client_ids(Id(0, 1));
  EXPECT_CODE(Call(&Stub::SendToAll, request, &response), OK);
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(BroadcastCommands, TargetsAreSplitByGatewayAndLessTheExcluded) {
  pb::SendToAllRequest request = ToAll();
  for (const auto& id : {Id(1, 4), Id(0, 1), Id(1, 5), Id(1, 4), Id(1, 6)})
    request.mutable_targets()->add_client_ids(id);
  request.add_exclude_client_ids(Id(1, 6));
  request.mutable_targets()->add_client_ids(Id(40, 1));
  pb::SendToAllResponse response;
  EXPECT_CODE(Call(&Stub::SendToAll, request, &response), OK);
  EXPECT_EQ(response.delivery().gateways(), 2u);
  ASSERT_EQ(response.delivery().unreachable_size(), 1);
  EXPECT_EQ(response.delivery().unreachable(0).gateway(), "127.0.0.1:2940");
  ASSERT_EQ(sent(0).size(), 1u);
  EXPECT_EQ(sent(0)[0].ext, R"({"connections":[1]})");
  ASSERT_EQ(sent(1).size(), 1u);
  EXPECT_EQ(sent(1)[0].ext, R"({"connections":[4,5]})");
  EXPECT_EQ(sent(2).size(), 0u);
}

TEST_F(BroadcastCommands, TargetsOfUnknownGatewaysAloneAreNotFound) {
  pb::SendToAllRequest request = ToAll();
  request.mutable_targets()->add_client_ids(Id(40, 1));
  EXPECT_CODE(Call(&Stub::SendToAll, request), NOT_FOUND);
}

TEST_F(BroadcastCommands, ExclusionsGoToTheirGatewaysOnly) {
  pb::SendToAllRequest request = ToAll();
  for (const auto& id : {Id(1, 4), Id(1, 5), Id(30, 9)})
    request.add_exclude_client_ids(id);
  EXPECT_CODE(Call(&Stub::SendToAll, request), OK);
  EXPECT_EQ(sent(0)[0].ext, "");
  EXPECT_EQ(sent(1)[0].ext, R"({"exclude":{"4":4,"5":5}})");
  EXPECT_EQ(sent(2)[0].ext, "");
}

TEST_F(BroadcastCommands, BadIdsInListsAreNamed) {
  pb::SendToAllRequest request = ToAll();
  request.mutable_targets()->add_client_ids(Id(0, 1));
  request.mutable_targets()->add_client_ids("x");
  Outcome outcome = Call(&Stub::SendToAll, request);
  EXPECT_CODE(outcome, INVALID_ARGUMENT);
  EXPECT_EQ(outcome.field(), "targets.client_ids");
  EXPECT_THAT(outcome.text(), HasSubstr("targets.client_ids[1]"));
  request.clear_targets();
  request.add_exclude_client_ids("y");
  outcome = Call(&Stub::SendToAll, request);
  EXPECT_EQ(outcome.field(), "exclude_client_ids");
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(BroadcastCommands, ManyTargetsWithABigMessageAreSplitOverFrames) {
  pb::SendToAllRequest request = ToAll();
  const std::size_t room = 1000;
  request.mutable_message()->set_data(
      std::string(wire::kMaxFrameToGateway - wire::kFrameHeadSize - room, 'x'));
  for (std::uint32_t i = 1; i <= 200; ++i)
    request.mutable_targets()->add_client_ids(Id(0, 4'000'000'000 + i));
  EXPECT_CODE(Call(&Stub::SendToAll, request), OK);
  ASSERT_EQ(sent(0).size(), 3u);
  std::size_t ids = 0;
  for (const Sent& frame : sent(0)) {
    EXPECT_LE(frame.ext.size(), room);
    ids += static_cast<std::size_t>(std::count(frame.ext.begin(), frame.ext.end(), ',')) + 1;
  }
  EXPECT_EQ(ids, 200u);
}

TEST_F(BroadcastCommands, AnExclusionThatDoesNotFitIsRefusedAndNothingSent) {
  pb::SendToAllRequest request = ToAll();
  request.mutable_message()->set_data(std::string(wire::kMaxFrameToGateway - wire::kFrameHeadSize - 10, 'x'));
  request.add_exclude_client_ids(Id(1, 1));
  const Outcome outcome = Call(&Stub::SendToAll, request);
  EXPECT_CODE(outcome, RESOURCE_EXHAUSTED);
  EXPECT_EQ(outcome.reason(), "too-large");
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(BroadcastCommands, OneGatewayAwayIsToldAllAwayIsAnError) {
  gateway(1).Fail(NoLink(1));
  pb::SendToAllResponse response;
  EXPECT_CODE(Call(&Stub::SendToAll, ToAll(), &response), OK);
  EXPECT_EQ(response.delivery().gateways(), 2u);
  ASSERT_EQ(response.delivery().unreachable_size(), 1);
  EXPECT_EQ(response.delivery().unreachable(0).gateway(), "127.0.0.1:2901");
  EXPECT_THAT(response.delivery().unreachable(0).reason(), HasSubstr("not linked"));

  gateway(0).Fail(NoLink(0));
  gateway(2).Fail(Full(2));
  Outcome outcome = Call(&Stub::SendToAll, ToAll());
  EXPECT_CODE(outcome, UNAVAILABLE);
  EXPECT_THAT(outcome.trailer("gatewayd-gateway"),
              ElementsAre("127.0.0.1:2900", "127.0.0.1:2901", "127.0.0.1:2902"));
  for (int i = 0; i < kGateways; ++i)
    gateway(static_cast<std::size_t>(i)).Fail(Full(i));
  outcome = Call(&Stub::SendToAll, ToAll());
  EXPECT_CODE(outcome, RESOURCE_EXHAUSTED);
  EXPECT_EQ(outcome.reason(), "buffer-full");
}

TEST_F(BroadcastCommands, NoViewIsUnavailableNoMembersIsOk) {
  cluster_.SetView(false, false);
  EXPECT_CODE(Call(&Stub::SendToAll, ToAll()), UNAVAILABLE);
}

TEST_F(BroadcastCommands, ConfirmWaitsForEveryGateway) {
  gateway(2).Hold();
  std::thread release([&] {
    while (gateway(2).held() == 0)
      std::this_thread::yield();
    gateway(2).Release();
  });
  pb::SendToAllRequest request = ToAll();
  request.set_confirm(pb::CONFIRM_RUN);
  pb::SendToAllResponse response;
  EXPECT_CODE(Call(&Stub::SendToAll, request, &response), OK);
  release.join();
  EXPECT_EQ(response.delivery().gateways(), 3u);
  EXPECT_TRUE(sent(0)[0].confirm_run);
}

TEST_F(BroadcastCommands, AnUnknownEffectIsNeverUnavailable) {
  for (int i = 0; i < kGateways; ++i)
    gateway(static_cast<std::size_t>(i)).Fail(NoLink(i));
  gateway(1).Fail(cluster::MakeError(absl::StatusCode::kDeadlineExceeded, cluster::Reason::kLinkLost,
                                     "127.0.0.1:2901", "the link was lost"));
  pb::SendToAllRequest request = ToAll();
  request.set_confirm(pb::CONFIRM_RUN);
  EXPECT_CODE(Call(&Stub::SendToAll, request), DEADLINE_EXCEEDED);
}

TEST_F(BroadcastCommands, SendToUidNamesEachUidOnce) {
  pb::SendToUidRequest request;
  request.mutable_message()->set_text("x");
  EXPECT_CODE(Call(&Stub::SendToUid, request), OK);
  EXPECT_EQ(SentInAll(), 0u);
  for (const char* uid : {"1001", "a\"b", "1001"})
    request.add_uids(uid);
  pb::SendToUidResponse response;
  EXPECT_CODE(Call(&Stub::SendToUid, request, &response), OK);
  EXPECT_EQ(response.delivery().gateways(), 3u);
  EXPECT_EQ(sent(0)[0].command, Command::kSendToUid);
  EXPECT_EQ(sent(0)[0].ext, R"(["1001","a\"b"])");
  request.add_uids("0");
  const Outcome outcome = Call(&Stub::SendToUid, request);
  EXPECT_EQ(outcome.field(), "uids");
  EXPECT_THAT(outcome.text(), HasSubstr("uids[3]"));
}

TEST_F(BroadcastCommands, SendToGroupWithExclusions) {
  pb::SendToGroupRequest request;
  request.mutable_message()->set_text("x");
  EXPECT_CODE(Call(&Stub::SendToGroup, request), OK);
  EXPECT_EQ(SentInAll(), 0u);
  request.add_groups("a");
  request.add_groups("b");
  request.add_groups("a");
  request.add_exclude_client_ids(Id(1, 9));
  EXPECT_CODE(Call(&Stub::SendToGroup, request), OK);
  EXPECT_EQ(sent(0)[0].command, Command::kSendToGroup);
  EXPECT_EQ(sent(0)[0].ext, R"({"group":["a","b"],"exclude":null})");
  EXPECT_EQ(sent(1)[0].ext, R"({"group":["a","b"],"exclude":{"9":9}})");
  request.add_groups("");
  EXPECT_EQ(Call(&Stub::SendToGroup, request).field(), "groups");
}

TEST_F(BroadcastCommands, Ungroup) {
  pb::UngroupRequest request;
  EXPECT_EQ(Call(&Stub::Ungroup, request).field(), "group");
  request.set_group("room");
  pb::UngroupResponse response;
  EXPECT_CODE(Call(&Stub::Ungroup, request, &response), OK);
  EXPECT_EQ(response.delivery().gateways(), 3u);
  EXPECT_EQ(sent(2)[0].command, Command::kUngroup);
  EXPECT_EQ(sent(2)[0].ext, "room");
}

// ---- Execute

TEST_F(BroadcastCommands, ExecuteRunsInOrderAndAnswersEach) {
  pb::ExecuteRequest request;
  auto* to_one = request.add_commands()->mutable_send_to_client();
  to_one->set_client_id(Id(0, 1));
  to_one->mutable_message()->set_text("1");
  request.add_commands();  // no command at all
  auto* bad = request.add_commands()->mutable_join_group();
  bad->set_client_id("nonsense");
  auto* join = request.add_commands()->mutable_join_group();
  join->set_client_id(Id(0, 1));
  join->set_group("g");
  *request.add_commands()->mutable_send_to_all() = ToAll();
  auto* current = request.add_commands()->mutable_close_current_client();
  current->set_confirm(pb::CONFIRM_RUN);
  pb::ExecuteResponse response;
  EXPECT_CODE(Call(&Stub::Execute, request, &response, {{"gateway-client-id", Id(0, 8)}}), OK);
  ASSERT_EQ(response.statuses_size(), 6);
  std::vector<int> codes;
  for (const auto& status : response.statuses())
    codes.push_back(status.code());
  EXPECT_THAT(codes, ElementsAre(0, 3, 3, 0, 0, 0));
  EXPECT_THAT(response.statuses(2).message(), HasSubstr("client_id"));
  EXPECT_FALSE(response.statuses(0).has_delivery());
  EXPECT_EQ(response.statuses(4).delivery().gateways(), 3u);
  const auto at_0 = sent(0);
  ASSERT_EQ(at_0.size(), 4u);
  EXPECT_EQ(at_0[0].command, Command::kSendToOne);
  EXPECT_EQ(at_0[1].command, Command::kJoinGroup);
  EXPECT_EQ(at_0[2].command, Command::kSendToAll);
  EXPECT_EQ(at_0[3].command, Command::kKick);
  EXPECT_EQ(at_0[3].connection_id, 8u);
}

TEST_F(BroadcastCommands, ExecuteWaitsForWhatIsConfirmed) {
  gateway(0).Hold();
  pb::ExecuteRequest request;
  for (int i = 0; i < 3; ++i) {
    auto* command = request.add_commands()->mutable_destroy_client();
    command->set_client_id(Id(0, 1));
    command->set_require_online(i != 1);
  }
  std::thread release([&] {
    while (gateway(0).held() < 2)
      std::this_thread::yield();
    gateway(0).Fail(cluster::MakeError(absl::StatusCode::kNotFound, cluster::Reason::kOffline, "", "gone"));
    gateway(0).Release();
  });
  pb::ExecuteResponse response;
  EXPECT_CODE(Call(&Stub::Execute, request, &response), OK);
  release.join();
  ASSERT_EQ(response.statuses_size(), 3);
  EXPECT_EQ(response.statuses(0).code(), 5);
  EXPECT_EQ(response.statuses(1).code(), 0);
  EXPECT_EQ(response.statuses(2).code(), 5);
}

TEST_F(BroadcastCommands, ExecuteOfNothingAndOfTooMuch) {
  pb::ExecuteRequest request;
  pb::ExecuteResponse response;
  EXPECT_CODE(Call(&Stub::Execute, request, &response), OK);
  EXPECT_EQ(response.statuses_size(), 0);
  for (int i = 0; i < 100'001; ++i)
    request.add_commands();
  EXPECT_EQ(Call(&Stub::Execute, request).field(), "commands");
}

}  // namespace
}  // namespace gatewayd::api
