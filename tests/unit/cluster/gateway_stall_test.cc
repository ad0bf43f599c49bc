// What GatewayMachine does for go: one link that writes to clients, kept when it stalls, and what comes first
// where it is lost.
#include <string>

#include "cluster/gateway_machine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_harness.h"
#include "unit/cluster/go_like_dialect.h"

namespace gatewayd::cluster {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const wire::Frame kToAll = {.command = wire::Command::kSendToAll, .body = "all"};
const wire::Frame kDestroy3 = {.command = wire::Command::kDestroy, .connection_id = 3};

class GatewayStallTest : public testing::Test {
 protected:
  GatewayStallTest() {
    gateway_.Start();
    gateway_.Up(1);  // the guard
    gateway_.Sent(0);
    gateway_.Answer(0, "i:0;");  // which is proven to be of the same run
    gateway_.Forget();
  }

  // Something for the clients is written, and the Gateway answers nothing more.
  void Stall(const wire::Frame& frame = Message(3, "x")) {
    ASSERT_EQ(gateway_.Send(frame), "OK");
    gateway_.Sent(0);
    gateway_.Wait(absl::Seconds(6));
    ASSERT_TRUE(gateway_.machine().stalled());
  }
  // … while it does on the other link.
  void StallWithGuard(const wire::Frame& frame = Message(3, "x")) {
    Stall(frame);
    EXPECT_EQ(gateway_.Sent(1), Texts{"IS_ONLINE"});
    gateway_.Answer(1, "i:0;");
    gateway_.Forget();
  }
  std::string CommandLink() {
    const auto views = gateway_.machine().Views(gateway_.now(), gateway_.now());
    return ToString(views[0].state);
  }

  GatewayHarness gateway_{GatewayHarness::TestOptions(), GoLike()};
};

// ---- How far the Gateway has come

TEST_F(GatewayStallTest, BehindWhatWritesToClientsTheGatewayIsAskedHowFarItHasCome) {
  gateway_.Send(Message(3, "x"));
  EXPECT_EQ(gateway_.Sent(0), (Texts{"SEND_TO_ONE #3 'x'", "IS_ONLINE"}));
  gateway_.Send(Message(4, "y"));
  EXPECT_EQ(gateway_.Sent(0), Texts{"SEND_TO_ONE #4 'y'"}) << "one question at a time";
  gateway_.Answer(0, "i:0;");
  EXPECT_THAT(gateway_.Sent(0), IsEmpty());
  gateway_.Wait(absl::Milliseconds(20));
  EXPECT_EQ(gateway_.Sent(0), Texts{"IS_ONLINE"}) << "and not at once";
  gateway_.Answer(0, "i:0;");
  gateway_.Wait(absl::Seconds(60));
  EXPECT_THAT(gateway_.Sent(0), IsEmpty()) << "all has run: nothing is to be asked";
}

TEST_F(GatewayStallTest, OnlyTheFirstCommandThatHasNotRunNeedsTheTime) {
  gateway_.Send(Bind(3, "u"));
  EXPECT_TRUE(gateway_.machine().send_needs_time());
  gateway_.Send(Message(3, "x"));
  EXPECT_FALSE(gateway_.machine().send_needs_time());
  const absl::Time timer = gateway_.machine().NextTimer();
  ASSERT_TRUE(gateway_.machine().Send(Message(3, "y"), "", absl::InfinitePast()).ok());
  EXPECT_EQ(gateway_.machine().NextTimer(), timer);
  gateway_.Answer(0, "i:0;");
  gateway_.Wait(absl::Milliseconds(20));
  EXPECT_FALSE(gateway_.machine().send_needs_time()) << "the second may not have run";
  gateway_.Answer(0, "i:0;");
  EXPECT_TRUE(gateway_.machine().send_needs_time());
}

TEST_F(GatewayStallTest, WhatWritesToNobodyIsNotWatched) {
  gateway_.Send(Bind(3, "u"));
  EXPECT_EQ(gateway_.Sent(0), Texts{"BIND_UID #3 [u]"});
}

TEST_F(GatewayStallTest, APhpGatewayIsNotWatchedAndItsLinkIsEndedAsEver) {
  GatewayHarness php;
  php.Start();
  EXPECT_FALSE(php.machine().send_needs_time());
  php.Send(Message(3, "x"));
  EXPECT_EQ(php.Sent(0), Texts{"SEND_TO_ONE #3 'x'"});
  php.AskOnline("q");
  php.Wait(absl::Seconds(6));
  EXPECT_EQ(php.Results(), Texts{"q: UNAVAILABLE timeout"});
  EXPECT_THAT(php.Actions(), Contains("0 half-close"));
}

TEST_F(GatewayStallTest, AnAnsweredWatchIsABarrierToo) {
  gateway_.Send(Bind(3, "u"));
  gateway_.Send(Message(3, "x"));
  gateway_.Answer(0, "i:0;");
  gateway_.Sent(0);
  gateway_.AskAll("q");
  EXPECT_THAT(gateway_.Sent(0), IsEmpty()) << "the bind has run, no further barrier is needed";
}

// ---- Stalled

TEST_F(GatewayStallTest, ALinkWithoutAnswersIsKeptAndShownAsStalled) {
  Stall();
  EXPECT_EQ(CommandLink(), "stalled");
  EXPECT_THAT(gateway_.Actions(), IsEmpty()) << "nothing is closed, and nothing made in its place";
  EXPECT_THAT(gateway_.Changes(), ElementsAre(AllOf(HasSubstr("stalled"), HasSubstr("connection 3"))));
  EXPECT_THAT(gateway_.machine().why_degraded(), HasSubstr("stalled"));
  EXPECT_EQ(gateway_.machine().generation(), "daemon-1");
  EXPECT_EQ(gateway_.Count("links_stalled"), 1U);
  EXPECT_EQ(gateway_.Count("links_lost"), 0U);
}

TEST_F(GatewayStallTest, ItsCallersAreRefusedAndNothingIsSent) {
  gateway_.AskOnline("before");
  gateway_.Confirm("confirmed", Message(5, "z"), {.confirm_run = true});
  Stall();
  EXPECT_THAT(gateway_.Results(),
              ElementsAre("before: RESOURCE_EXHAUSTED stalled", "confirmed: DEADLINE_EXCEEDED stalled"));
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "RESOURCE_EXHAUSTED stalled");
  gateway_.AskOnline("q");
  gateway_.Confirm("c", Message(5, "z"), {.require_online = true});
  EXPECT_EQ(gateway_.Results(), (Texts{"q: RESOURCE_EXHAUSTED stalled", "c: RESOURCE_EXHAUSTED stalled"}));
  EXPECT_THAT(gateway_.Sent(0), IsEmpty());
}

TEST_F(GatewayStallTest, AStallIsOverWithTheNextAnswerAndEachGetsItsOwn) {
  gateway_.AskOnline("before");
  Stall();
  gateway_.Forget();
  gateway_.Answer(0, "i:1;");  // of `before`, who waits no longer
  gateway_.Answer(0, "i:0;");  // of the watch
  EXPECT_EQ(CommandLink(), "ready");
  EXPECT_THAT(gateway_.Results(), IsEmpty());
  EXPECT_THAT(gateway_.Changes(), ElementsAre(HasSubstr("no longer stalled")));
  EXPECT_EQ(gateway_.Send(Message(4, "y")), "OK");
  gateway_.AskOnline("after");
  gateway_.Sent(0);
  gateway_.Answer(0, "i:0;");  // of the watch behind y
  gateway_.Answer(0, "i:1;");
  EXPECT_EQ(gateway_.Results(), Texts{"after: i:1;"});
}

TEST_F(GatewayStallTest, QueriesThatNeedNothingOfTheStalledLinkAreServed) {
  StallWithGuard();
  gateway_.AskAll("q");
  EXPECT_EQ(gateway_.Sent(1), Texts{"GET_GROUP_ID_LIST"});
  gateway_.Answer(1, "a:0:{}");
  EXPECT_EQ(gateway_.Results(), Texts{"q: a:0:{}"});
}

TEST_F(GatewayStallTest, QueriesThatWouldHaveToWaitForItAreRefusedAtOnce) {
  gateway_.Send(Bind(3, "u"));
  gateway_.AskAll("before");
  StallWithGuard();
  gateway_.AskAll("q");
  EXPECT_EQ(gateway_.Results(), Texts{"q: RESOURCE_EXHAUSTED stalled"});
  gateway_.AskAll("any", {.any_consistency = true});
  EXPECT_EQ(gateway_.Sent(1), Texts{"GET_GROUP_ID_LIST"});
}

TEST_F(GatewayStallTest, DestroyGoesByAnotherLinkAndCanFreeTheGateway) {
  StallWithGuard();
  EXPECT_EQ(gateway_.Send(kDestroy3), "OK");
  EXPECT_EQ(gateway_.Sent(1), Texts{"DESTROY #3"});
  EXPECT_EQ(gateway_.Send(kDestroy3, "daemon-0"), "NOT_FOUND generation-over");
  gateway_.Answer(0, "i:0;");
  EXPECT_EQ(CommandLink(), "ready");
  EXPECT_EQ(gateway_.Send(kDestroy3), "OK");
  EXPECT_EQ(gateway_.Sent(0), Texts{"DESTROY #3"});
}

// The host can have died in silence, and the next one answers: its clients have the same numbers.
TEST_F(GatewayStallTest, ADestroyThatNamesAGenerationGoesByALinkOfThatRunAlone) {
  StallWithGuard();
  EXPECT_EQ(gateway_.Send(kDestroy3, "daemon-1"), "OK");
  gateway_.Close(1);
  gateway_.Redial(1);
  gateway_.Forget();
  EXPECT_EQ(gateway_.Send(kDestroy3, "daemon-1"), "RESOURCE_EXHAUSTED stalled");
  EXPECT_EQ(gateway_.Send(kDestroy3), "OK");
  EXPECT_EQ(gateway_.Sent(1), Texts{"DESTROY #3"});
}

TEST_F(GatewayStallTest, WhatWaitsForTheOtherLinkIsBoundedToo) {
  StallWithGuard();
  std::string status;
  do
    status = gateway_.Send(kDestroy3);
  while (status == "OK" &&
         gateway_.machine().link(1).outbound().pending() < 2 * gateway_.options().command_buffer);
  EXPECT_EQ(status, "RESOURCE_EXHAUSTED stalled");
}

TEST_F(GatewayStallTest, WithoutAnotherLinkDestroyIsRefusedToo) {
  StallWithGuard();
  gateway_.Close(1);
  EXPECT_EQ(gateway_.Send(kDestroy3), "RESOURCE_EXHAUSTED stalled");
}

TEST_F(GatewayStallTest, AGatewayThatAnswersOnAnotherLinkIsNeverGivenUp) {
  StallWithGuard();
  for (int i = 0; i < 60; ++i) {
    gateway_.Wait(absl::Seconds(5));
    if (gateway_.Sent(1) == Texts{"IS_ONLINE"}) gateway_.Answer(1, "i:0;");
  }
  EXPECT_TRUE(gateway_.machine().stalled());
  EXPECT_THAT(gateway_.Actions(), IsEmpty());
}

TEST_F(GatewayStallTest, AGatewayThatAnswersOnNoLinkIsGoneAfterAMinute) {
  Stall();
  gateway_.Close(1);
  gateway_.Wait(absl::Seconds(50));
  EXPECT_TRUE(gateway_.machine().stalled());
  gateway_.Wait(absl::Seconds(15));
  EXPECT_FALSE(gateway_.machine().stalled());
  EXPECT_THAT(gateway_.Actions(), Contains("0 close"));
  EXPECT_THAT(gateway_.Changes(), Contains(HasSubstr("no answer on any link")));
  EXPECT_EQ(gateway_.machine().hold(), (WriteHold{.destroy = {3}}));
}

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

// ---- The real packets

TEST(GatewayGoPacketsTest, APingIsPassedOverWhetherAnAnswerIsDueOrNot) {
  GatewayHarness gateway(GatewayHarness::TestOptions(), wire::GoDialect());
  const auto codec = wire::GoDialect().NewPacketCodec("s3cret");
  std::string ping;
  codec->AppendFrame({.command = wire::Command::kPing, .flag = 0}, ping);
  gateway.List();
  gateway.Connect(0);
  gateway.Feed(0, ping);
  EXPECT_EQ(gateway.State(0), "authenticating");
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 dial"));
}

TEST(GatewayGoPacketsTest, APhpGatewaysAnswerIsNamedAsSuch) {
  GatewayHarness gateway(GatewayHarness::TestOptions(), wire::GoDialect());
  gateway.List();
  gateway.Connect(0);
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.machine().why_unlinked(), HasSubstr("looks like the php dialect"));
  EXPECT_EQ(gateway.Send(Message(1, "x")), "UNAVAILABLE no-link");
}

TEST(GatewayGoPacketsTest, AGoGatewaysAnswerTellsAPhpDaemonTheSame) {
  GatewayHarness gateway;
  gateway.List();
  gateway.Connect(0);
  const auto codec = wire::GoDialect().NewPacketCodec("s3cret");
  std::string packet;
  codec->AppendFrame({.command = wire::Command::kPing, .flag = 0}, packet);
  gateway.Feed(0, packet);
  EXPECT_THAT(gateway.machine().why_unlinked(), HasSubstr("looks like the go dialect"));
}

TEST(GatewayGoPacketsTest, ACauseThatChangesIsLoggedOnceEach) {
  GatewayHarness gateway(GatewayHarness::TestOptions(), wire::GoDialect());
  gateway.List();
  gateway.Refuse(0);
  EXPECT_EQ(gateway.Changes(), Texts{"tried: "});
  for (int i = 0; i < 3; ++i) {
    gateway.AwaitDial(0);
    gateway.Connect(0);
    gateway.Close(0);
  }
  EXPECT_THAT(gateway.Changes(), ElementsAre(HasSubstr("news: closed before its first answer")));
}

}  // namespace
}  // namespace gatewayd::cluster
