#include "embedded/go_values.h"

#include <gtest/gtest.h>

#include "wire/go_json.h"

namespace gatewayd::embedded::go {
namespace {

std::string String(std::string_view text) {
  std::string out;
  AppendString(text, out);
  return out;
}

TEST(GoString, IsEscapedAsEncodingJsonDoes) {
  EXPECT_EQ(String("a\"\\\n\r\t\b\f\x01<>&\x7f/'"),
            "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u003c\\u003e\\u0026\x7f/'\"");
  EXPECT_EQ(String("你👋\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7"), "\"你👋\\u2028\\u2029\xe2\x80\xa7\"");
  EXPECT_EQ(String("\xff\xe4\xbd"), "\"\\ufffd\\ufffd\\ufffd\"");
}

TEST(GoMarshal, SortsKeysKeepsTheLastAndMakesFloatsOfNumbers) {
  const auto again = [](std::string_view json) { return Marshal(*wire::go::ParseJson(json)); };
  EXPECT_EQ(again(R"({"b":1,"a":[true,null,"x"],"b":2})"), R"({"a":[true,null,"x"],"b":2})");
  EXPECT_EQ(
      again("[9007199254740993,18446744073709551616,1.0,1e20,1e21,0.000001,1e-7,123456789.125,-0]"),
      "[9007199254740992,18446744073709552000,1,100000000000000000000,1e+21,0.000001,1e-7,123456789.125,0]");
}

TEST(GoQuery, MapsEachNameToAList) {
  EXPECT_EQ(Marshal({ParseQuery("b=1&a%5B%5D=x+y&a[]=%E4%BD%A0&c&=e&b=2&&d=%zz&e;f=1&g=1=2")}),
            R"({"":["e"],"a[]":["x y","你"],"b":["1","2"],"c":[""],"g":["1=2"]})");
  EXPECT_EQ(Marshal({ParseQuery("")}), "{}");
}

}  // namespace
}  // namespace gatewayd::embedded::go
