// Workers that leave, for good or for a while; event links that stay for the grace period or go.
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(DispatchGraceTest, LinksAreWantedWhileAWorkerIsThere) {
  DispatchHarness dispatch;
  EXPECT_EQ(dispatch.LinksWanted(), "");
  EXPECT_FALSE(dispatch.machine().links_wanted());
  const WorkerId first = dispatch.Attach();
  EXPECT_EQ(dispatch.LinksWanted(), "1");
  const WorkerId second = dispatch.Attach();
  dispatch.Detach(first);
  EXPECT_EQ(dispatch.LinksWanted(), "");
  dispatch.Detach(second);
  EXPECT_EQ(dispatch.LinksWanted(), "") << "grace";
  dispatch.Advance(absl::Seconds(10) - absl::Nanoseconds(1));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  dispatch.Advance(absl::Nanoseconds(1));
  EXPECT_EQ(dispatch.LinksWanted(), "0");
  EXPECT_EQ(dispatch.machine().NextTimer(), absl::InfiniteFuture());
}

TEST(DispatchGraceTest, AWorkerThatComesInTimeGetsAllAndKeepsTheLinks) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  dispatch.LinksWanted();
  dispatch.Message(1, "a");
  dispatch.TakeAll(first);
  dispatch.Detach(first);
  dispatch.Advance(absl::Seconds(9));
  dispatch.Message(1, "b");
  const WorkerId second = dispatch.Attach();
  dispatch.Advance(absl::Minutes(1));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  EXPECT_THAT(dispatch.TakeAll(second), ElementsAre("#1 a x2", "#1 b"));
}

TEST(DispatchGraceTest, AStreamForCommandsDoesNotEndIt) {
  DispatchHarness dispatch;
  dispatch.Detach(dispatch.Attach());
  dispatch.LinksWanted();
  const WorkerId commands = dispatch.Attach(WithKinds({}));
  dispatch.Advance(absl::Seconds(10));
  EXPECT_EQ(dispatch.LinksWanted(), "0");
  dispatch.Detach(commands);
  EXPECT_EQ(dispatch.LinksWanted(), "") << "nor does its end start one";
}

TEST(DispatchGraceTest, WhatIsHeldAfterItWaitsOn) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(first);
  dispatch.Detach(first);
  dispatch.Advance(absl::Hours(1));
  dispatch.LinkGone();
  dispatch.LinksLeft();
  EXPECT_EQ(dispatch.machine().events_held(), 1u);
  const WorkerId second = dispatch.Attach();
  EXPECT_THAT(dispatch.Finish(second), ElementsAre("#1 a x2"));
  dispatch.ExpectNothingKept();
}

TEST(DispatchGraceTest, MayBeNoTimeAtAll) {
  Options options;
  options.grace = absl::ZeroDuration();
  DispatchHarness dispatch(options);
  dispatch.Detach(dispatch.Attach());
  dispatch.Advance(absl::ZeroDuration());
  EXPECT_FALSE(dispatch.machine().links_wanted());
}

TEST(DispatchLeaveTest, EndsWhenTheLastIsAcknowledged) {
  DispatchHarness dispatch;
  const WorkerId leaver = dispatch.Attach(WithWindow(2));
  dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Message(2, "other's");
  dispatch.Message(1, "b");
  dispatch.TakeAll(leaver);
  dispatch.Leave(leaver, LeaveMode::kCloseLinks);
  EXPECT_TRUE(dispatch.machine().Workers()[0].leaving);
  dispatch.Message(1, "c");
  EXPECT_THAT(dispatch.TakeAll(leaver), IsEmpty()) << "no further events";
  dispatch.Ack(leaver, 1);
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  dispatch.Ack(leaver, 2);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  EXPECT_EQ(dispatch.counters().workers_broken, 0u);
}

TEST(DispatchLeaveTest, WithNothingInFlightItEndsAtOnce) {
  DispatchHarness dispatch;
  const WorkerId leaver = dispatch.Attach(WithWindow(1));
  const WorkerId other = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Leave(leaver, LeaveMode::kKeepLinks);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#1 a"));
}

TEST(DispatchLeaveTest, AClientMovesOnlyWhenNothingOfItIsInFlight) {
  DispatchHarness dispatch;
  const WorkerId leaver = dispatch.Attach(WithWindow(1));
  const WorkerId other = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Message(2, "other's");
  dispatch.TakeAll(leaver);
  dispatch.TakeAll(other);
  dispatch.Message(1, "b");
  dispatch.Leave(leaver, LeaveMode::kKeepLinks);
  dispatch.Message(1, "c");
  EXPECT_EQ(dispatch.machine().events_held(), 2u);
  EXPECT_THAT(dispatch.TakeAll(other), IsEmpty());
  dispatch.Ready();
  dispatch.Ack(leaver, 1);
  EXPECT_EQ(dispatch.machine().events_held(), 0u);
  EXPECT_THAT(dispatch.Ready(), ElementsAre(other));
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#1 b", "#1 c"));
}

TEST(DispatchLeaveTest, OneThatBreaksWhileItLeavesHandsOnAll) {
  DispatchHarness dispatch;
  const WorkerId leaver = dispatch.Attach(WithWindow(1));
  const WorkerId other = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(leaver);
  dispatch.Message(1, "b");
  dispatch.Leave(leaver, LeaveMode::kKeepLinks);
  dispatch.Message(1, "c");
  dispatch.Detach(leaver);
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#1 a x2", "#1 b", "#1 c"));
  EXPECT_EQ(dispatch.machine().events_held(), 0u);
}

TEST(DispatchLeaveTest, OneThatNeverAcknowledgesWhileItLeavesIsEnded) {
  DispatchHarness dispatch;
  const WorkerId leaver = dispatch.Attach();
  const WorkerId other = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(leaver);
  dispatch.Leave(leaver, LeaveMode::kKeepLinks);
  dispatch.Advance(absl::Seconds(60));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 RESOURCE_EXHAUSTED"));
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#1 a x2"));
}

TEST(DispatchLeaveTest, TheLastOneThatWillBeBackKeepsTheLinks) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.LinksWanted();
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.Leave(worker, LeaveMode::kKeepLinks);
  EXPECT_EQ(dispatch.LinksWanted(), "");
  dispatch.Message(1, "b");
  EXPECT_THAT(dispatch.TakeAll(worker), IsEmpty());
  dispatch.Ack(worker, 1);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  EXPECT_EQ(dispatch.machine().events_held(), 1u);
  dispatch.Advance(absl::Seconds(9));
  EXPECT_THAT(dispatch.TakeAll(dispatch.Attach()), ElementsAre("#1 b"));
  EXPECT_EQ(dispatch.LinksWanted(), "");
}

TEST(DispatchLeaveTest, GraceRunsFromTheLeave) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.LinksWanted();
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.Leave(worker, LeaveMode::kKeepLinks);
  dispatch.Advance(absl::Seconds(10));
  EXPECT_EQ(dispatch.LinksWanted(), "0");
  dispatch.Ack(worker, 1);
  EXPECT_EQ(dispatch.LinksWanted(), "") << "its end is no new beginning";
}

TEST(DispatchLeaveTest, TheLastOneForGoodGetsWhatTheLinksBring) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.LinksWanted();
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  EXPECT_EQ(dispatch.LinksWanted(), "0");
  dispatch.Message(1, "b");
  dispatch.Message(2, "new client");
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 b", "#2 new client"));
  dispatch.AckAll(worker);
  EXPECT_THAT(dispatch.Ends(), IsEmpty()) << "more may come";
  dispatch.Message(2, "late");
  dispatch.LinkGone();
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  EXPECT_THAT(dispatch.Finish(worker), ElementsAre("#2 late"));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  dispatch.Advance(absl::Hours(1));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  dispatch.ExpectNothingKept();
}

TEST(DispatchLeaveTest, TheLastOneWithNothingToDoEndsWithTheLinks) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
}

TEST(DispatchLeaveTest, AWorkerThatComesMeanwhileTakesOver) {
  DispatchHarness dispatch;
  const WorkerId leaver = dispatch.Attach(WithWindow(1));
  dispatch.Message(1, "a");
  dispatch.TakeAll(leaver);
  dispatch.Message(1, "b");
  dispatch.Message(2, "c");
  dispatch.Leave(leaver, LeaveMode::kCloseLinks);
  dispatch.LinksWanted();
  const WorkerId worker = dispatch.Attach();
  EXPECT_EQ(dispatch.LinksWanted(), "1");
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#2 c"));
  dispatch.LinksLeft();  // from before: it is not true any more
  dispatch.Ack(leaver, 1);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 b"));
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  dispatch.AckAll(worker);
  EXPECT_THAT(dispatch.Ends(), IsEmpty()) << "the links are not left yet";
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), ElementsAre("2 OK"));
}

TEST(DispatchLeaveTest, TheLastOneWaitsForWhatIsHeldForASession) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach(Fresh());
  dispatch.LinkUp();
  dispatch.Write(1);
  dispatch.Message(1, "a");
  EXPECT_THAT(dispatch.TakeAll(worker), IsEmpty());
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  EXPECT_THAT(dispatch.Fetch("new"), ElementsAre("#1"));
  EXPECT_THAT(dispatch.Finish(worker), ElementsAre("#1 a [new]"));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
}

// One that left before it still has an event: should it break, there must be somebody to get it.
TEST(DispatchLeaveTest, TheLastOneWaitsForThoseWhoLeftBefore) {
  DispatchHarness dispatch;
  const WorkerId before = dispatch.Attach();
  const WorkerId last = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(before);
  dispatch.Leave(before, LeaveMode::kCloseLinks);
  dispatch.Message(1, "b");
  dispatch.Leave(last, LeaveMode::kCloseLinks);
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  dispatch.Detach(before);
  EXPECT_THAT(dispatch.Finish(last), ElementsAre("#1 a x2", "#1 b"));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("2 OK"));
}

TEST(DispatchLeaveTest, TheLastOneEndsWhenThoseWhoLeftBeforeHave) {
  DispatchHarness dispatch;
  const WorkerId before = dispatch.Attach();
  const WorkerId last = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(before);
  dispatch.Leave(before, LeaveMode::kCloseLinks);
  dispatch.Leave(last, LeaveMode::kCloseLinks);
  dispatch.LinksLeft();
  dispatch.AckAll(before);
  EXPECT_THAT(dispatch.Ends(), UnorderedElementsAre("1 OK", "2 OK"));
}

TEST(DispatchLeaveTest, OnSendItEndsAfterItsLastBatch) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach(OnSend());
  dispatch.Message(1, "a");
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  EXPECT_THAT(dispatch.Take(worker), ElementsAre("#1 a"));
  EXPECT_THAT(dispatch.Ends(), IsEmpty()) << "the batch must be sent before the stream ends";
  EXPECT_THAT(dispatch.Take(worker), IsEmpty());
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
}

TEST(DispatchLeaveTest, BreakingAfterALeaveForGoodIsNoReasonToWait) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.LinksWanted();
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  EXPECT_EQ(dispatch.LinksWanted(), "0");
  dispatch.Detach(worker);
  EXPECT_EQ(dispatch.LinksWanted(), "");
}

TEST(DispatchLeaveTest, TwiceIsOnce) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  dispatch.AckAll(worker);
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
}

TEST(DispatchLeaveTest, AStreamForCommandsEndsAtOnce) {
  DispatchHarness dispatch;
  dispatch.Attach();
  const WorkerId commands = dispatch.Attach(WithKinds({}));
  dispatch.Leave(commands, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("2 OK"));
  EXPECT_TRUE(dispatch.machine().links_wanted());
}

TEST(DispatchLeaveTest, ALostGatewayIsOfNoInterestToWhoLeaves) {
  DispatchHarness dispatch;
  const WorkerId leaver = dispatch.Attach(WithWindow(1));
  dispatch.Attach();
  dispatch.RunOver(1);
  dispatch.RunOver(2);
  EXPECT_EQ(dispatch.TakeAll(leaver).size(), 1u);
  dispatch.Leave(leaver, LeaveMode::kKeepLinks);
  dispatch.AckAll(leaver);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
}

}  // namespace
}  // namespace gatewayd::events
