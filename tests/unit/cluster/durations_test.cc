#include "cluster/durations.h"

#include <thread>
#include <vector>

#include "cluster/query_stats.h"
#include "gtest/gtest.h"

namespace gatewayd::cluster {
namespace {

TEST(DurationsTest, ABoundBelongsToItsBucketAndWhatIsLongerToOneMore) {
  Durations durations;
  for (const std::int64_t bound : Durations::kBounds)
    durations.Add(bound);
  durations.Add(Durations::kBounds.back() + 1);
  durations.Add(-5);  // a clock that went back
  const Durations::Counts counts = durations.Read();
  EXPECT_EQ(counts.buckets[0], 2);
  for (std::size_t i = 1; i < counts.buckets.size(); ++i)
    EXPECT_EQ(counts.buckets[i], 1) << i;
  EXPECT_EQ(counts.total(), Durations::kBounds.size() + 2);
}

TEST(DurationsTest, EachThreadsCountsAreKept) {
  Durations durations;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10'000; ++k)
        durations.Add(1'000);
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(durations.Read().buckets[0], 40'000);
  EXPECT_EQ(durations.Read().nanoseconds, 40'000'000);
}

TEST(QueryStatsTest, HasEachQueryOfTheProtocolAndNothingElse) {
  QueryStats stats;
  int queries = 0;
  for (int number = 0; number < 256; ++number) {
    const auto command = static_cast<wire::Command>(number);
    queries += wire::IsQuery(command);
    stats.Add(command, absl::Microseconds(50));
  }
  const std::vector<QueryStats::Answered> read = stats.Read();
  EXPECT_EQ(static_cast<int>(read.size()), queries);
  for (const QueryStats::Answered& answered : read) {
    EXPECT_TRUE(wire::IsQuery(answered.command));
    EXPECT_EQ(answered.took.buckets[2], 1) << wire::CommandName(answered.command);
    EXPECT_EQ(answered.took.nanoseconds, 50'000);
  }
}

}  // namespace
}  // namespace gatewayd::cluster
