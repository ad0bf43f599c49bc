// A Gateway that does what a test tells it: it speaks the php dialect honestly, but for what a script answers
// otherwise. For faults that the embedded Gateway, being right, cannot have.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "unit/embedded/test_clients.h"
#include "wire/client_id.h"
#include "wire/frame.h"

namespace gatewayd::test {

// One connection to a FakeGateway. Used on its thread alone.
class FakeLink : public std::enable_shared_from_this<FakeLink> {
 public:
  using OnFrame = std::function<void(FakeLink&, const wire::Frame&)>;

  FakeLink(boost::asio::ip::tcp::socket socket, OnFrame on_frame)
      : socket_(std::move(socket)), on_frame_(std::move(on_frame)) {}

  // Bytes as they are, and an answer with its length in front. Blocking: for what fits a socket.
  void Send(std::string_view bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  void Answer(std::string_view payload) {
    Send(BigEndian32(static_cast<std::uint32_t>(payload.size())) + std::string(payload));
  }
  void Close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  // The peer gets a RST instead of an end.
  void Reset() {
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }
  // From now on it reads nothing, the peer's end included.
  void StopReading() { reading_ = false; }

  // The first frame is the hello, the second the daemon's probe.
  int frames() const { return frames_; }

  void Read() {
    if (!reading_ || !socket_.is_open()) return;
    const auto buffer = boost::asio::buffer(chunk_);
    socket_.async_read_some(buffer,
                            [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
                              if (error) return self->Close();
                              self->in_.append(self->chunk_.data(), bytes);
                              self->HandleFrames();
                              self->Read();
                            });
  }

 private:
  void HandleFrames() {
    std::size_t used = 0;
    while (reading_ && socket_.is_open()) {
      const auto split = wire::SplitFrame(std::string_view(in_).substr(used), 64 * 1024 * 1024);
      if (split.kind != wire::FrameSplit::Kind::kFrame) break;
      used += split.size;
      ++frames_;
      on_frame_(*this, split.frame);
    }
    in_.erase(0, used);
  }

  boost::asio::ip::tcp::socket socket_;
  const OnFrame on_frame_;
  std::vector<char> chunk_ = std::vector<char>(64 * 1024);
  std::string in_;
  bool reading_ = true;
  int frames_ = 0;
};

// Thread-safe. Its honest answers: every client is online, there are seven of them, none has a session, and
// lists are empty.
class FakeGateway {
 public:
  using Deed = std::function<void(FakeLink&)>;

  FakeGateway() : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~FakeGateway() {
    io_.stop();
    thread_.join();
  }
  FakeGateway(const FakeGateway&) = delete;
  FakeGateway& operator=(const FakeGateway&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string ClientId(std::uint32_t connection = 1) const {
    return wire::FormatClientId({{0x7f000001, port_}, connection});
  }

  // What happens at the next frame of `command`, instead of what is right. The probe of a new link is none.
  void Next(wire::Command command, Deed deed) {
    Run([&] { next_[command].push_back(std::move(deed)); });
  }
  // What happens at each frame of `command`, from now on. nullptr: what is right.
  void Always(wire::Command command, Deed deed) {
    Run([&] { always_[command] = std::move(deed); });
  }
  // What happens at the first frame of each new connection. nullptr: nothing.
  void AtHello(Deed deed) {
    Run([&] { at_hello_ = std::move(deed); });
  }
  // Now, to each connection that is open.
  void ToAllLinks(const Deed& deed) {
    Run([&] {
      for (const auto& link : links_)
        deed(*link);
    });
  }

  int accepted() const { return accepted_; }
  // How many frames of `command` have come, probes included.
  int Count(wire::Command command) {
    int count = 0;
    Run([&] { count = counts_[command]; });
    return count;
  }

 private:
  // Runs `step` on the io thread and waits for it.
  template <typename Step>
  void Run(Step&& step) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      step();
      done.set_value();
    });
    done.get_future().wait();
  }

  void Accept() {
    acceptor_.async_accept([this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      ++accepted_;
      const auto link = std::make_shared<FakeLink>(
          std::move(socket), [this](FakeLink& from, const wire::Frame& frame) { OnFrame(from, frame); });
      links_.push_back(link);
      link->Read();
      Accept();
    });
  }

  void OnFrame(FakeLink& link, const wire::Frame& frame) {
    ++counts_[frame.command];
    if (link.frames() == 1) {
      if (at_hello_) at_hello_(link);
      return;
    }
    if (link.frames() == 2) return link.Answer("i:0;");
    if (auto& deeds = next_[frame.command]; !deeds.empty()) {
      const Deed deed = std::move(deeds.front());
      deeds.erase(deeds.begin());
      return deed(link);
    }
    if (const Deed& deed = always_[frame.command]) return deed(link);
    Honest(link, frame);
  }

  static void Honest(FakeLink& link, const wire::Frame& frame) {
    switch (frame.command) {
      case wire::Command::kIsOnline:
        return link.Answer("i:1;");
      case wire::Command::kGetClientCountByGroup:
        return link.Answer("i:7;");
      default:
        if (wire::IsQuery(frame.command)) link.Answer("a:0:{}");
    }
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_ = 0;
  // All on the io thread.
  std::vector<std::shared_ptr<FakeLink>> links_;  // for ever: one that does not read stays open
  std::map<wire::Command, std::vector<Deed>> next_;
  std::map<wire::Command, Deed> always_;
  std::map<wire::Command, int> counts_;
  Deed at_hello_;
  std::thread thread_;
};

}  // namespace gatewayd::test
