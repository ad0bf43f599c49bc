// The event link of a Gateway beside its command link: which run its events are of, what keeps a generation
// alive, and what the sink hears, in which order.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_events_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// ---- Opening

TEST_F(GatewayEventsTest, NoEventLinkBeforeEventsAreWanted) {
  gateway_.Start();
  gateway_.Wait(absl::Minutes(10));
  EXPECT_THAT(gateway_.Actions(), IsEmpty());
  EXPECT_TRUE(gateway_.machine().event_links_off());
  EXPECT_EQ(gateway_.machine().Views(gateway_.now(), gateway_.now()).size(), 3u);
}

TEST_F(GatewayEventsTest, ItBecomesAWorkerOnceTheCommandLinkHasProvenTheRun) {
  gateway_.Start();
  Meet();
  EXPECT_THAT(gateway_.Sent(event_), IsEmpty());
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("IS_ONLINE"));
  gateway_.Answer(0, "i:0;");
  EXPECT_THAT(gateway_.Sent(event_), ElementsAre(WorkerHello(1), "IS_ONLINE"));
  Event("a");
  gateway_.Answer(event_, "i:0;");
  Event("b");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 up", "daemon-1 'a'", "daemon-1 'b'"));
  EXPECT_EQ(gateway_.machine().why_no_events(), "");
}

TEST_F(GatewayEventsTest, ItWaitsForTheCommandLinkHoweverLongThatTakes) {
  gateway_.List();
  gateway_.Refuse(0);
  Meet();
  EXPECT_EQ(gateway_.machine().run(), nullptr);
  gateway_.AwaitDial(0);
  gateway_.Up(0);
  EXPECT_THAT(gateway_.Sent(event_), IsEmpty());
  gateway_.Forget();
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("IS_ONLINE"));
  gateway_.Answer(0, "i:0;");
  EXPECT_THAT(gateway_.Sent(event_), ElementsAre(WorkerHello(1), "IS_ONLINE"));
}

TEST_F(GatewayEventsTest, ARefusedEventLinkIsDialledAgainAndLeavesTheCommandLinkAlone) {
  gateway_.Start();
  gateway_.WantEvents();
  EXPECT_THAT(gateway_.Actions(), ElementsAre(StrCat(event_, " dial")));
  gateway_.Refuse(event_);
  EXPECT_EQ(gateway_.State(event_), "backoff");
  EXPECT_EQ(gateway_.State(0), "ready");
  EXPECT_EQ(gateway_.Count("link_attempts_failed"), 1u);
  EXPECT_THAT(gateway_.Told(), IsEmpty());
  gateway_.AwaitDial(event_);
  EXPECT_THAT(gateway_.Actions(), ElementsAre(StrCat(event_, " dial")));
}

TEST_F(GatewayEventsTest, TheProofOfTheCommandLinkHasNoClockOfItsOwn) {
  gateway_.Start();
  Meet();
  gateway_.Wait(gateway_.options().query_timeout - absl::Milliseconds(1));
  EXPECT_EQ(gateway_.Count("runs_over"), 0u);
  gateway_.Answer(0, "i:0;");
  EXPECT_EQ(gateway_.Sent(event_).size(), 2u);
  EXPECT_EQ(gateway_.machine().generation(), "daemon-1");
}

TEST_F(GatewayEventsTest, AnUnlistedGatewayGetsNoNewEventLink) {
  gateway_.Start();
  gateway_.List(false);
  gateway_.WantEvents();
  EXPECT_THAT(gateway_.Actions(), IsEmpty());
  gateway_.List();
  EXPECT_THAT(gateway_.Actions(), ElementsAre(StrCat(event_, " dial")));
}

TEST_F(GatewayEventsTest, AFullCommandBufferOnlyDelaysTheProof) {
  Options options = GatewayHarness::TestOptions();
  options.command_buffer = 1000;
  GatewayHarness gateway(options);
  gateway.Start();
  EXPECT_EQ(gateway.Send(Message(1, std::string(1000 - wire::kFrameHeadSize, 'x'))), "OK");
  gateway.WantEvents();
  gateway.Up(event_);
  EXPECT_EQ(gateway.machine().link(0).outbound().pending(), 1000u);
  EXPECT_EQ(gateway.Sent(0).size(), 1u);
  gateway.Wait(absl::Seconds(1));
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE"));
}

// ---- What keeps a generation alive

TEST_F(GatewayEventsTest, TheGenerationOutlivesTheCommandLink) {
  Start();
  gateway_.Close(0);
  EXPECT_EQ(gateway_.machine().generation(), "daemon-1");
  EXPECT_TRUE(gateway_.machine().linked());
  EXPECT_EQ(gateway_.Send(Message(1, "x"), "daemon-1"), "UNAVAILABLE no-link");
  Event("a");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'a'"));
  EXPECT_THAT(gateway_.Changes(), IsEmpty());
}

TEST_F(GatewayEventsTest, TheCommandLinkIsOfTheRunThatTheEventLinkHasProven) {
  Start();
  CommandLinkIsBack();
  EXPECT_EQ(gateway_.Send(Message(1, "x")), "UNAVAILABLE no-link");
  gateway_.AskOnline("q");
  EXPECT_THAT(gateway_.Results(), ElementsAre("q: UNAVAILABLE no-link"));
  EXPECT_THAT(gateway_.Sent(event_), ElementsAre("IS_ONLINE"));
  Event("a");
  EXPECT_FALSE(gateway_.machine().usable());
  gateway_.Answer(event_, "i:0;");
  EXPECT_EQ(gateway_.machine().generation(), "daemon-1");
  EXPECT_EQ(gateway_.Send(Message(1, "x"), "daemon-1"), "OK");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'a'"));
}

TEST_F(GatewayEventsTest, WhereTheEventLinkIsLostInsteadTheCommandLinkBeginsANewRun) {
  Start();
  CommandLinkIsBack();
  gateway_.Feed(event_, GatewayHarness::EventBytes("last"));
  gateway_.Close(event_);
  EXPECT_EQ(gateway_.machine().generation(), "daemon-2");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'last'", "daemon-1 gone", "daemon-1 over"));
  EXPECT_EQ(gateway_.Send(Message(1, "x"), "daemon-1"), "NOT_FOUND generation-over");
  EXPECT_EQ(gateway_.Send(Message(1, "x"), "daemon-2"), "OK");
}

// A relic of a host that died cannot answer, and its old answers prove nothing.
TEST_F(GatewayEventsTest, AnAnswerToAnEarlierQuestionIsNoProof) {
  Start();
  gateway_.Wait(gateway_.options().event_probe);
  EXPECT_THAT(gateway_.Sent(event_), ElementsAre("IS_ONLINE"));
  CommandLinkIsBack();
  gateway_.Answer(event_, "i:0;");
  EXPECT_FALSE(gateway_.machine().usable());
  gateway_.Answer(event_, "i:0;");
  EXPECT_TRUE(gateway_.machine().usable());
}

TEST_F(GatewayEventsTest, AProofForACommandLinkThatIsGoneAgainProvesNothing) {
  Start();
  CommandLinkIsBack();
  CommandLinkIsBack();
  gateway_.Answer(event_, "i:0;");
  EXPECT_FALSE(gateway_.machine().usable());
  gateway_.Answer(event_, "i:0;");
  EXPECT_TRUE(gateway_.machine().usable());
  EXPECT_EQ(gateway_.machine().generation(), "daemon-1");
}

TEST_F(GatewayEventsTest, ASilentEventLinkEndsTheRunAfterTheQueryTimeout) {
  Start();
  CommandLinkIsBack();
  gateway_.Wait(gateway_.options().query_timeout - absl::Milliseconds(1));
  EXPECT_FALSE(gateway_.machine().usable());
  gateway_.Wait(absl::Milliseconds(1));
  EXPECT_TRUE(gateway_.machine().usable());
  EXPECT_EQ(gateway_.machine().generation(), "daemon-2");
  gateway_.Close(event_);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 gone", "daemon-1 over"));
}

TEST_F(GatewayEventsTest, BothLostEndsTheRunOnce) {
  Start();
  gateway_.Close(0);
  gateway_.Close(event_);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 gone", "daemon-1 over"));
  EXPECT_EQ(gateway_.machine().generation(), "");
  EXPECT_EQ(gateway_.Count("runs_over"), 1u);
  gateway_.Redial(0);
  EXPECT_EQ(gateway_.machine().generation(), "daemon-2");
}

TEST_F(GatewayEventsTest, WithoutEventsEachRunEndsWithItsCommandLink) {
  gateway_.Start();
  gateway_.Reconnect();
  gateway_.Close(0);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 over", "daemon-2 over"));
}

TEST_F(GatewayEventsTest, ALostEventLinkComesBackToTheSameRun) {
  Start();
  gateway_.Close(event_);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 gone"));
  EventsUp(2);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 up"));
  EXPECT_EQ(gateway_.Count("runs_over"), 0u);
}

TEST_F(GatewayEventsTest, AQueryLinkDoesNotOutliveTheCommandLinkAllTheSame) {
  Start();
  gateway_.AskAll("a");
  gateway_.Up(1);
  gateway_.Forget();
  gateway_.Close(0);
  EXPECT_THAT(gateway_.Results(), ElementsAre("a: UNAVAILABLE link-lost"));
  EXPECT_THAT(gateway_.Actions(), ElementsAre("0 close", "1 close"));
}

TEST_F(GatewayEventsTest, TheGatewayStaysAMemberWhileEventsAreToBeRead) {
  Start();
  gateway_.TakeEvents(0);
  Event("a");
  gateway_.List(false);
  gateway_.Close(event_);
  gateway_.Close(0);
  EXPECT_THAT(gateway_.Changes(), IsEmpty());
  gateway_.ResumeEvents();
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'a'", "daemon-1 gone", "daemon-1 over"));
  EXPECT_THAT(gateway_.Changes(), ElementsAre("unlinked: link lost: closed by the peer"));
}

// ---- Paused

TEST_F(GatewayEventsTest, WhatTheSinkRefusesIsOfferedAgain) {
  Start();
  gateway_.TakeEvents(1);
  Event("a");
  Event("b");
  Event("c");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'a'"));
  EXPECT_FALSE(gateway_.machine().reads(event_));
  gateway_.ResumeEvents();
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'b'", "daemon-1 'c'"));
}

// The answer stands behind events that nobody has room for: callers must not wait for that.
TEST_F(GatewayEventsTest, APausedEventLinkKeepsItsRunAndAnotherOneIsOpened) {
  Start();
  gateway_.TakeEvents(0);
  Event("old");
  CommandLinkIsBack();
  gateway_.Wait(gateway_.options().barrier_timeout - absl::Milliseconds(1));
  EXPECT_FALSE(gateway_.machine().usable());
  gateway_.Forget();
  gateway_.Wait(absl::Milliseconds(1));
  EXPECT_TRUE(gateway_.machine().usable());
  EXPECT_EQ(gateway_.machine().generation(), "daemon-2");
  EXPECT_EQ(gateway_.Count("runs_unproven"), 1u);
  EXPECT_THAT(gateway_.Told(), IsEmpty());
  // The old one is left by a second connection, a new one is on its way.
  EXPECT_THAT(gateway_.Actions(), ElementsAre(StrCat(second_, " dial"), StrCat(next_, " dial")));
  gateway_.Up(next_);
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("IS_ONLINE"));
  gateway_.Answer(0, "i:0;");
  EXPECT_THAT(gateway_.Sent(next_), ElementsAre(WorkerHello(2), "IS_ONLINE"));
  gateway_.Answer(next_, "i:0;");
  gateway_.ResumeEvents();
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-2 up", "daemon-1 'old'"));
  // It really was a restart: the old link ends, and what would have replaced it was never a worker.
  gateway_.Up(second_);
  gateway_.Close(event_);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 gone", "daemon-1 over"));
  EXPECT_EQ(gateway_.State(second_), "idle");
  gateway_.Feed(next_, GatewayHarness::EventBytes("new"));
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-2 'new'"));
}

TEST_F(GatewayEventsTest, APausedEventLinkOfALivingGatewayIsLeftWithoutLoss) {
  Start();
  gateway_.TakeEvents(0);
  Event("a");
  CommandLinkIsBack();
  gateway_.Wait(gateway_.options().barrier_timeout);
  gateway_.Up(second_);
  gateway_.ResumeEvents();
  gateway_.Sent(event_);
  gateway_.Answer(event_, "i:0;");  // the proof that came too late
  gateway_.Answer(event_, "i:0;");  // what the leave has asked
  EXPECT_THAT(gateway_.Sent(second_), ElementsAre(WorkerHello(1)));
  gateway_.Feed(second_, GatewayHarness::EventBytes("c"));
  Event("b");
  gateway_.Close(event_);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'a'", "daemon-1 'b'"));
  gateway_.Feed(second_, AnswerBytes("i:0;"));
  gateway_.Close(second_);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'c'", "daemon-1 gone", "daemon-1 over"));
  EXPECT_EQ(gateway_.Count("event_leaves_forced"), 0u);
}

TEST_F(GatewayEventsTest, TheLinkThatCameAfterStaysTheOneInUse) {
  Start();
  gateway_.TakeEvents(0);
  Event("a");
  CommandLinkIsBack();
  gateway_.Wait(gateway_.options().barrier_timeout);
  gateway_.Up(next_);
  gateway_.Answer(0, "i:0;");
  gateway_.Answer(next_, "i:0;");
  gateway_.ResumeEvents();
  gateway_.Close(event_);
  ASSERT_EQ(gateway_.State(event_), "idle");
  gateway_.Forget();
  gateway_.Close(0);
  EXPECT_EQ(gateway_.machine().generation(), "daemon-2");
  EXPECT_THAT(gateway_.Actions(), ElementsAre("0 close"));
  gateway_.WantEvents(false);
  EXPECT_THAT(gateway_.Actions(), ElementsAre(StrCat(next_ + 1, " dial")));
}

// ---- Leaving

TEST_F(GatewayEventsTest, LeavingEndsTheLinkAndNotTheRun) {
  Start();
  gateway_.WantEvents(false);
  gateway_.Up(second_);
  EXPECT_THAT(gateway_.Sent(event_), ElementsAre("IS_ONLINE"));
  gateway_.Answer(event_, "i:0;");
  Event("a");
  gateway_.Close(event_);
  gateway_.Answer(second_, "i:0;");
  gateway_.Close(second_);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'a'", "daemon-1 gone"));
  EXPECT_TRUE(gateway_.machine().event_links_off());
  EXPECT_EQ(gateway_.machine().generation(), "daemon-1");
  EXPECT_EQ(gateway_.Send(Message(1, "x"), "daemon-1"), "OK");
}

TEST_F(GatewayEventsTest, StopClosesEventLinksAndEndsTheRun) {
  Start();
  gateway_.Stop();
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 gone", "daemon-1 over"));
  EXPECT_THAT(gateway_.Actions(), ElementsAre("0 close", StrCat(event_, " close")));
  EXPECT_TRUE(gateway_.machine().event_links_off());
  gateway_.WantEvents();
  gateway_.Wait(absl::Minutes(1));
  EXPECT_THAT(gateway_.Actions(), IsEmpty());
}

TEST_F(GatewayEventsTest, AnEventBeforeItWasAskedForIsGarbage) {
  gateway_.Start();
  Meet();
  Event("early");
  EXPECT_THAT(gateway_.Told(), IsEmpty());
  EXPECT_EQ(gateway_.State(event_), "closing");
  EXPECT_EQ(gateway_.Count("bad_answers"), 1u);
}

TEST_F(GatewayEventsTest, GarbageEndsTheEventLinkAlone) {
  Start();
  Event("a");
  gateway_.Feed(event_, std::string(4, '\0'));
  Event("never");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'a'", "daemon-1 gone"));
  EXPECT_EQ(gateway_.Send(Message(1, "x"), "daemon-1"), "OK");
}

// ---- Lives of the command link

TEST_F(GatewayEventsTest, TheLifeOfTheCommandLinkChangesWhenItIsLost) {
  gateway_.List();
  const std::uint64_t first = gateway_.machine().command_link_life();
  gateway_.Refuse(0);
  gateway_.AwaitDial(0);
  gateway_.Up(0);
  EXPECT_EQ(gateway_.machine().command_link_life(), first);
  gateway_.Close(0);
  EXPECT_EQ(gateway_.machine().command_link_life(), first + 1);
  gateway_.Redial(0);
  EXPECT_EQ(gateway_.machine().command_link_life(), first + 1);
}

}  // namespace
}  // namespace gatewayd::cluster
