#include "simulation/sim_daemon.h"

#include <algorithm>
#include <utility>

namespace gatewayd::simulation {

using cluster::LinkAction;

namespace {

constexpr char kInstance[] = "sim";

}  // namespace

// ---- A Register

DaemonRegister::DaemonRegister(SimDaemon& daemon, Sim& sim, Network& network, Model& model, int index,
                               const std::string& address, const cluster::Options& options,
                               std::uint32_t seed, cluster::WorkerIdentity identity)
    : daemon_(daemon),
      sim_(sim),
      network_(network),
      model_(model),
      index_(index),
      machine_(address, daemon.dialect().wire(), options, seed, std::move(identity)) {}

template <typename Step>
void DaemonRegister::Run(Step&& step) {
  step();
  const LinkAction action = machine_.TakeAction();
  const std::string news = machine_.TakeNews();
  const std::optional<std::vector<std::string>> list = machine_.TakeList();
  unsent_ += machine_.TakeOutput();
  if (!news.empty()) sim_.Trace("daemon    ", news);
  if (action != LinkAction::kNone) {
    unsent_.clear();
    Close();
    if (action == LinkAction::kDial) Dial();
  }
  Write();
  ArmTimer();
  if (list) daemon_.OnList(static_cast<std::size_t>(index_), *list);
}

void DaemonRegister::Start() {
  Run([this] { machine_.Start(sim_.now()); });
}

void DaemonRegister::Stop() {
  Run([this] { machine_.Stop(sim_.now()); });
}

void DaemonRegister::Dial() {
  dialling_ = std::make_shared<bool>(true);
  network_.Dial(machine_.address(), dialling_, [this](SocketPtr socket, const std::string& error) {
    if (!socket) {
      Run([&] { machine_.OnConnectFailed(error, sim_.now()); });
      return;
    }
    socket_ = std::move(socket);
    socket_->set_events(this);
    Run([this] { machine_.OnConnected(sim_.now()); });
  });
}

void DaemonRegister::Close() {
  if (dialling_) *dialling_ = false;
  if (socket_) socket_->Close();
  socket_.reset();
}

void DaemonRegister::Write() {
  if (!socket_ || unsent_.empty()) return;
  unsent_.erase(0, socket_->Write(unsent_));
  if (!unsent_.empty()) socket_->WaitWritable();
}

void DaemonRegister::ArmTimer() {
  const absl::Time next = machine_.NextTimer();
  if (next == armed_) return;
  armed_ = next;
  ++timer_;
  if (next == absl::InfiniteFuture()) return;
  sim_.At(next, [this, number = timer_] {
    if (number != timer_) return;
    ++wake_ups_;
    armed_ = absl::InfiniteFuture();
    Run([this] { machine_.OnTimer(sim_.now()); });
  });
}

void DaemonRegister::OnInput(Socket& socket, std::string_view bytes) {
  const SocketPtr keep = socket_;
  model_.OnRegisterRead(index_, socket.facts().id, socket.bytes_read());
  Run([&] { machine_.OnBytes(bytes, sim_.now()); });
}

void DaemonRegister::OnClosed(Socket&, bool, const std::string& error) {
  const SocketPtr keep = socket_;
  Run([&] { machine_.OnClosed(error, sim_.now()); });
}

// ---- The cluster

SimDaemon::SimDaemon(Sim& sim, Network& network, Model& model, const Dialect& dialect,
                     cluster::Options options, std::vector<std::string> gateways)
    : sim_(sim),
      network_(network),
      model_(model),
      dialect_(dialect),
      options_(std::move(options)),
      addresses_(std::move(gateways)),
      memory_(options_.max_answers),
      membership_(options_.registers.size()),
      next_seed_(static_cast<std::uint32_t>(sim.random.Next())) {
  const cluster::WorkerIdentity identity{.name = cluster::StrCat("gatewayd-", kInstance, ":0"),
                                         .processed = [this] { return counters().events_read; }};
  for (std::size_t i = 0; i < options_.registers.size(); ++i) {
    registers_.push_back(std::make_unique<DaemonRegister>(*this, sim_, network_, model_, static_cast<int>(i),
                                                          options_.registers[i], options_, next_seed_ += 7919,
                                                          identity));
  }
}

void SimDaemon::Start() {
  for (const auto& link : registers_)
    link->Start();
}

void SimDaemon::Stop() {
  stopped_ = true;
  for (const auto& link : registers_)
    link->Stop();
  for (const auto& [address, gateway] : gateways_)
    gateway->Stop();
}

std::shared_ptr<DaemonGateway> SimDaemon::Find(int gateway) const {
  const auto at = gateways_.find(addresses_[static_cast<std::size_t>(gateway)]);
  return at == gateways_.end() ? nullptr : at->second;
}

void SimDaemon::OnList(std::size_t index, const std::vector<std::string>& addresses) {
  Apply(membership_.OnList(index, addresses));
  CheckMembers();
}

void SimDaemon::Apply(const cluster::Membership::Changes& changes) {
  for (const std::string& address : changes.joined)
    Join(address);
  for (const std::string& address : changes.left)
    Leave(address);
  for (const std::string& address : changes.listed)
    gateways_.at(address)->SetListed(true);
  for (const std::string& address : changes.unlisted)
    gateways_.at(address)->SetListed(false);
}

void SimDaemon::Join(const std::string& address) {
  sim_.Trace("daemon    gateway ", address, " joins");
  const auto index = std::find(addresses_.begin(), addresses_.end(), address) - addresses_.begin();
  auto gateway = std::make_shared<DaemonGateway>(
      sim_, network_, model_, static_cast<int>(index),
      cluster::GatewayMachine::Settings{
          .address = address,
          .dialect = &dialect_.wire(),
          .options = &options_,
          .memory = &memory_,
          .new_run =
              [this, address] {
                const std::uint64_t number = next_generation_++;
                return std::make_shared<cluster::GatewayRun>(
                    cluster::GatewayRun{.number = number,
                                        .generation = cluster::StrCat(kInstance, "-", number),
                                        .gateway = address});
              },
          .new_worker_key = [this] { return cluster::StrCat("gatewayd-sim:", next_worker_key_++); },
          .instance_id = kInstance,
          .seed = next_seed_ += 7919,
          .effects_unknown = unknown_effects_.erase(address) > 0,
          .hold = std::exchange(holds_[address], {})},
      outlet_,
      [this](DaemonGateway& gateway, const cluster::GatewayChange& change) {
        OnGatewayChange(gateway, change);
      },
      [this] { return counters().close_wait_expired; });
  gateways_[address] = gateway;
  gateway->SetListed(true);
  if (outlet_.wanted) gateway->WantEvents(true);
}

void SimDaemon::Leave(const std::string& address) {
  sim_.Trace("daemon    gateway ", address, " leaves");
  const auto at = gateways_.find(address);
  if (at == gateways_.end()) return;
  const std::shared_ptr<DaemonGateway> gateway = at->second;
  gateways_.erase(at);
  gateway->Stop();
  past_.Add(gateway->machine().counters());
  past_wake_ups_ += gateway->wake_ups();
  if (gateway->machine().effects_unknown()) unknown_effects_.insert(address);
  if (!stopped_) holds_[address] = gateway->machine().hold();
  CheckEventLinksLeft();
}

void SimDaemon::OnGatewayChange(DaemonGateway& gateway, const cluster::GatewayChange& change) {
  const std::string& address = gateway.address();
  switch (change.kind) {
    case cluster::GatewayChange::Kind::kTried:
    case cluster::GatewayChange::Kind::kNews:
      return;
    case cluster::GatewayChange::Kind::kLinked:
      model_.OnLinked(address, true);
      Apply(membership_.OnLinked(address, true));
      return;
    case cluster::GatewayChange::Kind::kUnlinked:
      ++posted_;
      sim_.After(absl::ZeroDuration(), [this, address] {
        --posted_;
        if (stopped_) return;
        model_.OnLinked(address, false);
        Apply(membership_.OnLinked(address, false));
        CheckMembers();
      });
      return;
  }
}

void SimDaemon::CheckMembers() {
  if (posted_ > 0 || stopped_) return;
  model_.OnMembers(membership_.members());
  std::vector<std::string> linked;
  for (const auto& [address, gateway] : gateways_)
    linked.push_back(address);
  model_.OnMembers(linked);
}

cluster::Counters SimDaemon::counters() const {
  cluster::Counters sum = past_;
  for (const auto& link : registers_)
    sum.Add(link->machine().counters());
  for (const auto& [address, gateway] : gateways_)
    sum.Add(gateway->machine().counters());
  return sum;
}

std::uint64_t SimDaemon::wake_ups() const {
  std::uint64_t sum = past_wake_ups_;
  for (const auto& link : registers_)
    sum += link->wake_ups();
  for (const auto& [address, gateway] : gateways_)
    sum += gateway->wake_ups();
  return sum;
}

void SimDaemon::CheckCounters() {
  const cluster::Counters sum = counters();
  if (sum.commands_accepted != model_.commands_accepted()) {
    sim_.Broken(1, cluster::StrCat("commands_accepted is ", sum.commands_accepted, ", ",
                                   model_.commands_accepted(), " were"));
  }
  if (sum.commands_lost != model_.commands_lost()) {
    sim_.Broken(1, cluster::StrCat("commands_lost is ", sum.commands_lost, ", ", model_.commands_lost(),
                                   " were not wholly written when their link ended"));
  }
}

}  // namespace gatewayd::simulation
