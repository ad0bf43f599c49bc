#include "embedded/query_string.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "embedded/php_values.h"
#include "wire/absl_view.h"

namespace gatewayd::embedded::php {
namespace {

constexpr std::size_t kMaxVariables = 1000;
constexpr std::size_t kMaxBrackets = 64;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string DecodeUrl(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
      out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// "a[x][]" as its name "a" and its brackets "x", "". False where PHP drops the variable.
bool SplitName(std::string text, std::string* name, std::vector<std::string>* brackets) {
  text.erase(0, text.find_first_not_of(' ') == std::string::npos ? text.size() : text.find_first_not_of(' '));
  text = text.substr(0, text.find('\0'));
  std::size_t open = text.find('[');
  if (open == 0) return false;
  *name = text.substr(0, open);
  std::size_t close = open == std::string::npos ? std::string::npos : text.find(']', open);
  if (open != std::string::npos && close == std::string::npos)
    *name = text;  // the bracket is part of the name
  for (char& c : *name) {
    if (c == ' ' || c == '.' || c == '[') c = '_';
  }
  while (close != std::string::npos) {
    std::string bracket = text.substr(open + 1, close - open - 1);
    std::size_t first = bracket.find_first_not_of(" \t\r\n");
    brackets->push_back(first == std::string::npos ? "" : bracket.substr(first));
    open = close + 1;
    if (open >= text.size() || text[open] != '[') break;
    close = text.find(']', open);
  }
  return !name->empty() && brackets->size() <= kMaxBrackets;
}

// The place of the next list entry: one above the highest int key.
wire::Key NextKey(const wire::Array& array) {
  std::int64_t next = 0;
  for (const auto& [key, value] : array.entries) {
    if (const std::int64_t* number = std::get_if<std::int64_t>(&key)) next = std::max(next, *number + 1);
  }
  return next;
}

wire::Value& At(wire::Array& array, wire::Key key) {
  for (auto& [entry_key, value] : array.entries) {
    if (entry_key == key) return value;
  }
  const auto* number = std::get_if<std::int64_t>(&key);
  array.is_list =
      array.is_list && number != nullptr && *number == static_cast<std::int64_t>(array.entries.size());
  return array.entries.emplace_back(std::move(key), wire::Value{}).second;
}

}  // namespace

wire::Key ToKey(std::string_view name) {
  std::int64_t number = 0;
  if (IsIntKey(name) && absl::SimpleAtoi(wire::ToAbsl(name), &number)) return number;
  return std::string(name);
}

void Set(wire::Array& array, std::string_view name, wire::Value value) {
  At(array, ToKey(name)) = std::move(value);
}

wire::Array ParseQueryString(std::string_view query) {
  wire::Array out;
  std::size_t variables = 0;
  while (!query.empty() && variables < kMaxVariables) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name;
    std::vector<std::string> brackets;
    if (!SplitName(DecodeUrl(pair.substr(0, equals)), &name, &brackets)) continue;
    ++variables;
    wire::Value* place = &At(out, ToKey(name));
    for (const std::string& bracket : brackets) {
      if (!std::holds_alternative<wire::Array>(place->data)) place->data = wire::Array{};
      auto& array = std::get<wire::Array>(place->data);
      place = &At(array, bracket.empty() ? NextKey(array) : ToKey(bracket));
    }
    place->data = equals < pair.size() ? DecodeUrl(pair.substr(equals + 1)) : std::string();
  }
  return out;
}

}  // namespace gatewayd::embedded::php
