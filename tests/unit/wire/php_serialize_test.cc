#include "wire/php_serialize.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/wire/php_values.h"

namespace gatewayd::wire::php {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kMinInt = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMaxInt = std::numeric_limits<std::int64_t>::max();

std::string Serialized(const Value& value) {
  std::string out = "x";  // what stands before must stay
  Serialize(value, out);
  EXPECT_EQ(out.front(), 'x');
  return out.substr(1);
}

struct Example {
  Value value;
  std::string bytes;
};

// What serialize() of PHP 8.2 writes.
TEST(SerializeTest, WritesWhatPhpWrites) {
  const std::string binary("\xff\x00\"", 3);
  for (const Example& example : {
           Example{Null(), "N;"},
           Example{Bool(false), "b:0;"},
           Example{Bool(true), "b:1;"},
           Example{Int(0), "i:0;"},
           Example{Int(-5), "i:-5;"},
           Example{Int(kMaxInt), "i:9223372036854775807;"},
           Example{Int(kMinInt), "i:-9223372036854775808;"},
           Example{Text(""), "s:0:\"\";"},
           Example{Text("Zoë"), "s:4:\"Zoë\";"},
           Example{Text(binary), "s:3:\"" + binary + "\";"},
           Example{List({}), "a:0:{}"},
           Example{List({Int(1), Text("2"), Real(3)}), "a:3:{i:0;i:1;i:1;s:1:\"2\";i:2;d:3;}"},
           Example{Map({{"a", List({})}}), "a:1:{s:1:\"a\";a:0:{}}"},
           Example{Map({{std::int64_t{5}, Null()}, {"k", Bool(true)}}), "a:2:{i:5;N;s:1:\"k\";b:1;}"},
           Example{Raw("O:8:\"stdClass\":0:{}"), "O:8:\"stdClass\":0:{}"},
           Example{List({Raw("E:6:\"Suit:H\";")}), "a:1:{i:0;E:6:\"Suit:H\";}"},
       }) {
    EXPECT_EQ(Serialized(example.value), example.bytes);
  }
}

TEST(SerializeTest, KeysOfAListAreItsPositions) {
  // Made from a JSON array: the keys carry nothing, whatever they are.
  Array array{.entries = {{"", Int(7)}, {"", Int(8)}}, .is_list = true};
  EXPECT_EQ(Serialized({array}), "a:2:{i:0;i:7;i:1;i:8;}");
}

TEST(SerializeTest, KeysBecomeIntegersWherePhpWouldMakeThem) {
  const Value from_json = Map({{"12", Text("int key")}, {"012", Null()}, {"-5", Null()}});
  EXPECT_EQ(Serialized(from_json), "a:3:{i:12;s:7:\"int key\";s:3:\"012\";N;i:-5;N;}");
}

struct KeyExample {
  std::string text;
  Key key;
};

TEST(CanonicalKeyTest, FollowsPhp) {
  for (const KeyExample& example : {
           KeyExample{"0", std::int64_t{0}},
           KeyExample{"7", std::int64_t{7}},
           KeyExample{"-5", std::int64_t{-5}},
           KeyExample{"1001", std::int64_t{1001}},
           KeyExample{"9223372036854775807", kMaxInt},
           KeyExample{"-9223372036854775808", kMinInt},
           KeyExample{"", ""},
           KeyExample{"-", "-"},
           KeyExample{"-0", "-0"},
           KeyExample{"+5", "+5"},
           KeyExample{"00", "00"},
           KeyExample{"007", "007"},
           KeyExample{"-07", "-07"},
           KeyExample{" 5", " 5"},
           KeyExample{"5 ", "5 "},
           KeyExample{"1.5", "1.5"},
           KeyExample{"1e5", "1e5"},
           KeyExample{"--5", "--5"},
           KeyExample{"9223372036854775808", "9223372036854775808"},
           KeyExample{"-9223372036854775809", "-9223372036854775809"},
           KeyExample{"99999999999999999999999", "99999999999999999999999"},
           KeyExample{"room", "room"},
       }) {
    EXPECT_EQ(CanonicalKey(example.text), example.key) << example.text;
  }
}

struct RecordedDouble {
  std::uint64_t bits;
  const char* text;
};

// Recorded from PHP 8.2 with serialize_precision = -1.
constexpr RecordedDouble kRecordedDoubles[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "-0"},
    {0x3ff0000000000000, "1"},
    {0xbff0000000000000, "-1"},
    {0x3fb999999999999a, "0.1"},
    {0xbfb999999999999a, "-0.1"},
    {0x3fd5555555555555, "0.3333333333333333"},
    {0x3fe5555555555555, "0.6666666666666666"},
    {0x3fe0000000000000, "0.5"},
    {0x3ff8000000000000, "1.5"},
    {0x4059000000000000, "100"},
    {0x40fe240c9fbe76c9, "123456.789"},
    {0x42d6bcc41e900000, "100000000000000"},
    {0x430c6bf526340000, "1000000000000000"},
    {0x4341c37937e08000, "10000000000000000"},
    {0x4376345785d8a000, "1.0E+17"},
    {0x4376345785d8a000, "1.0E+17"},
    {0x437b69b4ba630f35, "1.2345678901234568E+17"},
    {0xc376345785d8a000, "-1.0E+17"},
    {0x4480f0cf064dd592, "1.0E+22"},
    {0x44b52d02c7e14af6, "1.0E+23"},
    {0x45208b2a2c280291, "1.0E+25"},
    {0x4311c37937e08000, "1250000000000000"},
    {0x4340000000000000, "9007199254740992"},
    {0x430c6bf52633ffff, "999999999999999.9"},
    {0x3f50624dd2f1a9fc, "0.001"},
    {0x3f1a36e2eb1c432d, "0.0001"},
    {0x3f202e4b6ce5dc68, "0.00012345"},
    {0x3ee4f8b588e368f1, "1.0E-5"},
    {0x3ee9e3abe16fc70d, "1.2345E-5"},
    {0xbde49da7e361ce4c, "-1.5E-10"},
    {0x0000000000000001, "5.0E-324"},
    {0x0010000000000000, "2.2250738585072014E-308"},
    {0x000fffffffffffff, "2.225073858507201E-308"},
    {0x7fefffffffffffff, "1.7976931348623157E+308"},
    {0x54b249ad2594c37d, "1.0E+100"},
    {0x7e41eb2d66005835, "1.5E+300"},
    {0x400921fb54442d18, "3.141592653589793"},
    {0x4005bf0a8b145769, "2.718281828459045"},
    {0x2b2bff2ee48e0530, "1.0E-100"},
    {0x4011666666666666, "4.35"},
    {0x3fd3333333333333, "0.3"},
    {0x3fd3333333333334, "0.30000000000000004"},
    {0x444b1ae4d6e2ef50, "1.0E+21"},
    {0x3ee711947cfa26a2, "1.1E-5"},
    {0x41678c29dccccccd, "12345678.9"},
    {0x4330000000000000, "4503599627370496"},
    {0x43e0000000000000, "9.223372036854776E+18"},
    {0x43f0000000000000, "1.8446744073709552E+19"},
    {0x3f0a36e2eb1c432d, "5.0E-5"},
    {0x171313cc08be475f, "1.5950727375889243E-197"},
    {0x027e2a2855158e2d, "1.1530893913858374E-296"},
    {0x3b4abea818d8c7db, "4.4245481440825906E-23"},
    {0x5ccaa286769070a6, "9.911936383699724E+138"},
    {0x35c93b500d766123, "1.3487674258201028E-49"},
    {0x3e2279a91ce4278c, "2.1508006271211163E-9"},
    {0x01a2cd3672bb4b2e, "8.773430253872976E-301"},
    {0x3e62315869c04f7e, "3.388664746042524E-8"},
    {0x788d1ed00be14796, "4.922920962697583E+272"},
    {0x6ce6da7671e1f53e, "3.939101281094112E+216"},
    {0x5d6f79c25b5c8d11, "1.1994504033037955E+142"},
    {0x0deb1046424a7fc0, "1.2683485250232728E-241"},
    {0x726b73a564879e12, "1.4643889185002244E+243"},
    {0x6db73afa4b38a273, "3.280146106634978E+220"},
};

TEST(SerializeDoubleTest, WritesWhatPhpWrites) {
  for (const RecordedDouble& recorded : kRecordedDoubles) {
    EXPECT_EQ(Serialized(Real(std::bit_cast<double>(recorded.bits))),
              "d:" + std::string(recorded.text) + ";");
  }
}

TEST(SerializeDoubleTest, ReadsBackTheSameBits) {
  for (const RecordedDouble& recorded : kRecordedDoubles) {
    const absl::StatusOr<Value> value = Unserialize("d:" + std::string(recorded.text) + ";");
    ASSERT_TRUE(value.ok()) << value.status();
    EXPECT_EQ(std::bit_cast<std::uint64_t>(std::get<double>(value->data)), recorded.bits) << recorded.text;
  }
}

TEST(SerializeDoubleTest, NamesWhatIsNotFinite) {
  EXPECT_EQ(Serialized(Real(std::numeric_limits<double>::infinity())), "d:INF;");
  EXPECT_EQ(Serialized(Real(-std::numeric_limits<double>::infinity())), "d:-INF;");
  EXPECT_EQ(Serialized(Real(std::nan(""))), "d:NAN;");
  EXPECT_EQ(Serialized(Real(-std::nan(""))), "d:NAN;");
}

TEST(SerializeStringTest, CountsBytes) {
  std::string out;
  SerializeString("用", out);
  SerializeString("", out);
  EXPECT_EQ(out, "s:3:\"用\";s:0:\"\";");
}

TEST(CheckWholeArrayTest, AcceptsAWholeArray) {
  for (const char* bytes : {
           "a:0:{}",
           "a:1:{s:4:\"name\";s:9:\"connected\";}",
           "a:2:{i:0;a:1:{i:5;d:1.5E+25;}i:1;N;}",
           // Real sessions hold these; each was written by PHP 8.2.
           "a:2:{i:0;O:1:\"P\":2:{s:1:\"x\";i:1;s:1:\"y\";a:1:{i:0;d:1.5;}}i:1;r:2;}",
           "a:2:{i:0;E:6:\"Suit:H\";i:1;r:2;}",
           "a:2:{s:1:\"k\";i:1;s:4:\"self\";R:2;}",
           "a:2:{i:0;O:8:\"stdClass\":1:{s:2:\"me\";r:2;}i:1;i:5;}",
           "a:2:{i:0;C:2:\"C2\":3:{x}y}i:1;i:1;}",
       }) {
    EXPECT_TRUE(CheckWholeArray(bytes).ok()) << bytes << CheckWholeArray(bytes);
  }
}

TEST(CheckWholeArrayTest, RefusesEverythingElse) {
  struct Case {
    const char *bytes, *what;
  };
  for (const Case& c : {
           Case{"", "not a serialized PHP array"},
           Case{"N;", "not a serialized PHP array"},
           Case{"i:5;", "not a serialized PHP array"},
           Case{"s:6:\"a:0:{}\";", "not a serialized PHP array"},
           Case{"O:8:\"stdClass\":0:{}", "not a serialized PHP array"},
           Case{"{}", "not a serialized PHP array"},
           Case{" a:0:{}", "not a serialized PHP array"},
           Case{"a", "expected a:"},
           Case{"a:0:{};", "more follows the array at byte 6"},
           Case{"a:0:{}a:0:{}", "more follows the array at byte 6"},
           Case{"a:1:{i:0;N;", "expected } at byte 11"},
           Case{"a:1:{i:0;N;i:1;N;}", "expected }"},
           Case{"a:2:{i:0;N;}", "count is larger"},
           Case{"a:1:{b:0;N;}", "a key is neither int nor string at byte 5"},
           Case{"a:1:{i:0;X;}", "expected a value at byte 9"},
       }) {
    const absl::Status status = CheckWholeArray(c.bytes);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << c.bytes << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.what)) << c.bytes;
  }
}

TEST(CheckWholeArrayTest, RefusesEveryTruncation) {
  const std::string bytes =
      "a:4:{i:0;s:3:\"abc\";s:1:\"k\";a:1:{i:-5;d:1.5E+25;}i:1;O:1:\"A\":1:{s:1:\"x\";N;}i:2;r:5;}";
  ASSERT_TRUE(CheckWholeArray(bytes).ok()) << CheckWholeArray(bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(CheckWholeArray(std::string(bytes, 0, size)).ok()) << size;
  }
}

TEST(CheckPlainArrayTest, AcceptsPlainValuesOnly) {
  EXPECT_TRUE(CheckPlainArray("a:0:{}").ok());
  EXPECT_TRUE(CheckPlainArray("a:5:{i:0;N;i:1;b:1;i:2;d:0.5;i:3;s:1:\"O\";s:1:\"C\";a:1:{i:0;i:1;}}").ok());
  for (const char* bytes : {
           "a:1:{i:0;O:8:\"DateTime\":0:{}}",  // a Gateway that merges this throws
           "a:1:{i:0;a:1:{i:0;O:1:\"A\":0:{}}}",
           "a:1:{i:0;E:6:\"Suit:H\";}",
           "a:1:{i:0;C:2:\"C2\":3:{x}y}}",
           "a:1:{i:0;R:1;}",
           "a:1:{i:0;S:1:\"a\";}",
       }) {
    EXPECT_TRUE(CheckWholeArray(bytes).ok()) << bytes;
    EXPECT_TRUE(absl::IsInvalidArgument(CheckPlainArray(bytes))) << bytes;
  }
}

TEST(CheckPlainArrayTest, IsNeverLooserThanCheckWholeArray) {
  for (const char* bytes : {"", "N;", "a:0:{};", "a:1:{i:0;N;", "O:1:\"A\":0:{}"}) {
    EXPECT_FALSE(CheckPlainArray(bytes).ok()) << bytes;
  }
}

}  // namespace
}  // namespace gatewayd::wire::php
