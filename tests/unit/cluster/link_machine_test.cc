#include "cluster/link_machine.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using For = PendingAnswer::For;
using wire::Command;

constexpr std::size_t kMiB = 1024 * 1024;

Options TestOptions() {
  Options options;
  options.secret = "s3cret";
  return options;
}

// A link, the bytes that it wrote, and a clock that only moves by Wait.
class LinkMachineTest : public testing::Test {
 protected:
  absl::Time now() const { return now_; }
  std::string Action() { return Describe(link_->TakeAction()); }
  std::string State() const { return ToString(link_->state()); }

  // Moves the clock, and calls OnTimer exactly when the machine has asked for it.
  void Wait(absl::Duration duration) {
    const absl::Time end = now_ + duration;
    for (int i = 0; link_->NextTimer() <= end; ++i) {
      ASSERT_LT(i, 1000) << "the timer never rests";
      now_ = std::max(now_, link_->NextTimer());
      link_->OnTimer(now_);
    }
    now_ = end;
  }

  // Writes all that waits; the whole frames of it.
  Texts Sent() {
    for (std::string_view bytes = link_->outbound().Front(); !bytes.empty();
         bytes = link_->outbound().Front()) {
      wire_ += bytes;
      link_->outbound().Consume(bytes.size());
    }
    return TakeFrames(wire_);
  }

  // Feeds bytes packet by packet; what was answered: "offset payload".
  Texts Feed(std::string_view bytes) {
    Texts answers;
    input_ += bytes;
    while (!input_.empty()) {
      std::optional<LinkAnswer> answer;
      const std::size_t used = link_->OnBytes(input_, now_, &answer);
      if (answer) answers.push_back(StrCat(answer->pending.request_offset, " ", answer->payload));
      if (used == 0) break;
      input_.erase(0, used);
    }
    return answers;
  }

  void Connect() {
    link_->Want(now_);
    ASSERT_EQ(Action(), "dial");
    link_->OnConnected(now_);
  }
  void Ready() {
    Connect();
    Sent();
    ASSERT_EQ(Feed(AnswerBytes("i:0;")).size(), 1u);
    ASSERT_EQ(State(), "ready");
  }
  void Ask(Command command, std::size_t max_size, std::uint64_t number) {
    link_->AppendQuery({.command = command}, {.max_size = max_size, .request_offset = number}, now_);
  }
  void Send(std::string_view body) {
    link_->Append({.command = Command::kSendToOne, .connection_id = 1, .body = body}, /*is_command=*/true);
  }

  // "reason: text", and the offsets of what was not answered.
  static std::string Describe(const std::optional<LinkLoss>& loss) {
    if (!loss) return "none";
    std::string text = StrCat(ReasonWord(loss->reason), ": ", loss->text);
    for (const PendingAnswer& pending : loss->unanswered)
      text += StrCat(" #", pending.request_offset);
    return text;
  }
  static std::string Describe(LinkAction action) { return cluster::Describe(action); }
  std::string Loss() { return Describe(link_->TakeLoss()); }
  std::uint64_t Count(const std::string& name) const { return link_->counters().ByName().at(name); }

  LinkMachine& Renew(LinkKind kind, std::uint32_t seed = 1) {
    link_.emplace(kind, wire::PhpDialect(), options_, memory_, seed);
    return *link_;
  }

  Options options_ = TestOptions();
  AnswerMemory memory_{10 * kMiB};
  std::optional<LinkMachine> link_{
      std::in_place, LinkKind::kCommand, wire::PhpDialect(), options_, memory_, 1};
  absl::Time now_ = absl::UnixEpoch() + absl::Seconds(1000);
  std::string wire_, input_;
};

class QueryLinkMachineTest : public LinkMachineTest {
 protected:
  QueryLinkMachineTest() { Renew(LinkKind::kQuery); }
};

// ---- Connecting

TEST_F(LinkMachineTest, DoesNothingUntilItIsWanted) {
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(Action(), "none");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  Wait(absl::Hours(1));
  EXPECT_EQ(State(), "idle");
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

// ---- Losing

TEST_F(LinkMachineTest, ALinkClosedByTheGatewayIsLostAndMadeAgain) {
  Ready();
  link_->OnClosed("closed by the peer", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Loss(), "link-lost: link lost: closed by the peer");
  EXPECT_EQ(Count("links_lost"), 1u);
  EXPECT_EQ(Count("link_attempts_failed"), 0u);
}

TEST_F(LinkMachineTest, ALossGivesBackAllThatIsDueInOrder) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  Ask(Command::kIsOnline, 64, 102);
  Ask(Command::kIsOnline, 64, 103);
  EXPECT_THAT(Feed(AnswerBytes("i:1;")), ElementsAre("101 i:1;"));
  link_->OnClosed("reset", now());
  EXPECT_EQ(Loss(), "link-lost: link lost: reset #102 #103");
  EXPECT_TRUE(link_->answers().empty());
}

TEST_F(LinkMachineTest, ALossSaysWhatHadBeenWrittenAndCountsTheRest) {
  Ready();
  const std::uint64_t before = link_->outbound().written();
  Send("one");
  Send("two");
  link_->outbound().Front();
  link_->outbound().Consume(wire::kFrameHeadSize + 3 + 10);  // "one", and 10 bytes of "two"
  Send("three");
  link_->OnClosed("reset", now());
  const std::optional<LinkLoss> loss = link_->TakeLoss();
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->written, before + wire::kFrameHeadSize + 3 + 10);
  EXPECT_TRUE(loss->was_ready);
  EXPECT_EQ(Count("commands_lost"), 2u);
}

TEST_F(LinkMachineTest, NothingOfALostLinkIsWrittenToTheNext) {
  Ready();
  Send("lost");
  link_->OnClosed("reset", now());
  EXPECT_EQ(link_->outbound().pending(), 0u);
  wire_.clear();
  Wait(options_.backoff_first);
  ASSERT_EQ(Action(), "dial");
  link_->OnConnected(now());
  EXPECT_THAT(Sent(), ElementsAre(kHello, "IS_ONLINE"));
}

TEST_F(LinkMachineTest, WhatWasReadOfALostLinkIsNotTakenForTheNext) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  Feed(AnswerBytes("i:1;").substr(0, 6));
  EXPECT_EQ(link_->wanted(), 8u);
  link_->OnClosed("reset", now());
  input_.clear();
  EXPECT_EQ(link_->wanted(), 0u);
  Wait(options_.backoff_first);
  link_->OnConnected(now());
  Feed(AnswerBytes("i:0;"));
  EXPECT_TRUE(link_->ready());
}

TEST_F(LinkMachineTest, OwnFailureHalfClosesAndWaitsForTheGatewayToClose) {
  Ready();
  link_->Fail(Reason::kBadAnswer, "nonsense", now());
  EXPECT_EQ(Action(), "half-close");
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Loss(), "bad-answer: nonsense");
  EXPECT_EQ(Count("links_lost"), 1u);
  Wait(absl::Milliseconds(300));
  EXPECT_EQ(Action(), "none");
  link_->OnClosed("closed by the peer", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Loss(), "none");
  EXPECT_EQ(Count("close_wait_expired"), 0u);
  EXPECT_EQ(Count("links_lost"), 1u);
}

TEST_F(LinkMachineTest, ItDoesNotDialWhileTheGatewayHasTheOldLinkOpen) {
  Ready();
  link_->Fail(Reason::kBadAnswer, "nonsense", now());
  Action();
  link_->Want(now());
  Wait(options_.close_wait - absl::Nanoseconds(1));
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Action(), "none");
}

TEST_F(LinkMachineTest, AGatewayThatDoesNotCloseIsWaitedForOneSecondAndCounted) {
  Ready();
  link_->Fail(Reason::kTimeout, "silent", now());
  Action();
  Wait(options_.close_wait);
  EXPECT_EQ(State(), "backoff");
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(Count("close_wait_expired"), 1u);
  Wait(options_.backoff_first);
  EXPECT_EQ(Action(), "dial");
}

TEST_F(LinkMachineTest, WhatComesWhileClosingIsDropped) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  link_->Fail(Reason::kTimeout, "silent", now());
  EXPECT_THAT(Feed(StrCat(AnswerBytes("i:1;"), "rubbish")), IsEmpty());
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Count("bad_answers"), 0u);
}

TEST_F(LinkMachineTest, AnUnwantedClosingLinkRests) {
  Ready();
  link_->Fail(Reason::kTimeout, "silent", now());
  link_->Unwant();
  EXPECT_EQ(State(), "closing");
  Wait(options_.close_wait);
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
}

TEST_F(LinkMachineTest, FailureOfALinkThatIsNotThereDoesNothing) {
  link_->Fail(Reason::kTimeout, "x", now());
  EXPECT_EQ(Action(), "none");
  EXPECT_EQ(Loss(), "none");
  link_->Want(now());
  link_->Fail(Reason::kTimeout, "x", now());
  EXPECT_EQ(State(), "connecting");
}

TEST_F(LinkMachineTest, EventsOutOfPlaceChangeNothing) {
  link_->OnConnected(now());
  link_->OnConnectFailed("x", now());
  link_->OnClosed("x", now());
  EXPECT_EQ(State(), "idle");
  Ready();
  link_->OnConnected(now());
  link_->OnConnectFailed("x", now());
  EXPECT_EQ(State(), "ready");
  EXPECT_EQ(Action(), "none");
  EXPECT_EQ(Loss(), "none");
  EXPECT_THAT(Sent(), IsEmpty());
}

// ---- Drop

TEST_F(LinkMachineTest, DropClosesAtOnceInEveryStateThatHasASocket) {
  Connect();
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(Loss(), StrCat("stopping: stop #", wire::kFrameHeadSize + 23));
  EXPECT_EQ(State(), "idle");

  Renew(LinkKind::kCommand);
  Ready();
  Send("unsent");
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(Count("commands_lost"), 1u);

  Renew(LinkKind::kCommand);
  Ready();
  link_->Fail(Reason::kTimeout, "silent", now());
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "idle");
}

TEST_F(LinkMachineTest, DropOfADialUnderWayClosesIt) {
  link_->Want(now());
  EXPECT_EQ(Action(), "dial");
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "close");
  EXPECT_EQ(State(), "idle");
}

TEST_F(LinkMachineTest, DropWithoutASocketHasNothingToClose) {
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Loss(), "none");
  link_->Want(now());
  link_->Drop(Reason::kStopping, "stop", now());  // the dial was never taken
  EXPECT_EQ(Action(), "none");
  link_->Want(now());
  Action();
  link_->OnConnectFailed("x", now());
  link_->Drop(Reason::kStopping, "stop", now());
  EXPECT_EQ(Action(), "none");
  EXPECT_EQ(State(), "idle");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
}

// So that links_connected less links_lost is always the number of links that are up.
TEST_F(LinkMachineTest, ADroppedLinkThatWasInUseCountsAsLost) {
  Ready();
  link_->Drop(Reason::kNoLink, "not needed", now());
  EXPECT_EQ(Count("links_connected"), 1u);
  EXPECT_EQ(Count("links_lost"), 1u);
}

// The close would be forgotten if the dial took its place.
TEST_F(LinkMachineTest, ADroppedLinkWantedAgainIsClosedBeforeItDials) {
  Ready();
  link_->Drop(Reason::kNoLink, "not needed", now());
  link_->Want(now());
  EXPECT_EQ(Action(), "close");
  Wait(options_.backoff_first);
  EXPECT_EQ(Action(), "dial");
}

// ---- Answers

TEST_F(LinkMachineTest, AnswersAreMatchedInOrder) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  Ask(Command::kGetClientCountByGroup, 64, 102);
  Ask(Command::kBatchGetClientCountByGroup, 1000, 103);
  EXPECT_THAT(Feed(StrCat(AnswerBytes("i:1;"), AnswerBytes("i:1000;"), AnswerBytes("a:1:{s:1:\"g\";i:3;}"))),
              ElementsAre("101 i:1;", "102 i:1000;", "103 a:1:{s:1:\"g\";i:3;}"));
}

TEST_F(LinkMachineTest, AnswersMayBeSplitAtEveryByte) {
  const std::string bytes = StrCat(AnswerBytes("i:1;"), AnswerBytes("i:0;"));
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    Renew(LinkKind::kCommand);
    input_.clear();
    Ready();
    Ask(Command::kIsOnline, 64, 101);
    Ask(Command::kIsOnline, 64, 102);
    Texts answers = Feed(bytes.substr(0, cut));
    for (std::string& answer : Feed(bytes.substr(cut)))
      answers.push_back(std::move(answer));
    EXPECT_THAT(answers, ElementsAre("101 i:1;", "102 i:0;")) << "cut at " << cut;
  }
}

TEST_F(LinkMachineTest, AnAnswerNobodyAskedForEndsTheLink) {
  Ready();
  EXPECT_THAT(Feed(AnswerBytes("i:1;")), IsEmpty());
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Action(), "half-close");
  EXPECT_EQ(Loss(), "bad-answer: an answer came that nobody asked for");
  EXPECT_EQ(Count("bad_answers"), 1u);
}

TEST_F(LinkMachineTest, OneByteNobodyAskedForEndsTheLink) {
  Ready();
  Feed("x");
  EXPECT_EQ(State(), "closing");
}

TEST_F(LinkMachineTest, NoBytesAreNoEvent) {
  Ready();
  std::optional<LinkAnswer> answer;
  EXPECT_EQ(link_->OnBytes("", now(), &answer), 0u);
  EXPECT_EQ(State(), "ready");
}

TEST_F(LinkMachineTest, OneAnswerTooManyEndsTheLinkAfterTheOthersWereGiven) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  EXPECT_THAT(Feed(StrCat(AnswerBytes("i:1;"), AnswerBytes("i:1;"))), ElementsAre("101 i:1;"));
  EXPECT_EQ(State(), "closing");
}

TEST_F(LinkMachineTest, AnAnswerOverItsBoundEndsTheLinkAtItsHead) {
  Ready();
  Ask(Command::kGetClientCountByGroup, 64, 101);
  Ask(Command::kIsOnline, 64, 102);
  Feed(AnswerHead(65));
  EXPECT_EQ(State(), "closing");
  EXPECT_THAT(Loss(), testing::AllOf(HasSubstr("bad-answer"), HasSubstr("GET_CLIENT_COUNT_BY_GROUP"),
                                     HasSubstr("at most 64"), HasSubstr("#101 #102")));
  EXPECT_EQ(Count("bad_answers"), 1u);
}

TEST_F(LinkMachineTest, AnAnswerAtItsBoundIsTaken) {
  Ready();
  Ask(Command::kGetClientSessionsByGroup, 64, 101);
  const std::string payload = PhpString(64 - 8);
  ASSERT_EQ(payload.size(), 64u);
  EXPECT_THAT(Feed(AnswerBytes(payload)), ElementsAre(StrCat("101 ", payload)));
}

TEST_F(LinkMachineTest, ALengthOfFourGibibytesEndsTheLink) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  Feed(AnswerHead(0xffffffff));
  EXPECT_EQ(State(), "closing");
}

TEST_F(LinkMachineTest, AnAnswerOfNoBytesEndsTheLink) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  Feed(AnswerHead(0));
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Loss(), "bad-answer: an answer of no bytes #101");
}

struct Implausible {
  Command command;
  const char* payload;
};

// With one answer missing, every later one would go to the wrong query: what cannot be right must be noticed.
TEST_F(LinkMachineTest, ImplausibleAnswersEndTheLink) {
  for (const Implausible& c : {
           Implausible{Command::kIsOnline, "i:2;"},
           Implausible{Command::kIsOnline, "i:-1;"},
           Implausible{Command::kIsOnline, "N;"},
           Implausible{Command::kIsOnline, "i:1;i:1;"},
           Implausible{Command::kIsOnline, "a:0:{}"},
           Implausible{Command::kIsOnline, "garbage"},
           Implausible{Command::kGetClientCountByGroup, "a:0:{}"},
           Implausible{Command::kGetClientCountByGroup, "i:-3;"},
           Implausible{Command::kBatchGetClientCountByGroup, "i:1;"},
           Implausible{Command::kBatchGetClientCountByGroup, "a:1:{s:1:\"g\";s:1:\"3\";}"},
           Implausible{Command::kSelect, "i:1;"},
           Implausible{Command::kSelect, "a:1:{i:1;i:2;}"},
       }) {
    Renew(LinkKind::kCommand);
    input_.clear();
    Ready();
    Ask(c.command, 1000, 101);
    EXPECT_THAT(Feed(AnswerBytes(c.payload)), IsEmpty()) << c.payload;
    EXPECT_EQ(State(), "closing") << wire::CommandName(c.command) << " " << c.payload;
    EXPECT_THAT(Loss(), HasSubstr(std::string(wire::CommandName(c.command))));
    EXPECT_EQ(Count("bad_answers"), 1u);
  }
}

TEST_F(LinkMachineTest, PlausibleAnswersAreTaken) {
  for (const Implausible& c : {
           Implausible{Command::kIsOnline, "i:0;"},
           Implausible{Command::kIsOnline, "i:1;"},
           Implausible{Command::kGetClientCountByGroup, "i:12345;"},
           Implausible{Command::kBatchGetClientCountByGroup, "a:0:{}"},
           Implausible{Command::kBatchGetClientCountByGroup, "a:1:{i:7;i:3;}"},
           Implausible{Command::kSelect, "a:0:{}"},
           Implausible{Command::kSelect, "a:1:{i:1;a:1:{s:3:\"uid\";s:1:\"u\";}}"},
       }) {
    Renew(LinkKind::kCommand);
    Ready();
    Ask(c.command, 1000, 101);
    EXPECT_THAT(Feed(AnswerBytes(c.payload)), ElementsAre(StrCat("101 ", c.payload)));
  }
}

// ---- The query timeout

TEST_F(LinkMachineTest, NoByteOfADueAnswerForFiveSecondsEndsTheLink) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  EXPECT_EQ(link_->NextTimer(), now() + absl::Seconds(5));
  Wait(absl::Milliseconds(4999));
  EXPECT_EQ(State(), "ready");
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(State(), "closing");
  EXPECT_EQ(Action(), "half-close");
  EXPECT_EQ(Loss(), "timeout: no byte of a due answer within 5s #101");
  EXPECT_EQ(Count("query_timeouts"), 1u);
  EXPECT_EQ(Count("links_lost"), 1u);
}

TEST_F(LinkMachineTest, APartialAnswerIsProgress) {
  Ready();
  Ask(Command::kGetClientSessionsByGroup, 1000, 101);
  const std::string bytes = AnswerBytes(PhpString(100));
  for (const char byte : bytes.substr(0, bytes.size() - 1)) {
    Wait(absl::Milliseconds(4999));
    Feed(std::string(1, byte));
    ASSERT_EQ(State(), "ready");
  }
  Wait(absl::Milliseconds(4999));
  EXPECT_THAT(Feed(bytes.substr(bytes.size() - 1)), testing::SizeIs(1));
}

TEST_F(LinkMachineTest, AnIdleLinkNeverTimesOut) {
  Ready();
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  Wait(absl::Hours(100));
  EXPECT_EQ(State(), "ready");
}

TEST_F(LinkMachineTest, EachAnswerGivesTheNextItsFiveSeconds) {
  Ready();
  Ask(Command::kIsOnline, 64, 101);
  Ask(Command::kIsOnline, 64, 102);
  Wait(absl::Seconds(4));
  Feed(AnswerBytes("i:1;"));
  Wait(absl::Milliseconds(4999));
  EXPECT_EQ(State(), "ready");
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(State(), "closing");
}

// ---- The answer memory

TEST_F(QueryLinkMachineTest, TheSizeOfAPartialAnswerIsToldSoThatItIsReadInOnePiece) {
  Ready();
  Ask(Command::kGetAllClientSessions, kMiB, 101);
  const std::string bytes = AnswerBytes(PhpString(1000));
  Feed(bytes.substr(0, 3));
  EXPECT_EQ(link_->wanted(), 0u);
  Feed(bytes.substr(3, 1));
  EXPECT_EQ(link_->wanted(), bytes.size());
  Feed(bytes.substr(4));
  EXPECT_EQ(link_->wanted(), 0u);
}

TEST_F(QueryLinkMachineTest, ALargeAnswerTakesItsMemoryBeforeItIsReadAndGivesItBack) {
  Ready();
  Ask(Command::kGetAllClientSessions, 10 * kMiB, 101);
  const std::string bytes = AnswerBytes(PhpString(kMiB));
  Feed(bytes.substr(0, 4));
  EXPECT_EQ(memory_.used(), bytes.size());
  Feed(bytes.substr(4, 1000));
  EXPECT_EQ(memory_.used(), bytes.size());
  Feed(bytes.substr(1004));
  EXPECT_EQ(memory_.used(), 0u);
  EXPECT_EQ(State(), "ready");
}

TEST_F(QueryLinkMachineTest, ASmallAnswerIsFreeOfCharge) {
  Ready();
  Ask(Command::kGetAllClientSessions, 10 * kMiB, 101);
  Feed(AnswerBytes(PhpString(60'000)).substr(0, 100));
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(QueryLinkMachineTest, AnAnswerThatDoesNotFitTheMemoryNowFailsItsQuery) {
  ASSERT_TRUE(memory_.Reserve(10 * kMiB - 1000));
  Ready();
  Ask(Command::kGetAllClientSessions, 10 * kMiB, 101);
  Feed(AnswerHead(kMiB));
  EXPECT_EQ(State(), "closing");
  EXPECT_THAT(Loss(), testing::AllOf(HasSubstr("too-large"), HasSubstr("#101")));
  EXPECT_EQ(Count("answers_too_large"), 1u);
  EXPECT_EQ(Count("bad_answers"), 0u);
  EXPECT_EQ(memory_.used(), 10 * kMiB - 1000);
}

// Not nonsense, but more than the operator allows: he can allow more.
TEST_F(QueryLinkMachineTest, AnAnswerOverTheLimitOfUnboundedAnswersIsTooLarge) {
  options_.max_answers = 10 * kMiB;
  Ready();
  link_->AppendQuery({.command = Command::kGetAllClientSessions}, {.max_size = options_.max_answers}, now());
  Feed(AnswerHead(10 * kMiB + 1));
  EXPECT_EQ(State(), "closing");
  EXPECT_THAT(Loss(), HasSubstr("too-large"));
  EXPECT_EQ(Count("answers_too_large"), 1u);
  EXPECT_EQ(Count("bad_answers"), 0u);
}

TEST_F(QueryLinkMachineTest, ALostLinkGivesItsMemoryBack) {
  for (const bool ours : {true, false}) {
    Renew(LinkKind::kQuery);
    input_.clear();
    Ready();
    Ask(Command::kGetAllClientSessions, 10 * kMiB, 101);
    Feed(AnswerHead(kMiB));
    ASSERT_EQ(memory_.used(), kMiB + 4);
    if (ours) {
      link_->Fail(Reason::kTimeout, "silent", now());
    } else {
      link_->OnClosed("reset", now());
    }
    EXPECT_EQ(memory_.used(), 0u);
  }
}

// Bounded answers have a bound of their own, and a link that others share must not break because somebody's
// large answers have taken the memory.
TEST_F(LinkMachineTest, BoundedAnswersOnTheCommandLinkNeedNoAnswerMemory) {
  ASSERT_TRUE(memory_.Reserve(10 * kMiB));
  Ready();
  Ask(Command::kBatchGetClientCountByGroup, kMiB, 101);
  Feed(AnswerHead(200'000));
  EXPECT_EQ(State(), "ready");
  EXPECT_EQ(memory_.used(), 10 * kMiB);
}

TEST_F(QueryLinkMachineTest, ASelectIsNotParsedTwiceWhereItIsAloneOnItsLink) {
  Ready();
  Ask(Command::kSelect, kMiB, 101);
  EXPECT_THAT(Feed(AnswerBytes("i:1;")), ElementsAre("101 i:1;"));
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
