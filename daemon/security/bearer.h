// The header or metadata "authorization", as RFC 6750 has it.
#pragma once

#include <string_view>

namespace gatewayd::security {

// The token of "Bearer TOKEN", the scheme in whatever case; "" where the value is of another scheme, has
// none, or one longer than kMaxTokenLength. Part of `authorization`. Whether the token is valid is not looked
// at.
std::string_view BearerToken(std::string_view authorization);

}  // namespace gatewayd::security
