#include "absl/strings/str_cat.h"
#include "wire/aes_cbc.h"
#include "wire/dialect.h"
#include "wire/go_answers.h"
#include "wire/go_json.h"
#include "wire/go_packet.h"

namespace gatewayd::wire {
namespace {

constexpr std::uint16_t kRegisterPort = 51234;

class GoPacketCodec final : public PacketCodec {
 public:
  explicit GoPacketCodec(std::string_view secret) : cipher_(secret) {}

  void AppendUnsealed(const Frame& frame, std::string& out) override {
    go::AppendPlainPacket(ivs_.Next(), frame, out);
  }
  std::size_t Seal(char* bytes, std::size_t size) override {
    return go::EncryptPackets(cipher_, bytes, size, kSealAtOnce);
  }
  Packet Next(std::string_view bytes, LinkRole, std::size_t max_size) override {
    return go::NextPacket(cipher_, bytes, max_size, plain_);
  }

 private:
  go::AesCbc cipher_;
  go::RandomIvs ivs_;
  std::string plain_;
};

class GoDialectImpl final : public Dialect {
 public:
  DialectKind kind() const override { return DialectKind::kGo; }
  std::string_view name() const override { return "go"; }
  std::uint16_t default_register_port() const override { return kRegisterPort; }

  std::unique_ptr<PacketCodec> NewPacketCodec(std::string_view secret) const override {
    return std::make_unique<GoPacketCodec>(secret);
  }

  std::string EncodeRegisterLine(std::string_view json, std::string_view secret) const override {
    return go::EncodeRegisterLine(json, secret, go::RandomIvs().Next());
  }
  absl::StatusOr<std::string> DecodeRegisterLine(std::string_view line,
                                                 std::string_view secret) const override {
    return go::DecodeRegisterLine(line, secret);
  }

  absl::StatusOr<std::uint64_t> DecodeCount(std::string_view answer) const override {
    return go::DecodeCount(answer);
  }
  absl::StatusOr<ConnectionIds> DecodeConnectionIds(std::string_view answer) const override {
    return go::DecodeConnectionIds(answer);
  }
  absl::StatusOr<ConnectionIdsByUid> DecodeConnectionIdsByUid(std::string_view answer) const override {
    return go::DecodeConnectionIdsByUid(answer);
  }
  absl::StatusOr<CountsByGroup> DecodeCountsByGroup(std::string_view answer) const override {
    return go::DecodeCountsByGroup(answer);
  }
  absl::StatusOr<std::vector<std::string>> DecodeGroups(std::string_view answer) const override {
    return go::DecodeGroups(answer);
  }
  absl::Status VisitSessions(std::string_view answer,
                             absl::FunctionRef<void(const ClientSession&)> visit) const override {
    return go::VisitSessions(answer, visit);
  }
  absl::Status VisitSelected(std::string_view answer,
                             absl::FunctionRef<void(const SelectedClient&)> visit) const override {
    return go::VisitSelected(answer, visit);
  }
  absl::StatusOr<std::optional<std::string_view>> DecodeSession(std::string_view answer) const override {
    return go::DecodeSession(answer);
  }

  absl::StatusOr<Value> DecodeSessionValue(std::string_view stored) const override {
    if (stored.empty()) return Value{Array{.entries = {}, .is_list = false}};
    absl::StatusOr<Value> value = go::ParseJson(stored);
    if (!value.ok()) return absl::DataLossError(absl::StrCat("stored session: ", value.status().message()));
    const auto* array = std::get_if<Array>(&value->data);
    if (array == nullptr || array->is_list) return absl::DataLossError("stored session: not a JSON object");
    return value;
  }

  // A list at the top becomes an object: a Go Gateway ends at any other kind of session.
  std::string EncodeSessionValue(const Value& value) const override {
    std::string json;
    const auto* array = std::get_if<Array>(&value.data);
    if (array == nullptr || !array->is_list) {
      go::AppendJson(value, json);
      return json;
    }
    Array object{.entries = array->entries, .is_list = false};
    for (std::size_t i = 0; i < object.entries.size(); ++i)
      object.entries[i].first = static_cast<std::int64_t>(i);
    go::AppendJson({std::move(object)}, json);
    return json;
  }

  absl::Status CheckSession(std::string_view stored) const override { return go::CheckObject(stored); }

  bool IsUsableName(std::string_view uid_or_group) const override {
    return !uid_or_group.empty() && go::IsUtf8(uid_or_group);
  }

  void SetNoMessage(Frame& kick) const override { kick.body = {}; }
};

}  // namespace

const Dialect& GoDialect() {
  static const GoDialectImpl& dialect = *new GoDialectImpl;
  return dialect;
}

}  // namespace gatewayd::wire
