// What GatewayMachine does for go where the link that writes to clients is lost: what comes first then.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_stall_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- Lost while stalled

TEST_F(GatewayStallTest, FirstTheClientsThatMayBeWrittenToAreDestroyedByTheOtherLink) {
  gateway_.Send(Message(7, "y"));
  StallWithGuard();
  gateway_.Close(0);
  EXPECT_EQ(gateway_.Sent(1), (Texts{"DESTROY #3", "DESTROY #7", "IS_ONLINE"}));
  EXPECT_EQ(gateway_.State(0), "idle") << "no second writer meanwhile";
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "UNAVAILABLE no-link");
  EXPECT_THAT(gateway_.machine().why_unlinked(), HasSubstr("2 clients"));
  gateway_.Wait(absl::Seconds(4));
  EXPECT_EQ(gateway_.State(0), "idle");
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.State(0), "connecting");
  EXPECT_EQ(gateway_.State(1), "idle") << "the guard does not outlive its run";
  gateway_.Up(0);
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "OK");
  EXPECT_EQ(gateway_.machine().generation(), "daemon-2");
  EXPECT_EQ(gateway_.Count("clients_destroyed"), 2U);
}

TEST_F(GatewayStallTest, WhatHadNotLeftTheDaemonNeedsNoDestroying) {
  StallWithGuard();
  gateway_.Answer(0, "i:0;");
  gateway_.Wait(absl::Seconds(1));
  gateway_.Send(Message(4, "written"));
  gateway_.Sent(0);
  gateway_.Send(Message(5, "not written"));
  gateway_.Wait(absl::Seconds(6));
  ASSERT_TRUE(gateway_.machine().stalled());
  gateway_.Close(0);
  EXPECT_THAT(gateway_.Sent(1), AllOf(Contains("DESTROY #4"), Not(Contains("DESTROY #5"))));
}

TEST_F(GatewayStallTest, AGuardThatIsLostTooIsMadeAgain) {
  StallWithGuard();
  gateway_.Close(1);
  gateway_.Close(0);
  EXPECT_EQ(gateway_.State(0), "idle");
  gateway_.AwaitDial(1);
  gateway_.Connect(1);
  gateway_.Sent(1);
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.Sent(1), (Texts{"DESTROY #3", "IS_ONLINE"}));
  gateway_.Close(1);  // before it has answered: nothing is known
  gateway_.AwaitDial(1);
  gateway_.Connect(1);
  gateway_.Sent(1);
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.Sent(1), (Texts{"DESTROY #3", "IS_ONLINE"}));
  EXPECT_EQ(gateway_.State(0), "idle");
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.State(0), "connecting");
}

TEST_F(GatewayStallTest, CallersOfTheGuardAreToldThatTheLinkIsLost) {
  StallWithGuard();
  gateway_.AskAll("q");
  gateway_.Close(0);
  EXPECT_EQ(gateway_.Results(), Texts{"q: UNAVAILABLE link-lost"});
  EXPECT_EQ(gateway_.Sent(1), (Texts{"GET_GROUP_ID_LIST", "DESTROY #3", "IS_ONLINE"}));
  gateway_.Answer(1, "a:0:{}");
  EXPECT_EQ(gateway_.State(0), "idle") << "that was not the answer that counts";
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.State(0), "connecting");
}

TEST_F(GatewayStallTest, AfterAFanOutCommandsAreRefusedUntilAnOperatorClearsThem) {
  StallWithGuard(kToAll);
  gateway_.Close(0);
  EXPECT_THAT(gateway_.Sent(1), IsEmpty()) << "there is nobody in particular to destroy";
  gateway_.Redial(0);
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "RESOURCE_EXHAUSTED refused");
  EXPECT_EQ(gateway_.Send(Bind(4, "u")), "RESOURCE_EXHAUSTED refused");
  EXPECT_EQ(gateway_.Send(kDestroy3), "OK") << "it writes to nobody";
  gateway_.Confirm("c", Message(4, "y"), {.confirm_run = true});
  EXPECT_EQ(gateway_.Results(), Texts{"c: RESOURCE_EXHAUSTED refused"});
  EXPECT_THAT(gateway_.last_text(), HasSubstr("ClearGateway"));
  gateway_.AskOnline("q");
  EXPECT_EQ(gateway_.Sent(0), (Texts{"DESTROY #3", "IS_ONLINE #1"})) << "queries are served";
  gateway_.Reconnect();
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "RESOURCE_EXHAUSTED refused") << "another link changes nothing";
  EXPECT_EQ(gateway_.Count("gateways_refused"), 1U);

  EXPECT_TRUE(gateway_.machine().ClearHold(gateway_.now()));
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "OK");
  EXPECT_FALSE(gateway_.machine().ClearHold(gateway_.now())) << "there is nothing more to clear";
}

TEST_F(GatewayStallTest, AnOperatorCanClearWhatIsStillToBeDestroyed) {
  Stall();
  gateway_.Close(0);
  EXPECT_EQ(gateway_.State(0), "idle");
  EXPECT_TRUE(gateway_.machine().ClearHold(gateway_.now()));
  EXPECT_EQ(gateway_.State(0), "connecting");
}

TEST_F(GatewayStallTest, ALinkThatTheGatewayClosedWhileItCameOnHoldsNothingBack) {
  gateway_.Send(Message(3, "x"));
  gateway_.Send(kToAll);
  gateway_.Sent(0);
  gateway_.Close(0);
  EXPECT_TRUE(gateway_.machine().hold().empty());
  gateway_.Redial(0);
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "OK");
}

// ---- Half-closed by us

TEST_F(GatewayStallTest, ALinkThatTheGatewayClosesAfterUsHoldsNothingBack) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Answer(0, "garbage");
  EXPECT_EQ(gateway_.State(0), "closing");
  gateway_.Close(0);
  EXPECT_TRUE(gateway_.machine().hold().empty());
  EXPECT_EQ(gateway_.State(0), "backoff");
}

TEST_F(GatewayStallTest, ALinkThatTheGatewayLeavesOpenAfterUsIsTakenForOneThatIsWritingStill) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Answer(0, "garbage");
  gateway_.Wait(absl::Seconds(1));
  EXPECT_EQ(gateway_.machine().hold(), (WriteHold{.destroy = {3}}));
  EXPECT_EQ(gateway_.State(0), "idle");
  EXPECT_EQ(gateway_.Sent(1), (Texts{"DESTROY #3", "IS_ONLINE"}));
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.State(0), "connecting");
}

TEST_F(GatewayStallTest, ALinkThatBreaksBeforeTheGatewayHasClosedItIsAskedAbout) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Answer(0, "garbage");
  gateway_.Break(0);
  EXPECT_EQ(gateway_.State(0), "idle");
  EXPECT_EQ(gateway_.Sent(1), Texts{"IS_ONLINE"}) << "does it live on?";
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.machine().hold(), (WriteHold{.destroy = {3}}));
  EXPECT_EQ(gateway_.Sent(1), (Texts{"DESTROY #3", "IS_ONLINE"}));
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.State(0), "connecting");
}

TEST_F(GatewayStallTest, WhereTheGatewayEndedMeanwhileNothingIsHeldBack) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Answer(0, "garbage");
  gateway_.Break(0);
  gateway_.Break(1);
  EXPECT_TRUE(gateway_.machine().hold().empty());
  EXPECT_EQ(gateway_.State(0), "connecting");
}

// ---- Broken on the way

TEST_F(GatewayStallTest, ALinkThatBreaksWhileTheGatewayLivesOnIsTakenForOneThatIsWritingStill) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Break(0);
  EXPECT_EQ(gateway_.State(0), "idle");
  EXPECT_EQ(gateway_.Sent(1), Texts{"IS_ONLINE"});
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "UNAVAILABLE no-link");
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.State(0), "idle");
  EXPECT_EQ(gateway_.Sent(1), (Texts{"DESTROY #3", "IS_ONLINE"}));
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.State(0), "connecting");
}

TEST_F(GatewayStallTest, AfterABrokenFanOutCommandsAreRefusedWhereTheGatewayLivesOn) {
  gateway_.Send(kToAll);
  gateway_.Sent(0);
  gateway_.Break(0);
  gateway_.Answer(1, "i:0;");
  EXPECT_EQ(gateway_.State(0), "connecting");
  gateway_.Up(0);
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "RESOURCE_EXHAUSTED refused");
}

TEST_F(GatewayStallTest, AGatewayThatEndedHoldsNothingBack) {
  gateway_.Send(Message(3, "x"));
  gateway_.Send(kToAll);
  gateway_.Sent(0);
  gateway_.Break(0);
  gateway_.Break(1);
  EXPECT_TRUE(gateway_.machine().hold().empty());
  gateway_.Redial(0);
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "OK");
}

TEST_F(GatewayStallTest, TheLinksOfAProcessThatEndsAreLostInEitherOrder) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Break(1);
  gateway_.Break(0);
  EXPECT_TRUE(gateway_.machine().hold().empty());
}

TEST_F(GatewayStallTest, WithoutTheOtherLinkTheWorstIsAssumed) {
  gateway_.Break(1);
  gateway_.Wait(absl::Seconds(2));
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Break(0);
  EXPECT_EQ(gateway_.machine().hold(), (WriteHold{.destroy = {3}}));
}

TEST_F(GatewayStallTest, SilenceOfTheOtherLinkProvesNothing) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Break(0);
  gateway_.Wait(absl::Seconds(5));
  EXPECT_EQ(gateway_.machine().hold(), (WriteHold{.destroy = {3}}));
  EXPECT_EQ(gateway_.State(0), "idle");
}

// One that lives says it, and it is the daemon that ends the link then.
TEST_F(GatewayStallTest, NonsenseOnTheOtherLinkIsNoEnd) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Break(0);
  gateway_.Answer(1, "garbage");
  EXPECT_EQ(gateway_.machine().hold(), (WriteHold{.destroy = {3}}));
  EXPECT_EQ(gateway_.State(0), "idle");
}

TEST_F(GatewayStallTest, NonsenseOnTheOtherLinkShortlyBeforeIsNoEnd) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Answer(1, "garbage");
  gateway_.Break(0);
  EXPECT_EQ(gateway_.machine().hold(), (WriteHold{.destroy = {3}}));
  EXPECT_EQ(gateway_.State(0), "idle");
}

TEST_F(GatewayStallTest, WhereAllHasRunABrokenLinkIsMadeAgainAtOnce) {
  gateway_.Send(Message(3, "x"));
  gateway_.Sent(0);
  gateway_.Answer(0, "i:0;");
  gateway_.Break(0);
  gateway_.Redial(0);
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "OK");
}

// ---- Leaving and coming back

TEST_F(GatewayStallTest, WhatIsHeldBackIsHandedOnToTheNextMachineOfTheAddress) {
  StallWithGuard(kToAll);
  gateway_.List(false);
  gateway_.Close(0);
  gateway_.Stop();
  const WriteHold hold = gateway_.machine().hold();
  EXPECT_EQ(hold, (WriteHold{.fan_out = true}));

  GatewayHarness next(GatewayHarness::TestOptions(), GoLike(), {.destroy = {3, 4}, .fan_out = true});
  next.List();
  EXPECT_EQ(next.State(0), "idle");
  next.Up(1);
  EXPECT_EQ(next.Sent(1), (Texts{"DESTROY #3", "DESTROY #4", "IS_ONLINE"}));
  next.Answer(1, "i:0;");
  next.Up(0);
  EXPECT_EQ(next.Send(Message(3, "x")), "RESOURCE_EXHAUSTED refused");
}

}  // namespace
}  // namespace gatewayd::cluster
