// Listen addresses: what they mean, and why one cannot be listened on. gRPC itself only says that it failed.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace gatewayd::api {

// True for "unix:/path".
bool IsUnixAddress(std::string_view address);

// True for unix sockets and loopback addresses: only this host reaches them.
bool IsLocalAddress(std::string_view address);

// An error for an address that cannot be listened on now: not an address, a unix socket that somebody serves
// (gRPC would take it away from him), one that cannot be bound. Each names the address.
absl::Status CheckListenAddress(const std::string& address);

}  // namespace gatewayd::api
