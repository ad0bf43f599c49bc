// An echo worker that speaks the Gateway protocol itself: the ceiling for one that goes through gatewayd. One
// thread. Usage: bench_direct_worker [--dialect=go] REGISTER. Takes the Gateways of the Register's first
// list, prints "attached" once each has answered on its link, and ends with SIGTERM.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>

#include "absl/flags/parse.h"
#include "bench/bench_dialect.h"
#include "wire/dialect.h"
#include "wire/requests.h"

namespace {

namespace asio = boost::asio;
namespace bench = gatewayd::bench;
namespace wire = gatewayd::wire;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxEvent = 32 * 1024 * 1024;

tcp::socket Connect(asio::io_context& io, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  tcp::socket socket(io);
  asio::ip::tcp::resolver resolver(io);
  asio::connect(socket, resolver.resolve(address.substr(0, colon), address.substr(colon + 1)));
  socket.set_option(tcp::no_delay(true));
  return socket;
}

// A worker's link to one Gateway.
class Link {
 public:
  Link(tcp::socket socket, const std::string& key)
      : socket_(std::move(socket)),
        input_(256 * 1024, '\0'),
        codec_(bench::DialectOfFlag().NewPacketCodec(bench::SecretOfFlag())) {
    const std::string body = wire::WorkerConnectBody(key, bench::SecretOfFlag());
    codec_->AppendFrame({.command = wire::Command::kWorkerConnect, .body = body}, next_);
    codec_->AppendFrame({.command = wire::Command::kIsOnline}, next_);
    Write();
  }

  // Until the Gateway has answered; events that come meanwhile wait for Read.
  void WaitAnswered() {
    while (!answered_) {
      have_ += socket_.read_some(asio::buffer(input_.data() + have_, input_.size() - have_));
      Work();
    }
  }

  void Read() {
    socket_.async_read_some(asio::buffer(input_.data() + have_, input_.size() - have_),
                            [this](error_code error, std::size_t bytes) {
                              if (error) return;
                              have_ += bytes;
                              Work();
                              Write();
                              Read();
                            });
  }

 private:
  void Work() {
    std::size_t used = 0;
    for (;;) {
      const wire::Packet packet =
          codec_->Next({input_.data() + used, have_ - used}, wire::LinkRole::kEvents, kMaxEvent);
      if (packet.kind == wire::Packet::Kind::kIncomplete) {
        if (packet.size > input_.size()) input_.resize(packet.size);
        break;
      }
      if (packet.kind == wire::Packet::Kind::kAnswer) answered_ = true;
      if (packet.kind == wire::Packet::Kind::kFrame && packet.frame.command == wire::Command::kOnMessage) {
        codec_->AppendFrame({.command = wire::Command::kSendToOne,
                             .connection_id = packet.frame.connection_id,
                             .body = packet.frame.body},
                            next_);
      }
      used += packet.size;
    }
    std::copy(input_.begin() + static_cast<std::ptrdiff_t>(used),
              input_.begin() + static_cast<std::ptrdiff_t>(have_), input_.begin());
    have_ -= used;
  }

  void Write() {
    if (writing_ || next_.empty()) return;
    writing_ = true;
    std::swap(next_, output_);
    asio::async_write(socket_, asio::buffer(output_), [this](error_code error, std::size_t) {
      writing_ = false;
      output_.clear();
      if (!error) Write();
    });
  }

  tcp::socket socket_;
  std::string input_;
  std::size_t have_ = 0;
  std::unique_ptr<wire::PacketCodec> codec_;
  std::string next_;
  std::string output_;
  bool writing_ = false;
  bool answered_ = false;
};

std::vector<std::string> ReadAddresses(asio::io_context& io, const std::string& reg) {
  const wire::Dialect& dialect = bench::DialectOfFlag();
  const std::string_view secret = bench::SecretOfFlag();
  tcp::socket socket = Connect(io, reg);
  asio::write(socket, asio::buffer(dialect.EncodeRegisterLine(wire::WorkerConnectJson(secret), secret)));
  std::string line;
  asio::read_until(socket, asio::dynamic_buffer(line), '\n');
  const auto json = dialect.DecodeRegisterLine(line.substr(0, line.find('\n')), secret);
  const auto broadcast = json.ok() ? wire::ParseRegisterJson(*json) : json.status();
  return broadcast.ok() ? broadcast->addresses : std::vector<std::string>();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  if (arguments.size() != 2) return 2;
  asio::io_context io(1);
  std::vector<std::unique_ptr<Link>> links;
  for (const std::string& address : ReadAddresses(io, arguments[1])) {
    const std::string key = "bench_direct_worker:" + std::to_string(::getpid());
    links.push_back(std::make_unique<Link>(Connect(io, address), key));
  }
  for (const auto& link : links)
    link->WaitAnswered();
  for (const auto& link : links)
    link->Read();
  asio::signal_set signals(io, SIGTERM);
  signals.async_wait([&](error_code, int) { io.stop(); });
  std::printf("attached\n");
  std::fflush(stdout);
  io.run();
}
