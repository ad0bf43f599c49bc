// What clients say and are sent.
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "embedded/gateway_impl.h"

namespace gatewayd::embedded {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

std::array<char, 4> BigEndian(std::size_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

}  // namespace

EmbeddedGateway::Impl::Client::Client(std::shared_ptr<Impl> owner, Socket socket,
                                      const ListenerOptions& listener, HandshakePeer peer,
                                      const ClientInfo& info)
    : Connection(owner->client_hub_, std::move(socket), owner->go_ ? kNoLimit : owner->client_limit_),
      info(info),
      owner_(std::move(owner)),
      protocol_(listener.protocol),
      peer_(std::move(peer)),
      send_limit_(owner_->client_limit_),
      reader_(owner_->go_ ? kGoMaxMessage : kMaxMessage) {}

bool EmbeddedGateway::Impl::Client::TakesMore() {
  if (pending() >= send_limit_) Flush();
  return closed() || pending() < send_limit_;
}

bool EmbeddedGateway::Impl::Client::Send(std::string_view message) {
  switch (protocol_) {
    case ClientProtocol::kText:
      return Write({message, "\n"});
    case ClientProtocol::kFrame: {
      const std::array<char, 4> head = BigEndian(message.size() + 4);
      return Write({{head.data(), head.size()}, message});
    }
    case ClientProtocol::kTcp: {
      const std::array<char, 4> head = BigEndian(message.size());
      return Write({{head.data(), head.size()}, message});
    }
    case ClientProtocol::kWebSocket:
      break;
  }
  const std::string head = WebSocketHead(WebSocketType::kText, message.size());
  if (open_) return Write({head, message});
  if (closing() || closed() || held_.size() > send_limit_) return false;
  held_.append(head).append(message);
  return true;
}

void EmbeddedGateway::Impl::Client::OnBytes(char* bytes, std::size_t size) {
  const bool direct = in_.empty();  // no copy where whole messages come
  if (direct && size == 0) return;
  if (!direct) {
    in_.append(bytes, size);
    bytes = in_.data();
    size = in_.size();
  }
  std::size_t used = 0;
  while (used < size && !closed() && !closing() && !held()) {
    std::size_t step = 0;
    switch (protocol_) {
      case ClientProtocol::kText:
        step = NextLine(bytes + used, size - used);
        break;
      case ClientProtocol::kFrame:
      case ClientProtocol::kTcp:
        step = NextSized(bytes + used, size - used);
        break;
      case ClientProtocol::kWebSocket:
        step = NextWebSocket(bytes + used, size - used);
        break;
    }
    if (step == 0) break;
    used += step;
  }
  if (direct) {
    in_.assign(bytes + used, size - used);
  } else {
    in_.erase(0, used);
    if (in_.empty()) std::string().swap(in_);
  }
}

void EmbeddedGateway::Impl::Client::Deliver(std::string_view message) {
  owner_->Apply(owner_->state_->ClientMessage(id, message));
}

std::size_t EmbeddedGateway::Impl::Client::NextLine(char* bytes, std::size_t size) {
  if (size >= kMaxMessage) {
    CloseWhenWritten();
    return 0;
  }
  const void* found = std::memchr(bytes + scanned_, '\n', size - scanned_);
  if (found == nullptr) {
    scanned_ = size;
    return 0;
  }
  scanned_ = 0;
  const std::size_t length = static_cast<const char*>(found) - bytes;
  std::string_view message(bytes, length);
  while (!message.empty() && message.back() == '\r')
    message.remove_suffix(1);
  Deliver(message);
  return length + 1;
}

std::size_t EmbeddedGateway::Impl::Client::NextSized(char* bytes, std::size_t size) {
  if (size < 4) return 0;
  std::uint64_t total = 0;
  for (int i = 0; i < 4; ++i)
    total = total << 8 | static_cast<unsigned char>(bytes[i]);
  if (protocol_ == ClientProtocol::kTcp) total += 4;
  if (total < 4 || total > kMaxMessage + (protocol_ == ClientProtocol::kTcp ? 4 : 0)) {
    Destroy();
    return 0;
  }
  if (size < total) return 0;
  Deliver({bytes + 4, static_cast<std::size_t>(total) - 4});
  return static_cast<std::size_t>(total);
}

std::size_t EmbeddedGateway::Impl::Client::NextWebSocket(char* bytes, std::size_t size) {
  if (!open_) return ReadWebSocketHandshake(bytes, size);
  const WebSocketItem item = reader_.Next(bytes, size);
  switch (item.kind) {
    case WebSocketItem::Kind::kMessage:
      Deliver(item.payload);
      break;
    case WebSocketItem::Kind::kPing:
      Write({WebSocketHead(WebSocketType::kPong, item.payload.size()), item.payload});
      break;
    case WebSocketItem::Kind::kClose:
      Write({kWebSocketClose});
      CloseWhenWritten();
      break;
    case WebSocketItem::Kind::kBroken:
      CloseWhenWritten();
      break;
    case WebSocketItem::Kind::kPong:
    case WebSocketItem::Kind::kIncomplete:
      break;
  }
  return item.size;
}

std::size_t EmbeddedGateway::Impl::Client::ReadWebSocketHandshake(char* bytes, std::size_t size) {
  const Handshake handshake = ReadHandshake({bytes, size}, peer_);
  if (handshake.kind == Handshake::Kind::kIncomplete) return 0;
  if (handshake.kind == Handshake::Kind::kRefused) {
    Write({handshake.response});
    CloseWhenWritten();
    return 0;
  }
  if (owner_->go_) {
    Write({handshake.response});
    if (closed()) return 0;
    owner_->Admit(std::static_pointer_cast<Client>(shared_from_this()));
  }
  owner_->Apply(owner_->state_->ClientHandshake(id, handshake.request));
  if (closed()) return 0;
  if (!owner_->go_) Write({handshake.response});
  open_ = true;
  if (!held_.empty()) Write({std::exchange(held_, {})});
  return handshake.size;
}

void EmbeddedGateway::Impl::AddClient(Socket socket, const boost::asio::ip::tcp::endpoint& remote,
                                      const ListenerOptions& listener) {
  HandshakePeer peer;
  peer.remote_ip = remote.address().to_string();
  peer.remote_port = remote.port();
  peer.local_port = listener.port;
  ClientInfo info;
  info.protocol = listener.protocol;
  info.ip = remote.address().is_v4() ? remote.address().to_v4().to_uint() : 0;
  info.port = remote.port();
  info.gateway_port = listener.port;
  auto client =
      std::make_shared<Client>(shared_from_this(), std::move(socket), listener, std::move(peer), info);
  if (go_ && listener.protocol == ClientProtocol::kWebSocket) {
    handshaking_.insert(client);
  } else {
    Admit(client);
  }
  client->Start();
}

void EmbeddedGateway::Impl::Admit(const std::shared_ptr<Client>& client) {
  handshaking_.erase(client);
  Actions actions;
  client->id = state_->AddClient(client->info, actions);
  clients_[client->id] = client;
  ++counters_.clients_accepted;
  Apply(actions);
}

void EmbeddedGateway::Impl::OnClientClosed(Client& client) {
  const auto keep = std::static_pointer_cast<Client>(client.shared_from_this());
  handshaking_.erase(keep);
  if (clients_.erase(client.id) > 0 && !stopped_) Apply(state_->RemoveClient(client.id));
  ReleaseLinks(client);
}

}  // namespace gatewayd::embedded
