// Debian builds Abseil with its own string_view, which does not convert from std's. Everything here speaks
// std::string_view; this is the one place where it is turned for absl::StrCat and the like.
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace gatewayd::wire {

inline absl::string_view ToAbsl(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace gatewayd::wire
