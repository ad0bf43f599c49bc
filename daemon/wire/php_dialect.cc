#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"
#include "wire/big_endian.h"
#include "wire/dialect.h"
#include "wire/dialect_hint.h"
#include "wire/php_answers.h"
#include "wire/php_serialize.h"

namespace gatewayd::wire {
namespace {

constexpr std::size_t kLengthSize = 4;
constexpr std::uint16_t kRegisterPort = 1236;

// `[u32 n][n bytes]`, nothing else tells an answer.
Packet NextAnswer(std::string_view bytes, std::size_t max_size) {
  using Kind = Packet::Kind;
  if (bytes.size() < kLengthSize) return {.kind = Kind::kIncomplete};
  const std::size_t length = LoadU32(bytes.data());
  const std::size_t size = kLengthSize + length;
  if (length == 0) return {.kind = Kind::kMalformed, .error = "an answer of no bytes"};
  if (length > max_size) return {.kind = Kind::kTooLarge, .size = size};
  if (bytes.size() < size) return {.kind = Kind::kIncomplete, .size = size};
  return {.kind = Kind::kAnswer, .size = size, .answer = bytes.substr(kLengthSize, length)};
}

Packet NextFrame(std::string_view bytes, std::size_t max_size) {
  FrameSplit split = SplitFrame(bytes, max_size);
  switch (split.kind) {
    case FrameSplit::Kind::kIncomplete:
      return {.kind = Packet::Kind::kIncomplete, .size = split.size};
    case FrameSplit::Kind::kTooLarge:
      return {.kind = Packet::Kind::kTooLarge, .size = split.size};
    case FrameSplit::Kind::kFrame:
      return {.kind = Packet::Kind::kFrame, .size = split.size, .frame = split.frame};
    case FrameSplit::Kind::kMalformed:
      break;
  }
  const std::string_view hint = LooksLikeGoPacket(bytes) ? kLooksLikeGo : std::string_view();
  return {.kind = Packet::Kind::kMalformed, .error = absl::StrCat(ToAbsl(split.error), ToAbsl(hint))};
}

// Frames travel as they are. All that is kept is whether the other side has shown its dialect: a later answer
// may hold whatever somebody stored as a session.
class PhpPacketCodec final : public PacketCodec {
 public:
  void AppendUnsealed(const Frame& frame, std::string& out) override { wire::AppendFrame(frame, out); }
  std::size_t Seal(char*, std::size_t size) override { return size; }

  Packet Next(std::string_view bytes, LinkRole role, std::size_t max_size) override {
    // A length below a frame's head can only be an answer's.
    const bool is_answer =
        role == LinkRole::kQueries || (bytes.size() >= kLengthSize && LoadU32(bytes.data()) < kFrameHeadSize);
    if (!is_answer) return NextFrame(bytes, max_size);
    if (!is_php_ && LooksLikeGoPacket(bytes)) {
      return {.kind = Packet::Kind::kMalformed,
              .error = absl::StrCat("an answer that is no serialized value", ToAbsl(kLooksLikeGo))};
    }
    Packet packet = NextAnswer(bytes, max_size);
    is_php_ = is_php_ || packet.kind == Packet::Kind::kAnswer;
    return packet;
  }

 private:
  bool is_php_ = false;
};

class PhpDialectImpl final : public Dialect {
 public:
  DialectKind kind() const override { return DialectKind::kPhp; }
  std::string_view name() const override { return "php"; }
  std::uint16_t default_register_port() const override { return kRegisterPort; }

  std::unique_ptr<PacketCodec> NewPacketCodec(std::string_view) const override {
    return std::make_unique<PhpPacketCodec>();
  }

  std::string EncodeRegisterLine(std::string_view json, std::string_view) const override {
    std::string line(json);
    line += '\n';
    return line;
  }
  absl::StatusOr<std::string> DecodeRegisterLine(std::string_view line, std::string_view) const override {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (LooksLikeGoRegisterLine(line)) {
      return absl::InvalidArgumentError(absl::StrCat("Register line: encrypted", ToAbsl(kLooksLikeGo)));
    }
    return std::string(line);
  }

  absl::StatusOr<std::uint64_t> DecodeCount(std::string_view answer) const override {
    return php::DecodeCount(answer);
  }
  absl::StatusOr<ConnectionIds> DecodeConnectionIds(std::string_view answer) const override {
    return php::DecodeConnectionIds(answer);
  }
  absl::StatusOr<ConnectionIdsByUid> DecodeConnectionIdsByUid(std::string_view answer) const override {
    return php::DecodeConnectionIdsByUid(answer);
  }
  absl::StatusOr<CountsByGroup> DecodeCountsByGroup(std::string_view answer) const override {
    return php::DecodeCountsByGroup(answer);
  }
  absl::StatusOr<std::vector<std::string>> DecodeGroups(std::string_view answer) const override {
    return php::DecodeGroups(answer);
  }
  absl::Status VisitSessions(std::string_view answer,
                             absl::FunctionRef<void(const ClientSession&)> visit) const override {
    return php::VisitSessions(answer, visit);
  }
  absl::Status VisitSelected(std::string_view answer,
                             absl::FunctionRef<void(const SelectedClient&)> visit) const override {
    return php::VisitSelected(answer, visit);
  }
  absl::StatusOr<std::optional<std::string_view>> DecodeSession(std::string_view answer) const override {
    return php::DecodeSession(answer);
  }

  absl::StatusOr<Value> DecodeSessionValue(std::string_view stored) const override {
    if (stored.empty()) return Value{Array{}};
    absl::StatusOr<Value> value = php::Unserialize(stored);
    if (!value.ok()) return absl::DataLossError(absl::StrCat("stored session: ", value.status().message()));
    if (!std::holds_alternative<Array>(value->data)) {
      return absl::DataLossError("stored session: not a serialized PHP array");
    }
    return value;
  }
  std::string EncodeSessionValue(const Value& value) const override {
    std::string bytes;
    php::Serialize(value, bytes);
    return bytes;
  }
  absl::Status CheckSession(std::string_view stored) const override { return php::CheckWholeArray(stored); }
  absl::Status CheckSessionUpdate(std::string_view stored) const override {
    return php::CheckPlainArray(stored);
  }

  // What PHP's empty() takes for empty is ignored by BIND_UID, JOIN_GROUP and their counterparts.
  bool IsUsableName(std::string_view uid_or_group) const override {
    return !uid_or_group.empty() && uid_or_group != "0";
  }

  // An empty scalar body would be sent to the client as an empty message; a null body is not.
  void SetNoMessage(Frame& kick) const override {
    kick.flag = static_cast<std::uint8_t>(kick.flag & ~kFlagScalarBody);
    kick.body = "N;";
  }
};

}  // namespace

const Dialect& PhpDialect() {
  static const PhpDialectImpl& dialect = *new PhpDialectImpl;
  return dialect;
}

}  // namespace gatewayd::wire
