// The server itself: health, admin, listening, deadlines, cancellation, shutdown.
#include <unistd.h>

#include <future>
#include <thread>

#include "grpc/health/v1/health.grpc.pb.h"
#include "unit/api/server_fixture.h"

namespace gatewayd::api {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::HasSubstr;

class ServerTest : public ServerFixture {
 protected:
  // Over a socket: without one, a server that shuts down cuts off its calls.
  void SetUp() override {
    ServerFixture::SetUp();
    channel_ = grpc::CreateChannel(server_->addresses()[0], grpc::InsecureChannelCredentials());
    stub_ = pb::GatewayService::NewStub(channel_);
    health_ = grpc::health::v1::Health::NewStub(channel_);
  }

  HealthCheckResponse::ServingStatus Check(const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    grpc::ClientContext context;
    const grpc::Status status = health_->Check(&context, request, &response);
    return status.error_code() == grpc::StatusCode::NOT_FOUND ? HealthCheckResponse::SERVICE_UNKNOWN
                                                              : response.status();
  }

  std::unique_ptr<grpc::health::v1::Health::Stub> health_;
};

TEST_F(ServerTest, HealthFollowsTheCluster) {
  EXPECT_EQ(Check(""), HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true);
  for (const char* service : {"", "gatewayworker.v1.GatewayService", "gatewayworker.v1.AdminService"})
    EXPECT_EQ(Check(service), HealthCheckResponse::SERVING);
  EXPECT_EQ(Check("no.such.Service"), HealthCheckResponse::SERVICE_UNKNOWN);
  server_->SetServing(false);
  EXPECT_EQ(Check(""), HealthCheckResponse::NOT_SERVING);
}

TEST_F(ServerTest, EachRpcIsCountedByItsStatus) {
  const auto of = [&](std::string_view method) {
    for (const ServerStats::Rpc& rpc : server_->stats().rpcs) {
      if (rpc.method == method && rpc.service.starts_with("gatewayworker")) return rpc;
    }
    return ServerStats::Rpc();
  };
  EXPECT_FALSE(server_->serving());
  server_->SetServing(true);
  EXPECT_TRUE(server_->serving());
  EXPECT_EQ(of("IsOnline").started, 0);
  pb::IsOnlineRequest request;
  request.set_client_id("nonsense");
  for (int i = 0; i < 3; ++i) {
    pb::IsOnlineResponse response;
    grpc::ClientContext context;
    EXPECT_EQ(stub_->IsOnline(&context, request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  const ServerStats::Rpc rpc = of("IsOnline");
  EXPECT_EQ(rpc.started, 3);
  EXPECT_EQ(rpc.ended[static_cast<std::size_t>(absl::StatusCode::kInvalidArgument)], 3);
  EXPECT_EQ(rpc.ended[0], 0);
  EXPECT_EQ(rpc.took.total(), 3);
  EXPECT_TRUE(rpc.timed);
  EXPECT_TRUE(of("StreamAllUidList").timed) << "it ends by itself";
  EXPECT_FALSE(of("Attach").timed) << "it lasts as long as its client wants";
  EXPECT_FALSE(of("Watch").timed);
}

TEST_F(ServerTest, WatchTellsEachChangeAndEndsWithTheServer) {
  grpc::ClientContext context;
  const auto reader = health_->Watch(&context, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  std::thread shutdown([&] { server_->Shutdown(absl::InfiniteFuture()); });
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  shutdown.join();
}

TEST_F(ServerTest, WatchOfWhatIsNotThereAndWatchersWhoGo) {
  {
    grpc::ClientContext context;
    HealthCheckRequest request;
    request.set_service("x");
    const auto reader = health_->Watch(&context, request);
    HealthCheckResponse response;
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
    context.TryCancel();
    EXPECT_FALSE(reader->Finish().ok());
  }
  server_->SetServing(true);
  server_->Shutdown(absl::InfiniteFuture());
}

TEST_F(ServerTest, Admin) {
  cluster_.status_ = {.registers = {{.address = "127.0.0.1:1236",
                                     .state = cluster::LinkState::kReady,
                                     .answered = true,
                                     .addresses = {"a:1"},
                                     .state_since = absl::FromUnixMillis(1500)}},
                      .gateways = {{.address = "a:1",
                                    .client_id_address = "10.0.0.1:1",
                                    .generation = "g",
                                    .listed = true,
                                    .links = {{.state = cluster::LinkState::kBackoff,
                                               .last_error = "caf\xe9",
                                               .bytes_sent = 5},
                                              {.kind = cluster::LinkKind::kQuery}}}},
                      .complete = true,
                      .ready = true,
                      .degraded = {"a:1: refused"}};
  const auto admin = pb::AdminService::NewStub(channel_);
  pb::GetClusterViewResponse view;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(admin->GetClusterView(&context, pb::GetClusterViewRequest(), &view).ok());
  }
  EXPECT_EQ(view.registers(0).state(), pb::LINK_STATE_READY);
  EXPECT_EQ(view.registers(0).state_since().nanos(), 500'000'000);
  EXPECT_EQ(view.gateways(0).links(0).kind(), pb::LINK_KIND_COMMAND);
  EXPECT_EQ(view.gateways(0).links(0).state(), pb::LINK_STATE_BACKOFF);
  EXPECT_EQ(view.gateways(0).links(0).last_error(), "caf?");
  EXPECT_EQ(view.gateways(0).links(1).kind(), pb::LINK_KIND_QUERY);
  EXPECT_FALSE(view.gateways(0).links(1).has_state_since());
  EXPECT_TRUE(view.complete() && view.ready());
  EXPECT_EQ(view.degraded(0), "a:1: refused");

  pb::GetCountersResponse counters;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(admin->GetCounters(&context, pb::GetCountersRequest(), &counters).ok());
  }
  EXPECT_EQ(counters.counters().at("commands_lost"), 7u);

  pb::GetInfoResponse info;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(admin->GetInfo(&context, pb::GetInfoRequest(), &info).ok());
  }
  EXPECT_EQ(info.version(), "1.2.3");
  EXPECT_EQ(info.dialect(), "php");
  EXPECT_EQ(info.instance_id(), "6f1c9a3e52d1b07a");
  EXPECT_EQ(info.limits().at("window"), 5u);
}

// ---- Listening

TEST_F(ServerTest, ThePortThatTheKernelChose) {
  EXPECT_GT(server_->port(), 0);
  EXPECT_EQ(server_->addresses()[0], absl::StrCat("127.0.0.1:", server_->port()));
}

TEST_F(ServerTest, ATakenPortIsAnErrorThatNamesIt) {
  const std::string address = server_->addresses()[0];
  const auto second = Server::Start(cluster_, *hub_, {.listen = {"127.0.0.1:0", address}});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(address));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use"));
}

TEST_F(ServerTest, AddressesThatAreNone) {
  for (const std::string address : {"nonsense", "127.0.0.1:99999", "no.such.host.invalid:50051",
                                    "unix:", "unix:/no/such/folder/socket"}) {
    const auto server = Server::Start(cluster_, *hub_, {.listen = {address}});
    ASSERT_FALSE(server.ok()) << address;
    EXPECT_THAT(std::string(server.status().message()), HasSubstr(address));
  }
}

TEST_F(ServerTest, AUnixSocketIsNotTakenAwayFromWhoServesIt) {
  const std::string address = absl::StrCat("unix:", testing::TempDir(), "/gatewayd-api-", getpid(), ".sock");
  {
    const auto first = Server::Start(cluster_, *hub_, {.listen = {address}});
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_EQ((*first)->port(), 0);
    const auto second = Server::Start(cluster_, *hub_, {.listen = {address}});
    ASSERT_FALSE(second.ok());
    EXPECT_THAT(std::string(second.status().message()), HasSubstr(address));
    const auto stub =
        pb::GatewayService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    pb::ExecuteResponse response;
    EXPECT_TRUE(stub->Execute(&context, pb::ExecuteRequest(), &response).ok());
  }
  EXPECT_TRUE(Server::Start(cluster_, *hub_, {.listen = {address}}).ok());  // one that nobody serves any more
}

// ---- Calls whose caller has gone

TEST_F(ServerTest, ADeadlineOnlyDetachesItsCaller) {
  gateway(0).Hold();
  pb::IsOnlineRequest request;
  request.set_client_id(Id(0, 1));
  pb::IsOnlineResponse response;
  do {  // on a busy machine one may be over before the server has seen it
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
    EXPECT_EQ(stub_->IsOnline(&context, request, &response).error_code(),
              grpc::StatusCode::DEADLINE_EXCEEDED);
  } while (gateway(0).held() == 0);
  gateway(0).Answer("i:1;");
  gateway(0).Release();
  EXPECT_CODE(Call(&Stub::IsOnline, request, &response), OK);
  EXPECT_TRUE(response.online());
}

TEST_F(ServerTest, ManyCallsAtOnceAndMoreThanAreKept) {
  gateway(0).Hold();
  gateway(0).Answer("i:1;");
  constexpr int kCalls = 300;
  std::vector<std::future<bool>> calls;
  grpc::CompletionQueue queue;
  struct One {
    grpc::ClientContext context;
    pb::IsOnlineResponse response;
    grpc::Status status;
  };
  std::vector<One> all(kCalls);
  pb::IsOnlineRequest request;
  request.set_client_id(Id(0, 1));
  for (int round = 0; round < 2; ++round) {
    std::vector<One>(kCalls).swap(all);
    for (One& one : all)
      stub_->AsyncIsOnline(&one.context, request, &queue)->Finish(&one.response, &one.status, &one);
    while (gateway(0).held() < (round == 0 ? kCalls : 0))
      std::this_thread::yield();
    gateway(0).Release();
    for (int i = 0; i < kCalls; ++i) {
      void* tag = nullptr;
      bool ok = false;
      ASSERT_TRUE(queue.Next(&tag, &ok));
      EXPECT_TRUE(static_cast<One*>(tag)->status.ok());
      EXPECT_TRUE(static_cast<One*>(tag)->response.online());
    }
  }
}

// ---- Shutdown

TEST_F(ServerTest, CallsInFlightFinishBeforeTheServerEnds) {
  gateway(0).Hold();
  pb::IsOnlineRequest request;
  request.set_client_id(Id(0, 1));
  auto call = std::async(std::launch::async, [&] {
    pb::IsOnlineResponse response;
    return Call(&Stub::IsOnline, request, &response).code() == grpc::StatusCode::OK && response.online();
  });
  while (gateway(0).held() == 0)
    std::this_thread::yield();
  std::thread shutdown([&] { server_->Shutdown(absl::InfiniteFuture()); });
  // New calls are refused once the shutdown has begun; the deadline is for one that comes in the very moment,
  // which gRPC can forget until its connection ends.
  pb::ExecuteResponse response;
  for (;;) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
    if (!stub_->Execute(&context, pb::ExecuteRequest(), &response).ok()) break;
  }
  gateway(0).Answer("i:1;");
  gateway(0).Release();
  EXPECT_TRUE(call.get());
  shutdown.join();
  EXPECT_FALSE(cluster_.stopped());
}

TEST_F(ServerTest, AtTheDeadlineNothingWaitsForAGatewayAnyMore) {
  gateway(0).Hold();
  pb::IsOnlineRequest request;
  request.set_client_id(Id(0, 1));
  auto call = std::async(std::launch::async, [&] { return Call(&Stub::IsOnline, request).code(); });
  while (gateway(0).held() == 0)
    std::this_thread::yield();
  server_->Shutdown(absl::Now() + absl::Milliseconds(20));
  EXPECT_NE(call.get(), grpc::StatusCode::OK);
  EXPECT_TRUE(cluster_.stopped());
  server_->Shutdown(absl::Now());  // once more is no harm
}

TEST_F(ServerTest, SeveralThreadsServeOneQueue) {
  ServerOptions options = Options();
  options.cq_threads = 3;
  auto server = Server::Start(cluster_, *hub_, options);
  ASSERT_TRUE(server.ok());
  gateway(0).Answer("i:1;");
  std::vector<std::thread> callers;
  std::atomic<int> online = 0;
  const auto channel = (*server)->InProcessChannel();
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      const auto stub = pb::GatewayService::NewStub(channel);
      pb::IsOnlineRequest request;
      request.set_client_id(Id(0, 1));
      for (int i = 0; i < 50; ++i) {
        grpc::ClientContext context;
        pb::IsOnlineResponse response;
        if (stub->IsOnline(&context, request, &response).ok() && response.online()) ++online;
      }
    });
  }
  for (std::thread& caller : callers)
    caller.join();
  EXPECT_EQ(online, 200);
}

}  // namespace
}  // namespace gatewayd::api
