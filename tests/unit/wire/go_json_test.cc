#include "wire/go_json.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/wire/php_values.h"

namespace gatewayd::wire::go {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Written(const Value& value) {
  std::string out;
  AppendJson(value, out);
  return out;
}

Value Parsed(std::string_view text) {
  const absl::StatusOr<Value> value = ParseJson(text);
  EXPECT_TRUE(value.ok()) << value.status() << " for " << text;
  return value.ok() ? *value : Value();
}

std::string Nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

TEST(WalkJsonTest, GivesEachTokenWithItsDepth) {
  std::vector<std::string> tokens;
  const absl::Status status =
      WalkJson(R"( {"a":[1,"x"],"b":{"c":null,"d":true,"e":false}} )", [&](const JsonToken& token) {
        constexpr const char* kNames[] = {"null", "true",   "false", "number", "string",
                                          "key",  "object", "list",  "end"};
        tokens.push_back(std::to_string(token.depth) + kNames[static_cast<int>(token.kind)] +
                         std::string(token.text));
        return std::string_view();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(tokens,
              ElementsAre("0object", "1keya", "1list", "2number1", "2stringx", "1end", "1keyb", "1object",
                          "2keyc", "2null", "2keyd", "2true", "2keye", "2false", "1end", "0end"));
}

TEST(WalkJsonTest, StopsWhereItIsToldTo) {
  int taken = 0;
  const absl::Status status = WalkJson("[1,2,3]", [&](const JsonToken&) {
    return ++taken == 3 ? std::string_view("enough") : std::string_view();
  });
  EXPECT_EQ(taken, 3);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("enough at byte "));
}

TEST(WalkJsonTest, AnErrorNamesTheByteAndQuotesNothing) {
  const absl::Status status =
      WalkJson("{\"s3cret\":\"s3cret\" s3cret}", [](const JsonToken&) { return std::string_view(); });
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(" at byte "));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
}

TEST(ParseJsonTest, EveryKindOfValue) {
  EXPECT_EQ(Parsed("null"), Null());
  EXPECT_EQ(Parsed("true"), Bool(true));
  EXPECT_EQ(Parsed("-0"), Int(0));
  EXPECT_EQ(Parsed("9223372036854775807"), Int(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(Parsed("-9223372036854775808"), Int(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(Parsed("1.0"), Real(1));
  EXPECT_EQ(Parsed("-2.5e-3"), Real(-0.0025));
  EXPECT_EQ(Parsed("1e25"), Real(1e25));
  EXPECT_EQ(Parsed("1e-999"), Real(0));
  EXPECT_EQ(Parsed("5e-324"), Real(std::numeric_limits<double>::denorm_min()));
  EXPECT_EQ(Parsed("\"\\u4f60\\n\""), Text("你\n"));
  EXPECT_EQ(Parsed("[]"), List({}));
  EXPECT_EQ(Parsed("{}"), Map({}));
  EXPECT_EQ(Parsed(R"({"1":[{"a":{}},[]],"b":null})"),
            Map({{"1", List({Map({{"a", Map({})}}), List({})})}, {"b", Null()}}));
}

TEST(ParseJsonTest, NumbersOfAnySizeAreKept) {
  for (const char* number : {"9223372036854775808", "-9223372036854775809", "18446744073709551616",
                             "123456789012345678901234567890", "1e400", "-1.5e999"}) {
    EXPECT_EQ(Parsed(number), Raw(number));
    EXPECT_EQ(Parsed("[" + std::string(number) + "]"), List({Raw(number)}));
    EXPECT_EQ(Written(Raw(number)), number);
  }
  EXPECT_EQ(Parsed("9007199254740993"), Int(9007199254740993));
}

TEST(ParseJsonTest, AKeyTwiceStaysTwice) {
  EXPECT_EQ(Parsed(R"({"a":1,"a":2})"), Map({{"a", Int(1)}, {"a", Int(2)}}));
}

TEST(ParseJsonTest, DepthIsBounded) {
  EXPECT_TRUE(ParseJson(Nested(kMaxDepth)).ok());
  EXPECT_FALSE(ParseJson(Nested(kMaxDepth + 1)).ok());
  EXPECT_FALSE(ParseJson(std::string(1'000'000, '[')).ok());
}

TEST(ParseJsonTest, WhatIsNotJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\":}",
                           "{a:1}",
                           "'a'",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "NaN",
                           "\"\x01\"",
                           "\"\xff\"",
                           "\"\xed\xa0\x80\"",
                           "\"\\ud800\"",
                           "1 2",
                           "[]]",
                           "// x\n1",
                           "nul",
                           "tru"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseJson(text).status())) << text;
  }
}

TEST(AppendJsonTest, WritesWhatIsReadAlike) {
  const std::vector<Value> values = {
      Null(),
      Bool(false),
      Int(-5),
      Int(std::numeric_limits<std::int64_t>::min()),
      Real(1),
      Real(-0.0),
      Real(0.1),
      Real(1e25),
      Real(5e-324),
      Text(""),
      Text("\"\\\n\x01你"),
      List({Int(1), List({}), Map({})}),
      Map({{"", Null()}, {"\"k\"", Real(2.5)}}),
  };
  for (const Value& value : values) {
    EXPECT_EQ(Parsed(Written(value)), value) << Written(value);
    EXPECT_EQ(
        std::signbit(std::get_if<double>(&value.data) ? std::get<double>(value.data) : 0),
        std::signbit(std::get_if<double>(&value.data) ? std::get<double>(Parsed(Written(value)).data) : 0));
  }
}

TEST(AppendJsonTest, DoublesStayDoubles) {
  EXPECT_EQ(Written(Real(1000)), "1000.0");
  EXPECT_EQ(Written(Real(0.1)), "0.1");
  EXPECT_EQ(Written(Real(1e25)), "1e+25");
}

TEST(AppendJsonTest, WhatJsonCannotSay) {
  EXPECT_EQ(Written(Real(std::numeric_limits<double>::infinity())), "null");
  EXPECT_EQ(Written(Real(std::nan(""))), "null");
  EXPECT_EQ(Written(Text("a\xff\xe4\xbd你")), "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd你\"");
  EXPECT_EQ(Written(Map({{std::int64_t{-7}, Int(1)}})), "{\"-7\":1}");
}

TEST(CheckObjectTest, OneObjectWithNumbersThatADoubleHolds) {
  for (const char* text :
       {"{}", " {} ", "{\"a\":[1,{\"b\":null}]}", "{\"a\":1e308}", "{\"a\":123456789012345678901234567890}"})
    EXPECT_TRUE(CheckObject(text).ok()) << text;
  for (const char* text : {"", "null", "[]", "{}{}", "{", "1", "{\"a\":1e309}", "{\"a\":-1e309}"})
    EXPECT_TRUE(absl::IsInvalidArgument(CheckObject(text))) << text;
  EXPECT_FALSE(CheckObject("{\"a\":" + std::string(400, '9') + "}").ok());
}

TEST(IsUtf8Test, WellFormedCharactersAlone) {
  for (const char* text :
       {"", "a", "\x7f", "é", "你", "\xed\x9f\xbf", "\xee\x80\x80", "👋", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(IsUtf8(text)) << text;
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe4\xbd",
                           "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

}  // namespace
}  // namespace gatewayd::wire::go
