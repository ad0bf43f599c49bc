// Read your writes: a query comes after the changes before it, also where their link was lost meanwhile.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_queries_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::Command;

// ---- Read your writes (promise 2)

TEST(GatewayBarrierTest, ABoundedQueryNeedsNoneForItFollowsOnTheSameLink) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskOnline("a");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("BIND_UID #1 [u]", "IS_ONLINE #1"));
}

TEST(GatewayBarrierTest, AnUnboundedQueryAfterAChangeWaitsForTheCommandLink) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("a");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("BIND_UID #1 [u]", "IS_ONLINE"));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
  gateway.Up(1);
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}"));
}

TEST(GatewayBarrierTest, NoneIsNeededWhereNothingChangedSinceTheLastAnsweredQuery) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.Send(Bind(1, "u"));
  gateway.AskOnline("b");
  gateway.Answer(0, "i:1;");
  gateway.AskAll("c");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("BIND_UID #1 [u]", "IS_ONLINE #1"));
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial", "2 dial"));
}

TEST(GatewayBarrierTest, AConfirmedChangeHasRun) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Bind(1, "u"), {.confirm_run = true});
  gateway.Sent(0);
  gateway.Answer(0, "i:0;");
  gateway.AskAll("b");
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
}

TEST(GatewayBarrierTest, TheOnlineCheckBeforeAChangeDoesNotProveThatItRan) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Bind(1, "u"), {.require_online = true});
  gateway.Sent(0);
  gateway.Answer(0, "i:1;");
  gateway.AskAll("b");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE"));
}

TEST(GatewayBarrierTest, AQueryBeforeTheChangeProvesNothingOfIt) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a");
  gateway.Send(Bind(1, "u"));
  gateway.Answer(0, "i:1;");
  gateway.Sent(0);
  gateway.AskAll("b");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE"));
}

TEST(GatewayBarrierTest, MessagesToClientsNeedNone) {
  GatewayHarness gateway;
  gateway.Start();
  for (const Command command :
       {Command::kSendToOne, Command::kSendToAll, Command::kSendToUid, Command::kSendToGroup}) {
    gateway.Send({.command = command, .body = "x"});
  }
  gateway.Sent(0);
  gateway.AskAll("a");
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
}

TEST(GatewayBarrierTest, EveryCommandThatChangesSomethingNeedsOne) {
  for (const Command command :
       {Command::kBindUid, Command::kUnbindUid, Command::kJoinGroup, Command::kLeaveGroup, Command::kUngroup,
        Command::kSetSession, Command::kUpdateSession}) {
    GatewayHarness gateway;
    gateway.Start();
    gateway.Send({.command = command, .connection_id = 1, .ext = "x"});
    gateway.Sent(0);
    gateway.AskAll("a");
    EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE")) << wire::CommandName(command);
  }
}

TEST(GatewayBarrierTest, ConsistencyAnySkipsIt) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.Sent(0);
  gateway.AskAll("a", {.any_consistency = true});
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
}

TEST(GatewayBarrierTest, SeveralQueriesShareOne) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.Sent(0);
  for (const char* name : {"a", "b", "c"})
    gateway.AskAll(name);
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE"));
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial", "2 dial"));
}

TEST(GatewayBarrierTest, EachQueryWaitsForTheChangesBeforeItAndNoMore) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("a");
  gateway.Send(Bind(2, "u"));
  gateway.AskAll("b");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("BIND_UID #1 [u]", "IS_ONLINE", "BIND_UID #2 [u]", "IS_ONLINE"));
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
  gateway.Up(1);
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}"));
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));  // of a; b still waits
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));
}

TEST(GatewayBarrierTest, AQueryThatNeedsNoneOvertakesOneThatWaits) {
  GatewayHarness gateway(OneQueryLink());
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("behind");
  gateway.AskAll("any", {.any_consistency = true});
  gateway.Up(1);
  gateway.Answer(1, kNoGroups);
  EXPECT_THAT(gateway.Results(), ElementsAre("any: a:0:{}"));
}

TEST(GatewayBarrierTest, AnyLaterAnswerOnTheCommandLinkWillDo) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskOnline("bounded");  // behind the change, and in front of the barrier
  gateway.AskAll("a");
  gateway.Answer(0, "i:1;");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
  gateway.Answer(0, "i:0;");  // the barrier's own comes later and is read all the same
  EXPECT_EQ(gateway.State(0), "ready");
}

TEST(GatewayBarrierTest, ItIsWaitedForOneSecondAtMost) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("a");
  gateway.Wait(absl::Milliseconds(999));
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Wait(absl::Milliseconds(1));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE timeout"));
  EXPECT_THAT(gateway.last_text(), HasSubstr("CONSISTENCY_ANY"));
  EXPECT_EQ(gateway.Count("barrier_timeouts"), 1u);
  EXPECT_EQ(gateway.State(0), "ready");  // slow is not dead
}

TEST(GatewayBarrierTest, ALateBarrierStillServesTheNext) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("a");
  gateway.Sent(0);
  gateway.Wait(absl::Seconds(2));
  gateway.AskAll("b");
  EXPECT_THAT(gateway.Sent(0), IsEmpty());  // the first is still under way and tells enough
  gateway.Forget();
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
}

TEST(GatewayBarrierTest, ACallersDeadlineBeforeItComesIsTheCallers) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("a", {.deadline = gateway.now() + absl::Milliseconds(10)});
  gateway.Wait(absl::Milliseconds(10));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: DEADLINE_EXCEEDED timeout"));
  EXPECT_EQ(gateway.Count("barrier_timeouts"), 0u);
}

TEST(GatewayBarrierTest, ALinkLostInBetweenFailsThoseThatWait) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("behind");
  gateway.AskAll("any", {.any_consistency = true});
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), ElementsAre("behind: UNAVAILABLE link-lost"));
}

TEST(GatewayBarrierTest, ABarrierTakesItsTurnOnALinkThatIsFullToTheLastFrame) {
  Options options = GatewayHarness::TestOptions();
  options.command_buffer = 2 * wire::kFrameHeadSize + 1;
  GatewayHarness gateway(options);
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("a");
  EXPECT_LE(gateway.machine().link(0).outbound().pending(), options.command_buffer);
  EXPECT_EQ(gateway.Sent(0).size(), 2u);
}

TEST(GatewayBarrierTest, ItCountsAsADueAnswerAndIsRefusedWhereTooManyAre) {
  Options options = GatewayHarness::TestOptions();
  options.max_in_flight_answers = 2 * kIsOnlineAnswerSize;
  GatewayHarness gateway(options);
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("a");
  gateway.AskOnline("b");
  gateway.AskAll("shares the barrier");
  gateway.AskOnline("c");
  EXPECT_THAT(gateway.Results(), ElementsAre("c: RESOURCE_EXHAUSTED buffer-full"));
  gateway.Send(Bind(2, "u"));
  gateway.AskAll("d");
  EXPECT_THAT(gateway.Results(), ElementsAre("d: RESOURCE_EXHAUSTED buffer-full"));
  EXPECT_EQ(gateway.Count("queries_refused"), 2u);
  gateway.Answer(0, "i:0;");
  gateway.AskAll("e");
  EXPECT_THAT(gateway.Results(), IsEmpty());
}

// ---- A change whose link was lost before it was known to have run

TEST(GatewayEffectsTest, AfterALostLinkAQueryFailsOnce) {
  for (const bool bounded : {true, false}) {
    GatewayHarness gateway;
    gateway.Start();
    gateway.Send(Bind(1, "u"));
    gateway.Sent(0);
    gateway.Reconnect();
    const auto ask = [&](const std::string& name) {
      bounded ? gateway.AskOnline(name) : gateway.AskAll(name);
    };
    ask("first");
    EXPECT_THAT(gateway.Results(), ElementsAre("first: UNAVAILABLE link-lost"));
    EXPECT_THAT(gateway.last_text(), HasSubstr("ask again"));
    ask("second");
    EXPECT_THAT(gateway.Results(), IsEmpty());
    EXPECT_EQ(gateway.Count("unknown_effects"), 1u);
  }
}

TEST(GatewayEffectsTest, ItFailsOnceWhereTheLinkIsStillAwayToo) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.Close(0);
  gateway.AskOnline("first");
  gateway.AskOnline("second");
  gateway.Redial(0);
  gateway.AskOnline("third");
  EXPECT_THAT(gateway.Results(), ElementsAre("first: UNAVAILABLE link-lost", "second: UNAVAILABLE no-link"));
}

TEST(GatewayEffectsTest, WhatIsKnownToHaveRunIsNotUnknown) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskOnline("a");
  gateway.Answer(0, "i:1;");
  gateway.Reconnect();
  gateway.AskOnline("b");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: i:1;"));
  EXPECT_EQ(gateway.Count("unknown_effects"), 0u);
}

TEST(GatewayEffectsTest, LostMessagesAreNoReasonToFailAQuery) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Message(1, "x"));
  gateway.Reconnect();
  gateway.AskOnline("a");
  EXPECT_THAT(gateway.Results(), IsEmpty());
}

TEST(GatewayEffectsTest, ConsistencyAnyDoesNotCare) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.Reconnect();
  gateway.AskOnline("any", 1, {.any_consistency = true});
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.AskOnline("latest");
  EXPECT_THAT(gateway.Results(), ElementsAre("latest: UNAVAILABLE link-lost"));
}

TEST(GatewayEffectsTest, OnTheNewLinkBarriersStartFromNothing) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("behind");
  gateway.Reconnect();
  gateway.AskAll("told");
  gateway.Forget();
  gateway.AskAll("needs none");
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
  gateway.Send(Bind(2, "u"));
  gateway.AskAll("needs one");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("BIND_UID #2 [u]", "IS_ONLINE"));
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Actions(), ElementsAre("2 dial"));
}

TEST(GatewayEffectsTest, AFailedTryToConnectLosesNothing) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.Close(0);
  gateway.AskOnline("told");
  for (int i = 0; i < 3; ++i) {
    gateway.AwaitDial(0);
    gateway.Connect(0);
    gateway.Close(0);
  }
  gateway.AwaitDial(0);
  gateway.Up(0);
  gateway.Forget();
  gateway.AskOnline("a");
  EXPECT_THAT(gateway.Results(), IsEmpty());
}

}  // namespace
}  // namespace gatewayd::cluster
