// Who may call what: every rpc of the proto, tokens that change while streams are open, rates, request ids.
#include "api/access.h"

#include <grpcpp/generic/generic_stub.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "security/tokens.h"
#include "unit/api/php.h"
#include "unit/api/server_fixture.h"
#include "unit/api/test_worker.h"
#include "unit/security/test_certificates.h"

namespace gatewayd::api {
namespace {

using security::Right;
using test::TestWorker;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr char kTokens[] =
    "read read-token-of-a-test read\n"
    "send send-token-of-a-test send\n"
    "events events-token-of-a-test events\n"
    "admin admin-token-of-a-test admin\n"
    "all all-token-of-a-test\n"
    "slow slow-token-of-a-test rate=2/s\n";

std::string TokenOf(std::string_view name) {
  return std::string(name) + "-token-of-a-test";
}

class AccessTest : public ServerFixture {
 protected:
  AccessTest()
      : run_(std::make_shared<cluster::GatewayRun>(
            cluster::GatewayRun{.number = 1, .generation = "fake-1", .gateway = "127.0.0.1:2900"})) {}

  void SetUp() override {
    auto tokens = security::TokenStore::Open(folder_.Write("tokens", kTokens));
    ASSERT_TRUE(tokens.ok()) << tokens.status();
    tokens_ = *tokens;
    ServerOptions options = Options();
    options.tokens = tokens_;
    auto server = Server::Start(cluster_, *hub_, options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = server_->InProcessChannel();
    stub_ = pb::GatewayService::NewStub(channel_);
    hub_->OnEventLinkUp(run_);
  }

  // Waits until the daemon has taken other tokens.
  void Change(const std::string& text) {
    const std::uint64_t version = tokens_->version();
    folder_.Replace("tokens", text);
    while (tokens_->version() == version)
      std::this_thread::yield();
  }

  // What came of a call of any rpc with an empty request.
  Outcome CallAny(const std::string& method, const Metadata& metadata, std::chrono::milliseconds patience) {
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    for (const auto& [key, value] : metadata)
      context.AddMetadata(key, value);
    const auto call = stub.PrepareCall(&context, method, &queue);
    const auto await = [&] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(nullptr);
    await();
    call->WriteLast(grpc::ByteBuffer(nullptr, 0), grpc::WriteOptions(), nullptr);
    await();
    grpc::ByteBuffer response;
    do {
      call->Read(&response, nullptr);
    } while (await());
    Outcome outcome;
    call->Finish(&outcome.status, nullptr);
    await();
    for (const auto& [key, value] : context.GetServerTrailingMetadata())
      outcome.trailers.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    return outcome;
  }

  static Metadata Bearer(const std::string& token) { return {{"authorization", "Bearer " + token}}; }

  Outcome IsOnline(const Metadata& metadata) {
    gateway(0).Answer("i:1;");
    pb::IsOnlineRequest request;
    request.set_client_id(Id(0, 1));
    pb::IsOnlineResponse response;
    return Call(&Stub::IsOnline, request, &response, metadata);
  }

  void Event(std::uint32_t connection, std::string_view body) {
    const wire::Frame frame = {.command = wire::Command::kOnMessage,
                               .local_ip = 0x7f000001,
                               .local_port = 2900,
                               .connection_id = connection,
                               .gateway_port = 7272,
                               .body = body};
    ASSERT_TRUE(hub_->OnEvent(run_, frame));
    hub_->OnEventsRead();
  }

  std::uint64_t Counter(const std::string& name) {
    const auto admin = pb::AdminService::NewStub(channel_);
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + TokenOf("all"));
    pb::GetCountersResponse response;
    EXPECT_TRUE(admin->GetCounters(&context, {}, &response).ok());
    return response.counters().at(name);
  }

  const test::Folder folder_;
  std::shared_ptr<security::TokenStore> tokens_;
  const cluster::RunPtr run_;
};

// Every rpc that the .proto files define, and the right that it asks for: by what its name says, apart from
// how the code decides.
std::vector<std::pair<std::string, Right>> EveryRpc() {
  std::vector<std::pair<std::string, Right>> rpcs;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const auto add = [&](const std::string& service, const auto& right_of) {
    const auto* descriptor = pool->FindServiceByName("gatewayworker.v1." + service);
    ASSERT_NE(descriptor, nullptr) << service;
    for (int i = 0; i < descriptor->method_count(); ++i) {
      const std::string& name = descriptor->method(i)->name();
      rpcs.emplace_back("/gatewayworker.v1." + service + "/" + name, right_of(name));
    }
  };
  add("GatewayService", [](const std::string& name) {
    for (const char* asks : {"Get", "Is", "Are", "Select", "Stream"}) {
      if (name.starts_with(asks)) return Right::kRead;
    }
    return Right::kSend;
  });
  add("WorkerService", [](const std::string&) { return Right::kEvents; });
  add("AdminService", [](const std::string&) { return Right::kAdmin; });
  return rpcs;
}

TEST_F(AccessTest, EveryRpcNeedsATokenWithItsRight) {
  const auto rpcs = EveryRpc();
  ASSERT_GT(rpcs.size(), 50u);
  constexpr auto kPatience = std::chrono::seconds(20);
  for (const auto& [method, needed] : rpcs) {
    const Outcome without = CallAny(method, {}, kPatience);
    EXPECT_CODE(without, UNAUTHENTICATED) << method;
    EXPECT_EQ(without.reason(), "token");
    for (const Right right : security::kAllRights) {
      const bool is_worker_for_commands = method.ends_with("/Attach") && right == Right::kSend;
      if (right == needed || is_worker_for_commands) continue;
      const Outcome outcome = CallAny(method, Bearer(TokenOf(ToString(right))), kPatience);
      EXPECT_CODE(outcome, PERMISSION_DENIED) << method << " with " << ToString(right);
      EXPECT_THAT(outcome.text(), HasSubstr("lacks the right \"" + std::string(ToString(needed)) + "\""));
      EXPECT_EQ(outcome.reason(), "right");
    }
  }
}

TEST_F(AccessTest, ATokenWithTheRightMayCallEveryRpc) {
  for (const auto& [method, needed] : EveryRpc()) {
    if (method.ends_with("/Watch")) continue;  // has no end; see below
    const Outcome outcome = CallAny(method, Bearer(TokenOf(ToString(needed))), std::chrono::seconds(20));
    EXPECT_NE(outcome.code(), grpc::StatusCode::PERMISSION_DENIED) << method << ": " << outcome.text();
    EXPECT_NE(outcome.code(), grpc::StatusCode::UNAUTHENTICATED) << method << ": " << outcome.text();
    EXPECT_NE(outcome.code(), grpc::StatusCode::DEADLINE_EXCEEDED) << method;
  }
}

TEST_F(AccessTest, HealthIsOpen) {
  server_->SetServing(true);
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  grpc::ClientContext context;
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_TRUE(health->Check(&context, {}, &response).ok());
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
}

TEST_F(AccessTest, WhatIsNoBearerTokenOfOurs) {
  for (const std::string value :
       {"", "Bearer", "Bearer ", "Basic cmVhZC10b2tlbi1vZi1hLXRlc3Q=", "read-token-of-a-test",
        "Bearer  read-token-of-a-test", "Bearer read-token-of-a-tesT"}) {
    EXPECT_CODE(IsOnline({{"authorization", value}}), UNAUTHENTICATED) << value;
  }
  const Outcome wrong = IsOnline(Bearer("wrong-token-of-a-test"));
  EXPECT_CODE(wrong, UNAUTHENTICATED);
  EXPECT_EQ(wrong.text().find("wrong-token"), std::string::npos) << "no token may be shown";
  EXPECT_CODE(IsOnline({{"authorization", "bearer read-token-of-a-test"}}), OK) << "the scheme has no case";
  EXPECT_GE(Counter("calls_unauthenticated"), 8u);
}

TEST_F(AccessTest, TokensThatChangeHoldFromTheNextCallOn) {
  EXPECT_CODE(IsOnline(Bearer(TokenOf("read"))), OK);
  Change(std::string(kTokens) + "read next-token-of-a-test read\n");
  EXPECT_CODE(IsOnline(Bearer(TokenOf("read"))), OK) << "both are valid while one is replaced by the next";
  EXPECT_CODE(IsOnline(Bearer(TokenOf("next"))), OK);
  Change("read next-token-of-a-test read\nall all-token-of-a-test\n");
  EXPECT_CODE(IsOnline(Bearer(TokenOf("read"))), UNAUTHENTICATED);
  EXPECT_CODE(IsOnline(Bearer(TokenOf("next"))), OK);
}

// ---- Streams

TEST_F(AccessTest, AWorkerWithoutTheRightToSendGetsEventsAndItsCommandsFail) {
  TestWorker worker(channel_, TokenOf("events"));
  ASSERT_FALSE(worker.Attach().worker_id().empty());
  Event(1, "hello");
  ASSERT_EQ(worker.Events(1).size(), 1u);
  pb::AttachRequest request;
  for (const int number : {7, 8}) {
    pb::NumberedCommand& command = *request.add_commands();
    command.set_number(static_cast<std::uint64_t>(number));
    command.mutable_command()->mutable_send_to_client()->set_client_id(Id(0, 1));
  }
  worker.Say(request);
  std::vector<std::uint64_t> failed;
  while (failed.size() < 2) {
    const auto response = worker.Read();
    ASSERT_TRUE(response);
    for (const pb::CommandError& error : response->command_errors().errors()) {
      failed.push_back(error.number());
      EXPECT_EQ(error.status().code(), grpc::StatusCode::PERMISSION_DENIED);
      EXPECT_THAT(error.status().message(), HasSubstr("\"send\""));
    }
  }
  EXPECT_THAT(failed, UnorderedElementsAre(7u, 8u));
  EXPECT_EQ(SentInAll(), 0u);
  EXPECT_EQ(Counter("calls_denied"), 2u);
}

TEST_F(AccessTest, AStreamForCommandsAloneNeedsNoRightToEvents) {
  TestWorker sender(channel_, TokenOf("send"));
  pb::AttachRequest hello;
  hello.mutable_hello()->set_worker_name("sender");
  ASSERT_FALSE(sender.Attach(hello).worker_id().empty());
  TestWorker worker(channel_, TokenOf("send"));
  worker.Say(TestWorker::AllKinds());
  EXPECT_FALSE(worker.Read());
  const grpc::Status status = worker.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("\"events\""));
}

TEST_F(AccessTest, AWorkerWhoseTokenIsOverGetsNoFurtherEventAndOthersDo) {
  auto worker = std::make_unique<TestWorker>(channel_, TokenOf("events"));
  ASSERT_FALSE(worker->Attach().worker_id().empty());
  Event(1, "first");
  ASSERT_EQ(worker->Events(1).size(), 1u);
  Change("all all-token-of-a-test\n");
  Event(1, "second");
  EXPECT_FALSE(worker->Read());
  EXPECT_EQ(worker->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  TestWorker next(channel_, TokenOf("all"));
  ASSERT_FALSE(next.Attach().worker_id().empty());
  const std::vector<pb::Event> events = next.Events(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].body(), "first");
  EXPECT_TRUE(events[0].redelivered());
  EXPECT_EQ(events[1].body(), "second");
}

TEST_F(AccessTest, AWatcherWhoseTokenIsOverSeesNothingMore) {
  const auto stub = pb::WorkerService::NewStub(channel_);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + TokenOf("events"));
  const auto reader = stub->Watch(&context, {});
  pb::WatchResponse response;
  std::uint32_t connection = 0;
  // One that comes before the watch is there is not seen by it.
  std::atomic<bool> seen = false;
  std::thread events([&] {
    while (!seen)
      Event(++connection, "hello");
  });
  EXPECT_TRUE(reader->Read(&response));
  seen = true;
  events.join();
  Change("all all-token-of-a-test\n");
  Event(++connection, "secret");
  while (reader->Read(&response)) {
    for (const pb::Event& event : response.events())
      EXPECT_NE(event.body(), "secret");
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

// ---- Rates

TEST_F(AccessTest, AboveItsRateATokenIsToldWhenToTryAgain) {
  Outcome outcome;
  do {  // two a second are let through
    outcome = IsOnline(Bearer(TokenOf("slow")));
  } while (outcome.code() == grpc::StatusCode::OK);
  EXPECT_CODE(outcome, RESOURCE_EXHAUSTED);
  EXPECT_EQ(outcome.reason(), "rate");
  EXPECT_THAT(outcome.text(), HasSubstr("token \"slow\" is over its rate of 2/s: try again in "));
  ASSERT_EQ(outcome.trailer("grpc-retry-pushback-ms").size(), 1u);
  const int wait = std::stoi(outcome.trailer("grpc-retry-pushback-ms")[0]);
  EXPECT_GT(wait, 0);
  EXPECT_LE(wait, 501);
  EXPECT_CODE(IsOnline(Bearer(TokenOf("read"))), OK) << "others are not concerned";
  EXPECT_GE(Counter("calls_over_rate"), 1u);
}

TEST_F(AccessTest, AListCountsAsItsCommands) {
  pb::ExecuteRequest request;
  for (int i = 0; i < 100; ++i)
    request.add_commands()->mutable_send_to_client()->set_client_id(Id(0, 1));
  pb::ExecuteResponse response;
  // More than a second's worth at once passes when nothing was used, and is paid for by those that follow.
  EXPECT_CODE(Call(&Stub::Execute, request, &response, Bearer(TokenOf("slow"))), OK);
  const Outcome next = IsOnline(Bearer(TokenOf("slow")));
  EXPECT_CODE(next, RESOURCE_EXHAUSTED);
  ASSERT_EQ(next.trailer("grpc-retry-pushback-ms").size(), 1u);
  EXPECT_GT(std::stoi(next.trailer("grpc-retry-pushback-ms")[0]), 40'000);
}

// ---- Request ids

TEST_F(AccessTest, ARequestIdStandsInTheErrorOfItsCall) {
  Metadata metadata = Bearer(TokenOf("send"));
  metadata.emplace_back("x-request-id", "order-17/3");
  const Outcome denied = IsOnline(metadata);
  EXPECT_CODE(denied, PERMISSION_DENIED);
  EXPECT_THAT(denied.text(), testing::EndsWith(" [request order-17/3]"));
  EXPECT_THAT(denied.trailer("x-request-id"), testing::ElementsAre("order-17/3"));
  metadata = Bearer(TokenOf("read"));
  metadata.emplace_back("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  pb::IsOnlineResponse response;
  const Outcome invalid = Call(&Stub::IsOnline, pb::IsOnlineRequest(), &response, metadata);
  EXPECT_CODE(invalid, INVALID_ARGUMENT);
  EXPECT_THAT(invalid.text(), testing::EndsWith(" [request 0af7651916cd43dd8448eb211c80319c]"));
}

}  // namespace
}  // namespace gatewayd::api
