#include "embedded/php_values.h"

#include <gtest/gtest.h>

#include "embedded/ordered_map.h"
#include "wire/php_serialize.h"

namespace gatewayd::embedded {
namespace {

TEST(ArrayKey, BecomesWhatPhpMakesOfIt) {
  auto key = [](std::string_view json) { return php::ArrayKey(php::DecodeJson(json)); };
  EXPECT_EQ(key("7"), "7");
  EXPECT_EQ(key("\"007\""), "007");
  EXPECT_EQ(key("1.9"), "1");
  EXPECT_EQ(key("-1.9"), "-1");
  EXPECT_EQ(key("true"), "1");
  EXPECT_EQ(key("false"), "0");
  EXPECT_EQ(key("null"), "");
  EXPECT_EQ(key("[1]"), std::nullopt);
  EXPECT_EQ(key("{}"), std::nullopt);
}

TEST(IntKey, IsCanonicalDecimalWithinSixtyFourBits) {
  for (std::string_view yes : {"0", "7", "-5", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TRUE(php::IsIntKey(yes)) << yes;
  }
  for (std::string_view no : {"", "-", "007", "-0", "+1", " 1", "1 ", "1.5", "9223372036854775808", "1e3",
                              "-9223372036854775809"}) {
    EXPECT_FALSE(php::IsIntKey(no)) << no;
  }
}

TEST(IsTrue, IsPhpsCast) {
  for (std::string_view no : {"null", "false", "0", "0.0", "\"\"", "\"0\"", "[]", "{}", "rubbish", ""}) {
    EXPECT_FALSE(php::IsTrue(php::DecodeJson(no))) << no;
  }
  for (std::string_view yes : {"true", "1", "0.1", "\"00\"", "[0]", "{\"a\":0}", " 1 "}) {
    EXPECT_TRUE(php::IsTrue(php::DecodeJson(yes))) << yes;
  }
}

std::string Encoded(std::string_view serialized) {
  return php::EncodeJson(*wire::php::Unserialize(serialized)).value_or("(false)");
}

TEST(EncodeJson, WritesAsPhpDoes) {
  EXPECT_EQ(Encoded("a:2:{i:0;d:1;i:1;d:0.1;}"), "[1,0.1]");
  EXPECT_EQ(Encoded("a:1:{i:1;i:1;}"), "{\"1\":1}");
  EXPECT_EQ(Encoded("s:4:\"\"\\/\x01\";"), "\"\\\"\\\\\\/\\u0001\"");
  EXPECT_EQ(Encoded("s:3:\"\xe2\x80\xa8\";"), "\"\\u2028\"");
  EXPECT_EQ(Encoded("s:4:\"\xf0\x9f\x98\x80\";"), "\"\xf0\x9f\x98\x80\"");
  EXPECT_EQ(Encoded("b:0;"), "false");
  for (std::string_view bad : {"d:INF;", "s:1:\"\xff\";", "s:3:\"\xed\xa0\x80\";", "s:2:\"\xc0\x80\";"}) {
    EXPECT_EQ(Encoded(bad), "(false)");
  }
}

TEST(OrderedMap, KeepsTheOrderOfInsertion) {
  OrderedMap<std::string, int> map;
  map["b"] = 1;
  map["a"] = 2;
  map["b"] = 3;
  std::string order;
  for (const auto& [key, value] : map)
    order += key + std::to_string(value);
  EXPECT_EQ(order, "b3a2");
  EXPECT_TRUE(map.Erase(std::string_view("b")));
  EXPECT_FALSE(map.Erase(std::string_view("b")));
  map["b"] = 4;
  EXPECT_EQ(map.begin()->first, "a");
  EXPECT_EQ(*map.Find(std::string_view("b")), 4);
  EXPECT_EQ(map.Find(std::string_view("c")), nullptr);
  EXPECT_EQ(map.size(), 2u);
}

}  // namespace
}  // namespace gatewayd::embedded
