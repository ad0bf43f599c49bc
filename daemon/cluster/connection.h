// One TCP connection of the cluster side: resolves, connects, reads, writes. It decides nothing; a machine
// tells it what to do and hears what came of it. The thin Asio shell under Gateway links and Register links.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

namespace gatewayd::cluster {

// What happens on a connection; all on the io thread, none under a lock.
class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  virtual void OnConnected(std::size_t id) = 0;
  virtual void OnConnectFailed(std::size_t id, const std::string& error) = 0;
  // New bytes are in input(), or reading goes on; the owner uses some with Consume.
  virtual void OnInput(std::size_t id) = 0;
  virtual void OnWritable(std::size_t id) = 0;
  // The peer closed, or the network failed. Close is still to be called.
  virtual void OnClosed(std::size_t id, const std::string& error) = 0;
};

// Belongs to the io thread, but for Write, which any thread may call while the owner's lock is held (the
// owner holds it around Dial's success, HalfClose and Close too, so that Write never meets a closed
// descriptor).
class Connection {
 public:
  // `events` owns the connection; `owner` keeps it alive while an operation is under way. `id` comes back in
  // events. One read brings up to `read_size` bytes.
  Connection(boost::asio::io_context& io, ConnectionEvents& events, std::size_t id,
             std::size_t read_size = 64 * 1024);

  // Must be set before the first Dial.
  void set_owner(std::weak_ptr<void> owner) { owner_ = std::move(owner); }

  // Resolves (an IPv4 literal is taken as it is, names give their first IPv4) and connects; OnConnected or
  // OnConnectFailed follows, unless Close comes first.
  void Dial(const std::string& host, std::uint16_t port);
  // After OnConnected, under the owner's lock: from now on Write works. StartReading follows.
  void Open();
  void StartReading();

  // While it is paused nothing is read, but for what was under way, and neither OnInput nor OnClosed comes.
  // After ResumeReading both come again, OnInput first and for what is left in input() too. Under the owner's
  // lock, or before Open.
  void PauseReading() { paused_ = true; }
  void ResumeReading();
  bool paused() const { return paused_; }

  // From the next connection on: a peer that takes no bytes for long is no reason to end it. One that is gone
  // is found all the same, but minutes later.
  void KeepUnacknowledged() { keep_unacknowledged_ = true; }

  // Bytes written now without waiting: 0 where the socket is full or closed, -1 where it failed.
  std::ptrdiff_t Write(std::string_view bytes);
  // OnWritable follows once the socket takes bytes again.
  void WaitWritable();

  void HalfClose();
  void Close();

  // Read and not yet used; valid until Consume or the next event.
  std::string_view input() const { return {input_.data() + begin_, end_ - begin_}; }
  void Consume(std::size_t bytes);
  // How many bytes of input() are there for the first time, in OnInput.
  std::size_t fresh() const { return fresh_; }
  // The whole packet at the front of input() has this size: read so much at once.
  void Expect(std::size_t size) { expected_ = size; }
  // Forgets what was read.
  void ClearInput() { Consume(end_ - begin_); }

  // "10.0.0.5:2900" as connected; "" while it never was.
  const std::string& peer() const { return peer_; }

 private:
  void Connect(const boost::asio::ip::tcp::endpoint& endpoint);
  void Read();
  void Tell(bool input);
  void MakeRoom();
  void SetOptions();

  boost::asio::io_context& io_;
  ConnectionEvents& events_;
  const std::size_t id_;
  const std::size_t read_size_;
  std::weak_ptr<void> owner_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  std::uint64_t epoch_ = 0;  // handlers of an earlier connection find another number and do nothing
  int descriptor_ = -1;
  bool paused_ = false;
  bool keep_unacknowledged_ = false;
  bool reading_ = false;             // a read is under way
  boost::system::error_code error_;  // of the last read
  std::string input_;                // sized to capacity; [begin_, end_) holds what was read
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t expected_ = 0;
  std::size_t fresh_ = 0;
  std::string peer_;
};

}  // namespace gatewayd::cluster
