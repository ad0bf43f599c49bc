#include "cluster/backoff.h"

#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::cluster {
namespace {

constexpr absl::Duration kFirst = absl::Milliseconds(50);
constexpr absl::Duration kMax = absl::Seconds(5);

std::vector<absl::Duration> Waits(Backoff backoff, int count) {
  std::vector<absl::Duration> waits;
  for (int i = 0; i < count; ++i)
    waits.push_back(backoff.Next());
  return waits;
}

// What Next() must lie below (or at), and at half of it or above.
std::vector<absl::Duration> Bounds(absl::Duration first, absl::Duration max, int count) {
  std::vector<absl::Duration> bounds;
  for (absl::Duration bound = first; count > 0; --count, bound *= 2)
    bounds.push_back(std::min(bound, max));
  return bounds;
}

TEST(BackoffTest, WaitsDoubleUpToTheLongestAndJitterOnlyShortens) {
  const std::vector<absl::Duration> bounds = Bounds(kFirst, kMax, 12);
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    const std::vector<absl::Duration> waits = Waits(Backoff(kFirst, kMax, seed), 12);
    for (std::size_t i = 0; i < waits.size(); ++i) {
      ASSERT_GE(waits[i], bounds[i] / 2) << "seed " << seed << ", wait " << i;
      ASSERT_LE(waits[i], bounds[i]) << "seed " << seed << ", wait " << i;
    }
  }
}

// design.md, 8: well under the originals' 1 s.
TEST(BackoffTest, TheFirstTriesComeWellWithinASecond) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    Backoff backoff(kFirst, kMax, seed);
    EXPECT_LE(backoff.Next() + backoff.Next() + backoff.Next(), absl::Milliseconds(350));
  }
}

TEST(BackoffTest, ResetMakesTheNextWaitShortAgain) {
  Backoff backoff(kFirst, kMax, 1);
  for (int i = 0; i < 10; ++i)
    backoff.Next();
  ASSERT_GT(backoff.Next(), absl::Seconds(2));
  backoff.Reset();
  EXPECT_LE(backoff.Next(), kFirst);
}

TEST(BackoffTest, TheSameSeedGivesTheSameWaits) {
  EXPECT_EQ(Waits(Backoff(kFirst, kMax, 7), 20), Waits(Backoff(kFirst, kMax, 7), 20));
}

// A thousand sidecars must not come at once.
TEST(BackoffTest, SeedsSpreadOverTheWholeJitter) {
  std::set<std::int64_t> waits;
  absl::Duration shortest = absl::InfiniteDuration();
  absl::Duration longest;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const absl::Duration wait = Backoff(kFirst, kMax, i * 7919).Next();
    waits.insert(absl::ToInt64Microseconds(wait));
    shortest = std::min(shortest, wait);
    longest = std::max(longest, wait);
  }
  EXPECT_GT(waits.size(), 900u);
  EXPECT_LT(shortest, kFirst * 0.55);
  EXPECT_GT(longest, kFirst * 0.95);
}

TEST(BackoffTest, AFirstWaitAboveTheLongestIsCutToIt) {
  Backoff backoff(kFirst, absl::Milliseconds(10), 1);
  EXPECT_LE(backoff.Next(), absl::Milliseconds(10));
  EXPECT_LE(backoff.Next(), absl::Milliseconds(10));
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Milliseconds(10));
}

}  // namespace
}  // namespace gatewayd::cluster
