// The worker's own lines.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gatewayworker/worker.h"

namespace gatewayworker::internal {

// Thread-safe, as far as `sink` is.
class Log {
 public:
  // `name` leads each line. `sink` empty: stderr.
  Log(std::string name, std::function<void(LogLevel, std::string_view)> sink);

  void Info(const std::string& text) const { Write(LogLevel::kInfo, text); }
  void Warning(const std::string& text) const { Write(LogLevel::kWarning, text); }
  void Error(const std::string& text) const { Write(LogLevel::kError, text); }

 private:
  void Write(LogLevel level, const std::string& text) const;

  const std::string name_;
  const std::function<void(LogLevel, std::string_view)> sink_;
};

}  // namespace gatewayworker::internal
