// What a request holds; and the pauses between tries.
#include "outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "backoff.h"
#include "gatewayworker/commands.h"

namespace gatewayworker::internal {
namespace {

using ::testing::ElementsAre;

v1::AttachRequest Next(Outbox& outbox) {
  v1::AttachRequest request;
  outbox.Take(request);
  return request;
}

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() { Next(outbox_); }  // the hello

  Outbox outbox_{v1::Hello(), true};
};

TEST(OutboxHelloTest, ComesFirst) {
  v1::Hello hello;
  hello.set_worker_name("w");
  Outbox outbox(hello, true);
  EXPECT_FALSE(outbox.empty());
  EXPECT_EQ(Next(outbox).hello().worker_name(), "w");
  EXPECT_TRUE(outbox.empty());
}

TEST_F(OutboxTest, AWholeBatchIsOneAcknowledgement) {
  outbox_.Received(3, 7);
  for (const std::uint64_t id : {5, 6, 7}) {
    outbox_.Add(commands::SendToCurrentClient("x"), id);
    outbox_.Done(id);
  }
  const v1::AttachRequest request = Next(outbox_);
  EXPECT_EQ(request.acks().up_to(), 7);
  EXPECT_EQ(request.acks().ids_size(), 0);
  EXPECT_EQ(request.commands_size(), 3);
  EXPECT_EQ(request.commands(2).event_id(), 7);
  EXPECT_TRUE(outbox_.empty());
}

TEST_F(OutboxTest, OnlyWhatIsDoneIsAcknowledged) {
  outbox_.Received(3, 3);
  outbox_.Done(2);
  outbox_.Done(3);
  EXPECT_THAT(Next(outbox_).acks().ids(), ElementsAre(2, 3));
  outbox_.Done(1);
  EXPECT_EQ(Next(outbox_).acks().up_to(), 3);
}

TEST_F(OutboxTest, AfterGivingUpNothingElseIsAcknowledged) {
  outbox_.Received(2, 2);
  outbox_.Done(1);
  outbox_.GiveUp();
  outbox_.Done(2);
  EXPECT_THAT(Next(outbox_).acks().ids(), ElementsAre(1, 2));
}

TEST_F(OutboxTest, LargeCommandsAreCutIntoRequestsAndAcknowledgedAfterThem) {
  outbox_.Received(9, 9);
  for (std::uint64_t id = 1; id <= 9; ++id) {
    outbox_.Add(commands::SendToCurrentClient(std::string(400'000, 'x')), id);
    outbox_.Done(id);
  }
  int commands = 0;
  bool acknowledged = false;
  while (!outbox_.empty()) {
    const v1::AttachRequest request = Next(outbox_);
    EXPECT_LE(request.ByteSizeLong(), Outbox::kRequestBytes + 1000);
    EXPECT_FALSE(acknowledged);
    acknowledged = request.has_acks();
    commands += request.commands_size();
  }
  EXPECT_EQ(commands, 9);
  EXPECT_TRUE(acknowledged);
}

TEST_F(OutboxTest, ASyncEndsItsRequest) {
  outbox_.Add(commands::SendToAll("before"), 0);
  outbox_.AddSync(4, std::chrono::milliseconds(1500));
  outbox_.Add(commands::SendToAll("after"), 0);
  const v1::AttachRequest first = Next(outbox_);
  EXPECT_EQ(first.commands_size(), 1);
  EXPECT_EQ(first.sync().number(), 4);
  EXPECT_EQ(first.sync().timeout().seconds(), 1);
  EXPECT_EQ(first.sync().timeout().nanos(), 500'000'000);
  EXPECT_EQ(Next(outbox_).commands_size(), 1);
  EXPECT_TRUE(outbox_.empty());
}

TEST_F(OutboxTest, ALeaveGoesWithTheLastRequest) {
  outbox_.Received(1, 1);
  outbox_.Done(1);
  outbox_.AddLeave(v1::LEAVE_MODE_KEEP_LINKS);
  const v1::AttachRequest request = Next(outbox_);
  EXPECT_EQ(request.leave().mode(), v1::LEAVE_MODE_KEEP_LINKS);
  EXPECT_EQ(request.acks().up_to(), 1);
}

TEST(OutboxAckModeTest, NothingIsAcknowledgedThatNeedsNot) {
  Outbox outbox(v1::Hello(), false);
  Next(outbox);
  outbox.Received(1, 1);
  outbox.Done(1);
  EXPECT_TRUE(outbox.empty());
}

TEST(BackoffTest, DoublesWithJitterAndStartsAnew) {
  using std::chrono::milliseconds;
  Backoff backoff(milliseconds(100), milliseconds(500));
  for (const int most : {100, 200, 400, 500, 500}) {
    const auto pause = backoff.Next();
    EXPECT_LE(pause, milliseconds(most));
    EXPECT_GE(pause, milliseconds(most) / 2);
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(), milliseconds(100));
}

}  // namespace
}  // namespace gatewayworker::internal
