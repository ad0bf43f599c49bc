// Ids do not outlive a Gateway (design.md, 10): which generation is current, and what callers that name
// another are told.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_harness.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(GatewayGenerationTest, TheCurrentOneAndNoneAreAccepted) {
  GatewayHarness gateway;
  gateway.Start();
  EXPECT_EQ(gateway.Send(Message(1, "x"), ""), "OK");
  EXPECT_EQ(gateway.Send(Message(1, "x"), "daemon-1"), "OK");
}

TEST(GatewayGenerationTest, OneThatThisDaemonGaveOutBeforeIsOver) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Reconnect();
  EXPECT_EQ(gateway.machine().generation(), "daemon-2");
  EXPECT_EQ(gateway.Send(Message(1, "x"), "daemon-1"), "NOT_FOUND generation-over");
  EXPECT_EQ(gateway.Send(Message(1, "x"), "daemon-2"), "OK");
}

TEST(GatewayGenerationTest, OneOfAnotherDaemonProcessIsAFailedPrecondition) {
  GatewayHarness gateway;
  gateway.Start();
  EXPECT_EQ(gateway.Send(Message(1, "x"), "elsewhere-1"), "FAILED_PRECONDITION other-daemon");
}

TEST(GatewayGenerationTest, PrefixesOfNamesFoolNobody) {
  GatewayHarness gateway;
  gateway.Start();
  for (const char* other : {"daemon", "daemo", "daemo-1", "daemons-1", "daemon2-1", "-1", "d", "Daemon-1",
                            "1", "daemon:1", " daemon-1"}) {
    EXPECT_EQ(gateway.Send(Message(1, "x"), other), "FAILED_PRECONDITION other-daemon") << other;
  }
  for (const char* over :
       {"daemon-", "daemon-11", "daemon-10", "daemon-1 ", "daemon-01", "daemon-0", "daemon--1", "daemon-x"}) {
    EXPECT_EQ(gateway.Send(Message(1, "x"), over), "NOT_FOUND generation-over") << over;
  }
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
}

TEST(GatewayGenerationTest, EachKindOfCallChecksIt) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a", 1, {.generation = "daemon-7"});
  gateway.AskAll("b", {.generation = "daemon-7"});
  gateway.AskAll("c", {.generation = "other-7", .any_consistency = true});
  gateway.Confirm("d", Message(1, "x"), {.generation = "daemon-7", .confirm_run = true});
  EXPECT_THAT(gateway.Results(),
              ElementsAre("a: NOT_FOUND generation-over", "b: NOT_FOUND generation-over",
                          "c: FAILED_PRECONDITION other-daemon", "d: NOT_FOUND generation-over"));
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
}

// The host of the command link may have died in silence, and the query link lead to the next run: its clients
// have the same ids.
TEST(GatewayGenerationTest, AQueryLinkGetsNoQueryThatNamesOneBeforeTheCommandLinkHasAnsweredAfterIt) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a", {.generation = "daemon-1"});
  gateway.Up(1);
  EXPECT_THAT(gateway.Sent(1), IsEmpty());
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE"));
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Sent(1), SizeIs(1));
  gateway.Answer(1, "a:0:{}");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}"));
  // Once proven, it stays so.
  gateway.AskAll("b", {.generation = "daemon-1"});
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
  EXPECT_THAT(gateway.Sent(1), SizeIs(1));
}

TEST(GatewayGenerationTest, AQueryThatNamesNoneDoesNotWaitForProof) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a", {});
  gateway.Up(1);
  EXPECT_THAT(gateway.Sent(1), SizeIs(1));
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
}

TEST(GatewayGenerationTest, AQueryLinkIsProvenAnewAfterItsLoss) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a", {.generation = "daemon-1"});
  gateway.Up(1);
  gateway.Close(1);  // the answer to the first proof comes later, and proves nothing of the next link
  gateway.Redial(1);
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE", "IS_ONLINE"));
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Sent(1), IsEmpty());
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Sent(1), SizeIs(1));
}

TEST(GatewayGenerationTest, OneProofIsGoodForAllQueryLinksThatWereReady) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a", {.generation = "daemon-1"});
  gateway.AskAll("b", {.generation = "daemon-1"});
  gateway.Connect(1);
  gateway.Up(2);
  gateway.Answer(1, "i:0;");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE", "IS_ONLINE"));  // link 1 was not ready for the first
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Sent(2), SizeIs(1));
  gateway.Answer(0, "i:0;");
  gateway.Sent(1);
  gateway.Answer(2, "a:0:{}");
  gateway.Answer(1, "a:0:{}");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}", "b: a:0:{}"));
}

TEST(GatewayGenerationTest, AQueryThatWaitsForProofEndsWithTheCommandLink) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a", {.generation = "daemon-1"});
  gateway.Up(1);
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: NOT_FOUND generation-over"));
}

// The host can have died in silence, and the next one taken the connection.
TEST(GatewayGenerationTest, AQueryLinkThatIsMadeAgainWhileNobodyWaitsIsProvenAgain) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a", {.generation = "daemon-1"});
  gateway.Up(1);
  gateway.Answer(0, "i:0;");
  gateway.Answer(1, "a:0:{}");
  gateway.Close(1);
  gateway.Redial(1);
  gateway.Sent(0);
  gateway.AskAll("b", {.generation = "daemon-1"});
  EXPECT_THAT(gateway.Sent(1), IsEmpty());
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE"));
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));
}

TEST(GatewayGenerationTest, WithoutALiveLinkItIsOverAtOnce) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Close(0);
  EXPECT_EQ(gateway.machine().generation(), "");
  EXPECT_EQ(gateway.Send(Message(1, "x"), "daemon-1"), "NOT_FOUND generation-over");
  EXPECT_EQ(gateway.Send(Message(1, "x"), "other-1"), "FAILED_PRECONDITION other-daemon");
}

TEST(GatewayGenerationTest, EachReconnectGivesANewOneAndFailedTriesGiveNone) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Close(0);
  for (int i = 0; i < 3; ++i) {
    gateway.AwaitDial(0);
    gateway.Connect(0);
    gateway.Close(0);
  }
  gateway.AwaitDial(0);
  gateway.Up(0);
  EXPECT_EQ(gateway.machine().generation(), "daemon-2");
  gateway.Reconnect();
  EXPECT_EQ(gateway.machine().generation(), "daemon-3");
}

TEST(GatewayGenerationTest, AQueryLinkMoreOrLessChangesNothing) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.Up(1);
  EXPECT_EQ(gateway.machine().generation(), "daemon-1");
  gateway.Close(1);
  EXPECT_EQ(gateway.machine().generation(), "daemon-1");
  EXPECT_THAT(gateway.Changes(), IsEmpty());
}

// It could be a relic of a host that died: with nobody waiting on it there is no sign of life.
TEST(GatewayGenerationTest, AnIdleQueryLinkGoesWithTheCommandLinkAndSaysNothingForTheOldGeneration) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.Up(1);
  gateway.Answer(1, "a:0:{}");
  gateway.Forget();
  gateway.Close(0);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 close", "1 close"));
  EXPECT_EQ(gateway.machine().generation(), "");
  gateway.Redial(0);
  EXPECT_EQ(gateway.machine().generation(), "daemon-2");
}

TEST(GatewayGenerationTest, QueryLinksStillConnectingGoWithTheCommandLink) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a", {.deadline = gateway.now() + absl::Milliseconds(1)});
  gateway.AskAll("b", {.deadline = gateway.now() + absl::Milliseconds(1)});
  gateway.Connect(2);
  gateway.Wait(absl::Milliseconds(1));
  gateway.Forget();
  gateway.Close(0);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 close", "1 close", "2 close"));
  EXPECT_EQ(gateway.State(1), "idle");
  EXPECT_EQ(gateway.State(2), "idle");
}

// An answer that was on its way when the Gateway died proves nothing, and by now the command link may talk to
// the next run.
TEST(GatewayGenerationTest, ABusyQueryLinkGoesWithTheCommandLinkToo) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.Up(1);
  gateway.Forget();
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE link-lost"));
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 close", "1 close"));
  EXPECT_EQ(gateway.Changes().size(), 1u);
  EXPECT_EQ(gateway.machine().generation(), "");
  gateway.Answer(1, "a:0:{}");
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Redial(0);
  EXPECT_EQ(gateway.machine().generation(), "daemon-2");
}

TEST(GatewayGenerationTest, NoneIsBegunByAQueryLink) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.Close(0);
  gateway.Forget();
  gateway.AwaitDial(0);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 dial"));
  gateway.Connect(0);
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  gateway.Answer(0, "i:0;");
  EXPECT_EQ(gateway.machine().generation(), "daemon-2");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
}

TEST(GatewayGenerationTest, ALinkThatTheDaemonEndedIsNotLiveWhileItCloses) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Feed(0, "rubbish");
  EXPECT_EQ(gateway.machine().generation(), "");
  EXPECT_FALSE(gateway.machine().linked());
}

// The stranger's session must not be shown for the client that was asked for.
TEST(GatewayGenerationTest, AQueryThatWaitsDoesNotReachTheNextGeneration) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a", {.generation = "daemon-1"});
  gateway.AskAll("b");
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: NOT_FOUND generation-over"));
  gateway.Wait(gateway.options().backoff_first);
  gateway.Up(0);
  gateway.Up(1);
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));
  gateway.Answer(1, "a:0:{}");
  EXPECT_THAT(gateway.Results(), ElementsAre("b: a:0:{}"));
}

}  // namespace
}  // namespace gatewayd::cluster
