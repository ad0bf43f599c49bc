// Small files that an operator writes: certificates, tokens, secrets.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace gatewayd::security {

// Larger ones are refused: nobody's certificate or list of tokens, and not to be read whole.
inline constexpr std::size_t kMaxFileBytes = 1024 * 1024;

// The bytes of the file. The error says why not ("cannot be read: Permission denied"), without the path: the
// caller names it as his user knows it.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path);

}  // namespace gatewayd::security
