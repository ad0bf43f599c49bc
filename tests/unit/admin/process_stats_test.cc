#include "admin/process_stats.h"

#include "gtest/gtest.h"

namespace gatewayd::admin {
namespace {

TEST(ProcessStatsTest, ReadsStatWhateverTheProgramIsCalled) {
  ProcessStats stats;
  std::uint64_t start = 0;
  ASSERT_TRUE(
      ParseStat("42 (gate) (wayd x) S 1 42 42 0 -1 4194560 1000 0 10 0 50 25 0 0 20 0 7 0 123456 "
                "98765432 2500 18446744073709551615 1 1 0",
                4096, &stats, &start));
  EXPECT_EQ(stats.threads, 7);
  EXPECT_EQ(start, 123456);
  EXPECT_EQ(stats.virtual_bytes, 98765432);
  EXPECT_EQ(stats.resident_bytes, 2500 * 4096);
}

TEST(ProcessStatsTest, RefusesWhatIsNoStat) {
  ProcessStats stats;
  std::uint64_t start = 0;
  for (const char* text : {"", "42 gatewayd S 1", "42 (gatewayd) S 1 42"})
    EXPECT_FALSE(ParseStat(text, 4096, &stats, &start)) << text;
}

TEST(ProcessStatsTest, OfThisProcess) {
  const ProcessStats stats = ReadProcessStats();
  EXPECT_GT(stats.cpu_seconds, 0);
  EXPECT_GT(stats.resident_bytes, 100'000);
  EXPECT_GE(stats.virtual_bytes, stats.resident_bytes);
  EXPECT_GE(stats.threads, 1);
  EXPECT_GE(stats.open_fds, 3);
  EXPECT_GE(stats.max_fds, stats.open_fds);
  EXPECT_GT(stats.start_time_seconds, 1.6e9);
}

}  // namespace
}  // namespace gatewayd::admin
