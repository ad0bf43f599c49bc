// Big-endian integers in byte strings. The compiler turns each of these into one load or store and a byte
// swap.
#pragma once

#include <cstdint>

namespace gatewayd::wire {

inline std::uint16_t LoadU16(const char* in) {
  const auto* byte = reinterpret_cast<const unsigned char*>(in);
  return static_cast<std::uint16_t>(byte[0] << 8 | byte[1]);
}

inline std::uint32_t LoadU32(const char* in) {
  return static_cast<std::uint32_t>(LoadU16(in)) << 16 | LoadU16(in + 2);
}

inline void StoreU16(std::uint16_t value, char* out) {
  out[0] = static_cast<char>(value >> 8);
  out[1] = static_cast<char>(value);
}

inline void StoreU32(std::uint32_t value, char* out) {
  StoreU16(static_cast<std::uint16_t>(value >> 16), out);
  StoreU16(static_cast<std::uint16_t>(value), out + 2);
}

}  // namespace gatewayd::wire
