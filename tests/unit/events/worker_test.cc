#include "events/worker.h"

#include <optional>
#include <vector>

#include "gtest/gtest.h"

namespace gatewayd::events {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(400'000);

WorkerView WorkerThatHasSince(absl::Time oldest_read) {
  WorkerView worker;
  worker.oldest_read = oldest_read;
  return worker;
}

TEST(WorkerViewTest, LagsAsItsOldestEventIsOld) {
  EXPECT_EQ(WorkerThatHasSince(kNow - absl::Milliseconds(1500)).lag(kNow), absl::Milliseconds(1500));
  EXPECT_EQ(WorkerThatHasSince(kNow).lag(kNow), absl::ZeroDuration());
}

TEST(WorkerViewTest, HasNoLagWhereAllIsAcknowledged) {
  EXPECT_EQ(WorkerView().lag(kNow), std::nullopt);
}

TEST(WorkerViewTest, LagsByNothingWhenTheClockIsSetBack) {
  EXPECT_EQ(WorkerThatHasSince(kNow + absl::Seconds(3)).lag(kNow), absl::ZeroDuration());
}

TEST(WorkerViewTest, TheLagOfSeveralIsThatOfTheOneThatLagsMost) {
  const std::vector<WorkerView> workers = {
      WorkerThatHasSince(kNow - absl::Seconds(2)),
      WorkerView(),
      WorkerThatHasSince(kNow - absl::Seconds(7)),
      WorkerThatHasSince(kNow + absl::Seconds(9)),
  };
  EXPECT_EQ(LagOf(workers, kNow), absl::Seconds(7));
  EXPECT_EQ(LagOf(std::vector<WorkerView>(2), kNow), absl::ZeroDuration());
  EXPECT_EQ(LagOf({}, kNow), absl::ZeroDuration());
}

}  // namespace
}  // namespace gatewayd::events
