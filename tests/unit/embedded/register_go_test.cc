// The Go Register on real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embedded/cluster.h"
#include "unit/embedded/test_go_clients.h"
#include "wire/register_line.h"

namespace gatewayd::embedded {
namespace {

using test::Eventually;
using test::GoRegisterClient;
using testing::ElementsAre;
using testing::HasSubstr;

class GoRegisterTest : public testing::Test {
 protected:
  void Begin(RegisterOptions reg = {}) {
    ClusterOptions options;
    options.secret = "s";
    options.dialect = &wire::GoDialect();
    options.registers = {std::move(reg)};
    cluster_ = std::make_unique<EmbeddedCluster>(std::move(options));
    ASSERT_TRUE(cluster_->Start().ok());
  }
  EmbeddedRegister& reg() { return cluster_->reg(); }
  std::unique_ptr<GoRegisterClient> Peer() { return std::make_unique<GoRegisterClient>(reg().port(), "s"); }
  std::unique_ptr<GoRegisterClient> Gateway(const std::string& address, const std::string& worker_address) {
    const std::size_t before = reg().gateway_addresses().size();
    auto gateway = Peer();
    gateway->Say(wire::GoGatewayConnectJson(address, worker_address, "s"));
    EXPECT_TRUE(Eventually([&] { return reg().gateway_addresses().size() == before + 1; }));
    return gateway;
  }

  std::unique_ptr<EmbeddedCluster> cluster_;
};

TEST_F(GoRegisterTest, TellsBothListsAndNoneWhereThereIsNoGateway) {
  Begin();
  auto worker = Peer();
  worker->Say(wire::WorkerConnectJson("s", "w:1"));
  EXPECT_EQ(worker->Hear(), R"({"event":"broadcast_addresses"})");
  auto first = Gateway("10.0.0.1:2900", "127.0.0.1:2900");
  EXPECT_EQ(
      worker->Hear(),
      R"({"event":"broadcast_addresses","addresses":["127.0.0.1:2900"],"sdk_addresses":["10.0.0.1:2900"]})");
  auto second = Gateway("10.0.0.2:2900", "127.0.0.1:2900");  // another host, the same port: one entry
  EXPECT_EQ(
      worker->Hear(),
      R"({"event":"broadcast_addresses","addresses":["127.0.0.1:2900"],"sdk_addresses":["10.0.0.1:2900","10.0.0.2:2900"]})");
  first.reset();
  EXPECT_THAT(worker->Hear(), HasSubstr(R"("sdk_addresses":["10.0.0.2:2900"])"));
  second.reset();
  EXPECT_EQ(worker->Hear(), R"({"event":"broadcast_addresses"})");
}

TEST_F(GoRegisterTest, AnOlderGatewayHasOneAddressAndAnOlderRegisterOneList) {
  Begin({.sdk_addresses = false});
  auto gateway = Peer();
  gateway->Say(wire::GatewayConnectJson("10.0.0.1:2900", "s"));
  ASSERT_TRUE(Eventually([&] { return reg().gateway_addresses().size() == 1; }));
  auto worker = Peer();
  worker->Say(wire::WorkerConnectJson("s"));
  EXPECT_EQ(worker->Hear(), R"({"event":"broadcast_addresses","addresses":["10.0.0.1:2900"]})");
}

TEST_F(GoRegisterTest, KeepsWhatWorkersSayOfThemselves) {
  Begin();
  auto worker = Peer();
  worker->Say(wire::WorkerConnectJson("s", "w:1"));
  worker->Hear();
  worker->Say(wire::WorkerStatsJson("w:1", 42));
  ASSERT_TRUE(
      Eventually([&] { return reg().workers().size() == 1 && reg().workers()[0].processed_count == 42; }));
  EXPECT_THAT(reg().workers(),
              ElementsAre(RegisteredWorker{"w:1", "127.0.0.1:" + std::to_string(worker->local_port()), 42}));
  worker.reset();
  EXPECT_TRUE(Eventually([&] { return reg().workers().empty(); }));
}

TEST_F(GoRegisterTest, ADashboardIsToldOfEachChange) {
  Begin();
  auto dashboard = Peer();
  dashboard->Say(R"({"event":"admin_connect","secret_key":"s"})");
  EXPECT_EQ(dashboard->Hear(), R"({"event":"status_update"})");
  auto worker = Peer();
  worker->Say(wire::WorkerConnectJson("s", "w:1"));
  const std::string workers = R"("workers":[{"name":"w:1","addr":"127.0.0.1:)" +
                              std::to_string(worker->local_port()) + R"(","processed_count":)";
  EXPECT_EQ(dashboard->Hear(), R"({"event":"status_update",)" + workers + "0}]}");
  worker->Say(wire::WorkerStatsJson("w:1", 7));
  ASSERT_TRUE(Eventually([&] { return reg().workers()[0].processed_count == 7; }));
  auto gateway = Gateway("10.0.0.1:2900", "127.0.0.1:2900");
  EXPECT_EQ(dashboard->Hear(),
            R"({"event":"status_update","gateways":["10.0.0.1:2900"],)" + workers + "7}]}");
}

TEST_F(GoRegisterTest, ClosesWithoutAWord) {
  Begin();
  auto wrong = Peer();
  wrong->Say(wire::WorkerConnectJson("wrong"));
  EXPECT_TRUE(wrong->WaitClosed());
  EXPECT_EQ(wrong->buffered(), "");
  GoRegisterClient other(reg().port(), "another secret");
  other.Say(wire::WorkerConnectJson("s"));
  EXPECT_TRUE(other.WaitClosed());
  EXPECT_EQ(other.buffered(), "");
  GoRegisterClient php(reg().port(), "s");
  php.Send(wire::WorkerConnectJson("s") + "\n");
  EXPECT_TRUE(php.WaitClosed());
  EXPECT_EQ(php.buffered(), "");
}

TEST_F(GoRegisterTest, ALineThatParsesStopsTheTimerAndOtherEventsDoNothing) {
  Begin({.auth_timeout = absl::Milliseconds(100)});
  auto silent = Peer();
  auto talking = Peer();
  talking->Say(R"({"event":"unknown"})");
  EXPECT_TRUE(silent->WaitClosed());
  talking->Say(wire::WorkerConnectJson("s"));
  EXPECT_EQ(talking->Hear(), R"({"event":"broadcast_addresses"})");
}

TEST(GoCluster, RegistersItsGatewaysWithBothAddresses) {
  ClusterOptions options = ClusterOptions::Loopback(2, "s3cret", wire::GoDialect());
  options.gateways[1].worker_host = "localhost";
  EmbeddedCluster cluster(std::move(options));
  ASSERT_TRUE(cluster.Start().ok());
  ASSERT_TRUE(cluster.WaitUntilRegistered());
  GoRegisterClient worker(cluster.reg().port(), "s3cret");
  worker.Say(wire::WorkerConnectJson("s3cret"));
  const absl::StatusOr<wire::RegisterMessage> message = wire::ParseRegisterJson(worker.Hear());
  ASSERT_TRUE(message.ok()) << message.status();
  const std::string first = cluster.gateway(0).registered_address();
  const std::string second = cluster.gateway(1).registered_address();
  EXPECT_THAT(message->sdk_addresses, testing::UnorderedElementsAre(first, second));
  EXPECT_THAT(message->addresses, testing::UnorderedElementsAre(
                                      first, "localhost:" + std::to_string(cluster.gateway(1).inner_port())));
  EXPECT_NE(cluster.gateway(0).port(ClientProtocol::kTcp), 0);
}

}  // namespace
}  // namespace gatewayd::embedded
