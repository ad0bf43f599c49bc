// Another worker of the cluster, as the originals' are: connected to every Gateway, it takes what it is
// routed, and so takes clients away from the daemon and gives them back.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/dialect.h"
#include "simulation/network.h"

namespace gatewayd::simulation {

class OtherWorker : public SocketEvents {
 public:
  OtherWorker(Sim& sim, Network& network, const Dialect& dialect, std::vector<std::string> gateways,
              std::string secret, absl::Duration stay, absl::Duration away);

  void Start();
  void Stop();  // for good

  void OnInput(Socket&, std::string_view) override {}
  void OnWritable(Socket&) override {}
  void OnClosed(Socket& closed, bool orderly, const std::string& error) override;

 private:
  void Come();
  void Go();
  void Dial(std::size_t gateway);

  Sim& sim_;
  Network& network_;
  const Dialect& dialect_;
  const std::vector<std::string> gateways_;
  const std::string secret_;
  const absl::Duration stay_, away_;
  std::map<std::size_t, SocketPtr> sockets_;  // by Gateway
  std::shared_ptr<bool> wanted_;
  bool stopped_ = false;
  std::uint64_t keys_ = 0;
};

}  // namespace gatewayd::simulation
