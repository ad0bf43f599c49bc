/// @file
/// Sessions and what is in them: google::protobuf::Struct, and what spares its plumbing.
///
/// @code
/// client.SetSession(client_id, {{"name", "Ann"}, {"age", 41}, {"tags", List({"a", 1})}});
/// std::string name = Get<std::string>(event.session(), "name").value_or("guest");
/// @endcode
#pragma once

#include <google/protobuf/struct.pb.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "gatewayworker/v1/types.pb.h"

namespace gatewayworker {

/// A client's session as a query or an event brings it: `value()`, a Struct; `stored()`, the exact bytes that
/// the Gateway keeps (empty: none was ever set); `value_incomplete()`: the Struct could not hold all of it
/// (bytes that are not UTF-8, PHP objects, integers outside ±2^53), `stored()` does.
using Session = v1::Session;

/// Something in a session: null, a bool, a number, text, a list or a map.
///
/// Every constructor throws InvalidArgumentError, field "session", for what a Struct would bend: integers
/// outside ±2^53, numbers that are not finite, text that is not UTF-8. The stored form can hold those.
class Value {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  Value(std::nullptr_t) { proto_.set_null_value(google::protobuf::NULL_VALUE); }
  Value(std::same_as<bool> auto value) { proto_.set_bool_value(value); }
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>) Value(Integer value) {
    SetInteger(std::in_range<std::int64_t>(value), static_cast<std::int64_t>(value));
  }
  Value(std::floating_point auto value) { SetNumber(static_cast<double>(value)); }
  template <std::convertible_to<std::string_view> Text>
  Value(const Text& text) {
    SetText(std::string_view(text));
  }
  Value(google::protobuf::Struct map);
  Value(google::protobuf::ListValue list);
  Value(google::protobuf::Value value);
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] const google::protobuf::Value& proto() const& noexcept { return proto_; }
  [[nodiscard]] google::protobuf::Value proto() && noexcept { return std::move(proto_); }

 private:
  void SetInteger(bool fits, std::int64_t value);
  void SetNumber(double value);
  void SetText(std::string_view text);

  google::protobuf::Value proto_;
};

/// The entries of a map, as they are written: `{{"name", "Ann"}, {"age", 41}}`.
using Entries = std::initializer_list<std::pair<std::string_view, Value>>;

/// A map: `Map({{"name", "Ann"}, {"age", 41}})`. Of equal keys the last one counts.
google::protobuf::Struct Map(Entries entries);

/// A list: `List({"a", 1, nullptr})`.
google::protobuf::ListValue List(std::initializer_list<Value> values);

/// What a session is set to: a map, or the bytes in the form in which the Gateway stores it.
class SessionInput {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  SessionInput(Entries entries) : value_(Map(entries)) {}
  /// Throws as Value does.
  SessionInput(google::protobuf::Struct value);
  // NOLINTEND(google-explicit-constructor)

  /// PHP serialize (php) or JSON (go); it must parse whole as one array or object, or the call is refused.
  static SessionInput Stored(std::string bytes);

  /// The message of the API. Leaves this one empty.
  v1::SessionInput Take() &&;

 private:
  explicit SessionInput(std::string stored) : value_(std::move(stored)) {}

  std::variant<google::protobuf::Struct, std::string> value_;
};

/// A copy of what stands in a map under a key; nothing where there is no such key or its value is of another
/// type. `Type`: bool, std::int64_t (a number without a fraction in ±2^53), double (any number), std::string,
/// google::protobuf::Struct, google::protobuf::ListValue.
template <typename Type>
std::optional<Type> Get(const google::protobuf::Struct& map, std::string_view key);

/// As above, of a session's value.
template <typename Type>
std::optional<Type> Get(const Session& session, std::string_view key) {
  return Get<Type>(session.value(), key);
}

extern template std::optional<bool> Get(const google::protobuf::Struct&, std::string_view);
extern template std::optional<std::int64_t> Get(const google::protobuf::Struct&, std::string_view);
extern template std::optional<double> Get(const google::protobuf::Struct&, std::string_view);
extern template std::optional<std::string> Get(const google::protobuf::Struct&, std::string_view);
extern template std::optional<google::protobuf::Struct> Get(const google::protobuf::Struct&,
                                                            std::string_view);
extern template std::optional<google::protobuf::ListValue> Get(const google::protobuf::Struct&,
                                                               std::string_view);

/// Whether the bytes are text as the API has it. Uids and names of groups that others stored need not be.
bool IsUtf8(std::string_view bytes) noexcept;

}  // namespace gatewayworker
