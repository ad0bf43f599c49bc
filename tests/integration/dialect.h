// Which dialect a run of the integration tests speaks: GATEWAYD_TEST_DIALECT, php where that is not set.
// ctest runs them for both; a test whose name has PhpOnly in it, or stands in tests/CMakeLists.txt, is about
// php alone, and says why.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "embedded/cluster.h"
#include "wire/dialect.h"

namespace gatewayd::test {

inline bool IsGo() {
  const char* dialect = std::getenv("GATEWAYD_TEST_DIALECT");
  return dialect != nullptr && std::string(dialect) == "go";
}

inline const wire::Dialect& TestDialect() {
  return IsGo() ? wire::GoDialect() : wire::PhpDialect();
}

inline embedded::ClusterOptions TestCluster(int gateways, std::string secret = "") {
  return embedded::ClusterOptions::Loopback(gateways, std::move(secret), TestDialect());
}

// The stored bytes of {key: text}.
inline std::string StoredSession(const std::string& key, const std::string& text) {
  if (IsGo()) return absl::StrCat("{\"", key, "\":\"", text, "\"}");
  return absl::StrCat("a:1:{s:", key.size(), ":\"", key, "\";s:", text.size(), ":\"", text, "\";}");
}

}  // namespace gatewayd::test
