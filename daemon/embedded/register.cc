#include "embedded/register.h"

#include <glog/logging.h>

#include <map>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/json/value.hpp"
#include "embedded/connection.h"
#include "embedded/io_call.h"
#include "embedded/ordered_map.h"
#include "embedded/php_values.h"
#include "wire/absl_view.h"
#include "wire/register_line.h"
#include "wire/requests.h"

namespace gatewayd::embedded {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr std::size_t kSendLimit = 1048576;         // workerman's default
constexpr std::size_t kMaxLine = 10 * 1024 * 1024;  // its maxPackageSize

// The text of a member that is a string; "" else.
std::string_view Text(const boost::json::value& message, std::string_view name) {
  const boost::json::value* found = php::Member(message, name);
  if (found == nullptr || !found->is_string()) return {};
  return {found->get_string().data(), found->get_string().size()};
}
}  // namespace

class EmbeddedRegister::Impl : public std::enable_shared_from_this<EmbeddedRegister::Impl> {
 public:
  Impl(asio::io_context& io, RegisterOptions options)
      : hub_(std::make_shared<ConnectionHub>(io)), options_(std::move(options)), acceptor_(io) {}

  absl::Status Start() {
    absl::StatusOr<tcp::acceptor> acceptor = Listen(hub_->io, options_.host, options_.port, "the Register");
    if (!acceptor.ok()) return acceptor.status();
    port_ = acceptor->local_endpoint().port();
    acceptor_ = *std::move(acceptor);
    asio::co_spawn(hub_->io, Accept(shared_from_this()), asio::detached);
    return absl::OkStatus();
  }

  void Stop();

  asio::io_context& io() { return hub_->io; }
  std::uint16_t port() const { return port_; }
  std::string address() const { return HostPort(options_.host, port_); }
  std::size_t worker_count() const { return workers_.size(); }
  std::vector<std::string> addresses() const {
    std::vector<std::string> out;
    for (const auto& [id, address] : gateways_)
      out.push_back(address);
    return out;
  }

 private:
  class Peer;

  static asio::awaitable<void> Accept(std::shared_ptr<Impl> self);
  void OnLine(Peer& peer, std::string_view line);
  void OnMessage(Peer& peer, const boost::json::value& message, std::string_view line);
  void OnClosed(Peer& peer);
  bool CheckSecret(Peer& peer, const boost::json::value& message);
  void Broadcast(Peer* only);
  std::string AddressesJson() const;

  const std::shared_ptr<ConnectionHub> hub_;
  const RegisterOptions options_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Peer>> peers_;
  OrderedMap<std::uint64_t, std::string> gateways_;
  OrderedMap<std::uint64_t, Peer*> workers_;
};

class EmbeddedRegister::Impl::Peer : public Connection {
 public:
  Peer(std::shared_ptr<Impl> owner, std::uint64_t id, tcp::socket socket, std::string ip)
      : Connection(owner->hub_, std::move(socket), kSendLimit),
        id(id),
        ip(std::move(ip)),
        silence(owner->hub_->io),
        owner_(std::move(owner)) {}

  const std::uint64_t id;
  const std::string ip;
  asio::steady_timer silence;

 private:
  void OnBytes(char* bytes, std::size_t size) override {
    in_.append(bytes, size);
    if (in_.size() >= kMaxLine) return CloseWhenWritten();
    std::size_t start = 0;
    for (std::size_t end; !closed() && !closing() && (end = in_.find('\n', start)) != std::string::npos;) {
      std::string_view line(in_.data() + start, end - start);
      while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
        line.remove_suffix(1);
      owner_->OnLine(*this, line);
      start = end + 1;
    }
    in_.erase(0, start);
  }
  void OnClosed(bool) override { owner_->OnClosed(*this); }

  const std::shared_ptr<Impl> owner_;
  std::string in_;
};

asio::awaitable<void> EmbeddedRegister::Impl::Accept(std::shared_ptr<Impl> self) {
  while (!self->stopped_) {
    auto [error, socket] = co_await self->acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (self->stopped_ || error == asio::error::operation_aborted) break;
    if (error) {  // no descriptors, most likely: let some be closed
      asio::steady_timer pause(self->io(), std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    boost::system::error_code gone;
    const tcp::endpoint remote = socket.remote_endpoint(gone);
    if (gone) continue;
    auto peer =
        std::make_shared<Peer>(self, ++self->last_id_, std::move(socket), remote.address().to_string());
    self->peers_[peer->id] = peer;
    peer->silence.expires_after(absl::ToChronoNanoseconds(self->options_.auth_timeout));
    peer->silence.async_wait([weak = std::weak_ptr<Peer>(peer)](boost::system::error_code cancelled) {
      std::shared_ptr<Peer> silent = weak.lock();
      if (cancelled || silent == nullptr || silent->closed()) return;
      LOG(WARNING) << "embedded Register: " << silent->ip << " connected and said nothing; closed";
      silent->CloseWhenWritten();
    });
    peer->Start();
  }
}

void EmbeddedRegister::Impl::Stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& [id, peer] : std::exchange(peers_, {}))
    peer->Destroy();
}

void EmbeddedRegister::Impl::OnLine(Peer& peer, std::string_view line) {
  peer.silence.cancel();  // any line will do, once and for all
  absl::StatusOr<std::string> json = options_.dialect->DecodeRegisterLine(line, options_.secret);
  OnMessage(peer, json.ok() ? php::DecodeJson(*json) : boost::json::value(), line);
}

void EmbeddedRegister::Impl::OnMessage(Peer& peer, const boost::json::value& message, std::string_view line) {
  const std::string_view event = Text(message, "event");
  if (php::IsEmpty(event)) {
    const std::string error = absl::StrCat("Bad request for Register service. Request info(IP:", peer.ip,
                                           ", Request Buffer:", wire::ToAbsl(line),
                                           "). See http://doc2.workerman.net/register-auth-timeout.html");
    LOG(WARNING) << "embedded Register: a line from " << peer.ip << " that is no request; closed";
    peer.Write({error, "\n"});
    return peer.CloseWhenWritten();
  }
  if (event == "gateway_connect") {
    const std::string address(Text(message, "address"));
    if (php::IsEmpty(address)) return peer.CloseWhenWritten();
    if (!CheckSecret(peer, message)) return;
    gateways_[peer.id] = address;
    Broadcast(nullptr);
  } else if (event == "worker_connect") {
    if (!CheckSecret(peer, message)) return;
    workers_[peer.id] = &peer;
    Broadcast(&peer);
  } else if (event != "ping") {
    LOG(WARNING) << "embedded Register: an unknown event from " << peer.ip << "; closed";
    peer.CloseWhenWritten();
  }
}

bool EmbeddedRegister::Impl::CheckSecret(Peer& peer, const boost::json::value& message) {
  const boost::json::value* given = php::Member(message, "secret_key");
  const bool absent = given == nullptr || given->is_null();
  if ((absent || given->is_string()) && Text(message, "secret_key") == options_.secret) return true;
  LOG(WARNING) << "embedded Register: a wrong secret from " << peer.ip << "; closed";
  peer.CloseWhenWritten();
  return false;
}

void EmbeddedRegister::Impl::OnClosed(Peer& peer) {
  peer.silence.cancel();
  workers_.Erase(peer.id);
  const bool was_gateway = gateways_.Erase(peer.id);
  const std::shared_ptr<Connection> keep = peer.shared_from_this();
  peers_.erase(peer.id);
  if (was_gateway && !stopped_) Broadcast(nullptr);
}

// array_unique() keeps the first of each and its index, so a duplicate before the last entry leaves a gap,
// and json_encode() then writes an object.
std::string EmbeddedRegister::Impl::AddressesJson() const {
  std::vector<std::string> list;
  std::string object;
  absl::flat_hash_set<std::string> seen;
  std::size_t index = 0;
  bool gap = options_.always_object;
  for (const auto& [id, address] : gateways_) {
    if (seen.insert(address).second) {
      gap = gap || index != list.size();
      list.push_back(address);
      absl::StrAppend(&object, object.empty() ? "" : ",", "\"", index, "\":");
      wire::AppendJsonString(address, object);
    }
    ++index;
  }
  if (!gap) return wire::BroadcastAddressesJson(list);
  return absl::StrCat("{\"event\":\"broadcast_addresses\",\"addresses\":{", object, "}}");
}

void EmbeddedRegister::Impl::Broadcast(Peer* only) {
  const std::string line = options_.dialect->EncodeRegisterLine(AddressesJson(), options_.secret);
  if (only != nullptr) {
    only->Write({line});
    return;
  }
  std::vector<std::shared_ptr<Connection>> workers;  // a failed write closes one, and changes the list
  for (const auto& [id, worker] : workers_)
    workers.push_back(worker->shared_from_this());
  for (const auto& worker : workers)
    worker->Write({line});
}

EmbeddedRegister::EmbeddedRegister(asio::io_context& io, RegisterOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(options))) {}
EmbeddedRegister::~EmbeddedRegister() {
  Stop();
}

absl::Status EmbeddedRegister::Start() {
  return impl_->Start();
}
void EmbeddedRegister::Stop() {
  RunOn(impl_->io(), [this] { impl_->Stop(); });
}
std::string EmbeddedRegister::address() const {
  return impl_->address();
}
std::uint16_t EmbeddedRegister::port() const {
  return impl_->port();
}
std::vector<std::string> EmbeddedRegister::gateway_addresses() const {
  return RunOn(impl_->io(), [this] { return impl_->addresses(); });
}
std::size_t EmbeddedRegister::worker_count() const {
  return RunOn(impl_->io(), [this] { return impl_->worker_count(); });
}

}  // namespace gatewayd::embedded
