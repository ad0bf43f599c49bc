// One accepted socket: a bounded buffer out, bytes in, and the ways in which workerman closes. What the
// Register, the Gateway's links and its clients share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"

namespace gatewayd::embedded {

class Connection;

// What the connections of one server share. Lives as long as they do.
struct ConnectionHub {
  explicit ConnectionHub(boost::asio::io_context& context)
      : io(context), resumed(context, boost::asio::steady_timer::time_point::max()) {}

  boost::asio::io_context& io;
  std::vector<char> scratch = std::vector<char>(64 * 1024);  // what was just read
  std::vector<std::shared_ptr<Connection>> unflushed;
  bool flush_posted = false;
  bool paused = false;  // nobody reads until `resumed` is cancelled
  boost::asio::steady_timer resumed;
  std::uint64_t bytes_read = 0;  // of all connections
  std::uint64_t bytes_written = 0;

  void Resume();
  // Completes when nothing is paused.
  static boost::asio::awaitable<void> WaitWhilePaused(std::shared_ptr<ConnectionHub> hub);
};

// Used on the hub's io thread alone. Destroyed by its last shared_ptr; OnClosed() comes exactly once before.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // From `send_limit` pending bytes on, a write is dropped.
  Connection(std::shared_ptr<ConnectionHub> hub, boost::asio::ip::tcp::socket socket, std::size_t send_limit);
  virtual ~Connection() = default;

  void Start();  // begins to read

  // Writes the parts as one piece, soon: what one turn of the loop produces leaves in one system call. False
  // where it was dropped: the buffer is full, or the connection closing.
  bool Write(std::initializer_list<std::string_view> parts);
  void Flush();             // now, as far as the kernel takes it
  void CloseWhenWritten();  // reads no more, writes what is pending, then closes
  void Destroy();           // closes at once, pending bytes included

  // Until Release() nothing is read, the other side's close included: what a goroutine does that blocks in a
  // write. To be called inside OnBytes. When it goes on, OnBytes comes once with no bytes.
  void Hold() { held_ = true; }
  void Release();

  bool held() const { return held_; }
  bool closed() const { return closed_; }
  bool closing() const { return closing_; }
  std::size_t pending() const { return out_.size() - written_; }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 protected:
  ConnectionHub& hub() { return *hub_; }
  virtual void OnBytes(char* bytes, std::size_t size) = 0;
  virtual void OnFlushed() {}  // nothing is pending any more
  // `late`: CloseWhenWritten had to wait.
  virtual void OnClosed(bool late) = 0;

 private:
  static boost::asio::awaitable<void> ReadLoop(std::shared_ptr<Connection> self);
  static boost::asio::awaitable<void> WaitWhileHeld(std::shared_ptr<Connection> self);
  void WaitWritable();
  void ScheduleFlush();

  const std::shared_ptr<ConnectionHub> hub_;
  boost::asio::ip::tcp::socket socket_;
  const std::size_t send_limit_;
  std::string out_;
  std::size_t written_ = 0;  // of out_
  bool scheduled_ = false;
  bool waiting_ = false;  // for the socket to take more
  bool closing_ = false;
  bool closed_ = false;
  bool late_ = false;
  bool held_ = false;
  std::unique_ptr<boost::asio::steady_timer> released_;  // while it waits; cancelled by Release()
};

// "127.0.0.1:80", "[::1]:80".
std::string HostPort(std::string_view host, std::uint16_t port);

// Binds and listens. INVALID_ARGUMENT where `host` is no IP literal; UNAVAILABLE, naming the address and
// `what` it is for, where it cannot be had.
absl::StatusOr<boost::asio::ip::tcp::acceptor> Listen(boost::asio::io_context& io, const std::string& host,
                                                      std::uint16_t port, std::string_view what);

}  // namespace gatewayd::embedded
