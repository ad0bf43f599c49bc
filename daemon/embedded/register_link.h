// A Gateway's connection to one Register.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"

namespace gatewayd::embedded {

// `hello` and `ping` are called on the io thread; what they refer to must live as long as the link does.
struct RegisterLinkOptions {
  std::string host;
  std::uint16_t port = 0;
  std::function<std::string()> hello;  // make a line each, '\n' included: no two encrypted ones may be alike
  std::function<std::string()> ping;
  absl::Duration ping_interval;
  absl::Duration reconnect;
};

// Connects, says hello, pings, and connects again when it is closed, until Stop(). Used on the io thread
// alone.
class RegisterLink : public std::enable_shared_from_this<RegisterLink> {
 public:
  RegisterLink(boost::asio::io_context& io, RegisterLinkOptions options);
  void Start();
  void Stop();

 private:
  static boost::asio::awaitable<void> Run(std::shared_ptr<RegisterLink> self);
  static boost::asio::awaitable<bool> Connect(std::shared_ptr<RegisterLink> self);
  void SchedulePing();
  void Note(bool connected);

  boost::asio::io_context& io_;
  const RegisterLinkOptions options_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer ping_timer_;
  boost::asio::steady_timer reconnect_timer_;
  std::array<char, 512> ignored_;  // what a Register says
  bool stopped_ = false;
  bool noted_ = false;  // whether `connected_` was ever told
  bool connected_ = false;
};

}  // namespace gatewayd::embedded
