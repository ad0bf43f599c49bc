// A Worker on a daemon that does as a test wants. What it does on a real one: ../../conformance.
#include "gatewayworker/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "fake_daemon.h"
#include "worker_fixture.h"

namespace gatewayworker {
namespace {

using namespace std::chrono_literals;

using testing::At;
using testing::AttachStream;
using testing::BodyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeDaemon;
using ::testing::HasSubstr;
using testing::Latch;
using testing::Messages;
using ::testing::Pair;
using testing::Requests;
using testing::Script;
using testing::Serving;
using testing::UntilItLeaves;

TEST(WorkerTest, TheHelloSaysWhatIsWanted) {
  FakeDaemon daemon;
  WorkerConfig config = At(daemon.address());
  config.name = "some";
  config.window_events = 5;
  config.window_bytes = 6;
  config.max_message_bytes = 100'000;
  config.session_mode = SessionMode::kRaw;
  config.session_freshness = SessionFreshness::kAsSent;
  config.ack_on_send = true;
  config.token = "t";
  Worker worker(config);
  worker.OnConnect([](const Event&) {}).OnClose([](const Event&) {});
  worker.OnAttached([&](const Welcome& welcome) {
    EXPECT_EQ(welcome.version(), "fake");
    worker.Stop();
  });
  worker.Serve();
  ASSERT_EQ(daemon.hellos().size(), 1);
  const v1::Hello hello = daemon.hellos()[0];
  EXPECT_EQ(hello.worker_name(), "some");
  EXPECT_THAT(hello.kinds(), ElementsAre(v1::EVENT_KIND_CONNECT, v1::EVENT_KIND_CLOSE));
  EXPECT_EQ(hello.window_events(), 5);
  EXPECT_EQ(hello.window_bytes(), 6);
  EXPECT_EQ(hello.max_message_bytes(), 100'000);
  EXPECT_EQ(hello.session_mode(), v1::SESSION_MODE_RAW);
  EXPECT_EQ(hello.session_freshness(), v1::SESSION_FRESHNESS_AS_SENT);
  EXPECT_EQ(hello.ack_mode(), v1::ACK_MODE_ON_SEND);
  EXPECT_THAT(daemon.metadata()[0], Contains(Pair("authorization", "Bearer t")));
}

TEST(WorkerTest, EchoesABatchInOrderAndAcknowledgesIt) {
  std::vector<std::string> bodies;
  for (int number = 0; number < 100; ++number)
    bodies.push_back(std::to_string(number));
  Requests requests;
  Latch acknowledged;
  FakeDaemon daemon(Script({Messages(bodies)}, requests, acknowledged));
  Worker worker(At(daemon.address()));
  worker.OnMessage([&](const Event& event) { worker.SendToCurrentClient(event.body()); });
  {
    const Serving serving(worker);
    acknowledged.Wait();
  }
  std::vector<std::string> answers;
  std::vector<std::uint64_t> event_ids;
  for (const auto& command : requests.Commands()) {
    answers.push_back(BodyOf(command));
    event_ids.push_back(command.event_id());
  }
  EXPECT_EQ(answers, bodies);
  EXPECT_EQ(event_ids.front(), 1);
  EXPECT_EQ(event_ids.back(), 100);
  EXPECT_EQ(requests.all.back().leave().mode(), v1::LEAVE_MODE_CLOSE_LINKS);
}

TEST(WorkerTest, WhatIsSentBeforeAWaitDoesNotWait) {
  Requests requests;
  Latch acknowledged;
  Latch sent;
  FakeDaemon daemon([&](int, AttachStream& stream) {
    stream.Write(Messages({"1"}));
    return UntilItLeaves(stream, [&](const v1::AttachRequest& request) {
      if (request.commands_size() != 0) sent.Open();
    });
  });
  Worker worker(At(daemon.address()));
  worker.OnMessage([&](const Event&) {
    worker.SendToCurrentClient("at once");
    sent.Wait();
  });
  const Serving serving(worker);
  sent.Wait();
}

TEST(WorkerTest, LeavingWithKeepLinksFinishesWhatRuns) {
  Requests requests;
  Latch acknowledged;
  Latch gate;
  FakeDaemon daemon([&](int, AttachStream& stream) {
    stream.Write(Messages({"slow"}));
    bool left = false;
    v1::AttachRequest request;
    while (stream.Read(&request)) {
      requests.all.push_back(request);
      if (request.has_leave()) {
        left = true;
        gate.Open();
      }
      if (left && request.acks().up_to() == 1) break;
    }
    return grpc::Status::OK;
  });
  WorkerConfig config = At(daemon.address());
  config.keep_links = true;
  Worker worker(config);
  worker.OnMessage([&](const Event&) {
    worker.Stop();
    gate.Wait();
    worker.SendToCurrentClient("finished");
  });
  worker.Serve();
  ASSERT_EQ(requests.Commands().size(), 1);
  EXPECT_EQ(requests.all[0].leave().mode(), v1::LEAVE_MODE_KEEP_LINKS);
}

TEST(WorkerTest, CallsOfAHandlerSayWhoseEventTheyAnswer) {
  Requests requests;
  Latch acknowledged;
  FakeDaemon daemon(Script({Messages({"1"}, 1, "7f")}, requests, acknowledged));
  Worker worker(At(daemon.address()));
  worker.OnMessage([&](const Event& event) {
    EXPECT_EQ(CurrentEvent(), &event);
    worker.client().SendToCurrentClient("hi");
    std::thread([] { EXPECT_EQ(CurrentEvent(), nullptr); }).join();
  });
  {
    const Serving serving(worker);
    acknowledged.Wait();
  }
  const auto metadata = daemon.metadata();
  ASSERT_EQ(metadata.size(), 2);
  EXPECT_THAT(metadata[1], Contains(Pair("gateway-client-id", "7f")));
  EXPECT_THAT(metadata[1], Contains(Pair("gateway-generation", "g1")));
}

TEST(WorkerTest, AThreadThatOutlivesItsEventNamesTheClientItself) {
  Requests requests;
  Latch acknowledged;
  FakeDaemon daemon(Script({Messages({"1"}, 1, "7f")}, requests, acknowledged));
  Worker worker(At(daemon.address()));
  std::optional<Event> kept;
  Latch has_kept;
  worker.OnMessage([&](const Event& event) {
    kept = event;
    has_kept.Open();
  });
  {
    const Serving serving(worker);
    has_kept.Wait();
    acknowledged.Wait();
    const CurrentEventScope scope(*kept);
    worker.SendToCurrentClient("late");
  }
  ASSERT_EQ(requests.Commands().size(), 1);
  const v1::NumberedCommand command = requests.Commands()[0];
  EXPECT_EQ(command.event_id(), 0);
  EXPECT_EQ(command.command().send_to_current_client().client_id(), "7f");
  EXPECT_EQ(command.command().send_to_current_client().generation(), "g1");
}

}  // namespace
}  // namespace gatewayworker
