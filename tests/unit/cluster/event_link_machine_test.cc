#include "cluster/event_link_machine.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"
#include "unit/cluster/go_like_dialect.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::Command;

const std::string kWorkerHello1 = R"(WORKER_CONNECT '{"worker_key":"key:1","secret_key":"s3cret"}')";
const std::string kWorkerHello2 = R"(WORKER_CONNECT '{"worker_key":"key:2","secret_key":"s3cret"}')";

// A link, what its two connections wrote, and a clock that only moves by Wait.
class EventLinkMachineTest : public testing::Test {
 protected:
  absl::Time now() const { return now_; }
  std::string State(std::size_t c) { return ToString(link_->connection(c).state()); }
  std::string Action(std::size_t c) { return Describe(link_->connection(c).TakeAction()); }
  std::uint64_t Count(const std::string& name) const { return link_->counters().ByName().at(name); }

  void Wait(absl::Duration duration) {
    const absl::Time end = now_ + duration;
    for (int i = 0; link_->NextTimer() <= end; ++i) {
      ASSERT_LT(i, 1000) << "the timer never rests";
      now_ = std::max(now_, link_->NextTimer());
      link_->OnTimer(now_);
    }
    now_ = end;
  }
  Texts Sent(std::size_t c) {
    OutboundBuffer& outbound = link_->connection(c).outbound();
    for (std::string_view bytes = outbound.Front(); !bytes.empty(); bytes = outbound.Front()) {
      wire_[c] += bytes;
      outbound.Consume(bytes.size());
    }
    return TakeFrames(wire_[c]);
  }
  void Connect(std::size_t c) {
    ASSERT_EQ(Action(c), "dial");
    wire_[c].clear();
    link_->OnConnected(c, now_);
    ASSERT_THAT(Sent(c), ElementsAre(kHello, "IS_ONLINE"));
  }
  void Answer(std::size_t c) {
    ASSERT_TRUE(link_->reads(c));
    link_->OnBytes(c, 8, now_);
    link_->OnAnswer(c, "i:0;", now_);
  }
  void Bytes(std::size_t c, std::size_t size = 100) {
    ASSERT_TRUE(link_->reads(c));
    link_->OnBytes(c, size, now_);
  }
  void Close(std::size_t c) {
    ASSERT_TRUE(link_->reads(c));
    link_->OnClosed(c, "closed by the peer", now_);
  }
  // "up", "gone", "proved 3", "marked".
  Texts News() {
    Texts texts;
    for (const EventLinkNews& news : link_->TakeNews()) {
      EXPECT_EQ(news.run, run_);
      switch (news.kind) {
        case EventLinkNews::Kind::kUp:
          texts.push_back("up");
          break;
        case EventLinkNews::Kind::kGone:
          texts.push_back(news.was_up ? "gone" : "gone, never up");
          break;
        case EventLinkNews::Kind::kProved:
          texts.push_back(StrCat("proved ", news.number));
          break;
        case EventLinkNews::Kind::kMarked:
          texts.push_back("marked");
          break;
      }
    }
    return texts;
  }
  void Authenticated() {
    link_->Want(now_);
    Connect(0);
    Answer(0);
    ASSERT_TRUE(link_->needs_run());
  }
  void Up() {
    Authenticated();
    link_->Attach(run_, now_);
    ASSERT_THAT(Sent(0), ElementsAre(kWorkerHello1, "IS_ONLINE"));
    Answer(0);
    ASSERT_THAT(News(), ElementsAre("up"));
  }
  // The second connection leads to the run of the first, and has its key.
  void TakenOver() {
    link_->Leave(now_);
    Connect(1);
    Answer(1);
    ASSERT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
    Answer(0);
    ASSERT_THAT(Sent(1), ElementsAre(kWorkerHello1));
  }
  void Renew(const wire::Dialect& dialect = wire::PhpDialect()) {
    link_.emplace(
        dialect, options_, memory_, [this] { return StrCat("key:", ++keys_); }, 1);
  }

  Options options_ = [] {
    Options options;
    options.secret = "s3cret";
    return options;
  }();
  AnswerMemory memory_{1024 * 1024};
  int keys_ = 0;
  const RunPtr run_ = std::make_shared<GatewayRun>();
  std::optional<EventLinkMachine> link_{
      std::in_place, wire::PhpDialect(), options_, memory_, [this] { return StrCat("key:", ++keys_); }, 1};
  absl::Time now_ = absl::UnixEpoch() + absl::Seconds(1000);
  std::string wire_[2];
};

// ---- Opening

TEST_F(EventLinkMachineTest, IsOffUntilItIsWanted) {
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Action(0), "none");
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  EXPECT_THAT(link_->Views(now(), now()), IsEmpty());
}

TEST_F(EventLinkMachineTest, IsNoWorkerBeforeItHasARun) {
  Authenticated();
  EXPECT_FALSE(link_->live());
  EXPECT_FALSE(link_->carries_events(0));
  EXPECT_THAT(Sent(0), IsEmpty());
  EXPECT_EQ(link_->Views(now(), now()).at(0).state, LinkState::kAuthenticating);
  link_->Attach(run_, now());
  EXPECT_TRUE(link_->live());
  EXPECT_TRUE(link_->carries_events(0));
  EXPECT_THAT(Sent(0), ElementsAre(kWorkerHello1, "IS_ONLINE"));
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(EventLinkMachineTest, IsUpWithTheFirstByteEventOrAnswer) {
  Authenticated();
  link_->Attach(run_, now());
  Bytes(0);
  EXPECT_THAT(News(), ElementsAre("up"));
  Bytes(0);
  link_->OnAnswer(0, "i:0;", now());
  EXPECT_THAT(News(), IsEmpty());
  EXPECT_EQ(State(0), "ready");
}

TEST_F(EventLinkMachineTest, AWrongSecretIsNoLink) {
  link_->Want(now());
  Connect(0);
  Close(0);
  EXPECT_EQ(Action(0), "close");
  EXPECT_EQ(State(0), "backoff");
  EXPECT_THAT(News(), IsEmpty());
  EXPECT_EQ(Count("link_attempts_failed"), 1u);
  EXPECT_EQ(Count("event_links_lost"), 0u);
}

TEST_F(EventLinkMachineTest, EachConnectionHasAKeyOfItsOwn) {
  Up();
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(Action(0), "close");
  Wait(options_.backoff_first);
  Connect(0);
  Answer(0);
  link_->Attach(run_, now());
  EXPECT_THAT(Sent(0), ElementsAre(kWorkerHello2, "IS_ONLINE"));
}

// ---- In use

TEST_F(EventLinkMachineTest, ALinkThatIsLostComesBack) {
  Up();
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(link_->run(), nullptr);
  EXPECT_EQ(State(0), "backoff");
  EXPECT_EQ(Count("event_links_lost"), 1u);
}

TEST_F(EventLinkMachineTest, OneThatWasNeverUpIsGoneAllTheSame) {
  Authenticated();
  link_->Attach(run_, now());
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone, never up"));
}

TEST_F(EventLinkMachineTest, QuietIsAskedAndAnswersAreEnough) {
  Up();
  Wait(options_.event_probe - absl::Milliseconds(1));
  EXPECT_THAT(Sent(0), IsEmpty());
  Wait(absl::Milliseconds(1));
  EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
  Wait(options_.query_timeout - absl::Milliseconds(1));
  Answer(0);
  Wait(options_.event_probe);
  EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
  EXPECT_EQ(State(0), "ready");
}

TEST_F(EventLinkMachineTest, EventsAreSignsOfLifeToo) {
  Up();
  for (int i = 0; i < 10; ++i) {
    Wait(options_.event_probe - absl::Seconds(1));
    Bytes(0);
  }
  EXPECT_THAT(Sent(0), IsEmpty());
}

// A go Gateway's PINGs prove nothing, so whatever comes, it is asked.
TEST_F(EventLinkMachineTest, InGoOnlyAnAnswerIsASignOfLife) {
  Renew(GoLike());
  Up();
  for (int i = 0; i < 3; ++i) {
    Wait(options_.event_probe / 2);
    Bytes(0);
    EXPECT_THAT(Sent(0), IsEmpty());
    Wait(options_.event_probe / 2);
    EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
    Answer(0);
  }
  Wait(options_.event_probe);
  Wait(options_.query_timeout);
  EXPECT_EQ(Action(0), "half-close");
}

// There is no lossless way to leave, and a second WORKER_CONNECT with the same key would be one too many.
TEST_F(EventLinkMachineTest, InGoALinkIsLeftByAHalfCloseAndEveryConnectionHasAKeyOfItsOwn) {
  Renew(GoLike());
  Up();
  link_->Leave(now_);
  EXPECT_EQ(Action(0), "half-close");
  EXPECT_EQ(State(1), "idle");
  EXPECT_TRUE(link_->carries_events(0)) << "it is read to its end";
  Close(0);
  EXPECT_EQ(Action(0), "close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  Authenticated();
  link_->Attach(run_, now_);
  EXPECT_THAT(Sent(0), ElementsAre(kWorkerHello2, "IS_ONLINE"));
}

TEST_F(EventLinkMachineTest, NoByteAfterAProbeEndsTheLinkWhichIsReadToItsEnd) {
  Up();
  Wait(options_.event_probe + options_.query_timeout);
  EXPECT_EQ(Action(0), "half-close");
  EXPECT_FALSE(link_->live());
  EXPECT_THAT(News(), IsEmpty());
  EXPECT_TRUE(link_->carries_events(0));
  Bytes(0);
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(State(0), "backoff");
  EXPECT_EQ(Count("event_link_probes_failed"), 1u);
  EXPECT_EQ(Count("event_links_lost"), 1u);
}

TEST_F(EventLinkMachineTest, AGatewayThatDoesNotCloseIsWaitedForBeforeTheNextConnect) {
  Up();
  Wait(options_.event_probe + options_.query_timeout);
  EXPECT_EQ(Action(0), "half-close");
  Wait(options_.close_wait - absl::Milliseconds(1));
  EXPECT_EQ(State(0), "closing");
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(Action(0), "close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  Wait(options_.backoff_first);
  EXPECT_EQ(Action(0), "dial");
}

TEST_F(EventLinkMachineTest, GarbageEndsTheLinkAndNothingOfItIsTaken) {
  Up();
  link_->OnGarbage(0, "nonsense", now());
  EXPECT_EQ(Action(0), "half-close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_FALSE(link_->carries_events(0));
  EXPECT_FALSE(link_->in_use(0));
  EXPECT_EQ(Count("bad_answers"), 1u);
  Close(0);
  EXPECT_EQ(State(0), "backoff");
}

TEST_F(EventLinkMachineTest, AnAnswerThatNobodyAskedForOrThatCannotBeIsGarbage) {
  Up();
  Answer(0);
  EXPECT_EQ(State(0), "closing");
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(Count("bad_answers"), 1u);
  Renew();
  keys_ = 0;
  Up();
  link_->AskMark(now());
  link_->OnAnswer(0, "i:7;", now());
  EXPECT_EQ(State(0), "closing");
  EXPECT_THAT(News(), ElementsAre("gone"));
}

TEST_F(EventLinkMachineTest, ProofsAndMarksAreAnsweredInTurn) {
  Up();
  link_->AskMark(now());
  link_->AskProof(5, now());
  EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE", "IS_ONLINE"));
  Answer(0);
  EXPECT_THAT(News(), ElementsAre("marked"));
  Answer(0);
  EXPECT_THAT(News(), ElementsAre("proved 5"));
}

TEST_F(EventLinkMachineTest, AnAnswerThatTheGatewayDroppedEndsTheLink) {
  Up();
  link_->AskMark(now());
  for (int i = 0; i < 70; ++i)
    Bytes(0, 1024 * 1024);
  EXPECT_EQ(State(0), "ready");  // a fast Gateway: give it the time
  Wait(options_.query_timeout - absl::Seconds(1));
  Bytes(0);
  Wait(absl::Seconds(1));
  Bytes(0);
  EXPECT_EQ(State(0), "closing");
  EXPECT_EQ(Count("event_link_probes_failed"), 1u);
}

// ---- Paused

TEST_F(EventLinkMachineTest, WhilePausedNothingIsReadAndNothingMissed) {
  Up();
  link_->AskMark(now());
  link_->Pause(now());
  EXPECT_FALSE(link_->reads(0));
  Wait(absl::Hours(10));
  EXPECT_EQ(State(0), "ready");
  link_->Resume(now());
  EXPECT_TRUE(link_->reads(0));
  Wait(options_.query_timeout - absl::Milliseconds(1));
  EXPECT_EQ(State(0), "ready");
  Answer(0);
  EXPECT_THAT(News(), ElementsAre("marked"));
  EXPECT_EQ(Count("event_reads_paused"), 1u);
}

TEST_F(EventLinkMachineTest, TheLeaveOfAPausedLinkTakesItsTime) {
  Up();
  link_->Pause(now());
  link_->Leave(now());
  Connect(1);
  Answer(1);
  Wait(absl::Hours(1));
  EXPECT_EQ(State(1), "ready");
  link_->Resume(now());
  Answer(0);
  EXPECT_FALSE(link_->reads(1));
  Wait(options_.leave_timeout - absl::Milliseconds(1));
  EXPECT_THAT(News(), IsEmpty());
  link_->Pause(now());
  Wait(absl::Hours(1));
  EXPECT_THAT(News(), IsEmpty());
  link_->Resume(now());
  Wait(absl::Milliseconds(1));
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(Count("event_leaves_forced"), 1u);
}

// ---- Leaving

TEST_F(EventLinkMachineTest, LeavesByASecondConnectionWithTheSameKey) {
  Up();
  TakenOver();
  EXPECT_EQ(Action(0), "none");
  EXPECT_TRUE(link_->carries_events(0));
  EXPECT_FALSE(link_->reads(1));
  Bytes(0);
  Close(0);
  EXPECT_EQ(Action(0), "close");
  EXPECT_THAT(Sent(1), ElementsAre("IS_ONLINE"));
  EXPECT_TRUE(link_->carries_events(1));
  Bytes(1);
  EXPECT_EQ(Action(1), "none");
  Answer(1);
  EXPECT_EQ(Action(1), "half-close");
  Bytes(1);
  EXPECT_THAT(News(), IsEmpty());
  Close(1);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(link_->NextTimer(), absl::InfiniteFuture());
  EXPECT_EQ(Count("event_leaves"), 1u);
  EXPECT_EQ(Count("event_leaves_forced"), 0u);
  EXPECT_EQ(Count("event_links_lost"), 0u);
  EXPECT_EQ(Count("links_lost"), 0u);
}

// Unread bytes would make the Gateway's close a reset, which throws away what is on its way.
TEST_F(EventLinkMachineTest, NothingIsWrittenToTheFirstOnceItIsReplaced) {
  Up();
  TakenOver();
  Wait(options_.leave_timeout - absl::Milliseconds(1));
  EXPECT_THAT(Sent(0), IsEmpty());
  EXPECT_THAT(Sent(1), IsEmpty());
}

// The second could lead to the Gateway's next run, whose clients are others.
TEST_F(EventLinkMachineTest, AFirstThatIsLostBeforeItIsProvenLeavesTheSecondAlone) {
  Up();
  link_->Leave(now());
  Connect(1);
  Answer(1);
  EXPECT_THAT(Sent(0), ElementsAre("IS_ONLINE"));
  Close(0);
  EXPECT_EQ(Action(1), "close");
  EXPECT_THAT(Sent(1), IsEmpty());
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Count("event_links_lost"), 1u);
}

TEST_F(EventLinkMachineTest, WithoutASecondTheFirstIsHalfClosedAndReadToItsEnd) {
  for (const bool refused : {true, false}) {
    Renew();
    keys_ = 0;
    Up();
    link_->Leave(now());
    EXPECT_EQ(Action(1), "dial");
    if (refused) {
      link_->OnConnectFailed(1, "connection refused", now());
    } else {
      link_->OnConnected(1, now());
      Close(1);
      EXPECT_EQ(Action(1), "close");
    }
    EXPECT_EQ(State(1), "idle");
    EXPECT_EQ(Action(0), "half-close");
    Bytes(0);
    Close(0);
    EXPECT_THAT(News(), ElementsAre("gone"));
    EXPECT_TRUE(link_->off());
    EXPECT_EQ(Count("event_leaves_forced"), 1u);
    EXPECT_EQ(Count("event_links_lost"), 0u);
  }
}

TEST_F(EventLinkMachineTest, ASecondThatIsNotAnsweredIsGivenUp) {
  Up();
  link_->Leave(now());
  Connect(1);
  Wait(options_.connect_timeout);
  EXPECT_EQ(Action(0), "half-close");
  EXPECT_EQ(Action(1), "close");
  Close(0);
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, EachStepOfALeaveEndsInTime) {
  for (int step = 0; step < 6; ++step) {
    SCOPED_TRACE(step);
    Renew();
    keys_ = 0;
    Up();
    link_->Leave(now());
    if (step >= 1) Connect(1);
    if (step >= 2) Answer(1);
    if (step >= 3) Answer(0);
    if (step >= 4) Close(0);
    if (step >= 5) Answer(1);
    // Signs of life do not make it longer.
    for (int i = 0; i < 50 && !link_->off(); ++i) {
      Wait(options_.leave_timeout / 50);
      for (const std::size_t c : {0, 1}) {
        if (link_->carries_events(c)) Bytes(c);
      }
    }
    EXPECT_THAT(News(), ElementsAre("gone"));
    EXPECT_TRUE(link_->off() || State(0) == "closing");
    EXPECT_EQ(Count("event_leaves_forced"), 1u);
  }
}

TEST_F(EventLinkMachineTest, ASecondThatClosesWhileItIsDrainedIsTheEndOfIt) {
  Up();
  TakenOver();
  Close(0);
  Close(1);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, WantedAgainItIsFirstLeftThenOpenedWithAnotherKey) {
  Up();
  TakenOver();
  link_->Want(now());
  Close(0);
  Answer(1);
  EXPECT_THAT(News(), IsEmpty());
  Close(1);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_EQ(State(0), "backoff");  // the old socket is still to be closed
  EXPECT_EQ(Action(0), "close");
  Wait(options_.backoff_first);
  Connect(0);
  Answer(0);
  link_->Attach(run_, now());
  EXPECT_THAT(Sent(0), ElementsAre(kWorkerHello2, "IS_ONLINE"));
}

TEST_F(EventLinkMachineTest, WhatIsNotYetAWorkerIsSimplyClosed) {
  link_->Want(now());
  link_->Leave(now());
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Action(0), "none");
  link_->Want(now());
  Connect(0);
  link_->Leave(now());
  EXPECT_EQ(Action(0), "close");
  EXPECT_TRUE(link_->off());
  Authenticated();
  link_->Leave(now());
  EXPECT_EQ(Action(0), "close");
  EXPECT_TRUE(link_->off());
  EXPECT_EQ(Count("event_leaves"), 0u);
  EXPECT_THAT(News(), IsEmpty());
}

TEST_F(EventLinkMachineTest, InABackoffThereIsNothingToLeave) {
  Up();
  Close(0);
  News();
  link_->Leave(now());
  EXPECT_TRUE(link_->off());
  Wait(absl::Hours(1));
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, OneThatHasFailedIsOffOnceItIsClosed) {
  Up();
  link_->OnGarbage(0, "nonsense", now());
  link_->Leave(now());
  EXPECT_FALSE(link_->off());
  Close(0);
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, KeepMeansUntilItIsLost) {
  Up();
  link_->Keep();
  EXPECT_TRUE(link_->live());
  Close(0);
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, DropClosesBothAtOnce) {
  Up();
  TakenOver();
  Sent(1);
  link_->Drop("the daemon is stopping", now());
  EXPECT_EQ(Action(0), "close");
  EXPECT_EQ(Action(1), "close");
  EXPECT_THAT(News(), ElementsAre("gone"));
  EXPECT_TRUE(link_->off());
}

TEST_F(EventLinkMachineTest, ALeaveIsAskedForOnce) {
  Up();
  TakenOver();
  link_->Leave(now());
  link_->Leave(now());
  EXPECT_EQ(Action(1), "none");
  EXPECT_EQ(Count("event_leaves"), 1u);
}

}  // namespace
}  // namespace gatewayd::cluster
