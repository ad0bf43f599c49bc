/// @file
/// What clients are sent.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace gatewayworker {

/// A message to clients: any bytes. Made from a string of any kind, so that a call takes "hello" as it is.
///
/// A Gateway puts them into a WebSocket *text* frame, and browsers close at one that is not UTF-8: binary
/// data goes to WebSocket clients as `Message::WebSocketBinary(data)`.
struct Message {
  Message() = default;
  template <std::convertible_to<std::string_view> Text>
  Message(const Text& text) : data(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  Message(std::string&& text) : data(std::move(text)) {}       // NOLINT(google-explicit-constructor)

  /// The Gateway writes the bytes to the client's socket as they are: for ready-made frames. php clusters
  /// only.
  static Message Raw(std::string data) { return {std::move(data), true, false}; }
  /// A WebSocket client gets a binary frame, and not one of text. php clusters only.
  static Message WebSocketBinary(std::string data) { return {std::move(data), false, true}; }

  std::string data;
  bool raw = false;
  bool websocket_binary = false;

 private:
  Message(std::string text, bool as_it_is, bool binary)
      : data(std::move(text)), raw(as_it_is), websocket_binary(binary) {}
};

}  // namespace gatewayworker
