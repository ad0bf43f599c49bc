// An event link that is left, without losing an event that its Gateway has accepted.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/event_link_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(EventLinkMachineTest, LeavesByASecondConnectionWithTheSameKey) {
  Up();
  TakenOver();
  EXPECT_EQ(Action(0), "none");
  EXPECT_TRUE(link_->carries_events(0));
  EXPECT_FALSE(link_->reads(1));
  Bytes(0);
  Close(0);
  EXPECT_EQ(Action(0), "close");
  EXPECT_THAT(Sent(1), ElementsAre("IS_ONLINE"));
  EXPECT_TRUE(link_->carries_events(1));
  Bytes(1);
  EXPECT_EQ(Action(1), "none");
  Answer(1);
  EXPECT_EQ(Action(1), "half-close");
  Bytes(1);
  EXPECT_THAT(News(), IsEmpty());
  Close(1);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  EXPECT_EQ(Count("event_leaves"), 1u);
  EXPECT_EQ(Count("event_leaves_forced"), 0u);
  EXPECT_EQ(Count("event_links_lost"), 0u);
  EXPECT_EQ(Count("links_lost"), 0u);
}

// Unread bytes would make the Gateway's close a reset, which throws away what is on its way.
TEST_F(EventLinkMachineTest, NothingIsWrittenToTheFirstOnceItIsReplaced) {
  Up();
  TakenOver();
  Wait(options_.leave_timeout - absl::Milliseconds(1));
  EXPECT_THAT(Sent(0), IsEmpty());
  EXPECT_THAT(Sent(1), IsEmpty());
}

// The second could lead to the Gateway's next run, whose clients are others.
TEST_F(EventLinkMachineTest, AFirstThatIsLostBeforeItIsProvenLeavesTheSecondAlone) {
  Up();
  link_->Leave(now());
  Connect(1);
  Answer(1);
  EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
  Close(0);
  EXPECT_EQ(Action(1), "close");
  EXPECT_THAT(Sent(1), IsEmpty());
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Count("event_links_lost"), 1u);
}

TEST_F(EventLinkMachineTest, WithoutASecondTheFirstIsHalfClosedAndReadToItsEnd) {
  for (const bool refused : {true, false}) {
    Renew();
    keys_ = 0;
    Up();
    link_->Leave(now());
    EXPECT_EQ(Action(1), "dial");
    if (refused) {
      link_->OnConnectFailed(1, "connection refused", now());
    } else {
      link_->OnConnected(1, now());
      Close(1);
      EXPECT_EQ(Action(1), "close");
    }
    EXPECT_EQ(State(1), "idle");
    EXPECT_EQ(Action(0), "half-close");
    Bytes(0);
    Close(0);
    EXPECT_THAT(News(), ElementsAre("gone"));
    EXPECT_TRUE(link_->off());
    EXPECT_EQ(Count("event_leaves_forced"), 1u);
    EXPECT_EQ(Count("event_links_lost"), 0u);
  }
}

TEST_F(EventLinkMachineTest, ASecondThatIsNotAnsweredIsGivenUp) {
  Up();
  link_->Leave(now());
  Connect(1);
  Wait(options_.connect_timeout);
  EXPECT_EQ(Action(0), "half-close");
  EXPECT_EQ(Action(1), "close");
  Close(0);
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, EachStepOfALeaveEndsInTime) {
  for (int step = 0; step < 6; ++step) {
    SCOPED_TRACE(step);
    Renew();
    keys_ = 0;
    Up();
    link_->Leave(now());
    if (step >= 1) Connect(1);
    if (step >= 2) Answer(1);
    if (step >= 3) Answer(0);
    if (step >= 4) Close(0);
    if (step >= 5) Answer(1);
    // Signs of life do not make it longer.
    for (int i = 0; i < 50 && !link_->off(); ++i) {
      Wait(options_.leave_timeout / 50);
      for (const std::size_t c : {0, 1}) {
        if (link_->carries_events(c)) Bytes(c);
      }
    }
    EXPECT_THAT(News(), ElementsAre("gone"));
    EXPECT_TRUE(link_->off() || State(0) == "closing");
    EXPECT_EQ(Count("event_leaves_forced"), 1u);
  }
}

TEST_F(EventLinkMachineTest, ASecondThatClosesWhileItIsDrainedIsTheEndOfIt) {
  Up();
  TakenOver();
  Close(0);
  Close(1);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, WantedAgainItIsFirstLeftThenOpenedWithAnotherKey) {
  Up();
  TakenOver();
  link_->Want(now());
  Close(0);
  Answer(1);
  EXPECT_THAT(News(), IsEmpty());
  Close(1);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(State(0), "backoff");  // the old socket is still to be closed
  EXPECT_EQ(Action(0), "close");
  Wait(options_.backoff_first);
  Connect(0);
  Answer(0);
  link_->Attach(run_, now());
  EXPECT_THAT(Sent(0), ElementsAre(kWorkerHello2, "IS_ONLINE"));
}

TEST_F(EventLinkMachineTest, WhatIsNotYetAWorkerIsSimplyClosed) {
  link_->Want(now());
  link_->Leave(now());
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Action(0), "none");
  link_->Want(now());
  Connect(0);
  link_->Leave(now());
  EXPECT_EQ(Action(0), "close");
  EXPECT_TRUE(link_->off());
  Authenticated();
  link_->Leave(now());
  EXPECT_EQ(Action(0), "close");
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Count("event_leaves"), 0u);
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(EventLinkMachineTest, InABackoffThereIsNothingToLeave) {
  Up();
  Close(0);
  News();
  link_->Leave(now());
  EXPECT_TRUE(link_->off());
  Wait(absl::Hours(1));
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, OneThatHasFailedIsOffOnceItIsClosed) {
  Up();
  link_->OnGarbage(0, "nonsense", now());
  link_->Leave(now());
  EXPECT_FALSE(link_->off());
  Close(0);
  EXPECT_TRUE(link_->off());
}

// It was half-closed already, and nothing that follows can be understood.
TEST_F(EventLinkMachineTest, GarbageOnOneThatIsBeingLeftClosesItAtOnce) {
  Up();
  TakenOver();
  Close(0);
  Action(0);
  Sent(1);
  Answer(1);
  EXPECT_EQ(Action(1), "half-close");
  ASSERT_TRUE(link_->reads(1));
  link_->OnGarbage(1, "nonsense", now());
  EXPECT_EQ(Action(1), "close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Count("bad_answers"), 1u);
}

TEST_F(EventLinkMachineTest, KeepMeansUntilItIsLost) {
  Up();
  link_->Keep();
  EXPECT_TRUE(link_->live());
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, DropClosesBothAtOnce) {
  Up();
  TakenOver();
  Sent(1);
  link_->Drop("the daemon is stopping", now());
  EXPECT_EQ(Action(0), "close");
  EXPECT_EQ(Action(1), "close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, ALeaveIsAskedForOnce) {
  Up();
  TakenOver();
  link_->Leave(now());
  link_->Leave(now());
  EXPECT_EQ(Action(1), "none");
  EXPECT_EQ(Count("event_leaves"), 1u);
}

}  // namespace
}  // namespace gatewayd::cluster
