// The go dialect against bytes recorded from real GatewayWorker-Go processes: every packet decrypts to the
// recorded frame or answer and, with its IV, encrypts back byte for byte; so does every Register line.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "unit/wire/recorded_frame.h"
#include "unit/wire/vectors.h"
#include "wire/dialect.h"
#include "wire/go_packet.h"
#include "wire/requests.h"

namespace gatewayd::wire {
namespace {

namespace json = boost::json;

constexpr std::string_view kSecret = "s3cret-go";
constexpr std::size_t kMax = 50 * 1024 * 1024;

std::vector<json::object> Packets() {
  return ReadVectors("go/frames.jsonl");
}

// The lines of register.jsonl that are meant to decrypt.
std::vector<json::object> RegisterLines() {
  std::vector<json::object> lines;
  for (json::object& line : ReadVectors("go/register.jsonl")) {
    if (!line.contains("closed") && !line.contains("note")) lines.push_back(std::move(line));
  }
  return lines;
}

bool IsAnswer(const json::object& packet) {
  return packet.contains("response_text");
}

// Calls `visit(packet, decoded)` for each recorded one; one codec for all, as on a link.
template <typename Visit>
void ForEachPacket(Visit visit) {
  const auto codec = GoDialect().NewPacketCodec(kSecret);
  for (const json::object& line : Packets()) {
    const std::string bytes = BytesAt(line, "raw_hex");
    const Packet packet = codec->Next(bytes, LinkRole::kEvents, kMax);
    EXPECT_EQ(packet.size, bytes.size());
    visit(line, packet);
  }
}

// A member of `fields` that is text, or null beside its bytes in hex.
std::string FieldBytes(const json::object& fields, const std::string& name) {
  return fields.at(name).is_null() ? BytesAt(fields, name + "_hex") : StringAt(fields, name);
}

TEST(GoVectorsTest, PacketsDecryptToTheRecordedFieldsAndAnswers) {
  int frames = 0;
  int answers = 0;
  ForEachPacket([&](const json::object& line, const Packet& packet) {
    if (IsAnswer(line)) {
      ++answers;
      ASSERT_EQ(packet.kind, Packet::Kind::kAnswer) << packet.error;
      EXPECT_EQ(packet.answer, StringAt(line, "response_text"));
      return;
    }
    ++frames;
    ASSERT_EQ(packet.kind, Packet::Kind::kFrame) << packet.error;
    const Frame& frame = packet.frame;
    const json::object& fields = line.at("fields").as_object();
    ExpectRecordedHead(frame, fields);
    EXPECT_EQ(frame.ext, FieldBytes(fields, "ext"));
    EXPECT_EQ(frame.body, FieldBytes(fields, "body"));
    std::string again;
    AppendFrame(frame, again);
    EXPECT_EQ(absl::BytesToHexString(again), StringAt(line, "frame_hex"));
  });
  EXPECT_EQ(frames + answers, 300);
  EXPECT_GT(answers, 80);
}

TEST(GoVectorsTest, PacketsEncryptByteForByte) {
  go::AesCbc cipher(kSecret);
  ForEachPacket([&](const json::object& line, const Packet& packet) {
    const std::string bytes = BytesAt(line, "raw_hex");
    const char* iv = bytes.data() + 4;
    std::string again;
    if (packet.kind == Packet::Kind::kAnswer) {
      go::AppendAnswerPacket(cipher, iv, packet.answer, again);
    } else {
      go::AppendPacket(cipher, iv, packet.frame, again);
    }
    EXPECT_EQ(absl::BytesToHexString(again), absl::BytesToHexString(bytes));
  });
}

// Every frame to a Gateway, as a link sends them: written one after the other, encrypted side by side.
TEST(GoVectorsTest, FramesEncryptTogetherByteForByte) {
  std::string together;
  std::string recorded;
  ForEachPacket([&](const json::object& line, const Packet& packet) {
    if (packet.kind != Packet::Kind::kFrame) return;
    const std::string bytes = BytesAt(line, "raw_hex");
    go::AppendPlainPacket(bytes.data() + 4, packet.frame, together);
    recorded += bytes;
  });
  ASSERT_EQ(together.size(), recorded.size());
  ASSERT_NE(together, recorded);
  go::AesCbc cipher(kSecret);
  EXPECT_EQ(go::EncryptPackets(cipher, together.data(), together.size(), together.size()), together.size());
  EXPECT_EQ(absl::BytesToHexString(together), absl::BytesToHexString(recorded));
}

TEST(GoVectorsTest, AllPacketsInOneStream) {
  std::string stream;
  for (const json::object& line : Packets())
    stream += BytesAt(line, "raw_hex");
  const auto codec = GoDialect().NewPacketCodec(kSecret);
  std::string_view rest = stream;
  std::size_t packets = 0;
  for (; !rest.empty(); ++packets) {
    const Packet packet = codec->Next(rest, LinkRole::kEvents, kMax);
    ASSERT_TRUE(packet.kind == Packet::Kind::kFrame || packet.kind == Packet::Kind::kAnswer) << packet.error;
    rest.remove_prefix(packet.size);
  }
  EXPECT_EQ(packets, Packets().size());
}

template <typename T>
T Sound(absl::StatusOr<T> value) {
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *std::move(value) : T();
}

json::array ToJson(const ConnectionIds& ids) {
  json::array out;
  for (const std::uint32_t id : ids)
    out.emplace_back(id);
  return out;
}

// What `answer` to `command` says, written as the recorder wrote it.
json::value Decoded(Command command, std::string_view answer) {
  const Dialect& go = GoDialect();
  json::object map;
  absl::Status status;
  switch (command) {
    case Command::kIsOnline:
    case Command::kGetClientCountByGroup:
      return Sound(go.DecodeCount(answer));
    case Command::kGetClientIdByUid: {
      const ConnectionIds ids = Sound(go.DecodeConnectionIds(answer));
      if (ids.empty()) return nullptr;
      return ToJson(ids);
    }
    case Command::kBatchGetClientIdByUid:
      for (const auto& [uid, ids] : Sound(go.DecodeConnectionIdsByUid(answer)))
        map[uid] = ToJson(ids);
      return map;
    case Command::kBatchGetClientCountByGroup:
      for (const auto& [group, count] : Sound(go.DecodeCountsByGroup(answer)))
        map[group] = count;
      return map;
    case Command::kGetGroupIdList: {
      json::array groups;
      for (const std::string& group : Sound(go.DecodeGroups(answer)))
        groups.emplace_back(group);
      return groups;
    }
    case Command::kGetAllClientSessions:
    case Command::kGetClientSessionsByGroup:
      status = go.VisitSessions(answer, [&](const ClientSession& client) {
        map[std::to_string(client.connection_id)] = std::string(client.session);
      });
      EXPECT_TRUE(status.ok()) << status;
      return map;
    case Command::kGetSessionByClientId: {
      const auto session = Sound(go.DecodeSession(answer));
      if (!session) return nullptr;
      const Value value = Sound(go.DecodeSessionValue(*session));
      return json::parse(go.EncodeSessionValue(value));
    }
    default:
      ADD_FAILURE() << "no answer to " << CommandName(command);
      return nullptr;
  }
}

// SELECT: the fields that the recorded row has; what is empty here was "" or [] there.
void ExpectSelected(const json::object& response, std::string_view answer) {
  std::set<std::uint32_t> seen;
  const absl::Status status = GoDialect().VisitSelected(answer, [&](const SelectedClient& client) {
    seen.insert(client.connection_id);
    const json::object& row = response.at(std::to_string(client.connection_id)).as_object();
    EXPECT_EQ(client.uid.value_or(""), row.contains("uid") ? StringAt(row, "uid") : "");
    EXPECT_NE(client.uid, "");
    EXPECT_EQ(client.session, row.contains("session") ? StringAt(row, "session") : "");
    std::vector<std::string> groups;
    if (row.contains("groups")) {
      for (const json::value& group : row.at("groups").as_array())
        groups.push_back(ToString(group.as_string()));
    }
    EXPECT_EQ(client.groups, groups);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen.size(), response.size());
}

TEST(GoVectorsTest, AnswersDecodeToTheRecordedResponses) {
  std::map<Command, int> answers;
  ForEachPacket([&](const json::object& line, const Packet& packet) {
    if (!IsAnswer(line)) return;
    const auto command = static_cast<Command>(line.at("query_cmd").to_number<std::uint8_t>());
    ++answers[command];
    if (command == Command::kSelect) return ExpectSelected(line.at("response").as_object(), packet.answer);
    EXPECT_EQ(json::serialize(Decoded(command, packet.answer)), json::serialize(line.at("response")))
        << CommandName(command) << " " << packet.answer;
  });
  EXPECT_EQ(answers.size(), 10u) << "some query has no recorded answer";
}

TEST(GoVectorsTest, SessionsReadAndWriteBackAsTheSameValues) {
  int sessions = 0;
  ForEachPacket([&](const json::object& line, const Packet& packet) {
    if (IsAnswer(line)) return;
    const Frame& frame = packet.frame;
    const bool is_event = StringAt(line, "direction") == "from_gateway";
    const bool is_stored = frame.command == Command::kSetSession || frame.command == Command::kUpdateSession;
    if (frame.ext.empty() || (!is_event && !is_stored)) return;
    ++sessions;
    EXPECT_TRUE(GoDialect().CheckSession(frame.ext).ok());
    EXPECT_TRUE(GoDialect().CheckSessionUpdate(frame.ext).ok());
    const Value value = Sound(GoDialect().DecodeSessionValue(frame.ext));
    EXPECT_EQ(json::parse(GoDialect().EncodeSessionValue(value)),
              json::parse({frame.ext.data(), frame.ext.size()}));
  });
  EXPECT_GT(sessions, 5);
}

TEST(GoVectorsTest, HandshakesDecode) {
  int handshakes = 0;
  ForEachPacket([&](const json::object&, const Packet& packet) {
    if (packet.frame.command != Command::kOnWebSocketConnect) return;
    ++handshakes;
    EXPECT_EQ(packet.frame.flag, kFlagScalarBody);
    const Value value = Sound(GoDialect().DecodeSessionValue(packet.frame.body));
    const Array& parts = std::get<Array>(value.data);
    ASSERT_EQ(parts.entries.size(), 3u);
    EXPECT_EQ(std::get<std::string>(parts.entries[0].first), "cookie");
    EXPECT_TRUE(std::get<Array>(parts.entries[0].second.data).entries.empty());
    EXPECT_EQ(std::get<std::string>(parts.entries[2].first), "server");
    EXPECT_EQ(std::get<Array>(parts.entries[2].second.data).entries.size(), 2u);
  });
  EXPECT_GT(handshakes, 8);
}

TEST(GoVectorsTest, OurRequestsAreThoseOfTheOriginalCallers) {
  const std::vector<std::uint32_t> two_and_three = {2, 3};
  std::map<std::string, std::string> ours = {
      {"sendToAll(connections)", ConnectionsJson(std::vector<std::uint32_t>{1, 3})},
      {"sendToAll(exclude)", ExcludeJson(two_and_three)},
      {"sendToUid", StringListJson(std::vector<std::string>{"1001"})},
      {"sendToGroup", GroupsJson(std::vector<std::string>{"房间"}, {})},
      {"sendToGroup(exclude)", GroupsJson(std::vector<std::string>{"房间"}, std::vector<std::uint32_t>{2})},
  };
  std::set<std::string> met;
  ForEachPacket([&](const json::object& line, const Packet& packet) {
    const auto found = ours.find(StringAt(line, "label"));
    if (found == ours.end() || packet.kind != Packet::Kind::kFrame || packet.frame.ext.empty()) return;
    if (packet.frame.command == Command::kWorkerConnect || line.at("gateway") != 1) return;
    met.insert(found->first);
    EXPECT_EQ(json::parse(found->second), json::parse({packet.frame.ext.data(), packet.frame.ext.size()}));
  });
  EXPECT_EQ(met.size(), ours.size());
}

TEST(GoVectorsTest, ConnectBodiesSayWhatTheRealCallersSay) {
  ForEachPacket([&](const json::object&, const Packet& packet) {
    const Frame& frame = packet.frame;
    const auto body = [&] { return json::parse({frame.body.data(), frame.body.size()}); };
    if (frame.command == Command::kGatewayClientConnect) {
      EXPECT_EQ(body(), json::parse(ClientConnectBody(kSecret)));
    } else if (frame.command == Command::kWorkerConnect) {
      EXPECT_EQ(body(), json::parse(WorkerConnectBody("apitest:7", kSecret)));
    }
  });
}

TEST(GoVectorsTest, RegisterLinesDecryptParseAndEncryptBack) {
  std::map<std::string, int> events;
  for (const json::object& line : RegisterLines()) {
    const std::string bytes = BytesAt(line, "raw_hex");
    ASSERT_TRUE(bytes.ends_with('\n'));
    const auto plain =
        GoDialect().DecodeRegisterLine(std::string_view(bytes).substr(0, bytes.size() - 1), kSecret);
    ASSERT_TRUE(plain.ok()) << plain.status();
    EXPECT_EQ(*plain, StringAt(line, "plain_text"));

    std::string encrypted;
    ASSERT_TRUE(absl::Base64Unescape(bytes.substr(0, bytes.size() - 1), &encrypted));
    EXPECT_EQ(go::EncodeRegisterLine(*plain, kSecret, encrypted.data()), bytes);

    const absl::StatusOr<RegisterMessage> message = ParseRegisterJson(*plain);
    ASSERT_TRUE(message.ok()) << message.status() << *plain;
    ++events[message->event];
  }
  EXPECT_EQ(events.size(), 7u);
  EXPECT_GT(events["worker_stats"], 5);
}

TEST(GoVectorsTest, RegisterLinesSayWhatOursDo) {
  for (const json::object& line : RegisterLines()) {
    const std::string plain = StringAt(line, "plain_text");
    const RegisterMessage message = *ParseRegisterJson(plain);
    std::string ours;
    if (message.event == "broadcast_addresses") {
      EXPECT_EQ(GoBroadcastAddressesJson(message.addresses, message.sdk_addresses), plain);
      EXPECT_EQ(message.has_sdk_addresses, !message.addresses.empty());
    } else if (message.event == "worker_stats") {
      EXPECT_EQ(WorkerStatsJson(message.name, message.processed_count), plain);
    } else if (message.event == "ping") {
      EXPECT_EQ(PingJson(), plain);
    } else if (message.event == "worker_connect") {
      EXPECT_EQ(json::parse(WorkerConnectJson(message.secret_key, message.name)), json::parse(plain));
    } else if (message.event == "gateway_connect" && !message.worker_address.empty()) {
      EXPECT_EQ(
          json::parse(GoGatewayConnectJson(message.address, message.worker_address, message.secret_key)),
          json::parse(plain));
    }
  }
}

TEST(GoVectorsTest, ALineOfAnotherKeyIsRefused) {
  int lines = 0;
  for (const json::object& line : ReadVectors("go/register.jsonl")) {
    if (!line.contains("note")) continue;
    ++lines;
    std::string bytes = BytesAt(line, "raw_hex");
    bytes.pop_back();
    const absl::Status status = GoDialect().DecodeRegisterLine(bytes, kSecret).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  }
  EXPECT_EQ(lines, 1);
}

}  // namespace
}  // namespace gatewayd::wire
