// Gateways that freeze, restart and die under load, and a cluster that is gone for a while.
#include <array>
#include <atomic>
#include <functional>
#include <map>

#include "integration/fault_fixture.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using embedded::ClientProtocol;
using grpc::StatusCode;

class RestartTest : public ClusterTest {
 protected:
  void StartWith(int gateways, const std::function<void(Config&)>& tune) {
    StartCluster(gateways);
    if (HasFatalFailure()) return;
    Config config = DaemonConfig(cluster_->register_addresses());
    tune(config);
    daemon_ = std::make_unique<Daemon>(std::move(config));
    ASSERT_TRUE(daemon_->WaitLinked(gateways));
  }
  bool Counts(const std::string& name, std::uint64_t at_least) {
    return Eventually([&] { return daemon_->Counter(name) >= at_least; });
  }

  LogCapture log_;
};

// As a Gateway is that was stopped in a debugger, or whose host swaps: its kernel accepts and keeps what it
// is sent. On go its link is not ended but stalled (GoOnlyStallTest).
TEST_F(RestartTest, PhpOnlyAFrozenGatewayIsGivenUpAndComesBackWhenItThaws) {
  StartWith(2, [](Config& config) {
    config.cluster.query_timeout = absl::Milliseconds(300);
    config.cluster.connect_timeout = absl::Milliseconds(200);
    config.cluster.close_wait = absl::Milliseconds(100);
  });
  TextClient frozen(Port(0, ClientProtocol::kText));
  TextClient other(Port(1, ClientProtocol::kText));
  ASSERT_TRUE(WaitClients(0, 1) && WaitClients(1, 1));
  const std::string address = cluster_->gateway(0).registered_address();
  const std::string generation = Shown(*daemon_, address).generation();

  cluster_->gateway(0).Pause();
  ASSERT_TRUE(CallFor(*daemon_, &Stub::SendToClient, SendText(ClientId(0, 1), "into the kernel")).ok());
  Outcome outcome = CallFor(*daemon_, &Stub::IsOnline, IsOnline(ClientId(0, 1)));
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "timeout");
  EXPECT_EQ(outcome.gateway, address);
  EXPECT_TRUE(outcome.Says("no byte of a due answer within 300ms")) << outcome;
  EXPECT_TRUE(log_.Comes({"WARNING", address, "no byte of a due answer"})) << log_.all();

  // It is frozen through several tries to connect, each of which its kernel accepts.
  ASSERT_TRUE(Counts("link_attempts_failed", 3));
  EXPECT_GE(daemon_->Counter("close_wait_expired"), 3) << "each half-close was waited for, and not answered";
  outcome = CallFor(*daemon_, &Stub::SendToClient, SendText(ClientId(0, 1), "refused"));
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  EXPECT_EQ(outcome.reason, "no-link");
  EXPECT_EQ(daemon_->ClusterView().degraded_size(), 1);
  EXPECT_TRUE(CallFor(*daemon_, &Stub::SendToClient, SendText(ClientId(1, 1), "unharmed")).ok());
  EXPECT_EQ(other.ReadMessage(), "unharmed");

  cluster_->gateway(0).Resume();
  ASSERT_TRUE(daemon_->WaitLinked(2));
  EXPECT_NE(Shown(*daemon_, address).generation(), generation);
  EXPECT_TRUE(CallFor(*daemon_, &Stub::SendToClient, SendText(ClientId(0, 1), "thawed")).ok());
  EXPECT_EQ(frozen.ReadMessage(), "into the kernel");
  EXPECT_EQ(frozen.ReadMessage(), "thawed") << "and nothing of what was refused";
}

// Calls everything there is until it is told to stop, and keeps what it was told.
class Load {
 public:
  Load(Daemon& daemon, std::vector<std::string> clients) : daemon_(daemon), clients_(std::move(clients)) {
    for (int i = 0; i < kThreads; ++i)
      threads_.emplace_back([this, i] { Run(i); });
  }
  ~Load() { Stop(); }
  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  int calls() const { return calls_; }
  // Codes and the first text of each.
  std::map<StatusCode, std::string> seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  static constexpr int kThreads = 4;

  void Run(int thread) {
    for (int i = thread; !stop_; ++i) {
      const std::string& id = clients_[static_cast<std::size_t>(i / 8) % clients_.size()];
      switch (i % 8) {
        case 0:
          Note(CallFor(daemon_, &Stub::SendToClient, SendText(id, "to one")));
          break;
        case 1:
          Note(CallFor(daemon_, &Stub::IsOnline, IsOnline(id)));
          break;
        case 2:
          Note(CallFor(daemon_, &Stub::SendToAll, Broadcast("to all")));
          break;
        case 3:
          Note(CallFor(daemon_, &Stub::GetAllClientCount, {}));
          break;
        case 4: {
          pb::BindUidRequest bind = Bind(id, "u");
          bind.set_confirm(pb::CONFIRM_RUN);
          Note(CallFor(daemon_, &Stub::BindUid, bind));
          break;
        }
        case 5:
          Note(CallFor(daemon_, &Stub::GetAllClientIdList, {}));
          break;
        case 6: {
          pb::SendToClientRequest request = SendText(id, "if online");
          request.set_require_online(true);
          Note(CallFor(daemon_, &Stub::SendToClient, request));
          break;
        }
        default:
          Note(CallFor(daemon_, &Stub::GetAllClientSessions, {}));
      }
    }
  }
  void Note(const Outcome& outcome) {
    ++calls_;
    std::lock_guard lock(mutex_);
    seen_.try_emplace(outcome.code, outcome.reason + ": " + outcome.text);
  }

  Daemon& daemon_;
  const std::vector<std::string> clients_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> calls_ = 0;
  mutable std::mutex mutex_;
  std::map<StatusCode, std::string> seen_;
  std::vector<std::thread> threads_;
};

TEST_F(RestartTest, RestartsUnderLoadEndEachCallAsDocumentedAndLeaveNothingBroken) {
  StartWith(2, [](Config&) {});
  constexpr int kRestarts = 10;
  Load load(*daemon_, {ClientId(0, 1), ClientId(1, 1)});
  for (int i = 0; i < kRestarts; ++i) {
    const int calls = load.calls();
    ASSERT_TRUE(Eventually([&] { return load.calls() > calls + 50; })) << "callers hang";
    ASSERT_TRUE(cluster_->RestartGateway(static_cast<std::size_t>(i % 2)).ok());
    if (i % 5 == 0) {
      ASSERT_TRUE(cluster_->RestartRegister().ok());
    }
  }
  ASSERT_TRUE(cluster_->WaitUntilRegistered());
  ASSERT_TRUE(daemon_->WaitLinked(2));
  load.Stop();
  for (const auto& [code, text] : load.seen()) {
    EXPECT_TRUE(code == StatusCode::OK || code == StatusCode::UNAVAILABLE || code == StatusCode::NOT_FOUND ||
                code == StatusCode::DEADLINE_EXCEEDED)
        << code << ": " << text;
  }
  EXPECT_GE(daemon_->Counter("links_lost"), kRestarts);
  EXPECT_GE(log_.Count({"WARNING", "link lost"}), kRestarts / 2);

  // One query may still learn that a link was lost after its commands; after that all is as before.
  CallFor(*daemon_, &Stub::GetAllClientCount, {});
  CallFor(*daemon_, &Stub::GetAllClientCount, {});
  for (std::size_t i = 0; i < 2; ++i) {
    TextClient client(Port(i, ClientProtocol::kText));
    ASSERT_TRUE(WaitClients(i, 1));
    pb::IsOnlineResponse online;
    const Outcome outcome = CallFor(*daemon_, &Stub::IsOnline, IsOnline(ClientId(i, 1)), &online);
    EXPECT_TRUE(outcome.ok() && online.online()) << outcome;
    pb::SendToClientRequest last = SendText(ClientId(i, 1), "after all");
    last.set_confirm(pb::CONFIRM_RUN);
    EXPECT_TRUE(CallFor(*daemon_, &Stub::SendToClient, last).ok());
    EXPECT_EQ(client.ReadMessage(), "after all");
  }
  EXPECT_TRUE(daemon_->ClusterView().degraded().empty());
}

// CPU time that `wait` took of the whole process, this thread's waiting included.
template <typename Wait>
std::chrono::microseconds CpuOf(Wait&& wait) {
  const auto before = CpuTime();
  wait();
  return CpuTime() - before;
}

TEST_F(RestartTest, AClusterThatIsGoneForAWhileCostsNextToNothingAndHealsByItself) {
  StartWith(3, [](Config& config) { config.cluster.backoff_max = absl::Milliseconds(200); });
  cluster_->StopRegister();
  for (std::size_t i = 0; i < 3; ++i)
    cluster_->StopGateway(i);
  ASSERT_TRUE(Counts("links_lost", 3));
  Outcome outcome = CallFor(*daemon_, &Stub::SendToAll, Broadcast("nobody hears"));
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  outcome = CallFor(*daemon_, &Stub::GetAllClientCount, {});
  EXPECT_EQ(outcome.code, StatusCode::UNAVAILABLE) << outcome;
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(outcome.Says(cluster_->gateway(i).registered_address())) << outcome;
  EXPECT_EQ(daemon_->ClusterView().degraded_size(), 4) << "three Gateways and a Register";
  EXPECT_TRUE(daemon_->ClusterView().ready());

  // Twenty tries of each Gateway and about as many of the Register.
  cluster::Cluster& side = daemon_->app().cluster();
  const std::uint64_t tries = side.counters().at("link_attempts_failed") + 60;
  boost::asio::io_context io;
  boost::asio::steady_timer pause(io);
  const auto cpu = CpuOf([&] {
    for (int i = 0; i < 1000 && side.counters().at("link_attempts_failed") < tries; ++i) {
      pause.expires_after(std::chrono::milliseconds(20));
      pause.wait();
    }
  });
  EXPECT_GE(side.counters().at("link_attempts_failed"), tries);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(cpu, std::chrono::milliseconds(400)) << "a loop that spins takes seconds";
#endif
  EXPECT_LE(log_.Count({"refused"}), 8) << "a line for each news, not for each try\n" << log_.all();

  for (std::size_t i = 0; i < 3; ++i)
    ASSERT_TRUE(cluster_->RestartGateway(i).ok());
  ASSERT_TRUE(cluster_->RestartRegister().ok());
  ASSERT_TRUE(daemon_->WaitLinked(3));
  ASSERT_TRUE(Eventually([&] { return daemon_->ClusterView().degraded().empty(); }));
  TextClient client(Port(2, ClientProtocol::kText));
  ASSERT_TRUE(WaitClients(2, 1));
  pb::SendToAllResponse sent;
  outcome = CallFor(*daemon_, &Stub::SendToAll, Broadcast("healed"), &sent);
  EXPECT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(sent.delivery().gateways(), 3);
  EXPECT_EQ(client.ReadMessage(), "healed");
}

}  // namespace
}  // namespace gatewayd::test
