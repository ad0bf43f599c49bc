#include <cstddef>
#include <cstdint>

#include "fuzz/frame_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatewayd::wire::FuzzFrame({reinterpret_cast<const char*>(data), size});
  return 0;
}
