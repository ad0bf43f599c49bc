// What the parts of a simulated world must know of its dialect: how packets travel and how values are
// written. How a Go Gateway behaves stands where it does: sim_gateway.cc, client_writes.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "embedded/gateway_dialect.h"
#include "wire/dialect.h"

namespace gatewayd::simulation {

// Immutable; Php() and Go() live for ever.
class Dialect {
 public:
  static const Dialect& Php();
  static const Dialect& Go();
  static const Dialect& Of(wire::DialectKind kind);

  bool go() const { return wire_.kind() == wire::DialectKind::kGo; }
  const wire::Dialect& wire() const { return wire_; }                   // the daemon's half
  const embedded::GatewayDialect& gateway() const { return gateway_; }  // a Gateway's

  // Whether that answer to IS_ONLINE says yes.
  bool IsOnline(std::string_view payload) const { return payload == gateway_.Count(1); }
  // A session that holds `text`; one that holds the number of the call which writes it, and that number in a
  // session (0: none there).
  std::string TextSession(std::string_view text) const;
  std::string NumberSession(std::uint64_t number) const;
  std::uint64_t NumberIn(std::string_view session) const;

 private:
  Dialect(const wire::Dialect& wire, const embedded::GatewayDialect& gateway)
      : wire_(wire), gateway_(gateway) {}

  const wire::Dialect& wire_;
  const embedded::GatewayDialect& gateway_;
};

}  // namespace gatewayd::simulation
