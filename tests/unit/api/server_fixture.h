// A server with a fake cluster behind it and a client in front of it.
#pragma once

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "api/server.h"
#include "events/hub.h"
#include "gatewayworker/v1/admin_service.grpc.pb.h"
#include "gatewayworker/v1/gateway_service.grpc.pb.h"
#include "unit/api/fake_cluster.h"

namespace gatewayd::api {

namespace pb = ::gatewayworker::v1;

// What came of a call.
struct Outcome {
  grpc::Status status;
  std::multimap<std::string, std::string> trailers;

  grpc::StatusCode code() const { return status.error_code(); }
  const std::string text() const { return status.error_message(); }
  std::vector<std::string> trailer(const std::string& key) const {
    std::vector<std::string> values;
    const auto range = trailers.equal_range(key);
    for (auto at = range.first; at != range.second; ++at)
      values.push_back(at->second);
    return values;
  }
  std::string reason() const { return Joined("gatewayd-reason"); }
  std::string field() const { return Joined("gatewayd-field"); }

 private:
  std::string Joined(const std::string& key) const {
    std::string out;
    for (const std::string& value : trailer(key))
      out += value;
    return out;
  }
};

class ServerFixture : public testing::Test {
 protected:
  static constexpr int kGateways = 3;

  ServerFixture() : cluster_(kGateways), hub_(std::make_unique<events::Hub>(cluster_, HubOptions())) {}
  ~ServerFixture() override {
    hub_->Drain(absl::InfinitePast());
    server_.reset();
    // What the hub has posted runs before the hub goes.
    std::promise<void> last;
    boost::asio::post(cluster_.io(), [&] { last.set_value(); });
    last.get_future().wait();
  }

  void SetUp() override {
    auto server = Server::Start(cluster_, *hub_, Options());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = server_->InProcessChannel();
    stub_ = pb::GatewayService::NewStub(channel_);
  }

  static ServerOptions Options() {
    return {.listen = {"127.0.0.1:0"}, .version = "1.2.3", .limits = {{"window", 5}}};
  }

  static events::Options HubOptions() { return {.grace = absl::Hours(1), .ack_timeout = absl::Hours(1)}; }

  using Metadata = std::vector<std::pair<std::string, std::string>>;

  // Calls `method` of the Gateway stub.
  template <typename Request, typename Response>
  Outcome Call(grpc::Status (pb::GatewayService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                Response*),
               const Request& request, Response* response, const Metadata& metadata = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    for (const auto& [key, value] : metadata)
      context.AddMetadata(key, value);
    Outcome outcome;
    outcome.status = (stub_.get()->*method)(&context, request, response);
    for (const auto& [key, value] : context.GetServerTrailingMetadata())
      outcome.trailers.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    return outcome;
  }

  template <typename Request, typename Response>
  Outcome Call(grpc::Status (pb::GatewayService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                Response*),
               const Request& request) {
    Response response;
    return Call(method, request, &response);
  }

  FakeGateway& gateway(std::size_t i) { return cluster_.gateway(i); }
  std::vector<Sent> sent(std::size_t i) { return cluster_.gateway(i).sent(); }
  // Frames that any Gateway was sent.
  std::size_t SentInAll() {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < kGateways; ++i)
      sum += sent(i).size();
    return sum;
  }
  static std::string Id(int gateway, std::uint32_t connection) {
    return FakeCluster::ClientId(gateway, connection);
  }

  FakeCluster cluster_;
  std::unique_ptr<events::Hub> hub_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pb::GatewayService::Stub> stub_;
};

using Stub = pb::GatewayService::Stub;

// OK, or the code.
#define EXPECT_CODE(outcome, expected) \
  EXPECT_EQ((outcome).code(), grpc::StatusCode::expected) << (outcome).text()

}  // namespace gatewayd::api
