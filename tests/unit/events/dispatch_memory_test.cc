// The memory of events: when it is full, when it is read on, and the share that one worker may hold.
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Verdict = DispatchMachine::Verdict;

std::size_t EventSize() {
  return MakeEvent(1, "a")->size();
}

Options WithMemory(std::size_t events) {
  Options options;
  options.event_memory = events * EventSize();
  return options;
}

TEST(DispatchMemoryTest, IsFullAtItsLimitAndReadOnWellBelowIt) {
  DispatchHarness dispatch(WithMemory(8));
  const WorkerId worker = dispatch.Attach();
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(dispatch.machine().Check(EventSize()), Verdict::kTake);
    dispatch.Message(1, "a");
  }
  EXPECT_FALSE(dispatch.machine().memory_full());
  EXPECT_EQ(dispatch.machine().Check(EventSize()), Verdict::kFull);
  EXPECT_EQ(dispatch.machine().Check(EventSize()), Verdict::kFull);
  EXPECT_TRUE(dispatch.machine().memory_full());
  EXPECT_EQ(dispatch.counters().memory_full, 1u);
  dispatch.TakeAll(worker);
  dispatch.Ack(worker, 1);
  EXPECT_FALSE(dispatch.machine().TakeResume());
  dispatch.Ack(worker, 2);
  EXPECT_TRUE(dispatch.machine().TakeResume());
  EXPECT_FALSE(dispatch.machine().TakeResume()) << "said once";
  EXPECT_FALSE(dispatch.machine().memory_full());
  EXPECT_EQ(dispatch.machine().Check(EventSize()), Verdict::kTake);
}

TEST(DispatchMemoryTest, OneEventAlwaysFits) {
  DispatchHarness dispatch(WithMemory(1));
  const WorkerId worker = dispatch.Attach();
  EXPECT_EQ(dispatch.machine().Check(100 * EventSize()), Verdict::kTake);
  dispatch.Message(1, std::string(1000, 'x'));
  EXPECT_EQ(dispatch.machine().Check(1), Verdict::kFull);
  dispatch.Finish(worker);
  EXPECT_TRUE(dispatch.machine().TakeResume());
  EXPECT_EQ(dispatch.machine().Check(100 * EventSize()), Verdict::kTake);
}

TEST(DispatchMemoryTest, ReadingGoesOnWhenWhatWasRefusedFits) {
  DispatchHarness dispatch(WithMemory(8));
  const WorkerId worker = dispatch.Attach();
  for (int i = 0; i < 5; ++i)
    dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  EXPECT_EQ(dispatch.machine().Check(5 * EventSize()), Verdict::kFull) << "though there is some room";
  dispatch.Ack(worker, 1);
  EXPECT_FALSE(dispatch.machine().TakeResume()) << "it would be refused again";
  dispatch.Ack(worker, 2);
  EXPECT_TRUE(dispatch.machine().TakeResume());
  EXPECT_EQ(dispatch.counters().memory_full, 1u);
}

TEST(DispatchMemoryTest, ReadingGoesOnForWhatIsBiggerThanAll) {
  DispatchHarness dispatch(WithMemory(8));
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  EXPECT_EQ(dispatch.machine().Check(100 * EventSize()), Verdict::kFull);
  dispatch.Ack(worker, 1);
  EXPECT_FALSE(dispatch.machine().TakeResume());
  dispatch.Ack(worker, 2);
  EXPECT_TRUE(dispatch.machine().TakeResume());
}

TEST(DispatchMemoryTest, WhoHoldsMoreThanHalfMakesRoom) {
  DispatchHarness dispatch(WithMemory(10));
  const WorkerId slow = dispatch.Attach();
  const WorkerId other = dispatch.Attach();
  for (int i = 0; i < 5; ++i)
    dispatch.Message(1, "a");
  dispatch.TakeAll(slow);
  dispatch.Message(2, "b");
  EXPECT_THAT(dispatch.Ends(), IsEmpty()) << "half of it is its own";
  dispatch.Message(1, "a");
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 RESOURCE_EXHAUSTED"));
  EXPECT_EQ(dispatch.counters().workers_over_share, 1u);
  EXPECT_THAT(dispatch.TakeAll(other),
              ElementsAre("#2 b", "#1 a x2", "#1 a x2", "#1 a x2", "#1 a x2", "#1 a x2", "#1 a"));
}

TEST(DispatchMemoryTest, ALoneWorkerKeepsAllOfIt) {
  DispatchHarness dispatch(WithMemory(10));
  const WorkerId worker = dispatch.Attach();
  dispatch.Attach(WithKinds({}));
  for (int i = 0; i < 10; ++i)
    dispatch.Message(1, "a");
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  EXPECT_THAT(dispatch.TakeAll(worker), SizeIs(10));
}

TEST(DispatchMemoryTest, WhoHasCaughtUpMeanwhileStays) {
  DispatchHarness dispatch(WithMemory(10));
  const WorkerId worker = dispatch.Attach();
  for (int i = 0; i < 10; ++i)
    dispatch.Message(1, "a");
  dispatch.Finish(worker);
  dispatch.Attach();
  for (int i = 0; i < 5; ++i)
    dispatch.Message(1, "a");
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
}

TEST(DispatchMemoryTest, WhatOthersLeftIsNoFaultOfWhoGotIt) {
  DispatchHarness dispatch(WithMemory(10));
  const WorkerId slow = dispatch.Attach();
  const WorkerId heir = dispatch.Attach();
  dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Message(2, "b");
  dispatch.Message(3, "c");
  for (int i = 0; i < 5; ++i)
    dispatch.Message(1, "a");
  EXPECT_THAT(dispatch.Ends(), ElementsAre(cluster::StrCat(slow, " RESOURCE_EXHAUSTED")));
  dispatch.Message(1, "a");
  dispatch.Message(2, "b");
  EXPECT_THAT(dispatch.Ends(), IsEmpty()) << "more than half, but not by itself";
  // Once it is through with that, the rule is for it as for all.
  dispatch.Finish(heir);
  for (int i = 0; i < 6; ++i)
    dispatch.Message(2, "b");
  EXPECT_THAT(dispatch.Ends(), ElementsAre(cluster::StrCat(heir, " RESOURCE_EXHAUSTED")));
}

TEST(DispatchMemoryTest, WhatOthersLeftCountsOnlyAsLongAsItIsThere) {
  DispatchHarness dispatch(WithMemory(10));
  const WorkerId first = dispatch.Attach();
  const WorkerId heir = dispatch.Attach();
  for (int i = 0; i < 4; ++i)
    dispatch.Message(1, "a");
  dispatch.Detach(first);
  dispatch.Attach();
  EXPECT_THAT(dispatch.TakeAll(heir), SizeIs(4));
  dispatch.Message(1, "b");  // one of its own, never acknowledged
  EXPECT_THAT(dispatch.TakeAll(heir), SizeIs(1));
  dispatch.AckRange(heir, 1, 4);
  for (int i = 0; i < 4; ++i)
    dispatch.Message(1, "b");
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  dispatch.Message(1, "b");
  EXPECT_THAT(dispatch.Ends(), ElementsAre(cluster::StrCat(heir, " RESOURCE_EXHAUSTED")));
}

// Reading has stopped, so nothing comes that would show it.
TEST(DispatchMemoryTest, AHoarderMakesRoomForTheWorkerThatComes) {
  DispatchHarness dispatch(WithMemory(10));
  const WorkerId stuck = dispatch.Attach();
  for (int i = 0; i < 10; ++i)
    dispatch.Message(1, "a");
  dispatch.TakeAll(stuck);
  EXPECT_EQ(dispatch.machine().Check(EventSize()), Verdict::kFull);
  const WorkerId second = dispatch.Attach();
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 RESOURCE_EXHAUSTED"));
  EXPECT_THAT(dispatch.Finish(second), SizeIs(10));
  EXPECT_TRUE(dispatch.machine().TakeResume());
}

TEST(DispatchMemoryTest, WhatWaitsForAWorkerFillsItToo) {
  DispatchHarness dispatch(WithMemory(4));
  dispatch.Detach(dispatch.Attach());
  for (int i = 0; i < 4; ++i)
    dispatch.Message(1, "a");
  EXPECT_EQ(dispatch.machine().Check(EventSize()), Verdict::kFull);
  EXPECT_THAT(dispatch.Finish(dispatch.Attach()), SizeIs(4));
  EXPECT_TRUE(dispatch.machine().TakeResume());
}

}  // namespace
}  // namespace gatewayd::events
