// The life of a Gateway in the daemon: its links, its commands, what people see.
#include "cluster/gateway_machine.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_harness.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kHead = wire::kFrameHeadSize;

// ---- Linking

TEST(GatewayMachineTest, NothingIsDialledBeforeARegisterListsIt) {
  GatewayHarness gateway;
  gateway.Wait(absl::Hours(1));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  EXPECT_FALSE(gateway.machine().listed());
  EXPECT_EQ(gateway.Send(Message(1, "x")), "UNAVAILABLE no-link");
}

TEST(GatewayMachineTest, AListedGatewayGetsItsCommandLinkAlone) {
  GatewayHarness gateway;
  gateway.List();
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 dial"));
  EXPECT_TRUE(gateway.machine().listed());
  EXPECT_EQ(gateway.machine().link_count(), 3u);
  gateway.Up(0);
  EXPECT_THAT(gateway.Actions(), IsEmpty());
}

TEST(GatewayMachineTest, NoCommandIsTakenBeforeTheFirstAnswer) {
  GatewayHarness gateway;
  gateway.List();
  EXPECT_EQ(gateway.Send(Message(1, "too early")), "UNAVAILABLE no-link");
  gateway.Connect(0);
  EXPECT_EQ(gateway.Send(Message(1, "still too early")), "UNAVAILABLE no-link");
  EXPECT_THAT(gateway.Sent(0), ElementsAre(kHello, "IS_ONLINE"));
  gateway.Answer(0, "i:0;");
  EXPECT_EQ(gateway.Send(Message(1, "now")), "OK");
  EXPECT_THAT(gateway.Sent(0), ElementsAre("SEND_TO_ONE #1 'now'"));
  EXPECT_EQ(gateway.Count("commands_accepted"), 1u);
}

TEST(GatewayMachineTest, LinkingIsToldWithTheGeneration) {
  GatewayHarness gateway;
  gateway.List();
  EXPECT_FALSE(gateway.machine().linked());
  EXPECT_EQ(gateway.machine().generation(), "");
  gateway.Up(0);
  EXPECT_TRUE(gateway.machine().linked());
  EXPECT_EQ(gateway.machine().generation(), "daemon-1");
  EXPECT_THAT(gateway.Changes(), ElementsAre("tried: ", "linked: linked, generation daemon-1"));
}

TEST(GatewayMachineTest, UnlinkingIsToldWithTheCause) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Close(0);
  EXPECT_FALSE(gateway.machine().linked());
  EXPECT_THAT(gateway.Changes(), ElementsAre("unlinked: link lost: closed by the peer"));
}

TEST(GatewayMachineTest, AWrongSecretIsNamedToCallersAndPeople) {
  GatewayHarness gateway;
  gateway.List();
  gateway.Connect(0);
  gateway.Close(0);
  EXPECT_THAT(gateway.machine().why_unlinked(),
              testing::AllOf(HasSubstr("backoff"), HasSubstr("wrong secret")));
  gateway.Confirm("a", Message(1, "x"), {.confirm_run = true});
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE no-link"));
  EXPECT_THAT(gateway.last_text(),
              testing::AllOf(HasSubstr("gateway 10.0.0.5:2900"), HasSubstr("wrong secret")));
  EXPECT_EQ(ErrorPayload(gateway.last_status(), kGatewayKey), "10.0.0.5:2900");
}

TEST(GatewayMachineTest, ItCountsAsTriedOnceConnectedRefusedOrTimedOut) {
  GatewayHarness connected;
  connected.List();
  connected.Connect(0);
  EXPECT_FALSE(connected.machine().tried());
  connected.Answer(0, "i:0;");
  EXPECT_TRUE(connected.machine().tried());

  GatewayHarness refused;
  refused.List();
  refused.Refuse(0);
  EXPECT_TRUE(refused.machine().tried());
  EXPECT_THAT(refused.Changes(), ElementsAre("tried: "));

  GatewayHarness silent;
  silent.List();
  silent.Wait(absl::Milliseconds(2999));
  EXPECT_FALSE(silent.machine().tried());
  silent.Wait(absl::Milliseconds(1));
  EXPECT_TRUE(silent.machine().tried());

  GatewayHarness mute;  // accepts and never answers
  mute.List();
  mute.Connect(0);
  mute.Wait(absl::Seconds(3));
  EXPECT_TRUE(mute.machine().tried());
  EXPECT_THAT(mute.Changes(), ElementsAre("tried: "));
}

TEST(GatewayMachineTest, ItIsToldOnceThatItWasTried) {
  GatewayHarness gateway;
  gateway.List();
  gateway.Refuse(0);
  gateway.Wait(absl::Seconds(1));
  gateway.Refuse(0);
  gateway.Wait(absl::Seconds(1));
  gateway.Up(0);
  EXPECT_THAT(gateway.Changes(), ElementsAre("tried: ", "linked: linked, generation daemon-1"));
}

// A whole cluster gone for a minute: near no work meanwhile, and it heals by itself.
TEST(GatewayMachineTest, AGatewayThatIsAwayIsTriedAtMostEveryFewSecondsAndFoundAgain) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Close(0);
  const absl::Time end = gateway.now() + absl::Minutes(10);
  int dials = 0;
  while (gateway.now() < end) {
    gateway.Wait(gateway.machine().NextTimer() - gateway.now());
    for (const std::string& action : gateway.Actions()) {
      if (action != "0 dial") continue;
      ++dials;
      gateway.Refuse(0);
    }
  }
  EXPECT_GT(dials, 100);
  EXPECT_LT(dials, 260);
  gateway.AwaitDial(0);
  gateway.Up(0);
  EXPECT_EQ(gateway.Send(Message(1, "x")), "OK");
}

// ---- Commands (promises 1, 5 and 9)

TEST(GatewayMachineTest, CommandsReachTheGatewayInTheOrderOfSend) {
  GatewayHarness gateway;
  gateway.Start();
  Texts expected;
  for (int i = 0; i < 100; ++i) {
    const std::string body = StrCat("message ", i);
    ASSERT_EQ(gateway.Send(Message(7, body)), "OK");
    expected.push_back(StrCat("SEND_TO_ONE #7 '", body, "'"));
    if (i % 7 == 0) gateway.Write(0, static_cast<std::size_t>(i));
  }
  EXPECT_EQ(gateway.Sent(0), expected);
}

TEST(GatewayMachineTest, CommandsQueriesAndConfirmationsShareOneOrder) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));
  gateway.AskOnline("a", 1);
  gateway.Confirm("b", Message(2, "x"), {.require_online = true, .confirm_run = true});
  gateway.Send(Message(3, "y"));
  EXPECT_THAT(gateway.Sent(0), ElementsAre("BIND_UID #1 [u]", "IS_ONLINE #1", "IS_ONLINE #2",
                                           "SEND_TO_ONE #2 'x'", "IS_ONLINE", "SEND_TO_ONE #3 'y'"));
}

TEST(GatewayMachineTest, EachFieldOfAFrameTravels) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send({.command = wire::Command::kSendToGroup, .flag = 3, .ext = "ext", .body = "body"});
  const std::string_view bytes = gateway.machine().link(0).outbound().Front();
  const wire::FrameSplit split = wire::SplitFrame(bytes, wire::kMaxFrameToGateway);
  EXPECT_EQ(split.frame,
            (wire::Frame{.command = wire::Command::kSendToGroup, .flag = 3, .ext = "ext", .body = "body"}));
}

TEST(GatewayMachineTest, AFrameAtTheLimitIsTakenAndOneByteMoreIsRefused) {
  GatewayHarness gateway;
  gateway.Start();
  const std::string body(wire::kMaxFrameToGateway - kHead + 1, 'x');
  EXPECT_EQ(gateway.Send(Message(1, body)), "RESOURCE_EXHAUSTED too-large");
  EXPECT_EQ(gateway.Send(Message(1, std::string_view(body).substr(1))), "OK");
  EXPECT_EQ(gateway.Count("commands_refused"), 1u);
  EXPECT_EQ(gateway.Count("commands_accepted"), 1u);
}

// One bad call hurts itself only.
TEST(GatewayMachineTest, WhatIsTooLargeHarmsNobodyElse) {
  GatewayHarness gateway;
  gateway.Start();
  const std::string body(wire::kMaxFrameToGateway, 'x');
  gateway.AskOnline("a");
  gateway.Confirm("b", Message(1, body), {.confirm_run = true});
  gateway.Ask("c", {.command = wire::Command::kGetClientIdByUid, .ext = body}, {});
  gateway.Ask("d", {.command = wire::Command::kSelect, .ext = body}, {.bounded_answer_size = 1000});
  EXPECT_THAT(gateway.Results(),
              ElementsAre("b: RESOURCE_EXHAUSTED too-large", "c: RESOURCE_EXHAUSTED too-large",
                          "d: RESOURCE_EXHAUSTED too-large"));
  EXPECT_THAT(gateway.last_text(), HasSubstr("10.0.0.5:2900"));
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE #1"));
  gateway.Answer(0, "i:1;");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: i:1;"));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
}

TEST(GatewayMachineTest, ASlowGatewayRefusesItsOwnCallersOnceItsBufferIsFull) {
  Options options = GatewayHarness::TestOptions();
  options.command_buffer = 10 * (kHead + 100);
  GatewayHarness gateway(options);
  gateway.Start();
  const std::string body(100, 'x');
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(gateway.Send(Message(1, body)), "OK");
  EXPECT_EQ(gateway.Send(Message(1, body)), "RESOURCE_EXHAUSTED buffer-full");
  EXPECT_EQ(gateway.Send(Message(1, "")), "RESOURCE_EXHAUSTED buffer-full");
  gateway.AskOnline("a");
  gateway.Confirm("b", Message(1, ""), {.confirm_run = true});
  EXPECT_THAT(gateway.Results(),
              ElementsAre("a: RESOURCE_EXHAUSTED buffer-full", "b: RESOURCE_EXHAUSTED buffer-full"));
  EXPECT_EQ(gateway.Count("commands_refused"), 3u);
  EXPECT_EQ(gateway.Count("queries_refused"), 1u);
  EXPECT_EQ(gateway.Count("commands_accepted"), 10u);

  gateway.Write(0, kHead + 100);
  EXPECT_EQ(gateway.Send(Message(1, body)), "OK");
  EXPECT_EQ(gateway.Send(Message(1, body)), "RESOURCE_EXHAUSTED buffer-full");
  EXPECT_EQ(gateway.machine().link(0).outbound().pending(), options.command_buffer);
}

TEST(GatewayMachineTest, RoomForTheConfirmationIsNeededTooSoThatNothingIsSentWithoutIt) {
  Options options = GatewayHarness::TestOptions();
  options.command_buffer = 4 * kHead;
  GatewayHarness gateway(options);
  gateway.Start();
  ASSERT_EQ(gateway.Send(Message(1, "")), "OK");
  gateway.Confirm("fits", Message(1, ""), {.require_online = true, .confirm_run = true});
  EXPECT_THAT(gateway.Results(), IsEmpty());
  EXPECT_EQ(gateway.Sent(0).size(), 4u);
  ASSERT_EQ(gateway.Send(Message(1, "")), "OK");
  gateway.Confirm("one byte too many", Message(1, "x"), {.confirm_run = true});
  EXPECT_THAT(gateway.Results(), ElementsAre("one byte too many: RESOURCE_EXHAUSTED buffer-full"));
  EXPECT_EQ(gateway.Sent(0).size(), 1u);
}

// ---- A lost link

TEST(GatewayMachineTest, WhatALostLinkHadNotSentIsCountedExactlyAndNeverReplayed) {
  GatewayHarness gateway;
  gateway.Start();
  for (const char* body : {"one", "two", "three", "four"})
    gateway.Send(Message(1, body));
  gateway.Write(0, 2 * (kHead + 3) + 1);  // one, two, and a byte of three
  gateway.Close(0);
  EXPECT_EQ(gateway.Count("commands_lost"), 2u);
  gateway.Redial(0);
  EXPECT_THAT(gateway.Sent(0), IsEmpty());
  EXPECT_EQ(gateway.Count("commands_lost"), 2u);
  EXPECT_EQ(gateway.Count("commands_accepted"), 4u);
}

TEST(GatewayMachineTest, CommandsAreRefusedWhileTheLinkIsAway) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Close(0);
  EXPECT_EQ(gateway.Send(Message(1, "x")), "UNAVAILABLE no-link");
  gateway.Wait(absl::Milliseconds(50));
  EXPECT_EQ(gateway.Send(Message(1, "x")), "UNAVAILABLE no-link");
  gateway.Connect(0);
  EXPECT_EQ(gateway.Send(Message(1, "x")), "UNAVAILABLE no-link");
  gateway.Answer(0, "i:0;");
  EXPECT_EQ(gateway.Send(Message(1, "x")), "OK");
  EXPECT_EQ(gateway.Count("commands_accepted"), 1u);
}

// So that a new link cannot overtake what the Gateway has still to read from the old one.
TEST(GatewayMachineTest, AnEndedLinkIsHalfClosedAndTheNextIsDialledOnlyAfterTheGatewayClosed) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Feed(0, "nobody asked for this");
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 half-close"));
  gateway.Wait(absl::Milliseconds(900));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  gateway.Close(0);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 close"));
  gateway.Wait(gateway.options().backoff_first);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 dial"));
  EXPECT_EQ(gateway.Count("close_wait_expired"), 0u);
}

TEST(GatewayMachineTest, AGatewayThatDoesNotCloseIsWaitedForOneSecondAndCounted) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Feed(0, "nobody asked for this");
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 half-close"));
  gateway.Wait(absl::Milliseconds(999));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  gateway.Wait(absl::Milliseconds(1));
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 close"));
  EXPECT_EQ(gateway.Count("close_wait_expired"), 1u);
  gateway.Wait(gateway.options().backoff_first);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 dial"));
}

// ---- What people see

TEST(GatewayMachineTest, TheViewsShowTheCommandLinkFirst) {
  GatewayHarness gateway;
  gateway.Start();
  const absl::Time wall = absl::FromUnixSeconds(2'000'000'000);
  const std::vector<LinkView> views = gateway.machine().Views(gateway.now(), wall);
  ASSERT_EQ(views.size(), 3u);
  EXPECT_EQ(views[0].kind, LinkKind::kCommand);
  EXPECT_EQ(views[0].state, LinkState::kReady);
  EXPECT_EQ(views[1].kind, LinkKind::kQuery);
  EXPECT_EQ(views[1].state, LinkState::kIdle);
  EXPECT_EQ(views[2].kind, LinkKind::kQuery);
}

TEST(GatewayMachineTest, TrafficIsThatOfAllLinksOfAKindAndOutlivesThem) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.AskAll("b");
  gateway.Up(1);
  gateway.Up(2);
  gateway.machine().link(1).CountSent(5);
  gateway.machine().link(2).CountReceived(7);
  const LinkTraffic queries = gateway.machine().Traffic(LinkKind::kQuery);
  EXPECT_EQ(queries.connects, 2u);
  EXPECT_EQ(queries.bytes_sent, 5u);
  EXPECT_EQ(queries.bytes_received, 7u);
  EXPECT_EQ(queries.queries_in_flight, 2u);
  EXPECT_EQ(gateway.machine().Traffic(LinkKind::kCommand).connects, 1u);
  EXPECT_EQ(gateway.machine().Traffic(LinkKind::kEvent).connects, 0u);
  gateway.Close(1);
  EXPECT_EQ(gateway.machine().Traffic(LinkKind::kQuery).bytes_sent, 5u);
}

TEST(GatewayMachineTest, CountersOfAllLinksAreOneSum) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.AskAll("b");
  gateway.Up(1);
  gateway.Up(2);
  EXPECT_EQ(gateway.Count("links_connected"), 3u);
  EXPECT_EQ(gateway.Count("queries_sent"), 5u);  // three probes and two queries
  gateway.Close(0);
  gateway.Close(1);
  gateway.Close(2);
  EXPECT_EQ(gateway.Count("links_lost"), 3u);
}

}  // namespace
}  // namespace gatewayd::cluster
