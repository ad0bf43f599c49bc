// client_id = hex(u32 local_ip ‖ u16 local_port ‖ u32 connection_id): 20 hex digits that name a Gateway (by
// its inner address) and a connection in it. A route, not a random name; a restarted Gateway counts from 1
// again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gatewayd::wire {

// The inner address that client_ids carry. Hashable by absl.
struct GatewayAddress {
  std::uint32_t ip = 0;  // host byte order: 127.0.0.1 is 0x7f000001
  std::uint16_t port = 0;

  // clang-tidy 14 takes the 0 of a rewritten comparison for a pointer.
  friend auto operator<=>(const GatewayAddress&,
                          const GatewayAddress&) = default;  // NOLINT(modernize-use-nullptr)
  template <typename H>
  friend H AbslHashValue(H state, const GatewayAddress& address) {
    return H::combine(std::move(state), address.ip, address.port);
  }
};

// "127.0.0.1:2900".
std::string ToString(const GatewayAddress& address);

// Hashable by absl.
struct ClientId {
  GatewayAddress gateway;
  std::uint32_t connection_id = 0;

  friend auto operator<=>(const ClientId&, const ClientId&) = default;  // NOLINT(modernize-use-nullptr)
  template <typename H>
  friend H AbslHashValue(H state, const ClientId& id) {
    return H::combine(std::move(state), id.gateway, id.connection_id);
  }
};

// Accepts exactly 20 hex digits of either case; anything else gives nullopt.
std::optional<ClientId> ParseClientId(std::string_view text);

// Always 20 lower-case hex digits.
std::string FormatClientId(const ClientId& id);
// The same into `out`, whose memory is used again.
void FormatClientId(const ClientId& id, std::string* out);

}  // namespace gatewayd::wire
