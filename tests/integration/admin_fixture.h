// A daemon with an admin listener, and workers where a test wants them.
#pragma once

#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"
#include "integration/http_client.h"
#include "integration/prometheus_text.h"
#include "integration/worker_fixture.h"

namespace gatewayd::test {

class AdminFixture : public WorkerClusterTest {
 protected:
  using Labels = PrometheusText::Labels;

  void StartAdmin(int gateways) {
    StartWith(gateways, [](Config& config) { config.admin_listen = {"127.0.0.1:0"}; });
  }
  std::string admin() { return daemon_->app().admin_addresses().front(); }

  // A scrape, read strictly.
  PrometheusText Scrape() {
    const HttpAnswer answer = HttpGet(admin(), "/metrics");
    EXPECT_EQ(answer.status, 200);
    PrometheusText page(answer.body);
    EXPECT_EQ(page.error(), "") << answer.body;
    return page;
  }
  // 0 where there is no such sample.
  double Metric(const std::string& name, const Labels& labels = {}) {
    return Scrape().Value(name, labels).value_or(0);
  }
  bool MetricComes(const std::string& name, const Labels& labels, double at_least) {
    return Eventually([&] { return Metric(name, labels) >= at_least; });
  }

  // What grpc.health.v1 says of the whole server.
  grpc::health::v1::HealthCheckResponse::ServingStatus Health() {
    const auto stub = grpc::health::v1::Health::NewStub(daemon_->channel());
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckResponse response;
    const grpc::Status status = stub->Check(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  std::string Address(std::size_t i) {
    return daemon_->ClusterView().gateways(static_cast<int>(i)).address();
  }
};

}  // namespace gatewayd::test
