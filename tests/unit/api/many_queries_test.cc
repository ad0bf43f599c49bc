// Queries that name many clients, over a channel.
#include "unit/api/queries_fixture.h"

namespace gatewayd::api {
namespace {

using php::Int;
using php::Map;
using php::Str;
using testing::ElementsAre;
using testing::HasSubstr;

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
