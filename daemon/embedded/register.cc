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
constexpr std::size_t kGoMaxLine = 64 * 1024;

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
  std::vector<RegisteredWorker> workers() const;
  std::vector<std::string> addresses() const {
    std::vector<std::string> out;
    for (const auto& [id, gateway] : gateways_)
      out.push_back(gateway.address);
    return out;
  }

 private:
  class Peer;
  struct Gateway {
    std::string address;
    std::string worker_address;  // go
  };

  static asio::awaitable<void> Accept(std::shared_ptr<Impl> self);
  void OnLine(Peer& peer, std::string_view line);
  void OnMessage(Peer& peer, const boost::json::value& message, std::string_view line);
  void OnGoMessage(Peer& peer, const boost::json::value& message);
  void OnClosed(Peer& peer);
  bool CheckSecret(Peer& peer, const boost::json::value& message);
  void Broadcast(Peer* only);
  std::string AddressesJson() const;
  std::string GoAddressesJson() const;
  void TellDashboards();
  void WriteTo(const OrderedMap<std::uint64_t, Peer*>& peers, const std::string& json);
  bool go() const { return options_.dialect->kind() == wire::DialectKind::kGo; }

  const std::shared_ptr<ConnectionHub> hub_;
  const RegisterOptions options_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Peer>> peers_;
  OrderedMap<std::uint64_t, Gateway> gateways_;
  OrderedMap<std::uint64_t, Peer*> workers_;
  OrderedMap<std::uint64_t, Peer*> dashboards_;  // go
};

class EmbeddedRegister::Impl::Peer : public Connection {
 public:
  Peer(std::shared_ptr<Impl> owner, std::uint64_t id, tcp::socket socket, const tcp::endpoint& remote)
      : Connection(owner->hub_, std::move(socket), kSendLimit),
        id(id),
        ip(remote.address().to_string()),
        max_line(owner->go() ? kGoMaxLine : kMaxLine),
        silence(owner->hub_->io),
        owner_(std::move(owner)) {}

  const std::uint64_t id;
  const std::string ip;
  const std::size_t max_line;
  asio::steady_timer silence;
  RegisteredWorker worker;  // where it is one

 private:
  void OnBytes(char* bytes, std::size_t size) override {
    in_.append(bytes, size);
    if (in_.size() >= max_line) return CloseWhenWritten();
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
    auto peer = std::make_shared<Peer>(self, ++self->last_id_, std::move(socket), remote);
    peer->worker.address = HostPort(peer->ip, remote.port());
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
  absl::StatusOr<std::string> json = options_.dialect->DecodeRegisterLine(line, options_.secret);
  if (go()) return OnGoMessage(peer, json.ok() ? php::DecodeJson(*json) : boost::json::value());
  peer.silence.cancel();  // any line will do, once and for all
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
    gateways_[peer.id] = {address, address};
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

// A bad line is answered by closing, an unknown event by nothing. Any line that parses stops the timer.
void EmbeddedRegister::Impl::OnGoMessage(Peer& peer, const boost::json::value& message) {
  if (!message.is_object()) {
    LOG(WARNING) << "embedded Register: a line from " << peer.ip << " that does not decrypt; closed";
    return peer.CloseWhenWritten();
  }
  peer.silence.cancel();
  const std::string_view event = Text(message, "event");
  if (event == "gateway_connect") {
    if (!CheckSecret(peer, message)) return;
    const std::string address(Text(message, "address"));
    const std::string_view worker_address = Text(message, "worker_address");
    gateways_[peer.id] = {address, worker_address.empty() ? address : std::string(worker_address)};
    Broadcast(nullptr);
  } else if (event == "worker_connect") {
    if (!CheckSecret(peer, message)) return;
    workers_[peer.id] = &peer;
    peer.worker.name = Text(message, "name");
    Broadcast(&peer);
  } else if (event == "admin_connect") {
    if (!CheckSecret(peer, message)) return;
    dashboards_[peer.id] = &peer;
  } else if (event == "worker_stats" && workers_.Contains(peer.id)) {
    const boost::json::value* count = php::Member(message, "processed_count");
    boost::system::error_code ignored;
    if (count != nullptr) peer.worker.processed_count = count->to_number<std::uint64_t>(ignored);
    return;
  } else {
    return;
  }
  TellDashboards();
}

std::vector<RegisteredWorker> EmbeddedRegister::Impl::workers() const {
  std::vector<RegisteredWorker> out;
  for (const auto& [id, worker] : workers_)
    out.push_back(worker->worker);
  return out;
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
  dashboards_.Erase(peer.id);
  const bool was_worker = workers_.Erase(peer.id);
  const bool was_gateway = gateways_.Erase(peer.id);
  const std::shared_ptr<Connection> keep = peer.shared_from_this();
  peers_.erase(peer.id);
  if (stopped_) return;
  if (was_gateway) Broadcast(nullptr);
  if (was_gateway || was_worker) TellDashboards();
}

// array_unique() keeps the first of each and its index, so a duplicate before the last entry leaves a gap,
// and json_encode() then writes an object.
std::string EmbeddedRegister::Impl::AddressesJson() const {
  std::vector<std::string> list;
  std::string object;
  absl::flat_hash_set<std::string> seen;
  std::size_t index = 0;
  bool gap = options_.always_object;
  for (const auto& [id, gateway] : gateways_) {
    const std::string& address = gateway.address;
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

// Two sets: Gateways that give one address are one entry, and nothing tells which of one list belongs to
// which of the other.
std::string EmbeddedRegister::Impl::GoAddressesJson() const {
  OrderedMap<std::string, bool> addresses;
  OrderedMap<std::string, bool> sdk_addresses;
  for (const auto& [id, gateway] : gateways_) {
    addresses[gateway.worker_address] = true;
    if (options_.sdk_addresses) sdk_addresses[gateway.address] = true;
  }
  const auto keys = [](const OrderedMap<std::string, bool>& map) {
    std::vector<std::string> out;
    for (const auto& [key, unused] : map)
      out.push_back(key);
    return out;
  };
  return wire::GoBroadcastAddressesJson(keys(addresses), keys(sdk_addresses));
}

void EmbeddedRegister::Impl::Broadcast(Peer* only) {
  const std::string json = go() ? GoAddressesJson() : AddressesJson();
  if (only != nullptr) {
    only->Write({options_.dialect->EncodeRegisterLine(json, options_.secret)});
  } else {
    WriteTo(workers_, json);
  }
}

void EmbeddedRegister::Impl::WriteTo(const OrderedMap<std::uint64_t, Peer*>& peers, const std::string& json) {
  std::vector<std::shared_ptr<Connection>> kept;  // a failed write closes one, and changes the list
  for (const auto& [id, peer] : peers)
    kept.push_back(peer->shared_from_this());
  for (const auto& peer : kept)
    peer->Write({options_.dialect->EncodeRegisterLine(json, options_.secret)});
}

void EmbeddedRegister::Impl::TellDashboards() {
  if (dashboards_.empty()) return;
  std::string json = "{\"event\":\"status_update\"";
  if (!gateways_.empty()) absl::StrAppend(&json, ",\"gateways\":", wire::StringListJson(addresses()));
  std::string workers;
  for (const RegisteredWorker& worker : this->workers()) {
    workers += workers.empty() ? "{\"name\":" : ",{\"name\":";
    wire::AppendJsonString(worker.name, workers);
    workers += ",\"addr\":";
    wire::AppendJsonString(worker.address, workers);
    absl::StrAppend(&workers, ",\"processed_count\":", worker.processed_count, "}");
  }
  if (!workers.empty()) absl::StrAppend(&json, ",\"workers\":[", workers, "]");
  json += '}';
  WriteTo(dashboards_, json);
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
std::vector<RegisteredWorker> EmbeddedRegister::workers() const {
  return RunOn(impl_->io(), [this] { return impl_->workers(); });
}
std::size_t EmbeddedRegister::worker_count() const {
  return RunOn(impl_->io(), [this] { return impl_->worker_count(); });
}

}  // namespace gatewayd::embedded
