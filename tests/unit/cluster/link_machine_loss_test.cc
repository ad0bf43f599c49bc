// A link that is lost, ends itself for a fault, or is dropped: what it gives back, and what may follow.
#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/link_machine_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::Command;

// ---- Losing

TEST_F(LinkMachineTest, ALinkClosedByTheGatewayIsLostAndMadeAgain) {
  Ready();
  link_->OnClosed("closed by the peer", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Loss(), "link-lost: link lost: closed by the peer");
  EXPECT_EQ(Count("links_lost"), 1u);
  EXPECT_EQ(Count("link_attempts_failed"), 0u);
}

TEST_F(LinkMachineTest, ALossGivesBackAllThatIsDueInOrder) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  Ask(Command::kIsOnline, 64, 102);
  Ask(Command::kIsOnline, 64, 103);
  EXPECT_THAT(Feed(AnswerBytes("i:1;")), ElementsAre("101 i:1;"));
  link_->OnClosed("reset", now());
  EXPECT_EQ(Loss(), "link-lost: link lost: reset #102 #103");
  EXPECT_TRUE(link_->answers().empty());
}

TEST_F(LinkMachineTest, ALossSaysWhatHadBeenWrittenAndCountsTheRest) {
  Ready();
  const std::uint64_t before = link_->outbound().written();
  Send("one");
  Send("two");
  link_->outbound().Front();
  link_->outbound().Consume(wire::kFrameHeadSize + 3 + 10);  // "one", and 10 bytes of "two"
  Send("three");
  link_->OnClosed("reset", now());
  const std::optional<LinkLoss> loss = link_->TakeLoss();
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->written, before + wire::kFrameHeadSize + 3 + 10);
  EXPECT_TRUE(loss->was_ready);
  EXPECT_EQ(Count("commands_lost"), 2u);
}

TEST_F(LinkMachineTest, NothingOfALostLinkIsWrittenToTheNext) {
  Ready();
  Send("lost");
  link_->OnClosed("reset", now());
  EXPECT_EQ(link_->outbound().pending(), 0u);
  wire_.clear();
  Wait(options_.backoff_first);
  ASSERT_EQ(Action(), "dial");
  link_->OnConnected(now());
  EXPECT_THAT(Sent(), ElementsAre(kHello, "IS_ONLINE"));
}

TEST_F(LinkMachineTest, WhatWasReadOfALostLinkIsNotTakenForTheNext) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  Feed(AnswerBytes("i:1;").substr(0, 6));
  EXPECT_EQ(link_->wanted(), 8u);
  link_->OnClosed("reset", now());
  input_.clear();
  EXPECT_EQ(link_->wanted(), 0u);
  Wait(options_.backoff_first);
  link_->OnConnected(now());
  Feed(AnswerBytes("i:0;"));
  EXPECT_TRUE(link_->ready());
}

TEST_F(LinkMachineTest, OwnFailureHalfClosesAndWaitsForTheGatewayToClose) {
  Ready();
  link_->Fail(Reason::kBadAnswer, "nonsense", now());
  EXPECT_EQ(Action(), "half-close");
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Loss(), "bad-answer: nonsense");
  EXPECT_EQ(Count("links_lost"), 1u);
  Wait(absl::Milliseconds(300));
  EXPECT_EQ(Action(), "none");
  link_->OnClosed("closed by the peer", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Loss(), "none");
  EXPECT_EQ(Count("close_wait_expired"), 0u);
  EXPECT_EQ(Count("links_lost"), 1u);
}

TEST_F(LinkMachineTest, ItDoesNotDialWhileTheGatewayHasTheOldLinkOpen) {
  Ready();
  link_->Fail(Reason::kBadAnswer, "nonsense", now());
  Action();
  link_->Want(now());
  Wait(options_.close_wait - absl::Nanoseconds(1));
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Action(), "none");
}

TEST_F(LinkMachineTest, AGatewayThatDoesNotCloseIsWaitedForOneSecondAndCounted) {
  Ready();
  link_->Fail(Reason::kTimeout, "silent", now());
  Action();
  Wait(options_.close_wait);
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(Count("close_wait_expired"), 1u);
  Wait(options_.backoff_first);
  EXPECT_EQ(Action(), "dial");
}

TEST_F(LinkMachineTest, WhatComesWhileClosingIsDropped) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  link_->Fail(Reason::kTimeout, "silent", now());
  EXPECT_THAT(Feed(StrCat(AnswerBytes("i:1;"), "rubbish")), IsEmpty());
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Count("bad_answers"), 0u);
}

TEST_F(LinkMachineTest, AnUnwantedClosingLinkRests) {
  Ready();
  link_->Fail(Reason::kTimeout, "silent", now());
  link_->Unwant();
  EXPECT_EQ(State(), "closing");
  Wait(options_.close_wait);
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
}

// The close of the Gateway stands behind what was not read: it has its time once that is read again.
TEST_F(LinkMachineTest, WhileNothingIsReadNoCloseIsDue) {
  Ready();
  link_->Fail(Reason::kTimeout, "silent", now());
  link_->Rest(true, now());
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  Wait(2 * options_.close_wait);
  EXPECT_EQ(State(), "closing");
  link_->Rest(false, now());
  EXPECT_EQ(link_->NextTimer(), now() + options_.close_wait);
  Wait(options_.close_wait);
  EXPECT_EQ(State(), "backoff");
}

TEST_F(LinkMachineTest, FailureOfALinkThatIsNotThereDoesNothing) {
  link_->Fail(Reason::kTimeout, "x", now());
  EXPECT_EQ(Action(), "none");
  EXPECT_EQ(Loss(), "none");
  link_->Want(now());
  link_->Fail(Reason::kTimeout, "x", now());
  EXPECT_EQ(State(), "connecting");
}

TEST_F(LinkMachineTest, EventsOutOfPlaceChangeNothing) {
  link_->OnConnected(now());
  link_->OnConnectFailed("x", now());
  link_->OnClosed("x", now());
  EXPECT_EQ(State(), "idle");
  Ready();
  link_->OnConnected(now());
  link_->OnConnectFailed("x", now());
  EXPECT_EQ(State(), "ready");
  EXPECT_EQ(Action(), "none");
  EXPECT_EQ(Loss(), "none");
  EXPECT_THAT(Sent(), IsEmpty());
}

// ---- Drop

TEST_F(LinkMachineTest, DropClosesAtOnceInEveryStateThatHasASocket) {
  Connect();
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(Loss(), StrCat("stopping: stop #", wire::kFrameHeadSize + 23));
  EXPECT_EQ(State(), "idle");

  Renew(LinkKind::kCommand);
  Ready();
  Send("unsent");
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(Count("commands_lost"), 1u);

  Renew(LinkKind::kCommand);
  Ready();
  link_->Fail(Reason::kTimeout, "silent", now());
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "idle");
}

TEST_F(LinkMachineTest, DropOfADialUnderWayClosesIt) {
  link_->Want(now());
  EXPECT_EQ(Action(), "dial");
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "idle");
}

TEST_F(LinkMachineTest, DropWithoutASocketHasNothingToClose) {
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Loss(), "none");
  link_->Want(now());
  link_->Drop(Reason::kStopping, "stop", now());  // the dial was never taken
  EXPECT_EQ(Action(), "none");
  link_->Want(now());
  Action();
  link_->OnConnectFailed("x", now());
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "none");
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
}

// So that links_connected less links_lost is always the number of links that are up.
TEST_F(LinkMachineTest, ADroppedLinkThatWasInUseCountsAsLost) {
  Ready();
  link_->Drop(Reason::kNoLink, "not needed", now());
  EXPECT_EQ(Count("links_connected"), 1u);
  EXPECT_EQ(Count("links_lost"), 1u);
}

// The close would be forgotten if the dial took its place.
TEST_F(LinkMachineTest, ADroppedLinkWantedAgainIsClosedBeforeItDials) {
  Ready();
  link_->Drop(Reason::kNoLink, "not needed", now());
  link_->Want(now());
  EXPECT_EQ(Action(), "close");
  Wait(options_.backoff_first);
  EXPECT_EQ(Action(), "dial");
}

}  // namespace
}  // namespace gatewayd::cluster
