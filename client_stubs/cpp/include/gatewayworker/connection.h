/// @file
/// Where the daemon is and how it is spoken to: address, TLS, token.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace grpc {
class Channel;
}

namespace gatewayworker {

/// Where a daemon is, unless GATEWAYD_ADDRESS says otherwise.
inline constexpr std::string_view kDefaultAddress = "127.0.0.1:50051";
/// The largest answer that a Client takes: what gRPC takes in one message unless it is told otherwise.
inline constexpr std::size_t kDefaultMaxMessageBytes = 4 * 1024 * 1024;

/// TLS to the daemon; each part is PEM. Nothing set: the system's authorities, and no certificate of our own.
struct Tls {
  std::string root_certificates;
  std::string private_key;
  std::string certificate_chain;
  std::string
      server_name;  ///< The name that the daemon's certificate has, where it is not the host of the address.
};

/// A bearer token, or a function that gives the one that is valid now. It is asked for each call and each
/// attachment, on the thread that makes them; what it throws fails the call.
class Token {
 public:
  Token() = default;
  // NOLINTBEGIN(google-explicit-constructor)
  template <std::convertible_to<std::string> Text>
  Token(Text&& text) : get_([token = std::string(std::forward<Text>(text))] { return token; }) {}
  template <std::invocable Function>
  requires std::convertible_to<std::invoke_result_t<Function>, std::string> Token(Function function)
      : get_(std::move(function)) {}
  // NOLINTEND(google-explicit-constructor)

  /// False: there is none.
  explicit operator bool() const noexcept { return static_cast<bool>(get_); }
  std::string operator()() const { return get_(); }

 private:
  std::function<std::string()> get_;
};

/// `host:port` or `unix:/path`: the one given, else GATEWAYD_ADDRESS, else kDefaultAddress.
std::string AddressOf(std::string_view given);

/// A channel that tries again soon when the daemon was away. `max_message_bytes`: the largest message that is
/// taken. `address` as AddressOf gives it.
std::shared_ptr<grpc::Channel> OpenChannel(const std::string& address, const std::optional<Tls>& tls,
                                           std::size_t max_message_bytes);

}  // namespace gatewayworker
