// JSON as the go dialect stores and answers it: strict, in UTF-8, every depth bounded, whole numbers exact
// whatever their size. Read by Boost.JSON's events, so that an answer of any size needs no tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "wire/value.h"

namespace gatewayd::wire::go {

// Nesting above this is refused, as in php (Go's own limit is 10,000; sessions are a handful deep).
inline constexpr int kMaxDepth = 128;

// One step of a walk through JSON text.
struct JsonToken {
  enum class Kind { kNull, kTrue, kFalse, kNumber, kString, kKey, kObject, kList, kEnd };
  Kind kind = Kind::kNull;
  int depth = 0;  // 0 for the whole text, 1 for what is in it; kEnd has that of its kObject or kList
  std::string_view
      text;  // of a number as it is written, of a string or key without its escapes; valid during the call
};

// Walks the whole of `text`, which must be one JSON value. `take` answers "" to go on, or what is wrong
// (static storage). INVALID_ARGUMENT with what was wrong and where, and nothing of the text itself.
absl::Status WalkJson(std::string_view text, absl::FunctionRef<std::string_view(const JsonToken&)> take);

// One value that fills `text`. A whole number outside int64, or a number that no double holds, is Opaque. A
// key that stands twice stays twice: to Go the later one counts. INVALID_ARGUMENT for anything else.
absl::StatusOr<Value> ParseJson(std::string_view text);

// Appends `value` as JSON that ParseJson reads as the same value, but for what JSON cannot say: bytes that
// are not UTF-8 become U+FFFD, infinities and NaN null, and int keys strings.
void AppendJson(const Value& value, std::string& out);

// OK where `text` is one JSON object and nothing else, with every number in a double's range: what may be
// stored. A Go Gateway ends at UPDATE_SESSION of a client whose session is another thing.
absl::Status CheckObject(std::string_view text);

// Whether `text` is well-formed UTF-8 (no surrogates, nothing overlong, nothing above U+10FFFF).
bool IsUtf8(std::string_view text);

}  // namespace gatewayd::wire::go
