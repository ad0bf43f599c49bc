#include "api/text.h"

#include <algorithm>
#include <cstdint>

namespace gatewayd::api {
namespace {

constexpr std::size_t kMaxQuoted = 64;

bool IsPrintable(char c) {
  return c >= 0x20 && c <= 0x7e;
}

// Length of the sequence that starts with `lead`, and the range its second byte must be in; 0: none starts
// so.
std::size_t SequenceLength(std::uint8_t lead, std::uint8_t* low, std::uint8_t* high) {
  *low = 0x80;
  *high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (lead == 0xe0) *low = 0xa0;   // shorter forms exist
    if (lead == 0xed) *high = 0x9f;  // surrogates
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (lead == 0xf0) *low = 0x90;
    if (lead == 0xf4) *high = 0x8f;
    return 4;
  }
  return 0;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  for (std::size_t i = 0; i < bytes.size();) {
    if (at(i) < 0x80) {
      ++i;
      continue;
    }
    std::uint8_t low = 0;
    std::uint8_t high = 0;
    const std::size_t length = SequenceLength(at(i), &low, &high);
    if (length == 0 || bytes.size() - i < length) return false;
    if (at(i + 1) < low || at(i + 1) > high) return false;
    for (std::size_t k = 2; k < length; ++k) {
      if ((at(i + k) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

std::string Printable(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !IsPrintable(c); }, '?');
  return out;
}

std::string Quote(std::string_view text) {
  std::string out = "\"" + Printable(text.substr(0, kMaxQuoted));
  if (text.size() > kMaxQuoted) out += "...";
  return out += '"';
}

}  // namespace gatewayd::api
