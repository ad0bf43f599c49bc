#include "api/times.h"

#include "gtest/gtest.h"

namespace gatewayd::api {
namespace {

TEST(TimesTest, ADurationKeepsItsNanoseconds) {
  google::protobuf::Duration duration;
  SetDuration(absl::Seconds(90) + absl::Nanoseconds(250), &duration);
  EXPECT_EQ(duration.seconds(), 90);
  EXPECT_EQ(duration.nanos(), 250);
}

TEST(TimesTest, ADurationBelowZeroHasBothPartsBelowIt) {
  google::protobuf::Duration duration;
  SetDuration(absl::Milliseconds(-1500), &duration);
  EXPECT_EQ(duration.seconds(), -1);
  EXPECT_EQ(duration.nanos(), -500'000'000);
}

TEST(TimesTest, ATimeCountsItsNanosecondsFromTheSecondBefore) {
  google::protobuf::Timestamp time;
  SetTime(absl::FromUnixMillis(1'700'000'000'250), &time);
  EXPECT_EQ(time.seconds(), 1'700'000'000);
  EXPECT_EQ(time.nanos(), 250'000'000);
  SetTime(absl::FromUnixMillis(-250), &time);
  EXPECT_EQ(time.seconds(), -1);
  EXPECT_EQ(time.nanos(), 750'000'000);
}

}  // namespace
}  // namespace gatewayd::api
