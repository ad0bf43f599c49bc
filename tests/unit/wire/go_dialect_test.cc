// The go Dialect: packets, Register lines, and what it asks of sessions and names. Its answers are those of
// go_answers_test.cc, and here only shown to be wired to the right members.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/wire/php_values.h"
#include "wire/dialect.h"
#include "wire/dialect_hint.h"
#include "wire/go_packet.h"

namespace gatewayd::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using Kind = Packet::Kind;

constexpr std::size_t kLimit = 1000;
constexpr char kIv[] = "0123456789abcdef";

std::string Bytes(const Frame& frame, std::string_view secret = "secret") {
  std::string bytes;
  GoDialect().NewPacketCodec(secret)->AppendFrame(frame, bytes);
  return bytes;
}

std::string Answer(std::string_view payload, std::string_view secret = "secret") {
  go::AesCbc cipher(secret);
  std::string bytes;
  go::AppendAnswerPacket(cipher, kIv, payload, bytes);
  return bytes;
}

// A packet of any plain text.
std::string Plain(std::string plain) {
  const std::size_t size = plain.size();
  go::AppendPadding(size, plain);
  go::AesCbc("secret").Encrypt(kIv, plain.data(), plain.size());
  std::string bytes(2, '\0');
  bytes += static_cast<char>((plain.size() + 16) >> 8);
  bytes += static_cast<char>(plain.size() + 16);
  return bytes.append(kIv, 16) + plain;
}

// The codec stays, since a packet borrows from it.
class GoCodecTest : public ::testing::Test {
 protected:
  Packet Next(std::string_view bytes, std::size_t limit = kLimit, LinkRole role = LinkRole::kEvents) {
    return codec_->Next(bytes, role, limit);
  }
  std::string ErrorOf(std::string_view bytes) {
    const Packet packet = Next(bytes);
    EXPECT_EQ(packet.kind, Kind::kMalformed);
    EXPECT_THAT(packet.error, HasSubstr("wrong secret or not a go-dialect Gateway"));
    return packet.error;
  }

  const std::unique_ptr<PacketCodec> codec_ = GoDialect().NewPacketCodec("secret");
};

TEST(GoDialectTest, KnowsItself) {
  EXPECT_EQ(GoDialect().kind(), DialectKind::kGo);
  EXPECT_EQ(GoDialect().name(), "go");
  EXPECT_EQ(GoDialect().default_register_port(), 51234);
  EXPECT_EQ(&GoDialect(), &GoDialect());
}

TEST_F(GoCodecTest, FramesAndAnswersInOneStream) {
  const Frame frame{.command = Command::kOnMessage, .connection_id = 7, .ext = "{}", .body = "hello"};
  const std::string first = Bytes(frame);
  const std::string second = Answer("1");
  std::string_view rest;
  const std::string stream = first + second + first;
  rest = stream;
  for (const LinkRole role : {LinkRole::kEvents, LinkRole::kQueries, LinkRole::kEvents}) {
    const Packet packet = Next(rest, kLimit, role);
    if (role == LinkRole::kEvents) {
      ASSERT_EQ(packet.kind, Kind::kFrame) << packet.error;
      EXPECT_EQ(packet.frame, frame);
    } else {
      ASSERT_EQ(packet.kind, Kind::kAnswer) << packet.error;
      EXPECT_EQ(packet.answer, "1");
    }
    rest.remove_prefix(packet.size);
  }
  EXPECT_TRUE(rest.empty());
}

TEST_F(GoCodecTest, APingOnAQueryLinkIsAFrame) {
  const Packet packet = Next(Bytes({.command = Command::kPing, .flag = 0}), kLimit, LinkRole::kQueries);
  ASSERT_EQ(packet.kind, Kind::kFrame);
  EXPECT_EQ(packet.frame.command, Command::kPing);
}

TEST_F(GoCodecTest, EverySizeTravels) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string body(size, 'x');
    const Frame frame{.command = Command::kSendToOne, .connection_id = 1, .body = body};
    const std::string bytes = Bytes(frame);
    EXPECT_EQ(bytes.size(), 4 + 16 + (FrameSize(frame) / 16 + 1) * 16);
    EXPECT_EQ(Next(bytes).frame, frame) << size;
  }
}

TEST_F(GoCodecTest, NoIvComesTwice) {
  const auto codec = GoDialect().NewPacketCodec("secret");
  std::set<std::string> ivs;
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    codec->AppendFrame({}, bytes);
    ivs.insert(bytes.substr(4, 16));
  }
  EXPECT_EQ(ivs.size(), 2000u);
}

TEST_F(GoCodecTest, EveryTruncationIsIncomplete) {
  const std::string bytes = Bytes({.ext = "ext", .body = "body"});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<char> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const Packet packet = Next({part.data(), part.size()});
    EXPECT_EQ(packet.kind, Kind::kIncomplete) << size;
    EXPECT_EQ(packet.size, size < 4 ? 0 : bytes.size()) << size;
  }
}

TEST_F(GoCodecTest, TooLargeTellsHowMuchToPassOver) {
  const std::string body(500, 'x');
  const Frame frame{.body = body};
  const std::string bytes = Bytes(frame);
  EXPECT_EQ(Next(bytes, FrameSize(frame)).kind, Kind::kFrame);
  EXPECT_EQ(Next(bytes, FrameSize(frame) - 1).kind, Kind::kTooLarge);
  EXPECT_EQ(Next(bytes, FrameSize(frame) - 1).size, bytes.size());
  EXPECT_EQ(Next(bytes.substr(0, 4), 100).kind, Kind::kTooLarge);  // the length is enough to know
  EXPECT_EQ(Next(bytes.substr(0, 4), 100).size, bytes.size());

  const std::string answer = Answer(body);
  EXPECT_EQ(Next(answer, 500).kind, Kind::kAnswer);
  EXPECT_EQ(Next(answer, 499).kind, Kind::kTooLarge);
  EXPECT_EQ(Next(answer, 499).size, answer.size());
}

TEST_F(GoCodecTest, FiftyMebibytesArePassedOver) {
  const std::string head = {0x03, 0x20, 0x00, 0x30};  // 50 MiB and 48 bytes
  const Packet packet = Next(head, 10 * 1024 * 1024);
  EXPECT_EQ(packet.kind, Kind::kTooLarge);
  EXPECT_EQ(packet.size, 50u * 1024 * 1024 + 48 + 4);
}

TEST_F(GoCodecTest, ASmallAnswerFitsWhereALimitIsTight) {
  EXPECT_EQ(Next(Answer("1"), 4).kind, Kind::kAnswer);
  EXPECT_EQ(Next(Answer("12345"), 4).kind, Kind::kTooLarge);
}

TEST_F(GoCodecTest, AnotherSecretIsSaid) {
  int said = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string bytes = Bytes({.body = std::to_string(i)}, "another secret");
    said += ErrorOf(bytes).empty() ? 0 : 1;
  }
  EXPECT_EQ(said, 100);  // those too whose padding happens to be right
}

TEST_F(GoCodecTest, LengthsThatNoPacketHas) {
  for (const std::uint32_t length : {0u, 1u, 16u, 31u, 33u, 47u, 0x48545450u /* "HTTP" */, 0xfffffff0u}) {
    std::string bytes(4, '\0');
    for (int i = 0; i < 4; ++i)
      bytes[static_cast<std::size_t>(i)] = static_cast<char>(length >> (24 - 8 * i));
    EXPECT_THAT(ErrorOf(bytes), HasSubstr("a packet cannot have " + std::to_string(length) + " bytes"));
  }
}

TEST_F(GoCodecTest, PlainTextThatIsNeitherFrameNorAnswer) {
  const std::string neither = "a packet holds neither a frame nor an answer";
  EXPECT_THAT(ErrorOf(Plain("")), HasSubstr(neither));
  EXPECT_THAT(ErrorOf(Plain("abc")), HasSubstr(neither));
  EXPECT_THAT(ErrorOf(Plain(std::string(4, '\0'))), HasSubstr(neither));  // an answer of no bytes
  EXPECT_THAT(ErrorOf(Plain(std::string("\0\0\0\5abcd", 8))), HasSubstr(neither));
  EXPECT_THAT(ErrorOf(Plain(std::string("\0\0\0\x8xxxx", 8))), HasSubstr("pack_len is below 28"));
  std::string frame;
  AppendFrame({.body = "body"}, frame);
  frame[27] = 5;  // ext_len
  EXPECT_THAT(ErrorOf(Plain(frame)), HasSubstr("ext_len reaches past the frame's end"));
}

TEST_F(GoCodecTest, EveryFlippedBitOfTheLastBlockIsSeenOrChangesTheBody) {
  const Frame frame{.command = Command::kOnMessage, .body = "0123456789"};
  const std::string bytes = Bytes(frame);
  for (std::size_t bit = 0; bit < 128; ++bit) {
    std::string changed = bytes;
    changed[changed.size() - 16 + bit / 8] =
        static_cast<char>(changed[changed.size() - 16 + bit / 8] ^ 1 << bit % 8);
    const Packet packet = Next(changed);
    EXPECT_FALSE(packet.kind == Kind::kFrame && packet.frame == frame) << bit;
  }
}

TEST_F(GoCodecTest, NothingDecryptedIsQuoted) {
  EXPECT_THAT(ErrorOf(Plain("{\"secret_key\":\"s3cret\"}")), Not(HasSubstr("s3cret")));
}

TEST_F(GoCodecTest, AFrameOfThePhpDialectIsNamed) {
  std::string frame;
  AppendFrame({.command = Command::kOnMessage, .ext = "a:0:{}", .body = "hello"}, frame);
  EXPECT_THAT(ErrorOf(frame), HasSubstr(std::string(kLooksLikePhp)));
  EXPECT_THAT(ErrorOf(std::string("\0\0\0\4i:1;", 8)), HasSubstr(std::string(kLooksLikePhp)));
  EXPECT_THAT(ErrorOf(Bytes({}, "another secret")), Not(HasSubstr(std::string(kLooksLikePhp))));

  // One whose length could be a packet's.
  frame.clear();
  AppendFrame({.command = Command::kOnMessage, .body = "four"}, frame);
  ASSERT_EQ(frame.size(), 32u);
  EXPECT_THAT(ErrorOf(frame + frame), HasSubstr(std::string(kLooksLikePhp)));
}

TEST_F(GoCodecTest, ALargePacketThenASmallOneThenALargeOne) {
  const std::string large(1'000'000, 'x');
  const Frame big{.command = Command::kOnMessage, .body = large};
  const Frame small{.command = Command::kOnMessage, .body = "x"};
  const std::string bytes = Bytes(big) + Bytes(small) + Bytes(big);
  std::string_view rest = bytes;
  for (const Frame* frame : {&big, &small, &big}) {
    const Packet packet = Next(rest, 2'000'000);
    ASSERT_EQ(packet.kind, Kind::kFrame) << packet.error;
    EXPECT_TRUE(packet.frame == *frame);
    rest.remove_prefix(packet.size);
  }
}

TEST(GoRegisterLineTest, IsBase64OfSomethingNewEachTime) {
  const std::string json = "{\"event\":\"ping\"}";
  const std::string line = GoDialect().EncodeRegisterLine(json, "secret");
  ASSERT_TRUE(line.ends_with('\n'));
  EXPECT_NE(line, GoDialect().EncodeRegisterLine(json, "secret"));
  const std::string_view text = std::string_view(line).substr(0, line.size() - 1);
  EXPECT_EQ(*GoDialect().DecodeRegisterLine(text, "secret"), json);
  EXPECT_EQ(*GoDialect().DecodeRegisterLine(std::string(text) + "\r", "secret"), json);
}

TEST(GoRegisterLineTest, WhatDoesNotDecryptIsRefusedAndNotQuoted) {
  const auto error = [](std::string_view line) {
    const absl::Status status = GoDialect().DecodeRegisterLine(line, "secret").status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("wrong secret or not a go-dialect Register"));
    return std::string(status.message());
  };
  std::string other = GoDialect().EncodeRegisterLine("{\"event\":\"ping\"}", "another secret");
  other.pop_back();
  EXPECT_THAT(error(other), HasSubstr("does not decrypt"));
  std::string no_object = GoDialect().EncodeRegisterLine("\"s3cret\"", "secret");
  no_object.pop_back();
  EXPECT_THAT(error(no_object), Not(HasSubstr("s3cret")));
  EXPECT_THAT(error(""), HasSubstr("not encrypted"));
  EXPECT_THAT(error("AAAA"), Not(HasSubstr(std::string(kLooksLikePhp))));
  EXPECT_THAT(error(absl::Base64Escape(std::string(40, 'x'))), HasSubstr("not encrypted"));
  EXPECT_THAT(error(std::string(64 * 1024 + 1, 'A')), HasSubstr("too long"));
  EXPECT_THAT(error("{\"event\":\"ping\"}"), HasSubstr(std::string(kLooksLikePhp)));
  EXPECT_THAT(error("Register error 400, bad request"), HasSubstr(std::string(kLooksLikePhp)));
}

TEST(GoAnswersTest, EachMemberReadsItsAnswer) {
  const Dialect& go = GoDialect();
  EXPECT_EQ(*go.DecodeCount("3"), 3u);
  EXPECT_THAT(*go.DecodeConnectionIds("[1,2]"), ElementsAre(1u, 2u));
  EXPECT_THAT(*go.DecodeConnectionIdsByUid(R"({"u":[7]})"), ElementsAre(Pair("u", ElementsAre(7u))));
  EXPECT_THAT(*go.DecodeCountsByGroup(R"({"g":2})"), ElementsAre(Pair("g", 2u)));
  EXPECT_THAT(*go.DecodeGroups(R"(["g"])"), ElementsAre("g"));
  EXPECT_EQ(**go.DecodeSession("{}"), "{}");
  int seen = 0;
  EXPECT_TRUE(go.VisitSessions(R"({"1":""})", [&](const ClientSession&) { ++seen; }).ok());
  EXPECT_TRUE(go.VisitSelected(R"({"1":{}})", [&](const SelectedClient&) { ++seen; }).ok());
  EXPECT_EQ(seen, 2);
}

TEST(GoSessionTest, DecodesObjectsAlone) {
  EXPECT_EQ(*GoDialect().DecodeSessionValue(""), Map({}));
  EXPECT_EQ(*GoDialect().DecodeSessionValue("{}"), Map({}));
  EXPECT_EQ(*GoDialect().DecodeSessionValue(R"({"age":42,"tags":["a"]})"),
            Map({{"age", Int(42)}, {"tags", List({Text("a")})}}));
  for (const char* stored : {"null", "[]", "1", "\"a\"", "a:0:{}", "{", "{}{}"}) {
    const absl::Status status = GoDialect().DecodeSessionValue(stored).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << stored << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("stored session: "));
  }
}

TEST(GoSessionTest, AlwaysEncodesAnObject) {
  EXPECT_EQ(GoDialect().EncodeSessionValue(List({})), "{}");
  EXPECT_EQ(GoDialect().EncodeSessionValue(List({Int(5), Text("x")})), R"({"0":5,"1":"x"})");
  EXPECT_EQ(GoDialect().EncodeSessionValue(Map({{"k", List({})}, {"m", Map({})}})), R"({"k":[],"m":{}})");
}

TEST(GoSessionTest, WholeNumbersOfAnySizeStayExact) {
  const std::string stored =
      R"({"a":9007199254740993,"b":-9223372036854775808,"c":18446744073709551615,"d":123456789012345678901234567890})";
  EXPECT_EQ(GoDialect().EncodeSessionValue(*GoDialect().DecodeSessionValue(stored)), stored);
}

TEST(GoSessionTest, OnlyObjectsMayBeStored) {
  EXPECT_TRUE(GoDialect().CheckSession("{}").ok());
  EXPECT_TRUE(GoDialect().CheckSessionUpdate("{\"a\":{\"b\":[1,2]}}").ok());
  for (const char* stored :
       {"", "null", "[]", "1", "{", "{}x", "a:0:{}", "{\"a\":1e999}", "{\"a\":\"\xff\"}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(GoDialect().CheckSession(stored))) << stored;
    EXPECT_TRUE(absl::IsInvalidArgument(GoDialect().CheckSessionUpdate(stored))) << stored;
  }
}

TEST(GoNamesTest, UtfEightAndNotEmpty) {
  for (const char* name : {"0", "1001", "房间", " "})
    EXPECT_TRUE(GoDialect().IsUsableName(name)) << name;
  EXPECT_FALSE(GoDialect().IsUsableName(""));
  EXPECT_FALSE(GoDialect().IsUsableName("\xff"));
}

TEST(GoKickTest, NoMessageIsAnEmptyBody) {
  Frame kick{.command = Command::kKick, .body = "bye"};
  GoDialect().SetNoMessage(kick);
  EXPECT_EQ(kick.body, "");
  EXPECT_EQ(kick.flag, kFlagScalarBody);
}

}  // namespace
}  // namespace gatewayd::wire
