// The page that a newcomer opens: a browser's WebSocket client of the embedded Gateway, and the commands to
// try.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"

namespace gatewayd::embedded {

// Fixed once the page is made. A `host` that is no loopback address is refused by Start().
struct FirstRunPageOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;                        // 0: the kernel chooses
  std::string websocket_url;                     // EmbeddedGateway::websocket_url()
  std::string grpc_address = "127.0.0.1:50051";  // shown in the commands to paste
  std::string chat_command;  // shown while no worker answers: starts the chat of examples/
};

// Serves one static page by HTTP, from a thread of its own. GET and HEAD of "/" only, and only where the Host
// header names this loopback address or localhost, so that no web site can reach it by DNS rebinding.
class FirstRunPage {
 public:
  explicit FirstRunPage(FirstRunPageOptions options);
  ~FirstRunPage();  // Stop()
  FirstRunPage(const FirstRunPage&) = delete;
  FirstRunPage& operator=(const FirstRunPage&) = delete;

  // Listens when it returns OK. UNAVAILABLE, naming the address, where the port is taken; INVALID_ARGUMENT
  // where the host is not a loopback IP literal. To be called once.
  absl::Status Start();
  void Stop();  // idempotent

  std::string url() const;  // "http://127.0.0.1:8080/": valid after Start()
  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatewayd::embedded
