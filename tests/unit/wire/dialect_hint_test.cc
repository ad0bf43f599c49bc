#include "wire/dialect_hint.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/wire/vectors.h"
#include "wire/dialect.h"

namespace gatewayd::wire {
namespace {

using ::testing::HasSubstr;

TEST(DialectHintTest, EveryRecordedPacketIsTakenForItsOwnDialect) {
  int go = 0;
  for (const boost::json::object& line : ReadVectors("go/frames.jsonl")) {
    const std::string bytes = BytesAt(line, "raw_hex");
    EXPECT_TRUE(LooksLikeGoPacket(bytes));
    EXPECT_FALSE(LooksLikePhpPacket(bytes));
    ++go;
  }
  EXPECT_EQ(go, 300);
  int php = 0;
  for (const boost::json::object& line : ReadVectors("php/calls.jsonl")) {
    if (!line.contains("packets")) continue;
    for (const boost::json::value& packet : line.at("packets").as_array()) {
      const std::string bytes = BytesAt(packet.as_object(), "hex");
      EXPECT_TRUE(LooksLikePhpPacket(bytes));
      EXPECT_FALSE(LooksLikeGoPacket(bytes));
      ++php;
    }
  }
  EXPECT_GT(php, 200);
}

TEST(DialectHintTest, EveryRecordedRegisterLineIsTakenForItsOwnDialect) {
  for (const boost::json::object& line : ReadVectors("go/register.jsonl")) {
    if (line.contains("closed")) continue;
    std::string text = BytesAt(line, "raw_hex");
    text.pop_back();
    EXPECT_TRUE(LooksLikeGoRegisterLine(text));
    EXPECT_FALSE(LooksLikePhpRegisterLine(text));
  }
  for (const boost::json::object& line : ReadVectors("php/register.jsonl")) {
    std::string text = StringAt(line, "text");
    text.pop_back();
    EXPECT_TRUE(LooksLikePhpRegisterLine(text));
    EXPECT_FALSE(LooksLikeGoRegisterLine(text));
  }
}

TEST(DialectHintTest, TheFirstAnswerOfAPhpLinkTellsAGoGateway) {
  const auto go = GoDialect().NewPacketCodec("secret");
  std::string bytes;
  go->AppendFrame({.command = Command::kPing}, bytes);
  const auto php = PhpDialect().NewPacketCodec("secret");
  const Packet packet = php->Next(bytes, LinkRole::kQueries, 4);
  EXPECT_EQ(packet.kind, Packet::Kind::kMalformed);
  EXPECT_THAT(packet.error, HasSubstr(std::string(kLooksLikeGo)));
}

// What somebody stored as a session is no reason to close a link that others share.
TEST(DialectHintTest, ALaterAnswerMayHoldAnything) {
  const auto php = PhpDialect().NewPacketCodec("secret");
  EXPECT_EQ(php->Next(std::string("\0\0\0\4i:1;", 8), LinkRole::kQueries, 100).kind, Packet::Kind::kAnswer);
  const std::string garbage = std::string("\0\0\0\x20", 4) + std::string(32, '\x9c');
  EXPECT_EQ(php->Next(garbage, LinkRole::kQueries, 100).kind, Packet::Kind::kAnswer);
}

TEST(DialectHintTest, APhpEventLinkTellsAGoGateway) {
  const std::string bytes = std::string("\0\0\0\x30", 4) + std::string(48, '\xee');
  const Packet packet = PhpDialect().NewPacketCodec("")->Next(bytes, LinkRole::kEvents, 1000);
  EXPECT_EQ(packet.kind, Packet::Kind::kMalformed);
  EXPECT_THAT(packet.error, HasSubstr(std::string(kLooksLikeGo)));
}

TEST(DialectHintTest, APhpDaemonIsToldOfAGoRegister) {
  std::string line = GoDialect().EncodeRegisterLine("{\"event\":\"broadcast_addresses\"}", "secret");
  line.pop_back();
  const absl::Status status = PhpDialect().DecodeRegisterLine(line, "secret").status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(kLooksLikeGo)));
}

TEST(DialectHintTest, ShortAndStrangeBytesAreNeither) {
  for (const std::string& bytes : {std::string(), std::string("\0\0\0", 3), std::string("\0\0\0\x30", 4),
                                   std::string("HTTP/1.1 400 Bad Request"), std::string(40, '\xff')}) {
    EXPECT_FALSE(LooksLikeGoPacket(bytes)) << bytes;
    EXPECT_FALSE(LooksLikePhpPacket(bytes)) << bytes;
  }
}

}  // namespace
}  // namespace gatewayd::wire
