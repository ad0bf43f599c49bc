#include "simulation/other_worker.h"

#include <utility>

#include "wire/frame.h"
#include "wire/requests.h"

namespace gatewayd::simulation {

OtherWorker::OtherWorker(Sim& sim, Network& network, const Dialect& dialect,
                         std::vector<std::string> gateways, std::string secret, absl::Duration stay,
                         absl::Duration away)
    : sim_(sim),
      network_(network),
      dialect_(dialect),
      gateways_(std::move(gateways)),
      secret_(std::move(secret)),
      stay_(stay),
      away_(away) {}

void OtherWorker::Start() {
  sim_.After(sim_.random.Around(away_), [this] { Come(); });
}

void OtherWorker::Stop() {
  stopped_ = true;
  Go();
}

void OtherWorker::Come() {
  if (stopped_) return;
  sim_.Trace("other     another worker comes");
  wanted_ = std::make_shared<bool>(true);
  for (std::size_t i = 0; i < gateways_.size(); ++i)
    Dial(i);
  sim_.After(sim_.random.Around(stay_), [this] {
    if (stopped_) return;
    Go();
    Start();
  });
}

void OtherWorker::Go() {
  if (wanted_) *wanted_ = false;
  for (auto& [gateway, socket] : std::exchange(sockets_, {}))
    socket->Close();
}

void OtherWorker::Dial(std::size_t gateway) {
  network_.Dial(
      gateways_[gateway], wanted_, [this, gateway, wanted = wanted_](SocketPtr socket, const std::string&) {
        if (!socket) {
          sim_.After(absl::Seconds(1), [this, gateway, wanted] {
            if (*wanted) Dial(gateway);
          });
          return;
        }
        socket->facts().other_worker = true;
        socket->set_events(this);
        const std::string body = wire::WorkerConnectBody(cluster::StrCat("other:", keys_++), secret_);
        std::string hello;
        dialect_.wire().NewPacketCodec(secret_)->AppendFrame(
            {.command = wire::Command::kWorkerConnect, .body = body}, hello);
        socket->Write(hello);
        sockets_[gateway] = std::move(socket);
      });
}

void OtherWorker::OnClosed(Socket& closed, bool, const std::string&) {
  for (const auto& [gateway, socket] : sockets_) {
    if (socket.get() != &closed) continue;
    const SocketPtr keep = socket;
    const std::size_t number = gateway;
    sockets_.erase(number);
    keep->Close();
    sim_.After(absl::Seconds(1), [this, number, wanted = wanted_] {
      if (*wanted) Dial(number);
    });
    return;
  }
}

}  // namespace gatewayd::simulation
