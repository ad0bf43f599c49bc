// The tests of EventLinkMachine: an event link at a made-up Gateway.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/event_link_machine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"
#include "unit/cluster/run_timers.h"

namespace gatewayd::cluster {

inline const std::string kWorkerHello1 = R"(WORKER_CONNECT '{"worker_key":"key:1","secret_key":"s3cret"}')";
inline const std::string kWorkerHello2 = R"(WORKER_CONNECT '{"worker_key":"key:2","secret_key":"s3cret"}')";

// A link, what its two connections wrote, and a clock that only moves by Wait.
class EventLinkMachineTest : public testing::Test {
 protected:
  absl::Time now() const { return now_; }
  std::string State(std::size_t c) { return ToString(link_->connection(c).state()); }
  std::string Action(std::size_t c) { return Describe(link_->connection(c).TakeAction()); }
  std::uint64_t Count(const std::string& name) const { return link_->counters().ByName().at(name); }

  void Wait(absl::Duration duration) { RunTimers(*link_, duration, now_); }
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
    ASSERT_THAT(Sent(c), testing::ElementsAre(kHello, "IS_ONLINE"));
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
    ASSERT_THAT(Sent(0), testing::ElementsAre(kWorkerHello1, "IS_ONLINE"));
    Answer(0);
    ASSERT_THAT(News(), testing::ElementsAre("up"));
  }
  // The second connection leads to the run of the first, and has its key.
  void TakenOver() {
    link_->Leave(now_);
    Connect(1);
    Answer(1);
    ASSERT_THAT(Sent(0), testing::ElementsAre("IS_ONLINE"));
    Answer(0);
    ASSERT_THAT(Sent(1), testing::ElementsAre(kWorkerHello1));
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

}  // namespace gatewayd::cluster
