#include "events/counters.h"

#include <array>
#include <bit>
#include <cstdint>
#include <numeric>
#include <set>

#include "gtest/gtest.h"

namespace gatewayd::events {
namespace {

TEST(EventCountersTest, EachHasANameOfItsOwn) {
  std::array<std::uint64_t, sizeof(Counters) / sizeof(std::uint64_t)> numbers = {};
  std::iota(numbers.begin(), numbers.end(), 1);
  const auto counters = std::bit_cast<Counters>(numbers);
  std::set<std::uint64_t> values;
  for (const auto& [name, value] : counters.ByName())
    values.insert(value);
  EXPECT_EQ(values, std::set<std::uint64_t>(numbers.begin(), numbers.end()));
  EXPECT_EQ(counters.ByName().at("events_accepted"), counters.events_accepted);
  EXPECT_EQ(counters.ByName().at("watch_copies_lost"), counters.watch_copies_lost);
}

}  // namespace
}  // namespace gatewayd::events
