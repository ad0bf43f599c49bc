// Short ways to write PHP values down in tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "wire/value.h"

namespace gatewayd::wire {

inline Value Null() {
  return {};
}
inline Value Bool(bool value) {
  return {value};
}
inline Value Int(std::int64_t value) {
  return {value};
}
inline Value Real(double value) {
  return {value};
}
inline Value Text(std::string value) {
  return {std::move(value)};
}
inline Value Raw(std::string bytes) {
  return {Opaque{std::move(bytes)}};
}

inline Value List(std::vector<Value> values) {
  Array array;
  for (std::size_t i = 0; i < values.size(); ++i) {
    array.entries.emplace_back(static_cast<std::int64_t>(i), std::move(values[i]));
  }
  return {std::move(array)};
}

inline Value Map(std::vector<Entry> entries) {
  return {Array{.entries = std::move(entries), .is_list = false}};
}

}  // namespace gatewayd::wire
