// The server's half of WebSocket as workerman speaks it, bytes in and bytes out. Not Beast's: raw commands
// write bytes between its frames, ON_CONNECT comes before the handshake, and the handshake's parts go to
// workers as PHP arrays with their order kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/value.h"

namespace gatewayd::embedded {

inline constexpr std::size_t kMaxMessage = 10 * 1024 * 1024;    // workerman's maxPackageSize
inline constexpr std::size_t kGoMaxMessage = 64 * 1024 * 1024;  // Go's has no limit: 50 MiB have been seen
inline constexpr std::size_t kMaxHandshake = 1024 * 1024;       // the original has no limit

// Both ends of a client's connection, for what a handshake says of them in `server`.
struct HandshakePeer {
  std::string remote_ip;
  std::uint16_t remote_port = 0;
  std::uint16_t local_port = 0;
};

struct Handshake {
  enum class Kind { kIncomplete, kRefused, kAccepted };
  Kind kind = Kind::kIncomplete;
  std::size_t size = 0;  // bytes of the request
  std::string response;  // to be sent; after kRefused the connection is closed
  wire::Value request;   // {"get": …, "server": …, "cookie": …} of ON_WEBSOCKET_CONNECT
};

// Any path is accepted, and nothing is negotiated.
Handshake ReadHandshake(std::string_view bytes, const HandshakePeer& peer);

// The head of an unmasked, final frame; the payload follows it.
enum class WebSocketType : std::uint8_t { kText = 0x81, kPong = 0x8a };
std::string WebSocketHead(WebSocketType type, std::size_t payload_size);

// What the original answers to a close frame, before it closes the connection.
inline constexpr std::string_view kWebSocketClose{"\x88\x02\x03\xe8", 4};

struct WebSocketItem {
  enum class Kind { kIncomplete, kMessage, kPing, kPong, kClose, kBroken };
  Kind kind = Kind::kIncomplete;
  std::size_t size = 0;      // bytes used; 0 when incomplete
  std::string_view payload;  // of a message or ping; valid until the next call
};

// Reads one client's frames. Fragments are put together; text and binary messages are not told apart and
// UTF-8 is not checked, as in the original.
class WebSocketReader {
 public:
  explicit WebSocketReader(std::size_t max_message = kMaxMessage) : max_message_(max_message) {}

  // Unmasks in place. A fragment of a message counts as incomplete with its `size` used.
  WebSocketItem Next(char* bytes, std::size_t size);

 private:
  const std::size_t max_message_;
  std::string fragments_;
  std::string message_;
};

}  // namespace gatewayd::embedded
