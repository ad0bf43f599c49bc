#include "log.h"

#include <cstdio>
#include <utility>

namespace gatewayworker::internal {

Log::Log(std::string name, std::function<void(LogLevel, std::string_view)> sink)
    : name_(std::move(name)), sink_(std::move(sink)) {}

void Log::Write(LogLevel level, const std::string& text) const {
  std::string line = name_ + ": " + text;
  if (sink_) return sink_(level, line);
  line += '\n';
  // One write, so that the lines of two threads do not mix.
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));
}

}  // namespace gatewayworker::internal
