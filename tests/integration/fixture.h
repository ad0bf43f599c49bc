// What the integration tests share: an embedded cluster, the daemon as main() runs it, a gRPC client, and
// clients of the Gateways; all on loopback, on ports that the kernel chooses.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app.h"
#include "embedded/cluster.h"
#include "gatewayworker/v1/admin_service.grpc.pb.h"
#include "gatewayworker/v1/gateway_service.grpc.pb.h"
#include "integration/dialect.h"
#include "unit/embedded/test_clients.h"

namespace gatewayd::test {

namespace pb = gatewayworker::v1;

// A configuration as ReadConfig would give it for these Registers, with everything that could wait made
// short.
inline Config DaemonConfig(std::vector<std::string> registers, std::string secret = "") {
  Config config;
  config.dialect = &TestDialect();
  config.cluster.registers = std::move(registers);
  config.cluster.secret = std::move(secret);
  config.cluster.backoff_first = absl::Milliseconds(10);
  config.cluster.backoff_max = absl::Milliseconds(100);
  config.listen = {"127.0.0.1:0"};
  config.max_request_bytes = 16 * 1024 * 1024;
  config.drain_timeout = absl::Seconds(10);
  return config;
}

// A Register that says one line to everybody who connects, and nothing else.
class FakeRegister {
 public:
  explicit FakeRegister(std::string line)
      : line_(std::move(line)), acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    Accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~FakeRegister() {
    io_.stop();
    thread_.join();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

 private:
  void Accept() {
    acceptor_.async_accept([this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      boost::system::error_code ignored;
      boost::asio::write(socket, boost::asio::buffer(line_), ignored);
      callers_.push_back(std::move(socket));
      Accept();
    });
  }

  const std::string line_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> callers_;
  std::thread thread_;
};

// The daemon and its stubs.
class Daemon {
 public:
  explicit Daemon(Config config) {
    auto app = App::Start(std::move(config));
    EXPECT_TRUE(app.ok()) << app.status();
    if (!app.ok()) return;
    app_ = *std::move(app);
    channel_ = grpc::CreateChannel(app_->addresses().front(), grpc::InsecureChannelCredentials());
    gateway_ = pb::GatewayService::NewStub(channel_);
    admin_ = pb::AdminService::NewStub(channel_);
  }

  App& app() { return *app_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // One unary call of GatewayService: Call(&Stub::IsOnline, request, &response).
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (pb::GatewayService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                     Response*),
                    const Request& request, Response* response, grpc::ClientContext* context = nullptr) {
    grpc::ClientContext own;
    if (context == nullptr) {
      own.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
      context = &own;
    }
    response->Clear();
    return ((*gateway_).*method)(context, request, response);
  }

  pb::GatewayService::Stub& gateway() { return *gateway_; }

  pb::GetClusterViewResponse ClusterView() {
    grpc::ClientContext context;
    pb::GetClusterViewResponse response;
    const grpc::Status status = admin_->GetClusterView(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::uint64_t Counter(const std::string& name) {
    grpc::ClientContext context;
    pb::GetCountersResponse response;
    const grpc::Status status = admin_->GetCounters(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(response.counters().contains(name)) << name;
    return response.counters().contains(name) ? response.counters().at(name) : 0;
  }

  // Every member has a ready command link, and there are `members`.
  bool WaitLinked(int members) {
    return Eventually([&] {
      const auto view = ClusterView();
      if (view.gateways_size() != members) return false;
      for (const auto& gateway : view.gateways()) {
        if (gateway.links(0).state() != pb::LINK_STATE_READY) return false;
      }
      return true;
    });
  }

 private:
  std::unique_ptr<App> app_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pb::GatewayService::Stub> gateway_;
  std::unique_ptr<pb::AdminService::Stub> admin_;
};

// An embedded cluster of `gateways`, and a daemon that is linked to all of it.
class ClusterTest : public ::testing::Test {
 protected:
  void StartCluster(int gateways = 2, std::string secret = "") {
    cluster_ = std::make_unique<embedded::EmbeddedCluster>(TestCluster(gateways, std::move(secret)));
    ASSERT_TRUE(cluster_->Start().ok());
    ASSERT_TRUE(cluster_->WaitUntilRegistered());
  }
  void StartDaemon(const std::string& secret = "") {
    daemon_ = std::make_unique<Daemon>(DaemonConfig(cluster_->register_addresses(), secret));
    ASSERT_TRUE(daemon_->WaitLinked(static_cast<int>(cluster_->gateway_count())));
  }
  void Start(int gateways = 2, const std::string& secret = "") {
    StartCluster(gateways, secret);
    if (!HasFatalFailure()) StartDaemon(secret);
  }
  // Nothing that gatewayd sends may be what kills a Gateway.
  void TearDown() override {
    if (cluster_ == nullptr) return;
    for (std::size_t i = 0; i < cluster_->gateway_count(); ++i) {
      EXPECT_EQ(cluster_->gateway(i).counters().state.would_have_crashed, 0) << "Gateway " << i;
    }
  }

  // The id of connection `connection` on Gateway `i`.
  std::string ClientId(std::size_t i, std::uint32_t connection) {
    return wire::FormatClientId({cluster_->gateway(i).inner_address(), connection});
  }
  std::uint16_t Port(std::size_t i, embedded::ClientProtocol protocol) {
    return cluster_->gateway(i).port(protocol);
  }
  // Waits until Gateway `i` has `count` clients.
  bool WaitClients(std::size_t i, std::size_t count) {
    return Eventually([&] { return cluster_->gateway(i).clients().size() == count; });
  }

  std::unique_ptr<embedded::EmbeddedCluster> cluster_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace gatewayd::test
