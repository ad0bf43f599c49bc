// What comes fast goes in few and large batches, and not late.
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr absl::Duration kBehind = Options().collect_behind;
constexpr absl::Duration kEach = Options().collect_each;

class DispatchCollectTest : public testing::Test {
 protected:
  // Its first event is delivered, and not acknowledged.
  void StartBehind(WorkerSettings settings = TestSettings()) {
    worker_ = dispatch_.Attach(std::move(settings));
    dispatch_.Message(1, "first");
    EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 first"));
    dispatch_.Ready();
  }

  DispatchHarness dispatch_{Options(), DispatchHarness::Collecting()};
  WorkerId worker_ = 0;
};

TEST_F(DispatchCollectTest, WhereEachWaitsForTheAnswerToTheOneBeforeNoneWaitsForMore) {
  StartBehind();
  for (const char* body : {"a", "b", "c"}) {
    dispatch_.AckAll(worker_);
    dispatch_.Advance(kEach / 2);  // an answer's way takes longer
    dispatch_.Message(1, body);
    EXPECT_THAT(dispatch_.TakeAll(worker_), SizeIs(1)) << body;
  }
}

TEST_F(DispatchCollectTest, WhatComesMeanwhileGoesWithTheAcknowledgement) {
  StartBehind();
  dispatch_.Message(2, "a");
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  dispatch_.Message(3, "b");
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  dispatch_.Advance(kEach);
  dispatch_.Ready();
  dispatch_.AckAll(worker_);
  EXPECT_THAT(dispatch_.Ready(), ElementsAre(worker_));
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 a", "#3 b"));
}

TEST_F(DispatchCollectTest, WithoutOneItGoesAfterAWhile) {
  StartBehind();
  dispatch_.Message(2, "a");
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  dispatch_.Ready();
  dispatch_.Advance(kBehind - absl::Nanoseconds(1));
  EXPECT_THAT(dispatch_.Ready(), IsEmpty());
  dispatch_.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(dispatch_.Ready(), ElementsAre(worker_));
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 a"));
}

TEST_F(DispatchCollectTest, WhatComesLongAfterTheLastBatchGoesAtOnce) {
  StartBehind();
  dispatch_.Advance(kBehind);
  dispatch_.Message(2, "a");
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 a"));
}

TEST_F(DispatchCollectTest, WhatComesSoonerIsCollected) {
  StartBehind();
  dispatch_.AckAll(worker_);
  dispatch_.Message(2, "a");
  EXPECT_THAT(dispatch_.Take(worker_), IsEmpty());
  dispatch_.Message(1, "b");
  EXPECT_THAT(dispatch_.Take(worker_), IsEmpty());
  dispatch_.Advance(kEach / 2);
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 a", "#1 b"));
}

TEST_F(DispatchCollectTest, AfterABatchTheNextOneWaitsTheLongerTheMoreThereWere) {
  StartBehind();
  dispatch_.Message(2, "a");
  dispatch_.Message(3, "b");
  dispatch_.AckAll(worker_);
  dispatch_.Advance(kEach);
  EXPECT_THAT(dispatch_.Take(worker_), SizeIs(2));
  dispatch_.AckAll(worker_);
  dispatch_.Message(2, "c");
  dispatch_.Advance(1.5 * kEach - absl::Nanoseconds(1));
  EXPECT_THAT(dispatch_.Take(worker_), IsEmpty());
  dispatch_.Ready();
  dispatch_.Advance(absl::Nanoseconds(1));
  EXPECT_THAT(dispatch_.Ready(), ElementsAre(worker_));
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 c"));
}

TEST_F(DispatchCollectTest, HoweverManyTheyWereTheWaitIsBounded) {
  StartBehind();
  dispatch_.AckAll(worker_);
  for (int i = 0; i < 100; ++i)
    dispatch_.Message(2, "a");
  dispatch_.Advance(kEach);
  EXPECT_THAT(dispatch_.Take(worker_), SizeIs(100));
  dispatch_.AckAll(worker_);
  dispatch_.Message(2, "b");
  EXPECT_THAT(dispatch_.Take(worker_), IsEmpty());
  dispatch_.Advance(Options().collect_most);
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 b"));
}

TEST_F(DispatchCollectTest, ALargeBatchGoesAtOnce) {
  StartBehind();
  const auto enough = static_cast<int>(Options().collect_events);
  for (int i = 0; i < enough - 1; ++i)
    dispatch_.Message(2, "a");
  EXPECT_THAT(dispatch_.Take(worker_), IsEmpty());
  dispatch_.Message(2, "a");
  EXPECT_THAT(dispatch_.Take(worker_), SizeIs(enough));
}

TEST_F(DispatchCollectTest, SoDoManyBytes) {
  StartBehind();
  dispatch_.Message(2, std::string(Options().batch_bytes, 'x'));
  EXPECT_THAT(dispatch_.Take(worker_), SizeIs(1));
}

// A handler that takes long does not make the others' events wait for it.
TEST_F(DispatchCollectTest, AnEventThatIsLeftOutDoesNotCount) {
  StartBehind();
  dispatch_.Message(2, "a");
  dispatch_.Advance(kBehind);
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 a"));
  dispatch_.Ack(worker_, 2);
  dispatch_.Advance(kEach);
  dispatch_.Message(3, "b");
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#3 b"));
}

TEST_F(DispatchCollectTest, AnAcknowledgementOfWhatWasNeverDeliveredReachesNoFurther) {
  StartBehind();
  dispatch_.AckRange(worker_, 1, ~std::uint64_t{0});
  dispatch_.Advance(kEach);
  dispatch_.Message(2, "a");
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 a"));
  dispatch_.Message(2, "b");
  EXPECT_THAT(dispatch_.Take(worker_), IsEmpty());
}

TEST_F(DispatchCollectTest, WhoAcknowledgesBySendingNeverWaits) {
  StartBehind(OnSend());
  dispatch_.Message(2, "a");
  EXPECT_THAT(dispatch_.Take(worker_), ElementsAre("#2 a"));
}

}  // namespace
}  // namespace gatewayd::events
