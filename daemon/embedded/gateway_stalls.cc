// Who waits for whom in a Go Gateway: a goroutine writes until the socket takes no more, and then does
// nothing else. So a client that does not read stops the link which writes to it, and a worker that does not
// read stops clients.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "embedded/gateway_impl.h"

namespace gatewayd::embedded {

void EmbeddedGateway::Impl::WriteOrStall(const std::vector<std::uint32_t>& clients, std::string_view body,
                                         bool close) {
  for (auto at = clients.begin(); at != clients.end(); ++at) {
    const std::shared_ptr<Client> client = FindClient(*at);
    if (client == nullptr) continue;
    if (executing_ != nullptr && !client->TakesMore()) {
      ++counters_.link_stalls;
      executing_->stalled.emplace(Link::Stalled{{at, clients.end()}, std::string(body), close});
      executing_->Hold();
      client->stalled_links.push_back(executing_->id);
      return;
    }
    if (client->closed()) continue;  // as it was found out just now
    if (!client->Send(body)) ++counters_.messages_dropped;
    if (close) client->CloseWhenWritten();
  }
}

void EmbeddedGateway::Impl::GoOn(Link& link) {
  const Link::Stalled stalled = *std::exchange(link.stalled, std::nullopt);
  executing_ = &link;
  WriteOrStall(stalled.clients, stalled.body, stalled.close);
  executing_ = nullptr;
}

void EmbeddedGateway::Impl::ReleaseLinks(Client& client) {
  for (const LinkId id : std::exchange(client.stalled_links, {})) {
    if (const std::shared_ptr<Link> link = FindLink(id)) link->Release();
  }
}

void EmbeddedGateway::Impl::ReleaseClients(Link& link) {
  for (const std::uint32_t id : std::exchange(link.waiting_clients, {})) {
    if (const std::shared_ptr<Client> client = FindClient(id)) client->Release();
  }
}

// Go: whoever writes to it waits.
bool EmbeddedGateway::Impl::IsFull(const Link& link) const {
  return go_ && link.pending() >= options_.worker_send_buffer;
}

// A link that was closed in good order and has nothing left to execute: its end has only not been read yet.
bool EmbeddedGateway::Impl::HasEnded(LinkId id) const {
  const std::shared_ptr<Link> link = FindLink(id);
  if (link == nullptr || link->closed()) return true;
  if (link->held()) return false;
  char byte = 0;
  const auto size = recv(link->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN);
}

}  // namespace gatewayd::embedded
