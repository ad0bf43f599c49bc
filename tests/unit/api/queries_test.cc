// Queries to one client, counts, and what a Gateway that fails does, over a channel.
#include "unit/api/queries_fixture.h"

namespace gatewayd::api {
namespace {

using php::Int;
using php::List;
using php::Map;
using php::Str;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::Command;

// ---- One client

TEST_F(Queries, IsOnline) {
  gateway(1).Answer("i:1;");
  pb::IsOnlineRequest request;
  request.set_client_id(Id(1, 7));
  request.set_generation("g");
  pb::IsOnlineResponse response;
  EXPECT_CODE(Call(&Stub::IsOnline, request, &response), OK);
  EXPECT_TRUE(response.online());
  EXPECT_EQ(Asked(1).command, Command::kIsOnline);
  EXPECT_EQ(Asked(1).connection_id, 7u);
  EXPECT_EQ(Asked(1).generation, "g");
  EXPECT_GT(Asked(1).bounded, 0u);
  EXPECT_FALSE(Asked(1).any_consistency);
  gateway(1).Answer("i:0;");
  request.set_consistency(pb::CONSISTENCY_ANY);
  EXPECT_CODE(Call(&Stub::IsOnline, request, &response), OK);
  EXPECT_FALSE(response.online());
  EXPECT_TRUE(Asked(1).any_consistency);
}

TEST_F(Queries, IsOnlineOfWhatCannotBe) {
  pb::IsOnlineRequest request;
  request.set_client_id("zz");
  EXPECT_EQ(Call(&Stub::IsOnline, request).field(), "client_id");
  request.set_client_id(Id(60, 1));
  EXPECT_CODE(Call(&Stub::IsOnline, request), NOT_FOUND);
  request.set_client_id(Id(0, 1));
  const Outcome unlinked = Call(&Stub::IsOnline, request);
  EXPECT_CODE(unlinked, UNAVAILABLE);
  EXPECT_EQ(unlinked.reason(), "no-link");
  gateway(0).Answer("garbage");
  const Outcome garbage = Call(&Stub::IsOnline, request);
  EXPECT_CODE(garbage, DATA_LOSS);
  EXPECT_EQ(garbage.reason(), "bad-answer");
  EXPECT_THAT(garbage.trailer("gatewayd-gateway"), ElementsAre("127.0.0.1:2900"));
  request.set_consistency(static_cast<pb::Consistency>(9));
  EXPECT_EQ(Call(&Stub::IsOnline, request).field(), "consistency");
}

TEST_F(Queries, GetSession) {
  gateway(0).Answer(Map({{Str("n"), Int(3)}, {Str("list"), List({Str("a"), Str(kLatin1)})}}));
  pb::GetSessionRequest request;
  request.set_client_id(Id(0, 1));
  pb::GetSessionResponse response;
  EXPECT_CODE(Call(&Stub::GetSession, request, &response), OK);
  const pb::Session& session = response.session();
  EXPECT_EQ(session.value().fields().at("n").number_value(), 3);
  EXPECT_EQ(session.value().fields().at("list").list_value().values_size(), 2);
  EXPECT_TRUE(session.value_incomplete());
  EXPECT_THAT(session.stored(), HasSubstr(kLatin1));
  EXPECT_EQ(Asked(0).command, Command::kGetSessionByClientId);
  EXPECT_EQ(Asked(0).bounded, 0u);
  EXPECT_LT(Asked(0).deadline, absl::Now() + absl::Minutes(1));
  gateway(0).Answer("N;");
  const Outcome gone = Call(&Stub::GetSession, request);
  EXPECT_CODE(gone, NOT_FOUND);
  EXPECT_EQ(gone.reason(), "offline");
}

TEST_F(Queries, GetUidByClientId) {
  pb::GetUidByClientIdRequest request;
  request.set_client_id(Id(0, 1));
  pb::GetUidByClientIdResponse response;
  AnswerClients(0, {{"u", {}}});
  EXPECT_CODE(Call(&Stub::GetUidByClientId, request, &response), OK);
  EXPECT_EQ(response.uid(), "u");
  EXPECT_EQ(Asked(0).ext, R"({"fields":["uid"],"where":{"connection_id":[1]}})");
  EXPECT_EQ(Asked(0).bounded, 65536u);
  AnswerClients(0, {{"", {}}});
  EXPECT_CODE(Call(&Stub::GetUidByClientId, request, &response), OK);
  EXPECT_FALSE(response.has_uid());
  AnswerClients(0, {{kLatin1, {}}});
  EXPECT_CODE(Call(&Stub::GetUidByClientId, request, &response), OK);
  EXPECT_EQ(response.uid_not_utf8(), kLatin1);
  AnswerClients(0, {});
  EXPECT_CODE(Call(&Stub::GetUidByClientId, request), NOT_FOUND);
}

// ---- Counts

TEST_F(Queries, CountsAreSums) {
  gateway(0).Answer("i:1;");
  gateway(1).Answer("i:10;");
  gateway(2).Answer("i:100;");
  pb::GetAllClientCountResponse all;
  EXPECT_CODE(Call(&Stub::GetAllClientCount, pb::GetAllClientCountRequest(), &all), OK);
  EXPECT_EQ(all.count(), 111u);
  EXPECT_EQ(Asked(2).command, Command::kGetClientCountByGroup);
  EXPECT_EQ(Asked(2).ext, "");
  EXPECT_GT(Asked(2).bounded, 0u);
  pb::GetClientCountByGroupResponse of_group;
  EXPECT_CODE(Call(&Stub::GetClientCountByGroup, Group<pb::GetClientCountByGroupRequest>("g"), &of_group),
              OK);
  EXPECT_EQ(of_group.count(), 111u);
  EXPECT_EQ(Asked(0).ext, "g");
  // An empty group would count everyone.
  EXPECT_EQ(Call(&Stub::GetClientCountByGroup, Group<pb::GetClientCountByGroupRequest>("")).field(), "group");
}

TEST_F(Queries, AMemberThatDoesNotAnswerIsNeverLeftOutSilently) {
  gateway(0).Answer("i:1;");
  pb::GetAllClientCountRequest request;
  pb::GetAllClientCountResponse response;
  const Outcome outcome = Call(&Stub::GetAllClientCount, request, &response);
  EXPECT_CODE(outcome, UNAVAILABLE);
  EXPECT_THAT(outcome.trailer("gatewayd-gateway"), ElementsAre("127.0.0.1:2901", "127.0.0.1:2902"));
  EXPECT_THAT(outcome.text(), HasSubstr("127.0.0.1:2901"));
  request.set_partial_ok(true);
  EXPECT_CODE(Call(&Stub::GetAllClientCount, request, &response), OK);
  EXPECT_EQ(response.count(), 1u);
  ASSERT_EQ(response.missing_size(), 2);
  EXPECT_EQ(response.missing(1).gateway(), "127.0.0.1:2902");
  gateway(1).Answer("i:5;");
  gateway(2).Answer("s:1:\"x\";");
  request.set_partial_ok(false);
  EXPECT_CODE(Call(&Stub::GetAllClientCount, request, &response), DATA_LOSS);
}

TEST_F(Queries, NoViewIsUnavailable) {
  cluster_.SetView(false, false);
  const Outcome outcome = Call(&Stub::GetAllClientCount, pb::GetAllClientCountRequest());
  EXPECT_CODE(outcome, UNAVAILABLE);
  EXPECT_EQ(outcome.reason(), "no-view");
}

TEST_F(Queries, UidsCountOnceWhereverTheirClientsAre) {
  AnswerClients(0, {{"a", {}}, {"b", {}}, {"", {}}});
  AnswerClients(1, {{"b", {}}, {"c", {}}});
  AnswerClients(2, {{kLatin1, {}}, {"a", {}}});
  pb::GetAllUidCountResponse all;
  EXPECT_CODE(Call(&Stub::GetAllUidCount, pb::GetAllUidCountRequest(), &all), OK);
  EXPECT_EQ(all.count(), 4u);
  EXPECT_EQ(Asked(0).ext, R"({"fields":["uid"],"where":{}})");
  pb::GetUidCountByGroupResponse of_group;
  EXPECT_CODE(Call(&Stub::GetUidCountByGroup, Group<pb::GetUidCountByGroupRequest>("g"), &of_group), OK);
  EXPECT_EQ(of_group.count(), 4u);
  EXPECT_EQ(Asked(0).ext, R"({"fields":["uid"],"where":{"groups":["g"]}})");
  pb::GetAllUidListResponse list;
  EXPECT_CODE(Call(&Stub::GetAllUidList, pb::GetAllUidListRequest(), &list), OK);
  EXPECT_THAT(list.uids(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(list.uids_not_utf8(), ElementsAre(kLatin1));
  pb::GetUidListByGroupResponse group_list;
  EXPECT_CODE(Call(&Stub::GetUidListByGroup, Group<pb::GetUidListByGroupRequest>("g"), &group_list), OK);
  EXPECT_EQ(group_list.uids_size(), 3);
}

TEST_F(Queries, IsUidOnline) {
  AnswerAll("a:0:{}");
  pb::IsUidOnlineRequest request;
  request.set_uid("u");
  pb::IsUidOnlineResponse response;
  EXPECT_CODE(Call(&Stub::IsUidOnline, request, &response), OK);
  EXPECT_FALSE(response.online());
  gateway(2).Answer(List({Int(4)}));
  EXPECT_CODE(Call(&Stub::IsUidOnline, request, &response), OK);
  EXPECT_TRUE(response.online());
  EXPECT_EQ(Asked(2).command, Command::kGetClientIdByUid);
  EXPECT_EQ(Asked(2).ext, "u");
  request.set_uid("0");
  EXPECT_EQ(Call(&Stub::IsUidOnline, request).field(), "uid");
}

}  // namespace
}  // namespace gatewayd::api
