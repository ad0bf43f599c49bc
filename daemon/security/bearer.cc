#include "security/bearer.h"

#include "absl/strings/match.h"
#include "security/tokens.h"
#include "wire/absl_view.h"

namespace gatewayd::security {

std::string_view BearerToken(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(wire::ToAbsl(authorization), wire::ToAbsl(kScheme))) return {};
  const std::string_view token = authorization.substr(kScheme.size());
  return token.size() > kMaxTokenLength ? std::string_view() : token;
}

}  // namespace gatewayd::security
