// The functions end to end: gRPC, daemon, two embedded Gateways, real clients. What a Gateway answers to
// which command is proven in unit tests and against the real PHP system (tests/interop); here the whole way
// is walked.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "integration/fixture.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using embedded::ClientProtocol;

class FunctionsTest : public ClusterTest {
 protected:
  void SetUp() override {
    Start(2, "a secret \"with\" quotes");
    if (HasFatalFailure()) return;
    text_ = std::make_unique<TextClient>(Port(0, ClientProtocol::kText));
    ASSERT_TRUE(WaitClients(0, 1));
    websocket_ = std::make_unique<WebSocketClient>(Port(1, ClientProtocol::kWebSocket));
    ASSERT_TRUE(WaitClients(1, 1));
    first_ = ClientId(0, 1);
    second_ = ClientId(1, 1);
  }

  template <typename Request, typename Response>
  Response Ok(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request) {
    Response response;
    const grpc::Status status = daemon_->Call(method, request, &response);
    EXPECT_TRUE(status.ok()) << request.ShortDebugString() << ": " << status.error_message();
    return response;
  }
  template <typename Request, typename Response>
  grpc::StatusCode Code(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request) {
    Response response;
    return daemon_->Call(method, request, &response).error_code();
  }

  void Bind(const std::string& client_id, const std::string& uid) {
    pb::BindUidRequest request;
    request.set_client_id(client_id);
    request.set_uid(uid);
    Ok(&Stub::BindUid, request);
  }
  void Join(const std::string& client_id, const std::string& group) {
    pb::JoinGroupRequest request;
    request.set_client_id(client_id);
    request.set_group(group);
    Ok(&Stub::JoinGroup, request);
  }
  static pb::Message Text(const std::string& text) {
    pb::Message message;
    message.set_text(text);
    return message;
  }

  std::unique_ptr<TextClient> text_;
  std::unique_ptr<WebSocketClient> websocket_;
  std::string first_, second_;  // ids of the two
};

template <typename Repeated>
std::set<std::string> Set(const Repeated& values) {
  return {values.begin(), values.end()};
}

TEST_F(FunctionsTest, MessagesReachClientsInOrder) {
  pb::SendToClientRequest to_one;
  to_one.set_client_id(first_);
  for (int i = 0; i < 500; ++i) {
    *to_one.mutable_message() = Text(absl::StrCat("m", i));
    Ok(&Stub::SendToClient, to_one);
  }
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(text_->ReadMessage(), absl::StrCat("m", i));

  pb::SendToAllRequest to_all;
  *to_all.mutable_message() = Text("everyone");
  EXPECT_EQ(Ok(&Stub::SendToAll, to_all).delivery().gateways(), 2);
  EXPECT_EQ(text_->ReadMessage(), "everyone");
  EXPECT_EQ(websocket_->ReadMessage(), "everyone");

  to_all.mutable_targets();  // present and empty: nobody
  *to_all.mutable_message() = Text("nobody");
  Ok(&Stub::SendToAll, to_all);
  to_all.mutable_targets()->add_client_ids(second_);
  *to_all.mutable_message() = Text("the second");
  Ok(&Stub::SendToAll, to_all);
  EXPECT_EQ(websocket_->ReadMessage(), "the second");

  to_all.clear_targets();
  to_all.add_exclude_client_ids(second_);
  *to_all.mutable_message() = Text("but the second");
  Ok(&Stub::SendToAll, to_all);
  EXPECT_EQ(text_->ReadMessage(), "but the second") << "and neither of the two before";
}

TEST_F(FunctionsTest, BinaryIsRefusedWhereAGatewayCannotSendIt) {
  pb::SendToClientRequest request;
  request.set_client_id(second_);
  request.mutable_message()->set_data("x");
  request.mutable_message()->set_websocket_binary(true);
  EXPECT_EQ(Code(&Stub::SendToClient, request),
            IsGo() ? grpc::StatusCode::FAILED_PRECONDITION : grpc::StatusCode::OK);
}

// A Go Gateway ignores the flag for raw bytes.
TEST_F(FunctionsTest, PhpOnlyBinaryReachesAWebSocketClientAsABinaryFrame) {
  pb::SendToClientRequest request;
  request.set_client_id(second_);
  request.mutable_message()->set_data(std::string("\x00\xff\x01", 3));
  request.mutable_message()->set_websocket_binary(true);
  Ok(&Stub::SendToClient, request);
  EXPECT_EQ(websocket_->ReadMessage(), std::string("\x00\xff\x01", 3));
  EXPECT_FALSE(websocket_->got_text());
  request.mutable_message()->set_data(std::string(70'000, 'b'));
  Ok(&Stub::SendToClient, request);
  EXPECT_EQ(websocket_->ReadMessage(), std::string(70'000, 'b'));
}

TEST_F(FunctionsTest, UidsAndGroups) {
  Bind(first_, "1001");
  Bind(second_, "1001");
  Join(first_, "7");
  Join(second_, "7");
  Join(second_, "\xE7\xA9\xBA");

  pb::GetClientIdByUidRequest by_uid;
  by_uid.set_uid("1001");
  EXPECT_EQ(Set(Ok(&Stub::GetClientIdByUid, by_uid).client_ids()), (std::set<std::string>{first_, second_}));
  pb::GetClientCountByGroupRequest by_group;
  by_group.set_group("7");
  EXPECT_EQ(Ok(&Stub::GetClientCountByGroup, by_group).count(), 2);
  EXPECT_EQ(Set(Ok(&Stub::GetAllUidList, {}).uids()), (std::set<std::string>{"1001"}));
  EXPECT_EQ(Ok(&Stub::GetAllUidCount, {}).count(), 1);
  EXPECT_EQ(Set(Ok(&Stub::GetAllGroupIdList, {}).groups()), (std::set<std::string>{"7", "\xE7\xA9\xBA"}));
  pb::GetUidByClientIdRequest uid_of;
  uid_of.set_client_id(first_);
  EXPECT_EQ(Ok(&Stub::GetUidByClientId, uid_of).uid(), "1001");

  pb::SendToGroupRequest to_group;
  to_group.add_groups("7");
  to_group.add_exclude_client_ids(first_);
  *to_group.mutable_message() = Text("to the group");
  Ok(&Stub::SendToGroup, to_group);
  EXPECT_EQ(websocket_->ReadMessage(), "to the group");
  pb::SendToUidRequest to_uid;
  to_uid.add_uids("1001");
  to_uid.add_uids("1001");
  *to_uid.mutable_message() = Text("to the uid");
  Ok(&Stub::SendToUid, to_uid);
  EXPECT_EQ(text_->ReadMessage(), "to the uid");
  EXPECT_EQ(websocket_->ReadMessage(), "to the uid");

  pb::UngroupRequest ungroup;
  ungroup.set_group("7");
  Ok(&Stub::Ungroup, ungroup);
  EXPECT_EQ(Ok(&Stub::GetClientCountByGroup, by_group).count(), 0);
}

TEST_F(FunctionsTest, SessionsAreReadBackAsWritten) {
  pb::SetSessionRequest set;
  set.set_client_id(first_);
  auto& fields = *set.mutable_session()->mutable_value()->mutable_fields();
  fields["name"].set_string_value("Zo\xC3\xAB");
  fields["age"].set_number_value(30);
  fields["tags"].mutable_list_value()->add_values()->set_string_value("a");
  Ok(&Stub::SetSession, set);
  pb::GetSessionRequest get;
  get.set_client_id(first_);
  const auto session = Ok(&Stub::GetSession, get).session();
  EXPECT_EQ(session.value().fields().at("name").string_value(), "Zo\xC3\xAB");
  EXPECT_EQ(session.value().fields().at("age").number_value(), 30);
  EXPECT_NE(session.stored().find(IsGo() ? "\"age\":30" : "i:30;"), std::string::npos) << session.stored();

  pb::UpdateSessionRequest update;
  update.set_client_id(first_);
  (*update.mutable_session()->mutable_value()->mutable_fields())["age"].set_number_value(31);
  Ok(&Stub::UpdateSession, update);
  EXPECT_EQ(Ok(&Stub::GetSession, get).session().value().fields().at("age").number_value(), 31);

  pb::GetSessionsRequest many;
  many.add_client_ids(first_);
  many.add_client_ids(ClientId(1, 99));
  const auto sessions = Ok(&Stub::GetSessions, many);
  ASSERT_EQ(sessions.clients_size(), 1);
  EXPECT_EQ(sessions.clients(0).client_id(), first_);
  EXPECT_EQ(Set(sessions.offline_client_ids()), std::set<std::string>{ClientId(1, 99)});

  for (const std::string& bad : {std::string("i:5;"), std::string("5"), StoredSession("k", "v") + "x"}) {
    set.mutable_session()->set_stored(bad);
    EXPECT_EQ(Code(&Stub::SetSession, set), grpc::StatusCode::INVALID_ARGUMENT) << bad;
  }
  // What a Struct cannot hold: bytes that are not UTF-8, or too large an integer.
  set.mutable_session()->set_stored(IsGo() ? R"({"k":9007199254740993})" : "a:1:{s:1:\"k\";s:1:\"\xff\";}");
  Ok(&Stub::SetSession, set);
  const auto binary = Ok(&Stub::GetSession, get).session();
  EXPECT_TRUE(binary.value_incomplete());
  EXPECT_EQ(binary.stored(), set.session().stored());
}

TEST_F(FunctionsTest, ManySessionsAtOnce) {
  std::vector<std::unique_ptr<TextClient>> clients;
  pb::GetSessionsRequest many;
  for (std::uint32_t i = 2; i < 60; ++i) {
    clients.push_back(std::make_unique<TextClient>(Port(0, ClientProtocol::kText)));
    many.add_client_ids(ClientId(0, i));
  }
  for (std::uint32_t i = 60; i < 3000; ++i)
    many.add_client_ids(ClientId(0, i));
  ASSERT_TRUE(WaitClients(0, 59));
  const auto sessions = Ok(&Stub::GetSessions, many);
  EXPECT_EQ(sessions.clients_size(), 58);
  EXPECT_EQ(sessions.offline_client_ids_size(), 2940);
  pb::AreOnlineRequest online;
  *online.mutable_client_ids() = many.client_ids();
  const auto answer = Ok(&Stub::AreOnline, online);
  EXPECT_EQ(answer.online_size(), 2998);
  EXPECT_EQ(
      std::count_if(answer.online().begin(), answer.online().end(), [](const auto& e) { return e.second; }),
      58);
}

TEST_F(FunctionsTest, ACommandIsSeenByTheQueryThatFollows) {
  pb::GetClientCountByGroupRequest count;
  pb::GetClientSessionsByGroupRequest members;
  for (int i = 0; i < 200; ++i) {
    const std::string group = absl::StrCat("g", i);
    Join(first_, group);
    count.set_group(group);
    ASSERT_EQ(Ok(&Stub::GetClientCountByGroup, count).count(), 1);
    Join(second_, group);
    members.set_group(group);
    ASSERT_EQ(Ok(&Stub::GetClientSessionsByGroup, members).clients_size(), 2)
        << "over another link, by a barrier";
  }
}

TEST_F(FunctionsTest, RequireOnlineAndConfirm) {
  pb::JoinGroupRequest join;
  join.set_group("room");
  join.set_require_online(true);
  join.set_confirm(pb::CONFIRM_RUN);
  join.set_client_id(first_);
  Ok(&Stub::JoinGroup, join);
  join.set_client_id(ClientId(0, 99));
  EXPECT_EQ(Code(&Stub::JoinGroup, join), grpc::StatusCode::NOT_FOUND);
  pb::SendToAllRequest to_all;
  *to_all.mutable_message() = Text("confirmed");
  to_all.set_confirm(pb::CONFIRM_RUN);
  EXPECT_EQ(Ok(&Stub::SendToAll, to_all).delivery().gateways(), 2);
}

TEST_F(FunctionsTest, ClosingAndDestroying) {
  pb::CloseClientRequest close;
  close.set_client_id(first_);
  *close.mutable_message() = Text("bye");
  Ok(&Stub::CloseClient, close);
  EXPECT_EQ(text_->ReadMessage(), "bye");
  EXPECT_TRUE(text_->WaitClosed());
  pb::DestroyClientRequest destroy;
  destroy.set_client_id(second_);
  Ok(&Stub::DestroyClient, destroy);
  EXPECT_TRUE(websocket_->WaitClosed());
  EXPECT_TRUE(Eventually([&] { return Ok(&Stub::GetAllClientCount, {}).count() == 0; }));
}

TEST_F(FunctionsTest, AClientThatIsClosedWithoutAMessageGetsNone) {
  pb::CloseClientRequest close;
  close.set_client_id(first_);
  Ok(&Stub::CloseClient, close);
  EXPECT_EQ(text_->ReadMessage(), std::nullopt);
}

TEST_F(FunctionsTest, ExecuteRunsInOrderWithOneStatusEach) {
  pb::ExecuteRequest request;
  for (int i = 0; i < 300; ++i) {
    auto& send = *request.add_commands()->mutable_send_to_client();
    send.set_client_id(i == 100 ? "no id" : first_);
    *send.mutable_message() = Text(absl::StrCat(i));
  }
  request.add_commands();
  const auto response = Ok(&Stub::Execute, request);
  ASSERT_EQ(response.statuses_size(), 301);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(response.statuses(i).code(), i == 100 ? grpc::StatusCode::INVALID_ARGUMENT : 0) << i;
    if (i == 100) continue;
    ASSERT_EQ(text_->ReadMessage(), absl::StrCat(i));
  }
  EXPECT_EQ(response.statuses(300).code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(FunctionsTest, TheCurrentClientComesFromTheMetadata) {
  pb::SendToCurrentClientRequest request;
  *request.mutable_message() = Text("to you");
  pb::SendToCurrentClientResponse response;
  grpc::ClientContext context;
  context.AddMetadata("gateway-client-id", first_);
  EXPECT_TRUE(daemon_->Call(&Stub::SendToCurrentClient, request, &response, &context).ok());
  EXPECT_EQ(text_->ReadMessage(), "to you");
  EXPECT_EQ(Code(&Stub::SendToCurrentClient, request), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(FunctionsTest, BadInputHurtsOnlyItself) {
  pb::SendToClientRequest send;
  *send.mutable_message() = Text("hello");
  for (const char* id : {"", "7f", "7f0000010b54000000zz", "7f0000010b5400000001ff"}) {
    send.set_client_id(id);
    EXPECT_EQ(Code(&Stub::SendToClient, send), grpc::StatusCode::INVALID_ARGUMENT) << id;
  }
  send.set_client_id("7f0000010b5400000001");
  EXPECT_EQ(Code(&Stub::SendToClient, send), grpc::StatusCode::NOT_FOUND) << "a Gateway nobody knows";
  pb::BindUidRequest bind;
  bind.set_client_id(first_);
  EXPECT_EQ(Code(&Stub::BindUid, bind), grpc::StatusCode::INVALID_ARGUMENT);
  bind.set_uid("0");
  EXPECT_EQ(Code(&Stub::BindUid, bind), IsGo() ? grpc::StatusCode::OK : grpc::StatusCode::INVALID_ARGUMENT);
  // At the frame limit, and one byte over it.
  send.set_client_id(first_);
  send.mutable_message()->set_data(std::string(wire::kMaxFrameToGateway - wire::kFrameHeadSize, 'x'));
  EXPECT_EQ(Code(&Stub::SendToClient, send), grpc::StatusCode::OK);
  send.mutable_message()->mutable_data()->push_back('x');
  EXPECT_EQ(Code(&Stub::SendToClient, send), grpc::StatusCode::RESOURCE_EXHAUSTED);
  pb::SelectRequest select;
  EXPECT_EQ(Code(&Stub::Select, select), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Ok(&Stub::GetAllClientCount, {}).count(), 2) << "no link was harmed";
  EXPECT_EQ(daemon_->Counter("links_lost"), 0);
}

TEST_F(FunctionsTest, AMissingMemberIsNeverASilentlyShortAnswer) {
  cluster_->gateway(1).Pause();
  pb::GetAllClientCountRequest request;
  pb::GetAllClientCountResponse response;
  // A second Gateway that is frozen: the query waits for it until its own timeout, so the caller's deadline
  // is first.
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  EXPECT_EQ(daemon_->Call(&Stub::GetAllClientCount, request, &response, &context).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  cluster_->gateway(1).Resume();
  EXPECT_EQ(Ok(&Stub::GetAllClientCount, request).count(), 2) << "the place in the row was kept";

  const std::string stopped = cluster_->gateway(1).registered_address();
  cluster_->StopRegister();  // so that the Gateway stays listed
  cluster_->StopGateway(1);
  ASSERT_TRUE(Eventually([&] { return !daemon_->ClusterView().degraded().empty(); }));
  grpc::Status status;
  ASSERT_TRUE(Eventually([&] {
    status = daemon_->Call(&Stub::GetAllClientCount, request, &response);
    return status.error_code() == grpc::StatusCode::UNAVAILABLE;
  }));
  EXPECT_NE(status.error_message().find(stopped), std::string::npos) << status.error_message();
  request.set_partial_ok(true);
  const auto partial = Ok(&Stub::GetAllClientCount, request);
  EXPECT_EQ(partial.count(), 1);
  ASSERT_EQ(partial.missing_size(), 1);
  EXPECT_EQ(partial.missing(0).gateway(), stopped);
  pb::SendToAllRequest to_all;
  *to_all.mutable_message() = Text("who is left");
  const auto delivery = Ok(&Stub::SendToAll, to_all).delivery();
  EXPECT_EQ(delivery.gateways(), 1);
  ASSERT_EQ(delivery.unreachable_size(), 1);
  EXPECT_EQ(text_->ReadMessage(), "who is left");
}

TEST_F(FunctionsTest, StreamsGiveTheWholeListInChunks) {
  pb::SetSessionRequest set;
  set.set_client_id(first_);
  (*set.mutable_session()->mutable_value()->mutable_fields())["big"].set_string_value(
      std::string(3'000'000, 'x'));
  Ok(&Stub::SetSession, set);
  grpc::ClientContext context;
  const auto reader = daemon_->gateway().StreamAllClientSessions(&context, {});
  std::set<std::string> ids;
  pb::StreamAllClientSessionsResponse chunk;
  while (reader->Read(&chunk)) {
    for (const auto& client : chunk.clients())
      ids.insert(client.client_id());
  }
  // The one session is larger than a client takes by default: it is the client that refuses it, not the
  // daemon.
  const grpc::Status status = reader->Finish();
  EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED)
      << status.error_message();
  grpc::ClientContext list_context;
  const auto list = daemon_->gateway().StreamAllClientIdList(&list_context, {});
  std::set<std::string> all;
  pb::StreamAllClientIdListResponse part;
  while (list->Read(&part))
    all.insert(part.client_ids().begin(), part.client_ids().end());
  EXPECT_TRUE(list->Finish().ok());
  EXPECT_EQ(all, (std::set<std::string>{first_, second_}));
}

}  // namespace
}  // namespace gatewayd::test
