// Text out of parts. The distribution's Abseil is built as C++14, where absl::string_view is a class of its
// own that takes no std::string_view; this is absl::StrCat for both.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"

namespace gatewayd::cluster {

template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  const auto turn = []<typename Part>(const Part& part) -> decltype(auto) {
    if constexpr (std::is_same_v<Part, std::string_view>) {
      return wire::ToAbsl(part);
    } else {
      return (part);
    }
  };
  return absl::StrCat(turn(parts)...);
}

}  // namespace gatewayd::cluster
