// /metrics of a daemon at work: each metric of the catalog and no other, and what moves when something
// happens.
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>

#include "admin/catalog.h"
#include "admin/metric_page.h"
#include "integration/admin_fixture.h"

namespace gatewayd::test {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::Not;
using Stub = pb::GatewayService::Stub;

constexpr char kService[] = "gatewayworker.v1.GatewayService";

class AdminMetricsTest : public AdminFixture {
 protected:
  static pb::SendToClientRequest Send(const std::string& client_id) {
    pb::SendToClientRequest request;
    request.set_client_id(client_id);
    request.mutable_message()->set_data("x");
    return request;
  }
  grpc::StatusCode SendTo(const std::string& client_id) {
    pb::SendToClientResponse response;
    return daemon_->Call(&Stub::SendToClient, Send(client_id), &response).error_code();
  }
  void AskOnline(const std::string& client_id) {
    pb::IsOnlineRequest request;
    request.set_client_id(client_id);
    pb::IsOnlineResponse response;
    EXPECT_TRUE(daemon_->Call(&Stub::IsOnline, request, &response).ok());
  }
};

// Something of everything that has labels.
TEST_F(AdminMetricsTest, AScrapeOfAWorkingDaemonHasEachMetricOfTheCatalogAndNoOther) {
  StartAdmin(2);
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("hello"));
  const std::vector<pb::Event> events = worker->EventsUntil(IsMessage("hello"));
  const std::string client_id = events.back().client_id();
  EXPECT_EQ(SendTo(client_id), grpc::StatusCode::OK);
  AskOnline(client_id);
  const HttpAnswer answer = HttpGet(admin(), "/metrics");
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, Not(HasSubstr(client_id)));
  const PrometheusText page(answer.body);
  ASSERT_EQ(page.error(), "");
  std::vector<std::string> expected, found;
  for (const admin::Metric& metric : admin::Catalog())
    expected.emplace_back(metric.name);
  for (const auto& [name, family] : page.families())
    found.push_back(name);
  std::sort(expected.begin(), expected.end());
  EXPECT_THAT(found, ElementsAreArray(expected));
}

TEST_F(AdminMetricsTest, EachFamilyIsAsTheCatalogSays) {
  StartAdmin(1);
  auto worker = Attach();
  HttpGet(admin(), "/healthz");
  const PrometheusText page = Scrape();
  for (const admin::Metric& metric : admin::Catalog()) {
    const auto at = page.families().find(std::string(metric.name));
    ASSERT_NE(at, page.families().end()) << metric.name;
    EXPECT_EQ(at->second.type, admin::ToString(metric.type)) << metric.name;
    EXPECT_EQ(at->second.help, metric.help) << metric.name;
    std::set<std::string> labels;
    for (const std::string& label : admin::LabelNames(metric.labels))
      labels.insert(label);
    EXPECT_TRUE(labels.empty() == false || !at->second.samples.empty()) << metric.name << " has no sample";
    for (const PrometheusText::Sample& sample : at->second.samples) {
      std::set<std::string> has;
      for (const auto& [label, value] : sample.labels) {
        if (label != "le") has.insert(label);
      }
      EXPECT_EQ(has, labels) << metric.name;
    }
  }
}

TEST_F(AdminMetricsTest, EachRpcOfTheProtosIsCounted) {
  StartAdmin(1);
  const PrometheusText page = Scrape();
  for (const google::protobuf::ServiceDescriptor* service :
       {pb::SendToClientRequest::descriptor()->file()->FindServiceByName("GatewayService"),
        pb::AttachRequest::descriptor()->file()->FindServiceByName("WorkerService"),
        pb::GetInfoRequest::descriptor()->file()->FindServiceByName("AdminService"),
        grpc::health::v1::HealthCheckRequest::descriptor()->file()->FindServiceByName("Health")}) {
    ASSERT_NE(service, nullptr);
    for (int i = 0; i < service->method_count(); ++i) {
      EXPECT_TRUE(page.Value(
          "gatewayd_rpcs_total",
          {{"service", service->full_name()}, {"method", service->method(i)->name()}, {"code", "OK"}}))
          << service->method(i)->full_name();
    }
  }
}

TEST_F(AdminMetricsTest, CallsMoveTheirMethodStatusAndDuration) {
  StartAdmin(1);
  TextClient client = Client();
  ASSERT_TRUE(WaitClients(0, 1));
  const Labels method = {{"service", kService}, {"method", "SendToClient"}};
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(SendTo(ClientId(0, 1)), grpc::StatusCode::OK);
  EXPECT_EQ(SendTo("nonsense"), grpc::StatusCode::INVALID_ARGUMENT);
  AskOnline(ClientId(0, 1));
  const PrometheusText page = Scrape();
  const auto ended = [&](const std::string& code) {
    Labels labels = method;
    labels["code"] = code;
    return page.Value("gatewayd_rpcs_total", labels);
  };
  EXPECT_EQ(ended("OK"), 10);
  EXPECT_EQ(ended("INVALID_ARGUMENT"), 1);
  EXPECT_EQ(page.Value("gatewayd_rpc_duration_seconds_count", method), 11);
  EXPECT_EQ(page.Value("gatewayd_rpcs_in_flight", method), 0);
  EXPECT_EQ(page.Value("gatewayd_query_duration_seconds_count", {{"command", "IS_ONLINE"}}), 1);
  EXPECT_EQ(page.Value("gatewayd_commands_accepted_total"), 10);
  EXPECT_GT(page.Value("gatewayd_link_sent_bytes_total", {{"gateway", Address(0)}, {"link", "command"}}),
            300);
}

TEST_F(AdminMetricsTest, CallsInFlightAreSeen) {
  StartAdmin(1);
  TextClient client = Client();
  ASSERT_TRUE(WaitClients(0, 1));
  cluster_->gateway(0).Pause();
  std::thread caller([&] { AskOnline(ClientId(0, 1)); });
  EXPECT_TRUE(MetricComes("gatewayd_rpcs_in_flight", {{"service", kService}, {"method", "IsOnline"}}, 1));
  EXPECT_EQ(Metric("gatewayd_queries_in_flight", {{"gateway", Address(0)}, {"link", "command"}}), 1);
  EXPECT_GT(Metric("gatewayd_answers_due_bytes", {{"gateway", Address(0)}}), 0);
  cluster_->gateway(0).Resume();
  caller.join();
}

TEST_F(AdminMetricsTest, EventsMoveByKindAndGoFromInFlightToAcknowledged) {
  StartAdmin(1);
  EXPECT_EQ(Metric("gatewayd_workers", {{"state", "active"}}), 0);
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("a"));
  const std::vector<pb::Event> events = worker->Events(2);
  PrometheusText page = Scrape();
  EXPECT_EQ(page.Value("gatewayd_workers", {{"state", "active"}}), 1);
  EXPECT_EQ(page.Value("gatewayd_events_total", {{"kind", "connect"}}), 1);
  EXPECT_EQ(page.Value("gatewayd_events_total", {{"kind", "message"}}), 1);
  EXPECT_EQ(page.Value("gatewayd_events_in_flight"), 2);
  EXPECT_GT(page.Value("gatewayd_event_lag_seconds"), 0);
  EXPECT_GE(page.Value("gatewayd_event_batches_total"), 1);
  EXPECT_GT(page.Value("gatewayd_event_memory_bytes"), 0);
  worker->Ack(events.back().id());
  EXPECT_TRUE(MetricComes("gatewayd_events_acknowledged_total", {}, 2));
  page = Scrape();
  EXPECT_EQ(page.Value("gatewayd_events_in_flight"), 0);
  EXPECT_EQ(page.Value("gatewayd_event_lag_seconds"), 0);
  EXPECT_EQ(page.Value("gatewayd_event_memory_bytes"), 0);
  EXPECT_EQ(page.Value("gatewayd_rpcs_in_flight",
                       {{"service", "gatewayworker.v1.WorkerService"}, {"method", "Attach"}}),
            1);
}

TEST_F(AdminMetricsTest, AWorkerThatDiesIsCountedAndItsEventsAreDeliveredAgain) {
  StartAdmin(1);
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("a"));
  worker->Events(2);
  worker.reset();
  EXPECT_TRUE(MetricComes("gatewayd_workers_detached_total", {{"reason", "broken"}}, 1));
  auto next = Attach();
  next->Events(2);
  EXPECT_TRUE(MetricComes("gatewayd_events_redelivered_total", {}, 2));
}

TEST_F(AdminMetricsTest, CommandsOfWorkersAreCountedAfterTheyWent) {
  StartAdmin(1);
  {
    auto worker = Attach();
    pb::AttachRequest request;
    *request.add_commands()->mutable_command()->mutable_send_to_client() = Send("nonsense");
    worker->Say(request);
    EXPECT_TRUE(MetricComes("gatewayd_worker_commands_failed_total", {}, 1));
  }
  EXPECT_TRUE(MetricComes("gatewayd_workers_detached_total", {{"reason", "broken"}}, 1));
  EXPECT_EQ(Metric("gatewayd_worker_commands_total"), 1);
}

TEST_F(AdminMetricsTest, AGatewayThatLeavesTakesItsSeriesAlong) {
  StartAdmin(1);
  ASSERT_TRUE(cluster_->AddGateway(TestCluster(1).gateways[0]).ok());
  ASSERT_TRUE(daemon_->WaitLinked(2));
  const double changes = Metric("gatewayd_membership_changes_total");
  std::set<std::string> before, after;
  const auto gateways = [&](std::set<std::string>* out) {
    const PrometheusText page = Scrape();
    out->clear();
    for (const PrometheusText::Sample& sample : page.families().at("gatewayd_gateway_up").samples)
      out->insert(sample.labels.at("gateway"));
  };
  gateways(&before);
  EXPECT_EQ(before.size(), 2);
  cluster_->StopGateway(1);
  EXPECT_TRUE(Eventually([&] {
    gateways(&after);
    return after.size() == 1;
  }));
  EXPECT_GT(Metric("gatewayd_membership_changes_total"), changes);
  EXPECT_GE(Metric("gatewayd_links_lost_total"), 1) << "counted although its Gateway has gone";
}

TEST_F(AdminMetricsTest, ARestartedGatewayIsAReconnect) {
  StartAdmin(1);
  const Labels command = {{"gateway", Address(0)}, {"link", "command"}};
  EXPECT_EQ(Metric("gatewayd_gateway_up", {{"gateway", Address(0)}}), 1);
  EXPECT_EQ(Metric("gatewayd_links", {{"gateway", Address(0)}, {"link", "command"}, {"state", "ready"}}), 1);
  const double lost = Metric("gatewayd_links_lost_total");
  ASSERT_TRUE(cluster_->RestartGateway(0).ok());
  EXPECT_TRUE(MetricComes("gatewayd_links_lost_total", {}, lost + 1));
  ASSERT_TRUE(daemon_->WaitLinked(1));
  EXPECT_GE(Metric("gatewayd_links_connected_total"), 2);
  EXPECT_GE(Metric("gatewayd_link_connects_total", command), 1);
}

TEST_F(AdminMetricsTest, TheListenerCountsItself) {
  StartAdmin(1);
  HttpGet(admin(), "/nothing");
  const PrometheusText page = Scrape();
  EXPECT_EQ(page.Value("gatewayd_admin_requests_total", {{"code", "404"}}), 1);
  EXPECT_GE(page.Value("gatewayd_admin_connections"), 1);
  EXPECT_GT(page.Value("process_resident_memory_bytes"), 1'000'000);
  EXPECT_GT(page.Value("process_open_fds"), 10);
  EXPECT_GT(page.Value("process_cpu_seconds_total"), 0);
  EXPECT_GT(page.Value("process_start_time_seconds"), 1.6e9);
}

TEST(MetricsPageTest, DocsMetricsIsWhatTheCodeSays) {
  std::ostringstream page;
  page << std::ifstream(std::string(GATEWAYD_SOURCE_DIR) + "/docs/metrics.md").rdbuf();
  EXPECT_EQ(page.str(), admin::MetricsMarkdown()) << "build/gatewayd --describe_metrics >docs/metrics.md";
}

}  // namespace
}  // namespace gatewayd::test
