// What the builders of commands share: messages and sessions on their way into frames.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "gatewayworker/v1/types.pb.h"
#include "wire/dialect.h"
#include "wire/frame.h"

namespace gatewayd::api {

// Puts `message` into flag and body of `frame`. The body points into the message or, where the daemon builds
// a frame around it, into `storage`. INVALID_ARGUMENT or FAILED_PRECONDITION for what cannot be sent.
absl::Status PutMessage(const wire::Dialect& dialect, const gatewayworker::v1::Message& message,
                        wire::Frame& frame, std::string& storage);

// The bytes to be stored, as they are or encoded into `storage`, checked: anything that is not one whole
// array (php) or object (go) could stop a Gateway. `*stored` is "" where the input is empty.
absl::Status PutSession(const wire::Dialect& dialect, const gatewayworker::v1::SessionInput& input,
                        std::string& storage, std::string_view* stored);
// The same for what is merged into a session; "" where there is nothing to merge.
absl::Status PutSessionUpdate(const wire::Dialect& dialect, const gatewayworker::v1::SessionInput& input,
                              std::string& storage, std::string_view* stored);

// A WebSocket frame from server to client: final, binary, not masked (RFC 6455, 5.2).
std::string WebSocketBinaryFrame(std::string_view payload);

// RESOURCE_EXHAUSTED where a frame with such an ext and body is over the limit of Gateways.
absl::Status CheckFrameSize(std::size_t ext_size, std::size_t body_size);

}  // namespace gatewayd::api
