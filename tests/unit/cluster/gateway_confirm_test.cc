// Commands whose callers wait: require_online, confirm, and both. OK, NOT_FOUND, or the truth about what is
// not known.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_harness.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr CommandOptions kOnline = {.require_online = true};
constexpr CommandOptions kRun = {.confirm_run = true};
constexpr CommandOptions kBoth = {.require_online = true, .confirm_run = true};

TEST(GatewayConfirmTest, WithoutOptionsItIsASend) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(1, "x"), {});
  EXPECT_THAT(gateway.Results(), ElementsAre("a: OK"));
  EXPECT_THAT(gateway.Sent(0), ElementsAre("SEND_TO_ONE #1 'x'"));
  gateway.Close(0);
  gateway.Confirm("b", Message(1, "x"), {});
  EXPECT_THAT(gateway.Results(), ElementsAre("b: UNAVAILABLE no-link"));
}

// Back to back in one write: nothing may get between the check and the command.
TEST(GatewayConfirmTest, RequireOnlineAsksDirectlyBeforeTheCommandInOneWrite) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), kOnline);
  const std::size_t size = 2 * wire::kFrameHeadSize + 1;
  EXPECT_EQ(gateway.machine().link(0).outbound().Front().size(), size);
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE #7", "SEND_TO_ONE #7 'x'"));
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Answer(0, "i:1;");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: OK"));
}

TEST(GatewayConfirmTest, RequireOnlineOfAClientThatIsGoneIsNotFound) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), kOnline);
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: NOT_FOUND offline"));
  EXPECT_THAT(gateway.last_text(), HasSubstr("10.0.0.5:2900"));
}

TEST(GatewayConfirmTest, ConfirmAsksDirectlyBehindTheCommand) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), kRun);
  EXPECT_THAT(gateway.Sent(0), ElementsAre("SEND_TO_ONE #7 'x'", "IS_ONLINE"));
  gateway.Answer(0, "i:0;");  // of connection 0: nobody has that id, and nobody cares
  EXPECT_THAT(gateway.Results(), ElementsAre("a: OK"));
}

TEST(GatewayConfirmTest, BothAskBeforeAndBehindAndAnswerOnce) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), kBoth);
  EXPECT_THAT(gateway.Sent(0), ElementsAre("IS_ONLINE #7", "SEND_TO_ONE #7 'x'", "IS_ONLINE"));
  gateway.Answer(0, "i:1;");
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: OK"));
}

TEST(GatewayConfirmTest, BothOfAClientThatIsGoneIsNotFoundOnceTheCommandHasRun) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), kBoth);
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: NOT_FOUND offline"));
}

TEST(GatewayConfirmTest, ManyAreAnsweredEachWithItsOwn) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(1, "x"), kBoth);
  gateway.AskOnline("b", 2);
  gateway.Confirm("c", Message(3, "x"), kOnline);
  gateway.Confirm("d", Message(4, "x"), kRun);
  gateway.Confirm("e", Message(5, "x"), kBoth);
  for (const char* answer : {"i:0;", "i:0;", "i:1;", "i:1;", "i:0;", "i:1;", "i:0;"})
    gateway.Answer(0, answer);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: NOT_FOUND offline", "b: i:1;", "c: OK", "d: OK", "e: OK"));
  EXPECT_TRUE(gateway.machine().link(0).answers().empty());
}

// ---- What is not known is said to be unknown

TEST(GatewayConfirmTest, ALinkLostAfterTheWriteLeavesItUnknown) {
  for (const CommandOptions& options : {kOnline, kRun, kBoth}) {
    GatewayHarness gateway;
    gateway.Start();
    gateway.Confirm("a", Message(7, "x"), options);
    gateway.Sent(0);
    gateway.Close(0);
    EXPECT_THAT(gateway.Results(), ElementsAre("a: DEADLINE_EXCEEDED link-lost"));
    EXPECT_THAT(gateway.last_text(), HasSubstr("unknown whether it ran"));
    EXPECT_EQ(gateway.Count("commands_lost"), 0u);
  }
}

TEST(GatewayConfirmTest, ALinkLostBeforeTheWriteIsSafeToRetry) {
  for (const CommandOptions& options : {kOnline, kRun, kBoth}) {
    GatewayHarness gateway;
    gateway.Start();
    gateway.Confirm("a", Message(7, "x"), options);
    gateway.Close(0);
    EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE link-lost"));
    EXPECT_THAT(gateway.last_text(), HasSubstr("nothing was sent"));
    EXPECT_EQ(gateway.Count("commands_lost"), 1u);
  }
}

// The border lies at the first byte: with one byte out, a Gateway may have the rest of the write.
TEST(GatewayConfirmTest, OneByteOfTheWriteMakesTheDifference) {
  for (const CommandOptions& options : {kOnline, kRun, kBoth}) {
    GatewayHarness gateway;
    gateway.Start();
    gateway.Send(Message(1, "before"));
    const std::size_t before = wire::kFrameHeadSize + 6;
    gateway.Confirm("a", Message(7, "x"), options);
    gateway.Confirm("b", Message(8, "x"), options);
    gateway.Write(0, before + 1);
    gateway.Close(0);
    EXPECT_THAT(gateway.Results(), ElementsAre("a: DEADLINE_EXCEEDED link-lost", "b: UNAVAILABLE link-lost"));

    GatewayHarness untouched;
    untouched.Start();
    untouched.Send(Message(1, "before"));
    untouched.Confirm("a", Message(7, "x"), options);
    untouched.Write(0, before);
    untouched.Close(0);
    EXPECT_THAT(untouched.Results(), ElementsAre("a: UNAVAILABLE link-lost"));
  }
}

TEST(GatewayConfirmTest, ALossBetweenTheTwoAnswersLeavesItUnknown) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), kBoth);
  gateway.Sent(0);
  gateway.Answer(0, "i:1;");
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: DEADLINE_EXCEEDED link-lost"));
}

TEST(GatewayConfirmTest, ASilentGatewayLeavesItUnknown) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), kRun);
  gateway.Sent(0);
  gateway.Wait(absl::Seconds(5));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: DEADLINE_EXCEEDED timeout"));
}

TEST(GatewayConfirmTest, AFrozenGatewayThatTookNothingLeavesNothingUnknown) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskOnline("a");
  gateway.Sent(0);
  gateway.Confirm("b", Message(7, "x"), kBoth);
  gateway.Wait(absl::Seconds(5));
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE timeout", "b: UNAVAILABLE timeout"));
}

TEST(GatewayConfirmTest, NonsenseInFrontLosesTheLinkOfTheOthers) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), kRun);
  gateway.Confirm("b", Message(8, "x"), kRun);
  gateway.Sent(0);
  gateway.Answer(0, "i:5;");
  EXPECT_THAT(gateway.Results(),
              ElementsAre("a: DEADLINE_EXCEEDED bad-answer", "b: DEADLINE_EXCEEDED link-lost"));
}

// ---- Before the write

TEST(GatewayConfirmTest, WithoutALinkNothingIsSent) {
  for (const CommandOptions& options : {kOnline, kRun, kBoth}) {
    GatewayHarness gateway;
    gateway.Confirm("a", Message(7, "x"), options);
    EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE no-link"));
    EXPECT_EQ(gateway.Count("commands_accepted"), 0u);
  }
}

TEST(GatewayConfirmTest, AGenerationIsCheckedFirst) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Confirm("a", Message(7, "x"), {.generation = "daemon-9", .require_online = true});
  gateway.Confirm("b", Message(7, "x"), {.generation = "other-1", .confirm_run = true});
  gateway.Confirm("c", Message(7, "x"), {.generation = "daemon-1", .confirm_run = true});
  EXPECT_THAT(gateway.Results(),
              ElementsAre("a: NOT_FOUND generation-over", "b: FAILED_PRECONDITION other-daemon"));
  EXPECT_EQ(gateway.Sent(0).size(), 2u);
}

// A Gateway that reads and does not answer must not be owed answers without end: what it cannot send it
// drops, and the row costs memory here.
TEST(GatewayConfirmTest, AnswersDueToConfirmationsAreBoundedToo) {
  Options options = GatewayHarness::TestOptions();
  options.max_in_flight_answers = 3 * kIsOnlineAnswerSize;
  GatewayHarness gateway(options);
  gateway.Start();
  gateway.Confirm("a", Message(1, "x"), kBoth);
  gateway.Confirm("b", Message(1, "x"), kBoth);
  EXPECT_THAT(gateway.Results(), ElementsAre("b: RESOURCE_EXHAUSTED buffer-full"));
  gateway.Confirm("c", Message(1, "x"), kRun);
  EXPECT_THAT(gateway.Results(), IsEmpty());
  gateway.Confirm("d", Message(1, "x"), kOnline);
  EXPECT_THAT(gateway.Results(), ElementsAre("d: RESOURCE_EXHAUSTED buffer-full"));
  EXPECT_EQ(gateway.Count("commands_refused"), 2u);
  EXPECT_EQ(gateway.Sent(0).size(), 5u);
  EXPECT_EQ(gateway.Send(Message(1, "x")), "OK");
  gateway.Answer(0, "i:1;");
  gateway.Confirm("e", Message(1, "x"), kOnline);
  EXPECT_THAT(gateway.Results(), IsEmpty());
}

TEST(GatewayConfirmTest, ACallerThatIsGoneKeepsHisPlaceAndTheNextGetsHisOwn) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.machine().SendConfirmed(Message(1, "x"), kBoth, OnDone(), gateway.now());
  gateway.AskOnline("b", 2);
  gateway.Answer(0, "i:0;");
  gateway.Answer(0, "i:0;");
  gateway.Answer(0, "i:1;");
  EXPECT_THAT(gateway.Results(), ElementsAre("b: i:1;"));
}

// A callback may call the machine again: a handler that answers by the next command.
TEST(GatewayConfirmTest, ACallbackMayCallAgain) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.machine().SendConfirmed(
      Message(1, "first"), kRun,
      [&](absl::Status status) {
        EXPECT_TRUE(status.ok());
        gateway.Confirm("second", Message(1, "second"), kRun);
      },
      gateway.now());
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Sent(0),
              ElementsAre("SEND_TO_ONE #1 'first'", "IS_ONLINE", "SEND_TO_ONE #1 'second'", "IS_ONLINE"));
  gateway.Answer(0, "i:0;");
  EXPECT_THAT(gateway.Results(), ElementsAre("second: OK"));
}

}  // namespace
}  // namespace gatewayd::cluster
