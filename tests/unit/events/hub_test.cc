// The hub on an io thread that the test plays itself, in front of a cluster that writes down what it is told.
#include "events/hub.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "unit/api/fake_cluster.h"
#include "unit/events/dispatch_harness.h"

namespace gatewayd::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// One Gateway, that of RunOf(1). Nothing happens by itself.
class QuietCluster final : public cluster::Cluster {
 public:
  QuietCluster() : gateway_(std::make_shared<api::FakeGateway>("10.0.0.1:2900")) {
    auto view = std::make_shared<cluster::View>();
    view->any_answer = view->complete = true;
    view->members = {gateway_};
    view->by_address.emplace(ClientIdOf(1).gateway, gateway_);
    view_ = std::move(view);
  }

  // All that is posted to the io thread happens.
  void Poll() {
    io_.restart();
    io_.poll();
  }
  boost::asio::io_context& io() override { return io_; }
  api::FakeGateway& gateway() { return *gateway_; }

  void SetEventSink(cluster::EventSink* /*sink*/) override {}
  void WantEvents(bool wanted) override { wanted_.push_back(wanted); }
  void ResumeEvents() override { ++resumes_; }
  void MarkEvents(const cluster::RunPtr& /*run*/, std::uint64_t token) override { marks_.push_back(token); }
  const std::vector<bool>& wanted() const { return wanted_; }
  std::vector<bool> TakeWanted() { return std::exchange(wanted_, {}); }
  int resumes() const { return resumes_; }
  const std::vector<std::uint64_t>& marks() const { return marks_; }

  std::shared_ptr<const cluster::View> view() const override { return view_; }
  const wire::Dialect& dialect() const override { return wire::PhpDialect(); }
  const std::string& instance_id() const override { return address_; }
  cluster::ClusterStatus status() const override { return {}; }
  std::map<std::string, std::uint64_t> counters() const override { return {}; }
  void Stop() override {}

 private:
  boost::asio::io_context io_;
  const std::shared_ptr<api::FakeGateway> gateway_;
  std::shared_ptr<const cluster::View> view_;
  const std::string address_ = "instance";
  std::vector<bool> wanted_;
  int resumes_ = 0;
  std::vector<std::uint64_t> marks_;
};

// Takes all that there is whenever it is told.
class EagerWorker final : public AttachedWorker {
 public:
  explicit EagerWorker(Hub& hub) : hub_(hub) {}

  void OnReady() override {
    if (id == 0) return;  // Attach has not returned yet
    std::vector<Delivery> batch;
    for (hub_.TakeBatch(id, &batch); !batch.empty(); hub_.TakeBatch(id, &batch)) {
      for (const Delivery& delivery : batch)
        got.push_back(Describe(delivery));
      batch.clear();
    }
  }
  void OnDraining(absl::Duration /*within*/) override { ++draining; }
  void OnEnd(const absl::Status& status) override { ends.push_back(absl::StatusCodeToString(status.code())); }

  Texts TakeGot() { return std::exchange(got, {}); }

  WorkerId id = 0;
  Texts got;
  Texts ends;
  int draining = 0;

 private:
  Hub& hub_;
};

class HubTest : public testing::Test {
 protected:
  void Start(const Options& options = {}) { hub_ = std::make_unique<Hub>(cluster_, AtOnce(options)); }

  std::shared_ptr<EagerWorker> Attach(const WorkerSettings& settings = TestSettings()) {
    auto worker = std::make_shared<EagerWorker>(*hub_);
    const absl::StatusOr<WorkerId> id = hub_->Attach(settings, worker);
    EXPECT_TRUE(id.ok()) << id.status();
    if (id.ok()) worker->id = *id;
    worker->OnReady();
    return worker;
  }

  static wire::Frame Frame(std::uint32_t client, std::string_view body) {
    wire::Frame frame;
    frame.command = wire::Command::kOnMessage;
    frame.local_ip = ClientIdOf(client).gateway.ip;
    frame.local_port = ClientIdOf(client).gateway.port;
    frame.connection_id = client;
    frame.body = body;
    return frame;
  }
  bool Offer(std::uint32_t client, std::string_view body) {
    return hub_->OnEvent(RunOf(1), Frame(client, body));
  }
  void Read(std::uint32_t client, std::string_view body) {
    EXPECT_TRUE(Offer(client, body));
    hub_->OnEventsRead();
  }

  QuietCluster cluster_;
  std::unique_ptr<Hub> hub_;
};

TEST_F(HubTest, AWorkerOpensTheLinksAndGetsWhatTheyBring) {
  Start();
  const auto worker = Attach();
  EXPECT_THAT(cluster_.TakeWanted(), IsEmpty()) << "not on the thread of the caller";
  cluster_.Poll();
  EXPECT_THAT(cluster_.TakeWanted(), ElementsAre(true));
  EXPECT_TRUE(Offer(1, "a"));
  EXPECT_TRUE(Offer(2, "b"));
  EXPECT_THAT(worker->got, IsEmpty()) << "handed on once for all that a read brings";
  hub_->OnEventsRead();
  EXPECT_THAT(worker->TakeGot(), ElementsAre("#1 a", "#2 b"));
  hub_->Acknowledge(worker->id, {{1, 1}, {2, 2}});
  EXPECT_EQ(hub_->view().memory_used, 0u);
  EXPECT_EQ(hub_->counters().at("events_acknowledged"), 2u);
}

TEST_F(HubTest, WhatWasReadComesBeforeWhatIsSaidOfTheGateway) {
  Start();
  const auto worker = Attach();
  hub_->OnEventLinkUp(RunOf(1));
  Offer(1, "a");
  hub_->OnRunOver(RunOf(1));
  EXPECT_THAT(worker->TakeGot(), ElementsAre("#1 a", "GATEWAY_LOST generation-1"));
  Offer(2, "b");
  hub_->OnEventLinkGone(RunOf(1));
  EXPECT_THAT(worker->TakeGot(), ElementsAre("#2 b"));
}

TEST_F(HubTest, ALeaveEndsOnceTheLinksAreLeft) {
  Start();
  const auto worker = Attach();
  cluster_.Poll();
  hub_->Leave(worker->id, LeaveMode::kCloseLinks);
  cluster_.Poll();
  EXPECT_THAT(cluster_.TakeWanted(), ElementsAre(true, false));
  EXPECT_THAT(worker->ends, IsEmpty());
  hub_->OnEventLinksLeft();
  EXPECT_THAT(worker->ends, ElementsAre("OK"));
}

// The cluster never hears of it, so it does not say that the links are left.
TEST_F(HubTest, AWorkerThatComesAndLeavesAtOnceEnds) {
  Start();
  const auto worker = Attach();
  hub_->Leave(worker->id, LeaveMode::kCloseLinks);
  EXPECT_THAT(worker->ends, IsEmpty());
  cluster_.Poll();
  EXPECT_THAT(worker->ends, ElementsAre("OK"));
  EXPECT_THAT(cluster_.TakeWanted(), IsEmpty());
}

TEST_F(HubTest, LinksThatAreWantedAgainAreNotLeft) {
  Start();
  const auto first = Attach();
  cluster_.Poll();
  hub_->Leave(first->id, LeaveMode::kCloseLinks);
  cluster_.Poll();
  const auto second = Attach();
  cluster_.Poll();
  EXPECT_THAT(cluster_.TakeWanted(), ElementsAre(true, false, true));
  hub_->Leave(second->id, LeaveMode::kCloseLinks);
  hub_->OnEventLinksLeft();  // said before the cluster has heard of the second one
  EXPECT_THAT(second->ends, IsEmpty());
  cluster_.Poll();
  EXPECT_THAT(cluster_.TakeWanted(), ElementsAre(false));
  hub_->OnEventLinksLeft();
  EXPECT_THAT(second->ends, ElementsAre("OK"));
}

TEST_F(HubTest, FullMemoryStopsReadingUntilThereIsRoom) {
  Options options;
  options.event_memory = 1000;
  Start(options);
  const auto worker = Attach();
  const std::string body(400, 'x');
  EXPECT_TRUE(Offer(1, body));
  EXPECT_TRUE(Offer(1, body));
  EXPECT_FALSE(Offer(1, "a"));
  EXPECT_THAT(worker->got, SizeIs(2));
  EXPECT_THAT(hub_->degraded(), SizeIs(1));
  EXPECT_TRUE(hub_->view().reading_stopped);
  EXPECT_EQ(hub_->counters().at("memory_full"), 1u);
  hub_->Acknowledge(worker->id, {{1, 2}});
  EXPECT_EQ(cluster_.resumes(), 1);
  EXPECT_THAT(hub_->degraded(), IsEmpty());
  EXPECT_TRUE(Offer(1, "a"));
}

TEST_F(HubTest, RefusesWorkersWhoseEventsItIsNotToTake) {
  Options options;
  options.links = LinksWanted::kNever;
  Start(options);
  EXPECT_TRUE(absl::IsFailedPrecondition(
      hub_->Attach(TestSettings(), std::make_shared<EagerWorker>(*hub_)).status()));
  EXPECT_NE(Attach(WithKinds({}))->id, 0u);
}

TEST_F(HubTest, DropsWhatNobodyTakesAndShowsIt) {
  Options options;
  options.links = LinksWanted::kAlways;
  Start(options);
  const auto watch = std::make_shared<Watch>(WatchFilter{}, [] {});
  hub_->AddWatch(watch);
  Read(1, "a");
  EXPECT_EQ(hub_->counters().at("events_untaken"), 1u);
  std::uint64_t lost = 0;
  EXPECT_THAT(watch->Take(1000, &lost), SizeIs(1));
}

TEST_F(HubTest, WatchersSeeWhatPassesAndLoseWhatTheyDoNotTake) {
  Start();
  const auto worker = Attach(OnSend());
  auto watch = std::make_shared<Watch>(WatchFilter{}, [] {});
  hub_->AddWatch(watch);
  hub_->AddWatch(std::make_shared<Watch>(WatchFilter{}, [] {}));  // gone at once
  for (std::size_t i = 0; i < Watch::kMaxEvents + 5; ++i)
    Read(1, "a");
  hub_->OnRunOver(RunOf(1));
  EXPECT_EQ(worker->got.size(), Watch::kMaxEvents + 6) << "it slows nobody";
  EXPECT_EQ(hub_->counters().at("watch_copies_lost"), 6u);
  watch.reset();
  Read(1, "a");
  Read(1, "a");
  EXPECT_EQ(hub_->counters().at("watch_copies_lost"), 6u);
}

TEST_F(HubTest, FetchesASessionThatWasWritten) {
  Start();
  const auto worker = Attach(Fresh());
  hub_->OnEventLinkUp(RunOf(1));
  cluster_.gateway().Answer("a:0:{}");
  hub_->OnSessionWritten(RunOf(1), 1);
  EXPECT_THAT(cluster_.marks(), SizeIs(1));
  Read(1, "a");
  EXPECT_THAT(worker->TakeGot(), ElementsAre("#1 a [a:0:{}]"));
  ASSERT_THAT(cluster_.gateway().sent(), SizeIs(1));
  EXPECT_EQ(cluster_.gateway().sent()[0].command, wire::Command::kGetSessionByClientId);
  EXPECT_EQ(cluster_.gateway().sent()[0].generation, "generation-1");
  hub_->OnMarked(RunOf(1), cluster_.marks()[0]);
  hub_->Acknowledge(worker->id, {{1, 1}});
  Read(1, "b");
  EXPECT_THAT(worker->TakeGot(), ElementsAre("#1 b"));
}

TEST_F(HubTest, WithoutAnAnswerTheSessionIsStale) {
  Start();
  const auto worker = Attach(Fresh());
  hub_->OnEventLinkUp(RunOf(1));
  hub_->OnSessionWritten(RunOf(1), 1);
  Read(1, "no link");
  hub_->Acknowledge(worker->id, {{1, 1}});
  cluster_.gateway().Answer("N;");
  hub_->OnSessionWritten(RunOf(1), 1);
  Read(1, "gone");
  EXPECT_THAT(worker->TakeGot(), ElementsAre("#1 no link stale", "#1 gone stale"));
  hub_->OnEventLinkUp(RunOf(2));  // a Gateway that is no member
  hub_->OnSessionWritten(RunOf(2), 1);
  wire::Frame frame = Frame(1, "unknown");
  frame.local_ip = ClientIdOf(1, 2).gateway.ip;
  EXPECT_TRUE(hub_->OnEvent(RunOf(2), frame));
  hub_->OnEventsRead();
  EXPECT_THAT(worker->TakeGot(), ElementsAre("#1 unknown stale"));
}

TEST_F(HubTest, TimersRunOnTheIoThread) {
  Options options;
  options.ack_timeout = absl::Milliseconds(1);
  options.grace = absl::Milliseconds(1);
  Start(options);
  const auto worker = Attach();
  cluster_.Poll();
  Read(1, "a");
  while (cluster_.wanted() != std::vector{true, false}) {
    cluster_.io().restart();
    cluster_.io().run_one();
  }
  EXPECT_THAT(worker->ends, ElementsAre("RESOURCE_EXHAUSTED"));
  EXPECT_EQ(hub_->view().workers.size(), 0u);
}

TEST_F(HubTest, DrainsAWorkerThatItKnows) {
  Start();
  const auto worker = Attach();
  Attach();
  EXPECT_TRUE(hub_->DrainWorker(worker->id).ok());
  EXPECT_EQ(worker->draining, 1);
  EXPECT_THAT(worker->ends, ElementsAre("UNAVAILABLE"));
  EXPECT_TRUE(absl::IsNotFound(hub_->DrainWorker(worker->id)));
  hub_->Detach(worker->id);
}

TEST_F(HubTest, ADrainReturnsWhenAllIsAcknowledged) {
  Start();
  const auto worker = Attach();
  const auto commands = Attach(WithKinds({}));
  cluster_.Poll();
  Read(1, "a");
  std::thread draining([&] { hub_->Drain(absl::InfiniteFuture()); });
  while (hub_->view().workers.at(0).leaving == false)
    std::this_thread::yield();
  cluster_.Poll();
  Read(1, "b");
  hub_->OnEventLinksLeft();
  hub_->Acknowledge(worker->id, {{1, 2}});
  draining.join();
  EXPECT_THAT(worker->TakeGot(), ElementsAre("#1 a", "#1 b"));
  EXPECT_EQ(worker->draining, 1);
  EXPECT_THAT(worker->ends, ElementsAre("UNAVAILABLE"));
  EXPECT_THAT(commands->ends, ElementsAre("UNAVAILABLE")) << "at the very end";
  EXPECT_EQ(hub_->counters().at("events_unfinished"), 0u);
  EXPECT_TRUE(
      absl::IsUnavailable(hub_->Attach(TestSettings(), std::make_shared<EagerWorker>(*hub_)).status()));
}

TEST_F(HubTest, ADrainGivesUpAtItsDeadlineAndCountsWhatIsLeft) {
  Start();
  const auto worker = Attach();
  auto watch = std::make_shared<Watch>(WatchFilter{}, [] {});
  hub_->AddWatch(watch);
  Read(1, "a");
  hub_->Drain(absl::InfinitePast());
  EXPECT_THAT(worker->ends, ElementsAre("UNAVAILABLE"));
  EXPECT_EQ(hub_->counters().at("events_unfinished"), 1u);
  EXPECT_TRUE(watch->closed());
  hub_->Drain(absl::InfiniteFuture());  // twice is once
  EXPECT_THAT(worker->ends, SizeIs(1));
}

TEST_F(HubTest, KnowsTheClientOfADelivery) {
  Start();
  const auto worker = Attach();
  Read(7, "a");
  std::vector<std::optional<DeliveredClient>> clients;
  hub_->ClientsOf(worker->id, {1, 2}, &clients);
  ASSERT_THAT(clients, SizeIs(2));
  ASSERT_TRUE(clients[0].has_value());
  EXPECT_EQ(clients[0]->client, ClientIdOf(7));
  EXPECT_FALSE(clients[1].has_value());
  EXPECT_FALSE(hub_->IsBeforeHandshake(ClientIdOf(7)));
}

}  // namespace
}  // namespace gatewayd::events
