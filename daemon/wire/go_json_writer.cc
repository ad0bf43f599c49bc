// go_json.h: values written, and UTF-8.
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "wire/go_json.h"
#include "wire/requests.h"

namespace gatewayd::wire::go {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool IsContinuation(std::string_view text, std::size_t at, unsigned char first, unsigned char last) {
  const auto byte = at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
  return byte >= first && byte <= last;
}

// Bytes of the character at `at`; 0 where none is well-formed there (Unicode 15, table 3-7).
std::size_t CharacterSize(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const unsigned char first = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char last = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (!IsContinuation(text, at + 1, first, last)) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!IsContinuation(text, at + i, 0x80, 0xBF)) return 0;
  }
  return size;
}

void AppendText(std::string_view text, std::string& out) {
  if (IsUtf8(text)) return AppendJsonString(text, out);
  std::string sound;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = CharacterSize(text, at);
    size > 0 ? sound.append(text, at, size) : sound.append(kReplacement);
    at += size > 0 ? size : 1;
  }
  AppendJsonString(sound, out);
}

void AppendKey(const Key& key, std::string& out) {
  if (const auto* text = std::get_if<std::string>(&key)) return AppendText(*text, out);
  absl::StrAppend(&out, "\"", std::get<std::int64_t>(key), "\"");
}

// The shortest digits that read back as the same double, and as one.
void AppendDouble(double number, std::string& out) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char digits[32];
  const auto result = std::to_chars(digits, digits + sizeof(digits), number);
  const std::string_view text(digits, static_cast<std::size_t>(result.ptr - digits));
  out.append(text);
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

struct Writer {
  std::string& out;

  void operator()(std::monostate) { out += "null"; }
  void operator()(bool value) { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) { absl::StrAppend(&out, value); }
  void operator()(double value) { AppendDouble(value, out); }
  void operator()(const std::string& value) { AppendText(value, out); }
  void operator()(const Opaque& value) { out += value.bytes; }
  void operator()(const Array& array) {
    out += array.is_list ? '[' : '{';
    bool first = true;
    for (const auto& [key, value] : array.entries) {
      if (!std::exchange(first, false)) out += ',';
      if (!array.is_list) {
        AppendKey(key, out);
        out += ':';
      }
      std::visit(*this, value.data);
    }
    out += array.is_list ? ']' : '}';
  }
};

}  // namespace

bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = CharacterSize(text, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

void AppendJson(const Value& value, std::string& out) {
  std::visit(Writer{out}, value.data);
}

}  // namespace gatewayd::wire::go
