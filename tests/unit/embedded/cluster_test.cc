#include "embedded/cluster.h"

#include <gtest/gtest.h>

#include "unit/embedded/test_clients.h"

namespace gatewayd::embedded {
namespace {

using test::Eventually;

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

}  // namespace
}  // namespace gatewayd::embedded
