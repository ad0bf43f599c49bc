// The queries over a channel: what is asked, how answers are merged, and what a Gateway that fails does.
#include "unit/api/php.h"
#include "unit/api/server_fixture.h"

namespace gatewayd::api {
namespace {

using php::Groups;
using php::Int;
using php::List;
using php::Map;
using php::Str;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using wire::Command;

const std::string kLatin1 = "caf\xe9";

class Queries : public ServerFixture {
 protected:
  void AnswerAll(const std::string& bytes) {
    for (std::size_t i = 0; i < kGateways; ++i)
      gateway(i).Answer(bytes);
  }
  Sent Asked(std::size_t i) { return sent(i).empty() ? Sent() : sent(i).back(); }

  // Gateway i answers SELECT with one client for each pair of uid and groups; "" has no uid.
  void AnswerClients(std::size_t i,
                     const std::vector<std::pair<std::string, std::vector<std::string>>>& clients) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& [uid, groups] : clients) {
      rows.emplace_back(Int(static_cast<long long>(rows.size() + 1)),
                        php::Row({{"uid", uid.empty() ? "N;" : Str(uid)}, {"groups", Groups(groups)}}));
    }
    gateway(i).Answer(Map(rows));
  }
};

template <typename Request>
Request Group(const std::string& group) {
  Request request;
  request.set_group(group);
  return request;
}

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

// ---- Many clients

TEST_F(Queries, AreOnline) {
  gateway(0).Answer([](const Sent& asked) { return Int(asked.connection_id % 2); });
  gateway(1).Answer("i:1;");
  pb::AreOnlineRequest request;
  for (const auto& id : {Id(0, 1), Id(0, 2), Id(1, 3), Id(0, 1), Id(70, 1)})
    request.add_client_ids(id);
  pb::AreOnlineResponse response;
  EXPECT_CODE(Call(&Stub::AreOnline, request, &response), OK);
  EXPECT_EQ(SentInAll(), 3u);
  EXPECT_EQ(response.online_size(), 4);
  EXPECT_TRUE(response.online().at(Id(0, 1)));
  EXPECT_FALSE(response.online().at(Id(0, 2)));
  EXPECT_TRUE(response.online().at(Id(1, 3)));
  EXPECT_FALSE(response.online().at(Id(70, 1)));

  request.add_client_ids(Id(2, 1));
  EXPECT_CODE(Call(&Stub::AreOnline, request), UNAVAILABLE);
  request.set_partial_ok(true);
  EXPECT_CODE(Call(&Stub::AreOnline, request, &response), OK);
  EXPECT_EQ(response.missing_size(), 1);
  EXPECT_EQ(response.online().count(Id(2, 1)), 0u);
  request.add_client_ids("x");
  EXPECT_EQ(Call(&Stub::AreOnline, request).field(), "client_ids");
}

TEST_F(Queries, AGatewayOfAnIncompleteViewMayBeThere) {
  cluster_.SetView(true, false);
  pb::AreOnlineRequest request;
  request.add_client_ids(Id(70, 1));
  EXPECT_CODE(Call(&Stub::AreOnline, request), UNAVAILABLE);
}

TEST_F(Queries, GetSessions) {
  gateway(0).Answer(Map({{Int(2), php::Row({{"session", Str(Map({{Str("k"), Int(1)}}))}})}}));
  pb::GetSessionsRequest request;
  for (const auto& id : {Id(70, 1), Id(0, 1), Id(0, 2), Id(0, 2)})
    request.add_client_ids(id);
  pb::GetSessionsResponse response;
  EXPECT_CODE(Call(&Stub::GetSessions, request, &response), OK);
  EXPECT_EQ(sent(0).size(), 1u);
  EXPECT_EQ(Asked(0).ext, R"({"fields":["session"],"where":{"connection_id":[1,2]}})");
  ASSERT_EQ(response.clients_size(), 1);
  EXPECT_EQ(response.clients(0).client_id(), Id(0, 2));
  EXPECT_EQ(response.clients(0).session().value().fields().at("k").number_value(), 1);
  EXPECT_THAT(response.offline_client_ids(), ElementsAre(Id(70, 1), Id(0, 1)));

  request.add_client_ids(Id(1, 1));
  EXPECT_CODE(Call(&Stub::GetSessions, request), UNAVAILABLE);
  request.set_partial_ok(true);
  EXPECT_CODE(Call(&Stub::GetSessions, request, &response), OK);
  EXPECT_EQ(response.missing_size(), 1);
  EXPECT_EQ(response.offline_client_ids_size(), 2);
}

TEST_F(Queries, Select) {
  AnswerClients(0, {{"u", {"g", kLatin1}}});
  AnswerClients(1, {});
  AnswerClients(2, {{kLatin1, {}}});
  pb::SelectRequest request;
  EXPECT_EQ(Call(&Stub::Select, request).field(), "fields");
  request.add_fields(pb::SELECT_FIELD_UNSPECIFIED);
  EXPECT_EQ(Call(&Stub::Select, request).field(), "fields");
  request.set_fields(0, static_cast<pb::SelectField>(77));
  EXPECT_EQ(Call(&Stub::Select, request).field(), "fields");
  request.set_fields(0, pb::SELECT_FIELD_UID);
  request.add_fields(pb::SELECT_FIELD_GROUPS);
  pb::SelectResponse response;
  EXPECT_CODE(Call(&Stub::Select, request, &response), OK);
  EXPECT_EQ(Asked(0).ext, R"({"fields":["uid","groups"],"where":{}})");
  ASSERT_EQ(response.clients_size(), 2);
  EXPECT_EQ(response.clients(0).client_id(), Id(0, 1));
  EXPECT_EQ(response.clients(0).uid(), "u");
  EXPECT_THAT(response.clients(0).groups(), ElementsAre("g"));
  EXPECT_THAT(response.clients(0).groups_not_utf8(), ElementsAre(kLatin1));
  EXPECT_FALSE(response.clients(0).has_session());
  EXPECT_EQ(response.clients(1).uid_not_utf8(), kLatin1);
}

TEST_F(Queries, SelectWithAFilter) {
  AnswerAll("a:0:{}");
  pb::SelectRequest request;
  request.add_fields(pb::SELECT_FIELD_SESSION);
  request.mutable_filter();  // nobody
  EXPECT_CODE(Call(&Stub::Select, request), OK);
  EXPECT_EQ(SentInAll(), 0u);
  request.mutable_filter()->add_client_ids(Id(1, 5));
  request.mutable_filter()->add_client_ids(Id(70, 5));
  EXPECT_CODE(Call(&Stub::Select, request), OK);
  EXPECT_EQ(SentInAll(), 1u);
  EXPECT_EQ(Asked(1).ext, R"({"fields":["session"],"where":{"connection_id":[5]}})");
  request.mutable_filter()->add_groups("g");
  EXPECT_CODE(Call(&Stub::Select, request), OK);
  EXPECT_EQ(SentInAll(), 4u);
  EXPECT_EQ(Asked(0).ext, R"({"fields":["session"],"where":{"groups":["g"]}})");
  EXPECT_THAT(Asked(1).ext, HasSubstr(R"("connection_id":[5])"));
  request.mutable_filter()->add_uids("");
  EXPECT_EQ(Call(&Stub::Select, request).field(), "filter.uids");
}

}  // namespace
}  // namespace gatewayd::api
