// What a failed call says beside its status.
#pragma once

#include <grpcpp/client_context.h>

#include <string>

#include "gatewayworker/error.h"

namespace gatewayworker::internal {

// From the trailing metadata of a call that has ended.
inline GatewayError::Details DetailsOf(const grpc::ClientContext& context) {
  GatewayError::Details details;
  for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
    std::string text(value.data(), value.size());
    if (key == "gatewayd-field")
      details.field = std::move(text);
    else if (key == "gatewayd-reason")
      details.reason = std::move(text);
    else if (key == "gatewayd-gateway")
      details.gateways.push_back(std::move(text));
  }
  return details;
}

}  // namespace gatewayworker::internal
