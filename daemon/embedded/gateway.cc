#include "embedded/gateway.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "embedded/gateway_impl.h"
#include "embedded/io_call.h"
#include "wire/register_line.h"

namespace gatewayd::embedded {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPhpClientSendBuffer = 1'024'000;
constexpr std::size_t kGoClientSendBuffer = 12 * 1024 * 1024;

std::string_view ListenerName(ClientProtocol protocol) {
  switch (protocol) {
    case ClientProtocol::kWebSocket:
      return "WebSocket clients";
    case ClientProtocol::kText:
      return "text clients";
    case ClientProtocol::kFrame:
      return "frame clients";
    case ClientProtocol::kTcp:
      return "tcp clients";
  }
  return "clients";
}

}  // namespace

EmbeddedGateway::Impl::Impl(asio::io_context& io, GatewayOptions options)
    : hub_(std::make_shared<ConnectionHub>(io)),
      client_hub_(std::make_shared<ConnectionHub>(io)),
      options_(std::move(options)),
      dialect_(GatewayDialectOf(options_.dialect->kind())),
      codec_(dialect_.NewLinkCodec(options_.secret)),
      go_(dialect_.kind() == wire::DialectKind::kGo),
      client_limit_(options_.client_send_buffer.value_or(go_ ? kGoClientSendBuffer : kPhpClientSendBuffer)),
      listeners_(options_.listeners),
      ping_timer_(io) {}

absl::Status EmbeddedGateway::Impl::Start() {
  boost::system::error_code error;
  const auto ip = asio::ip::make_address_v4(options_.advertised_ip, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("the advertised address '", options_.advertised_ip, "' is no IPv4 address"));
  }
  if (absl::Status bound = Bind(); !bound.ok()) return bound;
  address_ = {ip.to_uint(), acceptors_.front().local_endpoint().port()};
  if (absl::Status made = MakeRegisterLinks(); !made.ok()) return made;
  GatewayState::Options state;
  state.address = address_;
  state.secret = options_.secret;
  state.close_clients_without_worker = options_.close_clients_without_worker;
  state.dialect = &dialect_;
  state.has_ended = [this](LinkId link) { return HasEnded(link); };
  state_.emplace(std::move(state));
  asio::post(io(), [self = shared_from_this()] { self->Run(); });
  return absl::OkStatus();
}

absl::Status EmbeddedGateway::Impl::Bind() {
  absl::StatusOr<tcp::acceptor> inner =
      Listen(io(), options_.inner_host, options_.inner_port, "workers of the Gateway");
  if (!inner.ok()) return inner.status();
  acceptors_.push_back(*std::move(inner));
  for (ListenerOptions& listener : listeners_) {
    absl::StatusOr<tcp::acceptor> outer =
        Listen(io(), listener.host, listener.port, ListenerName(listener.protocol));
    if (!outer.ok()) {
      acceptors_.clear();
      return outer.status();
    }
    listener.port = outer->local_endpoint().port();
    acceptors_.push_back(*std::move(outer));
  }
  return absl::OkStatus();
}

std::string EmbeddedGateway::Impl::registered_address() const {
  return absl::StrCat(options_.registered_host.empty() ? options_.advertised_ip : options_.registered_host,
                      ":", address_.port);
}

std::string EmbeddedGateway::Impl::HelloJson() const {
  if (!go_) return wire::GatewayConnectJson(registered_address(), options_.secret);
  const std::string worker_address = options_.worker_host.empty()
                                         ? registered_address()
                                         : absl::StrCat(options_.worker_host, ":", address_.port);
  return wire::GoGatewayConnectJson(registered_address(), worker_address, options_.secret);
}

absl::Status EmbeddedGateway::Impl::MakeRegisterLinks() {
  for (const std::string& address : options_.registers) {
    RegisterLinkOptions link;
    if (!wire::SplitHostPort(address, &link.host, &link.port)) {
      acceptors_.clear();
      return absl::InvalidArgumentError(
          absl::StrCat("the Register '", address, "' is not of the form host:port"));
    }
    const auto line = [dialect = options_.dialect, secret = options_.secret](const std::string& json) {
      return [=] { return dialect->EncodeRegisterLine(json, secret); };
    };
    link.hello = line(HelloJson());
    link.ping = line(wire::PingJson());
    link.ping_interval = options_.register_ping;
    link.reconnect = options_.register_reconnect;
    register_links_.push_back(std::make_shared<RegisterLink>(io(), std::move(link)));
  }
  return absl::OkStatus();
}

void EmbeddedGateway::Impl::Run() {
  if (stopped_) return;
  auto acceptor = acceptors_.begin();
  asio::co_spawn(io(), Accept(shared_from_this(), *acceptor, nullptr), asio::detached);
  for (const ListenerOptions& listener : listeners_) {
    asio::co_spawn(io(), Accept(shared_from_this(), *++acceptor, &listener), asio::detached);
  }
  for (const auto& link : register_links_)
    link->Start();
  if (go_ || options_.advertised_ip != "127.0.0.1") {
    asio::co_spawn(io(), PingWorkers(shared_from_this()), asio::detached);
  }
}

asio::awaitable<void> EmbeddedGateway::Impl::Accept(std::shared_ptr<Impl> self, Acceptor& acceptor,
                                                    const ListenerOptions* listener) {
  while (!self->stopped_) {
    auto [error, socket] = co_await acceptor.async_accept(kNoThrow);
    if (self->hub_->paused) co_await ConnectionHub::WaitWhilePaused(self->hub_);
    if (self->stopped_) break;
    if (error) {  // no descriptors, most likely: let some be closed
      asio::steady_timer pause(self->io(), std::chrono::milliseconds(100));
      co_await pause.async_wait(kNoThrow);
      continue;
    }
    boost::system::error_code gone;
    const tcp::endpoint remote = socket.remote_endpoint(gone);
    if (gone) continue;
    if (listener == nullptr) {
      self->AddLink(std::move(socket), remote);
    } else {
      self->AddClient(std::move(socket), remote, *listener);
    }
  }
}

asio::awaitable<void> EmbeddedGateway::Impl::PingWorkers(std::shared_ptr<Impl> self) {
  while (!self->stopped_) {
    self->ping_timer_.expires_after(absl::ToChronoNanoseconds(self->options_.worker_ping));
    co_await self->ping_timer_.async_wait(kNoThrow);
    if (self->hub_->paused) co_await ConnectionHub::WaitWhilePaused(self->hub_);
    // Go's loop waits in the first write that is not taken, and nobody else gets a PING meanwhile.
    const bool waits = std::any_of(self->links_.begin(), self->links_.end(),
                                   [&](const auto& link) { return self->IsFull(*link.second); });
    if (!self->stopped_ && !waits) self->Apply(self->state_->PingWorkers());
  }
}

void EmbeddedGateway::Impl::Stop() {
  if (std::exchange(stopped_, true)) return;
  boost::system::error_code ignored;
  for (Acceptor& acceptor : acceptors_)
    acceptor.close(ignored);
  for (const auto& link : register_links_)
    link->Stop();
  ping_timer_.cancel();
  for (const auto& [id, link] : std::exchange(links_, {}))
    link->Destroy();
  for (const auto& [id, client] : std::exchange(clients_, {}))
    client->Destroy();
  for (const std::shared_ptr<Client>& client : std::exchange(handshaking_, {}))
    client->Destroy();
  observer_ = nullptr;
  Resume();
}

void EmbeddedGateway::Impl::Resume() {
  hub_->Resume();
  client_hub_->Resume();
}

std::vector<ClientSnapshot> EmbeddedGateway::Impl::clients() const {
  return state_ && !stopped_ ? state_->Snapshot() : std::vector<ClientSnapshot>();
}

GatewayCounters EmbeddedGateway::Impl::counters() const {
  GatewayCounters out = counters_;
  out.bytes_from_workers = hub_->bytes_read;
  out.bytes_to_workers = hub_->bytes_written;
  out.bytes_from_clients = client_hub_->bytes_read;
  out.bytes_to_clients = client_hub_->bytes_written;
  out.links_open = links_.size();
  out.clients_open = clients_.size();
  for (const auto& [id, link] : links_)
    out.links_stalled += link->stalled ? 1 : 0;
  if (state_) out.state = state_->counters();
  out.state.would_have_crashed += fatal_frames_;
  return out;
}

EmbeddedGateway::EmbeddedGateway(asio::io_context& io, GatewayOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(options))) {}
EmbeddedGateway::~EmbeddedGateway() {
  Stop();
}

absl::Status EmbeddedGateway::Start() {
  return impl_->Start();
}
void EmbeddedGateway::Stop() {
  RunOn(impl_->io(), [this] { impl_->Stop(); });
}

wire::GatewayAddress EmbeddedGateway::inner_address() const {
  return impl_->inner_address();
}
std::string EmbeddedGateway::registered_address() const {
  return impl_->registered_address();
}
std::uint16_t EmbeddedGateway::inner_port() const {
  return impl_->inner_port();
}

std::uint16_t EmbeddedGateway::port(ClientProtocol protocol) const {
  for (const ListenerOptions& listener : impl_->listeners()) {
    if (listener.protocol == protocol) return listener.port;
  }
  return 0;
}

std::vector<ListenerOptions> EmbeddedGateway::listeners() const {
  return impl_->listeners();
}

std::string EmbeddedGateway::websocket_url() const {
  for (const ListenerOptions& listener : impl_->listeners()) {
    if (listener.protocol == ClientProtocol::kWebSocket) {
      return absl::StrCat("ws://", HostPort(listener.host, listener.port), "/");
    }
  }
  return "";
}

GatewayCounters EmbeddedGateway::counters() const {
  return RunOn(impl_->io(), [this] { return impl_->counters(); });
}
std::vector<ClientSnapshot> EmbeddedGateway::clients() const {
  return RunOn(impl_->io(), [this] { return impl_->clients(); });
}
void EmbeddedGateway::Pause() {
  RunOn(impl_->io(), [this] { impl_->Pause(); });
}
void EmbeddedGateway::Resume() {
  RunOn(impl_->io(), [this] { impl_->Resume(); });
}
void EmbeddedGateway::CloseLinks() {
  RunOn(impl_->io(), [this] { impl_->CloseLinks(); });
}
void EmbeddedGateway::SetFrameObserver(FrameObserver observer) {
  RunOn(impl_->io(), [&] { impl_->SetObserver(std::move(observer)); });
}

}  // namespace gatewayd::embedded
