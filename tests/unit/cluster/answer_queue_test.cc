#include "cluster/answer_queue.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr absl::Duration kTimeout = absl::Seconds(5);

absl::Time At(double seconds) {
  return absl::UnixEpoch() + absl::Seconds(1000 + seconds);
}

// Entries are told apart by their offset.
PendingAnswer Entry(std::uint64_t number, std::size_t max_size = 1) {
  return {.max_size = max_size, .request_offset = number};
}

std::vector<std::uint64_t> Numbers(const std::vector<PendingAnswer>& entries) {
  std::vector<std::uint64_t> numbers;
  for (const PendingAnswer& entry : entries)
    numbers.push_back(entry.request_offset);
  return numbers;
}

TEST(AnswerQueueTest, IsEmptyAtFirstAndNeverStalls) {
  AnswerQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.due_bytes(), 0u);
  EXPECT_EQ(queue.StalledAt(kTimeout), absl::InfiniteFuture());
  EXPECT_THAT(queue.Clear(), IsEmpty());
}

TEST(AnswerQueueTest, AnswersAreTakenInTheOrderOfTheQueries) {
  AnswerQueue queue;
  queue.Push(Entry(1), At(0));
  queue.Push(Entry(2), At(0));
  queue.Push(Entry(3), At(0));
  EXPECT_EQ(queue.front().request_offset, 1u);
  EXPECT_EQ(queue.Pop(At(1)).request_offset, 1u);
  EXPECT_EQ(queue.Pop(At(1)).request_offset, 2u);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.Pop(At(1)).request_offset, 3u);
  EXPECT_TRUE(queue.empty());
}

// The row is compacted while it is in use; nothing may be lost or swapped by that, whatever its length.
TEST(AnswerQueueTest, OrderSurvivesCompaction) {
  for (const std::uint64_t depth : {1, 2, 63, 64, 65, 127, 128, 129, 500}) {
    AnswerQueue queue;
    std::uint64_t pushed = 0;
    std::uint64_t popped = 0;
    for (; pushed < depth; ++pushed)
      queue.Push(Entry(pushed, 3), At(0));
    for (int i = 0; i < 2000; ++i) {
      ASSERT_EQ(queue.Pop(At(0)).request_offset, popped++) << "depth " << depth;
      queue.Push(Entry(pushed++, 3), At(0));
      ASSERT_EQ(queue.size(), depth);
      ASSERT_EQ(queue.due_bytes(), 3 * depth);
      ASSERT_EQ(queue.front().request_offset, popped);
    }
    while (!queue.empty())
      ASSERT_EQ(queue.Pop(At(0)).request_offset, popped++);
    EXPECT_EQ(popped, pushed);
  }
}

TEST(AnswerQueueTest, DueBytesAreTheSumOfWhatMayCome) {
  AnswerQueue queue;
  queue.Push(Entry(1, 64), At(0));
  queue.Push(Entry(2, 1000), At(0));
  EXPECT_EQ(queue.due_bytes(), 1064u);
  queue.Pop(At(0));
  EXPECT_EQ(queue.due_bytes(), 1000u);
  queue.Pop(At(0));
  EXPECT_EQ(queue.due_bytes(), 0u);
}

TEST(AnswerQueueTest, StallsOneTimeoutAfterTheFirstPush) {
  AnswerQueue queue;
  queue.Push(Entry(1), At(10));
  EXPECT_EQ(queue.StalledAt(kTimeout), At(15));
}

// Otherwise a caller a second would keep a dead link alive for ever.
TEST(AnswerQueueTest, ALaterPushDoesNotPutTheStallOff) {
  AnswerQueue queue;
  queue.Push(Entry(1), At(10));
  queue.Push(Entry(2), At(14));
  EXPECT_EQ(queue.StalledAt(kTimeout), At(15));
}

TEST(AnswerQueueTest, EachByteAndEachAnswerPutsTheStallOff) {
  AnswerQueue queue;
  queue.Push(Entry(1), At(10));
  queue.Push(Entry(2), At(10));
  queue.Progress(At(12));
  EXPECT_EQ(queue.StalledAt(kTimeout), At(17));
  queue.Pop(At(13));
  EXPECT_EQ(queue.StalledAt(kTimeout), At(18));
  queue.Pop(At(14));
  EXPECT_EQ(queue.StalledAt(kTimeout), absl::InfiniteFuture());
}

TEST(AnswerQueueTest, AnIdleHourDoesNotCountAgainstTheNextQuery) {
  AnswerQueue queue;
  queue.Push(Entry(1), At(0));
  queue.Pop(At(1));
  queue.Push(Entry(2), At(3600));
  EXPECT_EQ(queue.StalledAt(kTimeout), At(3605));
}

TEST(AnswerQueueTest, ClearGivesAllThatIsDueInOrderAndForgetsIt) {
  AnswerQueue queue;
  for (std::uint64_t i = 1; i <= 5; ++i)
    queue.Push(Entry(i, 10), At(0));
  queue.Pop(At(0));
  queue.Pop(At(0));
  EXPECT_THAT(Numbers(queue.Clear()), ElementsAre(3, 4, 5));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.due_bytes(), 0u);
  EXPECT_EQ(queue.StalledAt(kTimeout), absl::InfiniteFuture());
  queue.Push(Entry(6, 10), At(1));
  EXPECT_EQ(queue.front().request_offset, 6u);
  EXPECT_EQ(queue.due_bytes(), 10u);
}

TEST(AnswerQueueTest, ACallbackTravelsWithItsPlace) {
  AnswerQueue queue;
  int calls = 0;
  PendingAnswer entry = Entry(1);
  entry.answer = [&](absl::StatusOr<std::string_view>) { ++calls; };
  queue.Push(std::move(entry), At(0));
  PendingAnswer popped = queue.Pop(At(0));
  ASSERT_TRUE(popped.answer);
  popped.answer("");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace gatewayd::cluster
