#include <cstddef>
#include <cstdint>

#include "fuzz/go_json_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatewayd::wire::FuzzGoSession({reinterpret_cast<const char*>(data), size});
  return 0;
}
