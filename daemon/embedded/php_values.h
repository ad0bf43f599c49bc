// How PHP sees values that came as JSON or serialized: array keys, emptiness, json_encode,
// array_replace_recursive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "boost/json/value.hpp"
#include "wire/value.h"

namespace gatewayd::embedded::php {

// json_decode($text, true): what cannot be read is null.
boost::json::value DecodeJson(std::string_view text);

// empty($text) of a string.
inline bool IsEmpty(std::string_view text) {
  return text.empty() || text == "0";
}
// (bool)$value; an empty object counts as the empty array that json_decode makes of it.
bool IsTrue(const boost::json::value& value);

// The member of an array that json_decode made, or nullptr where it is absent or `value` is no array.
const boost::json::value* Member(const boost::json::value& value, std::string_view key);
// isset($value[$index]) with an int: an object's key, a list's position, a string's offset.
bool IsSetAt(const boost::json::value& value, std::uint32_t index);

// True where PHP turns an array key of these bytes into an int ("7", "-5"; not "007", "1.5", "-0").
bool IsIntKey(std::string_view key);
// The array key that a value becomes, as text; nullopt for arrays, at which PHP throws.
std::optional<std::string> ArrayKey(const boost::json::value& value);

// json_encode($value, JSON_UNESCAPED_UNICODE); nullopt where PHP gives false.
std::optional<std::string> EncodeJson(const wire::Value& value);

// array_replace_recursive($base, $update), into `base`.
void ReplaceRecursive(wire::Array& base, const wire::Array& update);

}  // namespace gatewayd::embedded::php
