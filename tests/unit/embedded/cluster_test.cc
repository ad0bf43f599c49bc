#include "embedded/cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "unit/embedded/test_clients.h"

namespace gatewayd::embedded {
namespace {

using test::Eventually;
using testing::IsEmpty;
using testing::SizeIs;

ClusterOptions Fast(ClusterOptions options) {
  for (GatewayOptions& gateway : options.gateways)
    gateway.register_reconnect = absl::Milliseconds(10);
  return options;
}

TEST(Cluster, CarriesAMessageFromACallerToEachKindOfClient) {
  EmbeddedCluster cluster(ClusterOptions::Loopback(1, "s3cret"));
  ASSERT_TRUE(cluster.Start().ok());
  EXPECT_TRUE(cluster.WaitUntilRegistered());
  EmbeddedGateway& gateway = cluster.gateway();
  test::WebSocketClient web(gateway.port(ClientProtocol::kWebSocket));
  ASSERT_TRUE(web.connected());
  test::TextClient text(gateway.port(ClientProtocol::kText));
  test::FrameClient frame(gateway.port(ClientProtocol::kFrame));
  ASSERT_TRUE(Eventually([&] { return gateway.clients().size() == 3; }));

  test::WorkerClient caller(gateway.inner_port());
  ASSERT_TRUE(caller.HelloAsCaller("s3cret"));
  ASSERT_TRUE(caller.SendFrame(wire::Command::kSendToAll, 0, {}, "hello"));
  EXPECT_EQ(web.ReadMessage(), "hello");
  EXPECT_EQ(text.ReadMessage(), "hello");
  EXPECT_EQ(frame.ReadMessage(), "hello");
  EXPECT_EQ(caller.Query(wire::Command::kGetClientCountByGroup), "i:3;");
}

TEST(Cluster, RegistersEveryGatewayAtEveryRegister) {
  ClusterOptions options = ClusterOptions::Loopback(3);
  options.registers.resize(2);
  options.gateways[1].registered_host = "localhost";
  EmbeddedCluster cluster(options);
  ASSERT_TRUE(cluster.Start().ok());
  ASSERT_TRUE(cluster.WaitUntilRegistered());
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_THAT(cluster.reg(i).gateway_addresses(), SizeIs(3));
  EXPECT_TRUE(absl::StartsWith(cluster.gateway(1).registered_address(), "localhost:"));
  EXPECT_EQ(cluster.register_addresses().size(), 2u);
}

TEST(Cluster, AStoppedGatewayLeavesTheRegisterAndARestartedOneComesBack) {
  EmbeddedCluster cluster(Fast(ClusterOptions::Loopback(1)));
  ASSERT_TRUE(cluster.Start().ok());
  ASSERT_TRUE(cluster.WaitUntilRegistered());
  const std::uint16_t inner = cluster.gateway().inner_port();
  const std::uint16_t text = cluster.gateway().port(ClientProtocol::kText);
  test::TextClient before(text);
  ASSERT_TRUE(Eventually([&] { return cluster.gateway().clients().size() == 1; }));

  cluster.StopGateway(0);
  EXPECT_TRUE(before.WaitClosed());
  EXPECT_TRUE(Eventually([&] { return cluster.reg().gateway_addresses().empty(); }));
  EXPECT_FALSE(test::TextClient(text).connected());
  EXPECT_THAT(cluster.gateway().clients(), IsEmpty());

  ASSERT_TRUE(cluster.RestartGateway(0).ok());
  ASSERT_TRUE(cluster.WaitUntilRegistered());
  EXPECT_EQ(cluster.gateway().inner_port(), inner);
  test::TextClient after(text);
  ASSERT_TRUE(Eventually([&] { return cluster.gateway().clients().size() == 1; }));
  EXPECT_EQ(cluster.gateway().clients()[0].id.connection_id, 1u);
  ASSERT_TRUE(cluster.RestartGateway(0).ok());  // a running one, too
  EXPECT_TRUE(after.WaitClosed());
}

TEST(Cluster, GatewaysComeBackToARestartedRegister) {
  EmbeddedCluster cluster(Fast(ClusterOptions::Loopback(2)));
  ASSERT_TRUE(cluster.Start().ok());
  ASSERT_TRUE(cluster.WaitUntilRegistered());
  const std::string address = cluster.reg().address();
  cluster.StopRegister();
  ASSERT_TRUE(cluster.RestartRegister().ok());
  EXPECT_EQ(cluster.reg().address(), address);
  EXPECT_TRUE(cluster.WaitUntilRegistered());
}

TEST(Cluster, TakesOneMoreGateway) {
  EmbeddedCluster cluster(ClusterOptions::Loopback(1));
  ASSERT_TRUE(cluster.Start().ok());
  ASSERT_TRUE(cluster.AddGateway({}).ok());
  EXPECT_EQ(cluster.gateway_count(), 2u);
  EXPECT_TRUE(cluster.WaitUntilRegistered());
  EXPECT_EQ(cluster.gateway(1).port(ClientProtocol::kWebSocket), 0);
  EXPECT_EQ(cluster.gateway(1).websocket_url(), "");
}

TEST(Cluster, ATakenPortIsAClearErrorAndLeavesNothingBehind) {
  EmbeddedCluster first(ClusterOptions::Loopback(1));
  ASSERT_TRUE(first.Start().ok());
  for (bool inner : {true, false}) {
    ClusterOptions options = ClusterOptions::Loopback(1);
    if (inner) {
      options.gateways[0].inner_port = first.gateway().inner_port();
    } else {
      options.gateways[0].listeners[0].port = first.gateway().port(ClientProtocol::kWebSocket);
    }
    EmbeddedCluster second(options);
    const absl::Status status = second.Start();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(absl::StrContains(status.message(), inner ? "workers of the Gateway" : "WebSocket clients"))
        << status;
  }
}

TEST(Cluster, BadOptionsAreClearErrors) {
  ClusterOptions options = ClusterOptions::Loopback(1);
  options.gateways[0].advertised_ip = "localhost";
  EXPECT_EQ(EmbeddedCluster(options).Start().code(), absl::StatusCode::kInvalidArgument);
  options = ClusterOptions::Loopback(1);
  options.gateways[0].registers = {"no port"};
  EXPECT_EQ(EmbeddedCluster(options).Start().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Cluster, RunsTwoHundredGatewaysOnOneThread) {
  ClusterOptions options;
  options.gateways.resize(200);
  EmbeddedCluster cluster(std::move(options));
  ASSERT_TRUE(cluster.Start().ok());
  EXPECT_TRUE(cluster.WaitUntilRegistered(absl::Seconds(30)));
  test::WorkerClient caller(cluster.gateway(199).inner_port());
  EXPECT_EQ(caller.Query(wire::Command::kIsOnline, 1), "i:0;");
}

TEST(Cluster, StopsTwiceAndWithoutAStart) {
  EmbeddedCluster never(ClusterOptions::Loopback(1));
  never.Stop();
  EmbeddedCluster cluster(ClusterOptions::Loopback(1));
  ASSERT_TRUE(cluster.Start().ok());
  cluster.Stop();
  cluster.Stop();
  EXPECT_FALSE(test::TextClient(cluster.gateway().port(ClientProtocol::kText)).connected());
}

}  // namespace
}  // namespace gatewayd::embedded
