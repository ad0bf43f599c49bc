// A Gateway that costs next to nothing and brings events: a Register and one Gateway of --dialect in one
// thread (in go, `flood` sends the same packets again and again, encrypted once). What it sends to a worker's
// link, by --mode:
//
//   flood  ON_MESSAGE of --bytes, round robin over --clients, as fast as they are read
//   rate   --rate of them a second, --events in all; the body begins with the client's number (4 bytes) and
//          the number of the message for that client (8 bytes, from 1), both little-endian. Then "sent N".
//   ping   one; the next when SEND_TO_ONE has come. Prints the times as JSON when the link ends.
//   quiet  none
//
// Queries are answered at once by 1, commands dropped. A second WORKER_CONNECT with the key of a first ends
// the first behind what was sent, as PHP does. Prints "gateway ADDRESS CLIENT_ID" and "register ADDRESS".
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "bench/bench_dialect.h"
#include "bench/null_register.h"
#include "bench/samples.h"
#include "embedded/gateway_dialect.h"
#include "wire/client_id.h"
#include "wire/frame.h"

ABSL_FLAG(std::string, mode, "flood", "flood, rate, ping or quiet");
ABSL_FLAG(std::uint32_t, clients, 1000, "clients that send");
ABSL_FLAG(std::size_t, bytes, 100, "size of a message, at least 12");
ABSL_FLAG(double, rate, 10'000, "messages a second");
ABSL_FLAG(std::uint64_t, events, 0, "messages in all");

namespace {

namespace asio = boost::asio;
namespace bench = gatewayd::bench;
namespace embedded = gatewayd::embedded;
namespace wire = gatewayd::wire;
using asio::ip::tcp;
using boost::system::error_code;
using gatewayd::bench::Clock;

constexpr std::uint32_t kLoopback = 0x7f000001;
constexpr auto kTick = std::chrono::milliseconds(1);

class Link;

struct Gateway {
  explicit Gateway(asio::io_context& io) : acceptor(io, {asio::ip::address_v4::loopback(), 0}) {
    std::string body(absl::GetFlag(FLAGS_bytes), 'x');
    for (std::uint32_t client = 1; client <= absl::GetFlag(FLAGS_clients); ++client)
      AppendMessage(client, body, round);
    AppendMessage(1, body, single);
  }

  void AppendMessage(std::uint32_t client, std::string_view body, std::string& out) const {
    codec->AppendFrame({.command = wire::Command::kOnMessage,
                        .local_ip = kLoopback,
                        .local_port = acceptor.local_endpoint().port(),
                        .client_ip = kLoopback,
                        .client_port = 40'000,
                        .connection_id = client,
                        .gateway_port = 7272,
                        .body = body},
                       out);
  }

  tcp::acceptor acceptor;
  const std::unique_ptr<embedded::LinkCodec> codec =
      bench::GatewayDialectOfFlag().NewLinkCodec(bench::SecretOfFlag());  // of all links
  const std::string one = bench::GatewayDialectOfFlag().Count(1);
  const std::string mode = absl::GetFlag(FLAGS_mode);
  std::string round;                                   // one message of every client
  std::string single;                                  // one of the first
  std::map<std::string, std::weak_ptr<Link>> workers;  // by key
  std::uint64_t sent = 0;                              // of --rate, over all links
  std::weak_ptr<Link> pinging;
  Clock::time_point pinged;
  int pings = 0;
  gatewayd::bench::Samples samples;
};

// A worker's connection, or a caller's.
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(Gateway& gateway, tcp::socket socket)
      : gateway_(gateway),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        input_(256 * 1024, '\0') {
    socket_.set_option(tcp::no_delay(true));
  }

  void Read() {
    socket_.async_read_some(asio::buffer(input_.data() + have_, input_.size() - have_),
                            [self = shared_from_this()](error_code error, std::size_t bytes) {
                              error ? self->Ended() : self->OnRead(bytes);
                            });
  }

 private:
  void OnRead(std::size_t bytes) {
    have_ += bytes;
    std::size_t used = 0;
    for (;;) {
      const embedded::LinkPacket packet = gateway_.codec->Next({input_.data() + used, have_ - used});
      if (packet.kind == embedded::LinkPacket::Kind::kIncomplete) break;
      if (packet.kind != embedded::LinkPacket::Kind::kFrame) return Ended();
      OnFrame(packet.frame);
      used += packet.size;
    }
    if (used == 0 && have_ == input_.size()) input_.resize(input_.size() * 2);
    std::copy(input_.begin() + static_cast<std::ptrdiff_t>(used),
              input_.begin() + static_cast<std::ptrdiff_t>(have_), input_.begin());
    have_ -= used;
    Write();
    Read();
  }

  void OnFrame(const wire::Frame& frame) {
    if (wire::IsQuery(frame.command)) gateway_.codec->AppendAnswer(gateway_.one, next_);
    if (frame.command == wire::Command::kWorkerConnect) BecomeWorker(std::string(frame.body));
    if (frame.command == wire::Command::kSendToOne) OnPong();
  }

  void BecomeWorker(std::string key) {
    std::weak_ptr<Link>& former = gateway_.workers[std::move(key)];
    if (const auto link = std::exchange(former, weak_from_this()).lock()) {
      link->End();
      return;
    }
    if (gateway_.mode == "flood") flood_ = true;
    if (gateway_.mode == "ping") Ping();
    if (gateway_.mode == "rate") {
      started_ = Clock::now();
      Tick();
    }
  }

  void Ping() {
    next_ += gateway_.single;
    gateway_.pinging = weak_from_this();
    gateway_.pinged = Clock::now();
    Write();
  }

  // On the link of the events or, from gatewayd, on another one.
  void OnPong() {
    const auto link = gateway_.pinging.lock();
    if (link == nullptr) return;
    if (++gateway_.pings > kWarmUp) gateway_.samples.Add(Clock::now() - gateway_.pinged);
    link->Ping();
  }

  void Tick() {
    timer_.expires_after(kTick);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && !self->ending_) self->SendDue();
    });
  }

  void SendDue() {
    const std::uint64_t all = absl::GetFlag(FLAGS_events);
    const std::chrono::duration<double> gone = Clock::now() - started_;
    const auto due = std::min(all, static_cast<std::uint64_t>(gone.count() * absl::GetFlag(FLAGS_rate)));
    const std::uint32_t clients = absl::GetFlag(FLAGS_clients);
    std::string body(absl::GetFlag(FLAGS_bytes), 'x');
    for (; gateway_.sent < due; ++gateway_.sent) {
      const auto client = static_cast<std::uint32_t>(gateway_.sent % clients) + 1;
      const std::uint64_t number = gateway_.sent / clients + 1;
      std::memcpy(body.data(), &client, sizeof(client));
      std::memcpy(body.data() + sizeof(client), &number, sizeof(number));
      gateway_.AppendMessage(client, body, next_);
    }
    Write();
    if (gateway_.sent < all) return Tick();
    std::printf("sent %llu\n", static_cast<unsigned long long>(gateway_.sent));
    std::fflush(stdout);
  }

  void Write() {
    if (writing_) return;
    if (next_.empty() && (!flood_ || ending_)) {
      error_code ignored;
      if (std::exchange(ending_, false)) socket_.shutdown(tcp::socket::shutdown_both, ignored);
      return;
    }
    writing_ = true;
    std::swap(output_, next_);
    const std::array<asio::const_buffer, 2> parts = {
        asio::buffer(output_), flood_ && !ending_ ? asio::buffer(gateway_.round) : asio::const_buffer()};
    asio::async_write(socket_, parts, [self = shared_from_this()](error_code error, std::size_t) {
      self->writing_ = false;
      self->output_.clear();
      if (!error) self->Write();
    });
  }

  void End() {
    ending_ = true;
    Write();
  }

  void Ended() {
    timer_.cancel();
    flood_ = false;
    if (gateway_.pinging.lock().get() == this) {
      gateway_.samples.Print();
      gateway_.samples.Clear();
      gateway_.pinging.reset();
      gateway_.pings = 0;
    }
    error_code ignored;
    if (!writing_) socket_.close(ignored);
  }

  static constexpr int kWarmUp = 200;

  Gateway& gateway_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::string input_;
  std::size_t have_ = 0;
  std::string next_;    // to be written
  std::string output_;  // being written
  bool writing_ = false;
  bool flood_ = false;
  bool ending_ = false;
  Clock::time_point started_;
};

void AcceptLinks(Gateway& gateway) {
  gateway.acceptor.async_accept([&](error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Link>(gateway, std::move(socket))->Read();
    AcceptLinks(gateway);
  });
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  asio::io_context io(1);
  Gateway gateway(io);
  AcceptLinks(gateway);
  const auto port = gateway.acceptor.local_endpoint().port();
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const gatewayd::bench::NullRegister reg(io, {address});
  const wire::ClientId client{{kLoopback, port}, 1};
  std::printf("gateway %s %s\n", address.c_str(), wire::FormatClientId(client).c_str());
  std::printf("register 127.0.0.1:%d\n", reg.port());
  std::fflush(stdout);
  io.run();
}
