// The sockets around GatewayState. Included by gateway*.cc alone; used on the io thread, but for the
// constructor and Start().
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "embedded/connection.h"
#include "embedded/gateway.h"
#include "embedded/gateway_state.h"
#include "embedded/register_link.h"
#include "embedded/websocket.h"

namespace gatewayd::embedded {

// Shared by the EmbeddedGateway and by what it has under way on the io thread, which may outlast it.
class EmbeddedGateway::Impl : public std::enable_shared_from_this<EmbeddedGateway::Impl> {
 public:
  Impl(boost::asio::io_context& io, GatewayOptions options);

  absl::Status Start();
  void Stop();
  void Pause() { hub_->paused = client_hub_->paused = true; }
  void Resume();
  void CloseLinks();

  boost::asio::io_context& io() { return hub_->io; }
  const GatewayOptions& options() const { return options_; }
  wire::GatewayAddress inner_address() const { return address_; }
  std::string registered_address() const;
  std::uint16_t inner_port() const { return address_.port; }
  const std::vector<ListenerOptions>& listeners() const { return listeners_; }  // with their real ports
  GatewayCounters counters() const;
  std::vector<ClientSnapshot> clients() const;
  void SetObserver(FrameObserver observer) { observer_ = std::move(observer); }

 private:
  class Link;
  class Client;
  using Acceptor = boost::asio::ip::tcp::acceptor;
  using Socket = boost::asio::ip::tcp::socket;

  absl::Status Bind();
  absl::Status MakeRegisterLinks();
  std::string HelloJson() const;
  void Run();
  // Accepts until Stop(); `listener` is null for workers and callers.
  static boost::asio::awaitable<void> Accept(std::shared_ptr<Impl> self, Acceptor& acceptor,
                                             const ListenerOptions* listener);
  static boost::asio::awaitable<void> PingWorkers(std::shared_ptr<Impl> self);
  void AddLink(Socket socket, const boost::asio::ip::tcp::endpoint& remote);
  void AddClient(Socket socket, const boost::asio::ip::tcp::endpoint& remote,
                 const ListenerOptions& listener);
  void Admit(const std::shared_ptr<Client>& client);  // it gets its id

  void OnFrame(Link& link, const wire::Frame& frame);
  void OnBadFrame(Link& link, const LinkPacket& packet);
  void OnLinkClosed(Link& link, bool late);
  void OnClientClosed(Client& client);
  // Go: each writes to a socket until that takes no more, then the writer waits.
  void WriteOrStall(const std::vector<std::uint32_t>& clients, std::string_view body, bool close);
  void GoOn(Link& link);  // with the write at which it stalled
  void ReleaseLinks(Client& client);
  void ReleaseClients(Link& link);
  bool HasEnded(LinkId id) const;
  bool IsFull(const Link& link) const;

  void Apply(const Actions& actions);
  void Do(const SendToClients& action);
  void Do(const CloseClient& action);
  void Do(const DestroyClient& action);
  void Do(const SendAnswer& action);
  void Do(const SendEvent& action);
  void Do(const CloseLink& action);
  void Do(const DropLink& action);
  std::shared_ptr<Link> FindLink(LinkId id) const;
  std::shared_ptr<Client> FindClient(std::uint32_t id) const;

  const std::shared_ptr<ConnectionHub> hub_;         // of the links
  const std::shared_ptr<ConnectionHub> client_hub_;  // its own, for its own counts
  const GatewayOptions options_;
  const GatewayDialect& dialect_;
  const std::unique_ptr<LinkCodec> codec_;
  const bool go_;
  const std::size_t client_limit_;
  std::vector<ListenerOptions> listeners_;
  wire::GatewayAddress address_;
  std::optional<GatewayState> state_;
  std::list<Acceptor> acceptors_;  // of the workers, then of each listener
  std::vector<std::shared_ptr<RegisterLink>> register_links_;
  boost::asio::steady_timer ping_timer_;
  absl::flat_hash_map<LinkId, std::shared_ptr<Link>> links_;
  absl::flat_hash_map<std::uint32_t, std::shared_ptr<Client>> clients_;
  absl::flat_hash_set<std::shared_ptr<Client>> handshaking_;  // go: WebSocket clients that are none yet
  Link* executing_ = nullptr;                                 // whose frame the actions at hand come from
  LinkId last_link_ = 0;
  FrameObserver observer_;
  GatewayCounters counters_;
  std::uint64_t fatal_frames_ = 0;  // go: that the state never saw
  std::string encoded_;             // scratch
  bool stopped_ = false;
};

// A worker's or caller's connection.
class EmbeddedGateway::Impl::Link : public Connection {
 public:
  Link(std::shared_ptr<Impl> owner, LinkId id, Socket socket, std::string remote);
  const LinkId id;
  const std::string remote;

  // Go: what it was writing when a client took no more; the first of `clients` is that one.
  struct Stalled {
    std::vector<std::uint32_t> clients;
    std::string body;
    bool close = false;
  };
  std::optional<Stalled> stalled;
  std::vector<std::uint32_t> waiting_clients;  // whose events found this link full
  bool waits_for_reader = false;               // go: to read its own answers

 private:
  void OnBytes(char* bytes, std::size_t size) override;
  void OnFlushed() override;
  void OnClosed(bool late) override { owner_->OnLinkClosed(*this, late); }

  const std::shared_ptr<Impl> owner_;
  std::string in_;
};

// A client's, with the protocol of its listener.
class EmbeddedGateway::Impl::Client : public Connection {
 public:
  Client(std::shared_ptr<Impl> owner, Socket socket, const ListenerOptions& listener, HandshakePeer peer,
         const ClientInfo& info);
  const ClientInfo info;
  std::uint32_t id = 0;               // 0 until it is admitted
  std::vector<LinkId> stalled_links;  // go: that wait until this one has read

  // Wraps and sends; a WebSocket client that has not finished its handshake gets it after that. False:
  // dropped.
  bool Send(std::string_view message);
  bool TakesMore();  // go: less than the limit is pending

 private:
  void OnBytes(char* bytes, std::size_t size) override;
  void OnFlushed() override { owner_->ReleaseLinks(*this); }
  void OnClosed(bool) override { owner_->OnClientClosed(*this); }
  // Each consumes what it can of the bytes and returns how many; 0 to wait for more.
  std::size_t NextLine(char* bytes, std::size_t size);
  std::size_t NextSized(char* bytes, std::size_t size);
  std::size_t NextWebSocket(char* bytes, std::size_t size);
  std::size_t ReadWebSocketHandshake(char* bytes, std::size_t size);
  void Deliver(std::string_view message);

  const std::shared_ptr<Impl> owner_;
  const ClientProtocol protocol_;
  const HandshakePeer peer_;
  const std::size_t send_limit_;
  std::string in_;
  std::size_t scanned_ = 0;  // bytes of in_ known to hold no end of line
  bool open_ = false;        // WebSocket: the handshake is done
  std::string held_;         // what waits for that, wrapped
  WebSocketReader reader_;
};

}  // namespace gatewayd::embedded
