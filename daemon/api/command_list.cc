#include "api/command_list.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "api/kept_message.h"

namespace gatewayd::api {
namespace {

namespace pb = ::gatewayworker::v1;
using google::protobuf::io::CodedInputStream;

constexpr std::size_t kClientIdSize = 20;

// How a field begins that has a length: its number and wire type 2, for numbers below 16.
constexpr char Tag(int field_number) {
  return static_cast<char>((field_number << 3) | 2);
}
constexpr char kCommands = Tag(pb::ExecuteRequest::kCommandsFieldNumber);
constexpr char kSendToClient = Tag(pb::Command::kSendToClientFieldNumber);
constexpr char kClientId = Tag(pb::SendToClientRequest::kClientIdFieldNumber);
constexpr char kMessage = Tag(pb::SendToClientRequest::kMessageFieldNumber);
constexpr char kData = Tag(pb::Message::kDataFieldNumber);

// Takes the field with that tag off the front; nullopt where there is none, or not all of it.
std::optional<std::string_view> TakeField(char tag, std::string_view* bytes) {
  const char* at = bytes->data();
  const char* const end = at + bytes->size();
  if (at == end || *at++ != tag) return std::nullopt;
  std::size_t size = 0;
  for (int shift = 0;; shift += 7) {
    // Four bytes of a length are 256 MiB, above what a request can have.
    if (at == end || shift == 28) return std::nullopt;
    const auto byte = static_cast<unsigned char>(*at++);
    size |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (static_cast<std::size_t>(end - at) < size) return std::nullopt;
  *bytes = std::string_view(at + size, static_cast<std::size_t>(end - at) - size);
  return std::string_view(at, size);
}

// The field that is all of `bytes`.
std::optional<std::string_view> OnlyField(char tag, std::string_view bytes) {
  const std::optional<std::string_view> field = TakeField(tag, &bytes);
  return bytes.empty() ? field : std::nullopt;
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// A Command that is nothing but SendToClient{client_id, message{data}}, in this order, as every encoder
// writes it. A client_id that is no UTF-8 is for Protobuf to refuse, and one of another size not worth it.
std::optional<CommandList::Entry> PlainSend(std::string_view command) {
  std::optional<std::string_view> rest = OnlyField(kSendToClient, command);
  if (!rest) return std::nullopt;
  const std::optional<std::string_view> client_id = TakeField(kClientId, &*rest);
  if (!client_id || client_id->size() != kClientIdSize || !IsAscii(*client_id)) return std::nullopt;
  const std::optional<std::string_view> message = OnlyField(kMessage, *rest);
  if (!message) return std::nullopt;
  const std::optional<std::string_view> data = OnlyField(kData, *message);
  if (!data) return std::nullopt;
  return CommandList::Entry{.client_id = *client_id, .data = *data};
}

}  // namespace

bool CommandList::Parse(google::protobuf::io::ZeroCopyInputStream* in) {
  Clear();
  const void* data = nullptr;
  for (int size = 0; in->Next(&data, &size);)
    bytes_.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  if (ReadInPlace() || ReadByProtobuf()) return true;
  Clear();
  return false;
}

// False where there is anything but well-formed commands.
bool CommandList::ReadInPlace() {
  std::string_view rest = bytes_;
  while (!rest.empty()) {
    const std::optional<std::string_view> command = TakeField(kCommands, &rest);
    if (!command || !ReadCommand(*command)) return false;
  }
  return true;
}

bool CommandList::ReadCommand(std::string_view bytes) {
  if (const std::optional<Entry> plain = PlainSend(bytes)) {
    entries_.push_back(*plain);
    return true;
  }
  auto* command = google::protobuf::Arena::CreateMessage<pb::Command>(&arena_);
  entries_.push_back({.command = command});
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  in.SetRecursionLimit(CodedInputStream::GetDefaultRecursionLimit() - 1);  // it stands within the request
  return command->ParseFromCodedStream(&in) && in.ConsumedEntireMessage();
}

bool CommandList::ReadByProtobuf() {
  entries_.clear();
  arena_.Reset();
  auto* request = google::protobuf::Arena::CreateMessage<pb::ExecuteRequest>(&arena_);
  if (!request->ParseFromString(bytes_)) return false;
  for (const pb::Command& command : request->commands())
    entries_.push_back({.command = &command});
  return true;
}

bool CommandList::Clear() {
  entries_.clear();
  bytes_.clear();
  arena_.Reset();
  return bytes_.capacity() + entries_.capacity() * sizeof(Entry) <= 2 * kMaxKeptMessage;
}

}  // namespace gatewayd::api
