#include "admin/readiness.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::admin {
namespace {

using cluster::LinkState;
using testing::ElementsAre;
using testing::IsEmpty;

HealthFacts Facts() {
  HealthFacts facts;
  facts.cluster.registers = {{.address = "r:1", .state = LinkState::kReady, .answered = true}};
  facts.cluster.gateways = {{.address = "g:1", .tried = true}, {.address = "g:2", .tried = true}};
  return facts;
}

TEST(ReadinessTest, IsReadyExactlyWhereGrpcSaysServing) {
  HealthFacts facts = Facts();
  for (const bool serving : {false, true}) {
    for (const bool draining : {false, true}) {
      for (const bool degraded : {false, true}) {
        facts.serving = serving;
        facts.draining = draining;
        facts.cluster.degraded.assign(degraded ? 1 : 0, "something");
        const Readiness readiness = ReadinessOf(facts);
        EXPECT_EQ(readiness.ready(), serving);
        EXPECT_EQ(readiness.reasons.empty(), serving) << "why not is always said";
      }
    }
  }
}

TEST(ReadinessTest, StartingNamesTheRegistersThatHaveNotAnswered) {
  HealthFacts facts = Facts();
  facts.cluster.registers = {{.address = "r:1", .state = LinkState::kBackoff, .last_error = "wrong secret?"},
                             {.address = "r:2", .state = LinkState::kConnecting}};
  EXPECT_THAT(ReadinessOf(facts).reasons,
              ElementsAre("no Register has answered: r:1 is backoff; wrong secret?",
                          "no Register has answered: r:2 is connecting"));
  facts.cluster.registers.clear();
  EXPECT_THAT(ReadinessOf(facts).reasons, ElementsAre("no Register has answered"));
}

TEST(ReadinessTest, OneAnswerIsEnoughAndThenItIsTheGatewaysThatAreWaitedFor) {
  HealthFacts facts = Facts();
  facts.cluster.registers.push_back({.address = "r:2", .state = LinkState::kConnecting});
  facts.cluster.gateways[1].tried = false;
  EXPECT_THAT(ReadinessOf(facts).reasons, ElementsAre("gateway g:2 has not been tried yet"));
  facts.cluster.gateways[1].tried = true;
  EXPECT_THAT(ReadinessOf(facts).reasons, ElementsAre("the daemon is starting"));
}

TEST(ReadinessTest, DegradedIsReadyAndSaysWhatOfBothSides) {
  HealthFacts facts = Facts();
  facts.serving = true;
  facts.cluster.degraded = {"gateway g:1: refused"};
  facts.events_degraded = {"event memory full"};
  const Readiness readiness = ReadinessOf(facts);
  EXPECT_EQ(readiness.state, Readiness::State::kDegraded);
  EXPECT_THAT(readiness.reasons, IsEmpty());
  EXPECT_THAT(readiness.degraded, ElementsAre("gateway g:1: refused", "event memory full"));
}

TEST(ReadinessTest, DrainingComesBeforeEveryOtherReason) {
  HealthFacts facts = Facts();
  facts.draining = true;
  facts.cluster.registers.clear();
  EXPECT_EQ(ReadinessOf(facts).state, Readiness::State::kDraining);
}

TEST(ReadinessTest, JsonHoldsWhatTheNetworkSaidWithoutBreaking) {
  Readiness readiness;
  readiness.reasons = {"a \"quoted\"\nline", "\xff\xfe raw"};
  readiness.degraded = {"größe"};
  EXPECT_EQ(
      ToJson(readiness),
      "{\"ready\": false, \"state\": \"starting\", \"reasons\": [\"a \\\"quoted\\\"\\nline\", \"?? raw\"], "
      "\"degraded\": [\"größe\"]}\n");
}

}  // namespace
}  // namespace gatewayd::admin
