// Serialized values: what is read is written and read again alike, and the three ways to walk a value agree
// on what is one.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "wire/php_serialize.h"

namespace gatewayd::wire {

inline void FuzzPhpSerialize(std::string_view bytes) {
  const absl::StatusOr<Value> value = php::Unserialize(bytes);

  php::Reader reader(bytes);
  std::string_view skipped;
  const bool skips = reader.Skip(&skipped) && reader.AtEnd();
  FUZZ_CHECK(skips == value.ok());

  const bool is_array = php::CheckWholeArray(bytes).ok();
  FUZZ_CHECK(is_array == (value.ok() && std::holds_alternative<Array>(value->data)));
  if (php::CheckPlainArray(bytes).ok()) FUZZ_CHECK(is_array && reader.is_plain());
  if (!value.ok()) return;

  // Compared as bytes, since NAN is not equal to itself.
  std::string once;
  php::Serialize(*value, once);
  const absl::StatusOr<Value> again = php::Unserialize(once);
  FUZZ_CHECK(again.ok());
  std::string twice;
  php::Serialize(*again, twice);
  FUZZ_CHECK(once == twice);
}

}  // namespace gatewayd::wire
