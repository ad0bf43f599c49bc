// Who in a simulated Go Gateway writes to which client at this moment. Each link has one handler, which
// writes what its frame says to one client after the other, and stands still at a client that does not read;
// that its link is gone does not end a write. Two handlers that write to one client at one time end the
// process: that is the part of promise 9 which is checked here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "simulation/sim.h"

namespace gatewayd::simulation {

// Of one process of a Gateway; ends with it.
class ClientWrites : public std::enable_shared_from_this<ClientWrites> {
 public:
  using Link = std::uint64_t;
  struct Gateway {
    std::function<bool(std::uint32_t client)> is_there;
    std::function<void(std::uint32_t client)> kicked;  // the last message of a KICK is written
    std::function<void(Link link)> rested;             // that handler has no write left: it reads on
    // A second writer beside that link is no fault of the daemon. Two links were lost at one moment, and it
    // was one of them: that is taken for the end of the process (docs/decisions/012). Or a false answer came
    // on it, which was taken for the one that was due: that what stands before it has run.
    std::function<bool(Link link)> no_fault;
  };

  ClientWrites(Sim& sim, Gateway gateway) : sim_(sim), gateway_(std::move(gateway)) {}

  // A frame of that link says so. `kick`: they are closed behind it.
  void Add(Link link, const std::vector<std::uint32_t>& clients, std::size_t size, bool kick);
  bool Busy(Link link) const { return handlers_.contains(link); }
  // Since when that handler stands still at a client; InfiniteFuture where it does not.
  absl::Time HeldSince(Link link) const;
  // The client is closed: who was writing to it goes on with the next one.
  void OnGone(std::uint32_t client);

  void StopReading(std::uint32_t client);
  void ReadAll();
  // A process that is frozen begins no write.
  void Freeze() { frozen_ = true; }
  void Thaw();

  std::uint64_t writes() const { return writes_; }
  std::uint64_t held_up() const { return held_up_; }  // writes that a client stopped

 private:
  struct Write {
    std::uint32_t client = 0;
    std::size_t size = 0;
    bool kick = false;
  };
  struct Client {
    bool reads = true;
    std::size_t unread = 0;
    Link writer = 0;       // the handler that is writing to it; connection ids start at 1
    std::size_t size = 0;  // of what it writes
    absl::Time since;      // when that began
  };

  void Next(Link link);
  void Finish(Link link, std::uint32_t client);
  void NextSoon(Link link);
  static bool Full(const Client& client);

  Sim& sim_;
  const Gateway gateway_;
  bool frozen_ = false;
  std::map<Link, std::deque<Write>> handlers_;  // still to be written, the one under way included
  std::map<std::uint32_t, Client> clients_;     // that were written to, or do not read
  std::uint64_t writes_ = 0;
  std::uint64_t held_up_ = 0;
};

}  // namespace gatewayd::simulation
