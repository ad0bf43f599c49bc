// A Register and N embedded Gateways in one process, for the benchmark of the fan-out. Usage:
// bench_embedded_gateways [--dialect=go] N [clients]. Prints "register ADDRESS" (and before it, with
// `clients`, "ports W T" for each Gateway: where WebSocket and text clients connect), then does what each
// line on stdin says and prints "done":
//
//   restart   every Gateway ends, then every one starts anew at its address
//   replace   every Gateway ends, then as many start at other addresses
//
// Ends with stdin.
#include <glog/logging.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/parse.h"
#include "bench/bench_dialect.h"
#include "embedded/cluster.h"

namespace embedded = gatewayd::embedded;

namespace {

void Check(const absl::Status& status) {
  CHECK(status.ok()) << status.message();
}

// Replaced Gateways keep their index and stay stopped, so the running ones are the last `count`.
void Restart(embedded::EmbeddedCluster& cluster, std::size_t count) {
  const std::size_t first = cluster.gateway_count() - count;
  for (std::size_t i = 0; i < count; ++i)
    cluster.StopGateway(first + i);
  for (std::size_t i = 0; i < count; ++i)
    Check(cluster.RestartGateway(first + i));
}

void Replace(embedded::EmbeddedCluster& cluster, std::size_t count) {
  const std::size_t first = cluster.gateway_count() - count;
  for (std::size_t i = 0; i < count; ++i)
    cluster.StopGateway(first + i);
  for (std::size_t i = 0; i < count; ++i)
    Check(cluster.AddGateway({}));
}

}  // namespace

int main(int argc, char** argv) {
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const std::size_t count = arguments.size() > 1 ? std::stoul(arguments[1]) : 1;
  embedded::ClusterOptions options = embedded::ClusterOptions::Loopback(
      static_cast<int>(count), std::string(gatewayd::bench::SecretOfFlag()),
      gatewayd::bench::DialectOfFlag());
  const bool clients = arguments.size() > 2;
  for (embedded::GatewayOptions& gateway : options.gateways) {
    gateway.listeners.clear();
    if (!clients) continue;
    gateway.listeners.push_back({.protocol = embedded::ClientProtocol::kWebSocket});
    gateway.listeners.push_back({.protocol = embedded::ClientProtocol::kText});
  }
  embedded::EmbeddedCluster cluster(std::move(options));
  Check(cluster.Start());
  CHECK(cluster.WaitUntilRegistered(absl::Seconds(30)));
  for (std::size_t i = 0; clients && i < count; ++i) {
    std::printf("ports %d %d\n", cluster.gateway(i).port(embedded::ClientProtocol::kWebSocket),
                cluster.gateway(i).port(embedded::ClientProtocol::kText));
  }
  std::printf("register %s\n", cluster.register_addresses().front().c_str());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "restart") Restart(cluster, count);
    if (line == "replace") Replace(cluster, count);
    std::printf("done\n");
    std::fflush(stdout);
  }
}
