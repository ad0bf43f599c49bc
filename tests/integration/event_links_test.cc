// Event links over real sockets, without gRPC: what the embedded Gateways send to a worker reaches the
// EventSink, in order, under the right run, and nothing of it is lost when the links are left.
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "cluster/cluster.h"
#include "cluster/errors.h"
#include "embedded/cluster.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/dialect.h"
#include "integration/fake_gateway.h"
#include "integration/fixture.h"
#include "unit/embedded/test_clients.h"
#include "wire/register_line.h"

namespace gatewayd::test {
namespace {

using cluster::RunPtr;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::Command;

// Writes down what it is told.
class RecordingSink final : public cluster::EventSink {
 public:
  // Says no to events, or yes again.
  void Refuse(bool refuse) {
    std::lock_guard lock(mutex_);
    refuse_ = refuse;
  }
  std::vector<std::string> lines() const {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  bool Has(const std::string& line) const {
    std::lock_guard lock(mutex_);
    return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
  }
  std::size_t Count(std::string_view part) const {
    std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    }));
  }
  // Bodies of messages, by client ("run/connection").
  std::map<std::string, std::vector<std::string>> messages() const {
    std::lock_guard lock(mutex_);
    return messages_;
  }
  std::size_t message_count() const {
    std::lock_guard lock(mutex_);
    return message_count_;
  }
  int refused() const { return refused_; }
  // The run whose link came up last.
  RunPtr run() const {
    std::lock_guard lock(mutex_);
    return run_;
  }

  bool OnEvent(const RunPtr& run, const wire::Frame& frame) override {
    std::lock_guard lock(mutex_);
    if (refuse_) {
      ++refused_;
      return false;
    }
    if (frame.command == Command::kOnMessage) {
      messages_[absl::StrCat(run->number, "/", frame.connection_id)].emplace_back(frame.body);
      ++message_count_;
    }
    Add(run, absl::StrCat(std::string(wire::CommandName(frame.command)), " ", frame.connection_id));
    return true;
  }
  void OnEventsRead() override { ++reads_; }
  void OnEventLinkUp(const RunPtr& run) override {
    std::lock_guard lock(mutex_);
    run_ = run;
    Add(run, "up");
  }
  void OnEventLinkGone(const RunPtr& run) override { AddLocked(run, "gone"); }
  void OnRunOver(const RunPtr& run) override { AddLocked(run, "over"); }
  void OnEventLinksLeft() override {
    std::lock_guard lock(mutex_);
    lines_.push_back("left");
  }
  void OnSessionWritten(const RunPtr& run, std::uint32_t connection_id) override {
    AddLocked(run, absl::StrCat("session ", connection_id));
  }
  void OnMarked(const RunPtr& run, std::uint64_t token) override {
    AddLocked(run, absl::StrCat("marked ", token));
  }

 private:
  void AddLocked(const RunPtr& run, std::string_view what) {
    std::lock_guard lock(mutex_);
    Add(run, std::string(what));
  }
  void Add(const RunPtr& run, std::string what) { lines_.push_back(absl::StrCat(run->number, " ", what)); }

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::map<std::string, std::vector<std::string>> messages_;
  std::size_t message_count_ = 0;
  RunPtr run_;
  bool refuse_ = false;
  std::atomic<int> refused_ = 0;
  std::atomic<int> reads_ = 0;
};

class EventLinksTest : public ::testing::Test {
 protected:
  void SetUp() override { StartCluster(1); }
  void StartCluster(int gateways) {
    TearDown();
    embedded_ = std::make_unique<embedded::EmbeddedCluster>(TestCluster(gateways, "s3cret"));
    ASSERT_TRUE(embedded_->Start().ok());
    ASSERT_TRUE(embedded_->WaitUntilRegistered());
    cluster::Options options;
    options.registers = embedded_->register_addresses();
    options.secret = "s3cret";
    options.backoff_first = absl::Milliseconds(10);
    Start(std::move(options));
  }
  void Start(cluster::Options options) {
    std::promise<void> ready;
    cluster_ = cluster::Cluster::Start(TestDialect(), std::move(options), cluster::NewInstanceId(),
                                       [&] { ready.set_value(); });
    ASSERT_EQ(ready.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
    cluster_->SetEventSink(&sink_);
  }
  void TearDown() override {
    if (cluster_) cluster_->Stop();
    cluster_.reset();
    embedded_.reset();
  }
  void Want(std::size_t links = 1) {
    const std::size_t before = sink_.Count(" up");
    cluster_->WantEvents(true);
    ASSERT_TRUE(Eventually([&] { return sink_.Count(" up") == before + links; }));
  }
  void LeaveAll() {
    const std::size_t before = sink_.Count("left");
    cluster_->WantEvents(false);
    ASSERT_TRUE(Eventually([&] { return sink_.Count("left") == before + 1; }));
  }
  std::uint16_t text_port(std::size_t gateway = 0) const {
    return embedded_->gateway(gateway).port(embedded::ClientProtocol::kText);
  }
  absl::Status Send(const wire::Frame& frame) {
    cluster::WriteBatch batch;
    return cluster_->view()->members.at(0)->Send(frame, "", batch);
  }
  std::uint64_t Counted(const std::string& name) const { return cluster_->counters().at(name); }

  RecordingSink sink_;
  std::unique_ptr<embedded::EmbeddedCluster> embedded_;
  std::unique_ptr<cluster::Cluster> cluster_;
};

TEST_F(EventLinksTest, NoneIsOpenBeforeEventsAreWanted) {
  EXPECT_EQ(embedded_->gateway().counters().frames[static_cast<std::size_t>(Command::kWorkerConnect)], 0u);
  Want();
  EXPECT_EQ(embedded_->gateway().counters().frames[static_cast<std::size_t>(Command::kWorkerConnect)], 1u);
  const auto links = cluster_->status().gateways.at(0).links;
  EXPECT_EQ(links.back().kind, cluster::LinkKind::kEvent);
  EXPECT_EQ(links.back().state, cluster::LinkState::kReady);
  EXPECT_TRUE(cluster_->status().degraded.empty());
}

TEST_F(EventLinksTest, TheEventsOfAClientComeInOrder) {
  Want();
  {
    TextClient client(text_port());
    for (int i = 0; i < 1000; ++i)
      ASSERT_TRUE(client.SendMessage(absl::StrCat(i)));
    ASSERT_TRUE(Eventually([&] { return sink_.message_count() == 1000; }));
  }
  ASSERT_TRUE(Eventually([&] { return sink_.Has("1 ON_CLOSE 1"); }));
  const auto lines = sink_.lines();
  EXPECT_EQ(lines.at(0), "1 up");
  EXPECT_EQ(lines.at(1), "1 ON_CONNECT 1");
  EXPECT_EQ(lines.back(), "1 ON_CLOSE 1");
  const auto messages = sink_.messages().at("1/1");
  for (std::size_t i = 0; i < messages.size(); ++i)
    ASSERT_EQ(messages[i], absl::StrCat(i));
  EXPECT_EQ(Counted("events_read"), 1002u);
}

TEST_F(EventLinksTest, EachGatewayHasALinkAndARunOfItsOwn) {
  StartCluster(3);
  Want(3);
  for (std::size_t i = 0; i < 3; ++i) {
    TextClient client(text_port(i));
    client.SendMessage("hello");
    ASSERT_TRUE(Eventually([&] { return sink_.message_count() == i + 1; }));
  }
  EXPECT_EQ(sink_.messages().size(), 3u);
}

// Only php can be left without loss. Twenty leaves while clients write as fast as the events are taken, but
// for a bounded lead: what overflows the Gateway's 10 MB would be lost with the best of leaves.
TEST_F(EventLinksTest, PhpOnlyLeavingUnderLoadLosesNothing) {
  constexpr int kClients = 8, kLeaves = 20, kBatch = 50, kLead = 20'000;
  std::vector<std::unique_ptr<TextClient>> clients;
  for (int c = 0; c < kClients; ++c)
    clients.push_back(std::make_unique<TextClient>(text_port()));
  ASSERT_TRUE(Eventually([&] { return embedded_->gateway().clients().size() == kClients; }));
  // The embedded Gateway keeps clients whose events find no worker, drops those events and counts them.
  const auto taken_by_gateway = [&] {
    const embedded::GatewayCounters counters = embedded_->gateway().counters();
    return counters.events_sent + counters.events_dropped + counters.state.events_without_worker - kClients;
  };
  std::atomic<bool> stop = false;
  std::uint64_t sent = 0;
  std::thread load([&] {
    for (int number = 0; !stop; ++number) {
      for (const auto& client : clients) {
        std::string batch;
        for (int i = 0; i < kBatch; ++i)
          absl::StrAppend(&batch, number * kBatch + i, "\n");
        client->Send(batch);
      }
      sent += kClients * kBatch;
      while (!stop && (taken_by_gateway() + kLead < sent ||
                       sink_.message_count() + kLead < embedded_->gateway().counters().events_sent)) {
        std::this_thread::yield();
      }
    }
  });
  for (int i = 0; i < kLeaves; ++i) {
    Want();
    const std::size_t before = sink_.message_count();
    EXPECT_TRUE(Eventually([&] { return sink_.message_count() > before + 1000; }));
    LeaveAll();
  }
  stop = true;
  load.join();
  ASSERT_TRUE(Eventually([&] { return taken_by_gateway() == sent; }));
  EXPECT_EQ(embedded_->gateway().counters().events_dropped, 0u);
  EXPECT_EQ(Counted("events_read"), embedded_->gateway().counters().events_sent);
  EXPECT_EQ(Counted("event_leaves"), static_cast<std::uint64_t>(kLeaves));
  EXPECT_EQ(Counted("event_leaves_forced"), 0u);
  EXPECT_EQ(Counted("event_links_lost"), 0u);
  EXPECT_EQ(sink_.Count(" over"), 0u);
  for (const auto& [client, messages] : sink_.messages()) {
    for (std::size_t i = 1; i < messages.size(); ++i)
      ASSERT_LT(std::stoi(messages[i - 1]), std::stoi(messages[i])) << client;
  }
}

TEST_F(EventLinksTest, WantedAgainWhileItIsLeftIsOpenedAnew) {
  Want();
  // Both before the io thread can read that the Gateway has let go.
  boost::asio::post(cluster_->io(), [&] {
    cluster_->WantEvents(false);
    cluster_->WantEvents(true);
  });
  EXPECT_TRUE(Eventually([&] { return sink_.Count(" up") == 2; }));
  EXPECT_EQ(sink_.Count(" gone"), 1u);
  EXPECT_EQ(sink_.Count("left"), 0u);
}

TEST_F(EventLinksTest, NothingToLeaveIsLeftAtOnce) {
  Want();
  LeaveAll();
  EXPECT_EQ(sink_.lines(), (std::vector<std::string>{"1 up", "1 gone", "left"}));
}

// It is what makes a PHP Gateway flush; a Go Gateway would forget the second as well.
TEST_F(EventLinksTest, PhpOnlyAWorkerKeyIsUsedAgainForLeavingAlone) {
  std::mutex mutex;
  std::vector<std::string> hellos;
  embedded_->gateway().SetFrameObserver([&](std::uint64_t, const wire::Frame& frame) {
    if (frame.command != Command::kWorkerConnect) return;
    std::lock_guard lock(mutex);
    hellos.emplace_back(frame.body);
  });
  Want();
  LeaveAll();
  Want();
  embedded_->gateway().SetFrameObserver(nullptr);
  std::lock_guard lock(mutex);
  ASSERT_EQ(hellos.size(), 3u);
  EXPECT_THAT(hellos[0], HasSubstr(absl::StrCat("gatewayd-", cluster_->instance_id(), ":1\"")));
  EXPECT_EQ(hellos[1], hellos[0]);
  EXPECT_NE(hellos[2], hellos[0]);
}

TEST_F(EventLinksTest, ARestartedGatewayIsANewRun) {
  Want();
  TextClient client(text_port());
  ASSERT_TRUE(Eventually([&] { return sink_.Has("1 ON_CONNECT 1"); }));
  ASSERT_TRUE(embedded_->RestartGateway(0).ok());
  ASSERT_TRUE(Eventually([&] { return sink_.Has("2 up"); }));
  TextClient next(text_port());
  ASSERT_TRUE(Eventually([&] { return sink_.Has("2 ON_CONNECT 1"); }));
  EXPECT_EQ(sink_.lines(), (std::vector<std::string>{"1 up", "1 ON_CONNECT 1", "1 gone", "1 over", "2 up",
                                                     "2 ON_CONNECT 1"}));
  EXPECT_EQ(sink_.run()->generation, cluster_->status().gateways.at(0).generation);
  EXPECT_EQ(sink_.run()->gateway, cluster_->view()->members.at(0)->address());
  EXPECT_EQ(Counted("runs_over"), 1u);
}

TEST_F(EventLinksTest, RefusedEventsAreOfferedAgainAndNoneIsLost) {
  Want();
  sink_.Refuse(true);
  TextClient client(text_port());
  for (int i = 0; i < 2000; ++i)
    ASSERT_TRUE(client.SendMessage(absl::StrCat(i)));
  ASSERT_TRUE(Eventually([&] { return sink_.refused() == 1; }));
  cluster_->ResumeEvents();
  ASSERT_TRUE(Eventually([&] { return sink_.refused() == 2; }));
  EXPECT_EQ(sink_.message_count(), 0u);
  sink_.Refuse(false);
  cluster_->ResumeEvents();
  ASSERT_TRUE(Eventually([&] { return sink_.message_count() == 2000; }));
  const auto messages = sink_.messages().at("1/1");
  for (std::size_t i = 0; i < messages.size(); ++i)
    ASSERT_EQ(messages[i], absl::StrCat(i));
  EXPECT_EQ(Counted("event_reads_paused"), 2u);
}

TEST_F(EventLinksTest, PhpOnlyLeavingWhilePausedLosesNothingEither) {
  Want();
  sink_.Refuse(true);
  TextClient client(text_port());
  for (int i = 0; i < 2000; ++i)
    ASSERT_TRUE(client.SendMessage(absl::StrCat(i)));
  ASSERT_TRUE(Eventually([&] { return sink_.refused() == 1; }));
  ASSERT_TRUE(Eventually([&] { return embedded_->gateway().counters().events_sent == 2001; }));
  cluster_->WantEvents(false);
  sink_.Refuse(false);
  cluster_->ResumeEvents();
  ASSERT_TRUE(Eventually([&] { return sink_.Has("left"); }));
  EXPECT_EQ(sink_.message_count(), 2000u);
  EXPECT_EQ(Counted("event_leaves_forced"), 0u);
}

TEST_F(EventLinksTest, AMarkComesAfterTheEventsThatItsCommandsHaveCaused) {
  Want();
  TextClient client(text_port());
  ASSERT_TRUE(Eventually([&] { return sink_.Has("1 ON_CONNECT 1"); }));
  ASSERT_TRUE(Send({.command = Command::kDestroy, .connection_id = 1}).ok());
  cluster_->MarkEvents(sink_.run(), 7);
  ASSERT_TRUE(Eventually([&] { return sink_.Has("1 marked 7"); }));
  EXPECT_EQ(sink_.lines(),
            (std::vector<std::string>{"1 up", "1 ON_CONNECT 1", "1 ON_CLOSE 1", "1 marked 7"}));
}

TEST_F(EventLinksTest, ASessionThatIsWrittenIsToldWhileEventsAreWanted) {
  const std::string session = IsGo() ? "{}" : "a:0:{}";
  TextClient client(text_port());
  ASSERT_TRUE(Eventually([&] { return embedded_->gateway().clients().size() == 1; }));
  const wire::Frame set{.command = Command::kSetSession, .connection_id = 1, .ext = session};
  ASSERT_TRUE(Send(set).ok());
  Want();
  ASSERT_TRUE(Send(set).ok());
  ASSERT_TRUE(Send({.command = Command::kSendToOne, .connection_id = 1, .body = "x"}).ok());
  EXPECT_EQ(sink_.Count("session"), 1u);
  std::promise<void> done;
  {
    cluster::WriteBatch batch;
    cluster_->view()->members.at(0)->SendConfirmed(set, {.confirm_run = true}, batch,
                                                   [&](absl::Status status) {
                                                     EXPECT_TRUE(status.ok()) << status;
                                                     EXPECT_EQ(sink_.Count("session"), 2u);
                                                     done.set_value();
                                                   });
  }
  done.get_future().wait();
  EXPECT_FALSE(
      Send({.command = Command::kSetSession, .connection_id = 1, .ext = std::string(11 * 1024 * 1024, 'x')})
          .ok());
  EXPECT_EQ(sink_.Count("session"), 2u);
}

TEST_F(EventLinksTest, ALostEventLinkIsMadeAgainUnderTheSameRun) {
  Want();
  std::atomic<int> hellos = 0;
  embedded_->gateway().SetFrameObserver([&](std::uint64_t, const wire::Frame& frame) {
    if (frame.command == Command::kWorkerConnect) ++hellos;
  });
  const std::uint64_t life = cluster_->view()->members.at(0)->command_link_life();
  embedded_->gateway().CloseLinks();
  ASSERT_TRUE(Eventually([&] { return sink_.Count(" up") == 2; }));
  EXPECT_EQ(hellos, 1);
  EXPECT_NE(cluster_->view()->members.at(0)->command_link_life(), life);
  EXPECT_EQ(Counted("event_links_lost"), 1u);
}

// ---- Against a Gateway that does what the test says

std::string Event(std::uint32_t connection, std::string_view body, std::uint32_t ip = 0x7f000001,
                  std::uint16_t port = 2900) {
  std::string bytes;
  wire::AppendFrame({.command = Command::kOnMessage,
                     .local_ip = ip,
                     .local_port = port,
                     .connection_id = connection,
                     .body = body},
                    bytes);
  return bytes;
}

class EventLinkFaultTest : public EventLinksTest {
 protected:
  void SetUp() override {}
  void Start(const std::function<void(cluster::Options&)>& change = [](cluster::Options&) {}) {
    register_ = std::make_unique<FakeRegister>(wire::BroadcastAddressesJson({gateway_.address()}) + "\n");
    cluster::Options options;
    options.registers = {register_->address()};
    options.backoff_first = absl::Milliseconds(10);
    options.query_timeout = absl::Milliseconds(300);
    options.close_wait = absl::Milliseconds(100);
    change(options);
    EventLinksTest::Start(std::move(options));
  }

  FakeGateway gateway_;
  std::unique_ptr<FakeRegister> register_;
};

TEST_F(EventLinkFaultTest, AnEventAboveTheLimitIsPassedOverAndTheLinkStays) {
  gateway_.Always(Command::kWorkerConnect, [](FakeLink& link) {
    link.Send(Event(1, "before") + Event(1, std::string(300'000, 'x')) + Event(1, "after"));
  });
  Start([](cluster::Options& options) { options.max_event_bytes = 100'000; });
  Want();
  ASSERT_TRUE(Eventually([&] { return sink_.message_count() == 2; }));
  EXPECT_THAT(sink_.messages().at("1/1"), ElementsAre("before", "after"));
  EXPECT_TRUE(Eventually([&] { return Counted("events_too_large") == 1; }));
  EXPECT_EQ(Counted("event_links_lost"), 0u);
}

TEST_F(EventLinkFaultTest, AnEventOfMegabytesComesWhole) {
  const std::string body(14'000'000, 'x');  // NOLINT(bugprone-string-constructor): it is to be large
  gateway_.Always(Command::kWorkerConnect, [&](FakeLink& link) { link.Send(Event(1, body)); });
  Start();
  Want();
  ASSERT_TRUE(Eventually([&] { return sink_.message_count() == 1; }));
  EXPECT_EQ(sink_.messages().at("1/1").at(0), body);
}

TEST_F(EventLinkFaultTest, PingsSayNothing) {
  std::string ping;
  wire::AppendFrame({.command = Command::kPing}, ping);
  gateway_.Always(Command::kWorkerConnect,
                  [&](FakeLink& link) { link.Send(ping + ping + Event(1, "a") + ping); });
  Start();
  Want();
  ASSERT_TRUE(Eventually([&] { return sink_.message_count() == 1; }));
  EXPECT_EQ(Counted("event_links_lost"), 0u);
}

TEST_F(EventLinkFaultTest, GarbageEndsTheEventLinkAlone) {
  std::string garbage;
  wire::AppendFrame({.command = Command::kSendToOne, .body = "x"}, garbage);
  gateway_.Next(Command::kWorkerConnect,
                [&](FakeLink& link) { link.Send(Event(1, "a") + garbage + Event(1, "never")); });
  Start();
  const std::uint64_t life = cluster_->view()->members.at(0)->command_link_life();
  cluster_->WantEvents(true);
  ASSERT_TRUE(Eventually([&] { return sink_.Count("1 up") == 2; }));
  EXPECT_THAT(sink_.lines(), ElementsAre("1 up", "1 ON_MESSAGE 1", "1 gone", "1 up"));
  EXPECT_EQ(cluster_->view()->members.at(0)->command_link_life(), life);
  EXPECT_EQ(Counted("bad_answers"), 1u);
  EXPECT_EQ(Counted("event_links_lost"), 1u);
}

TEST_F(EventLinkFaultTest, ALinkThatDoesNotAnswerIsMadeAnew) {
  const FakeLink* events = nullptr;
  gateway_.Next(Command::kWorkerConnect, [&](FakeLink& link) { events = &link; });
  Start([](cluster::Options& options) { options.event_probe = absl::Milliseconds(50); });
  Want();
  // The probes of the quiet link are answered at first.
  const int asked = gateway_.Count(Command::kIsOnline);
  ASSERT_TRUE(Eventually([&] { return gateway_.Count(Command::kIsOnline) > asked + 1; }));
  EXPECT_EQ(Counted("event_links_lost"), 0u);
  gateway_.ToAllLinks([&](FakeLink& link) {
    if (&link == events) link.StopReading();
  });
  ASSERT_TRUE(Eventually([&] { return sink_.Count("1 up") == 2; }));
  EXPECT_EQ(Counted("event_link_probes_failed"), 1u);
  EXPECT_EQ(Counted("close_wait_expired"), 1u);
  EXPECT_EQ(Counted("runs_over"), 0u);
}

TEST_F(EventLinkFaultTest, ALeaveThatTakesTooLongIsEndedAndCounted) {
  // It does not close the first connection when the second comes with its key.
  Start([](cluster::Options& options) { options.leave_timeout = absl::Milliseconds(200); });
  Want();
  LeaveAll();
  EXPECT_EQ(gateway_.Count(Command::kWorkerConnect), 2);
  EXPECT_EQ(Counted("event_leaves"), 1u);
  EXPECT_EQ(Counted("event_leaves_forced"), 1u);
}

TEST_F(EventLinkFaultTest, WithoutASecondConnectionTheFirstIsHalfClosed) {
  Start();
  Want();
  gateway_.AtHello([](FakeLink& link) { link.Close(); });
  LeaveAll();
  EXPECT_EQ(gateway_.Count(Command::kWorkerConnect), 1);
  EXPECT_EQ(Counted("event_leaves_forced"), 1u);
  EXPECT_EQ(Counted("event_links_lost"), 0u);
}

TEST_F(EventLinkFaultTest, TheAddressInEventsIsTheRoute) {
  gateway_.Always(Command::kWorkerConnect,
                  [](FakeLink& link) { link.Send(Event(1, "a", 0x0a000005, 2901)); });
  Start();
  Want();
  ASSERT_TRUE(Eventually([&] { return sink_.message_count() == 1; }));
  EXPECT_TRUE(cluster_->view()->Find({0x0a000005, 2901}).ok());
  EXPECT_EQ(cluster_->view()->by_address.size(), 1u);
}

}  // namespace
}  // namespace gatewayd::test
