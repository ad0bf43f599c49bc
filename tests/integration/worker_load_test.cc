// Workers under load and in rare places: attaches by the thousand, large events, storms, strangers.
#include <future>
#include <set>
#include <thread>

#include "integration/worker_fixture.h"

namespace gatewayd::test {
namespace {

class WorkerLoadTest : public WorkerClusterTest {};

// A client's messages, numbered, until it is told to stop.
class Source {
 public:
  explicit Source(std::uint16_t port) : client_(port), thread_([this] { Run(); }) {}
  ~Source() { Stop(); }
  // How many were sent in all.
  std::uint64_t Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return sent_;
  }
  std::uint64_t sent() const { return sent_; }

 private:
  void Run() {
    while (!stop_ && client_.SendMessage(absl::StrCat(sent_.load())))
      ++sent_;
  }

  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> sent_ = 0;
  TextClient client_;
  std::thread thread_;
};

TEST_F(WorkerLoadTest, AThousandAttachesAndDetachesUnderLoadLoseNothing) {
  StartWith(1, [](Config& config) { config.events.max_deliveries = 1000; });
  auto last = Attach();
  std::uint64_t sent = 0;
  {
    Source source(Port(0, embedded::ClientProtocol::kText));
    for (int i = 0; i < 1000; ++i) {
      TestWorker worker(daemon_->channel());
      worker.Attach();
      if (i % 2 == 0) worker.Leave(i % 4 == 0 ? pb::LEAVE_MODE_KEEP_LINKS : pb::LEAVE_MODE_CLOSE_LINKS);
      if (i % 50 == 0) {
        const auto response = last->Read();
        ASSERT_TRUE(response);
        for (const pb::Event& event : response->events().events())
          last->Ack(event.id());
        if (source.sent() > 20'000) break;
      }
    }
    sent = source.Stop();
  }
  // Whoever is left gets it all, in order, each at least once and marked where it is not the first time.
  const std::vector<pb::Event> events = last->EventsUntil(IsClose);
  (void)events;
  EXPECT_TRUE(WaitWorkers(1));
  EXPECT_TRUE(Eventually([&] { return Workers().event_memory_used() == 0; }));
  EXPECT_EQ(daemon_->Counter("events_accepted"), sent + 2);
  EXPECT_EQ(daemon_->Counter("events_poisoned"), 0u);
}

// A message of 10 MB is what a Gateway takes from a client; the session comes on top.
TEST_F(WorkerLoadTest, AnEventOfFourteenMegabytesArrivesOrSaysItsSize) {
  StartWith(1);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  const auto channel = grpc::CreateCustomChannel(daemon_->app().addresses().front(),
                                                 grpc::InsecureChannelCredentials(), arguments);
  pb::AttachRequest hello = TestWorker::AllKinds();
  hello.mutable_hello()->set_max_message_bytes(std::uint64_t{32} << 20);
  hello.mutable_hello()->set_session_mode(pb::SESSION_MODE_RAW);
  const std::string body(10'000'000, 'x');  // NOLINT(bugprone-string-constructor): it is to be large
  const std::string session = StoredSession("k", std::string(4'000'000, 'y'));
  TestWorker large(channel);
  large.Attach(hello);
  ASSERT_TRUE(WaitEventLinks(1));
  FrameClient client(Port(0, embedded::ClientProtocol::kFrame));
  const std::vector<pb::Event> connect = large.Events(1);
  ASSERT_EQ(connect.size(), 1u);
  large.Ack(1);  // it fits into an empty window only
  pb::SetSessionRequest set;
  set.set_client_id(connect[0].client_id());
  set.set_confirm(pb::CONFIRM_RUN);
  set.mutable_session()->set_stored(session);
  EXPECT_TRUE(CallFor(*daemon_, &pb::GatewayService::Stub::SetSession, set).ok());
  ASSERT_TRUE(client.SendMessage(body));
  const std::vector<pb::Event> whole = large.Events(1);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].body().size(), body.size());
  EXPECT_EQ(whole[0].session().stored().size(), session.size());
  large.Ack(2);
  large.Leave(pb::LEAVE_MODE_KEEP_LINKS);
  EXPECT_FALSE(large.Read());

  auto small = Attach();
  ASSERT_TRUE(client.SendMessage(body));
  const std::vector<pb::Event> cut = small->Events(1);
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0].body_omitted(), body.size());
  EXPECT_TRUE(cut[0].body().empty());
  EXPECT_TRUE(cut[0].session().value_incomplete());
}

TEST_F(WorkerLoadTest, AHandshakeOfSixtyFourKilobytesWithNestedValues) {
  StartWith(1);
  auto worker = Attach();
  std::string path = "/?deep[a][b][c]=1&list[]=x&list[]=y&bytes=%ff%fe&big=";
  path += std::string(65'536, 'z');
  WebSocketClient client(Port(0, embedded::ClientProtocol::kWebSocket), path);
  // A Go Gateway tells of the handshake alone, and knows no nested parameters.
  const std::size_t told = IsGo() ? 1 : 2;
  const std::vector<pb::Event> events = worker->Events(told);
  ASSERT_EQ(events.size(), told);
  const pb::Handshake& handshake = events.back().handshake();
  const auto& get = handshake.get().fields();
  EXPECT_GT(handshake.stored().size(), 65'536u);
  EXPECT_TRUE(get.contains("big"));
  if (IsGo()) return;
  EXPECT_EQ(get.at("big").string_value().size(), 65'536u);
  EXPECT_EQ(get.at("deep")
                .struct_value()
                .fields()
                .at("a")
                .struct_value()
                .fields()
                .at("b")
                .struct_value()
                .fields()
                .at("c")
                .string_value(),
            "1");
  EXPECT_EQ(get.at("list").list_value().values_size(), 2);
  EXPECT_TRUE(handshake.incomplete());  // the bytes that are not UTF-8
}

TEST_F(WorkerLoadTest, AfterARestartNoCommandReachesAStranger) {
  StartWith(1);
  auto worker = Attach();
  TextClient first = Client();
  ASSERT_TRUE(first.SendMessage("from the first"));
  const std::vector<pb::Event> before = worker->Events(2);  // in flight, not acknowledged
  ASSERT_EQ(before.size(), 2u);
  ASSERT_TRUE(cluster_->RestartGateway(0).ok());
  std::vector<pb::Event> after;
  std::optional<TextClient> stranger;
  bool lost = false;
  // A Go Gateway drops what comes before its worker is there.
  ASSERT_TRUE(Eventually([&] {
    const pb::GetClusterViewResponse view = daemon_->ClusterView();
    return view.gateways_size() == 1 && !view.gateways(0).generation().empty() &&
           view.gateways(0).generation() != before[0].generation() && EventLinksUp() == 1;
  }));
  stranger.emplace(Port(0, embedded::ClientProtocol::kText));
  ASSERT_TRUE(stranger->SendMessage("from the stranger"));
  while (after.empty() || after.back().body() != "from the stranger") {
    const auto response = worker->Read();
    ASSERT_TRUE(response);
    for (const pb::Event& event : response->events().events()) {
      lost = lost || event.kind() == pb::EVENT_KIND_GATEWAY_LOST;
      after.push_back(event);
    }
  }
  EXPECT_TRUE(lost);
  EXPECT_EQ(after.back().client_id(), before.back().client_id());  // the same id, another client
  EXPECT_NE(after.back().generation(), before.back().generation());
  pb::AttachRequest request;
  auto* old = request.add_commands();
  old->set_number(1);
  old->set_event_id(before.back().id());
  old->mutable_command()->mutable_send_to_current_client()->mutable_message()->set_text("for the first");
  auto* now = request.add_commands();
  now->set_number(2);
  now->set_event_id(after.back().id());
  now->mutable_command()->mutable_send_to_current_client()->mutable_message()->set_text("for the stranger");
  worker->Say(request);
  const auto errors = worker->Read();
  ASSERT_TRUE(errors && errors->has_command_errors());
  EXPECT_EQ(errors->command_errors().errors(0).number(), 1u);
  EXPECT_EQ(errors->command_errors().errors(0).status().code(),
            static_cast<int>(grpc::StatusCode::NOT_FOUND));
  EXPECT_EQ(stranger->ReadMessage(), "for the stranger");
}

TEST_F(WorkerLoadTest, AStormOfConnectsAndClosesLeavesNothingBehind) {
  StartWith(1);
  auto worker = Attach();
  constexpr int kClients = 10'000;
  std::thread storm([&] {
    for (int i = 0; i < kClients; ++i)
      Client().Close();
  });
  int connects = 0, closes = 0;
  while (closes < kClients) {
    const auto response = worker->Read();
    ASSERT_TRUE(response);
    for (const pb::Event& event : response->events().events()) {
      connects += event.kind() == pb::EVENT_KIND_CONNECT;
      closes += event.kind() == pb::EVENT_KIND_CLOSE;
    }
    worker->Ack(response->events().events().rbegin()->id());
  }
  storm.join();
  EXPECT_EQ(connects, kClients);
  EXPECT_TRUE(Eventually([&] { return Workers().clients() == 0; }));
  EXPECT_EQ(Workers().event_memory_used(), 0u);
}

TEST_F(WorkerLoadTest, ADrainWithFullWindowsEndsInTimeAndCountsWhatIsLeft) {
  StartWith(1, [](Config& config) { config.drain_timeout = absl::Milliseconds(500); });
  auto worker = Attach(Window(10));
  TextClient client = Client();
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(client.SendMessage("x"));
  ASSERT_TRUE(Eventually([&] { return daemon_->Counter("events_read") == 101; }));
  daemon_->app().Shutdown();  // nobody acknowledges
  EXPECT_TRUE(log_.Has({"WARNING", "101 events were not acknowledged"})) << log_.all();
  while (worker->Read()) {
  }
  EXPECT_EQ(worker->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace gatewayd::test
