#include "simulation/world.h"

namespace gatewayd::simulation {
namespace {

constexpr char kSecret[] = "the secret";
constexpr std::size_t kMaxEventBytes = 3000;  // where some messages are larger

events::Options EventOptions(const EventProfile& profile) {
  return {.links = profile.always ? events::LinksWanted::kAlways : events::LinksWanted::kAttached,
          .event_memory = profile.memory,
          .grace = profile.grace,
          .ack_timeout = profile.ack_timeout,
          .batch_bytes = 4'000,
          .drain_timeout = profile.drain_timeout};
}

Profile ProfileOf(const Dialect& dialect, Random& random) {
  Profile profile = ChooseProfile(random);
  if (dialect.go()) ChooseGo(random, profile);
  return profile;
}

}  // namespace

SimGatewayOptions World::GatewayOptions(const std::string& address) const {
  SimGatewayOptions options{.dialect = &dialect_,
                            .address = address,
                            .secret = kSecret,
                            .send_buffer = profile_.gateway_send_buffer,
                            .clients = profile_.clients,
                            .session_size = profile_.session_size};
  const EventProfile& events = profile_.events;
  if (!events.on) return options;
  options.event_buffer = events.gateway_buffer;
  options.close_clients_without_worker = events.close_clients_without_worker;
  options.talk = events.talk;
  options.talk_burst = events.talk_burst;
  options.poison = events.poison;
  if (events.large_messages) options.large_message = kMaxEventBytes;
  return options;
}

Result RunSeed(const Dialect& dialect, std::uint64_t seed, bool trace) {
  return World(dialect, seed, trace).Run();
}

World::World(const Dialect& dialect, std::uint64_t seed, bool trace)
    : dialect_(dialect), sim_(seed, trace), profile_(ProfileOf(dialect, sim_.random)), network_(sim_) {
  network_.options() = profile_.network;
  Build();
}

void World::Build() {
  cluster::Options& options = profile_.options;
  options.secret = kSecret;
  if (profile_.events.large_messages) options.max_event_bytes = kMaxEventBytes;
  for (int i = 0; i < profile_.registers; ++i)
    options.registers.push_back(cluster::StrCat("10.0.1.", i + 1, ":1236"));
  model_ = std::make_unique<Model>(sim_, profile_.gateways, profile_.registers,
                                   Model::Limits{.query_timeout = options.query_timeout,
                                                 .close_wait = options.close_wait,
                                                 .max_waiting_queries = options.max_waiting_queries,
                                                 .query_links = options.query_links,
                                                 .dialect = &dialect_});
  if (profile_.events.on) {
    event_model_ =
        std::make_unique<EventModel>(sim_, dialect_, EventOptions(profile_.events), options.max_event_bytes);
  }
  for (int i = 0; i < profile_.registers; ++i) {
    registers_.push_back(std::make_unique<SimRegister>(sim_, network_, *model_, dialect_, profile_.lists, i,
                                                       options.registers[static_cast<std::size_t>(i)],
                                                       kSecret));
    registers_.back()->Start();
  }
  std::vector<std::string> addresses;
  for (int i = 0; i < profile_.gateways; ++i) {
    addresses.push_back(cluster::StrCat("10.0.0.", i + 1, ":2900"));
    gateways_.push_back(std::make_unique<SimGateway>(sim_, network_, *model_, event_model_.get(), i,
                                                     GatewayOptions(addresses.back())));
    gateways_.back()->Start();
    Register(*gateways_.back(), absl::Milliseconds(100));
  }
  daemon_ = std::make_unique<SimDaemon>(sim_, network_, *model_, dialect_, options, addresses);
  if (profile_.events.on) BuildEvents(addresses);
  daemon_->Start();
  for (int i = 0; i < profile_.callers; ++i) {
    callers_.push_back(std::make_unique<Caller>(sim_, *model_, *daemon_, profile_, gateways_));
    callers_.back()->Start();
  }
}

void World::BuildEvents(const std::vector<std::string>& addresses) {
  hub_ = std::make_unique<SimHub>(sim_, *event_model_, *daemon_, EventOptions(profile_.events));
  daemon_->SetEventSink(hub_.get(), event_model_.get());
  hub_->Start();
  for (int i = 0; i < profile_.events.workers; ++i) {
    workers_.push_back(std::make_unique<SimWorker>(sim_, *model_, *daemon_, *hub_, profile_, i));
    workers_.back()->Start();
  }
  if (!profile_.events.other_worker) return;
  other_worker_ = std::make_unique<OtherWorker>(sim_, network_, dialect_, addresses, kSecret,
                                                profile_.events.stay, profile_.events.stay);
  other_worker_->Start();
}

void World::RunUntil(absl::Time end) {
  while (sim_.Step(end))
    CheckStep();
}

void World::CheckStep() {
  model_->CheckTimes();
  if (event_model_) event_model_->CheckTimes(hub_->machine());
  if (sim_.steps() % 16 == 0) daemon_->CheckCounters();
}

Result World::Run() {
  sim_.Trace("profile ", profile_.name, ": ", profile_.registers, " Registers, ", profile_.gateways,
             " Gateways, ", profile_.callers, " callers");
  ScheduleFault();
  ScheduleClients();
  ScheduleOperator();
  RunUntil(sim_.now() + profile_.length);
  EndFaults();
  Heal();
  std::uint64_t held_up = 0;
  for (const auto& gateway : gateways_)
    held_up += gateway->held_up();
  const cluster::Counters counters = daemon_->counters();
  return {.profile = profile_.name,
          .broken = sim_.what_broke(),
          .steps = sim_.steps(),
          .calls = model_->ops(),
          .answers = model_->answered(),
          .events = event_model_ ? event_model_->accepted() : 0,
          .held_up = held_up,
          .stalled = counters.links_stalled,
          .destroyed = counters.clients_destroyed,
          .refused = counters.gateways_refused};
}

}  // namespace gatewayd::simulation
