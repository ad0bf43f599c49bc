// gatewayd --probe: what a container's HEALTHCHECK calls, where there is no shell and no curl.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace gatewayd {

// Asks `target` once: "http://host:port/path" for /readyz of an admin listener, else "host:port" or
// "unix:/path" for grpc.health.v1. A line that says that the daemon is ready (and how degraded, where HTTP
// tells it), or an error whose text is the line that says why not.
absl::StatusOr<std::string> ProbeReadiness(const std::string& target, absl::Duration timeout);

// What an answer of /readyz means; for the test.
absl::StatusOr<std::string> ReadinessAnswer(int status, const std::string& body);

}  // namespace gatewayd
