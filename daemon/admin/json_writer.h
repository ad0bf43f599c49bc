// JSON that is written from its beginning to its end. Texts may come from the network (text.h).
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "admin/text.h"
#include "cluster/text.h"

namespace gatewayd::admin {

// Not thread-safe. Ends and keys in their places are the caller's business.
class JsonWriter {
 public:
  void BeginObject() { Begin('{'); }
  void EndObject() { End('}'); }
  void BeginArray() { Begin('['); }
  void EndArray() { End(']'); }
  // Of what follows.
  void Key(std::string_view key) {
    Separate();
    AppendJson(key, out_);
    out_ += ':';
    first_ = true;
  }

  void Value(std::string_view text) {
    Separate();
    AppendJson(text, out_);
  }
  void Value(const std::string& text) { Value(std::string_view(text)); }
  void Value(const char* text) { Value(std::string_view(text)); }
  template <std::integral T>
  void Value(T number) {
    if constexpr (std::is_same_v<T, bool>) {
      Raw(number ? "true" : "false");
    } else {
      Raw(cluster::StrCat(number));
    }
  }
  // What JSON cannot say is null.
  void Value(double number) {
    std::array<char, 32> digits;
    const char* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    Raw(std::isfinite(number) ? std::string_view(digits.data(), end) : "null");
  }
  // JSON already.
  void Raw(std::string_view json) {
    Separate();
    out_ += json;
  }

  template <typename T>
  void Field(std::string_view key, const T& value) {
    Key(key);
    Value(value);
  }

  std::string Take() { return std::move(out_); }

 private:
  void Separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void Begin(char bracket) {
    Separate();
    out_ += bracket;
    first_ = true;
  }
  void End(char bracket) {
    out_ += bracket;
    first_ = false;
  }

  std::string out_;
  bool first_ = true;  // nothing stands before, at this depth
};

}  // namespace gatewayd::admin
