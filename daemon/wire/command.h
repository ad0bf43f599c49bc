// The command numbers and flags of the Gateway protocol, equal in both dialects.
// Source: GatewayProtocol.php of GatewayWorker 4.0 and the recorded vectors (tests/vectors).
#pragma once

#include <cstdint>
#include <string_view>

namespace gatewayd::wire {

// One byte on the wire. A name without "On" goes to the Gateway, "On…" and kPing come from it.
enum class Command : std::uint8_t {
  kOnConnect = 1,
  kOnMessage = 3,
  kOnClose = 4,
  kSendToOne = 5,
  kSendToAll = 6,
  kKick = 7,
  kDestroy = 8,
  kUpdateSession = 9,
  kGetAllClientSessions = 10,
  kIsOnline = 11,
  kBindUid = 12,
  kUnbindUid = 13,
  kSendToUid = 14,
  kGetClientIdByUid = 15,
  kBatchGetClientIdByUid = 16,
  kJoinGroup = 20,
  kLeaveGroup = 21,
  kSendToGroup = 22,
  kGetClientSessionsByGroup = 23,
  kGetClientCountByGroup = 24,
  kSelect = 25,
  kGetGroupIdList = 26,
  kUngroup = 27,
  kBatchGetClientCountByGroup = 28,
  kWorkerConnect = 200,
  kPing = 201,
  kGatewayClientConnect = 202,
  kGetSessionByClientId = 203,
  kSetSession = 204,
  kOnWebSocketConnect = 205,
};

// The protocol's own name of a command ("SEND_TO_ONE"), or "UNKNOWN". Static storage.
std::string_view CommandName(Command command);

// True where a Gateway answers the command (it is a query).
bool IsQuery(Command command);

// Bits of Frame::flag: the body is a raw byte string, not a serialized value; the Gateway must not run its
// client protocol's encode.
inline constexpr std::uint8_t kFlagScalarBody = 0x01;
inline constexpr std::uint8_t kFlagRaw = 0x02;

}  // namespace gatewayd::wire
