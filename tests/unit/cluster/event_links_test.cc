#include "cluster/event_links.h"

#include <gtest/gtest.h>

#include <string>

#include "cluster/answer_memory.h"

namespace gatewayd::cluster {
namespace {

class EventLinksTest : public testing::Test {
 protected:
  std::string NewKey() { return "key " + std::to_string(++keys_); }

  Options options_;
  AnswerMemory memory_{1000};
  int keys_ = 0;
  absl::Time now_ = absl::UnixEpoch();
  EventLinks links_{wire::PhpDialect(), options_, memory_, [this] { return NewKey(); }, 1};
};

// A link that was left and is free again must not become the current one while the other is in use: there
// would be two links to one Gateway.
TEST_F(EventLinksTest, TheLinkInUseStaysTheCurrentOne) {
  EventLinkMachine* const first = links_.current();
  first->Want(now_);
  links_.GiveUp(now_);
  EventLinkMachine* const second = links_.current();
  ASSERT_NE(second, nullptr);
  ASSERT_NE(second, first);
  second->Want(now_);
  first->Drop("left", now_);
  ASSERT_TRUE(first->off());
  links_.Reuse();
  EXPECT_EQ(links_.current(), second);

  links_.GiveUp(now_);
  EXPECT_EQ(links_.current(), first);
}

// While both are still being left there is none.
TEST_F(EventLinksTest, NoneWhileBothAreBeingLeft) {
  EventLinkMachine* const first = links_.current();
  for (EventLinkMachine* link : {first, &links_.link_of(EventLinkMachine::kConnections)}) {
    link->Want(now_);
    link->OnConnected(0, now_);
    link->OnAnswer(0, "i:1;", now_);
    link->Attach(std::make_shared<GatewayRun>(), now_);
  }
  links_.GiveUp(now_);
  links_.GiveUp(now_);
  EXPECT_EQ(links_.current(), nullptr);
  links_.GiveUp(now_);  // nothing to be given up
  first->Drop("left", now_);
  links_.Reuse();
  EXPECT_EQ(links_.current(), first);
}

}  // namespace
}  // namespace gatewayd::cluster
