// From the start to the end of the daemon: no Register, wrong secrets, Gateways that come, go and restart, a
// drain.
#include <future>
#include <thread>

#include <boost/asio/ip/tcp.hpp>

#include "absl/strings/str_cat.h"
#include "integration/fixture.h"
#include "wire/register_line.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;

pb::IsOnlineRequest IsOnline(const std::string& client_id) {
  pb::IsOnlineRequest request;
  request.set_client_id(client_id);
  return request;
}

pb::SendToClientRequest Send(const std::string& client_id, const std::string& text) {
  pb::SendToClientRequest request;
  request.set_client_id(client_id);
  request.mutable_message()->set_text(text);
  return request;
}

// A port that nobody listens on, for the moment at least.
std::uint16_t FreePort() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

std::string Reason(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto at = metadata.find("gatewayd-reason");
  return at == metadata.end() ? "" : std::string(at->second.data(), at->second.size());
}

class LifecycleTest : public ClusterTest {};

TEST_F(LifecycleTest, WithoutARegisterItRunsSaysWhyAndHealsByItself) {
  const std::uint16_t port = FreePort();
  Daemon daemon(DaemonConfig({absl::StrCat("127.0.0.1:", port)}));
  pb::IsOnlineResponse online;
  grpc::ClientContext context;
  grpc::Status status = daemon.Call(&Stub::IsOnline, IsOnline("7f0000010b5400000001"), &online, &context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(context), "no-view");
  ASSERT_TRUE(Eventually([&] {
    status = daemon.Call(&Stub::IsOnline, IsOnline("7f0000010b5400000001"), &online);
    return status.error_message().find("refused") != std::string::npos;
  })) << status.error_message();
  EXPECT_FALSE(daemon.ClusterView().ready());

  embedded::ClusterOptions options = TestCluster(1);
  options.registers[0].port = port;
  embedded::EmbeddedCluster cluster(options);
  ASSERT_TRUE(cluster.Start().ok());
  ASSERT_TRUE(daemon.WaitLinked(1));
  EXPECT_TRUE(Eventually([&] { return daemon.ClusterView().ready(); }));
  status = daemon.Call(&Stub::IsOnline, IsOnline("7f0000010b5400000001"), &online, nullptr);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(LifecycleTest, AWrongSecretAtTheRegisterIsSaidAsSuch) {
  StartCluster(1, "right");
  Daemon daemon(DaemonConfig(cluster_->register_addresses(), "wrong"));
  pb::GetAllClientCountResponse count;
  grpc::Status status;
  ASSERT_TRUE(Eventually([&] {
    status = daemon.Call(&Stub::GetAllClientCount, {}, &count);
    return status.error_message().find("wrong secret") != std::string::npos;
  })) << status.error_message();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(daemon.ClusterView().registers(0).last_error().find("wrong secret"), std::string::npos);
  EXPECT_EQ(status.error_message().find("wrong\""), std::string::npos) << "the secret itself is never shown";
}

TEST_F(LifecycleTest, AWrongSecretAtAGatewayIsSaidAsSuch) {
  StartCluster(1, "right");
  const std::string gateway = cluster_->gateway(0).registered_address();
  FakeRegister fake(TestDialect().EncodeRegisterLine(wire::BroadcastAddressesJson({gateway}), "wrong"));
  Daemon daemon(DaemonConfig({fake.address()}, "wrong"));
  grpc::Status status;
  pb::SendToClientResponse sent;
  ASSERT_TRUE(Eventually([&] {
    status = daemon.Call(&Stub::SendToClient, Send(ClientId(0, 1), "hello"), &sent);
    return status.error_message().find("wrong secret") != std::string::npos;
  })) << status.error_message();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(status.error_message().find(gateway), std::string::npos) << "names the Gateway";
  EXPECT_TRUE(daemon.ClusterView().ready()) << "each address has been tried";
}

// By what it sees, which can be no more than that it is not understood.
TEST_F(LifecycleTest, TheWrongDialectIsSaidAsSuch) {
  StartCluster(1, "secret");
  Config config = DaemonConfig(cluster_->register_addresses(), "secret");
  config.dialect = IsGo() ? &wire::PhpDialect() : &wire::GoDialect();
  Daemon daemon(std::move(config));
  grpc::Status status;
  pb::GetAllClientCountResponse count;
  ASSERT_TRUE(Eventually([&] {
    status = daemon.Call(&Stub::GetAllClientCount, {}, &count);
    return status.error_message().find("-dialect Register") != std::string::npos;
  })) << status.error_message();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(daemon.ClusterView().registers(0).last_error().find("-dialect Register"), std::string::npos);
}

TEST_F(LifecycleTest, AGatewayThatJoinsIsFoundAndOneThatLeavesIsForgotten) {
  Start(1);
  ASSERT_TRUE(cluster_->AddGateway(TestCluster(1).gateways[0]).ok());
  ASSERT_TRUE(daemon_->WaitLinked(2));
  const std::string id = ClientId(1, 1);
  cluster_->StopGateway(1);
  ASSERT_TRUE(Eventually([&] { return daemon_->ClusterView().gateways_size() == 1; }));
  pb::IsOnlineResponse online;
  grpc::ClientContext context;
  const grpc::Status status = daemon_->Call(&Stub::IsOnline, IsOnline(id), &online, &context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Reason(context), "unknown-gateway");
}

TEST_F(LifecycleTest, EveryRegisterGoneAllGoesOn) {
  Start(2);
  TextClient client(Port(0, embedded::ClientProtocol::kText));
  ASSERT_TRUE(WaitClients(0, 1));
  cluster_->StopRegister();
  ASSERT_TRUE(
      Eventually([&] { return daemon_->ClusterView().registers(0).state() != pb::LINK_STATE_READY; }));
  pb::SendToClientResponse sent;
  EXPECT_TRUE(daemon_->Call(&Stub::SendToClient, Send(ClientId(0, 1), "still"), &sent).ok());
  EXPECT_EQ(client.ReadMessage(), "still");
  const auto view = daemon_->ClusterView();
  EXPECT_EQ(view.gateways_size(), 2);
  EXPECT_FALSE(view.degraded().empty());
  EXPECT_TRUE(view.ready());
  ASSERT_TRUE(cluster_->RestartRegister().ok());
  EXPECT_TRUE(Eventually([&] { return daemon_->ClusterView().degraded().empty(); }));
}

TEST_F(LifecycleTest, ARestartedGatewayHasANewGeneration) {
  Start(1);
  TextClient before(Port(0, embedded::ClientProtocol::kText));
  ASSERT_TRUE(WaitClients(0, 1));
  const std::string old_generation = daemon_->ClusterView().gateways(0).generation();
  ASSERT_FALSE(old_generation.empty());
  pb::SendToClientRequest request = Send(ClientId(0, 1), "hello");
  request.set_generation(old_generation);
  pb::SendToClientResponse sent;
  EXPECT_TRUE(daemon_->Call(&Stub::SendToClient, request, &sent).ok());
  EXPECT_EQ(before.ReadMessage(), "hello");

  ASSERT_TRUE(cluster_->RestartGateway(0).ok());
  ASSERT_TRUE(Eventually([&] {
    const auto view = daemon_->ClusterView();
    return view.gateways_size() == 1 && !view.gateways(0).generation().empty() &&
           view.gateways(0).generation() != old_generation;
  }));
  TextClient stranger(Port(0, embedded::ClientProtocol::kText));
  ASSERT_TRUE(WaitClients(0, 1));
  grpc::ClientContext context;
  grpc::Status status = daemon_->Call(&Stub::SendToClient, request, &sent, &context);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND) << status.error_message();
  EXPECT_EQ(Reason(context), "generation-over");

  request.set_generation("ffffffffffffffff-1");
  grpc::ClientContext other;
  status = daemon_->Call(&Stub::SendToClient, request, &sent, &other);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Reason(other), "other-daemon");

  request.clear_generation();
  request.mutable_message()->set_text("for the new one");
  EXPECT_TRUE(daemon_->Call(&Stub::SendToClient, request, &sent).ok());
  EXPECT_EQ(stranger.ReadMessage(), "for the new one") << "nothing else came before it";
}

TEST_F(LifecycleTest, APortThatIsTakenIsAClearError) {
  Start(1);
  Config config = DaemonConfig(cluster_->register_addresses());
  config.listen = {daemon_->app().addresses().front()};
  const auto second = App::Start(config);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(std::string(second.status().message()).find(config.listen[0]), std::string::npos)
      << second.status();
}

TEST_F(LifecycleTest, ADrainLetsCallsInFlightFinish) {
  Start(1);
  TextClient client(Port(0, embedded::ClientProtocol::kText));
  ASSERT_TRUE(WaitClients(0, 1));
  cluster_->gateway(0).Pause();
  auto call = std::async(std::launch::async, [&] {
    pb::IsOnlineResponse online;
    const grpc::Status status = daemon_->Call(&Stub::IsOnline, IsOnline(ClientId(0, 1)), &online);
    return std::make_pair(status.error_code(), online.online());
  });
  ASSERT_TRUE(
      Eventually([&] { return daemon_->ClusterView().gateways(0).links(0).queries_in_flight() == 1; }));
  auto shutdown = std::async(std::launch::async, [&] { daemon_->app().Shutdown(); });
  cluster_->gateway(0).Resume();
  shutdown.get();
  EXPECT_EQ(call.get(), std::make_pair(grpc::StatusCode::OK, true));
}

TEST_F(LifecycleTest, NeitherAFrozenNorADeadGatewayDelaysTheOthers) {
  Start(2);
  TextClient client(Port(1, embedded::ClientProtocol::kText));
  ASSERT_TRUE(WaitClients(1, 1));
  cluster_->gateway(0).Pause();
  pb::SendToClientResponse sent;
  pb::IsOnlineResponse online;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(daemon_->Call(&Stub::SendToClient, Send(ClientId(1, 1), absl::StrCat(i)), &sent).ok());
    ASSERT_TRUE(daemon_->Call(&Stub::IsOnline, IsOnline(ClientId(1, 1)), &online).ok());
    EXPECT_EQ(client.ReadMessage(), absl::StrCat(i));
  }
  cluster_->gateway(0).Resume();
}

}  // namespace
}  // namespace gatewayd::test
