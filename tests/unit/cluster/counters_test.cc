#include "cluster/counters.h"

#include <cstring>
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::cluster {
namespace {

// Each field another number, whatever their names: the struct holds nothing but counters.
Counters Numbered() {
  Counters counters;
  std::uint64_t numbers[sizeof(Counters) / sizeof(std::uint64_t)];
  for (std::size_t i = 0; i < std::size(numbers); ++i)
    numbers[i] = i + 1;
  std::memcpy(static_cast<void*>(&counters), numbers, sizeof(counters));
  return counters;
}

TEST(CountersTest, EachCounterIsShownUnderItsOwnName) {
  const std::map<std::string, std::uint64_t> expected = {
      {"commands_accepted", 1},
      {"commands_lost", 2},
      {"queries_sent", 3},
      {"queries_refused", 4},
      {"commands_refused", 5},
      {"links_connected", 6},
      {"links_lost", 7},
      {"link_attempts_failed", 8},
      {"query_timeouts", 9},
      {"bad_answers", 10},
      {"barrier_timeouts", 11},
      {"close_wait_expired", 12},
      {"unknown_effects", 13},
      {"answers_too_large", 14},
      {"events_read", 15},
      {"events_too_large", 16},
      {"event_reads_paused", 17},
      {"event_links_lost", 18},
      {"event_link_probes_failed", 19},
      {"event_leaves", 20},
      {"event_leaves_forced", 21},
      {"runs_over", 22},
      {"runs_unproven", 23},
      {"links_stalled", 24},
      {"stalled_links_lost", 25},
      {"clients_destroyed", 26},
      {"gateways_refused", 27},
      {"register_bad_lines", 28},
      {"register_connects", 29},
      {"membership_changes", 30},
  };
  EXPECT_EQ(Numbered().ByName(), expected);
}

TEST(CountersTest, AddSumsEveryCounter) {
  Counters sum = Numbered();
  sum.Add(Numbered());
  sum.Add(Counters{});
  for (const auto& [name, value] : Numbered().ByName()) {
    EXPECT_EQ(sum.ByName()[name], 2 * value) << name;
  }
}

TEST(CountersTest, AllStartAtZeroAndAreShownAllTheSame) {
  for (const auto& [name, value] : Counters{}.ByName())
    EXPECT_EQ(value, 0u) << name;
  EXPECT_EQ(Counters{}.ByName().size(), sizeof(Counters) / sizeof(std::uint64_t));
}

}  // namespace
}  // namespace gatewayd::cluster
