#include <cstddef>
#include <cstdint>

#include "fuzz/in_place_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatewayd::api::FuzzCommandList({reinterpret_cast<const char*>(data), size});
  return 0;
}
