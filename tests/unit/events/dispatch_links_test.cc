// Event links always or never, Gateways that are lost, clients that are forgotten, handshakes.
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Verdict = DispatchMachine::Verdict;

Options WithLinks(LinksWanted links) {
  Options options;
  options.links = links;
  return options;
}

TEST(DispatchLinksTest, AlwaysAreWantedFromTheStart) {
  DispatchHarness dispatch(WithLinks(LinksWanted::kAlways));
  EXPECT_EQ(dispatch.LinksWanted(), "1");
  dispatch.Detach(dispatch.Attach());
  dispatch.Advance(absl::Hours(1));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  dispatch.machine().Drain(dispatch.now());
  EXPECT_EQ(dispatch.LinksWanted(), "0");
}

TEST(DispatchLinksTest, AlwaysDropsAndCountsWhatNobodyTakes) {
  DispatchHarness dispatch(WithLinks(LinksWanted::kAlways));
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kDrop);
  EXPECT_EQ(dispatch.counters().events_untaken, 1u);
  const WorkerId worker = dispatch.Attach();
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kTake);
  dispatch.Detach(worker);
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kTake) << "grace";
  dispatch.Advance(absl::Seconds(10));
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kDrop);
  EXPECT_EQ(dispatch.counters().events_untaken, 2u);
}

TEST(DispatchLinksTest, AlwaysKeepsWhatWasAcceptedInGrace) {
  DispatchHarness dispatch(WithLinks(LinksWanted::kAlways));
  dispatch.Detach(dispatch.Attach());
  dispatch.Message(1, "a");
  dispatch.Advance(absl::Seconds(10));
  EXPECT_THAT(dispatch.Finish(dispatch.Attach()), ElementsAre("#1 a"));
}

TEST(DispatchLinksTest, AlwaysReadsOnWhenNobodyWillTakeWhatFillsTheMemory) {
  Options options = WithLinks(LinksWanted::kAlways);
  options.event_memory = MakeEvent(1, "a")->size();
  DispatchHarness dispatch(options);
  dispatch.Detach(dispatch.Attach());
  dispatch.Message(1, "a");
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kFull);
  dispatch.Advance(absl::Seconds(10));
  EXPECT_TRUE(dispatch.machine().TakeResume());
  EXPECT_FALSE(dispatch.machine().memory_full());
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kDrop);
}

// Its close would be dropped with the rest, and its record never go.
TEST(DispatchLinksTest, AlwaysForgetsClientsWithTheWorkers) {
  DispatchHarness dispatch(WithLinks(LinksWanted::kAlways));
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Finish(worker);
  dispatch.Message(2, "b");
  dispatch.Detach(worker);
  EXPECT_EQ(dispatch.machine().client_count(), 2u);
  dispatch.Advance(absl::Seconds(10));
  EXPECT_EQ(dispatch.machine().client_count(), 1u);
  dispatch.Finish(dispatch.Attach());
  dispatch.ExpectNothingKept();
}

TEST(DispatchLinksTest, AlwaysALeaveForGoodIsOneForAWhile) {
  DispatchHarness dispatch(WithLinks(LinksWanted::kAlways));
  dispatch.LinksWanted();
  const WorkerId worker = dispatch.Attach();
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kTake);
  dispatch.Advance(absl::Seconds(10));
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kDrop);
}

TEST(DispatchLinksTest, NeverAreNotWanted) {
  DispatchHarness dispatch(WithLinks(LinksWanted::kNever));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kDrop);
  const WorkerId commands = dispatch.Attach(WithKinds({}));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  dispatch.Leave(commands, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  dispatch.machine().Drain(dispatch.now());
  EXPECT_TRUE(dispatch.machine().drained());
}

TEST(DispatchLinksTest, LeftIsNotTrueWhileTheyAreWanted) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.LinksLeft();
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
}

TEST(DispatchGatewayTest, LostIsToldToEachWorkerThatWantsIt) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  const WorkerId second = dispatch.Attach(WithKinds({EventKind::kMessage}));
  const WorkerId third = dispatch.Attach(WithKinds({EventKind::kGatewayLost}));
  dispatch.LinkUp();
  dispatch.RunOver();
  EXPECT_THAT(dispatch.Ready(), ElementsAre(first, third));
  EXPECT_THAT(dispatch.Finish(first), ElementsAre("GATEWAY_LOST generation-1"));
  EXPECT_THAT(dispatch.Finish(second), IsEmpty());
  EXPECT_THAT(dispatch.Finish(third), ElementsAre("GATEWAY_LOST generation-1"));
  dispatch.ExpectNothingKept();
}

TEST(DispatchGatewayTest, LostGoesNowhereElse) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  const WorkerId second = dispatch.Attach(WithKinds({EventKind::kMessage}));
  dispatch.RunOver();
  dispatch.TakeAll(first);
  dispatch.RunOver(2);
  dispatch.Detach(first);
  EXPECT_THAT(dispatch.TakeAll(second), IsEmpty());
  EXPECT_THAT(dispatch.TakeAll(dispatch.Attach()), IsEmpty());
  EXPECT_EQ(dispatch.counters().events_poisoned, 0u);
  dispatch.ExpectNothingKept();
}

TEST(DispatchGatewayTest, ItsEventsAreDeliveredBeforeThatItIsLost) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.LinkUp();
  dispatch.Message(1, "a");
  dispatch.LinkGone();
  dispatch.RunOver();
  EXPECT_THAT(dispatch.Finish(worker), ElementsAre("#1 a", "GATEWAY_LOST generation-1"));
  dispatch.ExpectNothingKept();
}

TEST(DispatchGatewayTest, ItsSuccessorsClientsAreOthers) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Accept(1, "old", {.run = 1});
  dispatch.RunOver(1);
  dispatch.Accept(1, "new", {.run = 11});
  EXPECT_EQ(dispatch.machine().client_count(), 2u);
  std::vector<Delivery> batch;
  dispatch.machine().TakeBatch(worker, dispatch.now(), &batch);
  ASSERT_THAT(batch, SizeIs(3));
  EXPECT_EQ(batch[0].event->head().run, RunOf(1));
  EXPECT_EQ(batch[2].event->head().run, RunOf(11));
  dispatch.AckAll(worker);
  EXPECT_EQ(dispatch.machine().client_count(), 1u);
}

TEST(DispatchGatewayTest, ClientsAreForgottenWithTheLink) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Finish(worker);
  dispatch.Message(2, "b");
  dispatch.Accept(3, "c", {.run = 2});
  dispatch.LinkGone();
  EXPECT_EQ(dispatch.machine().client_count(), 2u) << "the second one has something pending";
  EXPECT_THAT(dispatch.Finish(worker), ElementsAre("#2 b", "#3 c"));
  EXPECT_EQ(dispatch.machine().client_count(), 1u);
}

TEST(DispatchGatewayTest, AClientThatIsSeenAgainIsKept) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.LinkGone();
  dispatch.LinkUp();
  dispatch.Message(1, "b");
  EXPECT_THAT(dispatch.Finish(worker), ElementsAre("#1 a", "#1 b"));
  EXPECT_EQ(dispatch.machine().client_count(), 1u);
}

TEST(DispatchHandshakeTest, BetweenConnectAndHandshake) {
  DispatchHarness dispatch;
  dispatch.Attach();
  dispatch.Connect(1);
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(1))) << "it may be no WebSocket port";
  dispatch.Connect(2);
  dispatch.Handshake(2);
  EXPECT_TRUE(dispatch.machine().IsBeforeHandshake(ClientIdOf(1)));
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(2)));
  dispatch.Handshake(1);
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(1)));
}

TEST(DispatchHandshakeTest, EachPortForItself) {
  DispatchHarness dispatch;
  dispatch.Attach();
  dispatch.Accept(1, {}, {.kind = EventKind::kConnect, .port = 8282});
  dispatch.Accept(2, {}, {.kind = EventKind::kConnect, .port = 7000});
  dispatch.Accept(3, {}, {.kind = EventKind::kWebSocketConnect, .port = 8282});
  EXPECT_TRUE(dispatch.machine().IsBeforeHandshake(ClientIdOf(1)));
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(2)));
}

TEST(DispatchHandshakeTest, OfWhomNothingIsKnownIsNot) {
  DispatchHarness dispatch;
  dispatch.Attach();
  dispatch.Handshake(1);
  dispatch.Message(2, "seen late");
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(2)));
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(3)));
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(1, 2)));
}

TEST(DispatchHandshakeTest, NorIsAStrangerOfTheNextGeneration) {
  DispatchHarness dispatch;
  dispatch.Attach();
  dispatch.Handshake(2);
  dispatch.Connect(1);
  EXPECT_TRUE(dispatch.machine().IsBeforeHandshake(ClientIdOf(1)));
  dispatch.RunOver(1);
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(1)));
  dispatch.Accept(1, "a", {.run = 11});
  EXPECT_FALSE(dispatch.machine().IsBeforeHandshake(ClientIdOf(1)));
}

// ---- Sessions that a go Gateway cannot merge into

TEST(DispatchNoObjectTest, WhatTheLastEventCarriedCounts) {
  DispatchHarness dispatch;
  dispatch.Attach();
  const auto carries = [&](std::string_view session) {
    dispatch.Accept(1, "x", {.session = session});
    return dispatch.machine().HasSessionThatIsNoObject(ClientIdOf(1));
  };
  for (const std::string_view session : {"", "{}", " {\"a\":1}"})
    EXPECT_FALSE(carries(session)) << session;
  for (const std::string_view session : {"null", "[]", "[{}]", "a:0:{}", " "})
    EXPECT_TRUE(carries(session)) << session;
  EXPECT_FALSE(dispatch.machine().HasSessionThatIsNoObject(ClientIdOf(2))) << "nothing is known of it";
}

TEST(DispatchNoObjectTest, UntilThisDaemonHasWrittenOne) {
  DispatchHarness dispatch;
  dispatch.Attach();
  dispatch.Accept(1, "x", {.session = "null"});
  dispatch.Write(1);
  EXPECT_FALSE(dispatch.machine().HasSessionThatIsNoObject(ClientIdOf(1)));
}

}  // namespace
}  // namespace gatewayd::events
