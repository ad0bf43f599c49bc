// php::Reader over whole values: Skip, ReadValue, and Unserialize, which is made of it.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/wire/php_values.h"
#include "wire/php_serialize.h"

namespace gatewayd::wire::php {
namespace {

using ::testing::HasSubstr;

// True where Skip takes all of `bytes`.
bool Skips(std::string_view bytes) {
  Reader reader(bytes);
  std::string_view value;
  return reader.Skip(&value) && reader.AtEnd() && value == bytes;
}

std::string ErrorOf(std::string_view bytes) {
  EXPECT_FALSE(Skips(bytes)) << bytes;
  const absl::StatusOr<Value> value = Unserialize(bytes);
  EXPECT_TRUE(absl::IsDataLoss(value.status())) << bytes << value.status();
  return std::string(value.status().message());
}

struct Example {
  std::string bytes;
  Value value;
};

const std::vector<Example>& Examples() {
  static const auto& examples = *new std::vector<Example>{
      {"N;", Null()},
      {"b:1;", Bool(true)},
      {"i:-5;", Int(-5)},
      {"d:0.1;", Real(0.1)},
      {"s:4:\"Zo\xc3\xab\";", Text("Zoë")},
      {"a:0:{}", List({})},
      {"a:2:{i:0;i:7;i:1;N;}", List({Int(7), Null()})},
      {"a:2:{i:1;i:7;i:0;N;}", Map({{std::int64_t{1}, Int(7)}, {std::int64_t{0}, Null()}})},
      {"a:1:{i:1;N;}", Map({{std::int64_t{1}, Null()}})},
      {"a:2:{i:0;N;s:1:\"k\";N;}", Map({{std::int64_t{0}, Null()}, {"k", Null()}})},
      {"a:1:{s:1:\"k\";a:1:{i:0;a:1:{s:4:\"deep\";s:3:\"值\";}}}",
       Map({{"k", List({Map({{"deep", Text("值")}})})}})},
      // What is not modelled keeps its exact bytes, wherever it stands. PHP 8.2 wrote these.
      {"O:8:\"stdClass\":1:{s:1:\"a\";i:1;}", Raw("O:8:\"stdClass\":1:{s:1:\"a\";i:1;}")},
      {"C:2:\"C2\":3:{x}y}", Raw("C:2:\"C2\":3:{x}y}")},
      {"E:6:\"Suit:H\";", Raw("E:6:\"Suit:H\";")},
      {"S:2:\"a\\41\";", Raw("S:2:\"a\\41\";")},
      {"a:2:{i:0;E:6:\"Suit:H\";i:1;r:2;}", List({Raw("E:6:\"Suit:H\";"), Raw("r:2;")})},
      {"a:2:{s:1:\"k\";i:1;s:4:\"self\";R:2;}", Map({{"k", Int(1)}, {"self", Raw("R:2;")}})},
      {"a:1:{i:0;O:1:\"P\":1:{s:1:\"y\";a:1:{i:0;d:1.5;}}}",
       List({Raw("O:1:\"P\":1:{s:1:\"y\";a:1:{i:0;d:1.5;}}")})},
  };
  return examples;
}

TEST(UnserializeTest, ReadsEveryKindOfValue) {
  for (const Example& example : Examples()) {
    const absl::StatusOr<Value> value = Unserialize(example.bytes);
    ASSERT_TRUE(value.ok()) << example.bytes << value.status();
    EXPECT_EQ(*value, example.value) << example.bytes;
  }
}

TEST(UnserializeTest, SerializeGivesTheSameBytes) {
  for (const Example& example : Examples()) {
    std::string bytes;
    Serialize(example.value, bytes);
    EXPECT_EQ(bytes, example.bytes);
  }
}

TEST(UnserializeTest, KeysAreCanonical) {
  EXPECT_EQ(*Unserialize("a:2:{s:1:\"0\";N;s:1:\"1\";N;}"), List({Null(), Null()}));
  EXPECT_EQ(*Unserialize("a:1:{s:2:\"-5\";N;}"), Map({{std::int64_t{-5}, Null()}}));
}

TEST(UnserializeTest, AKeyThatStandsTwiceStaysTwice) {
  EXPECT_EQ(*Unserialize("a:2:{i:0;i:1;i:0;i:2;}"),
            Map({{std::int64_t{0}, Int(1)}, {std::int64_t{0}, Int(2)}}));
}

TEST(UnserializeTest, RefusesWhatFollows) {
  EXPECT_EQ(Unserialize("N;N;").status().message(), "more follows at byte 2");
  EXPECT_EQ(Unserialize("a:0:{};").status().message(), "more follows at byte 6");
}

TEST(SkipTest, PassesOverEveryKindOfValue) {
  for (const Example& example : Examples())
    EXPECT_TRUE(Skips(example.bytes)) << example.bytes;
}

TEST(SkipTest, LeavesWhatFollows) {
  Reader reader("a:1:{i:0;N;}i:7;");
  std::string_view bytes;
  ASSERT_TRUE(reader.Skip(&bytes));
  EXPECT_EQ(bytes, "a:1:{i:0;N;}");
  std::int64_t number = 0;
  EXPECT_TRUE(reader.ReadInt(&number));
}

TEST(SkipTest, EveryTruncationIsRefused) {
  for (const Example& example : Examples()) {
    for (std::size_t size = 0; size < example.bytes.size(); ++size) {
      // A copy of exactly that size, so that a sanitizer sees any read past it.
      const std::vector<char> part(example.bytes.begin(),
                                   example.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      ErrorOf({part.data(), part.size()});
    }
  }
}

TEST(SkipTest, EveryOtherByteIsRefusedOrStillWhole) {
  // Not a crash, and the two walks agree, whichever byte is changed to whichever value.
  const std::string bytes =
      "a:3:{i:0;O:1:\"P\":1:{s:1:\"y\";d:1.5;}i:1;r:2;s:1:\"k\";a:1:{i:0;S:1:\"\\41\";}}";
  ASSERT_TRUE(Skips(bytes));
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = bytes;
      changed[place] = static_cast<char>(byte);
      EXPECT_EQ(Skips(changed), Unserialize(changed).ok()) << changed;
    }
  }
}

TEST(SkipTest, RefusesMalformedObjects) {
  struct Case {
    const char *bytes, *what;
  };
  for (const Case& c : {
           Case{"O:0:\"\":0:{}", "a class has no name"},
           Case{"O:3:\"a;b\":0:{}", "a class has no name"},
           Case{"O:+1:\"A\":0:{}", "expected digits"},
           Case{"O:1:\"A\":1:{}", "neither int nor string"},
           Case{"O:1:\"A\":1:{N;N;}", "neither int nor string"},
           Case{"O:1:\"A\":99999999999:{}", "neither int nor string"},
           Case{"O:1:\"A\":0:{i:0;N;}", "expected }"},
           Case{"C:1:\"A\":9:{x}", "past the end"},
           Case{"C:1:\"A\":1:{xy}", "expected }"},
           Case{"C:1:\"A\":18446744073709551615:{x}", "past the end"},
           Case{"C:1:\"A\":1:{", "past the end"},
           Case{"E:3:\"A B\";", "a class has no name"},
           Case{"E:6:\"Suit:H\"", "expected ;"},
           Case{"E:4:\"Suit\";", "an enum without a case"},
           Case{"S:1:\"\\4\";", "hex digit"},
           Case{"S:3:\"\\41\";", "expected \""},
           Case{"X;", "expected a value"},
           Case{"", "expected a value"},
           Case{"}", "expected a value"},
       }) {
    EXPECT_THAT(ErrorOf(c.bytes), HasSubstr(c.what)) << c.bytes;
  }
}

TEST(SkipTest, ReferencesNameWhatCameBefore) {
  for (const char* bytes : {
           "a:2:{i:0;O:1:\"A\":0:{}i:1;r:2;}",
           "a:2:{i:0;O:1:\"A\":1:{s:2:\"me\";r:2;}i:1;R:2;}",
           "a:3:{i:0;i:5;i:1;R:2;i:2;O:1:\"A\":1:{i:0;r:3;}}",  // R takes no number of its own
           "a:4:{i:0;O:1:\"A\":0:{}i:1;r:2;i:2;O:1:\"B\":0:{}i:3;r:4;}",
       }) {
    EXPECT_TRUE(Skips(bytes)) << bytes;
    EXPECT_TRUE(Unserialize(bytes).ok()) << bytes;
  }
  for (const char* bytes : {
           "r:1;",
           "R:1;",
           "a:1:{i:0;r:0;}",
           "a:1:{i:0;R:0;}",
           "a:1:{i:0;r:9;}",
           "a:1:{i:0;R:9;}",
           "a:1:{i:0;r:1;}",          // r must name an object
           "a:2:{i:0;i:5;i:1;r:2;}",  // the same
           "a:1:{i:0;r:18446744073709551616;}",
       }) {
    ErrorOf(bytes);
  }
}

// `depth` arrays, each the only value of the one before.
std::string Nested(int depth) {
  std::string bytes;
  for (int i = 0; i < depth; ++i)
    bytes += "a:1:{i:0;";
  bytes += "N;";
  return bytes + std::string(static_cast<std::size_t>(depth), '}');
}

TEST(DepthTest, IsBoundedAlikeEverywhere) {
  EXPECT_TRUE(Skips(Nested(kMaxDepth)));
  EXPECT_TRUE(Unserialize(Nested(kMaxDepth)).ok());
  EXPECT_TRUE(CheckWholeArray(Nested(kMaxDepth)).ok());
  EXPECT_THAT(ErrorOf(Nested(kMaxDepth + 1)), HasSubstr("nested too deep"));
  EXPECT_FALSE(CheckWholeArray(Nested(kMaxDepth + 1)).ok());
  EXPECT_THAT(ErrorOf(Nested(100000)), HasSubstr("nested too deep"));
}

TEST(DepthTest, ObjectsCountToo) {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i)
      bytes += i % 2 == 0 ? "a:1:{i:0;" : "O:1:\"A\":1:{i:0;";
    return bytes + "N;" + std::string(static_cast<std::size_t>(depth), '}');
  };
  EXPECT_TRUE(Skips(nested(kMaxDepth)));
  EXPECT_TRUE(Unserialize(nested(kMaxDepth)).ok());
  EXPECT_THAT(ErrorOf(nested(kMaxDepth + 1)), HasSubstr("nested too deep"));
}

TEST(BoundsTest, NestedCountsReserveLittle) {
  // 128 arrays that each claim as many entries as the padding could hold: about 20 GB if they were believed.
  const std::string padding(1 << 20, 'x');
  std::string bytes;
  for (int i = 0; i < kMaxDepth; ++i)
    absl::StrAppend(&bytes, "a:", padding.size() / 8, ":{i:0;");
  EXPECT_THAT(ErrorOf(bytes + padding), HasSubstr("expected a value"));
}

TEST(BoundsTest, ManyEntriesAreRead) {
  std::string bytes = "a:100000:{";
  for (int i = 0; i < 100000; ++i)
    absl::StrAppend(&bytes, "i:", i, ";N;");
  bytes += "}";
  const absl::StatusOr<Value> value = Unserialize(bytes);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(std::get<Array>(value->data).entries.size(), 100000u);
  EXPECT_TRUE(std::get<Array>(value->data).is_list);
}

TEST(ReaderPlainTest, TellsWhetherOnlyPlainValuesWerePassed) {
  for (const Example& example : Examples()) {
    Reader reader(example.bytes);
    std::string_view bytes;
    ASSERT_TRUE(reader.Skip(&bytes));
    const bool plain = example.bytes.find_first_of("OCESrR") == std::string::npos;
    EXPECT_EQ(reader.is_plain(), plain) << example.bytes;
  }
}

}  // namespace
}  // namespace gatewayd::wire::php
