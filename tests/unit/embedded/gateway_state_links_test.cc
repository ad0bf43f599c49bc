// Secrets, worker keys, and which worker gets a client's events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embedded/gateway_state.h"
#include "unit/embedded/state_harness.h"

namespace gatewayd::embedded {
namespace {

using testing::IsEmpty;
using wire::Command;

// The link that a message of the client goes to; 0 for none.
LinkId RouteOf(StateHarness& h, std::uint32_t client) {
  Actions actions = h.state.ClientMessage(client, "m");
  if (actions.size() != 1 || !std::holds_alternative<SendEvent>(actions[0])) return 0;
  return std::get<SendEvent>(actions[0]).link;
}

bool ClosesLink(const Actions& actions, LinkId link) {
  return actions.size() == 1 && std::holds_alternative<CloseLink>(actions[0]) &&
         std::get<CloseLink>(actions[0]).link == link;
}

TEST(Secret, AnythingBeforeTheHelloClosesTheLink) {
  StateHarness h("s3cret");
  h.Clients(1);
  EXPECT_TRUE(ClosesLink(h.Run(Command::kIsOnline, 1), 1));
  EXPECT_EQ(h.state.counters().unauthorized, 1u);
  EXPECT_THAT(h.Run(Command::kIsOnline, 1), IsEmpty());  // what follows is not executed
  EXPECT_THAT(h.Run(Command::kGatewayClientConnect, 0, {}, wire::ClientConnectBody("s3cret")), IsEmpty());
}

TEST(Secret, AHelloOpensTheLinkAndMayComeAgain) {
  StateHarness h("s3cret");
  h.Clients(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(h.Run(Command::kGatewayClientConnect, 0, {}, wire::ClientConnectBody("s3cret")), IsEmpty());
    EXPECT_EQ(h.Ask(Command::kIsOnline, 1), "i:1;");
  }
}

TEST(Secret, AWrongOneClosesSilently) {
  for (std::string body : {wire::ClientConnectBody("wrong"), std::string("{}"), std::string("rubbish"),
                           std::string("[]"), std::string("5"), std::string(R"({"secret_key":5})")}) {
    StateHarness h("s3cret");
    EXPECT_TRUE(ClosesLink(h.Run(Command::kGatewayClientConnect, 0, {}, body), 1)) << body;
    EXPECT_EQ(h.state.counters().wrong_secrets, 1u);
  }
}

TEST(Secret, WithoutOneCommandsNeedNoHelloButAHelloIsChecked) {
  StateHarness h;
  h.Clients(1);
  EXPECT_EQ(h.Ask(Command::kIsOnline, 1), "i:1;");
  EXPECT_THAT(h.Run(Command::kGatewayClientConnect, 0, {}, R"({"secret_key":""})"), IsEmpty());
  EXPECT_TRUE(
      ClosesLink(h.Run(Command::kGatewayClientConnect, 0, {}, "{}"), 1));  // PHP compares null with ""
}

TEST(Worker, GetsConnectMessageAndCloseWithAddressAndSession) {
  StateHarness h;
  EXPECT_THAT(h.Worker(2, "w:0"), IsEmpty());
  Actions actions;
  const std::uint32_t id = h.state.AddClient({ClientProtocol::kText, 0x7f000001, 40000, 7372}, actions);
  wire::Frame frame;
  frame.command = Command::kOnConnect;
  frame.local_ip = 0x7f000001;
  frame.local_port = 2900;
  frame.client_ip = 0x7f000001;
  frame.client_port = 40000;
  frame.connection_id = id;
  frame.gateway_port = 7372;
  EXPECT_EQ(actions, (Actions{SendEvent{2, frame}}));

  h.Run(Command::kSetSession, id, "a:0:{}");
  frame.command = Command::kOnMessage;
  frame.ext = "a:0:{}";
  frame.body = "hello";
  EXPECT_EQ(h.state.ClientMessage(id, "hello"), (Actions{SendEvent{2, frame}}));
  frame.command = Command::kOnClose;
  frame.body = "";
  EXPECT_EQ(h.state.RemoveClient(id), (Actions{SendEvent{2, frame}}));
}

TEST(Worker, GetsTheHandshakeSerializedWithoutTheScalarFlag) {
  StateHarness h;
  h.Worker(2, "w:0");
  h.Client();
  wire::Array parts;
  parts.entries.emplace_back(wire::Key("get"), wire::Value{wire::Array{}});
  parts.is_list = false;
  Actions actions = h.state.ClientHandshake(1, {parts});
  ASSERT_EQ(actions.size(), 1u);
  const wire::Frame& frame = std::get<SendEvent>(actions[0]).frame;
  EXPECT_EQ(frame.command, Command::kOnWebSocketConnect);
  EXPECT_EQ(frame.flag, 0);
  EXPECT_EQ(frame.body, "a:1:{s:3:\"get\";a:0:{}}");
}

TEST(Worker, NoneMeansThatEventsAreDroppedOrClientsClosed) {
  StateHarness keeps;
  keeps.Client();
  EXPECT_THAT(keeps.state.ClientMessage(1, "m"), IsEmpty());
  EXPECT_EQ(keeps.state.counters().events_without_worker, 2u);

  StateHarness closes("", true);
  Actions actions;
  const std::uint32_t id = closes.state.AddClient({}, actions);
  EXPECT_EQ(actions, (Actions{DestroyClient{id}}));
  EXPECT_THAT(closes.state.RemoveClient(id), IsEmpty());
}

TEST(Router, PicksTheWorkerWithFewestClientsAndKeepsIt) {
  StateHarness h;
  h.Worker(2, "a");
  h.Worker(3, "b");
  h.Clients(4);
  EXPECT_EQ(RouteOf(h, 1), 2u);
  EXPECT_EQ(RouteOf(h, 2), 3u);
  EXPECT_EQ(RouteOf(h, 3), 2u);
  EXPECT_EQ(RouteOf(h, 4), 3u);
  h.state.RemoveClient(1);
  h.state.RemoveClient(3);
  h.Clients(1);
  EXPECT_EQ(RouteOf(h, 5), 2u);
  h.Worker(4, "c");
  EXPECT_EQ(RouteOf(h, 2), 3u);  // sticky
  h.Clients(1);
  EXPECT_EQ(RouteOf(h, 6), 4u);
}

TEST(Router, MovesToAnotherWorkerWhenTheLinkHasGone) {
  StateHarness h;
  h.Worker(2, "a");
  h.Worker(3, "b");
  h.Clients(1);
  EXPECT_EQ(RouteOf(h, 1), 2u);
  h.state.RemoveLink(2);
  EXPECT_EQ(RouteOf(h, 1), 3u);
  h.Worker(4, "a");
  EXPECT_EQ(RouteOf(h, 1), 3u);
  h.state.RemoveLink(3);
  h.state.RemoveLink(4);
  EXPECT_EQ(RouteOf(h, 1), 0u);
}

TEST(WorkerKey, ASecondOneClosesTheFirstAndTakesOver) {
  StateHarness h;
  h.Worker(2, "a");
  h.Clients(1);
  EXPECT_TRUE(ClosesLink(h.Worker(3, "a"), 2));
  h.state.RemoveLink(2, /*late=*/false);
  EXPECT_EQ(RouteOf(h, 1), 3u);
  EXPECT_EQ(h.state.counters().key_conflicts, 1u);
}

TEST(WorkerKey, ALateCloseOfTheFirstRemovesTheSecond) {
  StateHarness h;
  h.Worker(2, "a");
  h.Clients(1);
  h.Worker(3, "a");
  EXPECT_EQ(RouteOf(h, 1), 3u);
  h.state.RemoveLink(2, /*late=*/true);  // PHP's own bug: the healthy link gets nothing ever again
  EXPECT_EQ(RouteOf(h, 1), 0u);
  EXPECT_EQ(h.Run(Command::kIsOnline, 1, {}, {}, 1, 3), (Actions{SendAnswer{3, "i:1;"}}));
}

TEST(WorkerKey, IsTheRemoteAddressToo) {
  StateHarness h;
  EXPECT_THAT(h.Worker(2, "a", "", "10.0.0.1"), IsEmpty());
  EXPECT_THAT(h.Worker(3, "a", "", "10.0.0.2"), IsEmpty());
  EXPECT_EQ(h.state.counters().key_conflicts, 0u);
}

TEST(WorkerKey, TwiceOnOneLinkClosesItAndLeavesADeadEntry) {
  StateHarness h;
  h.Worker(2, "a");
  h.Clients(1);
  EXPECT_TRUE(ClosesLink(
      h.Run(Command::kWorkerConnect, 0, {}, wire::WorkerConnectBody("a", ""), wire::kFlagScalarBody, 2), 2));
  h.state.RemoveLink(2, /*late=*/false);
  EXPECT_EQ(RouteOf(h, 1), 2u);  // to a link that is gone, as in PHP: the shell drops it
}

TEST(Ping, GoesToEveryWorkerAllZero) {
  StateHarness h;
  h.Worker(2, "a");
  h.Worker(3, "b");
  EXPECT_EQ(h.state.PingWorkers(), (Actions{SendEvent{2, wire::Frame{}}, SendEvent{3, wire::Frame{}}}));
}

}  // namespace
}  // namespace gatewayd::embedded
