#include "embedded/go_values.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "wire/go_json.h"

namespace gatewayd::embedded::go {
namespace {

constexpr std::string_view kLineSeparator = "\xe2\x80\xa8";  // U+2028; U+2029 differs in the last byte

void AppendEscaped(unsigned char byte, std::string& out) {
  constexpr char kHexDigits[] = "0123456789abcdef";
  constexpr std::string_view kShort = "\b\f\n\r\t\"\\";
  constexpr std::string_view kLetters = "bfnrt\"\\";
  if (const std::size_t at = kShort.find(static_cast<char>(byte)); at != std::string_view::npos) {
    out += '\\';
    out += kLetters[at];
    return;
  }
  absl::StrAppend(&out, "\\u00");
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 0xf];
}

// Bytes of the well-formed character at the start of `text`; 0 where there is none.
std::size_t CharacterSize(std::string_view text) {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (wire::go::IsUtf8(text.substr(0, size))) return size;
  }
  return 0;
}

// As strconv.FormatFloat with the rules that encoding/json has for its form: the shortest digits that read
// back as the same number, and zeros where there are no more of them.
void AppendNumber(double number, std::string& out) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::scientific);
  std::string text(buffer, result.ptr);
  const double size = std::abs(number);
  if (size != 0 && (size < 1e-6 || size >= 1e21)) {
    if (const std::size_t at = text.find("e-0"); at != std::string::npos) text.erase(at + 2, 1);
    out += text;
    return;
  }
  if (std::signbit(number)) {
    out += '-';
    text.erase(0, 1);
  }
  const std::size_t e = text.find('e');
  const int exponent = std::atoi(text.c_str() + e + 1);
  std::string digits = text.substr(0, e);
  std::erase(digits, '.');
  if (exponent < 0) digits.insert(0, static_cast<std::size_t>(-exponent), '0');
  const auto whole = static_cast<std::size_t>(exponent < 0 ? 1 : exponent + 1);
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  out.append(digits, 0, whole);
  if (digits.size() > whole) out.append(".").append(digits, whole);
}

struct Marshaller {
  std::string& out;

  void operator()(std::monostate) { out += "null"; }
  void operator()(bool value) { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) { AppendNumber(static_cast<double>(value), out); }
  void operator()(double value) { AppendNumber(value, out); }
  void operator()(const std::string& value) { AppendString(value, out); }
  void operator()(const wire::Opaque& value) { AppendNumber(std::strtod(value.bytes.c_str(), nullptr), out); }
  void operator()(const wire::Array& array) { array.is_list ? AppendList(array) : AppendMap(array); }

  void AppendList(const wire::Array& array) {
    out += '[';
    for (const auto& [key, value] : array.entries) {
      if (out.back() != '[') out += ',';
      std::visit(*this, value.data);
    }
    out += ']';
  }
  void AppendMap(const wire::Array& array) {
    std::map<std::string_view, const wire::Value*> sorted;
    for (const auto& [key, value] : array.entries)
      sorted[std::get<std::string>(key)] = &value;
    out += '{';
    for (const auto& [key, value] : sorted) {
      if (out.back() != '{') out += ',';
      AppendString(key, out);
      out += ':';
      std::visit(*this, value->data);
    }
    out += '}';
  }
};

int HexDigit(char digit) {
  if (!absl::ascii_isxdigit(static_cast<unsigned char>(digit))) return -1;
  return absl::ascii_isdigit(static_cast<unsigned char>(digit)) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

std::optional<std::string> Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size() || HexDigit(text[i + 1]) < 0 || HexDigit(text[i + 2]) < 0) return std::nullopt;
      out += static_cast<char>(HexDigit(text[i + 1]) << 4 | HexDigit(text[i + 2]));
      i += 2;
    }
  }
  return out;
}

}  // namespace

void AppendString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    std::size_t size = CharacterSize(text);
    if (byte < 0x20 || byte == '"' || byte == '\\' || byte == '<' || byte == '>' || byte == '&') {
      AppendEscaped(byte, out);
    } else if (size == 0) {
      out += "\\ufffd";
      size = 1;
    } else if (size == 3 && text.substr(0, 2) == kLineSeparator.substr(0, 2) &&
               (text[2] == kLineSeparator[2] || text[2] == kLineSeparator[2] + 1)) {
      out += text[2] == kLineSeparator[2] ? "\\u2028" : "\\u2029";
    } else {
      out.append(text, 0, size);
    }
    text.remove_prefix(size);
  }
  out += '"';
}

std::string Marshal(const wire::Value& value) {
  std::string out;
  std::visit(Marshaller{out}, value.data);
  return out;
}

wire::Array ParseQuery(std::string_view query) {
  std::map<std::string, wire::Array> lists;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = Unescape(pair.substr(0, equals));
    std::optional<std::string> value = Unescape(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) continue;
    wire::Array& list = lists[*std::move(name)];
    list.entries.emplace_back(static_cast<std::int64_t>(list.entries.size()), wire::Value{*std::move(value)});
  }
  wire::Array out{.entries = {}, .is_list = false};
  for (auto& [name, list] : lists)
    out.entries.emplace_back(name, wire::Value{std::move(list)});
  return out;
}

}  // namespace gatewayd::embedded::go
