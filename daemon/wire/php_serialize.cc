#include "wire/php_serialize.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "wire/absl_view.h"

namespace gatewayd::wire::php {
namespace {

// PHP writes a plain decimal where the point falls within 17 digits after, or 4 zeros before, the first
// digit.
constexpr int kMaxPlainExponent = 16;
constexpr int kMinPlainExponent = -4;

// The shortest digits that read back as the same double, without point, and the power of ten of the first
// one.
struct ShortestDigits {
  char digits[24];
  int count = 0;
  int exponent = 0;
};

ShortestDigits MakeShortest(double magnitude) {
  char text[32];
  const auto result = std::to_chars(text, text + sizeof(text), magnitude, std::chars_format::scientific);
  ShortestDigits shortest;
  const char* in = text;
  for (; *in != 'e'; ++in) {
    if (*in != '.') shortest.digits[shortest.count++] = *in;
  }
  ++in;
  if (*in == '+') ++in;
  std::from_chars(in, result.ptr, shortest.exponent);
  return shortest;
}

// 1.0E+25, 1.5E-7: a point always, no padding of the exponent.
void AppendScientific(const ShortestDigits& number, std::string& out) {
  out += number.digits[0];
  out += '.';
  if (number.count == 1) out += '0';
  out.append(number.digits + 1, static_cast<std::size_t>(number.count - 1));
  absl::StrAppend(&out, number.exponent < 0 ? "E" : "E+", number.exponent);
}

// 0.001, 123.45, 1200: no point where nothing follows it.
void AppendPlain(const ShortestDigits& number, std::string& out) {
  if (number.exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-number.exponent - 1), '0');
    out.append(number.digits, static_cast<std::size_t>(number.count));
    return;
  }
  const int whole = number.exponent + 1;
  for (int i = 0; i < whole || i < number.count; ++i) {
    if (i == whole) out += '.';
    out += i < number.count ? number.digits[i] : '0';
  }
}

void AppendDouble(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NAN";
    return;
  }
  if (std::signbit(value)) out += '-';
  if (std::isinf(value)) {
    out += "INF";
    return;
  }
  const ShortestDigits shortest = MakeShortest(std::fabs(value));
  if (shortest.exponent < kMinPlainExponent || shortest.exponent > kMaxPlainExponent) {
    AppendScientific(shortest, out);
  } else {
    AppendPlain(shortest, out);
  }
}

void SerializeInt(std::int64_t value, std::string& out) {
  absl::StrAppend(&out, "i:", value, ";");
}

// True, with the number, where PHP takes the array key `text` for an integer.
bool IsIntegerKey(std::string_view text, std::int64_t* number) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits.front() == '0' && text != "0")) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

void SerializeKey(const Key& key, std::string& out) {
  if (const auto* number = std::get_if<std::int64_t>(&key)) {
    SerializeInt(*number, out);
    return;
  }
  const std::string& text = std::get<std::string>(key);
  std::int64_t number = 0;
  if (IsIntegerKey(text, &number)) {
    SerializeInt(number, out);
  } else {
    SerializeString(text, out);
  }
}

// Appends each kind of value.
struct Writer {
  std::string& out;

  void operator()(std::monostate) const { out += "N;"; }
  void operator()(bool value) const { out += value ? "b:1;" : "b:0;"; }
  void operator()(std::int64_t value) const { SerializeInt(value, out); }
  void operator()(double value) const {
    out += "d:";
    AppendDouble(value, out);
    out += ';';
  }
  void operator()(const std::string& value) const { SerializeString(value, out); }
  void operator()(const Opaque& value) const { out += value.bytes; }
  void operator()(const Array& array) const {
    absl::StrAppend(&out, "a:", array.entries.size(), ":{");
    std::int64_t position = 0;
    for (const auto& [key, value] : array.entries) {
      if (array.is_list) {
        SerializeInt(position++, out);
      } else {
        SerializeKey(key, out);
      }
      std::visit(*this, value.data);
    }
    out += '}';
  }
};

}  // namespace

Key CanonicalKey(std::string text) {
  std::int64_t number = 0;
  if (IsIntegerKey(text, &number)) return number;
  return text;
}

absl::StatusOr<Value> Unserialize(std::string_view bytes) {
  Reader reader(bytes);
  Value value;
  if (!reader.ReadValue(&value)) return absl::DataLossError(reader.error());
  if (!reader.AtEnd()) return absl::DataLossError(absl::StrCat("more follows at byte ", reader.position()));
  return value;
}

void Serialize(const Value& value, std::string& out) {
  std::visit(Writer{out}, value.data);
}

void SerializeString(std::string_view text, std::string& out) {
  absl::StrAppend(&out, "s:", text.size(), ":\"", ToAbsl(text), "\";");
}

namespace {

// Passes `reader` over the one array that must fill its bytes.
absl::Status SkipWholeArray(Reader& reader) {
  if (reader.Peek() != 'a') return absl::InvalidArgumentError("not a serialized PHP array");
  std::string_view whole;
  if (!reader.Skip(&whole)) return absl::InvalidArgumentError(reader.error());
  if (reader.AtEnd()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("more follows the array at byte ", reader.position()));
}

}  // namespace

absl::Status CheckWholeArray(std::string_view bytes) {
  Reader reader(bytes);
  return SkipWholeArray(reader);
}

absl::Status CheckPlainArray(std::string_view bytes) {
  Reader reader(bytes);
  absl::Status status = SkipWholeArray(reader);
  if (status.ok() && !reader.is_plain()) {
    return absl::InvalidArgumentError(
        "holds a PHP object, enum or reference, which a Gateway may fail to merge");
  }
  return status;
}

}  // namespace gatewayd::wire::php
