#include "api/worker_request.h"

#include <optional>

#include "api/kept_message.h"

namespace gatewayd::api {
namespace {

namespace pb = ::gatewayworker::v1;
using google::protobuf::Arena;

constexpr char kCommands = LengthTag(pb::AttachRequest::kCommandsFieldNumber);
constexpr char kNumber = VarintTag(pb::NumberedCommand::kNumberFieldNumber);
constexpr char kCommand = LengthTag(pb::NumberedCommand::kCommandFieldNumber);
constexpr char kEventId = VarintTag(pb::NumberedCommand::kEventIdFieldNumber);

// A NumberedCommand with its fields in order and none but these.
std::optional<NumberedEntry> InOrder(std::string_view bytes, Arena& arena) {
  const std::optional<std::uint64_t> number = TakeNumber(kNumber, &bytes);
  if (!number) return std::nullopt;
  const std::optional<std::string_view> field = TakeField(kCommand, &bytes);
  if (!field) return std::nullopt;
  const std::optional<std::uint64_t> event_id = TakeNumber(kEventId, &bytes);
  if (!event_id || !bytes.empty()) return std::nullopt;
  const std::optional<CommandEntry> command = ReadCommand(*field, 2, arena);
  if (!command) return std::nullopt;
  return NumberedEntry{.number = *number, .event_id = *event_id, .command = *command};
}

NumberedEntry EntryOf(const pb::NumberedCommand& numbered) {
  return {.number = numbered.number(),
          .event_id = numbered.event_id(),
          .command = {.command = &numbered.command()}};
}

}  // namespace

bool WorkerRequest::ReadInPlace(std::string_view bytes) {
  pb::AttachRequest* others = nullptr;
  while (!bytes.empty()) {
    const std::string_view from_here = bytes;
    const char tag = bytes.front();
    const std::optional<std::string_view> field = TakeField(tag, &bytes);
    if (!field) return false;
    switch (tag) {
      case kCommands:
        if (!ReadNumbered(*field)) return false;
        break;
      case LengthTag(pb::AttachRequest::kHelloFieldNumber):
      case LengthTag(pb::AttachRequest::kAcksFieldNumber):
      case LengthTag(pb::AttachRequest::kSyncFieldNumber):
      case LengthTag(pb::AttachRequest::kLeaveFieldNumber):
        if (others == nullptr) others_ = others = Arena::CreateMessage<pb::AttachRequest>(&arena());
        if (!MergeWithin(from_here.substr(0, from_here.size() - bytes.size()), 0, others)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

bool WorkerRequest::ReadNumbered(std::string_view bytes) {
  if (const std::optional<NumberedEntry> entry = InOrder(bytes, arena())) {
    commands_.push_back(*entry);
    return true;
  }
  auto* numbered = Arena::CreateMessage<pb::NumberedCommand>(&arena());
  if (!MergeWithin(bytes, 1, numbered)) return false;
  commands_.push_back(EntryOf(*numbered));
  return true;
}

bool WorkerRequest::ReadByProtobuf(std::string_view bytes) {
  auto* request = Arena::CreateMessage<pb::AttachRequest>(&arena());
  others_ = request;
  if (!MergeWithin(bytes, 0, request)) return false;
  for (const pb::NumberedCommand& numbered : request->commands())
    commands_.push_back(EntryOf(numbered));
  return true;
}

void WorkerRequest::Forget() {
  ForgetKept(commands_);
  others_ = &pb::AttachRequest::default_instance();
}

}  // namespace gatewayd::api
