// Workers over real sockets: what they get, when event links exist, how they leave, how the daemon drains.
#include <deque>
#include <future>
#include <thread>

#include "integration/worker_fixture.h"

namespace gatewayd::test {
namespace {

using testing::ElementsAre;

class WorkerTest : public WorkerClusterTest {};

TEST_F(WorkerTest, AWebSocketClientsLifeInOrder) {
  StartWith(1);
  auto worker = Attach();
  WebSocketClient client(Port(0, embedded::ClientProtocol::kWebSocket));
  ASSERT_TRUE(client.SendMessage("hello"));
  client.Close();
  const std::vector<pb::Event> events = worker->EventsUntil(IsClose);
  // A Go Gateway tells of the handshake alone, and never of the port.
  const std::size_t first = IsGo() ? 0 : 1;
  ASSERT_EQ(events.size(), first + 3);
  if (!IsGo()) {
    EXPECT_EQ(events[0].kind(), pb::EVENT_KIND_CONNECT);
  }
  EXPECT_EQ(events[first].kind(), pb::EVENT_KIND_WEBSOCKET_CONNECT);
  EXPECT_FALSE(events[first].handshake().server().fields().empty());
  EXPECT_EQ(events[first + 1].body(), "hello");
  for (const pb::Event& event : events) {
    EXPECT_EQ(event.client_id(), events[0].client_id());
    EXPECT_EQ(event.generation(), daemon_->ClusterView().gateways(0).generation());
    EXPECT_EQ(event.client_ip(), "127.0.0.1");
    EXPECT_EQ(event.gateway_port(), IsGo() ? 0 : Port(0, embedded::ClientProtocol::kWebSocket));
  }
}

TEST_F(WorkerTest, AnEchoByTheStreamReachesTheClient) {
  StartWith(1);
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("ping"));
  const std::vector<pb::Event> events = worker->EventsUntil(IsMessage("ping"));
  pb::AttachRequest request;
  auto* command = request.add_commands();
  command->mutable_command()->mutable_send_to_client()->set_client_id(events.back().client_id());
  command->mutable_command()->mutable_send_to_client()->mutable_message()->set_data("pong");
  worker->Say(request);
  EXPECT_EQ(client.ReadMessage(), "pong");
}

TEST_F(WorkerTest, EventLinksExistOnlyWhileAWorkerIsAttached) {
  StartWith(2);
  EXPECT_EQ(EventLinksUp(), 0);
  auto worker = Attach();
  EXPECT_EQ(EventLinksUp(), 2);
  worker->Leave();
  EXPECT_FALSE(worker->Read());
  EXPECT_TRUE(worker->Finish().ok());
  EXPECT_TRUE(WaitEventLinks(0));
}

TEST_F(WorkerTest, AStreamForCommandsAloneOpensNone) {
  StartWith(1);
  TestWorker worker(daemon_->channel());
  worker.Attach(pb::AttachRequest(Window(0)));
  TestWorker commands(daemon_->channel());
  pb::AttachRequest hello;
  hello.mutable_hello()->set_worker_name("pusher");
  commands.Attach(hello);
  worker.Leave();
  EXPECT_FALSE(worker.Read());
  EXPECT_TRUE(WaitEventLinks(0));
}

TEST_F(WorkerTest, KeepLinksHoldsEventsForTheNextOne) {
  StartWith(1);
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("first"));
  worker->EventsUntil(IsMessage("first"));
  worker->Leave(pb::LEAVE_MODE_KEEP_LINKS);
  EXPECT_FALSE(worker->Read());
  EXPECT_TRUE(worker->Finish().ok());
  ASSERT_TRUE(client.SendMessage("second"));
  ASSERT_TRUE(Eventually([&] { return Workers().events_held() == 1; }));
  EXPECT_EQ(EventLinksUp(), 1);
  auto next = Attach();
  const std::vector<pb::Event> events = next->EventsUntil(IsMessage("second"));
  EXPECT_THAT(Bodies(events), ElementsAre("second"));
  EXPECT_FALSE(events.back().redelivered());
}

TEST_F(WorkerTest, EventsAlwaysKeepsLinksAndCountsWhatNobodyTook) {
  StartWith(1, [](Config& config) { config.events.links = events::LinksWanted::kAlways; });
  ASSERT_TRUE(WaitEventLinks(1));
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("nobody"));
  EXPECT_TRUE(Eventually([&] { return daemon_->Counter("events_untaken") >= 2; }));
  auto worker = Attach();
  ASSERT_TRUE(client.SendMessage("somebody"));
  EXPECT_THAT(Bodies(worker->EventsUntil(IsMessage("somebody"))), ElementsAre("somebody"));
}

TEST_F(WorkerTest, EventsNeverRefusesWorkersThatWantThem) {
  StartWith(1, [](Config& config) { config.events.links = events::LinksWanted::kNever; });
  TestWorker worker(daemon_->channel());
  worker.Say(TestWorker::AllKinds());
  EXPECT_FALSE(worker.Read());
  const grpc::Status status = worker.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(status.error_message().find("--events=never"), std::string::npos);
}

TEST_F(WorkerTest, ClientsAreSharedOutAndStay) {
  StartWith(1);
  auto first = Attach(Window(100'000));
  auto second = Attach(Window(100'000));
  std::deque<TextClient> clients;
  for (int i = 0; i < 10; ++i)
    clients.emplace_back(Port(0, embedded::ClientProtocol::kText));
  for (int round = 0; round < 3; ++round) {
    for (TextClient& client : clients)
      ASSERT_TRUE(client.SendMessage("x"));
  }
  ASSERT_TRUE(Eventually([&] {
    const auto workers = Workers();
    return workers.workers(0).events_delivered() + workers.workers(1).events_delivered() == 40;
  }));
  EXPECT_EQ(Workers().workers(0).clients(), 5u);
  EXPECT_EQ(Workers().workers(1).clients(), 5u);
  EXPECT_EQ(Workers().workers(0).events_delivered(), 20u);
}

TEST_F(WorkerTest, AHandlerNeverSeesASessionOlderThanItsOwnWrite) {
  StartWith(1);
  auto worker = Attach(TestWorker::FreshSessions());
  TextClient client = Client();
  constexpr int kMessages = 50;
  for (int i = 0; i < kMessages; ++i)
    ASSERT_TRUE(client.SendMessage(absl::StrCat(i)));
  double seen = 0;
  for (int handled = 0; handled < kMessages + 1; ++handled) {
    const std::vector<pb::Event> events = worker->Events(1);
    ASSERT_EQ(events.size(), 1u);
    const auto& fields = events[0].session().value().fields();
    EXPECT_FALSE(events[0].session_stale());
    EXPECT_EQ(fields.contains("n") ? fields.at("n").number_value() : 0, seen) << "event " << handled;
    pb::AttachRequest request;
    auto* command = request.add_commands();
    command->set_event_id(events[0].id());
    auto* update = command->mutable_command()->mutable_update_session();
    update->set_client_id(events[0].client_id());
    (*update->mutable_session()->mutable_value()->mutable_fields())["n"].set_number_value(++seen);
    request.mutable_acks()->set_up_to(events[0].id());
    worker->Say(request);
  }
  EXPECT_GT(daemon_->Counter("sessions_fetched"), 0u);
}

TEST_F(WorkerTest, ADrainDeliversWhatCameAndTellsTheWorker) {
  StartWith(2);
  auto worker = Attach(Window(4));
  TextClient client = Client(0), other = Client(1);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.SendMessage(absl::StrCat(i)));
    ASSERT_TRUE(other.SendMessage(absl::StrCat(i)));
  }
  ASSERT_TRUE(Eventually([&] { return daemon_->Counter("events_read") == 42; }));
  std::future<void> drained = std::async(std::launch::async, [&] { daemon_->app().Shutdown(); });
  int messages = 0;
  bool told = false;
  while (const auto response = worker->Read()) {
    told = told || response->has_draining();
    for (const pb::Event& event : response->events().events()) {
      messages += event.kind() == pb::EVENT_KIND_MESSAGE;
      worker->Ack(event.id());
    }
  }
  EXPECT_TRUE(told);
  EXPECT_EQ(messages, 40);
  EXPECT_EQ(worker->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  drained.get();
}

TEST_F(WorkerTest, DrainWithoutAProcessIsUnimplemented) {
  StartWith(1);
  grpc::ClientContext context;
  pb::DrainResponse response;
  EXPECT_EQ(admin_->Drain(&context, {}, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(WorkerTest, ALeaveUnderLoadLosesNothingThatTheGatewayAccepted) {
  StartWith(1);
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> sent = 0;
  std::thread source([&] {
    TextClient client = Client();
    for (std::uint64_t i = 0; !stop; ++i) {
      ASSERT_TRUE(client.SendMessage(absl::StrCat(i)));
      ++sent;
      std::this_thread::sleep_for(std::chrono::microseconds(50));  // a load that a sanitizer can keep up with
    }
    client.WaitClosed(std::chrono::milliseconds(1));
  });
  std::uint64_t expected = 0;
  for (int round = 0; round < 10; ++round) {
    auto worker = Attach();
    bool left = false;
    std::uint64_t taken = 0;
    std::optional<std::uint64_t> first;
    while (const auto response = worker->Read()) {
      if (response->events().events_size() > 0) worker->Ack(response->events().events().rbegin()->id());
      for (const pb::Event& event : response->events().events()) {
        if (event.kind() != pb::EVENT_KIND_MESSAGE) continue;
        const std::uint64_t number = std::stoull(event.body());
        if (!first) {
          first = expected = number;  // while nobody was there, the embedded Gateway drops them
        }
        ASSERT_EQ(number, expected) << "round " << round;
        ++expected;
        ++taken;
      }
      if (!left && taken > 200) {
        worker->Leave();
        left = true;
      }
    }
    EXPECT_TRUE(worker->Finish().ok());
    EXPECT_TRUE(WaitEventLinks(0));
  }
  stop = true;
  source.join();
  EXPECT_EQ(daemon_->Counter("event_leaves_forced"), 0u);
  const auto counters = cluster_->gateway(0).counters();
  // What the Gateway has sent to this daemon was read; only its own drops while it closes a link are lost.
  EXPECT_EQ(daemon_->Counter("events_read"), counters.events_sent);
}

}  // namespace
}  // namespace gatewayd::test
