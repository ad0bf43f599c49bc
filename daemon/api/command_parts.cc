#include "api/command_parts.h"

#include <utility>
#include <variant>

#include "api/error.h"
#include "api/session_value.h"
#include "cluster/errors.h"
#include "cluster/text.h"
#include "wire/value.h"

namespace gatewayd::api {
namespace {

namespace pb = ::gatewayworker::v1;

constexpr std::string_view kValueField = "session.value";
constexpr std::string_view kStoredField = "session.stored";

std::string_view Payload(const pb::Message& message) {
  switch (message.payload_case()) {
    case pb::Message::kData:
      return message.data();
    case pb::Message::kText:
      return message.text();
    case pb::Message::PAYLOAD_NOT_SET:
      break;
  }
  return {};
}

absl::Status CheckStored(absl::Status status) {
  return status.ok() ? status : FieldError(kStoredField, {status.message().data(), status.message().size()});
}

absl::Status Encode(const wire::Dialect& dialect, const google::protobuf::Struct& value, std::string& storage,
                    std::string_view* stored) {
  auto decoded = FromStruct(value, kValueField);
  if (!decoded.ok()) return decoded.status();
  storage = dialect.EncodeSessionValue(*decoded);
  *stored = storage;
  return absl::OkStatus();
}

bool IsEmptyArray(const wire::Dialect& dialect, std::string_view stored) {
  const auto value = dialect.DecodeSessionValue(stored);
  if (!value.ok()) return false;
  const auto* array = std::get_if<wire::Array>(&value->data);
  return array != nullptr && array->entries.empty();
}

}  // namespace

absl::Status PutMessage(const wire::Dialect& dialect, const pb::Message& message, wire::Frame& frame,
                        std::string& storage) {
  frame.body = Payload(message);
  if (!message.raw() && !message.websocket_binary()) return absl::OkStatus();
  const std::string_view field = message.raw() ? "message.raw" : "message.websocket_binary";
  if (message.raw() && message.websocket_binary()) {
    return FieldError(field, "not together with websocket_binary, which is sent raw anyway");
  }
  if (dialect.kind() != wire::DialectKind::kPhp) {
    return cluster::MakeError(
        absl::StatusCode::kFailedPrecondition, cluster::Reason::kDialect, "",
        cluster::StrCat(field, ": ", dialect.name(), " Gateways cannot send bytes as they are"));
  }
  frame.flag |= wire::kFlagRaw;
  if (message.websocket_binary()) {
    storage = WebSocketBinaryFrame(frame.body);
    frame.body = storage;
  }
  return absl::OkStatus();
}

absl::Status PutSession(const wire::Dialect& dialect, const pb::SessionInput& input, std::string& storage,
                        std::string_view* stored) {
  switch (input.session_case()) {
    case pb::SessionInput::kValue:
      return Encode(dialect, input.value(), storage, stored);
    case pb::SessionInput::kStored:
      *stored = input.stored();
      return CheckStored(dialect.CheckSession(*stored));
    case pb::SessionInput::SESSION_NOT_SET:
      break;
  }
  return FieldError("session", "neither value nor stored is set");
}

absl::Status PutSessionUpdate(const wire::Dialect& dialect, const pb::SessionInput& input,
                              std::string& storage, std::string_view* stored) {
  *stored = {};
  if (input.has_value() && !input.value().fields().empty()) {
    return Encode(dialect, input.value(), storage, stored);
  }
  if (!input.has_stored() || input.stored().empty()) return absl::OkStatus();
  if (absl::Status status = CheckStored(dialect.CheckSessionUpdate(input.stored())); !status.ok()) {
    return status;
  }
  if (!IsEmptyArray(dialect, input.stored())) *stored = input.stored();
  return absl::OkStatus();
}

std::string WebSocketBinaryFrame(std::string_view payload) {
  constexpr char kFinalBinary = static_cast<char>(0x82);
  constexpr std::size_t kMax7Bit = 125;
  constexpr std::size_t kMax16Bit = 0xffff;
  std::string out;
  out.reserve(payload.size() + 10);
  out += kFinalBinary;
  int length_bytes = 0;
  if (payload.size() <= kMax7Bit) {
    out += static_cast<char>(payload.size());
  } else if (payload.size() <= kMax16Bit) {
    out += char{126};
    length_bytes = 2;
  } else {
    out += char{127};
    length_bytes = 8;
  }
  for (int i = length_bytes - 1; i >= 0; --i)
    out += static_cast<char>(payload.size() >> (8 * i));
  return out.append(payload);
}

absl::Status CheckFrameSize(std::size_t ext_size, std::size_t body_size) {
  const std::size_t size = wire::kFrameHeadSize + ext_size + body_size;
  if (size <= wire::kMaxFrameToGateway) return absl::OkStatus();
  return cluster::MakeError(absl::StatusCode::kResourceExhausted, cluster::Reason::kTooLarge, "",
                            cluster::StrCat("a frame of ", size, " bytes is over the limit of Gateways, ",
                                            wire::kMaxFrameToGateway, " bytes; nothing was sent"));
}

}  // namespace gatewayd::api
