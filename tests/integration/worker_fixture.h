// What the tests of workers share: an embedded cluster, a daemon with short times, workers and text clients.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "integration/fault_fixture.h"
#include "unit/api/test_worker.h"

namespace gatewayd::test {

class WorkerClusterTest : public ClusterTest {
 protected:
  static Config WorkerConfig(const std::vector<std::string>& registers) {
    Config config = DaemonConfig(registers);
    config.events.grace = absl::Seconds(20);
    config.events.ack_timeout = absl::Seconds(20);
    return config;
  }
  // `change` sees the configuration before the daemon starts.
  void StartWith(
      int gateways, const std::function<void(Config&)>& change = [](Config&) {}) {
    StartCluster(gateways);
    Config config = WorkerConfig(cluster_->register_addresses());
    change(config);
    daemon_ = std::make_unique<Daemon>(std::move(config));
    ASSERT_TRUE(daemon_->WaitLinked(gateways));
    admin_ = pb::AdminService::NewStub(daemon_->channel());
  }

  // A worker that is attached, with all event links up.
  std::unique_ptr<TestWorker> Attach(const pb::AttachRequest& hello = TestWorker::AllKinds()) {
    auto worker = std::make_unique<TestWorker>(daemon_->channel());
    EXPECT_FALSE(worker->Attach(hello).worker_id().empty());
    EXPECT_TRUE(WaitEventLinks(static_cast<int>(cluster_->gateway_count())));
    return worker;
  }
  static pb::AttachRequest Window(std::uint32_t events) {
    pb::AttachRequest hello = TestWorker::AllKinds();
    hello.mutable_hello()->set_window_events(events);
    return hello;
  }
  int EventLinksUp() {
    const pb::GetClusterViewResponse view = daemon_->ClusterView();
    int up = 0;
    for (const auto& gateway : view.gateways()) {
      for (const auto& link : gateway.links())
        up += link.kind() == pb::LINK_KIND_EVENT && link.state() == pb::LINK_STATE_READY;
    }
    return up;
  }
  bool WaitEventLinks(int count) {
    return Eventually([&] { return EventLinksUp() == count; });
  }
  pb::GetWorkersResponse Workers() {
    grpc::ClientContext context;
    pb::GetWorkersResponse response;
    const grpc::Status status = admin_->GetWorkers(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  bool WaitWorkers(int count) {
    return Eventually([&] { return Workers().workers_size() == count; });
  }
  TextClient Client(std::size_t gateway = 0) {
    return TextClient(Port(gateway, embedded::ClientProtocol::kText));
  }
  static std::vector<std::string> Bodies(const std::vector<pb::Event>& events) {
    std::vector<std::string> bodies;
    for (const pb::Event& event : events) {
      if (event.kind() == pb::EVENT_KIND_MESSAGE) bodies.push_back(event.body());
    }
    return bodies;
  }
  static std::function<bool(const pb::Event&)> IsMessage(const std::string& body) {
    return [body](const pb::Event& event) {
      return event.kind() == pb::EVENT_KIND_MESSAGE && event.body() == body;
    };
  }
  static bool IsClose(const pb::Event& event) { return event.kind() == pb::EVENT_KIND_CLOSE; }

  LogCapture log_;
  std::unique_ptr<pb::AdminService::Stub> admin_;
};

}  // namespace gatewayd::test
