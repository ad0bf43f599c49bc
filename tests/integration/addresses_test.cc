// Where things are: advertised addresses that cannot be dialled, host names, unix sockets.
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "gatewayworker/v1/admin_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "integration/fixture.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;

class AddressesTest : public ClusterTest {
 protected:
  void StartWith(const embedded::ClusterOptions& options, const Config& base) {
    cluster_ = std::make_unique<embedded::EmbeddedCluster>(options);
    ASSERT_TRUE(cluster_->Start().ok());
    ASSERT_TRUE(cluster_->WaitUntilRegistered());
    Config config = base;
    config.cluster.registers = cluster_->register_addresses();
    daemon_ = std::make_unique<Daemon>(config);
    ASSERT_TRUE(daemon_->WaitLinked(1));
  }

  // A message to the first client arrives, by the id that the Gateway would give it.
  void ExpectReachable() {
    TextClient client(Port(0, embedded::ClientProtocol::kText));
    ASSERT_TRUE(WaitClients(0, 1));
    pb::SendToClientRequest request;
    request.set_client_id(ClientId(0, 1));
    request.mutable_message()->set_text("hello");
    pb::SendToClientResponse response;
    const grpc::Status status = daemon_->Call(&Stub::SendToClient, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(client.ReadMessage(), "hello");
    pb::GetAllClientIdListResponse ids;
    EXPECT_TRUE(daemon_->Call(&Stub::GetAllClientIdList, {}, &ids).ok());
    ASSERT_EQ(ids.client_ids_size(), 1);
    EXPECT_EQ(ids.client_ids(0), ClientId(0, 1));
  }
};

TEST_F(AddressesTest, AnAddressMapDialsElsewhereThanAGatewayAdvertises) {
  embedded::ClusterOptions options = TestCluster(1);
  options.gateways[0].advertised_ip = "10.9.8.7";
  Config config = DaemonConfig({});
  config.cluster.address_map = {{"10.9.8.7", "127.0.0.1"}};
  StartWith(options, config);
  ExpectReachable();
  const auto gateway = daemon_->ClusterView().gateways(0);
  EXPECT_THAT(gateway.address(), testing::StartsWith("10.9.8.7:"));
  EXPECT_THAT(gateway.dial_address(), testing::StartsWith("127.0.0.1:"));
  EXPECT_EQ(gateway.client_id_address(), gateway.address());
}

TEST_F(AddressesTest, AGatewayThatAdvertisesAHostNameIsRoutedByItsAddress) {
  embedded::ClusterOptions options = TestCluster(1);
  options.gateways[0].registered_host = "localhost";
  StartWith(options, DaemonConfig({}));
  ASSERT_TRUE(Eventually([&] { return daemon_->ClusterView().complete(); }));
  ExpectReachable();
  const auto gateway = daemon_->ClusterView().gateways(0);
  EXPECT_THAT(gateway.address(), testing::StartsWith("localhost:"));
  EXPECT_THAT(gateway.client_id_address(), testing::StartsWith("127.0.0.1:"));
}

TEST_F(AddressesTest, AUnixSocketServesAsWell) {
  const std::string socket = absl::StrCat("unix:", testing::TempDir(), "gatewayd_", getpid(), ".sock");
  Config config = DaemonConfig({});
  config.listen = {socket, "127.0.0.1:0"};
  StartWith(TestCluster(1), config);
  ASSERT_EQ(daemon_->app().addresses().size(), 2);
  EXPECT_EQ(daemon_->app().addresses()[0], socket) << "the fixture's channel is the first one";
  ExpectReachable();
}

TEST_F(AddressesTest, GetInfoTellsVersionDialectAndLimits) {
  Start(1);
  const auto stub = pb::AdminService::NewStub(daemon_->channel());
  grpc::ClientContext context;
  pb::GetInfoResponse info;
  ASSERT_TRUE(stub->GetInfo(&context, {}, &info).ok());
  EXPECT_EQ(info.version(), Version());
  EXPECT_EQ(info.dialect(), IsGo() ? "go" : "php");
  EXPECT_THAT(daemon_->ClusterView().gateways(0).generation(), testing::StartsWith(info.instance_id() + "-"));
  EXPECT_EQ(info.limits().at("command_buffer"), 16u * 1024 * 1024);
  EXPECT_EQ(info.limits().at("query_timeout_ms"), 5000u);
}

}  // namespace
}  // namespace gatewayd::test
