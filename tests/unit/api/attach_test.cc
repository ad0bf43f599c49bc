// The rpc Attach over a channel, with a fake cluster below the hub: events and their acknowledgements.
#include <atomic>
#include <optional>
#include <thread>

#include "unit/api/attach_fixture.h"
#include "unit/api/php.h"
#include "unit/api/test_worker.h"

namespace gatewayd::api {
namespace {

using test::TestWorker;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(AttachTest, WelcomeSaysWhatReallyApplies) {
  TestWorker worker(channel_);
  pb::AttachRequest request = TestWorker::AllKinds();
  request.mutable_hello()->set_worker_name("echo");
  request.mutable_hello()->set_window_events(1'000'000);
  request.mutable_hello()->set_max_message_bytes(1024 * 1024);
  const pb::Welcome welcome = worker.Attach(request);
  EXPECT_EQ(welcome.version(), "1.2.3");
  EXPECT_EQ(welcome.dialect(), "php");
  EXPECT_EQ(welcome.window_events(), events::kMaxWindowEvents);
  EXPECT_EQ(welcome.window_bytes(), events::kDefaultWindowBytes);
  EXPECT_EQ(welcome.max_message_bytes(), 1024u * 1024);
  EXPECT_EQ(welcome.max_deliveries(), 5u);
  const pb::GetWorkersResponse workers = Workers();
  ASSERT_EQ(workers.workers_size(), 1);
  EXPECT_EQ(workers.workers(0).worker_name(), "echo");
  EXPECT_EQ(workers.workers(0).worker_id(), welcome.worker_id());
  EXPECT_THAT(workers.workers(0).kinds(),
              ElementsAre("CONNECT", "WEBSOCKET_CONNECT", "MESSAGE", "CLOSE", "GATEWAY_LOST"));
}

TEST_F(AttachTest, NoHelloEndsTheStream) {
  TestWorker worker(channel_);
  worker.Say({});
  EXPECT_FALSE(worker.Read());
  const grpc::Status status = worker.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("hello"));
}

TEST_F(AttachTest, ASecondHelloEndsTheStream) {
  TestWorker worker(channel_);
  worker.Attach();
  worker.Say(TestWorker::AllKinds());
  EXPECT_FALSE(worker.Read());
  EXPECT_EQ(worker.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  AwaitWorkers(0);
}

TEST_F(AttachTest, AKindThatIsNotKnownEndsTheStream) {
  TestWorker worker(channel_);
  pb::AttachRequest request;
  request.mutable_hello()->add_kinds(static_cast<pb::EventKind>(17));
  worker.Say(request);
  EXPECT_FALSE(worker.Read());
  const grpc::Status status = worker.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("hello.kinds"));
}

TEST_F(AttachTest, EventsHaveAllThatTheGatewaySaid) {
  TestWorker worker(channel_);
  worker.Attach();
  Event(wire::Command::kOnConnect, 7);
  Event(wire::Command::kOnMessage, 7, "hello", "a:1:{s:4:\"name\";s:3:\"ann\";}");
  Event(wire::Command::kOnClose, 7);
  const std::vector<pb::Event> events = worker.Events(3);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].kind(), pb::EVENT_KIND_CONNECT);
  const pb::Event& message = events[1];
  EXPECT_EQ(message.id(), 2u);
  EXPECT_EQ(message.kind(), pb::EVENT_KIND_MESSAGE);
  EXPECT_EQ(message.client_id(), "7f0000010b5400000007");
  EXPECT_EQ(message.generation(), "fake-1");
  EXPECT_EQ(message.body(), "hello");
  EXPECT_EQ(message.session().value().fields().at("name").string_value(), "ann");
  EXPECT_EQ(message.client_ip(), "10.0.0.1");
  EXPECT_EQ(message.client_port(), 5000u);
  EXPECT_EQ(message.gateway_port(), 7272u);
  EXPECT_EQ(message.attempt(), 1u);
  EXPECT_FALSE(message.redelivered());
  EXPECT_EQ(events[2].kind(), pb::EVENT_KIND_CLOSE);
}

TEST_F(AttachTest, AHandshakeIsDecodedAndKeptExactly) {
  TestWorker worker(channel_);
  worker.Attach();
  const std::string handshake =
      "a:3:{s:3:\"get\";a:1:{s:1:\"a\";a:1:{i:0;s:1:\"1\";}}s:6:\"server\";a:1:{s:11:\"REQUEST_URI\";"
      "s:6:\"/?a[]=\";}s:6:\"cookie\";a:1:{s:1:\"c\";s:1:\"\xff\";}}";
  Event(wire::Command::kOnWebSocketConnect, 7, handshake);
  const std::vector<pb::Event> events = worker.Events(1);
  ASSERT_EQ(events.size(), 1u);
  const pb::Handshake& decoded = events[0].handshake();
  EXPECT_EQ(decoded.stored(), handshake);
  EXPECT_EQ(decoded.get().fields().at("a").list_value().values(0).string_value(), "1");
  EXPECT_EQ(decoded.server().fields().at("REQUEST_URI").string_value(), "/?a[]=");
  EXPECT_TRUE(decoded.incomplete());
}

TEST_F(AttachTest, SessionsComeAsTheHelloWants) {
  const std::string session = "a:1:{s:4:\"name\";s:3:\"ann\";}";
  for (const auto mode : {pb::SESSION_MODE_NONE, pb::SESSION_MODE_RAW}) {
    TestWorker worker(channel_);
    pb::AttachRequest request = TestWorker::AllKinds();
    request.mutable_hello()->set_session_mode(mode);
    worker.Attach(request);
    Event(wire::Command::kOnMessage, 7, "hello", session);
    const std::vector<pb::Event> events = worker.Events(1);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].session().stored(), mode == pb::SESSION_MODE_RAW ? session : "");
    EXPECT_FALSE(events[0].session().has_value());
    worker.Ack(events[0].id());
    pb::AttachRequest leave;
    leave.mutable_leave();
    worker.Say(leave);
    EXPECT_FALSE(worker.Read());
    EXPECT_TRUE(worker.Finish().ok());
  }
}

TEST_F(AttachTest, TheWindowHoldsUntilItIsAcknowledged) {
  TestWorker worker(channel_);
  pb::AttachRequest request = TestWorker::AllKinds();
  request.mutable_hello()->set_window_events(2);
  worker.Attach(request);
  for (const char* body : {"a", "b", "c", "d"})
    Message(7, body);
  EXPECT_EQ(worker.Events(2).size(), 2u);
  EXPECT_EQ(Workers().workers(0).events_in_flight(), 2u);
  EXPECT_EQ(Workers().workers(0).events_queued(), 2u);
  worker.Ack(2);
  const std::vector<pb::Event> rest = worker.Events(2);
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].body(), "c");
  EXPECT_EQ(rest[1].body(), "d");
}

TEST_F(AttachTest, AcksComeAsIdsAndRangesAndUnknownOnesAreCounted) {
  TestWorker worker(channel_);
  worker.Attach();
  for (int i = 0; i < 6; ++i)
    Message(7, "x");
  worker.Events(6);
  pb::AttachRequest request;
  request.mutable_acks()->add_ids(2);
  request.mutable_acks()->add_ids(2);
  request.mutable_acks()->add_ids(99);
  auto* range = request.mutable_acks()->add_ranges();
  range->set_first(4);
  range->set_last(6);
  worker.Say(request);
  while (Workers().workers(0).events_acknowledged() < 4) {
  }
  EXPECT_EQ(Workers().workers(0).events_in_flight(), 2u);
  EXPECT_EQ(Workers().workers(0).unknown_acks(), 2u);
}

TEST_F(AttachTest, ABrokenStreamsEventsGoToTheNextWorkerMarked) {
  std::optional<TestWorker> first(channel_);
  first->Attach();
  Message(7, "a");
  Message(7, "b");
  EXPECT_EQ(first->Events(2).size(), 2u);
  first.reset();
  TestWorker second(channel_);
  second.Attach();
  const std::vector<pb::Event> events = second.Events(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].body(), "a");
  EXPECT_EQ(events[0].attempt(), 2u);
  EXPECT_TRUE(events[0].redelivered());
  EXPECT_EQ(events[1].body(), "b");
}

TEST_F(AttachTest, TheLastThatLeavesForGoodEndsWithOk) {
  TestWorker worker(channel_);
  worker.Attach();
  Message(7, "a");
  worker.Events(1);
  pb::AttachRequest request;
  request.mutable_leave()->set_mode(pb::LEAVE_MODE_CLOSE_LINKS);
  worker.Say(request);
  worker.Ack(1);
  EXPECT_FALSE(worker.Read());
  EXPECT_TRUE(worker.Finish().ok());
  AwaitWorkers(0);
}

TEST_F(AttachTest, HalfClosingWithoutALeaveIsABrokenStream) {
  TestWorker worker(channel_);
  worker.Attach();
  Message(7, "a");
  worker.Events(1);
  worker.WritesDone();
  EXPECT_FALSE(worker.Read());
  EXPECT_TRUE(worker.Finish().ok());
  TestWorker second(channel_);
  second.Attach();
  ASSERT_EQ(second.Events(1).size(), 1u);
}

TEST_F(AttachTest, ADrainedWorkerIsToldAndEnds) {
  TestWorker worker(channel_);
  const std::string id = worker.Attach().worker_id();
  const auto admin = pb::AdminService::NewStub(channel_);
  grpc::ClientContext context;
  pb::DrainWorkerRequest request;
  request.set_worker_id(id);
  pb::DrainWorkerResponse response;
  EXPECT_TRUE(admin->DrainWorker(&context, request, &response).ok());
  const auto draining = worker.Read();
  ASSERT_TRUE(draining && draining->has_draining());
  EXPECT_FALSE(worker.Read());
  EXPECT_EQ(worker.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  grpc::ClientContext again;
  EXPECT_EQ(admin->DrainWorker(&again, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(AttachTest, ABodyAboveTheLimitIsLeftOutAndSaidSo) {
  TestWorker worker(channel_);
  pb::AttachRequest request = TestWorker::AllKinds();
  request.mutable_hello()->set_max_message_bytes(8 * 1024);
  worker.Attach(request);
  Message(7, std::string(20'000, 'x'));
  Message(7, "small");
  const std::vector<pb::Event> events = worker.Events(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].body_omitted(), 20'000u);
  EXPECT_EQ(events[0].body(), "");
  EXPECT_FALSE(events[1].has_body_omitted());
  EXPECT_EQ(events[1].body(), "small");
}

TEST_F(AttachTest, OnSendNeedsNoAcks) {
  TestWorker worker(channel_);
  pb::AttachRequest request = TestWorker::AllKinds();
  request.mutable_hello()->set_ack_mode(pb::ACK_MODE_ON_SEND);
  request.mutable_hello()->set_window_events(1);
  worker.Attach(request);
  for (int i = 0; i < 5; ++i)
    Message(7, "x");
  EXPECT_EQ(worker.Events(5).size(), 5u);
  EXPECT_EQ(Workers().workers(0).events_in_flight(), 0u);
  EXPECT_EQ(Workers().event_memory_used(), 0u);
}

TEST_F(AttachTest, ASessionThatThisDaemonHasWrittenIsFetchedAgain) {
  TestWorker worker(channel_);
  worker.Attach(TestWorker::FreshSessions());
  gateway(0).Answer("a:1:{s:1:\"n\";i:2;}");
  Event(wire::Command::kOnMessage, 7, "first", "a:1:{s:1:\"n\";i:1;}");
  worker.Events(1);
  worker.Ack(1);
  hub_->OnSessionWritten(run_, 7);
  Event(wire::Command::kOnMessage, 7, "second", "a:1:{s:1:\"n\";i:1;}");
  const std::vector<pb::Event> events = worker.Events(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].session().value().fields().at("n").number_value(), 2);
  EXPECT_FALSE(events[0].session_stale());
}

TEST_F(AttachTest, OneEventOfAClientAtATimeWhereSessionsAreFresh) {
  TestWorker worker(channel_);
  worker.Attach(TestWorker::FreshSessions());
  for (const char* body : {"a", "b", "c"})
    Message(7, body);
  Message(8, "another's");
  EXPECT_EQ(worker.Events(2).back().body(), "another's");
  EXPECT_EQ(Workers().workers(0).events_queued(), 2u);
  worker.Ack(2);
  EXPECT_EQ(worker.Events(1).back().body(), "b");
  worker.Ack(3);
  EXPECT_EQ(worker.Events(1).back().body(), "c");
}

TEST_F(AttachTest, ASessionThatCannotBeFetchedIsCalledStale) {
  TestWorker worker(channel_);
  worker.Attach(TestWorker::FreshSessions());
  hub_->OnSessionWritten(run_, 7);
  Event(wire::Command::kOnMessage, 7, "second", "a:1:{s:1:\"n\";i:1;}");
  const std::vector<pb::Event> events = worker.Events(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].session_stale());
  EXPECT_EQ(events[0].session().value().fields().at("n").number_value(), 1);
}

TEST_F(AttachTest, WatchersSeeCopiesByTheirFilter) {
  const auto stub = pb::WorkerService::NewStub(channel_);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  pb::WatchRequest request;
  request.add_kinds(pb::EVENT_KIND_MESSAGE);
  request.add_client_ids(Id(0, 7));
  const auto reader = stub->Watch(&context, request);
  TestWorker worker(channel_);
  worker.Attach();
  // The watcher may be there only after the first messages: so again, until it has seen one.
  pb::WatchResponse response;
  std::atomic<bool> seen = false;
  std::thread reads([&] {
    EXPECT_TRUE(reader->Read(&response));
    seen = true;
  });
  while (!seen) {
    Message(8, "not mine");
    Message(7, "mine");
    worker.Ack(worker.Events(2).back().id());
  }
  reads.join();
  context.TryCancel();
  ASSERT_GE(response.events_size(), 1);
  for (const pb::Event& event : response.events())
    EXPECT_EQ(event.body(), "mine");
  reader->Finish();
}

TEST_F(AttachTest, ManyAttachAndDetachUnderEvents) {
  std::atomic<bool> stop = false;
  std::thread source([&] {
    for (std::uint32_t i = 0; !stop; ++i) {
      while (hub_->view().memory_used > 64 * 1024 && !stop)
        std::this_thread::yield();
      Message(i % 50, "x");
    }
  });
  for (int i = 0; i < 200; ++i) {
    TestWorker worker(channel_);
    worker.Attach();
    if (i % 3 == 0) worker.Ack(worker.Events(1).back().id());
  }
  stop = true;
  source.join();
  AwaitWorkers(0);
}

}  // namespace
}  // namespace gatewayd::api
