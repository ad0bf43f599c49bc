// What GatewayMachine does for go: one link that writes to clients, kept when it stalls.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_stall_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
