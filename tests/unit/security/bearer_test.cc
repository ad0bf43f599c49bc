// The header "authorization".
#include "security/bearer.h"

#include <string>

#include "gtest/gtest.h"
#include "security/tokens.h"

namespace gatewayd::security {
namespace {

TEST(BearerTest, TheSchemeIsTakenInWhateverCase) {
  EXPECT_EQ(BearerToken("Bearer abc"), "abc");
  EXPECT_EQ(BearerToken("bEARER a b"), "a b");
}

TEST(BearerTest, AnotherSchemeOrNoneHasNoToken) {
  for (const char* value : {"", "abc", "Bearer", "Bearer ", "Basic abc", " Bearer abc", "Bearer\tabc"})
    EXPECT_EQ(BearerToken(value), "") << value;
}

TEST(BearerTest, NoTokenIsLongerThanTheLongest) {
  const std::string longest(kMaxTokenLength, 'x');
  EXPECT_EQ(BearerToken("Bearer " + longest), longest);
  EXPECT_EQ(BearerToken("Bearer " + longest + "x"), "");
}

}  // namespace
}  // namespace gatewayd::security
