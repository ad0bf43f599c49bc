// Errors on their way to a caller: absl::Status with the payloads of cluster/errors.h becomes a gRPC status
// and trailing metadata.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace gatewayd::api {

// INVALID_ARGUMENT "field: text", with the field's name for programs. `field` may carry an index
// ("uids[3]"), which programs do not get.
absl::Status FieldError(std::string_view field, std::string_view text);

// gRPC's own word for when a call may be tried again; a payload of that name goes into the trailing metadata.
inline constexpr std::string_view kRetryKey = "grpc-retry-pushback-ms";

// `status` as gRPC says it. What is machine-readable goes into `context`'s trailing metadata:
// `gatewayd-reason`, `gatewayd-field`, and `gatewayd-gateway` once for each Gateway (the payload separates
// them by commas). Everything is made printable first. The caller's request id (request_id.h) stands at the
// end of the text, and in `x-request-id`.
grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContext& context);

}  // namespace gatewayd::api
