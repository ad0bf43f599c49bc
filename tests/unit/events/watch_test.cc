#include "events/watch.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A Watch that counts its calls.
struct Watched {
  explicit Watched(WatchFilter filter = {}) : watch(std::move(filter), [this] { ++calls; }) {}

  Texts Take(std::size_t max_bytes = 1 << 20) {
    Texts texts;
    for (const EventPtr& event : watch.Take(max_bytes, &lost))
      texts.push_back(Describe(Delivery{.event = event}));
    return texts;
  }

  int calls = 0;
  std::uint64_t lost = 0;
  Watch watch;
};

EventPtr GatewayLost() {
  return Event::Make({.kind = EventKind::kGatewayLost, .run = RunOf(1)}, {}, {});
}

TEST(WatchTest, ShowsCopiesInOrder) {
  Watched watched;
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(1, "a")));
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(2, "b")));
  EXPECT_TRUE(watched.watch.Offer(GatewayLost()));
  EXPECT_THAT(watched.Take(), ElementsAre("#1 a", "#2 b", "GATEWAY_LOST generation-1"));
  EXPECT_THAT(watched.Take(), IsEmpty());
  EXPECT_EQ(watched.lost, 0u);
}

TEST(WatchTest, CallsWhenTheRowIsNoLongerEmpty) {
  Watched watched;
  watched.watch.Offer(MakeEvent(1, "a"));
  watched.watch.Offer(MakeEvent(1, "b"));
  EXPECT_EQ(watched.calls, 1);
  watched.Take();
  EXPECT_EQ(watched.calls, 1);
  watched.watch.Offer(MakeEvent(1, "c"));
  EXPECT_EQ(watched.calls, 2);
}

TEST(WatchTest, MayTakeWithinTheCall) {
  std::vector<EventPtr> taken;
  std::uint64_t lost = 0;
  Watch* self = nullptr;
  Watch watch({}, [&] { taken = self->Take(1 << 20, &lost); });
  self = &watch;
  watch.Offer(MakeEvent(1, "a"));
  EXPECT_EQ(taken.size(), 1u);
}

TEST(WatchTest, FiltersByKind) {
  WatchFilter filter;
  filter.kinds.Add(EventKind::kClose);
  Watched watched(filter);
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(1, "a")));
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(1, {}, {.kind = EventKind::kClose})));
  EXPECT_TRUE(watched.watch.Offer(GatewayLost()));
  EXPECT_THAT(watched.Take(), ElementsAre("#1 CLOSE"));
  EXPECT_EQ(watched.lost, 0u) << "what it does not want it does not miss";
}

TEST(WatchTest, FiltersByClient) {
  Watched watched(WatchFilter{.kinds = {}, .clients = {ClientIdOf(2)}, .gateway_ports = {}});
  watched.watch.Offer(MakeEvent(1, "a"));
  watched.watch.Offer(MakeEvent(2, "b"));
  watched.watch.Offer(MakeEvent(2, "other Gateway", {.run = 2}));
  watched.watch.Offer(GatewayLost());
  EXPECT_THAT(watched.Take(), ElementsAre("#2 b"));
}

TEST(WatchTest, FiltersByGatewayPort) {
  Watched watched(WatchFilter{.kinds = {}, .clients = {}, .gateway_ports = {8283}});
  watched.watch.Offer(MakeEvent(1, "a"));
  watched.watch.Offer(MakeEvent(2, "b", {.port = 8283}));
  watched.watch.Offer(GatewayLost());
  EXPECT_THAT(watched.Take(), ElementsAre("#2 b"));
}

TEST(WatchTest, LosesWhatIsOverItsCountAndSaysHowMany) {
  Watched watched;
  for (std::size_t i = 0; i < Watch::kMaxEvents; ++i)
    ASSERT_TRUE(watched.watch.Offer(MakeEvent(1, "a")));
  EXPECT_FALSE(watched.watch.Offer(MakeEvent(1, "b")));
  EXPECT_FALSE(watched.watch.Offer(MakeEvent(1, "c")));
  EXPECT_EQ(watched.Take().size(), Watch::kMaxEvents);
  EXPECT_EQ(watched.lost, 2u);
  watched.Take();
  EXPECT_EQ(watched.lost, 0u) << "said once";
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(1, "d")));
}

TEST(WatchTest, LosesWhatIsOverItsBytes) {
  Watched watched;
  const std::string half(Watch::kMaxBytes / 2, 'x');
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(1, half)));
  EXPECT_FALSE(watched.watch.Offer(MakeEvent(1, half)));
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(1, "small")));
  watched.Take(Watch::kMaxBytes * 2);
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(1, half))) << "its room is free again";
}

TEST(WatchTest, OneEventAlwaysFits) {
  Watched watched;
  EXPECT_TRUE(watched.watch.Offer(MakeEvent(1, std::string(2 * Watch::kMaxBytes, 'x'))));
  EXPECT_FALSE(watched.watch.Offer(MakeEvent(1, "b")));
  EXPECT_EQ(watched.Take(1).size(), 1u);
}

TEST(WatchTest, TakesUpToSoManyBytes) {
  Watched watched;
  for (const char* body : {"a", "b", "c"})
    watched.watch.Offer(MakeEvent(1, body));
  const std::size_t size = MakeEvent(1, "a")->size();
  EXPECT_THAT(watched.Take(2 * size), ElementsAre("#1 a", "#1 b"));
  EXPECT_THAT(watched.Take(1), ElementsAre("#1 c"));
}

TEST(WatchTest, ClosingCallsOnceMore) {
  Watched watched;
  EXPECT_FALSE(watched.watch.closed());
  watched.watch.Close();
  EXPECT_TRUE(watched.watch.closed());
  EXPECT_EQ(watched.calls, 1);
}

TEST(WatchTest, MayBeOfferedToAndTakenFromByTwoThreads) {
  constexpr std::uint64_t kOffered = 20'000;
  Watched watched;
  std::uint64_t refused = 0;
  std::thread offering([&] {
    for (std::uint64_t i = 0; i < kOffered; ++i)
      refused += watched.watch.Offer(MakeEvent(1, "a")) ? 0 : 1;
  });
  std::uint64_t seen = 0;
  std::uint64_t lost = 0;
  while (seen + lost < kOffered) {
    std::uint64_t just_lost = 0;
    seen += watched.watch.Take(4096, &just_lost).size();
    lost += just_lost;
  }
  offering.join();
  EXPECT_EQ(lost, refused);
}

}  // namespace
}  // namespace gatewayd::events
