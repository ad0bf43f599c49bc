#include <memory>
#include <set>
#include <string>

#include "cluster/cluster.h"
#include "cluster/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/cluster/describe.h"
#include "unit/cluster/stub_gateway.h"

namespace gatewayd::cluster {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

const wire::GatewayAddress kKnown = {.ip = 0x0a000005, .port = 2900};
const wire::GatewayAddress kUnknown = {.ip = 0x0a000006, .port = 2900};

View ViewWithOneMember() {
  View view;
  view.any_answer = true;
  view.complete = true;
  view.members = {std::make_shared<StubGateway>()};
  view.by_address[kKnown] = view.members[0];
  return view;
}

TEST(ViewTest, BeforeTheFirstAnswerNothingIsKnownAndNothingIsDenied) {
  View view;
  view.why_incomplete = "register 10.0.0.1:1236 has not answered (connecting)";
  const auto found = view.Find(kKnown);
  EXPECT_EQ(Describe(found.status()), "UNAVAILABLE no-view");
  EXPECT_THAT(std::string(found.status().message()), HasSubstr(view.why_incomplete));
  EXPECT_EQ(Describe(view.CheckUsable()), "UNAVAILABLE no-view");
}

TEST(ViewTest, AMemberIsFoundByTheAddressThatItsIdsCarry) {
  const View view = ViewWithOneMember();
  const auto found = view.Find(kKnown);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, view.members[0].get());
  EXPECT_TRUE(view.CheckUsable().ok());
}

TEST(ViewTest, AMemberIsFoundInAnIncompleteViewToo) {
  View view = ViewWithOneMember();
  view.complete = false;
  EXPECT_TRUE(view.Find(kKnown).ok());
  EXPECT_TRUE(view.CheckUsable().ok());
}

TEST(ViewTest, ACompleteViewSaysThatThereIsNoSuchGateway) {
  const auto found = ViewWithOneMember().Find(kUnknown);
  EXPECT_EQ(Describe(found.status()), "NOT_FOUND unknown-gateway");
  EXPECT_EQ(ErrorPayload(found.status(), kGatewayKey), "10.0.0.6:2900");
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("10.0.0.6:2900"));
}

TEST(ViewTest, AnIncompleteViewAsksToTryAgainAndSaysWhy) {
  View view = ViewWithOneMember();
  view.complete = false;
  view.why_incomplete = "register b has not answered";
  const auto found = view.Find(kUnknown);
  EXPECT_EQ(Describe(found.status()), "UNAVAILABLE no-view");
  EXPECT_EQ(ErrorPayload(found.status(), kGatewayKey), "10.0.0.6:2900");
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("register b has not answered"));
}

TEST(ViewTest, TheSameHostWithAnotherPortIsAnotherGateway) {
  EXPECT_EQ(Describe(ViewWithOneMember().Find({.ip = kKnown.ip, .port = 2901}).status()),
            "NOT_FOUND unknown-gateway");
}

TEST(ViewTest, AnEmptyClusterIsUsableAndHasNoMembers) {
  View view;
  view.any_answer = true;
  view.complete = true;
  EXPECT_TRUE(view.CheckUsable().ok());
  EXPECT_EQ(Describe(view.Find(kKnown).status()), "NOT_FOUND unknown-gateway");
}

// The first part of every generation: it must hold no '-', and never be given twice.
TEST(InstanceIdTest, IsSixteenHexDigitsAndNewEachTime) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const std::string id = NewInstanceId();
    EXPECT_THAT(id, MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ(id.size(), 16u);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 100u);
}

}  // namespace
}  // namespace gatewayd::cluster
