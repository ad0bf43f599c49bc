// Register lines, of both dialects: never a crash, and what was understood can be said again and is
// understood alike.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "wire/dialect.h"
#include "wire/dialect_hint.h"
#include "wire/register_line.h"

namespace gatewayd::wire {

inline void FuzzGoRegisterLine(std::string_view bytes) {
  const absl::StatusOr<std::string> plain = GoDialect().DecodeRegisterLine(bytes, "s3cret-go");
  FUZZ_CHECK(plain.ok() ? plain->starts_with('{') : absl::IsInvalidArgument(plain.status()));
  std::string line = GoDialect().EncodeRegisterLine(bytes, "s3cret-go");
  FUZZ_CHECK(line.ends_with('\n'));
  line.pop_back();
  FUZZ_CHECK(LooksLikeGoRegisterLine(line) && !LooksLikePhpRegisterLine(line));
  const absl::StatusOr<std::string> back = GoDialect().DecodeRegisterLine(line, "s3cret-go");
  const bool fits = line.size() <= kMaxRegisterLine && bytes.starts_with('{');
  FUZZ_CHECK(back.ok() == fits && (!fits || *back == bytes));
}

inline void FuzzRegisterLine(std::string_view bytes) {
  FuzzGoRegisterLine(bytes);
  std::string host;
  std::uint16_t port = 0;
  if (SplitHostPort(bytes, &host, &port)) FUZZ_CHECK(!host.empty() && port != 0);

  const absl::StatusOr<std::string> line = PhpDialect().DecodeRegisterLine(bytes, "");
  FUZZ_CHECK(line.ok() || LooksLikeGoRegisterLine(bytes));
  if (!line.ok()) return;
  const absl::StatusOr<RegisterMessage> message = ParseRegisterJson(*line);
  if (!message.ok()) {
    FUZZ_CHECK(message.status().message().size() < 200);
    return;
  }
  for (const std::string& address : message->addresses)
    FUZZ_CHECK(SplitHostPort(address, &host, &port));
  for (const std::string& address : message->sdk_addresses)
    FUZZ_CHECK(SplitHostPort(address, &host, &port));

  // What is said again can be longer: a control character takes six bytes.
  const auto broadcast = ParseRegisterJson(BroadcastAddressesJson(message->addresses));
  FUZZ_CHECK(broadcast.ok() && broadcast->addresses == message->addresses);
  const std::string json = WorkerConnectJson(message->secret_key, message->name);
  if (json.size() > kMaxRegisterLine) return;
  const auto worker = ParseRegisterJson(json);
  FUZZ_CHECK(worker.ok() && worker->secret_key == message->secret_key && worker->name == message->name);
}

}  // namespace gatewayd::wire
