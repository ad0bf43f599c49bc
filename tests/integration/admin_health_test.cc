// /healthz, /readyz and grpc.health.v1 over the states of a daemon's life: they agree, and /readyz says why.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "integration/admin_fixture.h"

namespace gatewayd::test {
namespace {

using grpc::health::v1::HealthCheckResponse;
using testing::HasSubstr;

class AdminHealthTest : public AdminFixture {
 protected:
  // Both are asked until they say the same, since one may be asked before a change and the other after it.
  void ExpectAgreement(bool ready) {
    EXPECT_TRUE(Eventually([&] {
      ready_ = HttpGet(admin(), "/readyz");
      return ready_.status == (ready ? 200 : 503) &&
             Health() == (ready ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
    })) << ready_.status
        << ready_.body;
    EXPECT_EQ(ready_.headers["content-type"], "application/json");
    EXPECT_THAT(ready_.body, HasSubstr(ready ? "\"ready\": true" : "\"ready\": false"));
    EXPECT_EQ(HttpGet(admin(), "/healthz").status, 200) << "alive in every state";
    EXPECT_EQ(Metric("gatewayd_ready"), ready ? 1 : 0);
  }

  HttpAnswer ready_;  // of the last agreement
};

TEST_F(AdminHealthTest, StartingSaysThatNoRegisterHasAnswered) {
  Config config = WorkerConfig({"127.0.0.1:1"});
  config.admin_listen = {"127.0.0.1:0"};
  daemon_ = std::make_unique<Daemon>(std::move(config));
  ExpectAgreement(false);
  EXPECT_THAT(ready_.body, HasSubstr("no Register has answered: 127.0.0.1:1"));
  EXPECT_THAT(ready_.body, HasSubstr("\"state\": \"starting\""));
}

TEST_F(AdminHealthTest, ServingHasNoReasons) {
  StartAdmin(2);
  ExpectAgreement(true);
  EXPECT_EQ(ready_.body, "{\"ready\": true, \"state\": \"serving\", \"reasons\": [], \"degraded\": []}\n");
}

TEST_F(AdminHealthTest, DegradedIsReadyAndNamesWhat) {
  StartAdmin(1);
  cluster_->StopRegister();
  EXPECT_TRUE(Eventually(
      [&] { return HttpGet(admin(), "/readyz").body.find("\"state\": \"degraded\"") != std::string::npos; }));
  ExpectAgreement(true);
  EXPECT_THAT(ready_.body, HasSubstr("register " + cluster_->register_addresses()[0]));
  EXPECT_EQ(Metric("gatewayd_degraded_reasons"), 1);
  ASSERT_TRUE(cluster_->RestartRegister().ok());
  EXPECT_TRUE(Eventually(
      [&] { return HttpGet(admin(), "/readyz").body.find("\"state\": \"serving\"") != std::string::npos; }));
}

TEST_F(AdminHealthTest, DrainingIsNotReadyAndAnswersToTheEnd) {
  StartAdmin(1);
  auto worker = Attach();
  TextClient client = Client();
  ASSERT_TRUE(client.SendMessage("work"));
  const std::vector<pb::Event> events = worker->Events(2);
  auto shutdown = std::async(std::launch::async, [&] { daemon_->app().Shutdown(); });
  ExpectAgreement(false);  // the worker has not acknowledged, so it drains until it has
  EXPECT_THAT(ready_.body, HasSubstr("draining"));
  EXPECT_EQ(Metric("gatewayd_draining"), 1);
  worker->Ack(events.back().id());
  while (const auto response = worker->Read()) {
    for (const pb::Event& event : response->events().events())
      worker->Ack(event.id());
  }
  shutdown.get();
}

}  // namespace
}  // namespace gatewayd::test
