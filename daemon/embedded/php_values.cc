#include "embedded/php_values.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "boost/json/parse.hpp"
#include "wire/absl_view.h"
#include "wire/php_serialize.h"

namespace gatewayd::embedded::php {
namespace json = boost::json;

json::value DecodeJson(std::string_view text) {
  json::parse_options options;
  options.max_depth = 511;  // PHP's own limit is 512 arrays deep
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  return error ? json::value(nullptr) : value;
}

bool IsTrue(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return false;
    case json::kind::bool_:
      return value.get_bool();
    case json::kind::int64:
      return value.get_int64() != 0;
    case json::kind::uint64:
      return value.get_uint64() != 0;
    case json::kind::double_:
      return value.get_double() != 0;
    case json::kind::string:
      return !IsEmpty({value.get_string().data(), value.get_string().size()});
    case json::kind::array:
      return !value.get_array().empty();
    case json::kind::object:
      return !value.get_object().empty();
  }
  return false;
}

const json::value* Member(const json::value& value, std::string_view key) {
  return value.is_object() ? value.get_object().if_contains(json::string_view(key.data(), key.size()))
                           : nullptr;
}

bool IsSetAt(const json::value& value, std::uint32_t index) {
  if (const json::object* object = value.if_object()) {
    const json::value* found = object->if_contains(absl::StrCat(index));
    return found != nullptr && !found->is_null();
  }
  if (const json::array* array = value.if_array()) return index < array->size() && !(*array)[index].is_null();
  if (const json::string* text = value.if_string()) return index < text->size();
  return false;
}

bool IsIntKey(std::string_view key) {
  std::int64_t number = 0;
  if (key.empty() || key.size() > 20 || !absl::SimpleAtoi(wire::ToAbsl(key), &number)) return false;
  return absl::StrCat(number) == key;
}

std::optional<std::string> ArrayKey(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "";
    case json::kind::bool_:
      return value.get_bool() ? "1" : "0";
    case json::kind::int64:
      return absl::StrCat(value.get_int64());
    case json::kind::uint64:
      return absl::StrCat(value.get_uint64());
    case json::kind::double_: {
      double number = std::trunc(value.get_double());
      return std::abs(number) < 9.2e18 ? absl::StrCat(static_cast<std::int64_t>(number)) : "0";
    }
    case json::kind::string:
      return std::string(value.get_string());
    case json::kind::array:
    case json::kind::object:
      break;
  }
  return std::nullopt;
}

namespace {

// Length of the UTF-8 sequence at the start of `text`, 0 where it is none.
std::size_t Utf8Length(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    return first == 0xed && byte(1) > 0x9f ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    return first == 0xf4 && byte(1) > 0x8f ? 0 : 4;
  }
  return 0;
}

void AppendEscaped(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '/':
      out += "\\/";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20) {
    absl::StrAppendFormat(&out, "\\u%04x", static_cast<int>(c));
  } else {
    out += c;
  }
}

bool AppendString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    std::size_t length = Utf8Length(text);
    if (length == 0) return false;
    std::string_view letter = text.substr(0, length);
    if (length == 1) {
      AppendEscaped(letter[0], out);
    } else if (letter == "\xe2\x80\xa8" || letter == "\xe2\x80\xa9") {
      out += letter[2] == '\xa8' ? "\\u2028" : "\\u2029";
    } else {
      out += letter;
    }
    text.remove_prefix(length);
  }
  out += '"';
  return true;
}

bool AppendJson(const wire::Value& value, std::string& out);

bool AppendArray(const wire::Array& array, std::string& out) {
  out += array.is_list ? '[' : '{';
  bool first = true;
  for (const auto& [key, item] : array.entries) {
    if (!first) out += ',';
    first = false;
    if (!array.is_list) {
      const std::string* text = std::get_if<std::string>(&key);
      if (!AppendString(text ? *text : absl::StrCat(std::get<std::int64_t>(key)), out)) return false;
      out += ':';
    }
    if (!AppendJson(item, out)) return false;
  }
  out += array.is_list ? ']' : '}';
  return true;
}

bool AppendJson(const wire::Value& value, std::string& out) {
  if (std::holds_alternative<std::monostate>(value.data)) {
    out += "null";
  } else if (const bool* flag = std::get_if<bool>(&value.data)) {
    out += *flag ? "true" : "false";
  } else if (const std::int64_t* number = std::get_if<std::int64_t>(&value.data)) {
    absl::StrAppend(&out, *number);
  } else if (const double* real = std::get_if<double>(&value.data)) {
    if (!std::isfinite(*real)) return false;
    std::string serialized;  // "d:1.5;": the same digits as json_encode's
    wire::php::Serialize(value, serialized);
    out += serialized.substr(2, serialized.size() - 3);
  } else if (const std::string* text = std::get_if<std::string>(&value.data)) {
    return AppendString(*text, out);
  } else if (const wire::Array* array = std::get_if<wire::Array>(&value.data)) {
    return AppendArray(*array, out);
  } else {
    return false;  // objects: not modelled
  }
  return true;
}

wire::Value* FindEntry(wire::Array& array, const wire::Key& key) {
  for (auto& [entry_key, value] : array.entries) {
    if (entry_key == key) return &value;
  }
  return nullptr;
}

void UpdateIsList(wire::Array& array) {
  std::int64_t next = 0;
  array.is_list = true;
  for (const auto& [key, value] : array.entries) {
    const std::int64_t* number = std::get_if<std::int64_t>(&key);
    if (number == nullptr || *number != next++) array.is_list = false;
  }
}

}  // namespace

std::optional<std::string> EncodeJson(const wire::Value& value) {
  std::string out;
  if (!AppendJson(value, out)) return std::nullopt;
  return out;
}

void ReplaceRecursive(wire::Array& base, const wire::Array& update) {
  for (const auto& [key, value] : update.entries) {
    wire::Value* old = FindEntry(base, key);
    if (old == nullptr) {
      base.entries.emplace_back(key, value);
      continue;
    }
    wire::Array* inner = std::get_if<wire::Array>(&old->data);
    const wire::Array* inner_update = std::get_if<wire::Array>(&value.data);
    if (inner != nullptr && inner_update != nullptr) {
      ReplaceRecursive(*inner, *inner_update);
    } else {
      *old = value;
    }
  }
  UpdateIsList(base);
}

}  // namespace gatewayd::embedded::php
