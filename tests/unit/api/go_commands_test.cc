// What the go dialect changes for callers: what is refused because a Go Gateway would end, or would send to
// everybody, and what an operator can clear.
#include "api/event_message.h"
#include "unit/api/server_fixture.h"

namespace gatewayd::api {
namespace {

class GoCommands : public ServerFixture {
 protected:
  GoCommands() { cluster_.SetDialect(wire::GoDialect()); }
};

TEST_F(GoCommands, OnlyObjectsAreStored) {
  pb::SetSessionRequest set;
  set.set_client_id(Id(0, 1));
  pb::UpdateSessionRequest update;
  update.set_client_id(Id(0, 1));
  for (const std::string stored :
       {"null", "[]", "[1]", "1", "\"a\"", "{", "{}x", "a:0:{}", "{\"a\":\"\xff\"}"}) {
    set.mutable_session()->set_stored(stored);
    EXPECT_EQ(Call(&Stub::SetSession, set).field(), "session.stored") << stored;
    update.mutable_session()->set_stored(stored);
    EXPECT_EQ(Call(&Stub::UpdateSession, update).field(), "session.stored") << stored;
  }
  EXPECT_EQ(SentInAll(), 0u);
  set.mutable_session()->set_stored(R"({"n":9007199254740993})");
  EXPECT_CODE(Call(&Stub::SetSession, set), OK);
  EXPECT_EQ(sent(0)[0].ext, R"({"n":9007199254740993})") << "as it is";
}

TEST_F(GoCommands, AnEmptyUpdateIsOkAndSendsNothing) {
  pb::UpdateSessionRequest update;
  update.set_client_id(Id(0, 1));
  update.mutable_session()->set_stored(" {} ");
  EXPECT_CODE(Call(&Stub::UpdateSession, update), OK);
  update.mutable_session()->mutable_value();
  EXPECT_CODE(Call(&Stub::UpdateSession, update), OK);
  EXPECT_EQ(SentInAll(), 0u);
}

// The flag is ignored there, and a browser closes at a ready-made frame that comes as text.
TEST_F(GoCommands, RawBytesAreRefused) {
  pb::SendToClientRequest request;
  request.set_client_id(Id(0, 1));
  request.mutable_message()->set_data("x");
  request.mutable_message()->set_raw(true);
  Outcome outcome = Call(&Stub::SendToClient, request);
  EXPECT_CODE(outcome, FAILED_PRECONDITION);
  EXPECT_EQ(outcome.reason(), "dialect");
  request.mutable_message()->set_raw(false);
  request.mutable_message()->set_websocket_binary(true);
  EXPECT_CODE(Call(&Stub::SendToClient, request), FAILED_PRECONDITION);
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(GoCommands, AnEmptyListOfTargetsSendsNothing) {
  pb::SendToAllRequest request;
  request.mutable_message()->set_text("x");
  request.mutable_targets();
  EXPECT_CODE(Call(&Stub::SendToAll, request), OK);
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(GoCommands, NamesThatGoChangesOrTakesForEveryoneAreRefused) {
  pb::BindUidRequest bind;
  bind.set_client_id(Id(0, 1));
  EXPECT_EQ(Call(&Stub::BindUid, bind).field(), "uid");
  pb::GetClientCountByGroupRequest count;
  EXPECT_EQ(Call(&Stub::GetClientCountByGroup, count).field(), "group");
  EXPECT_EQ(SentInAll(), 0u);
}

TEST_F(GoCommands, ADifferentlyEscapedNameStillFitsTheAnswerThatIsDue) {
  gateway(0).Answer(R"({"\u003c":1})");
  gateway(1).Answer(R"({"\u003c":1})");
  gateway(2).Answer(R"({"\u003c":1})");
  pb::GetClientCountByGroupsRequest request;
  pb::GetClientCountByGroupsResponse response;
  request.add_groups("<");
  EXPECT_CODE(Call(&Stub::GetClientCountByGroups, request, &response), OK);
  EXPECT_EQ(response.groups(0).group(), "<");
  EXPECT_EQ(response.groups(0).count(), 3u);
  EXPECT_GE(sent(0)[0].bounded, std::string(R"({"\u003c":1})").size());
}

// ---- Events

TEST_F(GoCommands, AHandshakeHasListsInGetTwoServerEntriesAndNoCookies) {
  const auto run = std::make_shared<cluster::GatewayRun>(cluster::GatewayRun{.number = 1, .generation = "g"});
  const std::string body =
      R"({"cookie":{},"get":{"a[]":["1","2"]},"server":{"HTTP_HOST":"127.0.0.1:8181","REQUEST_URI":"/?a[]=1"}})";
  const events::EventPtr event =
      events::Event::Make({.kind = events::EventKind::kWebSocketConnect, .run = run}, {}, body);
  pb::Event out;
  FillEvent(wire::GoDialect(), {.event = event}, SessionForm::kDecoded, &out);
  EXPECT_FALSE(out.handshake().incomplete());
  EXPECT_EQ(out.handshake().stored(), body);
  EXPECT_EQ(out.handshake().get().fields().at("a[]").list_value().values_size(), 2);
  EXPECT_EQ(out.handshake().server().fields_size(), 2);
  EXPECT_TRUE(out.handshake().cookie().fields().empty());
  EXPECT_EQ(out.gateway_port(), 0u);
}

// ---- The operator

TEST_F(GoCommands, AnOperatorClearsAGatewayWhoseCommandsAreRefused) {
  const auto admin = pb::AdminService::NewStub(channel_);
  const auto clear = [&](const std::string& address, pb::ClearGatewayResponse* response) {
    grpc::ClientContext context;
    pb::ClearGatewayRequest request;
    request.set_address(address);
    return admin->ClearGateway(&context, request, response);
  };
  pb::ClearGatewayResponse response;
  gateway(1).HoldBack();
  EXPECT_TRUE(clear("127.0.0.1:2901", &response).ok());
  EXPECT_TRUE(response.cleared());
  EXPECT_TRUE(clear("127.0.0.1:2901", &response).ok());
  EXPECT_FALSE(response.cleared()) << "there is nothing more to clear";
  EXPECT_EQ(clear("127.0.0.1:1", &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(GoCommands, AStalledLinkAndRefusedCommandsAreShown) {
  cluster_.status_ = {.gateways = {{.address = "127.0.0.1:2900",
                                    .refused = "until cleared",
                                    .links = {{.kind = cluster::LinkKind::kCommand,
                                               .state = cluster::LinkState::kStalled}}}}};
  const auto admin = pb::AdminService::NewStub(channel_);
  grpc::ClientContext context;
  pb::GetClusterViewResponse view;
  ASSERT_TRUE(admin->GetClusterView(&context, {}, &view).ok());
  EXPECT_EQ(view.gateways(0).commands_refused(), "until cleared");
  EXPECT_EQ(view.gateways(0).links(0).state(), pb::LINK_STATE_STALLED);
}

}  // namespace
}  // namespace gatewayd::api
