// A client that does not read, on a go cluster and over real sockets: the Gateway stands still at it, and
// what was to be sent behind it. Go alone: a PHP Gateway drops what such a client does not take.
#include "integration/fixture.h"

namespace gatewayd::test {
namespace {

using Stub = pb::GatewayService::Stub;
using embedded::ClientProtocol;

class GoOnlyStallTest : public ClusterTest {
 protected:
  void SetUp() override {
    embedded::ClusterOptions options = TestCluster(1);
    options.gateways[0].client_send_buffer = 200'000;
    cluster_ = std::make_unique<embedded::EmbeddedCluster>(std::move(options));
    ASSERT_TRUE(cluster_->Start().ok());
    ASSERT_TRUE(cluster_->WaitUntilRegistered());
    Config config = DaemonConfig(cluster_->register_addresses());
    config.cluster.query_timeout = absl::Milliseconds(300);
    daemon_ = std::make_unique<Daemon>(std::move(config));
    ASSERT_TRUE(daemon_->WaitLinked(1));
    slow_ = std::make_unique<TextClient>(Port(0, ClientProtocol::kText));
    ASSERT_TRUE(WaitClients(0, 1));
    other_ = std::make_unique<TextClient>(Port(0, ClientProtocol::kText));
    ASSERT_TRUE(WaitClients(0, 2));
  }
  grpc::Status Send(std::uint32_t client, const std::string& text) {
    pb::SendToClientRequest request;
    request.set_client_id(ClientId(0, client));
    request.mutable_message()->set_text(text);
    pb::SendToClientResponse response;
    return daemon_->Call(&Stub::SendToClient, request, &response);
  }
  pb::LinkState CommandLink() { return daemon_->ClusterView().gateways(0).links(0).state(); }
  // Sends to the client that does not read until callers are refused.
  void Stall() {
    const std::string text(64 * 1024, 'x');
    ASSERT_TRUE(Eventually([&] { return Send(1, text).error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED; },
                           std::chrono::seconds(20)));
    ASSERT_TRUE(Eventually([&] { return CommandLink() == pb::LINK_STATE_STALLED; }));
  }

  std::unique_ptr<TextClient> slow_, other_;
};

TEST_F(GoOnlyStallTest, CallersAreRefusedTheLinkIsShownAsStalledAndDestroyFreesIt) {
  Stall();
  const pb::GetClusterViewResponse view = daemon_->ClusterView();
  ASSERT_EQ(view.degraded_size(), 1);
  EXPECT_NE(view.degraded(0).find("stalled"), std::string::npos) << view.degraded(0);
  pb::IsOnlineRequest online;
  online.set_client_id(ClientId(0, 2));
  pb::IsOnlineResponse is_online;
  EXPECT_EQ(daemon_->Call(&Stub::IsOnline, online, &is_online).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  pb::GetAllGroupIdListResponse groups;
  EXPECT_TRUE(daemon_->Call(&Stub::GetAllGroupIdList, pb::GetAllGroupIdListRequest(), &groups).ok())
      << "it needs nothing of the stalled link";
  pb::DestroyClientRequest destroy;
  destroy.set_client_id(ClientId(0, 1));
  pb::DestroyClientResponse destroyed;
  ASSERT_TRUE(daemon_->Call(&Stub::DestroyClient, destroy, &destroyed).ok());
  ASSERT_TRUE(Eventually([&] { return CommandLink() == pb::LINK_STATE_READY; }));
  EXPECT_TRUE(Send(2, "on it goes").ok());
  EXPECT_EQ(other_->ReadMessage(), "on it goes");
  EXPECT_EQ(daemon_->Counter("links_lost"), 0u);
  EXPECT_EQ(daemon_->ClusterView().gateways(0).links(0).connects(), 1u);
}

TEST_F(GoOnlyStallTest, AClientThatReadsAgainEndsItToo) {
  Stall();
  std::size_t read = 0;
  const auto read_on = [&] {
    if (slow_->ReadMessage(std::chrono::milliseconds(100))) ++read;
  };
  // It is free where the client has room, and may stall again until the client has read all that waits for
  // it.
  ASSERT_TRUE(Eventually([&] {
    read_on();
    return CommandLink() == pb::LINK_STATE_READY && Send(2, "on it goes").ok();
  }));
  EXPECT_GT(read, 0u);
  std::optional<std::string> got;
  ASSERT_TRUE(Eventually([&] {
    read_on();
    got = other_->ReadMessage(std::chrono::milliseconds(10));
    return got.has_value();
  }));
  EXPECT_EQ(got, "on it goes");
}

// Its link is kept, so nothing of what it had accepted is lost, and its clients are who they were.
TEST_F(GoOnlyStallTest, AFrozenGatewayIsWaitedFor) {
  const std::string generation = daemon_->ClusterView().gateways(0).generation();
  cluster_->gateway(0).Pause();
  ASSERT_TRUE(Send(2, "into the kernel").ok());
  ASSERT_TRUE(Eventually([&] { return CommandLink() == pb::LINK_STATE_STALLED; }));
  EXPECT_EQ(Send(2, "refused").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  cluster_->gateway(0).Resume();
  ASSERT_TRUE(Eventually([&] { return CommandLink() == pb::LINK_STATE_READY; }));
  EXPECT_TRUE(Send(2, "thawed").ok());
  EXPECT_EQ(other_->ReadMessage(), "into the kernel");
  EXPECT_EQ(other_->ReadMessage(), "thawed") << "and nothing of what was refused";
  EXPECT_EQ(daemon_->ClusterView().gateways(0).generation(), generation);
}

}  // namespace
}  // namespace gatewayd::test
