// What one event costs in DispatchMachine alone, in one thread: accepted, taken in a batch, acknowledged with
// one range. Arguments: clients, workers, and whether each event is made and freed too, as the hub does.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "events/dispatch_machine.h"

namespace gatewayd::events {
namespace {

constexpr int kEvents = 100;  // a round

EventPtr MakeEvent(const cluster::RunPtr& run, std::uint32_t client, const std::string& body) {
  return Event::Make(
      {.run = run, .client = {.gateway = {0x0a000001, 2900}, .connection_id = client}, .gateway_port = 8282},
      {}, body);
}

void AcceptTakeAcknowledge(benchmark::State& state) {
  const auto clients = static_cast<std::uint32_t>(state.range(0));
  const bool make = state.range(2) != 0;
  const absl::Time now = absl::UnixEpoch();
  const std::string body(100, 'x');
  const auto run = std::make_shared<const cluster::GatewayRun>(cluster::GatewayRun{.number = 1});
  DispatchMachine machine{Options{}};
  for (std::int64_t i = 0; i < state.range(1); ++i) {
    WorkerSettings settings;
    settings.kinds = EventKinds::All();
    machine.Attach(settings, now, now);
  }
  machine.OnLinkUp(run, now);
  std::vector<EventPtr> events;
  for (std::uint32_t client = 1; client <= clients; ++client)
    events.push_back(MakeEvent(run, client, body));

  std::vector<Delivery> batch;
  std::vector<EventPtr> done;
  std::uint32_t next = 0;
  for (auto _ : state) {
    for (int i = 0; i < kEvents; ++i) {
      next = next + 1 < clients ? next + 1 : 0;
      machine.Accept(make ? MakeEvent(run, next + 1, body) : events[next], now);
    }
    for (const WorkerId id : machine.TakeReady()) {
      machine.TakeBatch(id, now, &batch);
      if (!batch.empty()) machine.Acknowledge(id, batch.front().id, batch.back().id, now, &done);
      batch.clear();
      done.clear();
    }
  }
  if (machine.events_in_memory() > 0) state.SkipWithError("not all events were delivered");
  state.SetItemsProcessed(state.iterations() * kEvents);
}
BENCHMARK(AcceptTakeAcknowledge)
    ->ArgNames({"clients", "workers", "make"})
    ->ArgsProduct({{50, 10'000}, {1, 10}, {0, 1}});

}  // namespace
}  // namespace gatewayd::events

BENCHMARK_MAIN();
