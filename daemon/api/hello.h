// What a worker says first, checked, and what it is told.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "api/event_message.h"
#include "events/worker.h"
#include "gatewayworker/v1/worker_service.pb.h"

namespace gatewayd::api {

inline constexpr std::size_t kMaxWorkerNameSize = 128;
// What gRPC clients take by default, less what surrounds a message.
inline constexpr std::size_t kDefaultMaxMessageBytes = 4 * 1024 * 1024 - 64 * 1024;
// Any event fits once its body, session and handshake are left out.
inline constexpr std::size_t kMinMaxMessageBytes = 4 * 1024;

// What holds for a stream: windows up to their maximum, messages of kMinMaxMessageBytes at least.
struct HelloTerms {
  events::WorkerSettings settings;
  SessionForm sessions = SessionForm::kDecoded;
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;
};

// INVALID_ARGUMENT naming the field where it cannot be meant: a name that is too long, values of enums that
// this daemon does not know. Windows above the maximum are cut to it.
absl::StatusOr<HelloTerms> ReadHello(const pb::Hello& hello, std::size_t batch_bytes);

// INVALID_ARGUMENT for a kind that this daemon does not know.
absl::StatusOr<events::EventKinds> ReadKinds(std::string_view field,
                                             const google::protobuf::RepeatedField<int>& kinds);

}  // namespace gatewayd::api
