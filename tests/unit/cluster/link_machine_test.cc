// A link from the dial on: what is said first, when it is ready, the waits between tries, what people see.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/link_machine_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using wire::Command;

// ---- Connecting

TEST_F(LinkMachineTest, DoesNothingUntilItIsWanted) {
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(Action(), "none");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  Wait(absl::Hours(1));
  link_->OnTimer(now());  // one that is not due, as a shell with several links may call it
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(Action(), "none");
}

TEST_F(LinkMachineTest, DialsOnceWhenWanted) {
  link_->Want(now());
  EXPECT_EQ(Action(), "dial");
  EXPECT_EQ(State(), "connecting");
  link_->Want(now());
  EXPECT_EQ(Action(), "none");
}

TEST_F(LinkMachineTest, SaysHelloThenProbesAndNothingElse) {
  Connect();
  EXPECT_THAT(Sent(), ElementsAre(kHello, "IS_ONLINE"));
  EXPECT_EQ(State(), "authenticating");
  EXPECT_EQ(link_->answers().size(), 1u);
}

TEST_F(LinkMachineTest, IsReadyWithTheFirstAnswerAndNotBefore) {
  Connect();
  EXPECT_FALSE(link_->ready());
  for (const char byte : AnswerBytes("i:0;")) {
    EXPECT_FALSE(link_->ready());
    Feed(std::string(1, byte));
  }
  EXPECT_TRUE(link_->ready());
  EXPECT_EQ(Count("links_connected"), 1u);
  EXPECT_EQ(Loss(), "none");
}

TEST_F(LinkMachineTest, AnyProperAnswerToTheProbeWillDo) {
  Connect();
  Feed(AnswerBytes("i:1;"));
  EXPECT_TRUE(link_->ready());
}

TEST_F(LinkMachineTest, AnEmptySecretIsSentAsSuch) {
  options_.secret = "";
  Connect();
  EXPECT_THAT(Sent(), ElementsAre(R"(GATEWAY_CLIENT_CONNECT '{"secret_key":""}')", "IS_ONLINE"));
}

TEST_F(LinkMachineTest, ARefusedConnectionIsTriedAgainAfterTheBackoff) {
  link_->Want(now());
  Action();
  link_->OnConnectFailed("connection refused", now());
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Loss(), "no-link: connection refused");
  EXPECT_EQ(link_->last_error(), "connection refused");
  EXPECT_EQ(Count("link_attempts_failed"), 1u);
  Wait(options_.backoff_first);
  EXPECT_EQ(State(), "connecting");
  EXPECT_EQ(Action(), "dial");
}

TEST_F(LinkMachineTest, AConnectionThatDoesNotComeIsGivenUpAndItsSocketClosed) {
  link_->Want(now());
  EXPECT_EQ(Action(), "dial");
  Wait(options_.connect_timeout - absl::Nanoseconds(1));
  EXPECT_EQ(State(), "connecting");
  Wait(absl::Nanoseconds(1));
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(Loss(), "no-link: no connection within 3s");
  EXPECT_EQ(Count("link_attempts_failed"), 1u);
}

TEST_F(LinkMachineTest, ADialThatWasNeverTakenNeedsNoClose) {
  link_->Want(now());
  link_->OnTimer(now() + options_.connect_timeout);
  EXPECT_EQ(Action(), "none");
}

// A peer that accepts and says nothing costs no more than one that does not accept.
TEST_F(LinkMachineTest, TheConnectTimeoutCoversTheFirstAnswer) {
  link_->Want(now());
  Action();
  Wait(absl::Seconds(2));
  link_->OnConnected(now());
  EXPECT_EQ(link_->NextTimer(), now() + absl::Seconds(1));
  Wait(absl::Seconds(1));
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Action(), "half-close");
  EXPECT_THAT(Loss(), HasSubstr("no-link: connected, but no answer within 3s"));
  EXPECT_EQ(Count("link_attempts_failed"), 1u);
  EXPECT_EQ(Count("links_lost"), 0u);
}

TEST_F(LinkMachineTest, BytesOfHalfAnAnswerDoNotPutTheConnectTimeoutOff) {
  Connect();
  Wait(absl::Milliseconds(2999));
  Feed(AnswerBytes("i:0;").substr(0, 5));
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(State(), "closing");
}

TEST_F(LinkMachineTest, ACloseBeforeTheFirstAnswerNamesTheWrongSecret) {
  Connect();
  link_->OnClosed("closed by the peer", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "backoff");
  EXPECT_THAT(Loss(), HasSubstr("wrong secret"));
  EXPECT_THAT(link_->last_error(), HasSubstr("php-dialect Gateway"));
  EXPECT_THAT(link_->last_error(), Not(HasSubstr("s3cret")));
  EXPECT_EQ(Count("link_attempts_failed"), 1u);
  EXPECT_EQ(Count("links_lost"), 0u);
}

TEST_F(LinkMachineTest, AnAnswerThatIsNoneOfIsOnlineFailsTheFirstTry) {
  Connect();
  Feed(AnswerBytes("i:2;"));
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Action(), "half-close");
  EXPECT_EQ(Count("bad_answers"), 1u);
  EXPECT_EQ(Count("links_connected"), 0u);
}

TEST_F(LinkMachineTest, TheLastErrorStaysForThoseWhoLookLater) {
  link_->Want(now());
  link_->OnConnectFailed("connection refused", now());
  Wait(options_.backoff_first);
  Action();
  link_->OnConnected(now());
  EXPECT_EQ(link_->last_error(), "connection refused");
  Feed(AnswerBytes("i:0;"));
  EXPECT_EQ(link_->last_error(), "connection refused");
}

// ---- Backoff

TEST_F(LinkMachineTest, WaitsGrowWhileTriesFailAndShrinkAfterASuccess) {
  link_->Want(now());
  absl::Duration bound = options_.backoff_first;
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(Action(), "dial");
    link_->OnConnectFailed("connection refused", now());
    const absl::Duration wait = link_->NextTimer() - now();
    EXPECT_GE(wait, bound / 2);
    EXPECT_LE(wait, bound);
    bound = std::min(bound * 2, options_.backoff_max);
    Wait(wait);
  }
  ASSERT_EQ(Action(), "dial");
  link_->OnConnected(now());
  Feed(AnswerBytes("i:0;"));
  Wait(options_.backoff_max);
  link_->OnClosed("reset", now());
  EXPECT_LE(link_->NextTimer() - now(), options_.backoff_first);
}

TEST_F(LinkMachineTest, ALinkThatDoesNotHoldDoesNotResetTheBackoff) {
  link_->Want(now());
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(Action(), "dial");
    link_->OnConnected(now());
    Feed(AnswerBytes("i:0;"));
    link_->OnClosed("closed by the peer", now());
    ASSERT_EQ(Action(), "close");
    if (i < 11) Wait(link_->NextTimer() - now());
  }
  EXPECT_GE(link_->NextTimer() - now(), options_.backoff_max / 2);
}

// A Gateway that accepts and closes (a wrong secret) must not be hammered.
TEST_F(LinkMachineTest, AConnectionThatNeverAnswersDoesNotResetTheBackoff) {
  link_->Want(now());
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(Action(), "dial");
    link_->OnConnected(now());
    link_->OnClosed("closed by the peer", now());
    ASSERT_EQ(Action(), "close");
    if (i < 11) Wait(link_->NextTimer() - now());
  }
  EXPECT_GE(link_->NextTimer() - now(), options_.backoff_max / 2);
}

TEST_F(LinkMachineTest, UnwantEndsABackoff) {
  link_->Want(now());
  Action();
  link_->OnConnectFailed("connection refused", now());
  link_->Unwant();
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  link_->Want(now());
  EXPECT_EQ(Action(), "dial");
}

TEST_F(LinkMachineTest, AnUnwantedLinkIsKeptAndNotMadeAgain) {
  Ready();
  link_->Unwant();
  EXPECT_TRUE(link_->ready());
  EXPECT_EQ(Action(), "none");
  link_->OnClosed("reset", now());
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
}

TEST_F(LinkMachineTest, ALinkWantedAgainWhileItLivesIsMadeAgain) {
  Ready();
  link_->Unwant();
  link_->Want(now());
  link_->OnClosed("reset", now());
  EXPECT_EQ(State(), "backoff");
}

// ---- What people see

TEST_F(LinkMachineTest, TheViewShowsStateErrorQueuesAndTraffic) {
  const absl::Time wall = absl::FromUnixSeconds(2'000'000'000);
  EXPECT_EQ(link_->View(now(), wall).state_since, wall);
  Ready();
  Wait(absl::Seconds(7));
  Send("hello");
  Ask(Command::kIsOnline, 64, 101);
  link_->CountSent(10);
  link_->CountSent(5);
  link_->CountReceived(8);
  const LinkView view = link_->View(now(), wall);
  EXPECT_EQ(view.kind, LinkKind::kCommand);
  EXPECT_EQ(view.state, LinkState::kReady);
  EXPECT_EQ(view.state_since, wall - absl::Seconds(7));
  EXPECT_EQ(view.last_error, "");
  EXPECT_EQ(view.bytes_sent, 15u);
  EXPECT_EQ(view.bytes_received, 8u);
  EXPECT_EQ(view.bytes_queued, 2 * wire::kFrameHeadSize + 5);
  EXPECT_EQ(view.queries_in_flight, 1u);
  EXPECT_EQ(view.connects, 1u);
}

TEST_F(LinkMachineTest, TheProbeCountsAsAQuery) {
  Ready();
  EXPECT_EQ(Count("queries_sent"), 1u);
  Ask(Command::kIsOnline, 64, 101);
  EXPECT_EQ(Count("queries_sent"), 2u);
}

TEST_F(LinkMachineTest, AQueryRemembersWhereItStartsUnlessToldOtherwise) {
  Ready();
  Send("hello");
  const std::uint64_t offset = link_->outbound().appended();
  link_->AppendQuery({.command = Command::kIsOnline}, {.max_size = 64}, now());
  EXPECT_EQ(link_->answers().front().request_offset, offset);
  EXPECT_EQ(link_->answers().front().command, Command::kIsOnline);
}

}  // namespace
}  // namespace gatewayd::cluster
