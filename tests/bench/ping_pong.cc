// What a round trip to a Gateway costs without gRPC and without gatewayd: one blocking socket that sends
// IS_ONLINE to the null Gateway and reads the answer, one at a time. Usage: bench_ping_pong PORT SECONDS.
// Prints one line of JSON with the percentiles in microseconds.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "wire/frame.h"

namespace asio = boost::asio;
namespace wire = gatewayd::wire;
using Clock = std::chrono::steady_clock;

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::chrono::duration<double> wanted(std::stod(argv[1]));
  asio::io_context io;
  std::vector<asio::ip::tcp::socket> sockets;
  for (int i = 2; i < argc; ++i) {
    const auto port = static_cast<asio::ip::port_type>(std::stoi(argv[i]));
    sockets.emplace_back(io).connect({asio::ip::address_v4::loopback(), port});
    sockets.back().set_option(asio::ip::tcp::no_delay(true));
  }
  std::string request;
  wire::AppendFrame({.command = wire::Command::kIsOnline, .connection_id = 1}, request);
  std::array<char, 8> answer;
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
