// php::Reader: the parts of PHP's serialize format, one at a time.
#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"
#include "wire/php_serialize.h"

namespace gatewayd::wire::php {
namespace {

constexpr std::size_t kMinEntrySize = 6;  // "i:0;N;"

bool IsDigit(char byte) {
  return byte >= '0' && byte <= '9';
}

std::size_t CountDigits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && IsDigit(text[end]))
    ++end;
  return end - from;
}

// The length of PHP's floating point literal at the start of `text`: digits with an optional point, and an
// optional exponent. 0 where there is none.
std::size_t DoubleLength(std::string_view text) {
  std::size_t end = CountDigits(text, 0);
  std::size_t digits = end;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = CountDigits(text, end + 1);
    digits += fraction;
    end += 1 + fraction;
  }
  if (digits == 0) return 0;
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    const std::size_t exponent_digits = CountDigits(text, exponent);
    if (exponent_digits == 0) return 0;
    end = exponent + exponent_digits;
  }
  return end;
}

}  // namespace

bool Reader::Fail(std::string_view what) {
  // The innermost failure is the one that tells.
  if (error_.empty()) error_ = absl::StrCat(ToAbsl(what), " at byte ", position_);
  return false;
}

bool Reader::FailExpected(std::string_view token) {
  return Fail(absl::StrCat("expected ", ToAbsl(token)));
}

// Digits only, as PHP's `uiv`; a number past size_t is refused.
bool Reader::ReadUnsigned(std::size_t* value) {
  const char* first = bytes_.data() + position_;
  const char* last = bytes_.data() + bytes_.size();
  const auto [end, error] = std::from_chars(first, last, *value);
  if (error == std::errc::result_out_of_range) return Fail("a number is too large");
  if (error != std::errc()) return Fail("expected digits");
  position_ += static_cast<std::size_t>(end - first);
  return true;
}

// "LEN:", where so many bytes are there.
bool Reader::ReadLength(std::size_t* value) {
  if (!ReadUnsigned(value) || !Expect(":")) return false;
  if (*value > bytes_.size() - position_) return Fail("a length reaches past the end");
  return true;
}

// `LEN:"bytes"`: what strings, class names and enum cases share.
bool Reader::ReadQuoted(std::string_view* value) {
  std::size_t size = 0;
  if (!ReadLength(&size) || !Expect("\"")) return false;
  if (size > bytes_.size() - position_) return Fail("a string reaches past the end");
  *value = bytes_.substr(position_, size);
  position_ += size;
  return Expect("\"");
}

// A class or enum name: letters, digits, '_', '\\', any byte from 0x7f on, and what `allowed` adds.
bool Reader::ReadName(std::string_view allowed, std::string_view* name) {
  if (!ReadQuoted(name)) return false;
  const bool is_name = !name->empty() && std::all_of(name->begin(), name->end(), [&](char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return absl::ascii_isalnum(code) || code >= 0x7f || allowed.find(byte) != std::string_view::npos;
  });
  return is_name || Fail("a class has no name");
}

bool Reader::ReadNull() {
  return Expect("N;");
}

bool Reader::ReadBool(bool* value) {
  if (!Expect("b:")) return false;
  const char digit = Peek();
  if (digit != '0' && digit != '1') return Fail("expected 0 or 1");
  ++position_;
  *value = digit == '1';
  return Expect(";");
}

bool Reader::ReadInt(std::int64_t* value) {
  if (!Expect("i:")) return false;
  if (Peek() == '+') {
    ++position_;
    if (Peek() == '-') return Fail("expected digits");
  }
  const char* first = bytes_.data() + position_;
  const char* last = bytes_.data() + bytes_.size();
  const auto [end, error] = std::from_chars(first, last, *value);
  if (error == std::errc::result_out_of_range) return Fail("an integer is out of range");
  if (error != std::errc()) return Fail("expected digits");
  position_ += static_cast<std::size_t>(end - first);
  return Expect(";");
}

bool Reader::ReadDouble(double* value) {
  if (!Expect("d:")) return false;
  bool negative = false;
  const std::string_view rest = bytes_.substr(position_);
  if (rest.starts_with("NAN;")) {
    *value = std::numeric_limits<double>::quiet_NaN();
    position_ += 3;
  } else if (rest.starts_with("INF;") || rest.starts_with("-INF;")) {
    negative = rest.front() == '-';
    *value = negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    position_ += negative ? 4 : 3;
  } else {
    negative = Peek() == '-';
    if (negative || Peek() == '+') ++position_;
    const char* first = bytes_.data() + position_;
    const char* last = first + DoubleLength(bytes_.substr(position_));
    const auto [end, error] = std::from_chars(first, last, *value);
    if (error == std::errc::result_out_of_range) return Fail("a double is out of range");
    if (error != std::errc() || end != last) return Fail("expected a double");
    if (negative) *value = -*value;
    position_ += static_cast<std::size_t>(last - first);
  }
  return Expect(";");
}

bool Reader::ReadString(std::string_view* value) {
  return Expect("s:") && ReadQuoted(value) && Expect(";");
}

bool Reader::ReadText(std::string* value) {
  if (Peek() == 'i') {
    std::int64_t number = 0;
    if (!ReadInt(&number)) return false;
    *value = absl::StrCat(number);
    return true;
  }
  if (Peek() != 's') return Fail("expected an int or a string");
  std::string_view text;
  if (!ReadString(&text)) return false;
  value->assign(text);
  return true;
}

bool Reader::ReadKey(Key* key) {
  if (Peek() == 'i') {
    std::int64_t number = 0;
    if (!ReadInt(&number)) return false;
    *key = number;
    return true;
  }
  if (Peek() != 's') return Fail("a key is neither int nor string");
  std::string_view text;
  if (!ReadString(&text)) return false;
  *key = CanonicalKey(std::string(text));
  return true;
}

bool Reader::OpenArray(std::size_t* count) {
  if (!Expect("a:") || !ReadUnsigned(count) || !Expect(":{")) return false;
  if (*count > (bytes_.size() - position_) / kMinEntrySize)
    return Fail("a count is larger than what follows");
  return true;
}

bool Reader::CloseArray() {
  return Expect("}");
}

}  // namespace gatewayd::wire::php
