// A Gateway that a Register no longer lists, that is listed again, and the end of the daemon.
#include <string>

#include "cluster/gateway_machine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_harness.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ---- Membership

TEST(GatewayMachineTest, AGatewayNoLongerListedKeepsItsLinkAndIsNotDialledAgain) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.List(false);
  EXPECT_EQ(gateway.Send(Message(1, "still here")), "OK");
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  gateway.Close(0);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 close"));
  gateway.Wait(absl::Hours(1));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  EXPECT_THAT(gateway.Changes(), ElementsAre("unlinked: link lost: closed by the peer"));
}

TEST(GatewayMachineTest, AGatewayNoLongerListedIsNotDialledAgainAfterABackoffEither) {
  GatewayHarness gateway;
  gateway.List();
  gateway.Refuse(0);
  gateway.Actions();
  gateway.List(false);
  gateway.Wait(absl::Hours(1));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
}

TEST(GatewayMachineTest, AGatewayListedAgainIsDialledAgain) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.List(false);
  gateway.Close(0);
  gateway.Forget();
  gateway.List();
  gateway.Wait(gateway.options().backoff_first);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 dial"));
}

TEST(GatewayMachineTest, AGatewayListedAgainBeforeItsLinkIsLostIsKeptConnected) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.List(false);
  gateway.List();
  gateway.Close(0);
  gateway.Forget();
  gateway.Wait(gateway.options().backoff_first);
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 dial"));
}

TEST(GatewayMachineTest, AnUnlistedGatewayAnswersUnboundedQueriesWhileItsCommandLinkLives) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.List(false);
  gateway.AskAll("a");
  EXPECT_THAT(gateway.Actions(), ElementsAre("1 dial"));
  gateway.Up(1);
  EXPECT_THAT(gateway.Sent(1), ElementsAre("GET_GROUP_ID_LIST"));
  gateway.Answer(1, "a:0:{}");
  EXPECT_THAT(gateway.Results(), ElementsAre("a: a:0:{}"));
}

TEST(GatewayMachineTest, AnUnlistedGatewayThatRefusesQueryLinksIsNotHammered) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.List(false);
  gateway.AskAll("a");
  int dials = 0;
  for (int i = 0; i < 1000 && gateway.Results().empty(); ++i) {
    for (const std::string& action : gateway.Actions()) {
      if (action != "1 dial") continue;
      ++dials;
      gateway.Refuse(1);
    }
    gateway.Wait(absl::Milliseconds(10));
  }
  EXPECT_LT(dials, 12);
}

TEST(GatewayMachineTest, AnUnlistedGatewaysWaitingQueriesFailWithItsLink) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.List(false);
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE no-link"));
  gateway.Forget();
  gateway.Wait(absl::Hours(1));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
}

TEST(GatewayMachineTest, QueriesThatWaitForAGatewayThatIsUnlistedMeanwhileFailAtOnce) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("a");
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), IsEmpty());  // it may be back in time
  gateway.List(false);
  EXPECT_THAT(gateway.Results(), ElementsAre("a: UNAVAILABLE no-link"));
  gateway.Forget();
  gateway.Wait(absl::Hours(1));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
}

// Nobody will make its command link again, so nothing that is left of it must make it a member for ever.
TEST(GatewayMachineTest, AnUnlistedGatewayIsLeftWithoutAnyLinkOnceItsCommandLinkIsLost) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("idle");
  gateway.Up(1);
  gateway.Answer(1, "a:0:{}");
  gateway.AskAll("busy");
  gateway.AskAll("waits");
  gateway.List(false);
  gateway.Forget();
  gateway.Close(0);
  EXPECT_THAT(gateway.Results(), ElementsAre("busy: UNAVAILABLE link-lost", "waits: UNAVAILABLE no-link"));
  EXPECT_THAT(gateway.Actions(), ElementsAre("0 close", "1 close", "2 close"));
  EXPECT_FALSE(gateway.machine().linked());
  EXPECT_EQ(gateway.Changes().size(), 1u);
  gateway.Wait(absl::Hours(1));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
}

// Were it to leave and come back meanwhile, its next link would overtake what is still to be read.
TEST(GatewayMachineTest, AGatewayStaysAMemberWhileItMayStillReadTheOldLink) {
  for (const bool closes : {true, false}) {
    GatewayHarness gateway;
    gateway.Start();
    gateway.List(false);
    gateway.Feed(0, "rubbish");
    EXPECT_FALSE(gateway.machine().linked());
    EXPECT_EQ(gateway.machine().generation(), "");
    gateway.Wait(absl::Milliseconds(999));
    EXPECT_THAT(gateway.Changes(), IsEmpty());
    closes ? gateway.Close(0) : gateway.Wait(absl::Milliseconds(1));
    EXPECT_EQ(gateway.Changes().size(), 1u);
    EXPECT_EQ(gateway.Count("close_wait_expired"), closes ? 0u : 1u);
  }
}

// ---- The end

TEST(GatewayMachineTest, StopEndsEveryLinkAndFailsAllThatIsPending) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.AskAll("on a query link");
  gateway.Up(1);
  gateway.Sent(1);
  gateway.AskOnline("bounded");
  gateway.Confirm("written", Message(1, "x"), {.confirm_run = true});
  gateway.Sent(0);
  gateway.Confirm("not written", Message(1, "x"), {.confirm_run = true});
  gateway.Send(Bind(1, "u"));
  gateway.AskAll("behind a barrier");
  gateway.AskAll("without a link", {.any_consistency = true});
  gateway.Forget();
  gateway.Stop();
  EXPECT_THAT(gateway.Results(),
              testing::UnorderedElementsAre(
                  "on a query link: UNAVAILABLE stopping", "bounded: UNAVAILABLE stopping",
                  "written: DEADLINE_EXCEEDED stopping", "not written: UNAVAILABLE stopping",
                  "behind a barrier: UNAVAILABLE stopping", "without a link: UNAVAILABLE stopping"));
  EXPECT_THAT(gateway.Actions(), testing::UnorderedElementsAre("0 close", "1 close", "2 close"));
  EXPECT_FALSE(gateway.machine().linked());
  EXPECT_EQ(gateway.Count("commands_lost"), 2u);
}

TEST(GatewayMachineTest, NothingIsDialledAfterStopWhateverWaited) {
  for (const bool any : {false, true}) {
    GatewayHarness gateway;
    gateway.Start();
    gateway.Send(Bind(1, "u"));
    for (int i = 0; i < 5; ++i)
      gateway.AskAll(StrCat(i), {.any_consistency = any});
    gateway.Forget();
    gateway.Stop();
    EXPECT_EQ(gateway.Results().size(), 5u);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(gateway.State(i), "idle") << i;
    EXPECT_EQ(gateway.machine().NextTimer(), absl::InfiniteFuture());
    for (const std::string& action : gateway.Actions())
      EXPECT_THAT(action, HasSubstr("close"));
  }
}

TEST(GatewayMachineTest, AfterStopCallersAreToldThatTheDaemonIsGoing) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Send(Bind(1, "u"));  // its effect will be unknown; that is not what callers must hear
  gateway.Stop();
  EXPECT_EQ(gateway.Send(Message(1, "x")), "UNAVAILABLE stopping");
  gateway.AskOnline("a");
  gateway.AskAll("b");
  gateway.Confirm("c", Message(1, "x"), {.require_online = true});
  EXPECT_THAT(gateway.Results(),
              ElementsAre("a: UNAVAILABLE stopping", "b: UNAVAILABLE stopping", "c: UNAVAILABLE stopping"));
  EXPECT_EQ(gateway.machine().why_unlinked(), "the daemon is stopping");
}

TEST(GatewayMachineTest, StopIsForEver) {
  GatewayHarness gateway;
  gateway.Start();
  gateway.Stop();
  gateway.Forget();
  gateway.Stop();
  gateway.List();
  gateway.List(false);
  gateway.List();
  gateway.Wait(absl::Hours(1));
  EXPECT_THAT(gateway.Actions(), IsEmpty());
  EXPECT_THAT(gateway.Changes(), IsEmpty());
}

TEST(GatewayMachineTest, StopInEveryStateOfTheCommandLinkLeavesNothingOpen) {
  GatewayHarness fresh;
  fresh.Stop();
  EXPECT_THAT(fresh.Actions(), IsEmpty());

  GatewayHarness connecting;
  connecting.List();
  connecting.Stop();
  EXPECT_THAT(connecting.Actions(), ElementsAre("0 dial", "0 close"));

  GatewayHarness authenticating;
  authenticating.List();
  authenticating.Connect(0);
  authenticating.Stop();
  EXPECT_THAT(authenticating.Actions(), ElementsAre("0 dial", "0 close"));

  GatewayHarness closing;
  closing.Start();
  closing.Feed(0, "rubbish");
  closing.Stop();
  EXPECT_THAT(closing.Actions(), ElementsAre("0 half-close", "0 close"));

  GatewayHarness waiting;
  waiting.List();
  waiting.Refuse(0);
  waiting.Stop();
  EXPECT_THAT(waiting.Actions(), ElementsAre("0 dial"));
}

TEST(GatewayMachineTest, AConnectionThatComesAfterStopIsNotUsed) {
  GatewayHarness gateway;
  gateway.List();
  gateway.Stop();
  gateway.Connect(0);
  gateway.Feed(0, AnswerBytes("i:0;"));
  EXPECT_FALSE(gateway.machine().linked());
  EXPECT_EQ(gateway.machine().link(0).outbound().pending(), 0u);
}

}  // namespace
}  // namespace gatewayd::cluster
