#include "embedded/cluster.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"

namespace gatewayd::embedded {
namespace asio = boost::asio;

ClusterOptions ClusterOptions::Loopback(int count, std::string secret, const wire::Dialect& dialect) {
  ClusterOptions options;
  options.secret = std::move(secret);
  options.dialect = &dialect;
  std::vector<ClientProtocol> protocols = {ClientProtocol::kWebSocket, ClientProtocol::kText,
                                           ClientProtocol::kFrame};
  if (dialect.kind() == wire::DialectKind::kGo) protocols.push_back(ClientProtocol::kTcp);
  for (int i = 0; i < count; ++i) {
    GatewayOptions& gateway = options.gateways.emplace_back();
    for (ClientProtocol protocol : protocols) {
      ListenerOptions& listener = gateway.listeners.emplace_back();
      listener.protocol = protocol;
    }
  }
  return options;
}

class EmbeddedCluster::Impl {
 public:
  explicit Impl(ClusterOptions options) : options_(std::move(options)), io_(1) {}
  ~Impl() { Stop(); }

  absl::Status Start() {
    work_.emplace(io_.get_executor());
    thread_ = std::thread([this] { io_.run(); });
    for (const RegisterOptions& options : options_.registers) {
      Slot<EmbeddedRegister, RegisterOptions>& slot = registers_.emplace_back();
      slot.options = options;
      if (slot.options.secret.empty()) slot.options.secret = options_.secret;
      slot.options.dialect = options_.dialect;
      if (absl::Status status = StartRegister(registers_.size() - 1); !status.ok()) return status;
    }
    for (const GatewayOptions& options : options_.gateways) {
      if (absl::Status status = AddGateway(options); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  void Stop() {
    for (auto& slot : gateways_)
      slot.server->Stop();
    for (auto& slot : registers_)
      slot.server->Stop();
    work_.reset();
    if (thread_.joinable()) thread_.join();  // once what was cancelled has ended
  }

  absl::Status AddGateway(GatewayOptions options) {
    if (options.secret.empty()) options.secret = options_.secret;
    if (options.registers.empty()) options.registers = register_addresses();
    options.dialect = options_.dialect;
    gateways_.emplace_back().options = std::move(options);
    absl::Status status = StartGateway(gateways_.size() - 1);
    if (!status.ok()) gateways_.pop_back();
    return status;
  }

  void StopGateway(std::size_t index) {
    gateways_[index].running = false;
    gateways_[index].server->Stop();
  }
  void StopRegister(std::size_t index) {
    registers_[index].running = false;
    registers_[index].server->Stop();
  }

  // A new object with the same options; the ports that the kernel chose the first time are kept.
  absl::Status StartGateway(std::size_t index) {
    auto& slot = gateways_[index];
    if (slot.server != nullptr) StopGateway(index);
    auto server = std::make_unique<EmbeddedGateway>(io_, slot.options);
    if (absl::Status status = server->Start(); !status.ok()) return status;
    slot.server = std::move(server);
    slot.running = true;
    slot.options.inner_port = slot.server->inner_port();
    slot.options.listeners = slot.server->listeners();
    return absl::OkStatus();
  }
  absl::Status StartRegister(std::size_t index) {
    auto& slot = registers_[index];
    if (slot.server != nullptr) StopRegister(index);
    auto server = std::make_unique<EmbeddedRegister>(io_, slot.options);
    absl::Status status = server->Start();
    if (!status.ok()) {
      if (slot.server == nullptr) registers_.pop_back();
      return status;
    }
    slot.server = std::move(server);
    slot.running = true;
    slot.options.port = slot.server->port();
    return absl::OkStatus();
  }

  std::vector<std::string> register_addresses() const {
    std::vector<std::string> out;
    for (const auto& slot : registers_)
      out.push_back(slot.server->address());
    return out;
  }

  bool AllRegistered() const {
    for (const auto& reg : registers_) {
      if (!reg.running) continue;
      const std::vector<std::string> listed = reg.server->gateway_addresses();
      for (const auto& gateway : gateways_) {
        const std::vector<std::string>& named = gateway.options.registers;
        if (!gateway.running || std::count(named.begin(), named.end(), reg.server->address()) == 0) continue;
        if (std::count(listed.begin(), listed.end(), gateway.server->registered_address()) == 0) return false;
      }
    }
    return true;
  }

  template <typename Server, typename Options>
  struct Slot {
    Options options;
    std::unique_ptr<Server> server;
    bool running = false;
  };

  const ClusterOptions options_;
  asio::io_context io_;  // outlives the servers, whose sockets are its own
  std::vector<Slot<EmbeddedRegister, RegisterOptions>> registers_;
  std::vector<Slot<EmbeddedGateway, GatewayOptions>> gateways_;

 private:
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  std::thread thread_;
};

EmbeddedCluster::EmbeddedCluster(ClusterOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
EmbeddedCluster::~EmbeddedCluster() = default;

absl::Status EmbeddedCluster::Start() {
  absl::Status status = impl_->Start();
  if (!status.ok()) impl_->Stop();
  return status;
}
void EmbeddedCluster::Stop() {
  impl_->Stop();
}

bool EmbeddedCluster::WaitUntilRegistered(absl::Duration timeout) const {
  const absl::Time deadline = absl::Now() + timeout;
  while (!impl_->AllRegistered()) {
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

std::size_t EmbeddedCluster::register_count() const {
  return impl_->registers_.size();
}
std::size_t EmbeddedCluster::gateway_count() const {
  return impl_->gateways_.size();
}
std::vector<std::string> EmbeddedCluster::register_addresses() const {
  return impl_->register_addresses();
}
EmbeddedRegister& EmbeddedCluster::reg(std::size_t index) {
  return *impl_->registers_[index].server;
}
EmbeddedGateway& EmbeddedCluster::gateway(std::size_t index) {
  return *impl_->gateways_[index].server;
}

void EmbeddedCluster::StopGateway(std::size_t index) {
  impl_->StopGateway(index);
}
absl::Status EmbeddedCluster::RestartGateway(std::size_t index) {
  return impl_->StartGateway(index);
}
void EmbeddedCluster::StopRegister(std::size_t index) {
  impl_->StopRegister(index);
}
absl::Status EmbeddedCluster::RestartRegister(std::size_t index) {
  return impl_->StartRegister(index);
}
absl::Status EmbeddedCluster::AddGateway(GatewayOptions options) {
  return impl_->AddGateway(std::move(options));
}

}  // namespace gatewayd::embedded
