// How much a worker gets at once: its window in events and bytes, the size of a batch; and what it
// acknowledges.
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::size_t SizeOf(std::string_view body) {
  return MakeEvent(1, body)->size();
}

TEST(DispatchWindowsTest, NoMoreEventsThanTheWindow) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach(WithWindow(2));
  for (const char* body : {"a", "b", "c", "d"})
    dispatch.Message(1, body);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 a", "#1 b"));
  dispatch.Ready();
  dispatch.Ack(worker, 1);
  EXPECT_THAT(dispatch.Ready(), ElementsAre(worker));
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 c"));
}

TEST(DispatchWindowsTest, NoMoreBytesThanTheWindow) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach(WithWindow(100, 2 * SizeOf("a")));
  for (const char* body : {"a", "b", "c"})
    dispatch.Message(1, body);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 a", "#1 b"));
  dispatch.Ack(worker, 2);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 c"));
}

TEST(DispatchWindowsTest, OneEventAlwaysFitsAnEmptyWindow) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach(WithWindow(100, 10));
  const std::string big(1000, 'x');
  dispatch.Message(1, big);
  dispatch.Message(1, "a");
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 " + big));
  dispatch.AckAll(worker);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 a"));
}

TEST(DispatchWindowsTest, AWindowOfOneIsOneByOne) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach(WithWindow(1));
  dispatch.Message(1, "a");
  dispatch.Message(2, "b");
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 a"));
  EXPECT_THAT(dispatch.TakeAll(worker), IsEmpty());
  dispatch.Ack(worker, 1);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#2 b"));
}

TEST(DispatchWindowsTest, ABatchEndsAtItsBytes) {
  DispatchHarness dispatch;
  WorkerSettings settings = TestSettings();
  settings.max_batch_bytes = 2 * SizeOf("a");
  const WorkerId worker = dispatch.Attach(settings);
  for (const char* body : {"a", "b", "c"})
    dispatch.Message(1, body);
  EXPECT_THAT(dispatch.Take(worker), ElementsAre("#1 a", "#1 b"));
  EXPECT_THAT(dispatch.Take(worker), ElementsAre("#1 c")) << "without being told again";
  EXPECT_THAT(dispatch.Take(worker), IsEmpty());
}

TEST(DispatchWindowsTest, OneEventAlwaysFitsABatch) {
  DispatchHarness dispatch;
  WorkerSettings settings = TestSettings();
  settings.max_batch_bytes = 1;
  const WorkerId worker = dispatch.Attach(settings);
  dispatch.Message(1, "a");
  dispatch.Message(1, "b");
  EXPECT_THAT(dispatch.Take(worker), ElementsAre("#1 a"));
  EXPECT_THAT(dispatch.Take(worker), ElementsAre("#1 b"));
}

TEST(DispatchWindowsTest, ASlowWorkerHoldsUpNobodyElse) {
  DispatchHarness dispatch;
  const WorkerId slow = dispatch.Attach(WithWindow(1));
  const WorkerId fast = dispatch.Attach(WithWindow(1));
  for (int i = 0; i < 10; ++i) {
    dispatch.Message(1, "a");
    dispatch.Message(2, "b");
  }
  EXPECT_EQ(dispatch.TakeAll(slow).size(), 1u);
  EXPECT_EQ(dispatch.Finish(fast).size(), 10u);
}

TEST(DispatchAcksTest, SingleOnes) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  for (const char* body : {"a", "b", "c"})
    dispatch.Message(1, body);
  dispatch.TakeAll(worker);
  dispatch.Ack(worker, 2);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 2u);
  EXPECT_EQ(dispatch.machine().memory_used(), 2 * SizeOf("a"));
  dispatch.Ack(worker, 3);
  dispatch.Ack(worker, 1);
  EXPECT_EQ(dispatch.machine().memory_used(), 0u);
  EXPECT_EQ(dispatch.counters().events_acknowledged, 3u);
  EXPECT_EQ(dispatch.counters().acks_unknown, 0u);
}

TEST(DispatchAcksTest, HandsTheEventsOutToBeFreed) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  for (int i = 0; i < 3; ++i)
    dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  std::vector<EventPtr> done;
  dispatch.machine().Acknowledge(worker, 2, 3, dispatch.now(), &done);
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0]->references(), 1u) << "the last pointer to it";
  EXPECT_EQ(dispatch.machine().events_in_memory(), 1u);
}

TEST(DispatchAcksTest, RangesTakeWhatIsThere) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  for (int i = 0; i < 6; ++i)
    dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.Ack(worker, 3);
  dispatch.AckRange(worker, 2, 4);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 3u);
  dispatch.AckRange(worker, 0, 5);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 1u);
  dispatch.AckRange(worker, 6, 1000);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 0u);
  EXPECT_EQ(dispatch.counters().acks_unknown, 0u);
}

TEST(DispatchAcksTest, WhatIsUnknownOrDoubleIsCountedAndHurtsNobody) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Message(1, "b");
  dispatch.Ack(worker, 1);  // not delivered yet
  dispatch.TakeAll(worker);
  dispatch.Ack(worker, 1);
  dispatch.Ack(worker, 1);
  dispatch.Ack(worker, 0);
  dispatch.Ack(worker, 3);
  dispatch.AckRange(worker, 3, 9);
  dispatch.AckRange(worker, 2, 1);
  EXPECT_EQ(dispatch.counters().acks_unknown, 6u);
  EXPECT_EQ(dispatch.machine().Workers()[0].unknown_acks, 6u);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 1u);
  EXPECT_EQ(dispatch.counters().events_acknowledged, 1u);
}

TEST(DispatchAcksTest, OnlyWhatWasDeliveredIsAcknowledged) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach(WithWindow(1));
  dispatch.Message(1, "a");
  dispatch.Message(1, "b");
  dispatch.TakeAll(worker);
  dispatch.AckAll(worker);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 1u);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 b"));
}

TEST(DispatchAcksTest, OnSendIsDoneWhenItIsTaken) {
  DispatchHarness dispatch;
  WorkerSettings settings = OnSend();
  settings.window_events = 2;
  const WorkerId worker = dispatch.Attach(settings);
  for (int i = 0; i < 5; ++i)
    dispatch.Message(1, "a");
  EXPECT_EQ(dispatch.TakeAll(worker).size(), 5u) << "its window is never full";
  EXPECT_EQ(dispatch.machine().events_in_memory(), 0u);
  EXPECT_EQ(dispatch.counters().events_acknowledged, 5u);
  dispatch.Ack(worker, 5);
  EXPECT_EQ(dispatch.counters().acks_unknown, 1u);
  dispatch.Detach(worker);
  EXPECT_THAT(dispatch.TakeAll(dispatch.Attach()), IsEmpty()) << "at most once";
}

TEST(DispatchAcksTest, OnSendKnowsTheClientsOfTheLastWindow) {
  DispatchHarness dispatch;
  WorkerSettings settings = OnSend();
  settings.window_events = 3;
  const WorkerId worker = dispatch.Attach(settings);
  for (std::uint32_t client = 1; client <= 4; ++client)
    dispatch.Message(client, "a");
  dispatch.RunOver(2);
  EXPECT_EQ(dispatch.TakeAll(worker).size(), 5u);
  EXPECT_EQ(dispatch.machine().ClientOf(worker, 1), std::nullopt);
  ASSERT_TRUE(dispatch.machine().ClientOf(worker, 4).has_value());
  EXPECT_EQ(dispatch.machine().ClientOf(worker, 4)->client, ClientIdOf(4));
  EXPECT_EQ(dispatch.machine().ClientOf(worker, 5), std::nullopt) << "a lost Gateway is no client";
  EXPECT_EQ(dispatch.machine().ClientOf(worker, 6), std::nullopt);
}

TEST(DispatchAcksTest, WhoAcknowledgesNothingForTooLongIsDetached) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  const WorkerId other = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  dispatch.Advance(absl::Seconds(59));
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  dispatch.Advance(absl::Seconds(1));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 RESOURCE_EXHAUSTED"));
  EXPECT_EQ(dispatch.counters().workers_ack_timeout, 1u);
  EXPECT_EQ(dispatch.counters().workers_broken, 0u);
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#1 a x2"));
  dispatch.AckAll(worker);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 1u) << "it has no say any more";
}

TEST(DispatchAcksTest, AnyAcknowledgementGivesTimeAgain) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "stuck");
  dispatch.Message(1, "a");
  dispatch.Message(1, "b");
  dispatch.TakeAll(worker);
  dispatch.Advance(absl::Seconds(59));
  dispatch.Ack(worker, 2);
  dispatch.Advance(absl::Seconds(59));
  dispatch.Ack(worker, 2);  // says nothing new
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  dispatch.Advance(absl::Seconds(1));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 RESOURCE_EXHAUSTED"));
}

TEST(DispatchAcksTest, TimeRunsOnlyWhileSomethingIsInFlight) {
  DispatchHarness dispatch;
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Finish(worker);
  dispatch.Advance(absl::Minutes(10));
  dispatch.Message(1, "b");
  dispatch.Advance(absl::Minutes(10));  // not taken: the stream is full, perhaps
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 b"));
  dispatch.Advance(absl::Seconds(59));
  EXPECT_THAT(dispatch.Ends(), IsEmpty());
  dispatch.Advance(absl::Seconds(1));
  EXPECT_THAT(dispatch.Ends(), ElementsAre("1 RESOURCE_EXHAUSTED"));
}

TEST(DispatchAcksTest, AnIdleMachineHasNoTimer) {
  DispatchHarness dispatch;
  EXPECT_EQ(dispatch.machine().NextTimer(), absl::InfiniteFuture());
  const WorkerId worker = dispatch.Attach();
  EXPECT_EQ(dispatch.machine().NextTimer(), absl::InfiniteFuture());
  dispatch.Message(1, "a");
  dispatch.TakeAll(worker);
  EXPECT_EQ(dispatch.machine().NextTimer(), StartTime() + absl::Seconds(60));
  dispatch.AckAll(worker);
  dispatch.Advance(absl::Seconds(60));
  EXPECT_EQ(dispatch.machine().NextTimer(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace gatewayd::events
