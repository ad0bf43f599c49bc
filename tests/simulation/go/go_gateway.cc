#include "simulation/go/go_gateway.h"

#include <utility>

#include "wire/go_packet.h"

namespace gatewayd::simulation {
namespace {

constexpr int kClients = 8;
constexpr std::size_t kClientBuffer =
    600;  // what a client that does not read takes before a write stands still
constexpr absl::Duration kWriteTime = absl::Microseconds(60);

}  // namespace

GoGateway::GoGateway(Sim& sim, Network& network, std::string address, std::string secret, OnRun on_run)
    : sim_(sim),
      network_(network),
      address_(std::move(address)),
      secret_(std::move(secret)),
      on_run_(std::move(on_run)) {}

// ---- The process

void GoGateway::Start() {
  ++run_;
  running_ = true;
  next_client_ = 1;
  sim_.Trace("gateway   starts, run ", run_);
  for (int i = 0; i < kClients; ++i)
    AddClient();
  network_.Listen(address_, this);
}

void GoGateway::AddClient() {
  clients_[next_client_++];
}

void GoGateway::Kill(bool silently) {
  sim_.Trace("gateway   ", silently ? "dies with its host" : "is killed");
  network_.Listen(address_, nullptr);
  for (auto& [id, handler] : handlers_) {
    if (!handler.over) network_.Die(*handler.socket, silently);
  }
  handlers_.clear();
  clients_.clear();
  running_ = frozen_ = false;
}

void GoGateway::Freeze() {
  sim_.Trace("gateway   freezes");
  frozen_ = true;
  for (auto& [id, handler] : handlers_)
    handler.socket->SetReading(false);
}

void GoGateway::Thaw() {
  sim_.Trace("gateway   thaws");
  frozen_ = false;
  std::vector<std::uint64_t> ids;
  for (const auto& [id, handler] : handlers_)
    ids.push_back(id);
  for (const std::uint64_t id : ids) {
    const auto at = handlers_.find(id);
    if (at == handlers_.end()) continue;
    if (at->second.busy) {
      NextWrite(id);
      continue;
    }
    at->second.socket->SetReading(true);
    sim_.After(absl::ZeroDuration(), [this, id, run = run_] {
      if (run == run_ && running_) Run(id);
    });
  }
}

// ---- Clients

void GoGateway::StopSomeReader() {
  if (clients_.empty()) return;
  auto at = clients_.begin();
  std::advance(at, sim_.random.Below(clients_.size()));
  at->second.reads = false;
  sim_.Trace("client    ", at->first, " stops reading");
}

void GoGateway::ReadAll() {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> held;
  for (auto& [id, client] : clients_) {
    const bool held_up = !client.reads && client.writer != 0 && client.unread + client.size > kClientBuffer;
    client.reads = true;
    client.unread = 0;
    if (held_up) held.emplace_back(id, client.writer);
  }
  for (const auto& [client, handler] : held)
    FinishWrite(handler, client);
}

std::uint32_t GoGateway::SomeClient() {
  if (clients_.empty() || sim_.random.Chance(50)) return static_cast<std::uint32_t>(sim_.random.Below(40));
  auto at = clients_.begin();
  std::advance(at, sim_.random.Below(clients_.size()));
  return at->first;
}

// Another one comes in its place, with an id that was never used.
void GoGateway::Destroy(std::uint32_t client) {
  const auto at = clients_.find(client);
  if (at == clients_.end()) return;
  const std::uint64_t writer = at->second.writer;
  clients_.erase(at);
  AddClient();
  if (writer == 0) return;
  sim_.After(absl::ZeroDuration(), [this, writer, run = run_] {  // its write fails
    if (run == run_ && running_) NextWrite(writer);
  });
}

// ---- Links

void GoGateway::OnAccept(SocketPtr socket) {
  socket->facts().run = run_;
  socket->set_events(this);
  socket->SetReading(!frozen_);
  const std::uint64_t id = socket->facts().id;
  Handler& handler = handlers_[id];
  handler.socket = std::move(socket);
  handler.codec = wire::GoDialect().NewPacketCodec(secret_);
  handler.cipher = std::make_unique<wire::go::AesCbc>(secret_);
}

void GoGateway::OnInput(Socket& socket, std::string_view bytes) {
  const auto at = handlers_.find(socket.facts().id);
  if (at == handlers_.end()) return;
  at->second.in.append(bytes);
  Run(at->first);
}

void GoGateway::OnWritable(Socket& socket) {
  const auto at = handlers_.find(socket.facts().id);
  if (at != handlers_.end() && !at->second.over) WriteOut(at->second);
}

// The handler goes on with what it is at, and with what it has read.
void GoGateway::OnClosed(Socket& socket, bool, const std::string&) {
  const std::uint64_t id = socket.facts().id;
  const auto at = handlers_.find(id);
  if (at == handlers_.end()) return;
  at->second.over = true;
  if (!at->second.busy) End(id);
}

void GoGateway::End(std::uint64_t id) {
  const auto at = handlers_.find(id);
  if (at == handlers_.end()) return;
  const SocketPtr keep = at->second.socket;
  keep->Close();
  handlers_.erase(at);
}

void GoGateway::CutOne() {
  if (handlers_.empty()) return;
  auto at = handlers_.begin();
  std::advance(at, sim_.random.Below(handlers_.size()));
  if (!at->second.over) network_.Cut(*at->second.socket);
}

void GoGateway::CloseOne() {
  if (handlers_.empty()) return;
  auto at = handlers_.begin();
  std::advance(at, sim_.random.Below(handlers_.size()));
  if (!at->second.busy) End(at->first);
}

bool GoGateway::Rests(const std::set<std::uint64_t>& open) const {
  for (const auto& [id, handler] : handlers_) {
    if (open.count(id) == 0 || handler.busy) return false;
  }
  return true;
}

// ---- Handlers

void GoGateway::Run(std::uint64_t id) {
  for (;;) {
    const auto at = handlers_.find(id);
    if (at == handlers_.end() || at->second.busy || frozen_ || sim_.broken()) return;
    Handler& handler = at->second;
    const wire::Packet packet =
        handler.codec->Next(handler.in, wire::LinkRole::kQueries, wire::kMaxFrameToGateway);
    if (packet.kind == wire::Packet::Kind::kIncomplete) {
      if (handler.over) End(id);
      return;
    }
    if (packet.kind != wire::Packet::Kind::kFrame) {
      sim_.Broken(9, "the Gateway was sent what is no frame");
      return;
    }
    Execute(id, packet.frame);
    handler.in.erase(0, packet.size);
  }
}

void GoGateway::Execute(std::uint64_t id, const wire::Frame& frame) {
  using wire::Command;
  Handler& handler = handlers_[id];
  on_run_(frame, id);
  const std::uint32_t client = frame.connection_id;
  switch (frame.command) {
    case Command::kSendToOne:
      handler.writes.push_back({client, frame.body.size()});
      break;
    case Command::kKick:
      handler.writes.push_back({client, frame.body.size(), true});
      break;
    case Command::kSendToAll:
      for (const auto& [to, unused] : clients_)
        handler.writes.push_back({to, frame.body.size()});
      break;
    case Command::kDestroy:
      return Destroy(client);
    case Command::kIsOnline:
      return Answer(handler, clients_.count(client) != 0 ? "1" : "0");
    case Command::kGetClientCountByGroup:
      return Answer(handler, std::to_string(clients_.size()));
    case Command::kGetGroupIdList:
      return Answer(handler, "[]");
    default:
      return;
  }
  NextWrite(id);
}

void GoGateway::NextWrite(std::uint64_t id) {
  const auto at = handlers_.find(id);
  if (at == handlers_.end() || sim_.broken()) return;
  Handler& handler = at->second;
  if (frozen_) {
    handler.busy = true;
    return;
  }
  while (!handler.writes.empty()) {
    const Write write = handler.writes.front();
    const auto found = clients_.find(write.client);
    if (found == clients_.end()) {
      handler.writes.pop_front();
      continue;
    }
    Client& client = found->second;
    if (client.writer == id) return;  // under way
    if (client.writer != 0) {
      sim_.Broken(9, cluster::StrCat("concurrent write: connections ", client.writer, " and ", id,
                                     " write to client ", write.client, " at once"));
      return;
    }
    client.writer = id;
    client.size = write.size;
    if (!std::exchange(handler.busy, true) && !handler.over) handler.socket->SetReading(false);
    ++writes_;
    if (!client.reads && client.unread + write.size > kClientBuffer) {
      ++blocked_;
      sim_.Trace("gateway   connection ", id, " stands still at client ", write.client);
      return;
    }
    sim_.After(sim_.random.Around(kWriteTime), [this, id, to = write.client, run = run_] {
      if (run == run_ && running_) FinishWrite(id, to);
    });
    return;
  }
  handler.busy = false;
  if (!handler.over) handler.socket->SetReading(true);
  sim_.After(absl::ZeroDuration(), [this, id, run = run_] {
    if (run == run_ && running_) Run(id);
  });
}

void GoGateway::FinishWrite(std::uint64_t id, std::uint32_t to) {
  const auto at = handlers_.find(id);
  const auto found = clients_.find(to);
  if (at == handlers_.end() || found == clients_.end() || found->second.writer != id) return;
  const Write write = at->second.writes.front();
  at->second.writes.pop_front();
  found->second.writer = 0;
  if (!found->second.reads) found->second.unread += write.size;
  if (write.kick) {
    clients_.erase(found);
    AddClient();
  }
  NextWrite(id);
}

void GoGateway::Answer(Handler& handler, std::string_view payload) {
  static const char kIv[wire::go::kBlockSize] = {};
  if (handler.over) return;
  wire::go::AppendAnswerPacket(*handler.cipher, kIv, payload, handler.out);
  WriteOut(handler);
}

void GoGateway::WriteOut(Handler& handler) {
  if (!handler.out.empty()) handler.out.erase(0, handler.socket->Write(handler.out));
  if (!handler.out.empty()) handler.socket->WaitWritable();
}

}  // namespace gatewayd::simulation
