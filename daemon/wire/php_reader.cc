// php::Reader: the grammar of PHP's unserialize(), without making anything of it.
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

// "a:COUNT:{" may claim any count, and nested arrays each their own: memory grows with the entries that are
// there.
constexpr std::size_t kMaxReserve = 64;

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

char Reader::Peek() const {
  return AtEnd() ? '\0' : bytes_[position_];
}

bool Reader::Fail(std::string_view what) {
  // The innermost failure is the one that tells.
  if (error_.empty()) error_ = absl::StrCat(ToAbsl(what), " at byte ", position_);
  return false;
}

bool Reader::Expect(std::string_view token) {
  if (bytes_.compare(position_, token.size(), token) != 0)
    return Fail(absl::StrCat("expected ", ToAbsl(token)));
  position_ += token.size();
  return true;
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

bool Reader::Skip(std::string_view* bytes) {
  const std::size_t start = position_;
  if (!SkipValue(0)) return false;
  *bytes = bytes_.substr(start, position_ - start);
  return true;
}

bool Reader::SkipValue(int depth) {
  bool truth = false;
  std::int64_t number = 0;
  double real = 0;
  std::string_view text;
  std::size_t count = 0;
  switch (Peek()) {
    case 'N':
      return ReadNull();
    case 'b':
      return ReadBool(&truth);
    case 'i':
      return ReadInt(&number);
    case 'd':
      return ReadDouble(&real);
    case 's':
      return ReadString(&text);
    case 'a':
      return OpenArray(&count) && SkipEntries(count, depth);
    case 'O':
      return SkipObject(depth);
    case 'C':
      return SkipCustomObject();
    case 'E':
      return Expect("E:") && ReadQuoted(&text) && Expect(";");
    case 'S':
      return SkipEscapedString();
    case 'r':
      return Expect("r:") && ReadUnsigned(&count) && Expect(";");
    case 'R':
      return Expect("R:") && ReadUnsigned(&count) && Expect(";");
    default:
      return Fail("expected a value");
  }
}

// `count` entries and the closing brace.
bool Reader::SkipEntries(std::size_t count, int depth) {
  if (depth >= kMaxDepth) return Fail("nested too deep");
  for (std::size_t i = 0; i < count; ++i) {
    const char key = Peek();
    if (key != 'i' && key != 's') return Fail("a key is neither int nor string");
    if (!SkipValue(depth + 1) || !SkipValue(depth + 1)) return false;
  }
  return CloseArray();
}

// O:LEN:"Class":COUNT:{key value …}
bool Reader::SkipObject(int depth) {
  std::string_view name;
  std::size_t count = 0;
  if (!Expect("O:") || !ReadQuoted(&name) || !Expect(":") || !ReadUnsigned(&count) || !Expect(":{"))
    return false;
  return SkipEntries(count, depth);
}

// C:LEN:"Class":LEN:{any bytes}
bool Reader::SkipCustomObject() {
  std::string_view name;
  std::size_t size = 0;
  if (!Expect("C:") || !ReadQuoted(&name) || !Expect(":") || !ReadLength(&size) || !Expect("{")) return false;
  if (size > bytes_.size() - position_) return Fail("an object reaches past the end");
  position_ += size;
  return Expect("}");
}

// S:LEN:"…"; where LEN counts bytes and each may be written as \xx.
bool Reader::SkipEscapedString() {
  std::size_t size = 0;
  if (!Expect("S:") || !ReadLength(&size) || !Expect("\"")) return false;
  for (std::size_t i = 0; i < size; ++i) {
    if (AtEnd()) return Fail("a string reaches past the end");
    if (bytes_[position_++] != '\\') continue;
    for (int digit = 0; digit < 2; ++digit) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(Peek()))) return Fail("expected a hex digit");
      ++position_;
    }
  }
  return Expect("\";");
}

bool Reader::ReadValue(Value* value) {
  return ReadTree(0, value);
}

bool Reader::ReadTree(int depth, Value* value) {
  switch (Peek()) {
    case 'N':
      value->data = std::monostate();
      return ReadNull();
    case 'b':
      return ReadBool(&value->data.emplace<bool>());
    case 'i':
      return ReadInt(&value->data.emplace<std::int64_t>());
    case 'd':
      return ReadDouble(&value->data.emplace<double>());
    case 'a':
      return ReadArray(depth, &value->data.emplace<Array>());
    case 's': {
      std::string_view text;
      if (!ReadString(&text)) return false;
      value->data.emplace<std::string>(text);
      return true;
    }
    default: {
      const std::size_t start = position_;
      if (!SkipValue(depth)) return false;
      value->data = Opaque{std::string(bytes_.substr(start, position_ - start))};
      return true;
    }
  }
}

bool Reader::ReadArray(int depth, Array* array) {
  std::size_t count = 0;
  if (!OpenArray(&count)) return false;
  if (depth >= kMaxDepth) return Fail("nested too deep");
  array->entries.reserve(std::min(count, kMaxReserve));
  for (std::size_t i = 0; i < count; ++i) {
    auto& [key, value] = array->entries.emplace_back();
    if (!ReadKey(&key) || !ReadTree(depth + 1, &value)) return false;
    const auto* position = std::get_if<std::int64_t>(&key);
    array->is_list = array->is_list && position != nullptr && *position == static_cast<std::int64_t>(i);
  }
  return CloseArray();
}

}  // namespace gatewayd::wire::php
