#include "api/read_in_place.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>

#include <algorithm>

#include "api/kept_message.h"

namespace gatewayd::api {
namespace {

namespace pb = ::gatewayworker::v1;
using google::protobuf::io::CodedInputStream;

constexpr std::size_t kClientIdSize = 20;
constexpr std::size_t kMaxVarintSize = 10;
// Four bytes of a length are 256 MiB, above what a request can have.
constexpr std::size_t kMaxLengthSize = 4;

constexpr char kSendToClient = LengthTag(pb::Command::kSendToClientFieldNumber);
constexpr char kSendToCurrentClient = LengthTag(pb::Command::kSendToCurrentClientFieldNumber);
constexpr char kClientId = LengthTag(pb::SendToClientRequest::kClientIdFieldNumber);
constexpr char kMessage = LengthTag(pb::SendToClientRequest::kMessageFieldNumber);
constexpr char kData = LengthTag(pb::Message::kDataFieldNumber);
static_assert(kClientId == LengthTag(pb::SendToCurrentClientRequest::kClientIdFieldNumber));
static_assert(kMessage == LengthTag(pb::SendToCurrentClientRequest::kMessageFieldNumber));

// A cleared oneof gives back all that it held, in small pieces; on an arena all of them go at once.
google::protobuf::ArenaOptions KeptArena() {
  google::protobuf::ArenaOptions options;
  options.start_block_size = 1024;
  options.max_block_size = kMaxKeptMessage;
  return options;
}

std::optional<std::uint64_t> TakeVarint(std::size_t max_size, std::string_view* bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes->size() && i < max_size; ++i) {
    const auto byte = static_cast<unsigned char>((*bytes)[i]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes->remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

// The field that is all of `bytes`.
std::optional<std::string_view> OnlyField(char tag, std::string_view bytes) {
  const std::optional<std::string_view> field = TakeField(tag, &bytes);
  return bytes.empty() ? field : std::nullopt;
}

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// A Command that sends bytes to one client, with its fields in the order in which every encoder writes them.
// A client_id that is no UTF-8 is for Protobuf to refuse, and one of another size not worth it.
std::optional<CommandEntry> PlainSend(std::string_view command) {
  CommandEntry entry;
  if (command.empty()) return std::nullopt;
  entry.current = command.front() == kSendToCurrentClient;
  std::optional<std::string_view> rest =
      OnlyField(entry.current ? kSendToCurrentClient : kSendToClient, command);
  if (!rest) return std::nullopt;
  if (rest->starts_with(kClientId)) {
    const std::optional<std::string_view> client_id = TakeField(kClientId, &*rest);
    if (!client_id || client_id->size() != kClientIdSize || !IsAscii(*client_id)) return std::nullopt;
    entry.client_id = *client_id;
  }
  const std::optional<std::string_view> message = OnlyField(kMessage, *rest);
  if (!message) return std::nullopt;
  const std::optional<std::string_view> data = OnlyField(kData, *message);
  if (!data) return std::nullopt;
  entry.data = *data;
  return entry;
}

}  // namespace

InPlaceMessage::InPlaceMessage() : arena_(KeptArena()) {}

bool InPlaceMessage::Parse(google::protobuf::io::ZeroCopyInputStream* in) {
  Clear();
  const void* data = nullptr;
  for (int size = 0; in->Next(&data, &size);)
    bytes_.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  if (ReadInPlace(bytes_)) return true;
  Forget();
  arena_.Reset();
  if (ReadByProtobuf(bytes_)) return true;
  Clear();
  return false;
}

void InPlaceMessage::Clear() {
  Forget();
  arena_.Reset();
  ForgetKept(bytes_);
}

std::optional<std::string_view> TakeField(char tag, std::string_view* bytes) {
  if (!bytes->starts_with(tag)) return std::nullopt;
  bytes->remove_prefix(1);
  const std::optional<std::uint64_t> size = TakeVarint(kMaxLengthSize, bytes);
  if (!size || *size > bytes->size()) return std::nullopt;
  const std::string_view field = bytes->substr(0, *size);
  bytes->remove_prefix(*size);
  return field;
}

std::optional<std::uint64_t> TakeNumber(char tag, std::string_view* bytes) {
  if (!bytes->starts_with(tag)) return 0;
  bytes->remove_prefix(1);
  return TakeVarint(kMaxVarintSize, bytes);
}

std::optional<CommandEntry> ReadCommand(std::string_view bytes, int depth, google::protobuf::Arena& arena) {
  if (std::optional<CommandEntry> plain = PlainSend(bytes)) return plain;
  auto* command = google::protobuf::Arena::CreateMessage<pb::Command>(&arena);
  if (!MergeWithin(bytes, depth, command)) return std::nullopt;
  return CommandEntry{.command = command};
}

int MethodIndex(const std::string& full_name) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(full_name)->index();
}

bool MergeWithin(std::string_view bytes, int depth, google::protobuf::MessageLite* message) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  in.SetRecursionLimit(CodedInputStream::GetDefaultRecursionLimit() - depth);
  return message->MergeFromCodedStream(&in) && in.ConsumedEntireMessage();
}

}  // namespace gatewayd::api
