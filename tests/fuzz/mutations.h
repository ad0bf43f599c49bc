// What becomes of sound bytes on a bad day, for tests that a parser agrees with another.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <string_view>

namespace gatewayd::fuzz {

// Calls `entry` with `bytes` cut short at each byte, with each byte changed, and with four of them changed at
// random, the same in each run.
inline void ForEachMutation(const std::string& bytes, const std::function<void(std::string_view)>& entry) {
  for (std::size_t size = 0; size <= bytes.size(); ++size)
    entry(std::string_view(bytes).substr(0, size));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    for (const int difference : {1, 2, 8, 0x80, 0xff}) {
      changed[at] = static_cast<char>(bytes[at] ^ difference);
      entry(changed);
    }
  }
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string changed = bytes;
    for (int changes = 0; changes < 4; ++changes)
      changed[random() % changed.size()] = static_cast<char>(random());
    entry(changed);
  }
}

}  // namespace gatewayd::fuzz
