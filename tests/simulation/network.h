// The network of a simulated world. A connection is two byte streams with a bounded buffer each; bytes travel
// in random pieces after random delays, so that order holds within a stream and nowhere else. A connection
// may be cut at any byte, and each end learns of it in its own time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "simulation/sim.h"

namespace gatewayd::simulation {

class Network;
class Socket;
using SocketPtr = std::shared_ptr<Socket>;

// What happens at one end of a connection. Called from tasks of the clock only, never from within a call.
class SocketEvents {
 public:
  virtual ~SocketEvents() = default;
  virtual void OnInput(Socket& socket, std::string_view bytes) = 0;
  virtual void OnWritable(Socket& socket) = 0;
  // `orderly`: the other end closed and all it had sent was read. Close is still to be called.
  virtual void OnClosed(Socket& socket, bool orderly, const std::string& error) = 0;
};

// How the network is just now.
struct NetworkOptions {
  absl::Duration delay = absl::Microseconds(200);  // mean, of each piece
  unsigned whole_pieces = 700;                     // per mille of deliveries that bring all there is
  std::size_t buffer = 64 * 1024;                  // bytes of one stream that are under way or unread
  unsigned cut = 0;                                // per mille of connections that are cut somewhere
  unsigned slow = 0;                               // per mille of streams that are 50 times slower
  unsigned full = 20;       // per mille of writes after which the socket is full for a while
  bool go_packets = false;  // a packet's length does not count itself
};

// What is known of a connection from outside, for the checks.
struct ConnectionFacts {
  std::uint64_t id = 0;
  int run = 0;  // of the process that accepted it
  bool cut = false;
  bool server_closed = false;                       // the accepting process has closed its end, or is dead
  bool poisoned = false;                            // bytes were written into it that no real answer is
  bool other_worker = false;                        // dialled by a worker that is not the daemon
  bool takes_over = false;                          // a WORKER_CONNECT with the key of another connection
  bool looked_like_an_end = false;                  // go: it broke at the moment at which the guard was lost
  bool lied = false;                                // an answer came on it that nobody asked for
  absl::Time half_closed = absl::InfiniteFuture();  // by the dialler
};

// One end. Owned together with the other end.
class Socket {
 public:
  Socket(Network& network, bool dialler) : network_(network), dialler_(dialler) {}

  // Takes as many bytes as there is room for.
  std::size_t Write(std::string_view bytes);
  // OnWritable follows once there is room again.
  void WaitWritable() { wants_room_ = true; }
  void HalfClose();
  void Close();
  // While false the process reads nothing: what arrives stays in the buffer.
  void SetReading(bool reading);
  void set_events(SocketEvents* events) { events_ = events; }

  bool closed() const { return closed_; }
  // Nothing that was written here is still unread at the other end.
  bool all_read() const { return peer_->inbox_.size() == peer_->head_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  ConnectionFacts& facts() const { return *facts_; }
  std::shared_ptr<ConnectionFacts> shared_facts() const { return facts_; }

 private:
  friend class Network;
  SocketPtr Self() const { return self_.lock(); }
  std::size_t Room() const;
  void Travel();  // schedules the next arrival at this end
  void Arrive();  // some bytes, or the end of the stream, are here
  void Pump();    // hands what arrived to the process
  void Finish();  // the stream to this end is over once all has arrived
  void Fail(absl::Duration delay, const std::string& error);
  std::size_t FillUp(std::string_view bytes, std::size_t taken);
  std::size_t PacketEnd(std::string_view bytes) const;
  void CountPackets(std::string_view bytes, std::size_t taken);
  absl::Duration Delay();  // of the next piece

  Network& network_;
  const bool dialler_;
  Socket* peer_ = nullptr;
  std::weak_ptr<Socket> self_;
  std::shared_ptr<ConnectionFacts> facts_;
  SocketEvents* events_ = nullptr;

  std::string inbox_;  // bytes for this end; [head_, arrived_) can be read
  std::size_t head_ = 0;
  std::size_t arrived_ = 0;
  std::uint64_t total_arrived_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::optional<std::uint64_t> cut_at_;
  bool slow_ = false;
  bool travelling_ = false;
  bool fin_queued_ = false, fin_arrived_ = false;
  bool fin_sent_ = false;
  bool reading_ = true;
  bool closed_ = false;
  bool told_ = false;  // of the end
  bool wants_room_ = false;
  bool full_ = false;
  std::size_t packet_left_ = 0;  // go: of the packet that is being written
  std::string error_;
};

// Takes connections at one address.
class Acceptor {
 public:
  virtual ~Acceptor() = default;
  virtual void OnAccept(SocketPtr socket) = 0;
};

// All addresses and connections.
class Network {
 public:
  enum class Door { kOpen, kRefuses, kHangs };
  using OnDialled = std::function<void(SocketPtr, const std::string& error)>;

  explicit Network(Sim& sim) : sim_(sim) {}

  void Listen(const std::string& address, Acceptor* acceptor) { doors_[address].acceptor = acceptor; }
  void SetDoor(const std::string& address, Door door) { doors_[address].door = door; }
  // One of: an open socket, an error, nothing for ever. Nothing once `*wanted` is false.
  void Dial(const std::string& address, std::shared_ptr<bool> wanted, OnDialled on_dialled);
  // The path between the ends is gone: what is under way is lost, each end learns of it on its own.
  void Cut(Socket& socket);
  // The process at this end died, or its host did (then nobody tells the other end before keep-alive does).
  void Die(Socket& socket, bool silently);

  NetworkOptions& options() { return options_; }
  Sim& sim() { return sim_; }

 private:
  struct Listener {
    Door door = Door::kOpen;
    Acceptor* acceptor = nullptr;
  };
  SocketPtr Connect(const std::string& address, Acceptor& acceptor);

  Sim& sim_;
  NetworkOptions options_;
  std::map<std::string, Listener> doors_;
  std::uint64_t next_id_ = 1;
};

}  // namespace gatewayd::simulation
