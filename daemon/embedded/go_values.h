// How Go sees values that travel as JSON: encoding/json's text, byte for byte, and net/url's queries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/value.h"

namespace gatewayd::embedded::go {

// Appends json.Marshal of a string: `<`, `>`, `&`, U+2028 and U+2029 escaped, what is not UTF-8 as U+FFFD.
void AppendString(std::string_view text, std::string& out);

// json.Marshal of what json.Unmarshal made of `value` in an `any`: keys sorted, of equal ones the last, and
// every number a float64, so that integers past 2^53 lose digits.
std::string Marshal(const wire::Value& value);

// url.ParseQuery, as a map of each name to the list of its values; what it cannot read is left out.
wire::Array ParseQuery(std::string_view query);

}  // namespace gatewayd::embedded::go
