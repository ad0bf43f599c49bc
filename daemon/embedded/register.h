// A Register inside the process: what those of PHP GatewayWorker and of GatewayWorker-Go do, for the first
// run, tests and development.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "wire/dialect.h"

namespace boost::asio {
class io_context;
}

namespace gatewayd::embedded {

// Fixed once the Register is made. The dialect is borrowed, and must outlive it.
struct RegisterOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the kernel chooses
  std::string secret;
  absl::Duration auth_timeout = absl::Seconds(10);  // silence after connecting that closes a connection
  // PHP answers `addresses` as an object where array_unique() left a gap in the list; that is always
  // reproduced. True: answer as an object even where there is no gap (a test hook).
  bool always_object = false;
  // Go: lists `sdk_addresses` (what client_ids carry) beside `addresses`; false: as older ones do, which have
  // no such list.
  bool sdk_addresses = true;
  const wire::Dialect* dialect = &wire::PhpDialect();
};

// A worker that listens. What Go's say of themselves every 3 s is kept; php workers have no name.
struct RegisteredWorker {
  std::string name;
  std::string address;  // "127.0.0.1:40000", its end of the connection
  std::uint64_t processed_count = 0;
  friend bool operator==(const RegisteredWorker&, const RegisteredWorker&) = default;
};

// Listens, checks secrets, keeps the Gateways' addresses and tells workers at every change. Speaks on the
// given io_context, which one thread must run until Stop() has returned. Every member is thread-safe.
class EmbeddedRegister {
 public:
  EmbeddedRegister(boost::asio::io_context& io, RegisterOptions options);
  ~EmbeddedRegister();  // Stop()
  EmbeddedRegister(const EmbeddedRegister&) = delete;
  EmbeddedRegister& operator=(const EmbeddedRegister&) = delete;

  // Binds and listens before it returns. UNAVAILABLE, naming the address, where the port is taken;
  // INVALID_ARGUMENT where the host is no IP literal. To be called once.
  absl::Status Start();

  // Closes the listener and every connection, without a goodbye. Idempotent.
  void Stop();

  std::string address() const;  // "127.0.0.1:1236": valid after Start()
  std::uint16_t port() const;

  // What is registered now, duplicates included, oldest first; and how many workers listen.
  std::vector<std::string> gateway_addresses() const;
  std::size_t worker_count() const;
  std::vector<RegisteredWorker> workers() const;  // oldest first

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace gatewayd::embedded
