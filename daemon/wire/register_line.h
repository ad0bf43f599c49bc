// What a Register and its callers say to each other: one JSON object a line. The dialect decides how a line
// travels (php: as it is; go: encrypted and base64).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace gatewayd::wire {

// A Register's line above this is refused (GatewayWorker-Go's own limit).
inline constexpr std::size_t kMaxRegisterLine = 64 * 1024;

// One line, either way. Absent fields are empty.
struct RegisterMessage {
  std::string event;  // "broadcast_addresses", "worker_connect", "gateway_connect", "ping", …
  std::vector<std::string> addresses;  // "host:port", of a list or of the values of an object, in their order
  std::vector<std::string> sdk_addresses;  // newer Go Registers: what client_ids carry
  bool has_sdk_addresses = false;
  std::string secret_key;
  std::string address;                // gateway_connect
  std::string worker_address;         // gateway_connect, go: where workers connect, where it is another
  std::string name;                   // go: "worker:0"
  std::uint64_t processed_count = 0;  // worker_stats, go
};

// Reads the JSON of one line (without its '\n'). An error names what was wrong and quotes at most 64
// printable bytes of the line, so that a PHP Register's plain error line can be shown to an operator.
// Addresses that are not strings of the form host:port make the whole line an error: half a list must never
// be taken for the cluster.
absl::StatusOr<RegisterMessage> ParseRegisterJson(std::string_view line);

// The JSON (without '\n') of what a caller says. The secret is escaped as JSON needs it.
std::string WorkerConnectJson(std::string_view secret, std::string_view name = {});
std::string PingJson();
// Go only, every 3 s: what its dashboard shows of a worker that gave its name in worker_connect.
std::string WorkerStatsJson(std::string_view name, std::uint64_t processed_count);
// What a Register and a Gateway say (the embedded ones).
std::string GatewayConnectJson(std::string_view address, std::string_view secret);
std::string BroadcastAddressesJson(const std::vector<std::string>& addresses);
// The same of a Go Gateway and a Go Register, which leaves out a list that is empty.
std::string GoGatewayConnectJson(std::string_view address, std::string_view worker_address,
                                 std::string_view secret);
std::string GoBroadcastAddressesJson(const std::vector<std::string>& addresses,
                                     const std::vector<std::string>& sdk_addresses);

// Splits "host:port"; the host is a name, an IPv4 or a bracketed IPv6 literal, and is handed out without
// brackets. The port is 1 to 65535. False, with nothing written, where it is not of that form.
bool SplitHostPort(std::string_view address, std::string* host, std::uint16_t* port);

}  // namespace gatewayd::wire
