// A PHP or JSON value in memory: what sessions and decoded handshakes are made of, equal for both dialects.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gatewayd::wire {

// PHP array keys are integers or byte strings; JSON object keys are always strings.
using Key = std::variant<std::int64_t, std::string>;

struct Entry;

// An ordered map, as PHP's array is. `is_list` is true where the keys are 0…n-1 in order (an empty PHP array
// too) or where it was a JSON array; then the keys carry nothing more.
struct Array {
  std::vector<Entry> entries;
  bool is_list = true;

  friend bool operator==(const Array&, const Array&);
};

// A value that is not modelled: a PHP object, enum or reference, or a JSON number outside int64 and double's
// exact range. `bytes` is its exact stored form, so that it survives a copy.
struct Opaque {
  std::string bytes;
  friend bool operator==(const Opaque&, const Opaque&) = default;
};

// std::monostate is null. A std::string holds any bytes, UTF-8 or not.
struct Value {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Opaque> data;

  friend bool operator==(const Value&, const Value&) = default;
};

// A key and its value, named as std::pair names them. Not a std::pair, since that would have to know whether
// Value is default-constructible before Value is complete.
struct Entry {
  Entry() = default;
  template <typename KeyLike>
  Entry(KeyLike&& key, Value value) : first(std::forward<KeyLike>(key)), second(std::move(value)) {}

  Key first;
  Value second;

  friend bool operator==(const Entry&, const Entry&) = default;
};

inline bool operator==(const Array& a, const Array& b) {
  return a.is_list == b.is_list && a.entries == b.entries;
}

}  // namespace gatewayd::wire
