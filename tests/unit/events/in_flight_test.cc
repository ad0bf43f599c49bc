#include "events/in_flight.h"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Strings = InFlight<std::string>;

Strings Filled(std::uint64_t first, std::uint64_t last) {
  Strings in_flight;
  for (std::uint64_t id = first; id <= last; ++id)
    in_flight.Add(id, std::to_string(id));
  return in_flight;
}

std::vector<std::string> Range(Strings& in_flight, std::uint64_t first, std::uint64_t last) {
  std::vector<std::string> taken;
  const std::size_t count =
      in_flight.TakeRange(first, last, [&](std::string&& item) { taken.push_back(std::move(item)); });
  EXPECT_EQ(count, taken.size());
  return taken;
}

TEST(InFlightTest, IsEmptyAtFirst) {
  Strings in_flight;
  std::string item;
  EXPECT_TRUE(in_flight.empty());
  EXPECT_EQ(in_flight.size(), 0u);
  EXPECT_FALSE(in_flight.Take(1, &item));
  EXPECT_EQ(in_flight.Get(1), nullptr);
  EXPECT_THAT(Range(in_flight, 0, ~std::uint64_t{0}), IsEmpty());
  EXPECT_THAT(in_flight.TakeAll(), IsEmpty());
}

TEST(InFlightTest, TakesOneOnce) {
  Strings in_flight = Filled(1, 3);
  std::string item;
  EXPECT_TRUE(in_flight.Take(2, &item));
  EXPECT_EQ(item, "2");
  EXPECT_FALSE(in_flight.Take(2, &item));
  EXPECT_EQ(in_flight.Get(2), nullptr);
  EXPECT_EQ(in_flight.size(), 2u);
  EXPECT_EQ(in_flight.front(), "1");
}

TEST(InFlightTest, KnowsNoIdsThatWereNotAdded) {
  Strings in_flight = Filled(5, 7);
  std::string item;
  for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{8}, ~std::uint64_t{0}}) {
    EXPECT_FALSE(in_flight.Take(id, &item)) << id;
    EXPECT_EQ(in_flight.Get(id), nullptr) << id;
  }
  EXPECT_EQ(in_flight.size(), 3u);
}

TEST(InFlightTest, TheFrontIsTheOldestThatIsLeft) {
  Strings in_flight = Filled(1, 4);
  std::string item;
  in_flight.Take(2, &item);
  in_flight.Take(1, &item);
  EXPECT_EQ(in_flight.front(), "3");
}

TEST(InFlightTest, TakesARangeInOrderWithoutWhatIsGone) {
  Strings in_flight = Filled(1, 6);
  std::string item;
  in_flight.Take(3, &item);
  EXPECT_THAT(Range(in_flight, 2, 5), ElementsAre("2", "4", "5"));
  EXPECT_THAT(Range(in_flight, 2, 5), IsEmpty());
  EXPECT_EQ(*in_flight.Get(1), "1");
  EXPECT_EQ(*in_flight.Get(6), "6");
  EXPECT_EQ(in_flight.size(), 2u);
}

TEST(InFlightTest, ARangeMayReachPastBothEnds) {
  Strings in_flight = Filled(10, 12);
  EXPECT_THAT(Range(in_flight, 0, 11), ElementsAre("10", "11"));
  EXPECT_THAT(Range(in_flight, 12, ~std::uint64_t{0}), ElementsAre("12"));
  EXPECT_TRUE(in_flight.empty());
}

TEST(InFlightTest, TakesAllInOrder) {
  Strings in_flight = Filled(1, 4);
  std::string item;
  in_flight.Take(2, &item);
  EXPECT_THAT(in_flight.TakeAll(), ElementsAre("1", "3", "4"));
  EXPECT_TRUE(in_flight.empty());
  in_flight.Add(5, "5");
  EXPECT_EQ(in_flight.front(), "5");
}

TEST(InFlightTest, OneThatStaysKeepsNoPlacesOfOthers) {
  Strings in_flight;
  std::string item;
  in_flight.Add(1, "1");
  for (std::uint64_t id = 2; id < 100'000; ++id) {
    in_flight.Add(id, "x");
    ASSERT_TRUE(in_flight.Take(id, &item));
    ASSERT_LE(in_flight.slots(), 64u);
  }
  EXPECT_EQ(*in_flight.Get(1), "1");
}

TEST(InFlightTest, WhatIsTakenIsLetGoAtOnce) {
  InFlight<std::shared_ptr<int>> in_flight;
  const auto first = std::make_shared<int>(1);
  const auto second = std::make_shared<int>(2);
  in_flight.Add(1, first);
  in_flight.Add(2, second);
  in_flight.TakeRange(2, 2, [](std::shared_ptr<int>&&) {});
  EXPECT_EQ(second.use_count(), 1);
  EXPECT_EQ(first.use_count(), 2);
}

TEST(InFlightTest, DoesWhatAMapDoes) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    Strings in_flight;
    std::map<std::uint64_t, std::string> map;
    std::uint64_t next = 1;
    for (int step = 0; step < 2000; ++step) {
      const std::uint64_t id = next > 200 ? next - random() % 200 : random() % (next + 2);
      switch (random() % 4) {
        case 0:
        case 1:
          next += random() % 3;
          in_flight.Add(next, std::to_string(next));
          map[next] = std::to_string(next);
          ++next;
          break;
        case 2: {
          std::string item;
          ASSERT_EQ(in_flight.Take(id, &item), map.erase(id) == 1) << "seed " << seed;
          break;
        }
        default: {
          const std::uint64_t last = id + random() % 20;
          std::vector<std::string> expected;
          for (auto at = map.lower_bound(id); at != map.end() && at->first <= last; at = map.erase(at))
            expected.push_back(at->second);
          ASSERT_EQ(Range(in_flight, id, last), expected) << "seed " << seed;
        }
      }
      ASSERT_EQ(in_flight.size(), map.size()) << "seed " << seed;
      if (!map.empty()) {
        ASSERT_EQ(in_flight.front(), map.begin()->second) << "seed " << seed;
      }
      ASSERT_LE(in_flight.slots(), 64 + 4 * map.size()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace gatewayd::events
