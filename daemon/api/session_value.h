// Sessions between what Gateways store and what JSON users expect (docs: proto, message Session).
#pragma once

#include <google/protobuf/struct.pb.h>

#include <string_view>

#include "absl/status/statusor.h"
#include "gatewayworker/v1/types.pb.h"
#include "wire/dialect.h"
#include "wire/value.h"

namespace gatewayd::api {

// Fills `out` with the top array of `value`: arrays whose keys are 0…n-1 become lists below the top, others
// maps with string keys. False where `out` could not hold all of it: byte strings that are not UTF-8, values
// that are not modelled, infinities and what is nested too deep for a protobuf reader stand as null; integers
// outside ±2^53 as the nearest double; keys that are not UTF-8 are left out.
bool ToStruct(const wire::Value& value, google::protobuf::Struct* out);

// The other way. Keys are sorted, so that equal sessions are stored as equal bytes; a number without a
// fraction in ±2^53 becomes an integer. INVALID_ARGUMENT naming `field` for a number that is not finite, a
// value of no kind, and nesting above 100.
absl::StatusOr<wire::Value> FromStruct(const google::protobuf::Struct& value, std::string_view field);

// What a query says about the session `stored`.
void FillSession(const wire::Dialect& dialect, std::string_view stored, gatewayworker::v1::Session* out);

}  // namespace gatewayd::api
