// What a caller may do. Each rpc belongs to one of them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gatewayd::security {

// The rights that a token can have.
enum class Right : std::uint8_t {
  kRead,    // queries
  kSend,    // commands
  kEvents,  // to be the cluster's worker, or to watch one
  kAdmin,   // AdminService
};

inline constexpr std::array<Right, 4> kAllRights = {Right::kRead, Right::kSend, Right::kEvents,
                                                    Right::kAdmin};

// "read", "send", "events", "admin": as a file of tokens and an error name it.
constexpr std::string_view ToString(Right right) {
  switch (right) {
    case Right::kRead:
      return "read";
    case Right::kSend:
      return "send";
    case Right::kEvents:
      return "events";
    case Right::kAdmin:
      return "admin";
  }
  return "";
}

// A set of them.
class Rights {
 public:
  constexpr Rights() = default;
  static constexpr Rights All() {
    Rights all;
    for (const Right right : kAllRights)
      all.Add(right);
    return all;
  }
  constexpr void Add(Right right) { bits_ |= Bit(right); }
  constexpr bool Has(Right right) const { return (bits_ & Bit(right)) != 0; }
  constexpr bool operator==(const Rights&) const = default;

 private:
  static constexpr std::uint8_t Bit(Right right) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(right));
  }
  std::uint8_t bits_ = 0;
};

}  // namespace gatewayd::security
