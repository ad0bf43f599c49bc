// An event link while it is wanted: how it opens, what is a sign of life, what ends it, reading that pauses.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/event_link_fixture.h"
#include "unit/cluster/go_like_dialect.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// ---- Opening

TEST_F(EventLinkMachineTest, IsOffUntilItIsWanted) {
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Action(0), "none");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  EXPECT_THAT(link_->Views(now(), now()), IsEmpty());
}

TEST_F(EventLinkMachineTest, IsNoWorkerBeforeItHasARun) {
  Authenticated();
  EXPECT_FALSE(link_->live());
  EXPECT_FALSE(link_->carries_events(0));
  EXPECT_THAT(Sent(0), IsEmpty());
  EXPECT_EQ(link_->Views(now(), now()).at(0).state, LinkState::kAuthenticating);
  link_->Attach(run_, now());
  EXPECT_TRUE(link_->live());
  EXPECT_TRUE(link_->carries_events(0));
  EXPECT_THAT(Sent(0), ElementsAre(kWorkerHello1, "IS_ONLINE"));
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(EventLinkMachineTest, IsUpWithTheFirstByteEventOrAnswer) {
  Authenticated();
  link_->Attach(run_, now());
  Bytes(0);
  EXPECT_THAT(News(), ElementsAre("up"));
  Bytes(0);
  link_->OnAnswer(0, "i:0;", now());
  EXPECT_THAT(News(), IsEmpty());
  EXPECT_EQ(State(0), "ready");
}

TEST_F(EventLinkMachineTest, AWrongSecretIsNoLink) {
  link_->Want(now());
  Connect(0);
  Close(0);
  EXPECT_EQ(Action(0), "close");
  EXPECT_EQ(State(0), "backoff");
  EXPECT_THAT(News(), IsEmpty());
  EXPECT_EQ(Count("link_attempts_failed"), 1u);
  EXPECT_EQ(Count("event_links_lost"), 0u);
}

TEST_F(EventLinkMachineTest, EachConnectionHasAKeyOfItsOwn) {
  Up();
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(Action(0), "close");
  Wait(options_.backoff_first);
  Connect(0);
  Answer(0);
  link_->Attach(run_, now());
  EXPECT_THAT(Sent(0), ElementsAre(kWorkerHello2, "IS_ONLINE"));
}

// ---- In use

TEST_F(EventLinkMachineTest, ALinkThatIsLostComesBack) {
  Up();
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(link_->run(), nullptr);
  EXPECT_EQ(State(0), "backoff");
  EXPECT_EQ(Count("event_links_lost"), 1u);
}

TEST_F(EventLinkMachineTest, OneThatWasNeverUpIsGoneAllTheSame) {
  Authenticated();
  link_->Attach(run_, now());
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone, never up"));
}

TEST_F(EventLinkMachineTest, QuietIsAskedAndAnswersAreEnough) {
  Up();
  Wait(options_.event_probe - absl::Milliseconds(1));
  EXPECT_THAT(Sent(0), IsEmpty());
  Wait(absl::Milliseconds(1));
  EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
  Wait(options_.query_timeout - absl::Milliseconds(1));
  Answer(0);
  Wait(options_.event_probe);
  EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
  EXPECT_EQ(State(0), "ready");
}

TEST_F(EventLinkMachineTest, EventsAreSignsOfLifeToo) {
  Up();
  for (int i = 0; i < 10; ++i) {
    Wait(options_.event_probe - absl::Seconds(1));
    Bytes(0);
  }
  EXPECT_THAT(Sent(0), IsEmpty());
}

// A go Gateway's PINGs prove nothing, so whatever comes, it is asked.
TEST_F(EventLinkMachineTest, InGoOnlyAnAnswerIsASignOfLife) {
  Renew(GoLike());
  Up();
  for (int i = 0; i < 3; ++i) {
    Wait(options_.event_probe / 2);
    Bytes(0);
    EXPECT_THAT(Sent(0), IsEmpty());
    Wait(options_.event_probe / 2);
    EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
    Answer(0);
  }
  Wait(options_.event_probe);
  Wait(options_.query_timeout);
  EXPECT_EQ(Action(0), "half-close");
}

// There is no lossless way to leave, and a second WORKER_CONNECT with the same key would be one too many.
TEST_F(EventLinkMachineTest, InGoALinkIsLeftByAHalfCloseAndEveryConnectionHasAKeyOfItsOwn) {
  Renew(GoLike());
  Up();
  link_->Leave(now_);
  EXPECT_EQ(Action(0), "half-close");
  EXPECT_EQ(State(1), "idle");
  EXPECT_TRUE(link_->carries_events(0)) << "it is read to its end";
  Close(0);
  EXPECT_EQ(Action(0), "close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  Authenticated();
  link_->Attach(run_, now_);
  EXPECT_THAT(Sent(0), ElementsAre(kWorkerHello2, "IS_ONLINE"));
}

TEST_F(EventLinkMachineTest, NoByteAfterAProbeEndsTheLinkWhichIsReadToItsEnd) {
  Up();
  Wait(options_.event_probe + options_.query_timeout);
  EXPECT_EQ(Action(0), "half-close");
  EXPECT_FALSE(link_->live());
  EXPECT_THAT(News(), IsEmpty());
  EXPECT_TRUE(link_->carries_events(0));
  Bytes(0);
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(State(0), "backoff");
  EXPECT_EQ(Count("event_link_probes_failed"), 1u);
  EXPECT_EQ(Count("event_links_lost"), 1u);
}

TEST_F(EventLinkMachineTest, AGatewayThatDoesNotCloseIsWaitedForBeforeTheNextConnect) {
  Up();
  Wait(options_.event_probe + options_.query_timeout);
  EXPECT_EQ(Action(0), "half-close");
  Wait(options_.close_wait - absl::Milliseconds(1));
  EXPECT_EQ(State(0), "closing");
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(Action(0), "close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  Wait(options_.backoff_first);
  EXPECT_EQ(Action(0), "dial");
}

TEST_F(EventLinkMachineTest, GarbageEndsTheLinkAndNothingOfItIsTaken) {
  Up();
  link_->OnGarbage(0, "nonsense", now());
  EXPECT_EQ(Action(0), "half-close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_FALSE(link_->carries_events(0));
  EXPECT_FALSE(link_->in_use(0));
  EXPECT_EQ(Count("bad_answers"), 1u);
  Close(0);
  EXPECT_EQ(State(0), "backoff");
}

TEST_F(EventLinkMachineTest, AnAnswerThatNobodyAskedForOrThatCannotBeIsGarbage) {
  Up();
  Answer(0);
  EXPECT_EQ(State(0), "closing");
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(Count("bad_answers"), 1u);
  Renew();
  keys_ = 0;
  Up();
  link_->AskMark(now());
  link_->OnAnswer(0, "i:7;", now());
  EXPECT_EQ(State(0), "closing");
  EXPECT_THAT(News(), ElementsAre("gone"));
}

TEST_F(EventLinkMachineTest, ProofsAndMarksAreAnsweredInTurn) {
  Up();
  link_->AskMark(now());
  link_->AskProof(5, now());
  EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE", "IS_ONLINE"));
  Answer(0);
  EXPECT_THAT(News(), ElementsAre("marked"));
  Answer(0);
  EXPECT_THAT(News(), ElementsAre("proved 5"));
}

TEST_F(EventLinkMachineTest, AnAnswerThatTheGatewayDroppedEndsTheLink) {
  Up();
  link_->AskMark(now());
  for (int i = 0; i < 70; ++i)
    Bytes(0, 1024 * 1024);
  EXPECT_EQ(State(0), "ready");  // a fast Gateway: give it the time
  Wait(options_.query_timeout - absl::Seconds(1));
  Bytes(0);
  Wait(absl::Seconds(1));
  Bytes(0);
  EXPECT_EQ(State(0), "closing");
  EXPECT_EQ(Count("event_link_probes_failed"), 1u);
}

// ---- Paused

TEST_F(EventLinkMachineTest, WhilePausedNothingIsReadAndNothingMissed) {
  Up();
  link_->AskMark(now());
  link_->Pause(now());
  EXPECT_FALSE(link_->reads(0));
  Wait(absl::Hours(10));
  EXPECT_EQ(State(0), "ready");
  link_->Resume(now());
  EXPECT_TRUE(link_->reads(0));
  Wait(options_.query_timeout - absl::Milliseconds(1));
  EXPECT_EQ(State(0), "ready");
  Answer(0);
  EXPECT_THAT(News(), ElementsAre("marked"));
  EXPECT_EQ(Count("event_reads_paused"), 1u);
}

TEST_F(EventLinkMachineTest, TheLeaveOfAPausedLinkTakesItsTime) {
  Up();
  link_->Pause(now());
  link_->Leave(now());
  Connect(1);
  Answer(1);
  Wait(absl::Hours(1));
  EXPECT_EQ(State(1), "ready");
  link_->Resume(now());
  Answer(0);
  EXPECT_FALSE(link_->reads(1));
  Wait(options_.leave_timeout - absl::Milliseconds(1));
  EXPECT_THAT(News(), IsEmpty());
  link_->Pause(now());
  Wait(absl::Hours(1));
  EXPECT_THAT(News(), IsEmpty());
  link_->Resume(now());
  Wait(absl::Milliseconds(1));
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(Count("event_leaves_forced"), 1u);
}

}  // namespace
}  // namespace gatewayd::cluster
