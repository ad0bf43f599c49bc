#include "cluster/status_view.h"

#include "gtest/gtest.h"

namespace gatewayd::cluster {
namespace {

TEST(StatusViewTest, EachLinkStateHasAWord) {
  EXPECT_STREQ(ToString(LinkState::kIdle), "idle");
  EXPECT_STREQ(ToString(LinkState::kConnecting), "connecting");
  EXPECT_STREQ(ToString(LinkState::kAuthenticating), "authenticating");
  EXPECT_STREQ(ToString(LinkState::kReady), "ready");
  EXPECT_STREQ(ToString(LinkState::kClosing), "closing");
  EXPECT_STREQ(ToString(LinkState::kBackoff), "backoff");
  EXPECT_STREQ(ToString(LinkState::kStalled), "stalled");
  EXPECT_STREQ(ToString(static_cast<LinkState>(99)), "unknown");
}

}  // namespace
}  // namespace gatewayd::cluster
