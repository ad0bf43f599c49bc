// The php Dialect: how packets and Register lines travel, and what it asks of sessions and names. Its answers
// are those of php_answers_test.cc, and here only shown to be wired to the right members.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/wire/php_values.h"
#include "wire/dialect.h"

namespace gatewayd::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Kind = Packet::Kind;

constexpr std::size_t kLimit = 1000;

std::string Bytes(const Frame& frame) {
  std::string bytes;
  PhpDialect().NewPacketCodec("secret")->AppendFrame(frame, bytes);
  return bytes;
}

// [u32 n][n bytes]
std::string Answer(const std::string& payload) {
  std::string bytes(4, '\0');
  bytes[2] = static_cast<char>(payload.size() >> 8);
  bytes[3] = static_cast<char>(payload.size());
  return bytes + payload;
}

Packet Next(std::string_view bytes, LinkRole role, std::size_t limit = kLimit) {
  return PhpDialect().NewPacketCodec("")->Next(bytes, role, limit);
}

TEST(PhpDialectTest, KnowsItself) {
  EXPECT_EQ(PhpDialect().kind(), DialectKind::kPhp);
  EXPECT_EQ(PhpDialect().name(), "php");
  EXPECT_EQ(PhpDialect().default_register_port(), 1236);
  EXPECT_EQ(&PhpDialect(), &PhpDialect());
}

TEST(PhpCodecTest, AFrameTravelsAsItIs) {
  const Frame frame{.command = Command::kBindUid, .connection_id = 7, .ext = "uid", .body = "b"};
  std::string plain;
  AppendFrame(frame, plain);
  EXPECT_EQ(Bytes(frame), plain);
}

TEST(PhpCodecTest, AnEventLinkCarriesFrames) {
  const Frame frame{.command = Command::kOnMessage, .ext = "session", .body = "hello"};
  const std::string bytes = Bytes(frame) + "more";
  const Packet packet = Next(bytes, LinkRole::kEvents);
  ASSERT_EQ(packet.kind, Kind::kFrame);
  EXPECT_EQ(packet.size, bytes.size() - 4);
  EXPECT_EQ(packet.frame, frame);
}

TEST(PhpCodecTest, ALengthBelowTwentyEightIsAnAnswerOnAnEventLink) {
  for (std::size_t size = 1; size < 28; ++size) {
    const std::string payload(size, 'x');
    const std::string bytes = Answer(payload) + "more";
    const Packet packet = Next(bytes, LinkRole::kEvents);
    ASSERT_EQ(packet.kind, Kind::kAnswer) << size;
    EXPECT_EQ(packet.answer, payload);
    EXPECT_EQ(packet.size, size + 4);
  }
  EXPECT_EQ(Next(Answer(std::string(28, '\0')), LinkRole::kEvents).kind, Kind::kFrame);
}

TEST(PhpCodecTest, AQueryLinkCarriesAnswersOfAnySize) {
  for (const std::size_t size : {1u, 2u, 27u, 28u, 29u, 500u}) {
    const std::string payload(size, 'x');
    const std::string bytes = Answer(payload) + Answer("i:1;");
    const Packet packet = Next(bytes, LinkRole::kQueries);
    ASSERT_EQ(packet.kind, Kind::kAnswer) << size;
    EXPECT_EQ(packet.answer, payload);
    EXPECT_EQ(packet.answer.data(), bytes.data() + 4);  // borrowed
    EXPECT_EQ(Next(std::string_view(bytes).substr(packet.size), LinkRole::kQueries).answer, "i:1;");
  }
}

TEST(PhpCodecTest, EveryTruncationIsIncomplete) {
  struct Case {
    std::string bytes;
    LinkRole role;
  };
  for (const Case& c : {
           Case{Answer("i:1;"), LinkRole::kQueries},
           Case{Answer(std::string(100, 'x')), LinkRole::kQueries},
           Case{Answer("i:1;"), LinkRole::kEvents},
           Case{Bytes(Frame{.ext = "ext", .body = "body"}), LinkRole::kEvents},
       }) {
    for (std::size_t size = 0; size < c.bytes.size(); ++size) {
      const std::vector<char> part(c.bytes.begin(), c.bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const Packet packet = Next({part.data(), part.size()}, c.role);
      EXPECT_EQ(packet.kind, Kind::kIncomplete) << size;
      EXPECT_EQ(packet.size, size < 4 ? 0 : c.bytes.size()) << size;
    }
  }
}

TEST(PhpCodecTest, AnAnswerOfNoBytesIsMalformed) {
  for (const LinkRole role : {LinkRole::kQueries, LinkRole::kEvents}) {
    const Packet packet = Next(Answer(""), role);
    EXPECT_EQ(packet.kind, Kind::kMalformed);
    EXPECT_EQ(packet.error, "an answer of no bytes");
  }
}

TEST(PhpCodecTest, AMalformedFrameSaysWhy) {
  std::string bytes = Bytes(Frame{.body = "body"});
  bytes[27] = 5;  // ext_len
  const Packet packet = Next(bytes, LinkRole::kEvents);
  EXPECT_EQ(packet.kind, Kind::kMalformed);
  EXPECT_EQ(packet.error, "ext_len reaches past the frame's end");
}

TEST(PhpCodecTest, TooLargeTellsHowMuchToPassOver) {
  const std::string answer = Answer(std::string(100, 'x'));
  EXPECT_EQ(Next(answer, LinkRole::kQueries, 100).kind, Kind::kAnswer);
  const Packet large_answer = Next(answer.substr(0, 4), LinkRole::kQueries, 99);
  EXPECT_EQ(large_answer.kind, Kind::kTooLarge);
  EXPECT_EQ(large_answer.size, 104u);

  const std::string frame = Bytes(Frame{.body = std::string_view(answer)});
  EXPECT_EQ(Next(frame, LinkRole::kEvents, frame.size()).kind, Kind::kFrame);
  const Packet large_frame = Next(frame.substr(0, 4), LinkRole::kEvents, frame.size() - 1);
  EXPECT_EQ(large_frame.kind, Kind::kTooLarge);
  EXPECT_EQ(large_frame.size, frame.size());
}

TEST(PhpCodecTest, TheLargestLengthDoesNotWrap) {
  const Packet packet = Next("\xff\xff\xff\xff", LinkRole::kQueries);
  EXPECT_EQ(packet.kind, Kind::kTooLarge);
  EXPECT_EQ(packet.size, std::size_t{0xffffffff} + 4);
}

TEST(PhpRegisterLineTest, TravelsAsItIs) {
  EXPECT_EQ(PhpDialect().EncodeRegisterLine("{\"event\":\"ping\"}", "secret"), "{\"event\":\"ping\"}\n");
  EXPECT_EQ(*PhpDialect().DecodeRegisterLine("{}", "secret"), "{}");
  EXPECT_EQ(*PhpDialect().DecodeRegisterLine("{}\r", ""), "{}");
  EXPECT_EQ(*PhpDialect().DecodeRegisterLine("\r\r", ""), "\r");
  EXPECT_EQ(*PhpDialect().DecodeRegisterLine("", ""), "");
}

TEST(PhpAnswersTest, EachMemberReadsItsAnswer) {
  const Dialect& php = PhpDialect();
  EXPECT_EQ(*php.DecodeCount("i:3;"), 3u);
  EXPECT_THAT(*php.DecodeConnectionIds("a:1:{i:0;i:3;}"), ElementsAre(3u));
  EXPECT_THAT(*php.DecodeConnectionIdsByUid("a:1:{i:7;a:1:{i:0;i:3;}}"),
              ElementsAre(Pair("7", ElementsAre(3u))));
  EXPECT_THAT(*php.DecodeCountsByGroup("a:1:{i:7;i:3;}"), ElementsAre(Pair("7", 3u)));
  EXPECT_THAT(*php.DecodeGroups("a:1:{i:0;i:7;}"), ElementsAre("7"));
  EXPECT_EQ(*php.DecodeSession("N;"), std::nullopt);
  EXPECT_EQ(*php.DecodeSession("a:0:{}"), "a:0:{}");
  int visited = 0;
  EXPECT_TRUE(php.VisitSessions("a:1:{i:3;s:0:\"\";}", [&](const ClientSession&) { ++visited; }).ok());
  EXPECT_TRUE(php.VisitSelected("a:1:{i:3;a:0:{}}", [&](const SelectedClient&) { ++visited; }).ok());
  EXPECT_EQ(visited, 2);
}

TEST(PhpSessionTest, DecodesArrays) {
  const Dialect& php = PhpDialect();
  EXPECT_EQ(*php.DecodeSessionValue(""), List({}));  // no session
  EXPECT_EQ(*php.DecodeSessionValue("a:0:{}"), List({}));
  EXPECT_EQ(*php.DecodeSessionValue("a:1:{s:4:\"name\";s:4:\"Zoë\";}"), Map({{"name", Text("Zoë")}}));
}

TEST(PhpSessionTest, AStoredSessionThatIsNoArrayIsDataLoss) {
  for (const char* stored : {"N;", "i:5;", "O:1:\"A\":0:{}", "garbage", "a:0:{};"}) {
    const absl::Status status = PhpDialect().DecodeSessionValue(stored).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << stored << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("stored session: ")) << stored;
  }
}

TEST(PhpSessionTest, EncodesAsPhpWould) {
  EXPECT_EQ(PhpDialect().EncodeSessionValue(List({})), "a:0:{}");
  EXPECT_EQ(PhpDialect().EncodeSessionValue(Map({{"12", Int(1)}, {"k", Null()}})),
            "a:2:{i:12;i:1;s:1:\"k\";N;}");
}

TEST(PhpSessionTest, SurvivesACopyWhateverItHolds) {
  const std::string stored = "a:2:{i:0;O:1:\"P\":1:{s:1:\"x\";d:1.5;}i:1;r:2;}";
  EXPECT_EQ(PhpDialect().EncodeSessionValue(*PhpDialect().DecodeSessionValue(stored)), stored);
}

TEST(PhpSessionTest, OnlyWholeArraysMayBeStored) {
  EXPECT_TRUE(PhpDialect().CheckSession("a:0:{}").ok());
  EXPECT_TRUE(PhpDialect().CheckSession("a:1:{i:0;O:1:\"A\":0:{}}").ok());
  for (const char* stored : {"", "N;", "i:5;", "{}", "a:0:{}x", "a:1:{i:0;N;"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(PhpDialect().CheckSession(stored))) << stored;
  }
}

TEST(PhpSessionTest, OnlyPlainArraysMayBeMerged) {
  EXPECT_TRUE(PhpDialect().CheckSessionUpdate("a:1:{s:3:\"age\";i:31;}").ok());
  for (const char* stored : {"", "N;", "a:1:{i:0;O:1:\"A\":0:{}}", "a:1:{i:0;R:1;}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(PhpDialect().CheckSessionUpdate(stored))) << stored;
  }
}

TEST(PhpNameTest, WhatPhpTakesForEmptyIsUnusable) {
  EXPECT_FALSE(PhpDialect().IsUsableName(""));
  EXPECT_FALSE(PhpDialect().IsUsableName("0"));
  for (const char* name : {"00", "0.0", " ", "1001", "false", "用户"})
    EXPECT_TRUE(PhpDialect().IsUsableName(name)) << name;
}

TEST(PhpKickTest, NoMessageIsANullBody) {
  Frame kick{
      .command = Command::kKick, .connection_id = 2, .flag = kFlagScalarBody | kFlagRaw, .body = "bye"};
  PhpDialect().SetNoMessage(kick);
  EXPECT_EQ(kick.body, "N;");
  EXPECT_EQ(kick.flag, kFlagRaw);
  EXPECT_EQ(kick.connection_id, 2u);
}

}  // namespace
}  // namespace gatewayd::wire
