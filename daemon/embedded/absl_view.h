// The distribution builds Abseil as C++14, where absl::string_view is a class of its own.
#pragma once

#include <string_view>

#include "absl/strings/string_view.h"

namespace gatewayd::embedded {

inline absl::string_view AbslView(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace gatewayd::embedded
