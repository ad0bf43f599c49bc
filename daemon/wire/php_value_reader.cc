// php::Reader: whole values, passed over or read into memory. Both walk the same grammar, to the same depth.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "wire/php_serialize.h"

namespace gatewayd::wire::php {
namespace {

// "a:COUNT:{" may claim any count, and nested arrays each their own: memory grows with the entries that are
// there.
constexpr std::size_t kMaxReserve = 64;

// The types that Value models.
bool IsPlain(char type) {
  return type == 's' || type == 'i' || type == 'a' || type == 'd' || type == 'b' || type == 'N';
}

}  // namespace

bool Reader::Skip(std::string_view* bytes) {
  const std::size_t start = position_;
  if (!SkipValue(0)) return false;
  *bytes = bytes_.substr(start, position_ - start);
  return true;
}

// References number every value but themselves where they are 'R' (keys are no values).
void Reader::CountSlot(char type) {
  if (type != 'R') ++slots_;
  if (type == 'O' || type == 'C' || type == 'E') objects_.push_back(slots_);
  is_plain_ = is_plain_ && IsPlain(type);
}

bool Reader::SkipValue(int depth) {
  CountSlot(Peek());
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
      return SkipEnum();
    case 'S':
      return SkipEscapedString();
    case 'r':
    case 'R':
      return SkipReference();
    default:
      return Fail("expected a value");
  }
}

bool Reader::SkipKey() {
  std::int64_t number = 0;
  std::string_view text;
  if (Peek() == 'i') return ReadInt(&number);
  if (Peek() == 's') return ReadString(&text);
  return Fail("a key is neither int nor string");
}

// `count` entries and the closing brace.
bool Reader::SkipEntries(std::size_t count, int depth) {
  if (depth >= kMaxDepth) return Fail("nested too deep");
  for (std::size_t i = 0; i < count; ++i) {
    if (!SkipKey() || !SkipValue(depth + 1)) return false;
  }
  return CloseArray();
}

// O:LEN:"Class":COUNT:{key value …}
bool Reader::SkipObject(int depth) {
  std::string_view name;
  std::size_t count = 0;
  if (!Expect("O:") || !ReadName("_\\", &name) || !Expect(":") || !ReadUnsigned(&count) || !Expect(":{"))
    return false;
  return SkipEntries(count, depth);
}

// C:LEN:"Class":LEN:{any bytes}
bool Reader::SkipCustomObject() {
  std::string_view name;
  std::size_t size = 0;
  if (!Expect("C:") || !ReadName("_\\", &name) || !Expect(":") || !ReadLength(&size) || !Expect("{"))
    return false;
  if (size > bytes_.size() - position_) return Fail("an object reaches past the end");
  position_ += size;
  return Expect("}");
}

// E:LEN:"Class:Case";
bool Reader::SkipEnum() {
  std::string_view name;
  if (!Expect("E:") || !ReadName("_\\:", &name) || !Expect(";")) return false;
  return name.find(':') != std::string_view::npos || Fail("an enum without a case");
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

// r:N; is an object met before; R:N; is any value met before.
bool Reader::SkipReference() {
  const bool is_object = Peek() == 'r';
  std::size_t slot = 0;
  if (!Expect(is_object ? "r:" : "R:") || !ReadUnsigned(&slot)) return false;
  const bool is_known =
      is_object ? std::binary_search(objects_.begin(), objects_.end(), slot) : slot >= 1 && slot <= slots_;
  return is_known ? Expect(";") : Fail("a reference to nowhere");
}

bool Reader::ReadValue(Value* value) {
  return ReadTree(0, value);
}

bool Reader::ReadTree(int depth, Value* value) {
  const char type = Peek();
  if (IsPlain(type)) CountSlot(type);  // SkipValue counts the others
  switch (type) {
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
