// Events as workers and watchers get them: from the daemon's memory into messages.
#pragma once

#include <cstddef>

#include "events/event.h"
#include "events/worker.h"
#include "gatewayworker/v1/worker_service.pb.h"
#include "wire/dialect.h"

namespace gatewayd::api {

namespace pb = ::gatewayworker::v1;

pb::EventKind ToProto(events::EventKind kind);

// What a hello says of sessions.
enum class SessionForm { kNone, kRaw, kDecoded };

// Fills `out`, whatever it held before; one that held a message is filled without taking memory anew.
// Thread-safe.
void FillEvent(const wire::Dialect& dialect, const events::Delivery& delivery, SessionForm form,
               pb::Event* out);

// Makes the batch fit: decoded sessions are left out first (value_incomplete), then bodies (body_omitted),
// then sessions and handshakes as a whole. What is left of an event is far below any limit.
void ShrinkToFit(std::size_t max_message_bytes, pb::AttachResponse* response);

}  // namespace gatewayd::api
