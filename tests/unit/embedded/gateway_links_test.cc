// The Gateway's links to workers and callers on real sockets: answers, limits, and every way in which a link
// ends.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "embedded/gateway.h"
#include "unit/embedded/gateway_harness.h"

namespace gatewayd::embedded {
namespace {

using test::Eventually;
using test::TextClient;
using test::WorkerClient;
using wire::Command;

constexpr std::chrono::milliseconds kMoment{50};

class GatewayLinks : public GatewaySocketTest {
 protected:
  // Makes events of 64 KiB each until `worker`, which does not read, has some pending; returns how many were
  // made.
  std::uint64_t Stall(TextClient& client) {
    const std::string message(64 * 1024, 'e');
    std::uint64_t made = 0;
    EXPECT_TRUE(Eventually([&] {
      for (int i = 0; i < 10; ++i, ++made)
        client.SendMessage(message);
      EXPECT_TRUE(Eventually([&] { return Events() >= made; }));
      auto written = [&] { return gateway().counters().bytes_to_workers; };
      return written() < made * message.size() && Stalls(written);
    }));
    return made;
  }
  std::uint64_t Events() {
    const GatewayCounters counters = gateway().counters();
    return counters.events_sent + counters.events_dropped - 1;  // without ON_CONNECT
  }
  // Events of 64 KiB that come until the link ends.
  std::uint64_t ReadAll(WorkerClient& worker) {
    std::uint64_t count = 0;
    while (auto frame = worker.ReadFrame()) {
      if (frame->command == Command::kOnMessage) ++count;
    }
    return count;
  }
};

TEST_F(GatewayLinks, AnswersComeInOrderAndBetweenEvents) {
  Begin();
  auto worker = Worker("w");
  auto client = Text();
  EXPECT_EQ(worker->ReadFrame()->command, Command::kOnConnect);
  for (int i = 0; i < 100; ++i) {
    worker->SendFrame(Command::kIsOnline, i % 2 ? 1 : 9);
    worker->SendFrame(Command::kGetClientCountByGroup);
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(worker->ReadAnswer(), i % 2 ? "i:1;" : "i:0;");
    EXPECT_EQ(worker->ReadAnswer(), "i:1;");
  }
  client->SendMessage("m");
  EXPECT_EQ(worker->ReadFrame()->body, "m");
  EXPECT_EQ(gateway().counters().frames[static_cast<int>(Command::kGetClientCountByGroup)], 100u);
  EXPECT_EQ(gateway().counters().answers_sent, 201u);
}

TEST_F(GatewayLinks, TakesFramesInPieces) {
  Begin();
  auto client = Text();
  auto caller = Caller();
  wire::Frame frame;
  frame.command = Command::kSendToOne;
  frame.connection_id = 1;
  frame.body = "in pieces";
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  wire::AppendFrame(frame, bytes);
  for (char c : bytes)
    caller->Send({&c, 1});
  EXPECT_EQ(client->ReadMessage(), "in pieces");
  EXPECT_EQ(client->ReadMessage(), "in pieces");
}

TEST_F(GatewayLinks, AWrongSecretAndAMissingHelloClose) {
  Begin(Options("s3cret"));
  auto wrong = Caller();
  wrong->HelloAsCaller("wrong");
  EXPECT_TRUE(wrong->WaitClosed());
  EXPECT_EQ(wrong->buffered(), "");
  auto none = Caller();
  none->SendFrame(Command::kIsOnline, 1);
  EXPECT_TRUE(none->WaitClosed());
  auto right = Caller();
  right->HelloAsCaller("s3cret");
  right->HelloAsCaller("s3cret");
  EXPECT_EQ(right->Query(Command::kIsOnline, 1), "i:0;");
  EXPECT_EQ(gateway().counters().state.wrong_secrets, 1u);
  EXPECT_EQ(gateway().counters().state.unauthorized, 1u);
}

TEST_F(GatewayLinks, WhatWouldStopPhpCostsTheLinkAlone) {
  Begin();
  auto client = Text();
  auto other = Caller();
  auto bad = Caller();
  bad->SendFrame(Command::kSelect, 0, R"({"fields":["eventLoop"],"where":[]})");
  EXPECT_TRUE(bad->WaitClosed());
  EXPECT_EQ(gateway().counters().state.would_have_crashed, 1u);
  EXPECT_EQ(other->Query(Command::kIsOnline, 1), "i:1;");
}

TEST_F(GatewayLinks, BrokenAndOversizedFramesCloseTheLink) {
  Begin();
  auto client = Text();
  for (std::string head : {std::string("\x00\x00\x00\x05", 4), std::string("\x7f\x00\x00\x00", 4)}) {
    auto bad = Caller();
    bad->Send(head + std::string(60, '\0'));
    EXPECT_TRUE(bad->WaitClosed());
  }
  EXPECT_EQ(gateway().counters().bad_frames, 2u);
  auto big = Caller();
  big->SendFrame(Command::kSetSession, 1, std::string(wire::kMaxFrameToGateway - wire::kFrameHeadSize, 'x'));
  EXPECT_EQ(big->Query(Command::kIsOnline, 1), "i:1;");
  big->SendFrame(Command::kSetSession, 1,
                 std::string(wire::kMaxFrameToGateway - wire::kFrameHeadSize + 1, 'x'));
  EXPECT_TRUE(big->WaitClosed());
}

TEST_F(GatewayLinks, AFullBufferDropsAnswersSilently) {
  ClusterOptions options = Options();
  options.gateways[0].worker_send_buffer = 200000;
  Begin(std::move(options));
  auto client = Text();
  auto caller = Caller();
  caller->SendFrame(Command::kSetSession, 1, std::string(60000, 's'));
  ASSERT_TRUE(Eventually([&] {
    for (int i = 0; i < 100; ++i)
      caller->SendFrame(Command::kGetAllClientSessions);
    return gateway().counters().answers_dropped > 0 &&
           Stalls([&] { return gateway().counters().bytes_to_workers; });
  }));
  // The answer to this one would be small, and is lost as well: what comes next answers another query.
  const std::uint64_t asked = gateway().counters().frames[10];
  std::uint64_t got = 0;
  while (caller->ReadAnswer(kMoment * 4))
    ++got;
  EXPECT_LT(got, gateway().counters().frames[10]);
  EXPECT_GE(gateway().counters().frames[10], asked);
  EXPECT_EQ(caller->Query(Command::kIsOnline, 1), "i:1;");  // it drained: the link works again
}

TEST_F(GatewayLinks, AFullBufferDropsEventsOnCloseToo) {
  ClusterOptions options = Options();
  options.gateways[0].worker_send_buffer = 100000;
  Begin(std::move(options));
  auto worker = Worker("w");
  auto client = Text();
  // Until the buffer is so full that ten messages, a connect and a close are all lost.
  EXPECT_TRUE(Eventually([&] {
    const GatewayCounters before = gateway().counters();
    for (int i = 0; i < 10; ++i)
      client->SendMessage(std::string(64 * 1024, 'e'));
    Text()->Close();
    GatewayCounters after;
    EXPECT_TRUE(Eventually([&] {
      after = gateway().counters();
      return after.events_sent + after.events_dropped == before.events_sent + before.events_dropped + 12;
    }));
    return after.events_dropped == before.events_dropped + 12;
  }));
}

TEST_F(GatewayLinks, TheSameKeyFlushesTheFirstLinkThenClosesIt) {
  Begin();
  auto first = Worker("w");
  auto client = Text();
  const std::uint64_t made = Stall(*client);
  ASSERT_EQ(gateway().counters().events_dropped, 0u);
  auto second = Worker("w");
  EXPECT_EQ(ReadAll(*first), made);  // nothing was lost
  EXPECT_EQ(gateway().counters().state.key_conflicts, 1u);
  // The late close of the first removed the second from the table: it answers, and gets no event ever again.
  EXPECT_TRUE(Eventually([&] { return gateway().counters().links_open == 1; }));
  client->SendMessage("m");
  EXPECT_FALSE(second->ReadFrame(kMoment));
  EXPECT_EQ(second->Query(Command::kIsOnline, 1), "i:1;");
}

TEST_F(GatewayLinks, TheSameKeyOnAnIdleLinkTakesOver) {
  Begin();
  auto first = Worker("w");
  auto client = Text();
  EXPECT_EQ(first->ReadFrame()->command, Command::kOnConnect);
  auto second = Worker("w");
  EXPECT_TRUE(first->WaitClosed());
  client->SendMessage("m");
  EXPECT_EQ(second->ReadFrame()->body, "m");
}

TEST_F(GatewayLinks, EndOfFileDestroysALinkWithWhatItHadPending) {
  Begin();
  auto worker = Worker("w");
  auto client = Text();
  const std::uint64_t made = Stall(*client);
  worker->HalfClose();
  ASSERT_TRUE(Eventually([&] { return gateway().counters().links_open == 0; }));
  EXPECT_LT(ReadAll(*worker), made);
}

TEST_F(GatewayLinks, EventsMoveToAnotherWorkerWhenALinkCloses) {
  Begin();
  auto a = Worker("a");
  auto b = Worker("b");
  auto client = Text();
  EXPECT_EQ(a->ReadFrame()->command, Command::kOnConnect);
  a->Close();
  EXPECT_TRUE(Eventually([&] { return gateway().counters().links_open == 1; }));
  client->SendMessage("m");
  EXPECT_EQ(b->ReadFrame()->body, "m");
}

TEST_F(GatewayLinks, PauseFreezesAndResumeGoesOn) {
  Begin();
  auto caller = Caller();
  EXPECT_EQ(caller->Query(Command::kIsOnline, 1), "i:0;");
  gateway().Pause();
  caller->SendFrame(Command::kIsOnline, 1);
  auto late = Caller();  // the kernel accepts
  late->SendFrame(Command::kIsOnline, 1);
  EXPECT_FALSE(caller->ReadAnswer(kMoment));
  EXPECT_FALSE(late->ReadAnswer(kMoment));
  gateway().Resume();
  EXPECT_EQ(caller->ReadAnswer(), "i:0;");
  EXPECT_EQ(late->ReadAnswer(), "i:0;");
  gateway().Pause();  // and stopping a frozen one works
}

TEST_F(GatewayLinks, CloseLinksKeepsTheClients) {
  Begin();
  auto client = Text();
  auto caller = Caller();
  caller->Query(Command::kIsOnline, 1);
  gateway().CloseLinks();
  EXPECT_TRUE(caller->WaitClosed());
  EXPECT_EQ(Caller()->Query(Command::kIsOnline, 1), "i:1;");
}

TEST_F(GatewayLinks, PingsWorkersWhereItsAddressIsNotLoopback) {
  ClusterOptions options = Options();
  options.gateways[0].advertised_ip = "127.0.0.2";
  options.gateways[0].worker_ping = absl::Milliseconds(20);
  Begin(std::move(options));
  auto worker = Worker("w");
  auto frame = worker->ReadFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(*frame, wire::Frame{});
  auto client = Text();
  while (frame && frame->command == Command::kPing)
    frame = worker->ReadFrame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->local_ip, 0x7f000002u);
  EXPECT_EQ(gateway().inner_address(), (wire::GatewayAddress{0x7f000002, gateway().inner_port()}));
}

TEST_F(GatewayLinks, TheObserverSeesEachFrameAndMayAskTheGateway) {
  Begin();
  auto client = Text();
  std::atomic<int> seen = 0;
  gateway().SetFrameObserver([&](std::uint64_t, const wire::Frame& frame) {
    if (frame.command == Command::kIsOnline && gateway().clients().size() == 1) ++seen;
  });
  auto caller = Caller();
  EXPECT_EQ(caller->Query(Command::kIsOnline, 1), "i:1;");
  EXPECT_EQ(seen, 1);
  gateway().SetFrameObserver(nullptr);
  EXPECT_EQ(caller->Query(Command::kIsOnline, 1), "i:1;");
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace gatewayd::embedded
