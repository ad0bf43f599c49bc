// Bytes that came from elsewhere, made fit for where they go.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatewayd::api {

// Well-formed UTF-8, as a protobuf string must be: no overlong forms, no surrogates, nothing past U+10FFFF.
bool IsUtf8(std::string_view bytes);

// At most 64 bytes of `text` in double quotes for an error text; what is not printable ASCII stands as '?',
// and what was cut off as "...".
std::string Quote(std::string_view text);

// `text` with everything that is not printable ASCII turned into '?': a metadata value.
std::string Printable(std::string_view text);

}  // namespace gatewayd::api
