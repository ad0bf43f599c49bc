// The calls of gRPC that an order to the console makes, and what they say as JSON.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <string>

#include "console_order.h"
#include "gatewayworker/v1/gateway_service.grpc.pb.h"

namespace gatewayd {

// Runs one call with a context that has deadline and token, and may be cancelled.
using RunCall = std::function<grpc::Status(const std::function<grpc::Status(grpc::ClientContext&)>&)>;

// Client_ids and groups that an answer lists; of more it says only how many there are.
inline constexpr int kMaxConsoleList = 200;
// A larger group is counted and not listed at all: its list would be read whole.
inline constexpr std::uint64_t kMaxConsoleGroup = 10'000;

// Makes the calls, one after the other, until one fails. `json` gets {"code": "OK", …} of what was found out.
grpc::Status RunOrder(gatewayworker::v1::GatewayService::Stub& stub, const ConsoleOrder& order,
                      const RunCall& run, std::string* json);

}  // namespace gatewayd
