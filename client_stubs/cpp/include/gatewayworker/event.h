/// @file
/// What happened to a client, and the event that a handler is working on.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gatewayworker/session.h"
#include "gatewayworker/v1/worker_service.pb.h"

namespace gatewayworker {

namespace internal {
struct DeliveredEvent;
}

/// What happened.
enum class EventKind : int {
  kConnect = v1::EVENT_KIND_CONNECT,
  kWebSocketConnect = v1::EVENT_KIND_WEBSOCKET_CONNECT,
  kMessage = v1::EVENT_KIND_MESSAGE,
  kClose = v1::EVENT_KIND_CLOSE,
  kGatewayLost = v1::EVENT_KIND_GATEWAY_LOST,
};

/// As the API writes it: "WEBSOCKET_CONNECT".
std::string_view KindName(EventKind kind) noexcept;

/// What a WebSocket client said, as PHP's onWebSocketConnect has it: `get()`, `server()` and `cookie()` are
/// Structs (read them with Get), `incomplete()` where they could not hold all of it, `stored()` the exact
/// bytes.
using Handshake = v1::Handshake;

/// Something that happened to a client. A handle: copies are cheap and name the same event, which lives as
/// long as one of them. Safe to read from any thread.
class Event {
 public:
  /// Used within the package, and by tests.
  explicit Event(std::shared_ptr<internal::DeliveredEvent> delivered) noexcept;

  [[nodiscard]] EventKind kind() const noexcept { return static_cast<EventKind>(proto().kind()); }
  /// 20 hex digits; empty for kGatewayLost.
  [[nodiscard]] const std::string& client_id() const noexcept { return proto().client_id(); }
  /// The generation of the client's Gateway.
  [[nodiscard]] const std::string& generation() const noexcept { return proto().generation(); }
  /// kMessage: the message. Empty where `body_omitted()` is set.
  [[nodiscard]] const std::string& body() const noexcept { return proto().body(); }
  /// The size of a body that was larger than the worker's `max_message_bytes`.
  [[nodiscard]] std::optional<std::uint64_t> body_omitted() const noexcept;
  /// The client's session, as the worker's `session_mode` has it.
  [[nodiscard]] const Session& session() const noexcept { return proto().session(); }
  /// A fresh session could not be had; this is the one that the event brought.
  [[nodiscard]] bool session_stale() const noexcept { return proto().session_stale(); }
  /// kWebSocketConnect: what the client said.
  [[nodiscard]] const Handshake& handshake() const noexcept { return proto().handshake(); }
  /// IPv4; empty for IPv6 clients, which the protocol cannot carry.
  [[nodiscard]] const std::string& client_ip() const noexcept { return proto().client_ip(); }
  [[nodiscard]] std::uint32_t client_port() const noexcept { return proto().client_port(); }
  /// The port that the client connected to; 0 in the go dialect.
  [[nodiscard]] std::uint32_t gateway_port() const noexcept { return proto().gateway_port(); }
  /// kGatewayLost: the Gateway's address.
  [[nodiscard]] const std::string& gateway() const noexcept { return proto().gateway(); }
  /// When the daemon read it.
  [[nodiscard]] std::chrono::system_clock::time_point time_read() const noexcept;
  /// Which delivery of it this is, from 1.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return proto().attempt(); }
  /// An earlier delivery may have been worked on.
  [[nodiscard]] bool redelivered() const noexcept { return proto().redelivered(); }
  /// Names this delivery on its stream.
  [[nodiscard]] std::uint64_t id() const noexcept { return proto().id(); }
  /// The message as it came.
  [[nodiscard]] const v1::Event& proto() const noexcept { return *proto_; }

  /// Used within the package.
  [[nodiscard]] internal::DeliveredEvent& delivered() const noexcept { return *delivered_; }

 private:
  const v1::Event* proto_;  // of delivered_
  std::shared_ptr<internal::DeliveredEvent> delivered_;
};

/// For logs: "event 5 MESSAGE of 7f0000010b5400000001".
std::string ToString(const Event& event);

/// The event whose handler this thread is in: the *current client* is its client. Null outside of handlers,
/// and on threads that a handler started: those say with CurrentEventScope whose event they work on.
const Event* CurrentEvent() noexcept;

/// Makes an event the current one of this thread, as long as this object lives. For threads of your own that
/// go on with the work of a handler. After the handler has returned, its event is acknowledged: commands then
/// name the client and its generation themselves, so that a client who got the same id meanwhile does not get
/// them.
class [[nodiscard]] CurrentEventScope {
 public:
  explicit CurrentEventScope(const Event& event) noexcept;
  ~CurrentEventScope();
  CurrentEventScope(const CurrentEventScope&) = delete;
  CurrentEventScope& operator=(const CurrentEventScope&) = delete;

 private:
  Event event_;
  const Event* before_;
};

}  // namespace gatewayworker
