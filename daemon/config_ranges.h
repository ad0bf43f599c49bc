// Which numbers a flag takes: for the check, and for the page that describes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/commandlineflag.h"

namespace gatewayd {

// `low` to `high`, both included: bytes for flags of bytes, else plain numbers.
struct Range {
  std::string_view flag;
  std::int64_t low;
  std::int64_t high;
};

// Every flag that is a number.
std::span<const Range> Ranges();
// What a flag takes, for people: "a number, 1 to 64", "bytes, 64KiB to 1GiB", "a time", "true or false",
// "text".
std::string TakesText(const absl::CommandLineFlag& flag);
// Adds a line for each flag whose value is out of its range, or a time that is not positive.
void CheckRanges(std::vector<std::string>* problems);

}  // namespace gatewayd
