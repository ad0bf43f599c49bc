// Blocking clients for tests of the embedded cluster: each call waits at most for its deadline. One thread
// each.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "boost/asio/buffer.hpp"
#include "boost/asio/connect.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/read.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/core/buffers_to_string.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/websocket/error.hpp"
#include "boost/beast/websocket/stream.hpp"
#include "wire/frame.h"
#include "wire/requests.h"

namespace gatewayd::test {

inline constexpr std::chrono::milliseconds kPatience{5000};

// Waits for `condition`, which other threads make true, at most for `patience`.
inline bool Eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  boost::asio::io_context io;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    io.restart();
    io.run_for(std::chrono::milliseconds(1));
    boost::asio::steady_timer pause(io, std::chrono::milliseconds(1));
    boost::system::error_code ignored;
    pause.wait(ignored);
  }
  return true;
}

// A TCP connection to loopback with a buffer of what was read ahead.
class TcpClient {
 public:
  explicit TcpClient(std::uint16_t port, const std::string& host = "127.0.0.1") : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address(host), port}, error_);
    if (error_) return;
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  }

  bool connected() const { return !error_ && socket_.is_open(); }
  std::uint16_t local_port() const { return socket_.local_endpoint().port(); }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

  bool Send(std::string_view bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
    return !error;
  }

  // Reads until `size` bytes are buffered; false at the end of the stream or the deadline.
  bool Fill(std::size_t size, std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (in_.size() < size) {
      if (!ReadSome(deadline)) return false;
    }
    return true;
  }

  // The next `size` bytes.
  std::optional<std::string> Read(std::size_t size, std::chrono::milliseconds patience = kPatience) {
    if (!Fill(size, patience)) return std::nullopt;
    return Take(size);
  }

  // Up to and without the next '\n'.
  std::optional<std::string> ReadLine(std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::size_t end;
    while ((end = in_.find('\n')) == std::string::npos) {
      if (!ReadSome(deadline)) return std::nullopt;
    }
    std::string line = Take(end + 1);
    line.pop_back();
    return line;
  }

  // True where the peer closes before the deadline; what it said before is kept.
  bool WaitClosed(std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (ReadSome(deadline)) {
    }
    return ended_;
  }

  const std::string& buffered() const { return in_; }
  void Close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  void HalfClose() {
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }
  // A small window, so that a peer soon cannot write. Call before much has come.
  void ShrinkReceiveBuffer() { socket_.set_option(boost::asio::socket_base::receive_buffer_size(4096)); }

 protected:
  std::string Take(std::size_t size) {
    std::string out = in_.substr(0, size);
    in_.erase(0, size);
    return out;
  }

 private:
  bool ReadSome(std::chrono::steady_clock::time_point deadline) {
    if (ended_) return false;
    char bytes[16384];
    bool done = false;
    boost::system::error_code error;
    std::size_t size = 0;
    socket_.async_read_some(boost::asio::buffer(bytes), [&](boost::system::error_code e, std::size_t n) {
      done = true;
      error = e;
      size = n;
    });
    io_.restart();
    io_.run_until(deadline);
    if (!done) {
      boost::system::error_code ignored;
      socket_.cancel(ignored);
      io_.restart();
      io_.run();
    }
    in_.append(bytes, size);
    if (error && error != boost::asio::error::operation_aborted) ended_ = true;
    return size > 0;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  boost::system::error_code error_;
  std::string in_;
  bool ended_ = false;
};

// A client of a text listener.
class TextClient : public TcpClient {
 public:
  using TcpClient::TcpClient;
  bool SendMessage(std::string_view message) { return Send(std::string(message) + "\n"); }
  std::optional<std::string> ReadMessage(std::chrono::milliseconds patience = kPatience) {
    return ReadLine(patience);
  }
};

inline std::string BigEndian32(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}
inline std::uint32_t BigEndian32(std::string_view bytes) {
  std::uint32_t out = 0;
  for (int i = 0; i < 4; ++i)
    out = out << 8 | static_cast<unsigned char>(bytes[i]);
  return out;
}

// A client of a frame listener (the length counts itself) or of a tcp one (it does not).
class FrameClient : public TcpClient {
 public:
  explicit FrameClient(std::uint16_t port, bool counts_head = true)
      : TcpClient(port), head_(counts_head ? 4 : 0) {}
  bool SendMessage(std::string_view message) {
    return Send(BigEndian32(static_cast<std::uint32_t>(message.size() + head_)) + std::string(message));
  }
  std::optional<std::string> ReadMessage(std::chrono::milliseconds patience = kPatience) {
    if (!Fill(4, patience)) return std::nullopt;
    const std::size_t size = BigEndian32(std::string_view(buffered()).substr(0, 4)) + 4 - head_;
    if (!Fill(size, patience)) return std::nullopt;
    return Take(size).substr(4);
  }

 private:
  const std::uint32_t head_;
};

// A WebSocket client, by Beast.
class WebSocketClient {
 public:
  explicit WebSocketClient(std::uint16_t port, const std::string& target = "/",
                           const std::string& cookie = "")
      : stream_(io_) {
    boost::system::error_code error;
    auto& socket = stream_.next_layer();
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
    if (error) return;
    socket.set_option(boost::asio::ip::tcp::no_delay(true));
    stream_.read_message_max(64 * 1024 * 1024);
    if (!cookie.empty()) {
      stream_.set_option(boost::beast::websocket::stream_base::decorator(
          [cookie](boost::beast::websocket::request_type& request) {
            request.set(boost::beast::http::field::cookie, cookie);
          }));
    }
    stream_.control_callback(
        [this](boost::beast::websocket::frame_type type, boost::beast::string_view payload) {
          if (type == boost::beast::websocket::frame_type::pong) last_pong_ = std::string(payload);
        });
    stream_.handshake("127.0.0.1:" + std::to_string(port), target, error);
    connected_ = !error;
  }

  bool connected() const { return connected_; }
  std::uint16_t local_port() { return stream_.next_layer().local_endpoint().port(); }

  bool SendMessage(std::string_view message, bool binary = false) {
    boost::system::error_code error;
    stream_.binary(binary);
    stream_.write(boost::asio::buffer(message.data(), message.size()), error);
    return !error;
  }
  bool Ping(std::string_view payload) {
    boost::system::error_code error;
    stream_.ping({payload.data(), payload.size()}, error);
    return !error;
  }

  // The next message; nullopt at the deadline, which ends the connection, or where the peer closed.
  std::optional<std::string> ReadMessage(std::chrono::milliseconds patience = kPatience) {
    boost::beast::flat_buffer buffer;
    bool done = false;
    stream_.async_read(buffer, [&](boost::system::error_code error, std::size_t) {
      done = true;
      error_ = error;
    });
    io_.restart();
    io_.run_for(patience);
    if (!done) {
      Drop();
      io_.restart();
      io_.run();
    }
    if (error_) return std::nullopt;
    return boost::beast::buffers_to_string(buffer.data());
  }

  bool got_text() const { return stream_.got_text(); }  // of the last message
  const std::string& last_pong() const { return last_pong_; }

  // True where the connection ends before the deadline.
  bool WaitClosed(std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto rest =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (!ReadMessage(rest)) return error_ != boost::asio::error::operation_aborted;
    }
    return false;
  }
  // True where the peer sent a close frame before it closed.
  bool closed_politely() const { return error_ == boost::beast::websocket::error::closed; }

  void Close() {
    boost::system::error_code ignored;
    stream_.close(boost::beast::websocket::close_code::normal, ignored);
  }
  void Drop() {
    boost::system::error_code ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  boost::asio::io_context io_;
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> stream_;
  bool connected_ = false;
  boost::system::error_code error_;
  std::string last_pong_;
};

// A worker or caller: raw frames out, raw frames and answers in.
class WorkerClient : public TcpClient {
 public:
  explicit WorkerClient(std::uint16_t inner_port) : TcpClient(inner_port) {}

  bool SendFrame(const wire::Frame& frame) {
    std::string bytes;
    wire::AppendFrame(frame, bytes);
    return Send(bytes);
  }
  bool SendFrame(wire::Command command, std::uint32_t connection_id = 0, std::string_view ext = {},
                 std::string_view body = {}, std::uint8_t flag = wire::kFlagScalarBody) {
    wire::Frame frame;
    frame.command = command;
    frame.connection_id = connection_id;
    frame.ext = ext;
    frame.body = body;
    frame.flag = flag;
    return SendFrame(frame);
  }
  bool HelloAsCaller(std::string_view secret = "") {
    return SendFrame(wire::Command::kGatewayClientConnect, 0, {}, wire::ClientConnectBody(secret));
  }
  bool HelloAsWorker(std::string_view key, std::string_view secret = "") {
    return SendFrame(wire::Command::kWorkerConnect, 0, {}, wire::WorkerConnectBody(key, secret));
  }

  // The payload of the next answer, without its length.
  std::optional<std::string> ReadAnswer(std::chrono::milliseconds patience = kPatience) {
    if (!Fill(4, patience)) return std::nullopt;
    const std::size_t size = BigEndian32(std::string_view(buffered()).substr(0, 4));
    if (!Fill(4 + size, patience)) return std::nullopt;
    return Take(4 + size).substr(4);
  }
  std::optional<std::string> Query(wire::Command command, std::uint32_t connection_id = 0,
                                   std::string_view ext = {}) {
    if (!SendFrame(command, connection_id, ext)) return std::nullopt;
    return ReadAnswer();
  }

  // The next event; what it borrows lives until the next call.
  std::optional<wire::Frame> ReadFrame(std::chrono::milliseconds patience = kPatience) {
    if (!Fill(4, patience)) return std::nullopt;
    const std::size_t size = BigEndian32(std::string_view(buffered()).substr(0, 4));
    if (!Fill(size, patience)) return std::nullopt;
    frame_ = Take(size);
    const wire::FrameSplit split = wire::SplitFrame(frame_, frame_.size());
    if (split.kind != wire::FrameSplit::Kind::kFrame) return std::nullopt;
    return split.frame;
  }

 private:
  std::string frame_;
};

}  // namespace gatewayd::test
