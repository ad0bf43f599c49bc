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

// `status` as gRPC says it. What is machine-readable goes into `context`'s trailing metadata:
// `gatewayd-reason`, `gatewayd-field`, and `gatewayd-gateway` once for each Gateway (the payload separates
// them by commas). Everything is made printable first.
grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContext& context);

}  // namespace gatewayd::api
