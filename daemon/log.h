// How the log looks: glog's lines, or JSON; and what gRPC writes, put among them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace gatewayd {

enum class LogFormat { kText, kJson };

// A line of the log as --log_format=json has it.
struct LogLine {
  absl::Time time;
  std::string_view severity;  // "info", "warning", "error", "fatal"
  std::string_view file;
  int line = 0;
  std::string_view message;
};

// What the message says it is about, by the house's way to begin one: "gateway 10.0.0.1:2900: …", "register
// 10.0.0.1:1236: …", "worker 3 "chat": …", "TLS: …". Pairs of a field's name and its value.
std::vector<std::pair<std::string_view, std::string>> LogFields(std::string_view message);

// One JSON object, without a line break: time (UTC, microseconds), severity, source, the fields of LogFields,
// message. Bytes that are no UTF-8 stand as '?'.
std::string JsonLine(const LogLine& line);

// Everything goes to stderr in this form from now on. What gRPC has to say of connections that were not what
// they should be becomes one warning a minute for each kind. Once, before threads start.
void StartLog(LogFormat format);

}  // namespace gatewayd
