#include "cluster/membership.h"

#include <ostream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gatewayd::cluster {

void PrintTo(const Membership::Changes& changes, std::ostream* out) {
  const auto print = [out](const char* name, const std::vector<std::string>& addresses) {
    *out << name << testing::PrintToString(addresses) << ' ';
  };
  print("joined", changes.joined);
  print("listed", changes.listed);
  print("unlisted", changes.unlisted);
  print("left", changes.left);
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Changes = Membership::Changes;

TEST(MembershipTest, NobodyIsAMemberBeforeTheFirstAnswer) {
  Membership membership(2);
  EXPECT_FALSE(membership.any_answered());
  EXPECT_FALSE(membership.all_answered());
  EXPECT_THAT(membership.members(), IsEmpty());
  EXPECT_FALSE(membership.IsMember("a:1"));
  EXPECT_FALSE(membership.IsListed("a:1"));
}

TEST(MembershipTest, AListMakesMembers) {
  Membership membership(1);
  EXPECT_EQ(membership.OnList(0, {"b:1", "a:1"}), (Changes{.joined = {"a:1", "b:1"}}));
  EXPECT_THAT(membership.members(), ElementsAre("a:1", "b:1"));
  EXPECT_TRUE(membership.IsMember("a:1"));
  EXPECT_TRUE(membership.IsListed("b:1"));
  EXPECT_TRUE(membership.any_answered());
  EXPECT_TRUE(membership.all_answered());
}

TEST(MembershipTest, AnEmptyListIsAnAnswerToo) {
  Membership membership(1);
  EXPECT_EQ(membership.OnList(0, {}), Changes{});
  EXPECT_TRUE(membership.all_answered());
  EXPECT_THAT(membership.members(), IsEmpty());
}

TEST(MembershipTest, TheSameListAgainChangesNothing) {
  Membership membership(1);
  membership.OnList(0, {"a:1", "b:1"});
  EXPECT_TRUE(membership.OnList(0, {"b:1", "a:1"}).empty());
}

TEST(MembershipTest, DuplicatesCountOnce) {
  Membership membership(2);
  EXPECT_EQ(membership.OnList(0, {"a:1", "a:1", "a:1"}), (Changes{.joined = {"a:1"}}));
  EXPECT_EQ(membership.OnList(1, {"a:1", "a:1"}), Changes{});
  EXPECT_EQ(membership.OnList(0, {}), Changes{});  // register 1 lists it still
  EXPECT_EQ(membership.OnList(1, {}), (Changes{.left = {"a:1"}}));
}

TEST(MembershipTest, TheTruthIsTheUnionOfAllRegisters) {
  Membership membership(3);
  membership.OnList(0, {"a:1", "b:1"});
  EXPECT_EQ(membership.OnList(1, {"b:1", "c:1"}), (Changes{.joined = {"c:1"}}));
  EXPECT_THAT(membership.members(), ElementsAre("a:1", "b:1", "c:1"));
  EXPECT_TRUE(membership.any_answered());
  EXPECT_FALSE(membership.all_answered());  // the third has said nothing
  membership.OnList(2, {});
  EXPECT_TRUE(membership.all_answered());
}

TEST(MembershipTest, AGatewayStaysWhileAnyRegisterListsIt) {
  Membership membership(2);
  membership.OnList(0, {"a:1"});
  membership.OnList(1, {"a:1"});
  EXPECT_EQ(membership.OnList(0, {}), Changes{});
  EXPECT_TRUE(membership.IsListed("a:1"));
  EXPECT_EQ(membership.OnList(1, {}), (Changes{.left = {"a:1"}}));
  EXPECT_FALSE(membership.IsMember("a:1"));
}

// A lost Register says nothing at all, so there is no step for it: its last word stands.
TEST(MembershipTest, OneRegistersSilenceKeepsWhatItSaid) {
  Membership membership(2);
  membership.OnList(0, {"a:1"});
  membership.OnList(1, {"b:1"});
  for (int i = 0; i < 10; ++i)
    membership.OnList(1, {"b:1", "c:1"});
  EXPECT_THAT(membership.members(), ElementsAre("a:1", "b:1", "c:1"));
}

TEST(MembershipTest, AnUnlinkedGatewayThatIsListedNoMoreLeaves) {
  Membership membership(1);
  membership.OnList(0, {"a:1", "b:1"});
  EXPECT_EQ(membership.OnList(0, {"b:1"}), (Changes{.left = {"a:1"}}));
  EXPECT_THAT(membership.members(), ElementsAre("b:1"));
}

TEST(MembershipTest, ALinkedGatewayThatIsListedNoMoreStaysUntilItsLinkIsLost) {
  Membership membership(1);
  membership.OnList(0, {"a:1"});
  EXPECT_EQ(membership.OnLinked("a:1", true), Changes{});
  EXPECT_EQ(membership.OnList(0, {}), (Changes{.unlisted = {"a:1"}}));
  EXPECT_TRUE(membership.IsMember("a:1"));
  EXPECT_FALSE(membership.IsListed("a:1"));
  EXPECT_EQ(membership.OnList(0, {}), Changes{});  // said once
  EXPECT_EQ(membership.OnLinked("a:1", false), (Changes{.left = {"a:1"}}));
  EXPECT_FALSE(membership.IsMember("a:1"));
}

TEST(MembershipTest, AListedGatewayThatLosesItsLinkStays) {
  Membership membership(1);
  membership.OnList(0, {"a:1"});
  membership.OnLinked("a:1", true);
  EXPECT_EQ(membership.OnLinked("a:1", false), Changes{});
  EXPECT_TRUE(membership.IsMember("a:1"));
}

// A restarted Register's first lists are empty or partial: nothing that works may be thrown away for that.
TEST(MembershipTest, ARestartedRegistersPartialListsCostNothing) {
  Membership membership(1);
  membership.OnList(0, {"a:1", "b:1", "c:1"});
  membership.OnLinked("a:1", true);
  membership.OnLinked("b:1", true);
  membership.OnLinked("c:1", true);
  EXPECT_EQ(membership.OnList(0, {}), (Changes{.unlisted = {"a:1", "b:1", "c:1"}}));
  EXPECT_EQ(membership.OnList(0, {"b:1"}), (Changes{.listed = {"b:1"}}));
  EXPECT_EQ(membership.OnList(0, {"a:1", "b:1", "d:1"}), (Changes{.joined = {"d:1"}, .listed = {"a:1"}}));
  EXPECT_THAT(membership.members(), ElementsAre("a:1", "b:1", "c:1", "d:1"));
}

TEST(MembershipTest, AGatewayListedAgainStaysWhenItsLinkIsLost) {
  Membership membership(1);
  membership.OnList(0, {"a:1"});
  membership.OnLinked("a:1", true);
  membership.OnList(0, {});
  membership.OnList(0, {"a:1"});
  EXPECT_EQ(membership.OnLinked("a:1", false), Changes{});
  EXPECT_TRUE(membership.IsMember("a:1"));
}

TEST(MembershipTest, AGatewayThatLeftAndComesBackJoinsAnewAndUnlinked) {
  Membership membership(1);
  membership.OnList(0, {"a:1"});
  membership.OnLinked("a:1", true);
  membership.OnList(0, {});
  membership.OnLinked("a:1", false);
  EXPECT_EQ(membership.OnList(0, {"a:1"}), (Changes{.joined = {"a:1"}}));
  EXPECT_EQ(membership.OnList(0, {}), (Changes{.left = {"a:1"}}));
}

TEST(MembershipTest, LinksOfStrangersAreIgnored) {
  Membership membership(1);
  membership.OnList(0, {"a:1"});
  EXPECT_EQ(membership.OnLinked("z:1", true), Changes{});
  EXPECT_EQ(membership.OnLinked("z:1", false), Changes{});
  EXPECT_THAT(membership.members(), ElementsAre("a:1"));
}

TEST(MembershipTest, AllFourKindsOfChangeInOneStep) {
  Membership membership(1);
  membership.OnList(0, {"kept:1", "leaves:1", "returns:1"});
  membership.OnLinked("kept:1", true);
  membership.OnLinked("returns:1", true);
  EXPECT_EQ(membership.OnList(0, {"kept:1", "leaves:1"}), (Changes{.unlisted = {"returns:1"}}));
  EXPECT_EQ(
      membership.OnList(0, {"returns:1", "new:1"}),
      (Changes{.joined = {"new:1"}, .listed = {"returns:1"}, .unlisted = {"kept:1"}, .left = {"leaves:1"}}));
}

TEST(MembershipTest, WithNoRegistersAllHaveAnsweredAndNoneHas) {
  Membership membership(0);
  EXPECT_FALSE(membership.any_answered());
  EXPECT_TRUE(membership.all_answered());
}

}  // namespace
}  // namespace gatewayd::cluster
