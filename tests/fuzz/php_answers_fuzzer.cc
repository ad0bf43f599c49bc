#include <cstddef>
#include <cstdint>

#include "fuzz/php_answers_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatewayd::wire::FuzzPhpAnswers({reinterpret_cast<const char*>(data), size});
  return 0;
}
