// Draining: one worker that is told to go, and the whole daemon.
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DispatchDrainTest, OfAWorkerTellsItAndLetsItFinish) {
  DispatchHarness dispatch;
  const WorkerId drained = dispatch.Attach();
  const WorkerId other = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(drained);
  EXPECT_TRUE(dispatch.machine().DrainWorker(drained, dispatch.now()));
  EXPECT_THAT(dispatch.Draining(), ElementsAre(drained));
  dispatch.Message(1, "b");
  EXPECT_THAT(dispatch.TakeAll(drained), IsEmpty());
  dispatch.AckAll(drained);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 UNAVAILABLE"));
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#1 b"));
}

TEST(DispatchDrainTest, OfAWorkerHasALimit) {
  DispatchHarness dispatch;
  const WorkerId drained = dispatch.Attach();
  const WorkerId other = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(drained);
  dispatch.machine().DrainWorker(drained, dispatch.now());
  dispatch.Advance(absl::Seconds(20));
  dispatch.machine().DrainWorker(drained, dispatch.now());  // gives no more time
  dispatch.Advance(absl::Seconds(5));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 UNAVAILABLE"));
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#1 a x2"));
}

TEST(DispatchDrainTest, OfTheOnlyWorkerKeepsTheLinks) {
  DispatchHarness dispatch;
  const WorkerId drained = dispatch.Attach();
  dispatch.LinksWanted();
  dispatch.machine().DrainWorker(drained, dispatch.now());
  EXPECT_THAT(dispatch.Draining(), ElementsAre(drained));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 UNAVAILABLE"));
  EXPECT_EQ(dispatch.LinksWanted(), "");
  dispatch.Message(1, "a");
  EXPECT_THAT(dispatch.TakeAll(dispatch.Attach()), ElementsAre("#1 a"));
}

TEST(DispatchDrainTest, OfAWorkerThatHasLeftEndsItOkWhereItFinishes) {
  DispatchHarness dispatch;
  const WorkerId leaver = dispatch.Attach();
  dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(leaver);
  dispatch.Leave(leaver, LeaveMode::kKeepLinks);
  EXPECT_TRUE(dispatch.machine().DrainWorker(leaver, dispatch.now()));
  dispatch.AckAll(leaver);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
}

TEST(DispatchDrainTest, OfTheDaemonDeliversWhatComes) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.LinksWanted();
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.machine().Drain(dispatch.now());
  EXPECT_TRUE(dispatch.machine().draining());
  EXPECT_THAT(dispatch.Draining(), ElementsAre(worker));
  EXPECT_EQ(dispatch.LinksWanted(), "0");
  dispatch.Message(1, "b");
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 b"));
  dispatch.AckAll(worker);
  EXPECT_FALSE(dispatch.machine().drained());
  dispatch.LinksLeft();
  EXPECT_TRUE(dispatch.machine().drained());
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 UNAVAILABLE"));
  dispatch.machine().Drain(dispatch.now());
  EXPECT_THAT(dispatch.Draining(), IsEmpty()) << "twice is once";
}

TEST(DispatchDrainTest, OfTheDaemonWithNobodyThereIsOverAtOnce) {
  DispatchHarness dispatch;
  dispatch.machine().Drain(dispatch.now());
  EXPECT_TRUE(dispatch.machine().drained());
}

TEST(DispatchDrainTest, OfTheDaemonInGraceWaitsForTheLinks) {
  DispatchHarness dispatch;
  dispatch.Detach(dispatch.Attach());
  dispatch.LinksWanted();
  dispatch.machine().Drain(dispatch.now());
  EXPECT_EQ(dispatch.LinksWanted(), "0");
  EXPECT_FALSE(dispatch.machine().drained());
  dispatch.Message(1, "a");
  dispatch.LinksLeft();
  EXPECT_TRUE(dispatch.machine().drained());
  EXPECT_EQ(dispatch.machine().events_in_memory(), 1u) << "it was not acknowledged";
}

TEST(DispatchDrainTest, WhenAWorkerBreaksTheOthersGetItsEvents) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  const WorkerId second = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(first);
  dispatch.machine().Drain(dispatch.now());
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), IsEmpty()) << "the second may be needed still";
  dispatch.Detach(first);
  EXPECT_THAT(dispatch.Finish(second), ElementsAre("#1 a x2"));
  EXPECT_TRUE(dispatch.machine().drained());
}

TEST(DispatchDrainTest, WhenTheOnlyWorkerBreaksItIsOverWithTheLinks) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.LinksWanted();
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.machine().Drain(dispatch.now());
  dispatch.Detach(worker);
  EXPECT_EQ(dispatch.LinksWanted(), "0");
  EXPECT_FALSE(dispatch.machine().drained());
  dispatch.LinksLeft();
  EXPECT_TRUE(dispatch.machine().drained());
  EXPECT_EQ(dispatch.machine().events_in_memory(), 1u);
  dispatch.Advance(absl::Hours(1));
  EXPECT_EQ(dispatch.LinksWanted(), "") << "no grace any more";
}

TEST(DispatchDrainTest, AWorkerThatComesWhileTheDaemonGoesMayFinishTheRest) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.machine().Drain(dispatch.now());
  dispatch.Detach(worker);
  dispatch.Draining();
  const WorkerId second = dispatch.Attach();
  EXPECT_THAT(dispatch.Draining(), ElementsAre(second));
  EXPECT_EQ(dispatch.machine().links_wanted(), false);
  EXPECT_THAT(dispatch.Finish(second), ElementsAre("#1 a x2"));
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), ElementsAre("2 UNAVAILABLE"));
  EXPECT_TRUE(dispatch.machine().drained());
  dispatch.Attach();
  EXPECT_THAT(dispatch.Ends(), ElementsAre("3 UNAVAILABLE")) << "nothing to do any more";
}

TEST(DispatchDrainTest, StreamsForCommandsGoOnToTheEndAndHoldNothingUp) {
  DispatchHarness dispatch;
  const WorkerId commands = dispatch.Attach(WithKinds({}));
  dispatch.machine().Drain(dispatch.now());
  EXPECT_THAT(dispatch.Draining(), ElementsAre(commands));
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  EXPECT_TRUE(dispatch.machine().drained());
  dispatch.Leave(commands, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
}

TEST(DispatchDrainTest, AWorkerMayLeaveWhileAnotherIsThere) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  const WorkerId second = dispatch.Attach();
  dispatch.machine().Drain(dispatch.now());
  dispatch.Leave(first, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  dispatch.Leave(second, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch.Ends(), IsEmpty()) << "the last one gets what the links still bring";
  dispatch.Message(1, "a");
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Finish(second), ElementsAre("#1 a"));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("2 OK"));
}

TEST(DispatchDrainTest, AWorkerThatWillBeBackLeavesEvenAsTheLast) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.machine().Drain(dispatch.now());
  dispatch.Leave(worker, LeaveMode::kKeepLinks);
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
  EXPECT_FALSE(dispatch.machine().links_wanted());
}

TEST(DispatchDrainTest, OneThatHadLeftForGoodEndsOk) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Leave(worker, LeaveMode::kCloseLinks);
  dispatch.machine().Drain(dispatch.now());
  dispatch.LinksLeft();
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 OK"));
}

}  // namespace
}  // namespace gatewayd::events
