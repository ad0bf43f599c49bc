// The connection to a Register: how it is made, kept, lost and ended, and what people see.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/register_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kHelloLine[] = "{\"event\":\"worker_connect\",\"secret_key\":\"s3cret\"}\n";

// ---- Connecting

TEST_F(RegisterMachineTest, NoTimeIsLateForOneThatRests) {
  machine_.OnTimer(absl::InfiniteFuture());
  EXPECT_EQ(State(), "idle");
}

TEST_F(RegisterMachineTest, RestsUntilItIsStarted) {
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(machine_.NextTimer(), absl::InfiniteFuture());
  EXPECT_EQ(machine_.address(), "10.0.0.1:1236");
  EXPECT_FALSE(machine_.answered());
}

TEST_F(RegisterMachineTest, SaysWhoItIsAndWaitsForTheFirstList) {
  machine_.Start(now_);
  EXPECT_EQ(Action(), "dial");
  EXPECT_EQ(Output(), "");
  machine_.OnConnected(now_);
  EXPECT_EQ(Output(), kHelloLine);
  EXPECT_EQ(State(), "authenticating");
  EXPECT_FALSE(machine_.answered());
  Feed(ListLine({"10.0.0.5:2900", "10.0.0.6:2900"}));
  EXPECT_EQ(State(), "ready");
  EXPECT_TRUE(machine_.answered());
  EXPECT_EQ(List(), R"({ "10.0.0.5:2900", "10.0.0.6:2900" })");
  EXPECT_EQ(List(), "none");
  EXPECT_EQ(Output(), "");
  EXPECT_EQ(News(), "register 10.0.0.1:1236: connected, lists 2 Gateways");
  EXPECT_EQ(Count("register_connects"), 1u);
}

TEST_F(RegisterMachineTest, AnEmptyListIsAnAnswer) {
  machine_.Start(now_);
  Connect();
  Feed(ListLine({}));
  EXPECT_TRUE(machine_.answered());
  EXPECT_EQ(List(), "{}");
}

TEST_F(RegisterMachineTest, ARefusedConnectionIsTriedAgainWithGrowingWaits) {
  machine_.Start(now_);
  absl::Duration bound = options_.backoff_first;
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(Action(), "dial");
    machine_.OnConnectFailed("connection refused", now_);
    ASSERT_EQ(State(), "backoff");
    ASSERT_EQ(Action(), "close");
    const absl::Duration wait = machine_.NextTimer() - now_;
    EXPECT_GE(wait, bound / 2);
    EXPECT_LE(wait, bound);
    bound = std::min(2 * bound, options_.backoff_max);
    Wait(wait);
  }
}

TEST_F(RegisterMachineTest, AConnectionThatHeldMakesTheWaitsShortAgain) {
  machine_.Start(now_);
  for (int i = 0; i < 12; ++i) {
    machine_.OnConnectFailed("connection refused", now_);
    Wait(machine_.NextTimer() - now_);
  }
  Ready();
  now_ += options_.backoff_max;
  Close();
  EXPECT_LE(machine_.NextTimer() - now_, options_.backoff_first);
}

TEST_F(RegisterMachineTest, OneThatListsAndClosesIsNotDialledInALoop) {
  machine_.Start(now_);
  for (int i = 0; i < 12; ++i) {
    Ready();
    Close();
    if (i < 11) Wait(machine_.NextTimer() - now_);
  }
  EXPECT_GE(machine_.NextTimer() - now_, options_.backoff_max / 2);
}

// A Register that accepts and closes, as at a wrong secret, must not be hammered.
TEST_F(RegisterMachineTest, AConnectionWithoutAListDoesNotMakeThemShort) {
  machine_.Start(now_);
  for (int i = 0; i < 12; ++i) {
    Connect();
    Close();
    if (i < 11) Wait(machine_.NextTimer() - now_);
  }
  EXPECT_GE(machine_.NextTimer() - now_, options_.backoff_max / 2);
}

TEST_F(RegisterMachineTest, AConnectionThatDoesNotComeIsGivenUp) {
  machine_.Start(now_);
  EXPECT_EQ(Action(), "dial");
  Wait(absl::Milliseconds(2999));
  EXPECT_EQ(State(), "connecting");
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(News(), "register 10.0.0.1:1236: no connection within 3s");
}

TEST_F(RegisterMachineTest, ARegisterThatSaysNothingIsGivenUp) {
  machine_.Start(now_);
  Connect();
  Action();
  Wait(absl::Seconds(5));
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(machine_.last_error(), "no list within 5s");
}

TEST_F(RegisterMachineTest, ACloseBeforeTheFirstListNamesTheWrongSecret) {
  machine_.Start(now_);
  Connect();
  Close();
  EXPECT_THAT(machine_.last_error(),
              AllOf(HasSubstr("wrong secret"), HasSubstr("php-dialect Register"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(News(), HasSubstr("register 10.0.0.1:1236: closed before its first list"));
}

TEST_F(RegisterMachineTest, ACloseAfterTheFirstListDoesNot) {
  Ready();
  Close();
  EXPECT_EQ(machine_.last_error(), "connection lost: closed by the peer");
}

// A PHP Register may say one plain line before it closes: an operator must read it.
TEST_F(RegisterMachineTest, APlainErrorLineIsShown) {
  machine_.Start(now_);
  Connect();
  Action();
  Feed("Register auth timeout\n");
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Action(), "close");
  EXPECT_THAT(News(), HasSubstr("Register auth timeout"));
  EXPECT_EQ(Count("register_bad_lines"), 1u);
  EXPECT_FALSE(machine_.answered());
}

TEST_F(RegisterMachineTest, ASecretIsEscapedAsJsonNeedsIt) {
  options_.secret = "quo\"te\\";
  machine_.Start(now_);
  machine_.OnConnected(now_);
  EXPECT_EQ(Output(), "{\"event\":\"worker_connect\",\"secret_key\":\"quo\\\"te\\\\\"}\n");
}

// ---- Keeping the connection

TEST_F(RegisterMachineTest, PingsEvery25Seconds) {
  Ready();
  Wait(absl::Milliseconds(24'999));
  EXPECT_EQ(Output(), "");
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(Output(), kPingLine);
  Wait(absl::Seconds(25));
  EXPECT_EQ(Output(), kPingLine);
  EXPECT_EQ(machine_.NextTimer(), now_ + absl::Seconds(25));
}

TEST_F(RegisterMachineTest, ListsDoNotPutThePingOff) {
  Ready();
  for (int i = 0; i < 24; ++i) {
    Wait(absl::Seconds(1));
    Feed(ListLine({"10.0.0.5:2900"}));
  }
  Wait(absl::Seconds(1));
  EXPECT_EQ(Output(), kPingLine);
}

TEST_F(RegisterMachineTest, NobodyPingsALostRegister) {
  Ready();
  Close();
  for (int i = 0; i < 20; ++i) {
    Wait(absl::Seconds(5));
    if (machine_.state() == LinkState::kConnecting) machine_.OnConnectFailed("connection refused", now_);
    EXPECT_EQ(Output(), "");
  }
}

TEST_F(RegisterMachineTest, AHelloThatWasNotTakenIsNotSentTwice) {
  machine_.Start(now_);
  machine_.OnConnected(now_);
  Close();
  EXPECT_EQ(Output(), "");
  Redial();
  machine_.OnConnected(now_);
  EXPECT_EQ(Output(), kHelloLine);
}

// ---- Losing it

TEST_F(RegisterMachineTest, TheLastWordStandsWhileItIsLost) {
  Ready({"10.0.0.5:2900"});
  Close();
  EXPECT_EQ(List(), "none");
  EXPECT_TRUE(machine_.answered());
  const RegisterView view = machine_.View(now_, now_);
  EXPECT_THAT(view.addresses, ElementsAre("10.0.0.5:2900"));
  EXPECT_EQ(view.state, LinkState::kBackoff);
  EXPECT_TRUE(view.answered);
}

TEST_F(RegisterMachineTest, ItsFirstListAfterARestartReplacesTheOld) {
  Ready({"10.0.0.5:2900"});
  Close();
  Redial();
  Connect();
  EXPECT_EQ(List(), "none");
  Feed(ListLine({}));
  EXPECT_EQ(List(), "{}");
  EXPECT_EQ(Count("register_connects"), 2u);
}

TEST_F(RegisterMachineTest, EachCauseIsNewsOnce) {
  Ready();
  Close();
  EXPECT_THAT(News(), HasSubstr("connection lost"));
  for (int i = 0; i < 5; ++i) {
    Redial();
    machine_.OnConnectFailed("connection refused", now_);
    EXPECT_EQ(News(), i == 0 ? "register 10.0.0.1:1236: connection refused" : "");
  }
  Redial();
  machine_.OnConnectFailed("host unreachable", now_);
  EXPECT_EQ(News(), "register 10.0.0.1:1236: host unreachable");
  Redial();
  Connect();
  Feed(ListLine({}));
  EXPECT_THAT(News(), HasSubstr("connected"));
  Feed(ListLine({"10.0.0.5:2900"}));
  EXPECT_EQ(News(), "");  // a list is no news here: who joins or leaves tells of it
  Close();
  EXPECT_THAT(News(), HasSubstr("connection lost"));
}

TEST_F(RegisterMachineTest, EventsOutOfPlaceChangeNothing) {
  machine_.OnConnected(now_);
  machine_.OnConnectFailed("x", now_);
  Close();
  Feed("rubbish\n");
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(Output(), "");
  Ready();
  machine_.OnConnected(now_);
  machine_.OnConnectFailed("x", now_);
  EXPECT_EQ(State(), "ready");
  EXPECT_EQ(Output(), "");
  EXPECT_EQ(Action(), "none");
}

// ---- Stop

TEST_F(RegisterMachineTest, StopClosesAndRestsForEver) {
  Ready();
  machine_.Stop(now_);
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(machine_.NextTimer(), absl::InfiniteFuture());
  Close();
  machine_.OnConnected(now_);
  Feed(ListLine({"10.0.0.9:2900"}));
  Wait(absl::Hours(1));
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(Output(), "");
  EXPECT_EQ(List(), "none");
  EXPECT_EQ(News(), "");
}

TEST_F(RegisterMachineTest, StopEndsADialAndABackoffToo) {
  machine_.Start(now_);
  machine_.Stop(now_);
  EXPECT_EQ(Action(), "close");
  machine_.OnConnected(now_);
  EXPECT_EQ(State(), "idle");

  RegisterMachine other("10.0.0.1:1236", wire::PhpDialect(), options_, 1);
  other.Start(now_);
  other.OnConnectFailed("x", now_);
  other.Stop(now_);
  other.OnTimer(now_ + absl::Hours(1));
  EXPECT_EQ(other.state(), LinkState::kIdle);
}

// ---- What people see

TEST_F(RegisterMachineTest, TheViewShowsStateListAndError) {
  const absl::Time wall = absl::FromUnixSeconds(2'000'000'000);
  EXPECT_EQ(machine_.View(now_, wall).state_since, wall);
  machine_.Start(now_);
  machine_.OnConnectFailed("connection refused", now_);
  now_ += absl::Milliseconds(10);
  const RegisterView view = machine_.View(now_, wall);
  EXPECT_EQ(view.address, "10.0.0.1:1236");
  EXPECT_EQ(view.state, LinkState::kBackoff);
  EXPECT_FALSE(view.answered);
  EXPECT_THAT(view.addresses, IsEmpty());
  EXPECT_EQ(view.last_error, "connection refused");
  EXPECT_EQ(view.state_since, wall - absl::Milliseconds(10));
  Redial();
  Ready({"10.0.0.5:2900"});
  EXPECT_EQ(machine_.View(now_, wall).last_error, "connection refused") << "for those who look later";
  EXPECT_TRUE(machine_.View(now_, wall).answered);
}

}  // namespace
}  // namespace gatewayd::cluster
