// A Gateway inside the process: real sockets around GatewayState. Clients by WebSocket, text, frame and tcp
// on one side, workers and callers in the Gateway protocol on the other, registered at Registers, as those of
// PHP GatewayWorker and of GatewayWorker-Go are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "embedded/gateway_state.h"
#include "wire/client_id.h"
#include "wire/dialect.h"
#include "wire/frame.h"

namespace boost::asio {
class io_context;
}

namespace gatewayd::embedded {

// Where clients of one protocol connect.
struct ListenerOptions {
  ClientProtocol protocol = ClientProtocol::kWebSocket;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the kernel chooses
};

struct GatewayOptions {
  std::string inner_host = "127.0.0.1";
  std::uint16_t inner_port = 0;  // 0: the kernel chooses
  // The IPv4 that client_ids and events carry (PHP: what lanIp resolves to). The port is the inner port.
  std::string advertised_ip = "127.0.0.1";
  // What is registered, where that is not `advertised_ip` (PHP: lanIp as a host name). Without a port.
  std::string registered_host;
  std::vector<std::string> registers;  // "host:port"
  std::string secret;
  // A real Gateway has one; several share one numbering of clients here.
  std::vector<ListenerOptions> listeners;
  // PHP closes its clients when no worker is there to take an event; by default the embedded Gateway keeps
  // them.
  bool close_clients_without_worker = false;
  // What the kernel has not taken above this is dropped, as PHP does: sendToWorkerBufferSize,
  // sendToClientBufferSize (1,024,000 there). Go drops nothing: a client that does not read, once this much
  // is pending for it (12 MiB by default), blocks the link that writes to it; a worker that does not, the
  // clients that cause events.
  std::size_t worker_send_buffer = 10'240'000;
  std::optional<std::size_t> client_send_buffer;
  absl::Duration register_reconnect = absl::Seconds(1);
  absl::Duration register_ping = absl::Seconds(25);
  absl::Duration worker_ping = absl::Seconds(25);  // php: only where advertised_ip is not 127.0.0.1
  // Go: the host that Registers list in `addresses`, where workers connect (the original's default is
  // 127.0.0.1);
  // "": what they list in `sdk_addresses`, the advertised one.
  std::string worker_host;
  const wire::Dialect* dialect = &wire::PhpDialect();
};

// What happened since the start. The state's own counts (crashes, drops by rule) are in `state`.
struct GatewayCounters {
  std::array<std::uint64_t, 256> frames{};  // from workers and callers, by command number
  std::uint64_t bytes_from_workers = 0;
  std::uint64_t bytes_to_workers = 0;
  std::uint64_t bytes_from_clients = 0;
  std::uint64_t bytes_to_clients = 0;
  std::uint64_t links_accepted = 0;  // worker and caller connections
  std::uint64_t links_open = 0;
  std::uint64_t clients_accepted = 0;
  std::uint64_t clients_open = 0;
  std::uint64_t events_sent = 0;
  std::uint64_t events_dropped = 0;  // a worker's send buffer was full, or its link closing
  std::uint64_t answers_sent = 0;
  std::uint64_t answers_dropped = 0;   // the same, for answers to queries
  std::uint64_t messages_dropped = 0;  // to clients that read too slowly
  std::uint64_t bad_frames = 0;        // broken or above 10 MiB (go: 50): the link was closed
  std::uint64_t link_stalls = 0;       // go: times that a client which does not read stopped a link
  std::uint64_t links_stalled = 0;     // now
  StateCounters state;
};

// Everything runs on the given io_context, which one thread must run until Stop() has returned. Every member
// is thread-safe, and may be called from the frame observer too, but for Start() and Stop().
class EmbeddedGateway {
 public:
  // Sees each frame of a worker or caller before it is executed, on the io thread. The frame is borrowed.
  using FrameObserver = std::function<void(std::uint64_t link, const wire::Frame& frame)>;

  EmbeddedGateway(boost::asio::io_context& io, GatewayOptions options);
  ~EmbeddedGateway();  // Stop()
  EmbeddedGateway(const EmbeddedGateway&) = delete;
  EmbeddedGateway& operator=(const EmbeddedGateway&) = delete;

  // Binds and listens everywhere before it returns; registration follows in the background. UNAVAILABLE,
  // naming the address, where a port is taken; INVALID_ARGUMENT where a host is no IP literal or a Register
  // no "host:port". To be called once: a restarted Gateway is a new object (it counts its clients from 1
  // again).
  absl::Status Start();

  // Closes every socket at once and says nothing to anybody, as a killed process would. Idempotent.
  void Stop();

  // Valid after Start().
  wire::GatewayAddress inner_address() const;  // what client_ids carry
  std::string registered_address() const;      // "host:port", as registered
  std::uint16_t inner_port() const;
  // The port of the first listener of that protocol; 0 where there is none.
  std::uint16_t port(ClientProtocol protocol) const;
  // "ws://127.0.0.1:7272/", of the first WebSocket listener; "" without one.
  std::string websocket_url() const;
  std::vector<ListenerOptions> listeners() const;  // with the ports they have

  GatewayCounters counters() const;
  std::vector<ClientSnapshot> clients() const;  // oldest first

  // Test hooks.
  void Pause();  // a frozen process: accepts (as the kernel would) and reads nothing, until Resume()
  void Resume();
  void
  CloseLinks();  // destroys the connections of workers and callers, pending bytes included; the clients stay
  void SetFrameObserver(FrameObserver observer);  // nullptr to remove

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace gatewayd::embedded
