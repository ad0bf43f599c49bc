#include "simulation/client_writes.h"

#include <utility>

namespace gatewayd::simulation {
namespace {

constexpr std::size_t kClientBuffer = 600;  // what one that does not read takes; 12 MiB of a real one
constexpr absl::Duration kWriteTime = absl::Microseconds(60);

}  // namespace

void ClientWrites::Add(Link link, const std::vector<std::uint32_t>& clients, std::size_t size, bool kick) {
  std::deque<Write>& writes = handlers_[link];
  for (const std::uint32_t client : clients)
    writes.push_back({client, size, kick});
  Next(link);
}

bool ClientWrites::Full(const Client& client) {
  return !client.reads && client.unread + client.size > kClientBuffer;
}

absl::Time ClientWrites::HeldSince(Link link) const {
  const auto at = handlers_.find(link);
  if (at == handlers_.end() || at->second.empty()) return absl::InfiniteFuture();
  const auto client = clients_.find(at->second.front().client);
  const bool held = client != clients_.end() && client->second.writer == link && Full(client->second);
  return held ? client->second.since : absl::InfiniteFuture();
}

void ClientWrites::Next(Link link) {
  const auto at = handlers_.find(link);
  if (at == handlers_.end() || frozen_ || sim_.broken()) return;
  std::deque<Write>& writes = at->second;
  while (!writes.empty() && !gateway_.is_there(writes.front().client))
    writes.pop_front();
  if (writes.empty()) {
    handlers_.erase(at);
    sim_.After(absl::ZeroDuration(), [weak = weak_from_this(), link] {
      if (const auto self = weak.lock()) self->gateway_.rested(link);
    });
    return;
  }
  const Write write = writes.front();
  Client& client = clients_[write.client];
  if (client.writer == link) return;  // under way
  if (client.writer != 0 && gateway_.no_fault(client.writer)) {
    writes.pop_front();
    return Next(link);
  }
  if (client.writer != 0) {
    return sim_.Broken(9, cluster::StrCat("concurrent write: connections ", client.writer, " and ", link,
                                          " write to client ", write.client, " at one time"));
  }
  client.writer = link;
  client.size = write.size;
  client.since = sim_.now();
  ++writes_;
  if (Full(client)) {
    ++held_up_;
    sim_.Trace("gateway   connection ", link, " stands still at client ", write.client);
    return;
  }
  sim_.After(sim_.random.Around(kWriteTime), [weak = weak_from_this(), link, to = write.client] {
    if (const auto self = weak.lock()) self->Finish(link, to);
  });
}

void ClientWrites::NextSoon(Link link) {
  sim_.After(absl::ZeroDuration(), [weak = weak_from_this(), link] {
    if (const auto self = weak.lock()) self->Next(link);
  });
}

void ClientWrites::Finish(Link link, std::uint32_t to) {
  const auto at = handlers_.find(link);
  const auto found = clients_.find(to);
  if (at == handlers_.end() || found == clients_.end() || found->second.writer != link) return;
  const Write write = at->second.front();
  at->second.pop_front();
  found->second.writer = 0;
  if (!found->second.reads) found->second.unread += write.size;
  if (write.kick) gateway_.kicked(to);
  Next(link);
}

void ClientWrites::OnGone(std::uint32_t client) {
  const auto at = clients_.find(client);
  if (at == clients_.end()) return;
  const Link writer = at->second.writer;
  clients_.erase(at);
  if (writer != 0) NextSoon(writer);
}

void ClientWrites::StopReading(std::uint32_t client) {
  clients_[client].reads = false;
  sim_.Trace("client    ", client, " stops reading");
}

void ClientWrites::ReadAll() {
  std::vector<std::pair<Link, std::uint32_t>> held;
  for (auto& [id, client] : clients_) {
    if (client.writer != 0 && Full(client)) held.emplace_back(client.writer, id);
    client.reads = true;
    client.unread = 0;
  }
  for (const auto& [link, client] : held)
    Finish(link, client);
}

void ClientWrites::Thaw() {
  frozen_ = false;
  std::vector<Link> links;
  for (const auto& [link, writes] : handlers_)
    links.push_back(link);
  for (const Link link : links)
    NextSoon(link);
}

}  // namespace gatewayd::simulation
