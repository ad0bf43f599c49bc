// Fresh sessions: no handler sees one that is older than what this daemon had written before the delivery.
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Run 1 has its link, and a worker is there.
class DispatchSessionsTest : public testing::Test {
 protected:
  DispatchSessionsTest() { dispatch_.LinkUp(); }

  DispatchHarness dispatch_;
  const WorkerId worker_ = dispatch_.Attach(Fresh());
};

TEST_F(DispatchSessionsTest, WithoutAWriteNothingIsFetched) {
  dispatch_.Message(1, "a");
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a"));
  EXPECT_THAT(dispatch_.Fetch("x"), IsEmpty());
  EXPECT_EQ(dispatch_.AnswerMarks(), 0u);
}

TEST_F(DispatchSessionsTest, AWriteAfterTheEventWasReadIsSeen) {
  dispatch_.Message(1, "a");
  dispatch_.Message(2, "b");
  dispatch_.Write(1);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#2 b"));
  EXPECT_EQ(dispatch_.machine().Workers()[0].events_queued, 1u);
  dispatch_.Ready();
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.Ready(), ElementsAre(worker_));
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a [new]"));
  EXPECT_EQ(dispatch_.counters().sessions_fetched, 1u);
  EXPECT_EQ(dispatch_.machine().Workers()[0].events_queued, 0u);
}

TEST_F(DispatchSessionsTest, AWriteBeforeTheEventWasReadMayNotBeInIt) {
  dispatch_.Message(1, "first");  // the client is known
  dispatch_.Finish(worker_);
  dispatch_.Write(1);
  dispatch_.Write(2);
  dispatch_.Message(1, "a");
  dispatch_.Message(2, "b");
  dispatch_.Message(3, "c");
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#3 c"));
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1", "#2"));
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#2 b [new]", "#1 a [new]"));
}

TEST_F(DispatchSessionsTest, AfterAMarkItIsInIt) {
  dispatch_.Write(1);
  EXPECT_EQ(dispatch_.AnswerMarks(), 1u);
  dispatch_.Message(1, "a");
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a"));
  EXPECT_THAT(dispatch_.Fetch("x"), IsEmpty());
}

TEST_F(DispatchSessionsTest, AMarkSaysNothingOfEventsReadBefore) {
  dispatch_.Write(1);
  dispatch_.Message(1, "a");
  dispatch_.AnswerMarks();
  dispatch_.Message(1, "b");
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.Finish(worker_), ElementsAre("#1 a [new]", "#1 b"));
}

TEST_F(DispatchSessionsTest, AMarkSaysNothingOfLaterWrites) {
  dispatch_.Write(1);
  const std::vector<Mark> marks = dispatch_.machine().TakeMarks();
  ASSERT_THAT(marks, SizeIs(1));
  dispatch_.Write(2);
  EXPECT_THAT(dispatch_.machine().TakeMarks(), IsEmpty()) << "one at a time";
  dispatch_.machine().OnMarked(marks[0].run, marks[0].token, dispatch_.now());
  dispatch_.Message(1, "a");
  dispatch_.Message(2, "b");
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a"));
  EXPECT_EQ(dispatch_.AnswerMarks(), 1u) << "the next one for the second write";
  dispatch_.Message(2, "c");
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#2"));
  EXPECT_THAT(dispatch_.Finish(worker_), ElementsAre("#2 b [new]", "#2 c"));
}

TEST_F(DispatchSessionsTest, AMarkThatWasLostIsAskedForAgain) {
  dispatch_.Write(1);
  EXPECT_THAT(dispatch_.machine().TakeMarks(), SizeIs(1));
  dispatch_.Message(1, "a");
  EXPECT_THAT(dispatch_.machine().TakeMarks(), IsEmpty());
  dispatch_.Advance(absl::Seconds(5));
  dispatch_.Message(1, "b");
  EXPECT_EQ(dispatch_.AnswerMarks(), 1u);
  dispatch_.Write(1);
  dispatch_.machine().TakeMarks();
  dispatch_.LinkGone();
  dispatch_.LinkUp();
  EXPECT_EQ(dispatch_.AnswerMarks(), 1u) << "with the next link";
}

TEST_F(DispatchSessionsTest, AMarkOfAnotherTimeIsNone) {
  dispatch_.Write(1);
  const std::vector<Mark> marks = dispatch_.machine().TakeMarks();
  dispatch_.LinkGone();
  dispatch_.machine().OnMarked(marks[0].run, marks[0].token, dispatch_.now());
  dispatch_.machine().OnMarked(RunOf(5), 1, dispatch_.now());
  dispatch_.LinkUp();
  dispatch_.Message(1, "a");
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
}

TEST_F(DispatchSessionsTest, WhatComesMeanwhileWaitsInOrder) {
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  dispatch_.Message(1, "b");
  dispatch_.Message(2, "other");
  dispatch_.Close(1);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#2 other"));
  EXPECT_EQ(dispatch_.machine().Workers()[0].events_queued, 3u);
  dispatch_.Message(1, "again");
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1")) << "once for all of them";
  EXPECT_THAT(dispatch_.Finish(worker_),
              ElementsAre("#1 a [new]", "#1 b [new]", "#1 CLOSE", "#1 again [new]"));
}

TEST_F(DispatchSessionsTest, AWriteWhileItIsFetchedNeedsAnother) {
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  dispatch_.TakeAll(worker_);
  dispatch_.Write(1);
  EXPECT_THAT(dispatch_.Fetch("old"), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a [new]"));
}

// One that is written all the time would never be up to date.
TEST_F(DispatchSessionsTest, AnEventDoesNotWaitForEver) {
  dispatch_.Message(1, "a");
  dispatch_.Message(1, "b");
  for (int i = 0; i < 3; ++i) {
    dispatch_.Write(1);
    EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
    dispatch_.Write(1);
    EXPECT_THAT(dispatch_.Fetch(cluster::StrCat("try ", i)), ElementsAre("#1"));
  }
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a [try 2] stale"));
  dispatch_.AckAll(worker_);
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1")) << "the next one tries again";
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 b [new]"));
}

// Others write the session too. An event that comes later may bring what they wrote.
TEST_F(DispatchSessionsTest, WhatWasFetchedIsNotForEventsThatCameAfterIt) {
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  dispatch_.TakeAll(worker_);
  dispatch_.Fetch("new");
  dispatch_.Message(1, "b");
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a [new]"));
  dispatch_.AckAll(worker_);
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("newer"), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 b [newer]"));
}

TEST_F(DispatchSessionsTest, WhatCannotBeFetchedGoesOutMarked) {
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  dispatch_.TakeAll(worker_);
  EXPECT_THAT(dispatch_.Fetch(std::nullopt), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a stale"));
  EXPECT_EQ(dispatch_.counters().sessions_not_fetched, 1u);
  EXPECT_EQ(dispatch_.counters().sessions_fetched, 0u);
}

TEST_F(DispatchSessionsTest, ThenTheLastOneThatWasFetchedIsBetterThanNone) {
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  dispatch_.TakeAll(worker_);
  dispatch_.Fetch("first");
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a [first]"));
  dispatch_.Message(1, "b");
  dispatch_.Write(1);
  dispatch_.AckAll(worker_);
  dispatch_.TakeAll(worker_);
  dispatch_.Fetch(std::nullopt);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 b [first] stale"));
}

TEST_F(DispatchSessionsTest, CloseBringsTheLastSessionThereIs) {
  dispatch_.Write(1);
  dispatch_.Close(1);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 CLOSE"));
}

TEST_F(DispatchSessionsTest, WhoDoesNotAskForFreshOnesGetsThemAsSent) {
  dispatch_.Detach(worker_);
  WorkerSettings settings = TestSettings();
  settings.fresh_sessions = false;
  const WorkerId worker = dispatch_.Attach(settings);
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  dispatch_.Message(1, "b");
  EXPECT_THAT(dispatch_.TakeAll(worker), ElementsAre("#1 a", "#1 b"));
  EXPECT_THAT(dispatch_.Fetch("x"), IsEmpty());
}

TEST_F(DispatchSessionsTest, OnSendToo) {
  dispatch_.Detach(worker_);
  const WorkerId worker = dispatch_.Attach(Fresh(OnSend()));
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  EXPECT_THAT(dispatch_.TakeAll(worker), IsEmpty());
  dispatch_.Fetch("new");
  EXPECT_THAT(dispatch_.TakeAll(worker), ElementsAre("#1 a [new]"));
  EXPECT_EQ(dispatch_.machine().memory_used(), 0u);
}

TEST_F(DispatchSessionsTest, AreFetchedAgainForTheNextWorker) {
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  dispatch_.TakeAll(worker_);
  dispatch_.Fetch("new");
  dispatch_.TakeAll(worker_);
  dispatch_.Write(1);
  dispatch_.Detach(worker_);
  const WorkerId second = dispatch_.Attach(Fresh());
  EXPECT_THAT(dispatch_.TakeAll(second), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("newer"), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.TakeAll(second), ElementsAre("#1 a x2 [newer]"));
}

TEST_F(DispatchSessionsTest, AnAnswerForAWorkerThatHasGoneIsDropped) {
  dispatch_.Message(1, "a");
  dispatch_.Message(1, "b");
  dispatch_.Write(1);
  dispatch_.TakeAll(worker_);
  const std::vector<SessionFetch> fetches = dispatch_.machine().TakeFetches();
  ASSERT_THAT(fetches, SizeIs(1));
  dispatch_.Message(1, "c");
  dispatch_.Detach(worker_);
  EXPECT_EQ(dispatch_.machine().events_held(), 3u);
  const WorkerId second = dispatch_.Attach(Fresh());
  dispatch_.machine().OnSession(fetches[0], "too late");
  EXPECT_THAT(dispatch_.TakeAll(second), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1"));
  dispatch_.machine().OnSession(fetches[0], "twice");
  EXPECT_THAT(dispatch_.Finish(second), ElementsAre("#1 a [new]", "#1 b [new]", "#1 c [new]"));
}

TEST_F(DispatchSessionsTest, AWorkerThatLeavesGivesUpItsFetches) {
  dispatch_.Message(1, "a");
  dispatch_.TakeAll(worker_);
  dispatch_.Message(1, "b");
  dispatch_.Message(2, "c");
  dispatch_.Write(1);
  dispatch_.Write(2);
  dispatch_.TakeAll(worker_);
  const WorkerId second = dispatch_.Attach(Fresh());
  dispatch_.Leave(worker_, LeaveMode::kKeepLinks);
  EXPECT_THAT(dispatch_.Fetch("nobody's"), ElementsAre("#2"));
  EXPECT_THAT(dispatch_.TakeAll(second), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#2"));
  EXPECT_THAT(dispatch_.TakeAll(second), ElementsAre("#2 c [new]"));
  dispatch_.Ack(worker_, 1);
  EXPECT_THAT(dispatch_.Ends(), ElementsAre("1 OK"));
  EXPECT_THAT(dispatch_.TakeAll(second), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.TakeAll(second), ElementsAre("#1 b [new]"));
}

TEST_F(DispatchSessionsTest, AnAnswerAfterTheGatewayIsLostStillCounts) {
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  dispatch_.TakeAll(worker_);
  dispatch_.RunOver();
  EXPECT_THAT(dispatch_.Fetch(std::nullopt), ElementsAre("#1"));
  EXPECT_THAT(dispatch_.Finish(worker_), ElementsAre("#1 a stale", "GATEWAY_LOST generation-1"));
  dispatch_.ExpectNothingKept();
}

TEST_F(DispatchSessionsTest, NoMoreAreFetchedAtOnceThanTheWindowIsWide) {
  dispatch_.Detach(worker_);
  const WorkerId worker = dispatch_.Attach(Fresh(WithWindow(2)));
  for (std::uint32_t client = 1; client <= 5; ++client) {
    dispatch_.Message(client, "a");
    dispatch_.Write(client);
  }
  EXPECT_THAT(dispatch_.TakeAll(worker), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1", "#2"));
  EXPECT_THAT(dispatch_.TakeAll(worker), SizeIs(2));
  EXPECT_THAT(dispatch_.Fetch("x"), IsEmpty());
  dispatch_.AckAll(worker);
  EXPECT_THAT(dispatch_.TakeAll(worker), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#3", "#4"));
}

TEST_F(DispatchSessionsTest, FetchedOnesCountAsMemoryWhileTheyAreKept) {
  dispatch_.Message(1, "a");
  dispatch_.Write(1);
  dispatch_.TakeAll(worker_);
  const std::size_t before = dispatch_.machine().memory_used();
  dispatch_.Fetch(std::string(1000, 's'));
  EXPECT_EQ(dispatch_.machine().memory_used(), before + 1000);
  dispatch_.TakeAll(worker_);
  dispatch_.Message(1, "b");
  dispatch_.Write(1);
  dispatch_.AckAll(worker_);
  dispatch_.TakeAll(worker_);
  dispatch_.Fetch(std::string(500, 's'));
  EXPECT_EQ(dispatch_.machine().memory_used(), before + 500);
  dispatch_.Finish(worker_);
  dispatch_.AckAll(worker_);
  EXPECT_EQ(dispatch_.machine().memory_used(), 0u);
}

TEST_F(DispatchSessionsTest, WritesBeforeAnythingIsKnownOfTheGatewayCount) {
  dispatch_.Write(1, 2);
  dispatch_.LinkUp(2);
  EXPECT_EQ(dispatch_.machine().TakeMarks().size(), 1u);
  dispatch_.Accept(1, "a", {.run = 2});
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#1"));
}

TEST_F(DispatchSessionsTest, SoManyWritesThatTheyAreNotKeptOneByOne) {
  dispatch_.Message(7, "before");
  dispatch_.Finish(worker_);
  constexpr std::uint32_t kMany = 70'000;
  for (std::uint32_t client = 1; client <= kMany; ++client)
    dispatch_.Write(client);
  dispatch_.Message(7, "a");
  dispatch_.Message(kMany + 5, "never written, but who knows");
  EXPECT_THAT(dispatch_.TakeAll(worker_), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), SizeIs(2));
  EXPECT_THAT(dispatch_.Finish(worker_), SizeIs(2));
  EXPECT_EQ(dispatch_.AnswerMarks(), 1u);  // asked for with the first write
  dispatch_.Message(7, "in doubt still");
  EXPECT_THAT(dispatch_.Finish(worker_), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#7"));
  EXPECT_THAT(dispatch_.Finish(worker_), SizeIs(1));
  dispatch_.Write(3);  // one by one again, while the others' mark is under way
  EXPECT_EQ(dispatch_.AnswerMarks(), 1u);
  dispatch_.Message(7, "b");
  EXPECT_THAT(dispatch_.Finish(worker_), ElementsAre("#7 b"));
  dispatch_.Message(3, "c");
  EXPECT_THAT(dispatch_.Finish(worker_), IsEmpty());
  EXPECT_THAT(dispatch_.Fetch("new"), ElementsAre("#3"));
}

// What is with the worker cannot be made fresh any more.
TEST_F(DispatchSessionsTest, OneEventOfAClientAtATime) {
  dispatch_.Message(1, "a");
  dispatch_.Message(1, "b");
  dispatch_.Message(2, "other");
  dispatch_.Message(1, "c");
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a", "#2 other"));
  dispatch_.Ack(worker_, 1);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 b"));
  dispatch_.Message(1, "d");
  dispatch_.Ack(worker_, 3);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 c"));
  dispatch_.Ack(worker_, 4);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 d"));
}

TEST_F(DispatchSessionsTest, WhatWaitsForItsClientGoesToTheNextWorkerInOrder) {
  for (const char* body : {"a", "b", "c", "d"})
    dispatch_.Message(1, body);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a"));
  dispatch_.Ack(worker_, 1);  // "b" is released, "c" and "d" wait behind it
  dispatch_.Message(1, "e");
  dispatch_.Detach(worker_);
  const WorkerId next = dispatch_.Attach();
  EXPECT_THAT(dispatch_.TakeAll(next), ElementsAre("#1 b", "#1 c", "#1 d", "#1 e"));
}

TEST_F(DispatchSessionsTest, WhatWaitsBehindAnEventInFlightFollowsIt) {
  for (const char* body : {"a", "b", "c"})
    dispatch_.Message(1, body);
  EXPECT_THAT(dispatch_.TakeAll(worker_), ElementsAre("#1 a"));
  const WorkerId next = dispatch_.Attach(Fresh());
  dispatch_.Leave(worker_, LeaveMode::kCloseLinks);
  EXPECT_THAT(dispatch_.TakeAll(next), IsEmpty()) << "something of the client is with the worker that leaves";
  dispatch_.Ack(worker_, 1);
  EXPECT_THAT(dispatch_.TakeAll(next), ElementsAre("#1 b"));
  dispatch_.Ack(next, 1);
  EXPECT_THAT(dispatch_.TakeAll(next), ElementsAre("#1 c"));
}

}  // namespace
}  // namespace gatewayd::events
