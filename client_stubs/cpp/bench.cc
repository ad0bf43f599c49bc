// What ./dev bench stubs measures. `echo TARGET`: an echo worker that says "attached". `calls TARGET
// CLIENT_ID SECONDS`: SendToClient with 64 in flight, from as many threads; its last line is JSON.
#include <gatewayworker/gatewayworker.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace {

using gatewayworker::Client;
using gatewayworker::Event;
using gatewayworker::GatewayError;
using gatewayworker::Welcome;
using gatewayworker::Worker;
using Clock = std::chrono::steady_clock;

constexpr int kInFlight = 64;
constexpr std::size_t kBytes = 100;

int Echo(const char* target) {
  Worker worker({.address = target, .name = "cpp"});
  worker.OnAttached([](const Welcome&) {
    std::puts("attached");
    std::fflush(stdout);
  });
  worker.OnMessage([&](const Event& event) { worker.SendToCurrentClient(event.body()); });
  return worker.Run();
}

int Calls(const char* target, const std::string& client_id, double seconds) {
  Client client({.address = target});
  const std::string message(kBytes, 'x');
  std::atomic<std::uint64_t> done = 0;
  std::atomic<std::uint64_t> failed = 0;
  const auto begun = Clock::now();
  const auto ends = begun + std::chrono::duration<double>(seconds);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kInFlight; ++i) {
      threads.emplace_back([&] {
        while (Clock::now() < ends) {
          try {
            client.SendToClient(client_id, message);
            ++done;
          } catch (const GatewayError&) {
            ++failed;
          }
        }
      });
    }
  }
  const double took = std::chrono::duration<double>(Clock::now() - begun).count();
  std::printf("{\"per_second\": %.0f, \"count\": %llu, \"failed\": %llu}\n", static_cast<double>(done) / took,
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(failed));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 2 && args[0] == "echo") return Echo(argv[2]);
  if (args.size() == 4 && args[0] == "calls") return Calls(argv[2], args[2], std::stod(args[3]));
  std::fputs("usage: bench echo TARGET | bench calls TARGET CLIENT_ID SECONDS\n", stderr);
  return 2;
}
