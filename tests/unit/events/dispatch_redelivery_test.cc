// A worker breaks: what it had goes to others in order, marked; what brings down worker after worker is given
// up.
#include <algorithm>

#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(DispatchRedeliveryTest, WhatWasInFlightComesFirstAndMarked) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach(WithWindow(2));
  for (const char* body : {"a", "b", "c"})
    dispatch.Message(1, body);
  dispatch.TakeAll(first);
  const WorkerId second = dispatch.Attach();
  dispatch.Detach(first);
  dispatch.Message(1, "d");
  EXPECT_THAT(dispatch.TakeAll(second), ElementsAre("#1 a x2", "#1 b x2", "#1 c", "#1 d"));
  EXPECT_EQ(dispatch.counters().events_redelivered, 2u);
  EXPECT_EQ(dispatch.counters().workers_broken, 1u);
  EXPECT_EQ(dispatch.machine().Workers()[0].redelivered, 2u);
  EXPECT_THAT(dispatch.Ends(), IsEmpty()) << "its stream has ended already";
}

TEST(DispatchRedeliveryTest, WhatIsAcknowledgedDoesNotComeAgain) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  for (const char* body : {"a", "b", "c"})
    dispatch.Message(1, body);
  dispatch.TakeAll(first);
  dispatch.Ack(first, 2);
  dispatch.Detach(first);
  EXPECT_THAT(dispatch.TakeAll(dispatch.Attach()), ElementsAre("#1 a x2", "#1 c x2"));
}

TEST(DispatchRedeliveryTest, ClientsOfABrokenWorkerAreSpread) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  for (std::uint32_t client = 1; client <= 4; ++client)
    dispatch.Message(client, "a");
  dispatch.TakeAll(first);
  const WorkerId second = dispatch.Attach();
  const WorkerId third = dispatch.Attach();
  dispatch.Detach(first);
  EXPECT_THAT(dispatch.TakeAll(second), SizeIs(2));
  EXPECT_THAT(dispatch.TakeAll(third), SizeIs(2));
}

TEST(DispatchRedeliveryTest, WithNobodyThereItWaits) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.Message(1, "b");
  dispatch.TakeAll(first);
  dispatch.Message(1, "c");
  dispatch.Detach(first);
  dispatch.Message(1, "d");
  EXPECT_EQ(dispatch.machine().events_held(), 4u);
  dispatch.Ready();
  const WorkerId second = dispatch.Attach();
  EXPECT_EQ(dispatch.machine().events_held(), 0u);
  EXPECT_THAT(dispatch.Ready(), ElementsAre(second));
  EXPECT_THAT(dispatch.TakeAll(second), ElementsAre("#1 a x2", "#1 b x2", "#1 c", "#1 d"));
}

TEST(DispatchRedeliveryTest, WhatWasOnlyQueuedIsNotMarked) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach(WithWindow(1));
  dispatch.Message(1, "a");
  dispatch.Message(2, "b");
  dispatch.TakeAll(first);
  dispatch.Detach(first);
  EXPECT_THAT(dispatch.TakeAll(dispatch.Attach()), ElementsAre("#1 a x2", "#2 b"));
}

TEST(DispatchRedeliveryTest, AWorkerThatDoesNotWantItEndsIt) {
  DispatchHarness dispatch;
  const WorkerId first = dispatch.Attach();
  dispatch.Message(1, "a");
  dispatch.TakeAll(first);
  dispatch.Detach(first);
  const WorkerId second = dispatch.Attach(WithKinds({EventKind::kClose}));
  EXPECT_THAT(dispatch.TakeAll(second), IsEmpty());
  EXPECT_EQ(dispatch.counters().events_unwanted, 1u);
  EXPECT_EQ(dispatch.machine().events_in_memory(), 0u);
}

TEST(DispatchPoisonTest, IsGivenUpAfterSoManyDeliveries) {
  DispatchHarness dispatch;
  dispatch.Message(1, "poison");
  dispatch.Message(1, "after");
  for (int attempt = 1; attempt <= 5; ++attempt) {
    const WorkerId worker = dispatch.Attach(WithWindow(1));
    EXPECT_THAT(dispatch.TakeAll(worker), SizeIs(1)) << attempt;
    EXPECT_EQ(dispatch.counters().events_poisoned, 0u);
    dispatch.Detach(worker);
  }
  EXPECT_EQ(dispatch.counters().events_poisoned, 1u);
  const std::vector<EventPtr> poisoned = dispatch.machine().TakePoisoned();
  ASSERT_THAT(poisoned, SizeIs(1));
  EXPECT_EQ(poisoned[0]->body(), "poison");
  EXPECT_THAT(dispatch.machine().TakePoisoned(), IsEmpty());
  EXPECT_THAT(dispatch.Finish(dispatch.Attach()), ElementsAre("#1 after"));
}

TEST(DispatchPoisonTest, TheLastOfAClientTakesItsRecordAlong) {
  Options options;
  options.max_deliveries = 1;
  DispatchHarness dispatch(options);
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(1, "poison");
  dispatch.Close(1);
  dispatch.TakeAll(worker);
  dispatch.Detach(worker);
  EXPECT_EQ(dispatch.counters().events_poisoned, 2u);
  dispatch.ExpectNothingKept();
}

// The company of an event gets smaller with its attempts: 64, 8, alone, alone.
TEST(DispatchPoisonTest, CompanyGetsSmaller) {
  DispatchHarness dispatch;
  for (std::uint32_t client = 1; client <= 500; ++client)
    dispatch.Message(client, "a");
  std::vector<std::size_t> sizes;
  for (int attempt = 1; attempt <= 5; ++attempt) {
    const WorkerId worker = dispatch.Attach();
    sizes.push_back(dispatch.TakeAll(worker).size());
    dispatch.Detach(worker);
  }
  EXPECT_THAT(sizes, ElementsAre(500, 64, 8, 1, 1));
}

TEST(DispatchPoisonTest, TheLastAttemptIsAloneWhateverTheLimit) {
  for (const auto& [max_deliveries, expected] :
       std::vector<std::pair<std::uint32_t, std::vector<std::size_t>>>{
           {1, {100}}, {2, {100, 1}}, {3, {100, 1, 1}}, {4, {100, 64, 1, 1}}, {6, {100, 64, 8, 8, 1, 1}}}) {
    Options options;
    options.max_deliveries = max_deliveries;
    DispatchHarness dispatch(options);
    for (std::uint32_t client = 1; client <= 100; ++client)
      dispatch.Message(client, "a");
    std::vector<std::size_t> sizes;
    for (std::uint32_t attempt = 1; attempt <= max_deliveries; ++attempt) {
      const WorkerId worker = dispatch.Attach();
      sizes.push_back(dispatch.TakeAll(worker).size());
      dispatch.Detach(worker);
    }
    EXPECT_EQ(sizes, expected) << max_deliveries;
  }
}

// A worker that dies on one event and acknowledges what it has done before. Only that event is given up.
TEST(DispatchPoisonTest, NeighboursAreNotGivenUp) {
  DispatchHarness dispatch;
  for (std::uint32_t client = 1; client <= 2000; ++client)
    dispatch.Message(client, client % 1000 == 500 ? "poison" : "a");
  int workers = 0;
  while (dispatch.machine().events_in_memory() > 0) {
    ASSERT_LT(++workers, 100);
    const WorkerId worker = dispatch.Attach();
    std::uint64_t id = 0;
    bool dead = false;
    for (Texts batch = dispatch.Take(worker); !batch.empty() && !dead; batch = dispatch.Take(worker)) {
      dead = std::any_of(batch.begin(), batch.end(),
                         [](const std::string& text) { return text.find("poison") != std::string::npos; });
      id += batch.size();
      if (!dead) dispatch.AckRange(worker, 0, id);  // a batch with the poison in it is never acknowledged
    }
    dispatch.Detach(worker);
  }
  EXPECT_EQ(dispatch.counters().events_poisoned, 2u);
  for (const EventPtr& event : dispatch.machine().TakePoisoned())
    EXPECT_EQ(event->body(), "poison");
}

TEST(DispatchPoisonTest, WhatIsAloneIsNotJoined) {
  DispatchHarness dispatch;
  dispatch.Message(1, "a");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const WorkerId worker = dispatch.Attach();
    EXPECT_THAT(dispatch.TakeAll(worker), SizeIs(1));
    dispatch.Detach(worker);
  }
  const WorkerId worker = dispatch.Attach();
  dispatch.Message(2, "b");
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#1 a x4"));
  dispatch.Message(3, "c");
  EXPECT_THAT(dispatch.TakeAll(worker), IsEmpty());
  dispatch.AckAll(worker);
  EXPECT_THAT(dispatch.TakeAll(worker), ElementsAre("#2 b", "#3 c"));
}

TEST(DispatchPoisonTest, WhatShallBeAloneWaitsForTheOthers) {
  DispatchHarness dispatch;
  dispatch.Message(1, "a");
  WorkerId worker = 0;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    worker = dispatch.Attach();
    dispatch.TakeAll(worker);
    if (attempt < 3) dispatch.Detach(worker);
  }
  const WorkerId other = dispatch.Attach();
  dispatch.Message(2, "b");
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#2 b"));
  dispatch.Detach(worker);
  EXPECT_THAT(dispatch.TakeAll(other), IsEmpty());
  dispatch.Ready();
  dispatch.Ack(other, 1);
  EXPECT_THAT(dispatch.Ready(), ElementsAre(other));
  EXPECT_THAT(dispatch.TakeAll(other), ElementsAre("#1 a x4"));
}

}  // namespace
}  // namespace gatewayd::events
