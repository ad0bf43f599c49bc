// php::Reader, one part at a time. Whole values: php_value_reader_test.cc.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "wire/php_serialize.h"

namespace gatewayd::wire::php {
namespace {

using ::testing::HasSubstr;

// Calls `read` on `bytes` followed by more, and expects it to consume `bytes` and nothing else.
template <typename Read>
void ExpectConsumes(const std::string& bytes, Read read) {
  const std::string more = bytes + "N;";
  Reader reader(more);
  EXPECT_TRUE(read(reader)) << bytes << ": " << reader.error();
  EXPECT_EQ(reader.position(), bytes.size()) << bytes;
  EXPECT_FALSE(reader.AtEnd());
  EXPECT_EQ(reader.error(), "");
}

// Expects `read` to refuse `bytes`, and to say why.
template <typename Read>
void ExpectRefuses(const std::string& bytes, Read read, const std::string& why = "") {
  Reader reader(bytes);
  EXPECT_FALSE(read(reader)) << bytes;
  EXPECT_THAT(reader.error(), HasSubstr(why)) << bytes;
  EXPECT_NE(reader.error(), "") << bytes;
}

// Expects `read` to refuse every part of `bytes`, however short.
template <typename Read>
void ExpectRefusesTruncations(const std::string& bytes, Read read) {
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ExpectRefuses(bytes.substr(0, size), read);
}

TEST(ReaderTest, PeeksWithoutMoving) {
  Reader reader("i:5;");
  EXPECT_EQ(reader.Peek(), 'i');
  EXPECT_EQ(reader.Peek(), 'i');
  std::int64_t value = 0;
  ASSERT_TRUE(reader.ReadInt(&value));
  EXPECT_EQ(reader.Peek(), '\0');
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_TRUE(Reader("").AtEnd());
}

TEST(ReaderTest, ReadsNull) {
  const auto read = [](Reader& reader) { return reader.ReadNull(); };
  ExpectConsumes("N;", read);
  ExpectRefusesTruncations("N;", read);
  ExpectRefuses("n;", read, "expected N; at byte 0");
}

TEST(ReaderTest, ReadsBool) {
  bool value = false;
  const auto read = [&](Reader& reader) { return reader.ReadBool(&value); };
  ExpectConsumes("b:1;", read);
  EXPECT_TRUE(value);
  ExpectConsumes("b:0;", read);
  EXPECT_FALSE(value);
  ExpectRefusesTruncations("b:1;", read);
  for (const char* bytes : {"b:2;", "b:01;", "b:;", "b:-1;", "i:1;"})
    ExpectRefuses(bytes, read);
}

TEST(ReaderTest, ReadsInt) {
  struct Case {
    const char* bytes;
    std::int64_t value;
  };
  std::int64_t value = 0;
  const auto read = [&](Reader& reader) { return reader.ReadInt(&value); };
  for (const Case& c : {
           Case{"i:0;", 0},
           Case{"i:-5;", -5},
           Case{"i:+5;", 5},
           Case{"i:-0;", 0},
           Case{"i:007;", 7},
           Case{"i:9223372036854775807;", std::numeric_limits<std::int64_t>::max()},
           Case{"i:-9223372036854775808;", std::numeric_limits<std::int64_t>::min()},
       }) {
    ExpectConsumes(c.bytes, read);
    EXPECT_EQ(value, c.value) << c.bytes;
  }
  ExpectRefusesTruncations("i:-12;", read);
  for (const char* bytes :
       {"i:;", "i:-;", "i:+;", "i:+-5;", "i:--5;", "i: 5;", "i:5 ;", "i:0x5;", "d:5;", "s:1:\"5\";"}) {
    ExpectRefuses(bytes, read);
  }
  ExpectRefuses("i:9223372036854775808;", read, "out of range");
  ExpectRefuses("i:-9223372036854775809;", read, "out of range");
}

TEST(ReaderTest, ReadsDouble) {
  struct Case {
    const char* bytes;
    double value;
  };
  double value = 0;
  const auto read = [&](Reader& reader) { return reader.ReadDouble(&value); };
  for (const Case& c : {
           Case{"d:0.1;", 0.1},
           Case{"d:-1.5;", -1.5},
           Case{"d:+1.5;", 1.5},
           Case{"d:3;", 3.0},
           Case{"d:.5;", 0.5},
           Case{"d:5.;", 5.0},
           Case{"d:1e5;", 1e5},
           Case{"d:1.0E+25;", 1e25},
           Case{"d:1.5E-10;", 1.5e-10},
           Case{"d:5.0E-324;", 5e-324},
           Case{"d:INF;", std::numeric_limits<double>::infinity()},
           Case{"d:-INF;", -std::numeric_limits<double>::infinity()},
       }) {
    ExpectConsumes(c.bytes, read);
    EXPECT_EQ(value, c.value) << c.bytes;
  }
  ExpectConsumes("d:NAN;", read);
  EXPECT_TRUE(std::isnan(value));
  ExpectConsumes("d:-0;", read);
  EXPECT_TRUE(value == 0 && std::signbit(value));
  ExpectRefusesTruncations("d:-1.5E+25;", read);
  for (const char* bytes :
       {"d:;", "d:.;", "d:-;", "d:e5;", "d:1e;", "d:1e+;", "d:1.5.5;", "d:+INF;", "d:-NAN;", "d:nan;",
        "d:inf;", "d:infinity;", "d:0x1p3;", "d: 1;", "d:1 ;", "d:--1;", "i:1;"}) {
    ExpectRefuses(bytes, read);
  }
  ExpectRefuses("d:1e400;", read, "out of range");
}

TEST(ReaderTest, ReadsStringsOfAnyBytes) {
  std::string_view value;
  const auto read = [&](Reader& reader) { return reader.ReadString(&value); };
  for (const std::string& text :
       std::vector<std::string>{"", "abc", "\";", std::string("\0\xff", 2), "用户"}) {
    const std::string bytes = "s:" + std::to_string(text.size()) + ":\"" + text + "\";";
    Reader reader(bytes);
    ASSERT_TRUE(reader.ReadString(&value)) << reader.error();
    EXPECT_EQ(value, text);
    EXPECT_TRUE(reader.AtEnd());
    EXPECT_EQ(value.data(), bytes.data() + bytes.find('"') + 1);  // borrowed
    ExpectRefusesTruncations(bytes, read);
  }
  ExpectConsumes("s:01:\"a\";", read);
}

TEST(ReaderTest, RefusesLyingLengths) {
  std::string_view value;
  const auto read = [&](Reader& reader) { return reader.ReadString(&value); };
  ExpectRefuses("s:2:\"a\";", read);
  ExpectRefuses("s:0:\"a\";", read, "expected \"");
  ExpectRefuses("s:4:\"a\";", read, "past the end");
  ExpectRefuses("s:9999999999:\"a\";", read, "a length reaches past the end");
  ExpectRefuses("s:18446744073709551615:\"a\";", read, "a length reaches past the end");
  ExpectRefuses("s:18446744073709551616:\"a\";", read, "too large");
  for (const char* bytes :
       {"s:-1:\"a\";", "s:+1:\"a\";", "s::\"a\";", "s:1:'a';", "s:1:\"a\"", "S:1:\"a\";"}) {
    ExpectRefuses(bytes, read);
  }
}

TEST(ReaderTest, ReadsTextOfEitherType) {
  std::string value;
  const auto read = [&](Reader& reader) { return reader.ReadText(&value); };
  ExpectConsumes("i:1001;", read);
  EXPECT_EQ(value, "1001");
  ExpectConsumes("i:-5;", read);
  EXPECT_EQ(value, "-5");
  ExpectConsumes("s:3:\"007\";", read);
  EXPECT_EQ(value, "007");
  for (const char* bytes : {"N;", "b:1;", "d:1;", "a:0:{}", "", "i:x;", "s:9:\"\";"})
    ExpectRefuses(bytes, read);
}

TEST(ReaderTest, ReadsKeysAsPhpKeepsThem) {
  Key key;
  const auto read = [&](Reader& reader) { return reader.ReadKey(&key); };
  ExpectConsumes("i:7;", read);
  EXPECT_EQ(key, Key(std::int64_t{7}));
  ExpectConsumes("s:1:\"7\";", read);
  EXPECT_EQ(key, Key(std::int64_t{7}));
  ExpectConsumes("s:2:\"07\";", read);
  EXPECT_EQ(key, Key("07"));
  for (const char* bytes : {"N;", "b:1;", "d:1;", "a:0:{}", ""})
    ExpectRefuses(bytes, read, "neither int nor string");
}

TEST(ReaderTest, OpensAndClosesArrays) {
  Reader reader("a:2:{i:0;i:7;i:1;i:8;}");
  std::size_t count = 0;
  ASSERT_TRUE(reader.OpenArray(&count));
  EXPECT_EQ(count, 2u);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t key = 0;
    std::int64_t value = 0;
    ASSERT_TRUE(reader.ReadInt(&key) && reader.ReadInt(&value));
    sum += value;
  }
  EXPECT_EQ(sum, 15);
  EXPECT_TRUE(reader.CloseArray());
  EXPECT_TRUE(reader.AtEnd());
}

TEST(ReaderTest, RefusesCountsThatCannotFit) {
  std::size_t count = 0;
  const auto read = [&](Reader& reader) { return reader.OpenArray(&count); };
  ExpectRefuses("a:1:{i:0;N", read, "larger than what follows");
  ExpectRefuses("a:2:{i:0;N;}", read, "larger than what follows");
  ExpectRefuses("a:99999999:{", read, "larger than what follows");
  ExpectRefuses("a:18446744073709551615:{}", read, "larger than what follows");
  ExpectRefuses("a:18446744073709551616:{}", read, "too large");
  ExpectRefusesTruncations("a:0:{", read);
  for (const char* bytes : {"a:-1:{}", "a:+1:{i:0;N;}", "a::{}", "a:0:[]", "A:0:{}"})
    ExpectRefuses(bytes, read);
}

TEST(ReaderTest, TheFirstFailureIsTheOneTold) {
  Reader reader("i:x;");
  std::int64_t value = 0;
  EXPECT_FALSE(reader.ReadInt(&value));
  EXPECT_FALSE(reader.ReadNull());
  EXPECT_EQ(reader.error(), "expected digits at byte 2");
}

}  // namespace
}  // namespace gatewayd::wire::php
