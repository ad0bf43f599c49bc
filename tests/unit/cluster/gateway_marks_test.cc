// Marks: the Gateway has run what was sent before one, and every event from before that has come.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/gateway_events_fixture.h"

namespace gatewayd::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(GatewayEventsTest, AMarkGoesOverTheCommandLinkThenOverTheEventLink) {
  Start();
  EXPECT_EQ(gateway_.Send(Bind(1, "u")), "OK");
  gateway_.Mark(run(), 7);
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("BIND_UID #1 [u]", "IS_ONLINE"));
  EXPECT_THAT(gateway_.Sent(event_), IsEmpty());
  gateway_.Answer(0, "i:0;");
  EXPECT_THAT(gateway_.Sent(event_), ElementsAre("IS_ONLINE"));
  Event("a");
  gateway_.Answer(event_, "i:0;");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 'a'", "daemon-1 marked 7"));
}

TEST_F(GatewayEventsTest, MarksThatComeMeanwhileGoTogetherInTheNextRound) {
  Start();
  for (std::uint64_t token = 1; token <= 4; ++token)
    gateway_.Mark(run(), token);
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("IS_ONLINE"));
  gateway_.Answer(0, "i:0;");
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("IS_ONLINE"));
  gateway_.Answer(0, "i:0;");
  gateway_.Answer(event_, "i:0;");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 marked 1"));
  gateway_.Answer(event_, "i:0;");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 marked 2", "daemon-1 marked 3", "daemon-1 marked 4"));
}

TEST_F(GatewayEventsTest, AMarkOutlivesTheCommandLink) {
  Start();
  gateway_.Mark(run(), 7);
  CommandLinkIsBack();
  gateway_.Answer(event_, "i:0;");
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("IS_ONLINE"));
  gateway_.Answer(0, "i:0;");
  gateway_.Answer(event_, "i:0;");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 marked 7"));
}

TEST_F(GatewayEventsTest, AMarkIsLostWithTheEventLinkAndItsAnswerIsNoOtherMarks) {
  Start();
  gateway_.Mark(run(), 1);
  gateway_.Close(event_);
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("IS_ONLINE"));
  Meet();
  gateway_.Answer(0, "i:0;");  // to the lost mark
  gateway_.Answer(0, "i:0;");  // the proof
  gateway_.Answer(event_, "i:0;");
  gateway_.Sent(0);
  gateway_.Mark(run(), 2);
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 gone", "daemon-1 up"));
  gateway_.Answer(0, "i:0;");
  gateway_.Answer(event_, "i:0;");
  EXPECT_THAT(gateway_.Told(), ElementsAre("daemon-1 marked 2"));
}

TEST_F(GatewayEventsTest, ALateAnswerOnTheCommandLinkConfirmsNoLaterMark) {
  Start();
  gateway_.Mark(run(), 1);
  gateway_.Sent(0);
  gateway_.Close(event_);
  Meet();
  EXPECT_THAT(gateway_.Sent(0), ElementsAre("IS_ONLINE"));
  gateway_.Forget();
  // The row of the command link: mark 1, proof.
  gateway_.Answer(0, "i:0;");
  EXPECT_THAT(gateway_.Sent(event_), IsEmpty());
  gateway_.Answer(0, "i:0;");
  EXPECT_EQ(gateway_.Sent(event_).size(), 2u);
}

TEST_F(GatewayEventsTest, MarksOfAnotherRunOrWithoutAnEventLinkAreNothing) {
  gateway_.Start();
  gateway_.Mark(run(), 1);
  gateway_.Mark(std::make_shared<GatewayRun>(), 2);
  gateway_.Mark(nullptr, 3);
  EXPECT_THAT(gateway_.Sent(0), IsEmpty());
  EventsUp();
  gateway_.Mark(std::make_shared<GatewayRun>(), 4);
  EXPECT_THAT(gateway_.Sent(0), IsEmpty());
}

}  // namespace
}  // namespace gatewayd::cluster
