#include "wire/client_id.h"

#include "absl/strings/str_cat.h"

namespace gatewayd::wire {
namespace {

constexpr std::size_t kClientIdDigits = 20;
constexpr char kHexDigits[] = "0123456789abcdef";

// The value of a hex digit, or -1.
constexpr int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// Reads `digits` as one number; false at anything that is not a hex digit. At most 8 digits.
bool ReadHex(std::string_view digits, std::uint32_t* value) {
  std::uint32_t result = 0;
  for (const char digit : digits) {
    const int nibble = HexValue(digit);
    if (nibble < 0) return false;
    result = result << 4 | static_cast<std::uint32_t>(nibble);
  }
  *value = result;
  return true;
}

// Writes the lowest `count` nibbles of `value`, highest first, and returns what follows them.
char* WriteHex(std::uint32_t value, int count, char* out) {
  for (int shift = (count - 1) * 4; shift >= 0; shift -= 4)
    *out++ = kHexDigits[value >> shift & 0xf];
  return out;
}

}  // namespace

std::string ToString(const GatewayAddress& address) {
  return absl::StrCat(address.ip >> 24, ".", address.ip >> 16 & 0xff, ".", address.ip >> 8 & 0xff, ".",
                      address.ip & 0xff, ":", address.port);
}

std::optional<ClientId> ParseClientId(std::string_view text) {
  if (text.size() != kClientIdDigits) return std::nullopt;
  ClientId id;
  std::uint32_t port = 0;
  if (!ReadHex(text.substr(0, 8), &id.gateway.ip) || !ReadHex(text.substr(8, 4), &port) ||
      !ReadHex(text.substr(12), &id.connection_id)) {
    return std::nullopt;
  }
  id.gateway.port = static_cast<std::uint16_t>(port);
  return id;
}

std::string FormatClientId(const ClientId& id) {
  std::string text;
  FormatClientId(id, &text);
  return text;
}

void FormatClientId(const ClientId& id, std::string* out) {
  out->resize(kClientIdDigits);
  char* digits = WriteHex(id.gateway.ip, 8, out->data());
  digits = WriteHex(id.gateway.port, 4, digits);
  WriteHex(id.connection_id, 8, digits);
}

}  // namespace gatewayd::wire
