#include "simulation/network.h"

#include <algorithm>
#include <utility>

#include "wire/big_endian.h"

namespace gatewayd::simulation {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
// A dead path is found by keep-alive at the latest (connection.cc: 15 s idle, three probes of 5 s).
constexpr absl::Duration kKeepAlive = absl::Seconds(30);
constexpr int kSlower = 50;

struct Pair {
  Pair(Network& network) : dialler(network, true), server(network, false) {}
  Socket dialler, server;
};

}  // namespace

// ---- Writing

std::size_t Socket::Room() const {
  const std::size_t used = inbox_.size() - head_;
  const std::size_t buffer = network_.options().buffer;
  return used >= buffer ? 0 : buffer - used;
}

std::size_t Socket::Write(std::string_view bytes) {
  if (closed_ || fin_sent_ || full_ || bytes.empty()) return 0;
  std::size_t taken = std::min(bytes.size(), peer_->Room());
  if (taken > 0 && network_.sim().random.Chance(network_.options().full)) taken = FillUp(bytes, taken);
  if (network_.options().go_packets) CountPackets(bytes, taken);
  peer_->inbox_.append(bytes.substr(0, taken));
  peer_->Travel();
  return taken;
}

// The kernel takes a part and then nothing for a while. The part often ends where a packet does: there
// mistakes by one show.
std::size_t Socket::FillUp(std::string_view bytes, std::size_t taken) {
  Sim& sim = network_.sim();
  full_ = true;
  sim.After(Delay(), [self = Self()] {
    self->full_ = false;
    if (std::exchange(self->wants_room_, false) && self->events_ != nullptr) self->events_->OnWritable(*self);
  });
  const std::size_t packet = PacketEnd(bytes);
  if (packet > 0 && packet <= taken && sim.random.Chance(700)) return packet;
  return static_cast<std::size_t>(sim.random.Between(1, static_cast<std::int64_t>(taken)));
}

std::size_t Socket::PacketEnd(std::string_view bytes) const {
  if (!network_.options().go_packets) return bytes.size() < 4 ? 0 : wire::LoadU32(bytes.data());
  if (facts_->poisoned) return 0;
  return packet_left_ > 0 || bytes.size() < 4 ? packet_left_ : 4 + wire::LoadU32(bytes.data());
}

// Encrypted bytes are other ones in each run of a seed: what happens may hang on where packets end alone.
void Socket::CountPackets(std::string_view bytes, std::size_t taken) {
  while (taken > 0 && !facts_->poisoned) {
    if (packet_left_ == 0) {
      if (bytes.size() < 4) return;
      packet_left_ = 4 + wire::LoadU32(bytes.data());
    }
    const std::size_t part = std::min(packet_left_, taken);
    packet_left_ -= part;
    taken -= part;
    bytes.remove_prefix(part);
  }
}

void Socket::HalfClose() {
  if (closed_ || fin_sent_) return;
  fin_sent_ = true;
  if (dialler_) facts_->half_closed = network_.sim().now();
  peer_->Finish();
}

void Socket::Close() {
  if (closed_) return;
  closed_ = true;
  events_ = nullptr;
  if (!dialler_) facts_->server_closed = true;
  // As TCP does: bytes that nobody will read turn the close into a reset.
  if (head_ < inbox_.size()) {
    peer_->Fail(Delay(), "connection reset by peer");
  } else {
    peer_->Finish();
  }
  inbox_.clear();
  head_ = arrived_ = 0;
}

void Socket::Finish() {
  fin_queued_ = true;
  Travel();
}

// ---- Travelling

absl::Duration Socket::Delay() {
  const NetworkOptions& options = network_.options();
  return network_.sim().random.Around(options.delay * (slow_ && options.slow > 0 ? kSlower : 1));
}

void Socket::Travel() {
  if (travelling_ || facts_->cut) return;
  if (arrived_ == inbox_.size() && (!fin_queued_ || fin_arrived_)) return;
  travelling_ = true;
  Sim& sim = network_.sim();
  sim.After(Delay(), [self = Self()] { self->Arrive(); });
}

void Socket::Arrive() {
  travelling_ = false;
  if (facts_->cut) return;
  Sim& sim = network_.sim();
  if (closed_) {  // nobody is there: the sender hears of it
    if (!inbox_.empty()) peer_->Fail(Delay(), "connection reset by peer");
    inbox_.clear();
    return;
  }
  std::size_t bytes = inbox_.size() - arrived_;
  if (bytes > 1 && !sim.random.Chance(network_.options().whole_pieces)) {
    bytes = static_cast<std::size_t>(sim.random.Between(1, static_cast<std::int64_t>(bytes)));
  }
  if (cut_at_ && network_.options().cut > 0 && total_arrived_ + bytes >= *cut_at_) {
    bytes = static_cast<std::size_t>(*cut_at_ - total_arrived_);
    arrived_ += bytes;
    total_arrived_ += bytes;
    network_.Cut(*this);
    Pump();
    return;
  }
  arrived_ += bytes;
  total_arrived_ += bytes;
  if (arrived_ == inbox_.size() && fin_queued_) fin_arrived_ = true;
  Travel();
  Pump();
}

void Socket::Fail(absl::Duration delay, const std::string& error) {
  network_.sim().After(delay, [self = Self(), error] {
    if (self->closed_ || !self->error_.empty()) return;
    self->error_ = error;
    self->Pump();
  });
}

// ---- Reading

void Socket::SetReading(bool reading) {
  if (std::exchange(reading_, reading) == reading || !reading) return;
  network_.sim().After(absl::ZeroDuration(), [self = Self()] { self->Pump(); });
}

void Socket::Pump() {
  const SocketPtr keep = Self();
  while (reading_ && events_ != nullptr && head_ < arrived_) {
    const std::size_t bytes = std::min(kReadSize, arrived_ - head_);
    bytes_read_ += bytes;
    const std::size_t at = std::exchange(head_, head_ + bytes);
    events_->OnInput(*this, std::string_view(inbox_).substr(at, bytes));
    if (closed_) return;
    if (head_ == inbox_.size()) {
      inbox_.clear();
      head_ = arrived_ = 0;
    }
    if (peer_->wants_room_ && Room() > network_.options().buffer / 3) {
      peer_->wants_room_ = false;
      network_.sim().After(Delay(), [peer = peer_->Self()] {
        if (peer->events_ != nullptr) peer->events_->OnWritable(*peer);
      });
    }
  }
  if (!reading_ || events_ == nullptr || told_) return;
  if (!error_.empty() || (fin_arrived_ && head_ == arrived_)) {
    told_ = true;
    events_->OnClosed(*this, error_.empty(), error_.empty() ? "closed by the peer" : error_);
  }
}

// ---- Connections

SocketPtr Network::Connect(const std::string& address, Acceptor& acceptor) {
  auto pair = std::make_shared<Pair>(*this);
  auto facts = std::make_shared<ConnectionFacts>();
  facts->id = next_id_++;
  const SocketPtr dialler(pair, &pair->dialler), server(pair, &pair->server);
  dialler->peer_ = server.get();
  server->peer_ = dialler.get();
  for (const SocketPtr& socket : {dialler, server}) {
    socket->self_ = socket;
    socket->facts_ = facts;
    socket->slow_ = sim_.random.Chance(options_.slow);
    // Most are cut early, in the hello or the first commands; a few later.
    if (sim_.random.Chance(options_.cut)) {
      socket->cut_at_ = sim_.random.Below(sim_.random.Chance(300) ? 300 : 20000);
    }
  }
  sim_.Trace("net       connection ", facts->id, " to ", address);
  acceptor.OnAccept(server);
  return dialler;
}

void Network::Dial(const std::string& address, std::shared_ptr<bool> wanted, OnDialled on_dialled) {
  sim_.After(sim_.random.Around(options_.delay),
             [this, address, wanted = std::move(wanted), on_dialled = std::move(on_dialled)] {
               if (!*wanted) return;
               const Listener& listener = doors_[address];
               if (listener.door == Door::kHangs) return;
               if (listener.door == Door::kRefuses || listener.acceptor == nullptr) {
                 on_dialled(nullptr, "connection refused");
               } else {
                 on_dialled(Connect(address, *listener.acceptor), "");
               }
             });
}

void Network::Cut(Socket& socket) {
  if (std::exchange(socket.facts_->cut, true)) return;
  sim_.Trace("net       connection ", socket.facts_->id, " is cut");
  for (Socket* end : {&socket, socket.peer_}) {
    const bool late = sim_.random.Chance(100);
    end->Fail(
        late ? sim_.random.Between(absl::Seconds(1), kKeepAlive) : sim_.random.Around(options_.delay * 10),
        "connection timed out");
  }
}

void Network::Die(Socket& socket, bool silently) {
  if (!silently) {
    socket.Close();
    return;
  }
  socket.closed_ = true;
  socket.events_ = nullptr;
  socket.facts_->server_closed = true;
  socket.facts_->cut = true;
  socket.peer_->Fail(sim_.random.Between(absl::Milliseconds(10), kKeepAlive), "connection timed out");
}

}  // namespace gatewayd::simulation
