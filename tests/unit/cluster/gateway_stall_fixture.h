// The tests of what GatewayMachine does for go: a Gateway with a command link and a guard of the same run.
#pragma once

#include <string>

#include "cluster/gateway_machine.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_harness.h"
#include "unit/cluster/go_like_dialect.h"

namespace gatewayd::cluster {

inline const wire::Frame kToAll = {.command = wire::Command::kSendToAll, .body = "all"};
inline const wire::Frame kDestroy3 = {.command = wire::Command::kDestroy, .connection_id = 3};

class GatewayStallTest : public testing::Test {
 protected:
  GatewayStallTest() {
    gateway_.Start();
    gateway_.Up(1);  // the guard
    gateway_.Sent(0);
    gateway_.Answer(0, "i:0;");  // which is proven to be of the same run
    gateway_.Forget();
  }

  // Something for the clients is written, and the Gateway answers nothing more.
  void Stall(const wire::Frame& frame = Message(3, "x")) {
    ASSERT_EQ(gateway_.Send(frame), "OK");
    gateway_.Sent(0);
    gateway_.Wait(absl::Seconds(6));
    ASSERT_TRUE(gateway_.machine().stalled());
  }
  // … while it does on the other link.
  void StallWithGuard(const wire::Frame& frame = Message(3, "x")) {
    Stall(frame);
    EXPECT_EQ(gateway_.Sent(1), Texts{"IS_ONLINE"});
    gateway_.Answer(1, "i:0;");
    gateway_.Forget();
  }
  std::string CommandLink() {
    const auto views = gateway_.machine().Views(gateway_.now(), gateway_.now());
    return ToString(views[0].state);
  }

  GatewayHarness gateway_{GatewayHarness::TestOptions(), GoLike()};
};

}  // namespace gatewayd::cluster
