// The tests of a Gateway's event link beside its command link.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_harness.h"

namespace gatewayd::cluster {

inline std::string WorkerHello(int key) {
  return StrCat("WORKER_CONNECT '{\"worker_key\":\"key:", key, "\",\"secret_key\":\"s3cret\"}'");
}

class GatewayEventsTest : public testing::Test {
 protected:
  GatewayEventsTest() : event_(gateway_.event_link()), second_(event_ + 1), next_(gateway_.event_link(1)) {}

  // The event link is authenticated; what it shares a run with has still to prove that.
  void Meet() {
    gateway_.WantEvents();
    gateway_.AwaitDial(event_);
    gateway_.Up(event_);
  }
  void EventsUp(int key = 1) {
    Meet();
    ASSERT_THAT(gateway_.Sent(0), testing::ElementsAre("IS_ONLINE"));
    gateway_.Answer(0, "i:0;");
    ASSERT_THAT(gateway_.Sent(event_), testing::ElementsAre(WorkerHello(key), "IS_ONLINE"));
    gateway_.Answer(event_, "i:0;");
  }
  void Start() {
    gateway_.Start();
    EventsUp();
    ASSERT_THAT(gateway_.Told(), testing::ElementsAre("daemon-1 up"));
    gateway_.Forget();
  }
  // The command link is lost and there again, with the event link in use: not proven yet.
  void CommandLinkIsBack() {
    gateway_.Close(0);
    gateway_.AwaitDial(0);
    gateway_.Connect(0);
    ASSERT_THAT(gateway_.Sent(0), testing::ElementsAre(kHello, "IS_ONLINE"));
    gateway_.Answer(0, "i:0;");
    ASSERT_TRUE(gateway_.machine().link(0).ready());
    ASSERT_FALSE(gateway_.machine().usable());
  }
  void Event(std::string_view body) { gateway_.Feed(event_, GatewayHarness::EventBytes(body)); }
  RunPtr run() { return gateway_.machine().run(); }

  GatewayHarness gateway_;
  const std::size_t event_, second_, next_;
};

}  // namespace gatewayd::cluster
