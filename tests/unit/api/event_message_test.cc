#include "api/event_message.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace gatewayd::api {
namespace {

using events::Delivery;
using events::Event;
using events::EventKind;
using google::protobuf::util::MessageDifferencer;

Event::Head Head(EventKind kind) {
  static const auto run = std::make_shared<cluster::GatewayRun>(
      cluster::GatewayRun{.number = 1, .generation = "a-1", .gateway = "127.0.0.1:2900"});
  return {.kind = kind,
          .run = run,
          .client = {{0x7f000001, 2900}, 7},
          .client_ip = 0x0a000001,
          .client_port = 40'000,
          .gateway_port = 7272,
          .read = absl::FromUnixSeconds(1'800'000'000)};
}

struct Case {
  const char* name;
  Delivery delivery;
  SessionForm form = SessionForm::kDecoded;
};

void PrintTo(const Case& test_case, std::ostream* out) {
  *out << test_case.name;
}

// One of each kind of thing that a message to a worker can hold.
std::vector<Case> Cases() {
  const std::string session = "a:1:{s:4:\"name\";s:3:\"Ada\";}";
  const std::string handshake = "a:1:{s:3:\"get\";a:1:{s:1:\"a\";s:1:\"b\";}}";
  Event::Head without_address = Head(EventKind::kMessage);
  without_address.client_ip = 0;
  Delivery again{.id = 4, .event = Event::Make(Head(EventKind::kMessage), {}, "again"), .attempt = 2};
  Delivery fresh{.id = 5, .event = Event::Make(Head(EventKind::kMessage), session, "fresh")};
  fresh.session = std::make_shared<std::string>("a:1:{s:3:\"age\";i:36;}");
  fresh.session_stale = true;
  return {
      {"message", {.id = 1, .event = Event::Make(Head(EventKind::kMessage), {}, "hello")}},
      {"with session", {.id = 2, .event = Event::Make(Head(EventKind::kMessage), session, "hello")}},
      {"raw",
       {.id = 2, .event = Event::Make(Head(EventKind::kMessage), session, "hello")},
       SessionForm::kRaw},
      {"no session",
       {.id = 2, .event = Event::Make(Head(EventKind::kMessage), session, "")},
       SessionForm::kNone},
      {"ipv6", {.id = 3, .event = Event::Make(without_address, {}, "hello")}},
      {"again", again},
      {"fresh", fresh},
      {"connect", {.id = 6, .event = Event::Make(Head(EventKind::kConnect), {}, {})}},
      {"handshake", {.id = 7, .event = Event::Make(Head(EventKind::kWebSocketConnect), session, handshake)}},
      {"close", {.id = 8, .event = Event::Make(Head(EventKind::kClose), session, {})}},
      {"lost", {.id = 9, .event = Event::Make(Head(EventKind::kGatewayLost), {}, {})}},
  };
}

pb::Event Filled(const Case& of) {
  pb::Event event;
  FillEvent(wire::PhpDialect(), of.delivery, of.form, &event);
  return event;
}

class EventMessages : public testing::TestWithParam<Case> {};

// A stream fills the same messages again and again: nothing of the former event may stay in them.
TEST_P(EventMessages, AreTheSameWhateverTheMessageHeldBefore) {
  for (const Case& former : Cases()) {
    SCOPED_TRACE(former.name);
    pb::Event event = Filled(former);
    event.set_body_omitted(5);  // as ShrinkToFit leaves it
    FillEvent(wire::PhpDialect(), GetParam().delivery, GetParam().form, &event);
    EXPECT_TRUE(MessageDifferencer::Equals(event, Filled(GetParam())))
        << event.DebugString() << "instead of\n"
        << Filled(GetParam()).DebugString();
  }
}

INSTANTIATE_TEST_SUITE_P(Each, EventMessages, testing::ValuesIn(Cases()));

TEST(EventMessages, SayAllOfAMessage) {
  const pb::Event event = Filled(Cases()[1]);
  EXPECT_EQ(event.id(), 2u);
  EXPECT_EQ(event.kind(), pb::EVENT_KIND_MESSAGE);
  EXPECT_EQ(event.client_id(), "7f0000010b5400000007");
  EXPECT_EQ(event.generation(), "a-1");
  EXPECT_EQ(event.body(), "hello");
  EXPECT_EQ(event.session().value().fields().at("name").string_value(), "Ada");
  EXPECT_EQ(event.client_ip(), "10.0.0.1");
  EXPECT_EQ(event.client_port(), 40'000u);
  EXPECT_EQ(event.gateway_port(), 7272u);
  EXPECT_EQ(event.time_read().seconds(), 1'800'000'000);
  EXPECT_EQ(event.attempt(), 1u);
  EXPECT_FALSE(event.redelivered());
}

}  // namespace
}  // namespace gatewayd::api
