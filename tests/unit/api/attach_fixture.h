// The tests of the rpc Attach: a server whose hub hears events of one run of the first fake Gateway.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "unit/api/server_fixture.h"

namespace gatewayd::api {

class AttachTest : public ServerFixture {
 protected:
  AttachTest()
      : run_(std::make_shared<cluster::GatewayRun>(
            cluster::GatewayRun{.number = 1, .generation = "fake-1", .gateway = "127.0.0.1:2900"})) {}

  void SetUp() override {
    ServerFixture::SetUp();
    hub_->OnEventLinkUp(run_);
  }

  // What a Gateway says of its client number `connection`.
  void Event(wire::Command command, std::uint32_t connection, std::string_view body = "",
             std::string_view session = "") {
    const wire::Frame frame = {.command = command,
                               .local_ip = 0x7f000001,
                               .local_port = 2900,
                               .client_ip = 0x0a000001,
                               .client_port = 5000,
                               .connection_id = connection,
                               .gateway_port = 7272,
                               .ext = session,
                               .body = body};
    ASSERT_TRUE(hub_->OnEvent(run_, frame));
    hub_->OnEventsRead();
  }
  void Message(std::uint32_t connection, std::string_view body) {
    Event(wire::Command::kOnMessage, connection, body);
  }
  pb::GetWorkersResponse Workers() {
    const auto stub = pb::AdminService::NewStub(channel_);
    grpc::ClientContext context;
    pb::GetWorkersResponse response;
    EXPECT_TRUE(stub->GetWorkers(&context, {}, &response).ok());
    return response;
  }
  // Waits until the hub knows so many workers.
  void AwaitWorkers(int count) {
    while (Workers().workers_size() != count) {
    }
  }

  const cluster::RunPtr run_;
};

}  // namespace gatewayd::api
