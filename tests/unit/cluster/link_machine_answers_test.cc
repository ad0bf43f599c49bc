// Answers on a link: whose each is, which cannot be right, how long and how large they may be.
#include <optional>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/link_machine_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::Command;

constexpr std::size_t kMiB = 1024 * 1024;

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

}  // namespace
}  // namespace gatewayd::cluster
