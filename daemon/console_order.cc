#include "console_order.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <optional>

#include "absl/strings/str_cat.h"

namespace gatewayd {
namespace {

using google::protobuf::Struct;
using Target = ConsoleOrder::Target;

std::optional<Target> TargetOf(const std::string& name) {
  if (name == "client") return Target::kClient;
  if (name == "uid") return Target::kUid;
  if (name == "group") return Target::kGroup;
  return std::nullopt;
}

// The text of a field; "" where it is absent.
absl::Status Read(const Struct& object, const std::string& name, std::string* text) {
  const auto at = object.fields().find(name);
  if (at == object.fields().end()) return absl::OkStatus();
  if (at->second.kind_case() != google::protobuf::Value::kStringValue) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": not a string"));
  }
  *text = at->second.string_value();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ConsoleOrder> ParseConsoleOrder(const std::string& json) {
  Struct object;
  if (!google::protobuf::util::JsonStringToMessage(json, &object).ok()) {
    return absl::InvalidArgumentError("the body is no JSON object");
  }
  ConsoleOrder order;
  std::string action, target;
  for (const auto& [name, text] : {std::pair{"action", &action}, std::pair{"target", &target},
                                   std::pair{"id", &order.id}, std::pair{"text", &order.text}}) {
    if (absl::Status status = Read(object, name, text); !status.ok()) return status;
    object.mutable_fields()->erase(name);
  }
  if (!object.fields().empty()) {
    return absl::InvalidArgumentError("a field other than action, target, id and text");
  }
  if (action != "send" && action != "look_up") {
    return absl::InvalidArgumentError("action: neither send nor look_up");
  }
  order.action = action == "send" ? ConsoleOrder::Action::kSend : ConsoleOrder::Action::kLookUp;
  const std::optional<Target> known = TargetOf(target);
  if (!known) return absl::InvalidArgumentError("target: not client, uid or group");
  order.target = *known;
  if (order.id.empty()) return absl::InvalidArgumentError("id: empty");
  if (order.action == ConsoleOrder::Action::kLookUp && !order.text.empty()) {
    return absl::InvalidArgumentError("text: only with send");
  }
  return order;
}

std::string Describe(const ConsoleOrder& order) {
  const char* const target = order.target == Target::kClient ? "client"
                             : order.target == Target::kUid  ? "uid"
                                                             : "group";
  return absl::StrCat(order.action == ConsoleOrder::Action::kSend ? "send to " : "look up ", target);
}

}  // namespace gatewayd
