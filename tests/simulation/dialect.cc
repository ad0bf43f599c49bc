#include "simulation/dialect.h"

#include "absl/strings/numbers.h"
#include "cluster/text.h"

namespace gatewayd::simulation {

using cluster::StrCat;

const Dialect& Dialect::Php() {
  static const Dialect* const dialect = new Dialect(wire::PhpDialect(), embedded::PhpGatewayDialect());
  return *dialect;
}

const Dialect& Dialect::Go() {
  static const Dialect* const dialect = new Dialect(wire::GoDialect(), embedded::GoGatewayDialect());
  return *dialect;
}

const Dialect& Dialect::Of(wire::DialectKind kind) {
  return kind == wire::DialectKind::kGo ? Go() : Php();
}

std::string Dialect::TextSession(std::string_view text) const {
  if (go()) return StrCat("{\"v\":\"", text, "\"}");
  return StrCat("a:1:{s:1:\"v\";s:", text.size(), ":\"", text, "\";}");
}

std::string Dialect::NumberSession(std::uint64_t number) const {
  return go() ? StrCat("{\"n\":", number, "}") : StrCat("a:1:{s:1:\"n\";i:", number, ";}");
}

std::uint64_t Dialect::NumberIn(std::string_view session) const {
  const std::string_view key = go() ? "\"n\":" : "s:1:\"n\";i:";
  const std::size_t at = session.find(key);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = session.substr(at + key.size());
  std::uint64_t number = 0;
  const std::string_view digits = rest.substr(0, rest.find_first_of(";,}"));
  return absl::SimpleAtoi(wire::ToAbsl(digits), &number) ? number : 0;
}

}  // namespace gatewayd::simulation
