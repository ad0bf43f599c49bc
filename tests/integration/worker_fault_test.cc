// What goes wrong with workers: each with what is delivered, counted, logged, and what heals.
#include <thread>

#include "integration/worker_fixture.h"

namespace gatewayd::test {
namespace {

using testing::ElementsAre;

class WorkerFaultTest : public WorkerClusterTest {};

TEST_F(WorkerFaultTest, AWorkerThatStopsReadingIsStoppedByItsWindowAndHoldsNobodyUp) {
  StartWith(1);
  auto slow = Attach(Window(10));
  TextClient of_slow = Client();
  ASSERT_TRUE(of_slow.SendMessage("first"));
  ASSERT_TRUE(Eventually([&] { return Workers().workers(0).events_in_flight() == 2; }));
  auto fast = Attach();
  TextClient of_fast = Client();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(of_slow.SendMessage("x"));
    ASSERT_TRUE(of_fast.SendMessage(absl::StrCat(i)));
  }
  EXPECT_EQ(Bodies(fast->EventsUntil(IsMessage("99"))).size(), 100u);
  ASSERT_TRUE(Eventually([&] { return Workers().workers(0).events_queued() == 92; }));
  EXPECT_EQ(Workers().workers(0).events_in_flight(), 10u);
  EXPECT_GT(Workers().workers(0).lag().nanos() + Workers().workers(0).lag().seconds(), 0);
}

TEST_F(WorkerFaultTest, AWorkerThatAcknowledgesNothingIsDetachedAndOthersGetItsEvents) {
  StartWith(1, [](Config& config) { config.events.ack_timeout = absl::Milliseconds(300); });
  auto silent = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("a"));
  ASSERT_TRUE(client.SendMessage("b"));
  ASSERT_EQ(silent->Events(3).size(), 3u);
  auto other = Attach();
  const std::vector<pb::Event> events = other->EventsUntil(IsMessage("b"));
  EXPECT_THAT(Bodies(events), ElementsAre("a", "b"));
  EXPECT_TRUE(events.back().redelivered());
  EXPECT_FALSE(silent->Read());
  const grpc::Status status = silent->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(daemon_->Counter("workers_ack_timeout"), 1u);
  EXPECT_TRUE(log_.Comes({"WARNING", "worker", "acknowledged none"}));
}

TEST_F(WorkerFaultTest, AcknowledgingTwiceIsCountedAndHarmless) {
  StartWith(1);
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("a"));
  const std::vector<pb::Event> events = worker->EventsUntil(IsMessage("a"));
  for (int i = 0; i < 3; ++i) {
    pb::AttachRequest request;
    request.mutable_acks()->add_ids(events.back().id());
    worker->Say(request);
  }
  EXPECT_TRUE(Eventually([&] { return daemon_->Counter("acks_unknown") == 3; }));
  ASSERT_TRUE(client.SendMessage("b"));
  EXPECT_THAT(Bodies(worker->EventsUntil(IsMessage("b"))), ElementsAre("b"));
}

TEST_F(WorkerFaultTest, AWorkerKilledInABatchLosesNothingAndTheRestIsMarked) {
  StartWith(1);
  auto first = Attach();
  TextClient client = Client();
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(client.SendMessage(absl::StrCat(i)));
  const std::vector<pb::Event> before = first->Events(101);
  ASSERT_EQ(before.size(), 101u);
  first->Ack(before[50].id());
  ASSERT_TRUE(Eventually([&] { return Workers().workers(0).events_acknowledged() == 51; }));
  first.reset();
  auto second = Attach();
  ASSERT_TRUE(client.SendMessage("last"));
  const std::vector<pb::Event> after = second->EventsUntil(IsMessage("last"));
  ASSERT_EQ(after.size(), 51u);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(after[i].body(), absl::StrCat(50 + i));
    EXPECT_TRUE(after[i].redelivered());
    EXPECT_EQ(after[i].attempt(), 2u);
  }
  EXPECT_FALSE(after.back().redelivered());
  EXPECT_EQ(daemon_->Counter("workers_broken"), 1u);
  EXPECT_TRUE(log_.Comes({"WARNING", "worker", "its stream broke"}));
}

// The handler goes down with one message, again and again; its neighbours are all handled.
TEST_F(WorkerFaultTest, APoisonousEventIsGivenUpAfterFiveDeliveriesAndNoOther) {
  StartWith(1);
  TextClient client = Client();
  std::set<std::string> handled;
  int deaths = 0;
  bool sent = false;
  while (!handled.contains("199")) {
    auto worker = Attach();
    if (!std::exchange(sent, true)) {
      for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(client.SendMessage(i == 100 ? "poison" : absl::StrCat(i)));
    }
    bool dead = false;
    while (!dead && !handled.contains("199")) {
      const auto response = worker->Read();
      ASSERT_TRUE(response);
      for (const pb::Event& event : response->events().events()) {
        if (event.body() == "poison") {
          dead = true;
          break;
        }
        handled.insert(event.body());
        worker->Ack(event.id());
      }
    }
    deaths += dead;
    if (!dead) break;
  }
  EXPECT_EQ(deaths, 5);
  EXPECT_EQ(handled.size(), 199u);
  EXPECT_EQ(daemon_->Counter("events_poisoned"), 1u);
  EXPECT_EQ(log_.Count({"ERROR", "event given up"}), 1);
}

TEST_F(WorkerFaultTest, TwoWorkersOfOneNameAreTwoWorkers) {
  StartWith(1);
  pb::AttachRequest hello = TestWorker::AllKinds();
  hello.mutable_hello()->set_worker_name("twin");
  auto first = Attach(hello);
  auto second = Attach(hello);
  TextClient a = Client(), b = Client();
  ASSERT_TRUE(a.SendMessage("a"));
  ASSERT_TRUE(b.SendMessage("b"));
  EXPECT_TRUE(Eventually([&] {
    const auto workers = Workers();
    return workers.workers(0).events_delivered() == 2 && workers.workers(1).events_delivered() == 2;
  }));
  EXPECT_EQ(Workers().workers(1).worker_name(), "twin");
  EXPECT_NE(Workers().workers(0).worker_id(), Workers().workers(1).worker_id());
}

TEST_F(WorkerFaultTest, AllWorkersGoneForLongerThanTheGraceAndEverythingComesBack) {
  StartWith(1, [](Config& config) { config.events.grace = absl::Milliseconds(100); });
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("a"));
  worker->Events(2);
  worker.reset();
  EXPECT_TRUE(WaitEventLinks(0));  // the grace is over
  EXPECT_EQ(Workers().events_held(), 2u);
  auto next = Attach();
  ASSERT_TRUE(client.SendMessage("b"));
  EXPECT_THAT(Bodies(next->EventsUntil(IsMessage("b"))), ElementsAre("a", "b"));
}

TEST_F(WorkerFaultTest, AHoarderIsDetachedWhileOthersAreThere) {
  StartWith(1, [](Config& config) { config.events.event_memory = 4 * 1024 * 1024; });
  auto hoarder = Attach(Window(1));
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("first"));
  ASSERT_TRUE(Eventually([&] { return Workers().workers(0).events_queued() == 1; }));
  auto other = Attach();
  const std::string body(100'000, 'x');
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(client.SendMessage(body));
  ASSERT_TRUE(client.SendMessage("last"));
  EXPECT_EQ(Bodies(other->EventsUntil(IsMessage("last"))).size(), 32u);
  EXPECT_EQ(daemon_->Counter("workers_over_share"), 1u);
  while (hoarder->Read()) {
  }
  EXPECT_EQ(hoarder->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(WorkerFaultTest, AFullMemoryStopsReadingIsSaidOnceAndHeals) {
  StartWith(1, [](Config& config) { config.events.event_memory = 1024 * 1024; });
  auto worker = Attach(Window(1));
  TextClient client = Client();
  const std::string body(50'000, 'x');
  std::thread source([&] {
    for (int i = 0; i < 60; ++i)
      ASSERT_TRUE(client.SendMessage(body));
    ASSERT_TRUE(client.SendMessage("last"));
  });
  ASSERT_TRUE(Eventually([&] { return Workers().reading_stopped(); }));
  EXPECT_LE(Workers().event_memory_used(), 1024u * 1024);
  const auto view = daemon_->ClusterView();
  ASSERT_EQ(view.degraded_size(), 1);
  EXPECT_NE(view.degraded(0).find("event memory full"), std::string::npos);
  EXPECT_TRUE(log_.Comes({"WARNING", "event memory full"}));
  EXPECT_EQ(Bodies(worker->EventsUntil(IsMessage("last"))).size(), 61u);
  source.join();
  EXPECT_FALSE(Workers().reading_stopped());
  EXPECT_TRUE(daemon_->ClusterView().degraded().empty());
  EXPECT_GE(daemon_->Counter("memory_full"), 1u);
}

}  // namespace
}  // namespace gatewayd::test
