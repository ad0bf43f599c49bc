#include "api/command_list.h"

#include "api/kept_message.h"

namespace gatewayd::api {
namespace {

namespace pb = ::gatewayworker::v1;

constexpr char kCommands = LengthTag(pb::ExecuteRequest::kCommandsFieldNumber);

}  // namespace

bool CommandList::ReadInPlace(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::optional<std::string_view> field = TakeField(kCommands, &bytes);
    if (!field) return false;
    const std::optional<CommandEntry> entry = ReadCommand(*field, 1, arena());
    if (!entry) return false;
    entries_.push_back(*entry);
  }
  return true;
}

bool CommandList::ReadByProtobuf(std::string_view bytes) {
  auto* request = google::protobuf::Arena::CreateMessage<pb::ExecuteRequest>(&arena());
  if (!MergeWithin(bytes, 0, request)) return false;
  for (const pb::Command& command : request->commands())
    entries_.push_back({.command = &command});
  return true;
}

void CommandList::Forget() {
  ForgetKept(entries_);
}

}  // namespace gatewayd::api
