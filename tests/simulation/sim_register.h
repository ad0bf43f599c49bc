// How a go Register lists the Gateways: in one list, or in two of which one is right for the daemon.
enum class GoLists { kOne, kSdk, kWorker };

// A Register of a simulated world: knows the Gateways that told it so, and says the list to everyone who is
// connected at every change. It can be lost and born again knowing nobody, and it can say nonsense.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/dialect.h"
#include "simulation/model.h"
#include "simulation/network.h"
#include "wire/register_line.h"

namespace gatewayd::simulation {

class SimRegister : public Acceptor, public SocketEvents {
 public:
  SimRegister(Sim& sim, Network& network, Model& model, const Dialect& dialect, GoLists lists, int index,
              std::string address, std::string secret);

  void Start();
  void Kill(bool silently);
  bool running() const { return running_; }
  const std::string& address() const { return address_; }
  void set_secret(std::string secret) { secret_ = std::move(secret); }

  // A Gateway told that it is there, or its connection to this Register is gone.
  void Set(const std::string& gateway, bool there);
  bool Knows(const std::string& gateway) const { return known_.contains(gateway); }
  // go: how often its dashboard was told what a worker has done.
  std::uint64_t stats() const { return stats_; }
  // Faults: a list that is true but oddly written; one that is empty; a line that is none; the connections
  // end.
  void SayOddly();
  void SayNobody();
  void SayRubbish();
  void CutAll();
  // Says the list again: what follows nonsense.
  void Broadcast();

  // ---- Acceptor, SocketEvents
  void OnAccept(SocketPtr socket) override;
  void OnInput(Socket& socket, std::string_view bytes) override;
  void OnWritable(Socket& socket) override;
  void OnClosed(Socket& socket, bool orderly, const std::string& error) override;

 private:
  struct Link {
    SocketPtr socket;
    std::string in, out;
    bool worker = false;
    std::uint64_t said = 0;  // bytes
    std::string name;        // go: of the worker
    std::uint64_t processed = 0;
  };

  void Say(Link& link, const std::string& line, bool list, const std::set<std::string>& gateways);
  void SayToAll(const std::string& line, bool list, const std::set<std::string>& gateways);
  std::string Line(const std::set<std::string>& gateways) const;
  std::string GoJson(const std::vector<std::string>& gateways) const;
  std::string Encode(const std::string& json) const;
  void Hear(Link& link, const wire::RegisterMessage& message);

  Sim& sim_;
  Network& network_;
  Model& model_;
  const Dialect& dialect_;
  const GoLists lists_;
  const int index_;
  const std::string address_;
  std::string secret_;
  bool running_ = false;
  std::set<std::string> known_;
  std::map<std::uint64_t, Link> links_;
  std::uint64_t stats_ = 0;
};

}  // namespace gatewayd::simulation
