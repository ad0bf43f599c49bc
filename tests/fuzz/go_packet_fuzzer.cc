#include <cstddef>
#include <cstdint>

#include "fuzz/go_packet_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatewayd::wire::FuzzGoPacket({reinterpret_cast<const char*>(data), size});
  return 0;
}
