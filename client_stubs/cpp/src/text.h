// Text that goes into requests.
#pragma once

#include <string>
#include <string_view>

#include "gatewayworker/error.h"
#include "gatewayworker/session.h"

namespace gatewayworker::internal {

// Throws InvalidArgumentError where it is not UTF-8: Protobuf would send it, and the daemon refuse the
// request as a whole with INTERNAL.
inline std::string Text(const char* field, std::string_view text) {
  if (!IsUtf8(text)) throw InvalidArgumentError(std::string(field) + " is not UTF-8", {.field = field});
  return std::string(text);
}

// The same for a list of them.
template <typename Range, typename Field>
void FillTexts(const char* field, const Range& texts, Field& out) {
  out.Reserve(static_cast<int>(texts.size()));
  for (const std::string& text : texts)
    *out.Add() = Text(field, text);
}

}  // namespace gatewayworker::internal
