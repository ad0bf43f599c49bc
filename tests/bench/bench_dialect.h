// Which dialect the programs of a benchmark speak: --dialect=php|go, and the secret, which go cannot do
// without.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "embedded/gateway_dialect.h"
#include "wire/dialect.h"

ABSL_DECLARE_FLAG(std::string, dialect);

namespace gatewayd::bench {

inline const wire::Dialect& DialectOfFlag() {
  return absl::GetFlag(FLAGS_dialect) == "go" ? wire::GoDialect() : wire::PhpDialect();
}

// Of every Register and Gateway.
inline std::string_view SecretOfFlag() {
  return absl::GetFlag(FLAGS_dialect) == "go" ? "bench" : "";
}

inline const embedded::GatewayDialect& GatewayDialectOfFlag() {
  return embedded::GatewayDialectOf(DialectOfFlag().kind());
}

}  // namespace gatewayd::bench
