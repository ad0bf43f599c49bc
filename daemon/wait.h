// `gatewayd --wait`: for scripts that must not go on before the daemon is ready.
#pragma once

#include "absl/status/status.h"
#include "config.h"

namespace gatewayd {

// Asks the health service at config.address until it says SERVING. DEADLINE_EXCEEDED, with what it said last,
// after config.wait_timeout.
absl::Status WaitUntilServing(const Config& config);

// OK where the daemon at `address` (host:port or unix:/path) says SERVING within `timeout`; else why not.
absl::Status AskWhetherServing(const std::string& address, absl::Duration timeout);

}  // namespace gatewayd
