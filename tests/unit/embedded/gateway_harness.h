// One embedded Gateway on real sockets, for the tests of its shell.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "embedded/cluster.h"
#include "unit/embedded/test_clients.h"

namespace gatewayd::embedded {

class GatewaySocketTest : public testing::Test {
 protected:
  static ClusterOptions Options(std::string secret = "") {
    ClusterOptions options = ClusterOptions::Loopback(1, std::move(secret));
    ListenerOptions& tcp = options.gateways[0].listeners.emplace_back();
    tcp.protocol = ClientProtocol::kTcp;
    return options;
  }

  void Begin(ClusterOptions options = Options()) {
    cluster_ = std::make_unique<EmbeddedCluster>(std::move(options));
    const absl::Status status = cluster_->Start();
    ASSERT_TRUE(status.ok()) << status;
  }
  EmbeddedGateway& gateway() { return cluster_->gateway(); }
  std::uint16_t port(ClientProtocol protocol) { return gateway().port(protocol); }
  bool HasClients(std::size_t count) {
    return test::Eventually([&] { return gateway().clients().size() == count; });
  }
  // A text client, once the Gateway has it; its connection id is the number of clients so far.
  std::unique_ptr<test::TextClient> Text() {
    const std::size_t before = gateway().clients().size();
    auto client = std::make_unique<test::TextClient>(port(ClientProtocol::kText));
    EXPECT_TRUE(HasClients(before + 1));
    return client;
  }
  std::unique_ptr<test::WorkerClient> Caller() {
    return std::make_unique<test::WorkerClient>(gateway().inner_port());
  }
  // A worker, once the Gateway has executed its hello.
  std::unique_ptr<test::WorkerClient> Worker(const std::string& key) {
    auto worker = Caller();
    EXPECT_TRUE(worker->HelloAsWorker(key));
    EXPECT_EQ(worker->Query(wire::Command::kIsOnline, 0), "i:0;");
    return worker;
  }

  // True once `bytes()`, what was written to a peer that does not read, stays the same for a while: its
  // kernel takes no more.
  bool Stalls(const std::function<std::uint64_t()>& bytes) {
    const std::uint64_t before = bytes();
    return !test::Eventually([&] { return bytes() != before; }, std::chrono::milliseconds(100));
  }

  std::unique_ptr<EmbeddedCluster> cluster_;
};

}  // namespace gatewayd::embedded
