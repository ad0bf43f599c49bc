// Lists of clients, uids and groups over a channel.
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

// ---- Lists

TEST_F(Queries, ClientIdsNameTheGatewayThatAnswered) {
  AnswerClients(0, {{"a", {}}, {"", {}}});
  AnswerClients(1, {});
  AnswerClients(2, {{"b", {}}});
  pb::GetAllClientIdListResponse all;
  EXPECT_CODE(Call(&Stub::GetAllClientIdList, pb::GetAllClientIdListRequest(), &all), OK);
  EXPECT_THAT(all.client_ids(), ElementsAre(Id(0, 1), Id(0, 2), Id(2, 1)));
  pb::GetClientIdListByGroupResponse of_group;
  EXPECT_CODE(Call(&Stub::GetClientIdListByGroup, Group<pb::GetClientIdListByGroupRequest>("g"), &of_group),
              OK);
  EXPECT_EQ(of_group.client_ids_size(), 3);
  EXPECT_THAT(Asked(1).ext, HasSubstr(R"("groups":["g"])"));
}

TEST_F(Queries, ClientsOfUids) {
  AnswerAll(List({Int(3), Int(4)}));
  pb::GetClientIdByUidRequest one;
  one.set_uid("u");
  pb::GetClientIdByUidResponse clients;
  EXPECT_CODE(Call(&Stub::GetClientIdByUid, one, &clients), OK);
  EXPECT_EQ(clients.client_ids_size(), 6);

  AnswerAll("a:0:{}");
  gateway(0).Answer(Map({{Int(1001), List({Int(3)})}, {Str("x"), List({})}}));
  gateway(1).Answer(Map({{Int(1001), List({Int(5)})}, {Str("stranger"), List({Int(9)})}}));
  pb::GetClientIdByUidsRequest request;
  pb::GetClientIdByUidsResponse response;
  EXPECT_CODE(Call(&Stub::GetClientIdByUids, request, &response), OK);
  EXPECT_EQ(response.uids_size(), 0);
  for (const char* uid : {"x", "1001", "x", "nobody"})
    request.add_uids(uid);
  EXPECT_CODE(Call(&Stub::GetClientIdByUids, request, &response), OK);
  EXPECT_EQ(Asked(0).ext, R"(["x","1001","nobody"])");
  ASSERT_EQ(response.uids_size(), 3);
  EXPECT_EQ(response.uids(0).uid(), "x");
  EXPECT_EQ(response.uids(1).uid(), "1001");
  EXPECT_THAT(response.uids(1).client_ids(), ElementsAre(Id(0, 3), Id(1, 5)));
  EXPECT_EQ(response.uids(2).client_ids_size(), 0);
}

TEST_F(Queries, Sessions) {
  AnswerAll("a:0:{}");
  gateway(1).Answer(Map({{Int(1), Str(Map({{Str("k"), Str("v")}}))}, {Int(2), Str("")}}));
  pb::GetAllClientSessionsRequest request;
  pb::GetAllClientSessionsResponse response;
  EXPECT_CODE(Call(&Stub::GetAllClientSessions, request, &response), OK);
  EXPECT_EQ(Asked(0).command, Command::kGetAllClientSessions);
  ASSERT_EQ(response.clients_size(), 2);
  EXPECT_EQ(response.clients(0).client_id(), Id(1, 1));
  EXPECT_EQ(response.clients(0).session().value().fields().at("k").string_value(), "v");
  EXPECT_TRUE(response.clients(1).session().value().fields().empty());
  EXPECT_EQ(response.clients(1).session().stored(), "");
  request.set_group("g");
  EXPECT_CODE(Call(&Stub::GetAllClientSessions, request, &response), OK);
  EXPECT_EQ(Asked(0).command, Command::kGetClientSessionsByGroup);
  EXPECT_EQ(Asked(0).ext, "g");
  request.set_group("");
  EXPECT_EQ(Call(&Stub::GetAllClientSessions, request).field(), "group");
  pb::GetClientSessionsByGroupResponse of_group;
  EXPECT_CODE(
      Call(&Stub::GetClientSessionsByGroup, Group<pb::GetClientSessionsByGroupRequest>("g"), &of_group), OK);
  EXPECT_EQ(of_group.clients_size(), 2);
}

// ---- Groups

TEST_F(Queries, GroupsAndWhatIsInThem) {
  AnswerClients(0, {{"a", {"x", "y"}}, {"", {"y"}}, {"a", {"y"}}});
  AnswerClients(1, {{"a", {"x"}}, {"b", {"x", kLatin1}}});
  AnswerClients(2, {});
  pb::GetAllGroupClientIdCountResponse counts;
  EXPECT_CODE(Call(&Stub::GetAllGroupClientIdCount, pb::GetAllGroupClientIdCountRequest(), &counts), OK);
  ASSERT_EQ(counts.groups_size(), 3);
  EXPECT_EQ(counts.groups(0).group(), "x");
  EXPECT_EQ(counts.groups(0).count(), 3u);
  EXPECT_EQ(counts.groups(1).count(), 3u);
  EXPECT_EQ(counts.groups(2).group_not_utf8(), kLatin1);
  EXPECT_EQ(counts.groups(2).group(), "");

  pb::GetAllGroupUidCountResponse uid_counts;
  EXPECT_CODE(Call(&Stub::GetAllGroupUidCount, pb::GetAllGroupUidCountRequest(), &uid_counts), OK);
  ASSERT_EQ(uid_counts.groups_size(), 3);
  EXPECT_EQ(uid_counts.groups(0).count(), 2u);
  EXPECT_EQ(uid_counts.groups(1).count(), 1u);

  // Complete, although the second client of y has no uid.
  pb::GetAllGroupUidListResponse uids;
  EXPECT_CODE(Call(&Stub::GetAllGroupUidList, pb::GetAllGroupUidListRequest(), &uids), OK);
  ASSERT_EQ(uids.groups_size(), 3);
  EXPECT_THAT(uids.groups(0).uids(), ElementsAre("a", "b"));

  pb::GetAllGroupClientIdListResponse ids;
  EXPECT_CODE(Call(&Stub::GetAllGroupClientIdList, pb::GetAllGroupClientIdListRequest(), &ids), OK);
  ASSERT_EQ(ids.groups_size(), 3);
  EXPECT_THAT(ids.groups(1).client_ids(), ElementsAre(Id(0, 1), Id(0, 2), Id(0, 3)));
}

TEST_F(Queries, GroupNames) {
  AnswerAll("a:0:{}");
  gateway(0).Answer(List({Str("x"), Int(1001)}));
  gateway(1).Answer(List({Str("x"), Str(kLatin1)}));
  pb::GetAllGroupIdListResponse response;
  EXPECT_CODE(Call(&Stub::GetAllGroupIdList, pb::GetAllGroupIdListRequest(), &response), OK);
  EXPECT_THAT(response.groups(), ElementsAre("x", "1001"));
  EXPECT_THAT(response.groups_not_utf8(), ElementsAre(kLatin1));
  EXPECT_EQ(Asked(0).command, Command::kGetGroupIdList);
}

TEST_F(Queries, CountsOfNamedGroupsAreBoundedAndSplit) {
  pb::GetClientCountByGroupsRequest request;
  pb::GetClientCountByGroupsResponse response;
  EXPECT_CODE(Call(&Stub::GetClientCountByGroups, request, &response), OK);
  EXPECT_EQ(SentInAll(), 0u);
  AnswerAll(Map({{Str("x"), Int(2)}, {Int(7), Int(1)}}));
  for (const char* group : {"7", "none", "x", "7"})
    request.add_groups(group);
  EXPECT_CODE(Call(&Stub::GetClientCountByGroups, request, &response), OK);
  ASSERT_EQ(response.groups_size(), 3);
  EXPECT_EQ(response.groups(0).group(), "7");
  EXPECT_EQ(response.groups(0).count(), 3u);
  EXPECT_EQ(response.groups(1).count(), 0u);
  EXPECT_EQ(response.groups(2).count(), 6u);
  EXPECT_GT(Asked(0).bounded, 0u);

  const std::size_t before = sent(0).size();
  for (int i = 0; i < 200; ++i)
    request.add_groups(std::string(1000, 'g') + std::to_string(i));
  EXPECT_CODE(Call(&Stub::GetClientCountByGroups, request, &response), OK);
  EXPECT_EQ(sent(0).size() - before, 4u);
  for (const Sent& frame : sent(0))
    EXPECT_LE(frame.ext.size(), 65536u);
  EXPECT_EQ(response.groups_size(), 203);
}

}  // namespace
}  // namespace gatewayd::api
