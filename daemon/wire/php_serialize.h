// PHP's serialize format, as far as GatewayWorker uses it: read with every count, length and depth bounded
// (the bytes come from the network), written exactly as PHP 7.1+ writes it (serialize_precision = -1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "wire/value.h"

namespace gatewayd::wire::php {

// Nesting above this is refused (PHP's own unserialize_max_depth is 4096; sessions are a handful deep).
inline constexpr int kMaxDepth = 128;

// A cursor over serialized bytes, for answers that need no tree: it copies nothing. Every Read… consumes one
// value (or part) when it succeeds; after a failure the position is unspecified and error() says what was
// wrong. Not thread-safe. The bytes must outlive the reader and every view it hands out.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  // The type letter of the next value ('N', 'b', 'i', 'd', 's', 'a', 'O', …), or 0 at the end.
  char Peek() const { return AtEnd() ? '\0' : bytes_[position_]; }
  bool AtEnd() const { return position_ == bytes_.size(); }
  std::size_t position() const { return position_; }

  bool ReadNull();
  bool ReadBool(bool* value);
  bool ReadInt(std::int64_t* value);         // i: only
  bool ReadDouble(double* value);            // d: only; INF, -INF and NAN too
  bool ReadString(std::string_view* value);  // s: only
  // An int or a string, as its decimal digits or bytes: PHP turns array keys and list values such as "1001"
  // into ints, and to users they are the strings "1001".
  bool ReadText(std::string* value);
  // Opens an array: `count` entries of key and value follow, then CloseArray. A count that cannot fit in the
  // rest of the bytes is refused.
  bool OpenArray(std::size_t* count);
  bool CloseArray();
  // An array's key: its decimal digits or bytes, as ReadText; both kinds of key, and nothing else.
  bool ReadKey(Key* key);
  // Passes over one whole value of any kind, objects, enums and references included, and returns its bytes.
  // A reference to nowhere is refused, as PHP does: values are numbered as they are skipped or read, so whole
  // payloads must be.
  bool Skip(std::string_view* bytes);
  // Reads one whole value of any kind into memory. What cannot be modelled becomes Opaque with its exact
  // bytes.
  bool ReadValue(Value* value);

  const std::string& error() const { return error_; }

  // True while nothing but null, bool, int, double, string and array has been passed over.
  bool is_plain() const { return is_plain_; }

 protected:
  // Keeps `what`, with the position, as error() unless something failed before, and returns false.
  bool Fail(std::string_view what);

 private:
  // Consumes `token`. Inline, since most of reading is this and the tokens are constants of a byte or two.
  bool Expect(std::string_view token) {
    if (!bytes_.substr(position_).starts_with(token)) return FailExpected(token);
    position_ += token.size();
    return true;
  }
  bool FailExpected(std::string_view token);
  bool ReadUnsigned(std::size_t* value);
  bool ReadLength(std::size_t* value);
  bool ReadQuoted(std::string_view* value);
  bool ReadName(std::string_view allowed, std::string_view* name);
  bool SkipValue(int depth);
  bool SkipKey();
  bool SkipEntries(std::size_t count, int depth);
  bool SkipObject(int depth);
  bool SkipCustomObject();
  bool SkipEnum();
  bool SkipEscapedString();
  bool SkipReference();
  void CountSlot(char type);
  bool ReadTree(int depth, Value* value);
  bool ReadArray(int depth, Array* array);

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::string error_;
  std::size_t slots_ = 0;             // values so far, which references count from 1
  std::vector<std::size_t> objects_;  // those of them that are objects, ascending
  bool is_plain_ = true;
};

// The key that PHP makes of an array key `text`: an integer where it is a canonical decimal one that fits
// int64
// ("7", "-5", but not "007", "-0", "1.5" or "9223372036854775808"), else the string.
Key CanonicalKey(std::string text);

// Reads one value that fills `bytes` exactly. What cannot be modelled becomes Opaque with its exact bytes;
// keys are canonical. A key that stands twice in an array stays twice: to PHP the later one counts.
// DATA_LOSS, with what was wrong and where, for anything else.
absl::StatusOr<Value> Unserialize(std::string_view bytes);

// Appends `value` as PHP's serialize() writes it. An Opaque is written as its bytes. Keys
// are written as CanonicalKey makes them, so that a session made from JSON, where every key is a string, is
// what PHP itself would have stored; the keys of a list are its positions.
void Serialize(const Value& value, std::string& out);

// Appends one string as PHP's serialize() writes it.
void SerializeString(std::string_view text, std::string& out);

// OK where `bytes` are one whole array ("a:…") and nothing else: what a stored session must be, since
// anything else stops a PHP Gateway or makes PHP workers exit. INVALID_ARGUMENT with what was wrong and
// where.
absl::Status CheckWholeArray(std::string_view bytes);

// As CheckWholeArray, and made of null, bool, int, double, string and array only. A Gateway unserializes what
// it is to merge, and there an enum that it has not loaded, or an object whose class refuses its content,
// stops its process.
absl::Status CheckPlainArray(std::string_view bytes);

}  // namespace gatewayd::wire::php
