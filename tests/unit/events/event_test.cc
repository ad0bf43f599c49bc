#include "events/event.h"

#include <string>

#include "gtest/gtest.h"
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

wire::Frame EventFrame(wire::Command command) {
  wire::Frame frame;
  frame.command = command;
  frame.local_ip = 0x0a000001;
  frame.local_port = 2900;
  frame.client_ip = 0x7f000001;
  frame.client_port = 40'000;
  frame.connection_id = 7;
  frame.gateway_port = 8282;
  frame.ext = "a:0:{}";
  frame.body = std::string_view("bo\0dy", 5);
  return frame;
}

TEST(EventTest, HasWhatTheFrameSays) {
  const wire::Frame frame = EventFrame(wire::Command::kOnMessage);
  const EventPtr event = Event::FromFrame(RunOf(1), frame, StartTime());
  EXPECT_EQ(event->kind(), EventKind::kMessage);
  EXPECT_EQ(event->head().run, RunOf(1));
  EXPECT_EQ(event->head().client, (wire::ClientId{{0x0a000001, 2900}, 7}));
  EXPECT_EQ(event->head().client_ip, 0x7f000001u);
  EXPECT_EQ(event->head().client_port, 40'000);
  EXPECT_EQ(event->head().gateway_port, 8282);
  EXPECT_EQ(event->head().read, StartTime());
  EXPECT_EQ(event->session(), "a:0:{}");
  EXPECT_EQ(event->body(), std::string_view("bo\0dy", 5));
}

TEST(EventTest, KnowsTheKindOfEachCommand) {
  const auto kind = [](wire::Command command) {
    return Event::FromFrame(RunOf(1), EventFrame(command), StartTime())->kind();
  };
  EXPECT_EQ(kind(wire::Command::kOnConnect), EventKind::kConnect);
  EXPECT_EQ(kind(wire::Command::kOnWebSocketConnect), EventKind::kWebSocketConnect);
  EXPECT_EQ(kind(wire::Command::kOnMessage), EventKind::kMessage);
  EXPECT_EQ(kind(wire::Command::kOnClose), EventKind::kClose);
}

TEST(EventTest, TellsItsSizeBeforeItIsMade) {
  const wire::Frame frame = EventFrame(wire::Command::kOnMessage);
  EXPECT_EQ(Event::SizeOf(frame), Event::FromFrame(RunOf(1), frame, StartTime())->size());
  EXPECT_GE(Event::SizeOf(frame), sizeof(Event) + 11);
}

TEST(EventTest, OwnsItsBytes) {
  std::string session(100, 's');
  std::string body(1000, 'b');
  const EventPtr event = Event::Make({.run = RunOf(1)}, session, body);
  session.assign(100, 'x');
  body.assign(1000, 'x');
  EXPECT_EQ(event->session(), std::string(100, 's'));
  EXPECT_EQ(event->body(), std::string(1000, 'b'));
}

TEST(EventTest, MayBeWithoutBytes) {
  const EventPtr event = Event::Make({.run = RunOf(1)}, {}, {});
  EXPECT_EQ(event->session(), "");
  EXPECT_EQ(event->body(), "");
  EXPECT_EQ(event->size(), sizeof(Event));
}

TEST(EventTest, LetsItsRunGoWithTheLastPointer) {
  auto run = std::make_shared<const cluster::GatewayRun>();
  EventPtr event = Event::Make({.run = run}, {}, "x");
  EventPtr other = event;
  event.reset();
  EXPECT_EQ(run.use_count(), 2);
  other.reset();
  EXPECT_EQ(run.use_count(), 1);
}

TEST(EventTest, NamesItsKinds) {
  EXPECT_EQ(ToString(EventKind::kConnect), "CONNECT");
  EXPECT_EQ(ToString(EventKind::kWebSocketConnect), "WEBSOCKET_CONNECT");
  EXPECT_EQ(ToString(EventKind::kMessage), "MESSAGE");
  EXPECT_EQ(ToString(EventKind::kClose), "CLOSE");
  EXPECT_EQ(ToString(EventKind::kGatewayLost), "GATEWAY_LOST");
  EXPECT_EQ(ToString(static_cast<EventKind>(99)), "UNKNOWN");
}

TEST(EventTest, KindsAreASet) {
  EventKinds kinds;
  EXPECT_TRUE(kinds.empty());
  kinds.Add(EventKind::kMessage);
  EXPECT_FALSE(kinds.empty());
  EXPECT_TRUE(kinds.Has(EventKind::kMessage));
  EXPECT_FALSE(kinds.Has(EventKind::kClose));
  for (std::uint8_t kind = 1; kind <= 5; ++kind)
    EXPECT_TRUE(EventKinds::All().Has(static_cast<EventKind>(kind))) << int{kind};
}

}  // namespace
}  // namespace gatewayd::events
