#include "gatewayworker/session.h"

#include <cmath>

#include "gatewayworker/error.h"

namespace gatewayworker {

namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;

constexpr double kExact = 9007199254740992;  // 2^53: above it a double skips integers

[[noreturn]] void Refuse(const std::string& problem) {
  throw InvalidArgumentError("session " + problem, {.field = "session"});
}

void CheckNumber(double value) {
  if (!std::isfinite(value)) Refuse("has a number that is not finite");
}

void CheckText(std::string_view text) {
  if (!IsUtf8(text)) Refuse("has text that is not UTF-8: give the session as its stored bytes");
}

void Check(const google::protobuf::Value& value);

void Check(const Struct& map) {
  for (const auto& [key, value] : map.fields()) {
    CheckText(key);
    Check(value);
  }
}

void Check(const ListValue& list) {
  for (const google::protobuf::Value& value : list.values())
    Check(value);
}

void Check(const google::protobuf::Value& value) {
  using Kind = google::protobuf::Value::KindCase;
  switch (value.kind_case()) {
    case Kind::kNumberValue:
      return CheckNumber(value.number_value());
    case Kind::kStringValue:
      return CheckText(value.string_value());
    case Kind::kStructValue:
      return Check(value.struct_value());
    case Kind::kListValue:
      return Check(value.list_value());
    case Kind::kNullValue:
    case Kind::kBoolValue:
    case Kind::KIND_NOT_SET:
      return;
  }
}

template <typename Type>
std::optional<Type> As(const google::protobuf::Value& value);

template <>
std::optional<bool> As(const google::protobuf::Value& value) {
  if (!value.has_bool_value()) return std::nullopt;
  return value.bool_value();
}

template <>
std::optional<double> As(const google::protobuf::Value& value) {
  if (!value.has_number_value()) return std::nullopt;
  return value.number_value();
}

template <>
std::optional<std::int64_t> As(const google::protobuf::Value& value) {
  const std::optional<double> number = As<double>(value);
  if (!number || std::trunc(*number) != *number || std::abs(*number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

template <>
std::optional<std::string> As(const google::protobuf::Value& value) {
  if (!value.has_string_value()) return std::nullopt;
  return value.string_value();
}

template <>
std::optional<Struct> As(const google::protobuf::Value& value) {
  if (!value.has_struct_value()) return std::nullopt;
  return value.struct_value();
}

template <>
std::optional<ListValue> As(const google::protobuf::Value& value) {
  if (!value.has_list_value()) return std::nullopt;
  return value.list_value();
}

}  // namespace

Value::Value(Struct map) {
  Check(map);
  *proto_.mutable_struct_value() = std::move(map);
}

Value::Value(ListValue list) {
  Check(list);
  *proto_.mutable_list_value() = std::move(list);
}

Value::Value(google::protobuf::Value value) : proto_(std::move(value)) {
  Check(proto_);
}

void Value::SetInteger(bool fits, std::int64_t value) {
  constexpr auto kMost = static_cast<std::int64_t>(kExact);
  if (!fits || value > kMost || value < -kMost) {
    Refuse("has an integer outside ±2^53: give the session as its stored bytes");
  }
  proto_.set_number_value(static_cast<double>(value));
}

void Value::SetNumber(double value) {
  CheckNumber(value);
  proto_.set_number_value(value);
}

void Value::SetText(std::string_view text) {
  CheckText(text);
  proto_.set_string_value(text.data(), text.size());
}

Struct Map(Entries entries) {
  Struct map;
  auto& fields = *map.mutable_fields();
  for (const auto& [key, value] : entries) {
    CheckText(key);
    fields[std::string(key)] = value.proto();
  }
  return map;
}

ListValue List(std::initializer_list<Value> values) {
  ListValue list;
  for (const Value& value : values)
    *list.add_values() = value.proto();
  return list;
}

SessionInput::SessionInput(Struct value) : value_(std::move(value)) {
  Check(std::get<Struct>(value_));
}

SessionInput SessionInput::Stored(std::string bytes) {
  return SessionInput(std::move(bytes));
}

v1::SessionInput SessionInput::Take() && {
  v1::SessionInput input;
  if (auto* map = std::get_if<Struct>(&value_)) {
    *input.mutable_value() = std::move(*map);
  } else {
    input.set_stored(std::move(std::get<std::string>(value_)));
  }
  return input;
}

template <typename Type>
std::optional<Type> Get(const Struct& map, std::string_view key) {
  const auto found = map.fields().find(std::string(key));
  if (found == map.fields().end()) return std::nullopt;
  return As<Type>(found->second);
}

template std::optional<bool> Get(const Struct&, std::string_view);
template std::optional<std::int64_t> Get(const Struct&, std::string_view);
template std::optional<double> Get(const Struct&, std::string_view);
template std::optional<std::string> Get(const Struct&, std::string_view);
template std::optional<Struct> Get(const Struct&, std::string_view);
template std::optional<ListValue> Get(const Struct&, std::string_view);

bool IsUtf8(std::string_view bytes) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  while (at != end) {
    const unsigned first = *at++;
    if (first < 0x80) continue;
    // How many bytes follow, and the bounds of the first of them: no overlong forms, surrogates, or above
    // U+10FFFF.
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || end - at < more) return false;
    const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (*at < low || *at > high) return false;
    for (int i = 1; i < more; ++i) {
      if ((at[i] & 0xc0) != 0x80) return false;
    }
    at += more;
  }
  return true;
}

}  // namespace gatewayworker
