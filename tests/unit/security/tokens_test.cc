#include "security/tokens.h"

#include <gmock/gmock.h>

#include <string>

#include "unit/security/test_certificates.h"

namespace gatewayd::security {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kOne[] = "one-token-of-a-test";
constexpr char kTwo[] = "two-token-of-a-test";

std::string WhatIsWrong(const std::string& text) {
  const auto tokens = ParseTokens(text);
  return tokens.ok() ? "" : std::string(tokens.status().message());
}

TEST(TokensTest, NameTokenRightsAndRate) {
  const auto tokens = ParseTokens(
      "# who may call\n\n"
      "chat one-token-of-a-test send,events rate=5/s\n"
      "\tops\ttwo-token-of-a-test\r\n");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  const Token* chat = tokens->Find(kOne);
  ASSERT_NE(chat, nullptr);
  EXPECT_EQ(chat->name, "chat");
  EXPECT_TRUE(chat->rights.Has(Right::kSend));
  EXPECT_TRUE(chat->rights.Has(Right::kEvents));
  EXPECT_FALSE(chat->rights.Has(Right::kRead));
  EXPECT_EQ(chat->rate->per_second(), 5);
  const Token* ops = tokens->Find(kTwo);
  ASSERT_NE(ops, nullptr);
  EXPECT_EQ(ops->rights, Rights::All());
  EXPECT_EQ(ops->rate, nullptr);
  for (const std::string stranger : {"", "one-token-of-a-tes", "one-token-of-a-test ", "two"})
    EXPECT_EQ(tokens->Find(stranger), nullptr) << stranger;
  EXPECT_EQ(tokens->Find(std::string(5000, 'x')), nullptr);
}

TEST(TokensTest, ADigestInPlaceOfTheToken) {
  const auto tokens =
      ParseTokens("chat sha256:ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f read");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_NE(tokens->Find("password123"), nullptr);
}

TEST(TokensTest, ANameOnSeveralLinesIsHowATokenIsReplaced) {
  const auto tokens =
      ParseTokens("chat one-token-of-a-test rate=5/s\nchat two-token-of-a-test read rate=5/s\n");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ(tokens->Find(kOne)->rate, tokens->Find(kTwo)->rate) << "a name has one rate";
}

TEST(TokensTest, EachLineThatIsWrongIsNamedAndNoTokenIsShown) {
  const std::string wrong = WhatIsWrong(
      "chat\n"
      "chat one-token-of-a-test fly\n"
      "c/t one-token-of-a-test\n"
      "chat short\n"
      "chat one-token-of-a-test! read\n"
      "chat one-token-of-a-test rate=0/s\n"
      "chat one-token-of-a-test rate=5\n"
      "chat one-token-of-a-test read send\n"
      "chat sha256:12 read\n"
      "a one-token-of-a-test rate=5/s\n"
      "a two-token-of-a-test rate=6/s\n"
      "b one-token-of-a-test\n");
  for (const int line : {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12})
    EXPECT_THAT(wrong, HasSubstr("line " + std::to_string(line) + ": "));
  EXPECT_THAT(wrong, Not(HasSubstr("line 10:")));
  EXPECT_THAT(wrong, Not(HasSubstr("token-of-a-test")));
  EXPECT_THAT(WhatIsWrong("# nobody\n"), HasSubstr("names no token"));
}

TEST(TokensTest, AStoreTakesAGoodFileAndKeepsTheOldWhileItIsNot) {
  const test::Folder folder;
  const std::string path = folder.Write("tokens", "chat one-token-of-a-test\n");
  auto store = TokenStore::Open(path);
  ASSERT_TRUE(store.ok()) << store.status();
  const std::uint64_t version = (*store)->version();
  EXPECT_TRUE((*store)->Reload());
  EXPECT_EQ((*store)->version(), version) << "nothing has changed";

  folder.Replace("tokens", "chat two");
  EXPECT_FALSE((*store)->Reload()) << "it may be half-written";
  EXPECT_TRUE((*store)->Reload());
  EXPECT_NE((*store)->current()->Find(kOne), nullptr);

  folder.Replace("tokens", "chat two-token-of-a-test rate=1/s\n");
  EXPECT_TRUE((*store)->Reload());
  EXPECT_GT((*store)->version(), version);
  EXPECT_EQ((*store)->current()->Find(kOne), nullptr);
  ASSERT_NE((*store)->current()->Find(kTwo), nullptr);

  const auto rate = (*store)->current()->Find(kTwo)->rate;
  folder.Replace("tokens", "# renewed\nchat two-token-of-a-test rate=1/s\nother one-token-of-a-test\n");
  EXPECT_TRUE((*store)->Reload());
  EXPECT_EQ((*store)->current()->Find(kTwo)->rate, rate) << "what was used up stays used up";
  unlink(path.c_str());
  EXPECT_FALSE((*store)->Reload());
  EXPECT_NE((*store)->current()->Find(kTwo), nullptr);
}

TEST(TokensTest, AFileThatIsWrongAtTheStartNamesFlagFileAndLine) {
  const test::Folder folder;
  const std::string path = folder.Write("tokens", "chat\nchat short\n");
  const auto store = TokenStore::Open(path);
  ASSERT_FALSE(store.ok());
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("--tokens_file=" + path + ": line 1: "));
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("\n--tokens_file=" + path + ": line 2: "));
  EXPECT_FALSE(TokenStore::Open(folder / "none").ok());
}

TEST(RateTest, SoManyASecondAndASecondsWorthAtOnce) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  Rate rate(10);
  std::int64_t now = 5 * kSecond;
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(rate.Take(now, 1), absl::ZeroDuration()) << i;
  EXPECT_EQ(rate.Take(now, 1), absl::Milliseconds(100));
  EXPECT_EQ(rate.Take(now, 1), absl::Milliseconds(100)) << "what was refused is not counted";
  now += kSecond / 10;
  EXPECT_EQ(rate.Take(now, 1), absl::ZeroDuration());
  EXPECT_EQ(rate.Take(now, 2), absl::Milliseconds(200));
  now += 100 * kSecond;
  EXPECT_EQ(rate.Take(now, 10), absl::ZeroDuration());
  EXPECT_GT(rate.Take(now, 1), absl::ZeroDuration()) << "a long pause is worth no more than a second";
}

TEST(RateTest, MoreAtOnceThanASecondsWorthIsPaidForLater) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  Rate rate(10);
  const std::int64_t now = 5 * kSecond;
  EXPECT_EQ(rate.Take(now, 50), absl::ZeroDuration());
  EXPECT_EQ(rate.Take(now, 1), absl::Milliseconds(4100));
  EXPECT_EQ(rate.Take(now + 5 * kSecond, 1), absl::ZeroDuration());
}

}  // namespace
}  // namespace gatewayd::security
