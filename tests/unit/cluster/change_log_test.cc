#include "cluster/change_log.h"

#include <set>
#include <string>

#include "cluster/text.h"
#include "gtest/gtest.h"
#include "wire/go_json.h"

namespace gatewayd::cluster {
namespace {

class ChangeLogTest : public ::testing::Test {
 protected:
  void Add(int count) {
    for (int i = 0; i < count; ++i) {
      now_ += absl::Seconds(1);
      log_.Add(ChangeKind::kGatewayNews, "10.0.0.1:2900", StrCat("news ", ++added_));
    }
  }

  static constexpr std::size_t kLength = 4;
  absl::Time now_ = absl::FromUnixSeconds(1'000);
  int added_ = 0;
  ChangeLog log_{[this] { return now_; }, kLength};
};

TEST_F(ChangeLogTest, IsEmptyAtFirst) {
  const ChangeLog::Page page = log_.After(0);
  EXPECT_TRUE(page.changes.empty());
  EXPECT_EQ(page.newest, 0);
  EXPECT_EQ(page.forgotten, 0);
  EXPECT_TRUE(log_.After(7).changes.empty());
}

TEST_F(ChangeLogTest, GivesWhatCameBehindANumberOldestFirst) {
  Add(3);
  const ChangeLog::Page page = log_.After(1);
  ASSERT_EQ(page.changes.size(), 2);
  EXPECT_EQ(page.changes[0].number, 2);
  EXPECT_EQ(page.changes[0].text, "news 2");
  EXPECT_EQ(page.changes[0].time, absl::FromUnixSeconds(1'002));
  EXPECT_EQ(page.changes[1].number, 3);
  EXPECT_EQ(page.newest, 3);
  EXPECT_EQ(page.forgotten, 0);
  EXPECT_TRUE(log_.After(3).changes.empty());
}

TEST_F(ChangeLogTest, ForgetsTheOldestAndSaysHowMany) {
  Add(10);
  const ChangeLog::Page all = log_.After(0);
  ASSERT_EQ(all.changes.size(), kLength);
  EXPECT_EQ(all.changes.front().number, 7);
  EXPECT_EQ(all.forgotten, 6);
  EXPECT_EQ(log_.After(4).forgotten, 2);
  EXPECT_EQ(log_.After(6).forgotten, 0);
  EXPECT_EQ(log_.After(8).changes.size(), 2);
}

TEST_F(ChangeLogTest, ANumberOfAnotherDaemonsLifeGivesNothingAndTheNewest) {
  Add(2);
  for (const std::uint64_t number : {std::uint64_t{2}, std::uint64_t{3}, ~std::uint64_t{0}}) {
    EXPECT_TRUE(log_.After(number).changes.empty()) << number;
    EXPECT_EQ(log_.After(number).newest, 2) << number;
  }
}

TEST_F(ChangeLogTest, ATextThatIsTooLongIsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 3 * ChangeLog::kMaxText)
    text += "é";
  log_.Add(ChangeKind::kLinkLost, "x" + text, text);
  const Change change = log_.After(0).changes.at(0);
  for (const std::string& cut : {change.subject, change.text}) {
    EXPECT_LE(cut.size(), ChangeLog::kMaxText);
    EXPECT_GT(cut.size(), ChangeLog::kMaxText - 5);
    EXPECT_TRUE(cut.ends_with("é…")) << cut;
    EXPECT_TRUE(wire::go::IsUtf8(cut));
  }
}

TEST(ChangeKindTest, EachHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int kind = 0; kind <= static_cast<int>(ChangeKind::kMemoryFree); ++kind)
    names.insert(ToString(static_cast<ChangeKind>(kind)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ChangeKind::kMemoryFree) + 1);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_TRUE(IsTrouble(ChangeKind::kLinkLost));
  EXPECT_FALSE(IsTrouble(ChangeKind::kGatewayJoined));
}

}  // namespace
}  // namespace gatewayd::cluster
