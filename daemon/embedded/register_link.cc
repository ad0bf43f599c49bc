#include "embedded/register_link.h"

#include <glog/logging.h>

#include <utility>

#include "boost/asio/as_tuple.hpp"
#include "boost/asio/buffer.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/connect.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/write.hpp"

namespace gatewayd::embedded {
namespace asio = boost::asio;

namespace {
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
}

RegisterLink::RegisterLink(asio::io_context& io, RegisterLinkOptions options)
    : io_(io),
      options_(std::move(options)),
      resolver_(io),
      socket_(io),
      ping_timer_(io),
      reconnect_timer_(io) {}

void RegisterLink::Start() {
  asio::co_spawn(io_, Run(shared_from_this()), asio::detached);
}

void RegisterLink::Stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  resolver_.cancel();
  ping_timer_.cancel();
  reconnect_timer_.cancel();
}

asio::awaitable<void> RegisterLink::Run(std::shared_ptr<RegisterLink> self) {
  while (!self->stopped_) {
    const bool connected = co_await Connect(self);
    if (self->stopped_) break;
    self->Note(connected);
    if (connected) {
      self->SchedulePing();
      // A Register tells a Gateway nothing but, perhaps, why it closes.
      for (bool open = true; open && !self->stopped_;) {
        auto [error, size] = co_await self->socket_.async_read_some(asio::buffer(self->ignored_), kNoThrow);
        open = !error;
      }
      self->ping_timer_.cancel();
    }
    boost::system::error_code ignored;
    self->socket_.close(ignored);
    if (self->stopped_) break;
    self->reconnect_timer_.expires_after(absl::ToChronoNanoseconds(self->options_.reconnect));
    co_await self->reconnect_timer_.async_wait(kNoThrow);
  }
}

asio::awaitable<bool> RegisterLink::Connect(std::shared_ptr<RegisterLink> self) {
  auto [resolve_error, endpoints] = co_await self->resolver_.async_resolve(
      self->options_.host, std::to_string(self->options_.port), kNoThrow);
  if (resolve_error || self->stopped_) co_return false;
  for (const auto& entry : endpoints) {
    boost::system::error_code ignored;
    self->socket_.close(ignored);
    auto [connect_error] = co_await self->socket_.async_connect(entry.endpoint(), kNoThrow);
    if (self->stopped_) co_return false;
    if (connect_error) continue;
    const std::string hello = self->options_.hello();
    auto [write_error, size] = co_await asio::async_write(self->socket_, asio::buffer(hello), kNoThrow);
    co_return !write_error && !self->stopped_;
  }
  co_return false;
}

// The line is short and the buffer empty: one write takes it, or the connection is beyond help.
void RegisterLink::SchedulePing() {
  ping_timer_.expires_after(absl::ToChronoNanoseconds(options_.ping_interval));
  ping_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (error || self->stopped_ || !self->socket_.is_open()) return;
    const auto ping = std::make_shared<const std::string>(self->options_.ping());
    asio::async_write(self->socket_, asio::buffer(*ping),
                      [self, ping](boost::system::error_code, std::size_t) {});
    self->SchedulePing();
  });
}

void RegisterLink::Note(bool connected) {
  if (noted_ && connected == connected_) return;
  noted_ = true;
  connected_ = connected;
  if (connected) {
    VLOG(1) << "embedded Gateway: registered at " << options_.host << ":" << options_.port;
  } else {
    LOG(WARNING) << "embedded Gateway: no Register at " << options_.host << ":" << options_.port
                 << "; trying again every " << absl::FormatDuration(options_.reconnect);
  }
}

}  // namespace gatewayd::embedded
