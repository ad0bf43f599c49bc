// Workers and callers, and what the state's decisions do to sockets.
#include <glog/logging.h>

#include <limits>
#include <utility>
#include <variant>

#include "embedded/gateway_impl.h"

namespace gatewayd::embedded {

namespace {
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
}

EmbeddedGateway::Impl::Link::Link(std::shared_ptr<Impl> owner, LinkId id, Socket socket, std::string remote)
    : Connection(owner->hub_, std::move(socket), owner->go_ ? kNoLimit : owner->options_.worker_send_buffer),
      id(id),
      remote(std::move(remote)),
      owner_(std::move(owner)) {}

void EmbeddedGateway::Impl::Link::OnBytes(char* bytes, std::size_t size) {
  if (stalled) owner_->GoOn(*this);
  std::string_view view(bytes, size);
  if (!in_.empty()) {
    in_.append(bytes, size);
    view = in_;
  }
  std::size_t used = 0;
  while (!closed() && !closing() && !held()) {
    const LinkPacket packet = owner_->codec_->Next(view.substr(used));
    if (packet.kind == LinkPacket::Kind::kIncomplete) break;
    if (packet.kind != LinkPacket::Kind::kFrame) return owner_->OnBadFrame(*this, packet);
    used += packet.size;
    owner_->OnFrame(*this, packet.frame);
  }
  if (in_.empty()) {
    in_.assign(view.substr(used));
  } else {
    in_.erase(0, used);
    if (in_.empty()) std::string().swap(in_);
  }
}

void EmbeddedGateway::Impl::Link::OnFlushed() {
  owner_->ReleaseClients(*this);
  if (std::exchange(waits_for_reader, false)) Release();
}

void EmbeddedGateway::Impl::AddLink(Socket socket, const boost::asio::ip::tcp::endpoint& remote) {
  std::string ip = remote.address().to_string();
  const LinkId id = ++last_link_;
  auto link = std::make_shared<Link>(shared_from_this(), id, std::move(socket), HostPort(ip, remote.port()));
  links_[id] = link;
  ++counters_.links_accepted;
  state_->AddLink(id, std::move(ip));
  link->Start();
}

void EmbeddedGateway::Impl::OnFrame(Link& link, const wire::Frame& frame) {
  ++counters_.frames[static_cast<std::uint8_t>(frame.command)];
  if (observer_) observer_(link.id, frame);
  executing_ = &link;
  Apply(state_->Execute(link.id, frame));
  executing_ = nullptr;
}

void EmbeddedGateway::Impl::OnBadFrame(Link& link, const LinkPacket& packet) {
  const bool fatal = packet.kind == LinkPacket::Kind::kFatal;
  ++(fatal ? fatal_frames_ : counters_.bad_frames);
  LOG(ERROR) << "embedded Gateway " << wire::ToString(address_) << ": " << link.remote << " sent "
             << packet.error << "; its link is closed"
             << (fatal ? ", where the original would have stopped with all its clients" : "");
  link.Destroy();
}

void EmbeddedGateway::Impl::OnLinkClosed(Link& link, bool late) {
  const std::shared_ptr<Connection> keep = link.shared_from_this();
  if (links_.erase(link.id) > 0) state_->RemoveLink(link.id, late);
  ReleaseClients(link);
}

std::shared_ptr<EmbeddedGateway::Impl::Link> EmbeddedGateway::Impl::FindLink(LinkId id) const {
  auto found = links_.find(id);
  return found == links_.end() ? nullptr : found->second;
}

std::shared_ptr<EmbeddedGateway::Impl::Client> EmbeddedGateway::Impl::FindClient(std::uint32_t id) const {
  auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : found->second;
}

void EmbeddedGateway::Impl::Apply(const Actions& actions) {
  for (const Action& action : actions) {
    std::visit([this](const auto& what) { Do(what); }, action);
  }
}

void EmbeddedGateway::Impl::Do(const SendToClients& action) {
  if (go_) return WriteOrStall(action.clients, action.body, false);
  for (std::uint32_t id : action.clients) {
    const std::shared_ptr<Client> client = FindClient(id);
    if (client == nullptr) continue;
    const bool sent = action.raw ? client->Write({action.body}) : client->Send(action.body);
    if (!sent) ++counters_.messages_dropped;
  }
}

void EmbeddedGateway::Impl::Do(const CloseClient& action) {
  const std::shared_ptr<Client> client = FindClient(action.client);
  if (client == nullptr || client->closing()) return;
  if (go_ && action.message) return WriteOrStall({action.client}, *action.message, true);
  if (action.message && !client->Send(*action.message)) ++counters_.messages_dropped;
  client->CloseWhenWritten();
}

void EmbeddedGateway::Impl::Do(const DestroyClient& action) {
  if (const std::shared_ptr<Client> client = FindClient(action.client)) {
    client->Flush();  // what PHP would have handed to the kernel by now
    client->Destroy();
  }
}

void EmbeddedGateway::Impl::Do(const SendAnswer& action) {
  encoded_.clear();
  codec_->AppendAnswer(action.payload, encoded_);
  const std::shared_ptr<Link> link = FindLink(action.link);
  if (link == nullptr || !link->Write({encoded_})) {
    ++counters_.answers_dropped;
    return;
  }
  ++counters_.answers_sent;
  if (!IsFull(*link)) return;
  link->waits_for_reader = true;
  link->Hold();
}

void EmbeddedGateway::Impl::Do(const SendEvent& action) {
  const std::shared_ptr<Link> link = FindLink(action.link);
  encoded_.clear();
  codec_->AppendFrame(action.frame, encoded_);
  if (link == nullptr || !link->Write({encoded_})) {
    ++counters_.events_dropped;
    return;
  }
  ++counters_.events_sent;
  if (!IsFull(*link)) return;
  // The goroutine that reads this client would wait in its write.
  const std::shared_ptr<Client> client = FindClient(action.frame.connection_id);
  if (client == nullptr) return;
  client->Hold();
  link->waiting_clients.push_back(client->id);
}

void EmbeddedGateway::Impl::Do(const CloseLink& action) {
  const std::shared_ptr<Link> link = FindLink(action.link);
  if (link == nullptr) return;
  LOG(WARNING) << "embedded Gateway " << wire::ToString(address_) << ": closing the link of " << link->remote
               << ": " << action.reason;
  link->CloseWhenWritten();
}

void EmbeddedGateway::Impl::Do(const DropLink& action) {
  if (const std::shared_ptr<Link> link = FindLink(action.link)) link->Destroy();
}

void EmbeddedGateway::Impl::CloseLinks() {
  std::vector<std::shared_ptr<Link>> links;
  for (const auto& [id, link] : links_)
    links.push_back(link);
  for (const std::shared_ptr<Link>& link : links)
    link->Destroy();
}

}  // namespace gatewayd::embedded
