// What an operator typed into the console of the status page, out of its JSON. No I/O.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace gatewayd {

// {"action": "send", "target": "uid", "id": "4711", "text": "hello"}
// {"action": "look_up", "target": "group", "id": "lobby"}
struct ConsoleOrder {
  enum class Action { kSend, kLookUp };
  enum class Target { kClient, kUid, kGroup };

  Action action = Action::kLookUp;
  Target target = Target::kClient;
  std::string id;    // of the client, the uid or the group: UTF-8
  std::string text;  // kSend
};

// INVALID_ARGUMENT that names the field; one that is not known is an error too.
absl::StatusOr<ConsoleOrder> ParseConsoleOrder(const std::string& json);

// "send to client", "look up group": for the log.
std::string Describe(const ConsoleOrder& order);

}  // namespace gatewayd
