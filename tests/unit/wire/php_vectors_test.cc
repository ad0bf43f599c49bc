// The php dialect against bytes recorded from real GatewayWorker processes: every frame decodes to the
// recorded fields and encodes back byte for byte, and every call's answers, merged over Gateways, give what
// PHP gave.
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "unit/wire/php_answers_merge.h"
#include "unit/wire/recorded_frame.h"
#include "unit/wire/vectors.h"
#include "wire/dialect.h"
#include "wire/php_serialize.h"
#include "wire/requests.h"

namespace gatewayd::wire {
namespace {

namespace json = boost::json;

// The packets of calls.jsonl and worker.jsonl, in their order.
std::vector<json::object> AllPackets() {
  std::vector<json::object> packets = ReadVectors("php/worker.jsonl");
  for (const json::object& line : ReadVectors("php/calls.jsonl")) {
    if (!line.contains("packets")) continue;
    for (const json::value& packet : line.at("packets").as_array())
      packets.push_back(packet.as_object());
  }
  return packets;
}

bool IsFrame(const json::object& packet) {
  return packet.contains("frame");
}

bool IsFromGateway(const json::object& packet) {
  return StringAt(packet, "dir") == "from_gateway";
}

Frame ParseWhole(std::string_view bytes) {
  const FrameSplit split = SplitFrame(bytes, kMaxFrameToGateway);
  EXPECT_EQ(split.kind, FrameSplit::Kind::kFrame);
  EXPECT_EQ(split.size, bytes.size());
  return split.frame;
}

TEST(PhpVectorsTest, FramesDecodeToTheRecordedFields) {
  int frames = 0;
  for (const json::object& packet : AllPackets()) {
    if (!IsFrame(packet)) continue;
    ++frames;
    const std::string bytes = BytesAt(packet, "hex");
    const Frame frame = ParseWhole(bytes);
    const json::object& fields = packet.at("frame").as_object();
    ExpectRecordedHead(frame, fields);
    EXPECT_EQ(frame.ext, BytesAt(fields, "ext_hex"));
    EXPECT_EQ(frame.body, BytesAt(fields, "body_hex"));
    EXPECT_NE(CommandName(frame.command), "UNKNOWN");
  }
  EXPECT_GT(frames, 250);
}

TEST(PhpVectorsTest, FramesEncodeByteForByte) {
  for (const json::object& packet : AllPackets()) {
    if (!IsFrame(packet)) continue;
    const std::string bytes = BytesAt(packet, "hex");
    std::string encoded;
    PhpDialect().NewPacketCodec("s3cret-php")->AppendFrame(ParseWhole(bytes), encoded);
    EXPECT_EQ(absl::BytesToHexString(encoded), absl::BytesToHexString(bytes));
  }
}

TEST(PhpVectorsTest, TheCodecTellsEventsFromAnswers) {
  for (const json::object& packet : AllPackets()) {
    if (!IsFromGateway(packet)) continue;
    const std::string bytes = BytesAt(packet, "hex");
    const LinkRole role = IsFrame(packet) ? LinkRole::kEvents : LinkRole::kQueries;
    const Packet next = PhpDialect().NewPacketCodec("")->Next(bytes, role, kMaxFrameToGateway);
    EXPECT_EQ(next.kind, IsFrame(packet) ? Packet::Kind::kFrame : Packet::Kind::kAnswer) << next.error;
    EXPECT_EQ(next.size, bytes.size());
  }
}

TEST(PhpVectorsTest, SerializedValuesReadAndWriteBackByteForByte) {
  int values = 0;
  for (const json::object& packet : AllPackets()) {
    if (!IsFrame(packet)) continue;
    const std::string bytes = BytesAt(packet, "hex");
    const Frame frame = ParseWhole(bytes);
    std::vector<std::string_view> serialized;
    if ((frame.flag & kFlagScalarBody) == 0) serialized.push_back(frame.body);
    if (frame.ext.starts_with("a:")) serialized.push_back(frame.ext);
    for (const std::string_view text : serialized) {
      ++values;
      const absl::StatusOr<Value> value = php::Unserialize(text);
      ASSERT_TRUE(value.ok()) << value.status() << " " << text;
      std::string again;
      php::Serialize(*value, again);
      EXPECT_EQ(again, text);
    }
    if (frame.ext.starts_with("a:")) {
      EXPECT_TRUE(PhpDialect().CheckSession(frame.ext).ok());
      EXPECT_TRUE(PhpDialect().CheckSessionUpdate(frame.ext).ok());
    }
  }
  EXPECT_GT(values, 10);
}

// The answers of each call, with the command that each answers: a connection's queries are answered in their
// order.
class Recording {
 public:
  std::vector<MergedAnswer> AnswersOf(const json::array& packets) {
    std::vector<MergedAnswer> answers;
    for (const json::value& value : packets)
      Take(value.as_object(), answers);
    for (const auto& [connection, pending] : pending_)
      EXPECT_TRUE(pending.empty()) << connection;
    return answers;
  }

 private:
  void Take(const json::object& packet, std::vector<MergedAnswer>& answers) {
    std::deque<Command>& pending = pending_[packet.at("conn").as_int64()];
    const std::string bytes = BytesAt(packet, "hex");
    if (IsFrame(packet)) {
      const Command command = ParseWhole(bytes).command;
      if (!IsFromGateway(packet) && IsQuery(command)) pending.push_back(command);
      return;
    }
    const Packet next = PhpDialect().NewPacketCodec("")->Next(bytes, LinkRole::kQueries, kMaxFrameToGateway);
    ASSERT_EQ(next.kind, Packet::Kind::kAnswer);
    ASSERT_FALSE(pending.empty());
    answers.push_back({.gateway = {0x7f000002, packet.at("port").to_number<std::uint16_t>()},
                       .command = pending.front(),
                       .bytes = std::string(next.answer)});
    pending.pop_front();
  }

  std::map<std::int64_t, std::deque<Command>> pending_;
};

TEST(PhpVectorsTest, MergedAnswersGiveWhatPhpGave) {
  Recording recording;
  std::set<std::string> compared;
  for (const json::object& line : ReadVectors("php/calls.jsonl")) {
    if (!line.contains("call")) continue;
    const std::string call = StringAt(line, "call");
    const std::vector<MergedAnswer> answers = recording.AnswersOf(line.at("packets").as_array());
    if (answers.empty()) continue;
    compared.insert(call);
    EXPECT_EQ(Normalized(call, MergeAnswers(call, answers)), Normalized(call, line.at("result")))
        << call << json::serialize(line.at("args"));
  }
  EXPECT_EQ(compared, MergedCalls());
}

TEST(PhpVectorsTest, RegisterLines) {
  int lines = 0;
  for (const json::object& line : ReadVectors("php/register.jsonl")) {
    ++lines;
    const std::string text = StringAt(line, "text");
    ASSERT_TRUE(text.ends_with('\n'));
    const auto decoded =
        PhpDialect().DecodeRegisterLine(std::string_view(text).substr(0, text.size() - 1), "");
    ASSERT_TRUE(decoded.ok());
    const absl::StatusOr<RegisterMessage> message = ParseRegisterJson(*decoded);
    ASSERT_TRUE(message.ok()) << message.status();
    if (StringAt(line, "dir") == "to_register") {
      EXPECT_EQ(PhpDialect().EncodeRegisterLine(WorkerConnectJson("s3cret-php"), "s3cret-php"), text);
      EXPECT_EQ(message->event, "worker_connect");
      EXPECT_EQ(message->secret_key, "s3cret-php");
    } else {
      EXPECT_EQ(PhpDialect().EncodeRegisterLine(BroadcastAddressesJson(message->addresses), ""), text);
      EXPECT_EQ(message->addresses.size(), 3u);
    }
  }
  EXPECT_EQ(lines, 12);
}

TEST(PhpVectorsTest, ConnectBodiesAreWhatTheRealCallersSend) {
  for (const json::object& packet : AllPackets()) {
    if (!IsFrame(packet)) continue;
    const std::string bytes = BytesAt(packet, "hex");
    const Frame frame = ParseWhole(bytes);
    if (frame.command == Command::kGatewayClientConnect) {
      EXPECT_EQ(frame.body, ClientConnectBody("s3cret-php"));
    } else if (frame.command == Command::kWorkerConnect) {
      EXPECT_EQ(frame.body, WorkerConnectBody("Biz:0", "s3cret-php"));
    }
  }
}

}  // namespace
}  // namespace gatewayd::wire
