#include "simulation/world.h"

namespace gatewayd::simulation {
namespace {

constexpr char kSecret[] = "the secret";

}  // namespace

Result RunSeed(std::uint64_t seed, bool trace) {
  return World(seed, trace).Run();
}

World::World(std::uint64_t seed, bool trace)
    : sim_(seed, trace), profile_(ChooseProfile(sim_.random)), network_(sim_) {
  network_.options() = profile_.network;
  Build();
}

void World::Build() {
  cluster::Options& options = profile_.options;
  options.secret = kSecret;
  for (int i = 0; i < profile_.registers; ++i)
    options.registers.push_back(cluster::StrCat("10.0.1.", i + 1, ":1236"));
  model_ = std::make_unique<Model>(sim_, profile_.gateways, profile_.registers,
                                   Model::Limits{.query_timeout = options.query_timeout,
                                                 .close_wait = options.close_wait,
                                                 .max_waiting_queries = options.max_waiting_queries,
                                                 .query_links = options.query_links});
  for (int i = 0; i < profile_.registers; ++i) {
    registers_.push_back(std::make_unique<SimRegister>(
        sim_, network_, *model_, i, options.registers[static_cast<std::size_t>(i)], kSecret));
    registers_.back()->Start();
  }
  std::vector<std::string> addresses;
  for (int i = 0; i < profile_.gateways; ++i) {
    addresses.push_back(cluster::StrCat("10.0.0.", i + 1, ":2900"));
    gateways_.push_back(
        std::make_unique<SimGateway>(sim_, network_, *model_, i,
                                     SimGatewayOptions{.address = addresses.back(),
                                                       .secret = kSecret,
                                                       .send_buffer = profile_.gateway_send_buffer,
                                                       .clients = profile_.clients,
                                                       .session_size = profile_.session_size}));
    gateways_.back()->Start();
    Register(*gateways_.back(), absl::Milliseconds(100));
  }
  daemon_ = std::make_unique<SimDaemon>(sim_, network_, *model_, options, addresses);
  daemon_->Start();
  for (int i = 0; i < profile_.callers; ++i) {
    callers_.push_back(std::make_unique<Caller>(sim_, *model_, *daemon_, profile_, gateways_));
    callers_.back()->Start();
  }
}

void World::RunUntil(absl::Time end) {
  while (sim_.Step(end))
    CheckStep();
}

void World::CheckStep() {
  model_->CheckTimes();
  if (sim_.steps() % 16 == 0) daemon_->CheckCounters();
}

Result World::Run() {
  sim_.Trace("profile ", profile_.name, ": ", profile_.registers, " Registers, ", profile_.gateways,
             " Gateways, ", profile_.callers, " callers");
  ScheduleFault();
  RunUntil(sim_.now() + profile_.length);
  EndFaults();
  Heal();
  return {.profile = profile_.name,
          .broken = sim_.what_broke(),
          .steps = sim_.steps(),
          .calls = model_->ops(),
          .answers = model_->answered()};
}

}  // namespace gatewayd::simulation
