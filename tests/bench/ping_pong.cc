// What a round trip to a Gateway costs without gRPC and without gatewayd: one blocking socket that sends
// IS_ONLINE to the null Gateway and reads the answer, one at a time. Usage:
// bench_ping_pong [--dialect=go] SECONDS PORT….
// Prints one line of JSON with the percentiles in microseconds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "absl/flags/parse.h"
#include "bench/bench_dialect.h"
#include "wire/dialect.h"

namespace asio = boost::asio;
namespace bench = gatewayd::bench;
namespace embedded = gatewayd::embedded;
namespace wire = gatewayd::wire;
using Clock = std::chrono::steady_clock;

int main(int argc, char** argv) {
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  if (arguments.size() < 3) return 2;
  const std::chrono::duration<double> wanted(std::stod(arguments[1]));
  asio::io_context io;
  std::vector<asio::ip::tcp::socket> sockets;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const auto port = static_cast<asio::ip::port_type>(std::stoi(arguments[i]));
    sockets.emplace_back(io).connect({asio::ip::address_v4::loopback(), port});
    sockets.back().set_option(asio::ip::tcp::no_delay(true));
  }
  const auto codec = bench::DialectOfFlag().NewPacketCodec(bench::SecretOfFlag());
  std::string request;
  codec->AppendFrame({.command = wire::Command::kIsOnline, .connection_id = 1}, request);
  std::string answer;  // its size is what counts
  const embedded::GatewayDialect& gateway = bench::GatewayDialectOfFlag();
  gateway.NewLinkCodec(bench::SecretOfFlag())->AppendAnswer(gateway.Count(1), answer);
  std::vector<float> latencies_us;
  const auto end = Clock::now() + wanted;
  for (auto now = Clock::now(); now < end;) {
    const auto started = now;
    for (asio::ip::tcp::socket& socket : sockets)
      asio::write(socket, asio::buffer(request));
    for (asio::ip::tcp::socket& socket : sockets)
      asio::read(socket, asio::buffer(answer));
    now = Clock::now();
    latencies_us.push_back(std::chrono::duration<float, std::micro>(now - started).count());
  }
  std::sort(latencies_us.begin(), latencies_us.end());
  std::printf("{\"method\": \"ping_pong\", \"calls\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
              latencies_us.size(), latencies_us[latencies_us.size() / 2],
              latencies_us[latencies_us.size() * 99 / 100]);
}
