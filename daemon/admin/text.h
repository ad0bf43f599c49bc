// Texts that may come from the network, for JSON and for labels.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "wire/go_json.h"
#include "wire/requests.h"

namespace gatewayd::admin {

// The text as valid UTF-8: what is none has each byte that is not printable ASCII replaced by '?'.
inline std::string Clean(std::string_view text) {
  std::string out(text);
  if (wire::go::IsUtf8(text)) return out;
  const auto odd = [](char c) { return c < 0x20 || c > 0x7e; };
  std::replace_if(out.begin(), out.end(), odd, '?');
  return out;
}

inline void AppendJson(std::string_view text, std::string& out) {
  wire::AppendJsonString(Clean(text), out);
}

// ["a", "b"]
inline void AppendJson(std::span<const std::string> texts, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ", ";
    AppendJson(texts[i], out);
  }
  out += ']';
}

}  // namespace gatewayd::admin
