#include "wire/client_id.h"

#include <set>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace gatewayd::wire {
namespace {

struct Example {
  std::string text;
  ClientId id;
};

const Example kExamples[] = {
    {"7f0000010b5400000001", {{0x7f000001, 2900}, 1}},
    {"7f0000020bb800000002", {{0x7f000002, 3000}, 2}},
    {"c0a80a0bffffffffffff", {{0xc0a80a0b, 0xffff}, 0xffffffff}},
    {"00000000000000000000", {{0, 0}, 0}},
    {"ffffffffabcd01234567", {{0xffffffff, 0xabcd}, 0x01234567}},
};

TEST(ClientIdTest, ReadsAndWrites) {
  for (const Example& example : kExamples) {
    EXPECT_EQ(ParseClientId(example.text), example.id);
    EXPECT_EQ(FormatClientId(example.id), example.text);
  }
}

TEST(ClientIdTest, AcceptsUpperCaseAndPrintsLower) {
  const auto id = ParseClientId("C0A80A0BfFfFAbCdEf12");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(FormatClientId(*id), "c0a80a0bffffabcdef12");
}

TEST(ClientIdTest, RefusesEveryOtherLength) {
  const std::string digits(40, 'a');
  for (std::size_t size = 0; size <= digits.size(); ++size) {
    EXPECT_EQ(ParseClientId(digits.substr(0, size)).has_value(), size == 20) << size;
  }
}

TEST(ClientIdTest, RefusesEveryOtherByteAtEveryPlace) {
  const std::set<char> digits = [] {
    const std::string all = "0123456789abcdefABCDEF";
    return std::set<char>(all.begin(), all.end());
  }();
  for (std::size_t place = 0; place < 20; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = "7f0000010b5400000001";
      text[place] = static_cast<char>(byte);
      EXPECT_EQ(ParseClientId(text).has_value(), digits.contains(text[place])) << place << " " << byte;
    }
  }
}

TEST(ClientIdTest, RefusesPrefixesAndBlanks) {
  for (const char* text :
       {"0x00010b540000000001", " 7f0000010b540000000", "7f0000010b540000000 ", "-f0000010b5400000001"}) {
    EXPECT_FALSE(ParseClientId(text).has_value()) << text;
  }
}

TEST(GatewayAddressTest, PrintsAsHostAndPort) {
  EXPECT_EQ(ToString({0x7f000001, 2900}), "127.0.0.1:2900");
  EXPECT_EQ(ToString({0xffffffff, 65535}), "255.255.255.255:65535");
  EXPECT_EQ(ToString({}), "0.0.0.0:0");
}

TEST(GatewayAddressTest, ComparesAndHashesByBothParts) {
  const GatewayAddress a{1, 2};
  EXPECT_EQ(a, (GatewayAddress{1, 2}));
  EXPECT_LT(a, (GatewayAddress{1, 3}));
  EXPECT_LT(a, (GatewayAddress{2, 0}));
  const absl::flat_hash_set<GatewayAddress> set = {a, {1, 3}, {2, 2}, {1, 2}};
  EXPECT_EQ(set.size(), 3u);
}

TEST(ClientIdTest, OrdersByGatewayThenConnection) {
  EXPECT_LT((ClientId{{1, 1}, 9}), (ClientId{{1, 2}, 1}));
  EXPECT_LT((ClientId{{1, 1}, 1}), (ClientId{{1, 1}, 2}));
}

}  // namespace
}  // namespace gatewayd::wire
