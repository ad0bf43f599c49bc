#include "embedded/connection.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/as_tuple.hpp"
#include "boost/asio/buffer.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "wire/absl_view.h"

namespace gatewayd::embedded {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr std::size_t kFlushAt = 64 * 1024;
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

bool WouldBlock(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}
}  // namespace

void ConnectionHub::Resume() {
  paused = false;
  resumed.cancel();
}

asio::awaitable<void> ConnectionHub::WaitWhilePaused(std::shared_ptr<ConnectionHub> hub) {
  while (hub->paused)
    co_await hub->resumed.async_wait(kNoThrow);
}

Connection::Connection(std::shared_ptr<ConnectionHub> hub, tcp::socket socket, std::size_t send_limit)
    : hub_(std::move(hub)), socket_(std::move(socket)), send_limit_(send_limit) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
}

void Connection::Start() {
  asio::co_spawn(hub_->io, ReadLoop(shared_from_this()), asio::detached);
}

// Waits for readiness and reads into the shared scratch space, so that ten thousand idle clients hold no
// buffers.
asio::awaitable<void> Connection::ReadLoop(std::shared_ptr<Connection> self) {
  while (!self->closed_ && !self->closing_) {
    if (self->hub_->paused) co_await ConnectionHub::WaitWhilePaused(self->hub_);
    if (self->held_) {
      co_await WaitWhileHeld(self);
      if (!self->closed_ && !self->closing_) self->OnBytes(nullptr, 0);
      continue;
    }
    if (self->closed_ || self->closing_) break;
    auto [wait_error] = co_await self->socket_.async_wait(tcp::socket::wait_read, kNoThrow);
    if (wait_error || self->closed_ || self->closing_) break;
    if (self->hub_->paused) continue;
    boost::system::error_code error;
    std::vector<char>& scratch = self->hub_->scratch;
    std::size_t size = self->socket_.read_some(asio::buffer(scratch), error);
    if (WouldBlock(error)) continue;
    if (error) {
      self->Flush();
      self->Destroy();
      break;
    }
    self->hub_->bytes_read += size;
    self->OnBytes(scratch.data(), size);
  }
}

asio::awaitable<void> Connection::WaitWhileHeld(std::shared_ptr<Connection> self) {
  while (self->held_ && !self->closed_) {
    self->released_ =
        std::make_unique<asio::steady_timer>(self->hub_->io, asio::steady_timer::time_point::max());
    co_await self->released_->async_wait(kNoThrow);
  }
  self->released_.reset();
}

void Connection::Release() {
  held_ = false;
  if (released_ != nullptr) released_->cancel();
}

bool Connection::Write(std::initializer_list<std::string_view> parts) {
  if (closed_ || closing_) return false;
  if (pending() >= send_limit_) {
    Flush();
    if (closed_ || pending() >= send_limit_) return false;
  }
  for (std::string_view part : parts)
    out_.append(part);
  if (pending() >= kFlushAt && !waiting_) {
    Flush();
  } else {
    ScheduleFlush();
  }
  return true;
}

void Connection::ScheduleFlush() {
  if (scheduled_ || waiting_) return;
  scheduled_ = true;
  hub_->unflushed.push_back(shared_from_this());
  if (std::exchange(hub_->flush_posted, true)) return;
  asio::post(hub_->io, [hub = hub_] {
    hub->flush_posted = false;
    for (const std::shared_ptr<Connection>& connection : std::exchange(hub->unflushed, {})) {
      connection->scheduled_ = false;
      connection->Flush();
    }
  });
}

void Connection::Flush() {
  while (!closed_ && pending() > 0) {
    boost::system::error_code error;
    std::size_t size = socket_.write_some(asio::buffer(out_.data() + written_, pending()), error);
    if (WouldBlock(error)) return WaitWritable();
    if (error) return Destroy();
    written_ += size;
    hub_->bytes_written += size;
  }
  if (closed_) return;
  written_ = 0;
  out_.clear();
  if (out_.capacity() > 2 * kFlushAt) std::string().swap(out_);
  if (closing_) return Destroy();
  OnFlushed();
}

void Connection::WaitWritable() {
  if (written_ > out_.size() / 2) {
    out_.erase(0, written_);
    written_ = 0;
  }
  if (std::exchange(waiting_, true)) return;
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](boost::system::error_code error) {
    self->waiting_ = false;
    if (!error) self->Flush();
  });
}

void Connection::CloseWhenWritten() {
  if (closed_ || std::exchange(closing_, true)) return;
  Flush();  // closes, or waits for the socket to take more
  late_ = !closed_;
}

void Connection::Destroy() {
  if (std::exchange(closed_, true)) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (released_ != nullptr) released_->cancel();
  OnClosed(late_);
}

std::string HostPort(std::string_view host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string_view::npos;
  return absl::StrCat(ipv6 ? "[" : "", wire::ToAbsl(host), ipv6 ? "]:" : ":", port);
}

absl::StatusOr<tcp::acceptor> Listen(asio::io_context& io, const std::string& host, std::uint16_t port,
                                     std::string_view what) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot listen for ", wire::ToAbsl(what), ": '", host, "' is no IP address"));
  }
  const tcp::endpoint endpoint(address, port);
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", HostPort(host, port), " for ",
                                               wire::ToAbsl(what), ": ", error.message()));
  }
  return acceptor;
}

}  // namespace gatewayd::embedded
