#include "cluster/connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>

#include "cluster/link_machine.h"
#include "cluster/text.h"

namespace gatewayd::cluster {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kKeepSize = 1024 * 1024;  // an empty buffer above this gives its memory back

// A peer that acknowledges nothing for so long is gone; keep-alive finds a silent host that died.
constexpr int kUserTimeoutMs = 30'000;
constexpr int kKeepAliveIdleS = 15;
constexpr int kKeepAliveIntervalS = 5;
constexpr int kKeepAliveProbes = 3;

void SetInt(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof(value));
}

}  // namespace

Connection::Connection(asio::io_context& io, ConnectionEvents& events, std::size_t id, std::size_t read_size)
    : io_(io), events_(events), id_(id), read_size_(read_size), resolver_(io), socket_(io) {}

void Connection::Dial(const std::string& host, std::uint16_t port) {
  ++epoch_;
  error_code error;
  const auto literal = asio::ip::make_address_v4(host, error);
  if (!error) {
    Connect(tcp::endpoint(literal, port));
    return;
  }
  resolver_.async_resolve(tcp::v4(), host, std::to_string(port),
                          [this, keep = owner_.lock(), epoch = epoch_, host](
                              error_code error, const tcp::resolver::results_type& results) {
                            if (epoch != epoch_) return;
                            if (error || results.empty()) {
                              events_.OnConnectFailed(id_,
                                                      StrCat("cannot resolve ", host, ": ", error.message()));
                            } else {
                              Connect(*results.begin());
                            }
                          });
}

void Connection::Connect(const tcp::endpoint& endpoint) {
  peer_ = StrCat(endpoint.address().to_string(), ":", endpoint.port());
  error_code ignored;
  socket_.close(ignored);
  socket_ = tcp::socket(io_);
  socket_.async_connect(endpoint, [this, keep = owner_.lock(), epoch = epoch_](error_code error) {
    if (epoch != epoch_) return;
    if (error) {
      events_.OnConnectFailed(id_, error.message());
    } else {
      SetOptions();
      events_.OnConnected(id_);
    }
  });
}

void Connection::SetOptions() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  const int descriptor = socket_.native_handle();
  SetInt(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  SetInt(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetInt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleS);
  SetInt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalS);
  SetInt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  // It would also end a connection whose peer is there and has its window closed.
  if (!keep_unacknowledged_) SetInt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMs);
}

void Connection::Open() {
  descriptor_ = socket_.native_handle();
  begin_ = end_ = expected_ = fresh_ = 0;
  error_ = {};
}

void Connection::StartReading() {
  Read();
}

// Room for the rest of the expected packet, or for one read.
void Connection::MakeRoom() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (input_.size() > kKeepSize && expected_ <= kKeepSize) std::string().swap(input_);
  }
  const std::size_t have = end_ - begin_;
  const std::size_t want = std::max(read_size_, expected_ > have ? expected_ - have : 0);
  if (input_.size() - end_ >= std::min(want, read_size_) && input_.size() - begin_ >= expected_) return;
  if (begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, have);
    begin_ = 0;
    end_ = have;
  }
  if (input_.size() < have + want) input_.resize(have + want);
}

void Connection::Read() {
  MakeRoom();
  reading_ = true;
  socket_.async_read_some(asio::buffer(input_.data() + end_, input_.size() - end_),
                          [this, keep = owner_.lock(), epoch = epoch_](error_code error, std::size_t bytes) {
                            if (epoch != epoch_) return;
                            reading_ = false;
                            end_ += bytes;
                            fresh_ += bytes;
                            error_ = error;
                            Tell(fresh_ > 0);
                          });
}

// What has come, unless the owner wants to hear nothing; then on with reading.
void Connection::Tell(bool input) {
  const std::uint64_t epoch = epoch_;
  if (paused_) return;
  if (input) events_.OnInput(id_);
  if (epoch != epoch_) return;
  fresh_ = 0;
  if (paused_) return;
  if (error_) {
    events_.OnClosed(id_, error_ == asio::error::eof ? std::string(kClosedByPeer) : error_.message());
  } else {
    Read();
  }
}

void Connection::ResumeReading() {
  if (!std::exchange(paused_, false)) return;
  asio::post(io_, [this, keep = owner_.lock(), epoch = epoch_] {
    if (epoch == epoch_ && !reading_ && descriptor_ >= 0) Tell(begin_ < end_);
  });
}

void Connection::Consume(std::size_t bytes) {
  begin_ += bytes;
  expected_ = 0;
}

std::ptrdiff_t Connection::Write(std::string_view bytes) {
  if (descriptor_ < 0) return 0;
  const ssize_t written = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (written >= 0) return written;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

void Connection::WaitWritable() {
  socket_.async_wait(tcp::socket::wait_write, [this, keep = owner_.lock(), epoch = epoch_](error_code error) {
    if (epoch == epoch_ && !error) events_.OnWritable(id_);
  });
}

void Connection::HalfClose() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Connection::Close() {
  ++epoch_;
  descriptor_ = -1;
  paused_ = reading_ = false;
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
  begin_ = end_ = expected_ = fresh_ = 0;
}

}  // namespace gatewayd::cluster
