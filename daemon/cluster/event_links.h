// The event link of a Gateway and, where that was given up for another, the one before, which is still read
// to its end. No I/O inside.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "cluster/event_link_machine.h"

namespace gatewayd::cluster {

// Not thread-safe. Connections are numbered over both links.
class EventLinks {
 public:
  static constexpr std::size_t kLinks = 2;
  static constexpr std::size_t kConnections = kLinks * EventLinkMachine::kConnections;

  EventLinks(const wire::Dialect& dialect, const Options& options, AnswerMemory& memory,
             const std::function<std::string()>& new_worker_key, std::uint32_t seed)
      : slots_{Slot{EventLinkMachine(dialect, options, memory, new_worker_key, seed)},
               Slot{EventLinkMachine(dialect, options, memory, new_worker_key, seed + 1)}} {}

  // The link that is in use or to be used; null while both were given up and are still being left.
  EventLinkMachine* current() { return slots_[current_].given_up ? nullptr : &slots_[current_].link; }
  const EventLinkMachine* current() const { return const_cast<EventLinks*>(this)->current(); }

  // Leaves the current link without loss; the other one, once it is free, becomes the current one.
  void GiveUp(absl::Time now) {
    if (current() == nullptr) return;
    slots_[current_].given_up = true;
    slots_[current_].link.Leave(now);
    if (!slots_[1 - current_].given_up) current_ = 1 - current_;
    Reuse();
  }
  // To be called after each step: a link that has been left can be used again, once the current one is given
  // up.
  void Reuse() {
    for (Slot& slot : slots_)
      slot.given_up = slot.given_up && !slot.link.off();
    if (current() == nullptr && !slots_[1 - current_].given_up) current_ = 1 - current_;
  }

  // The link that connection `c` belongs to, and the connection's number there.
  EventLinkMachine& link_of(std::size_t c) { return slots_[c / EventLinkMachine::kConnections].link; }
  const EventLinkMachine& link_of(std::size_t c) const {
    return slots_[c / EventLinkMachine::kConnections].link;
  }
  static std::size_t number_of(std::size_t c) { return c % EventLinkMachine::kConnections; }

  template <typename Visit>
  void ForEach(Visit&& visit) {
    for (Slot& slot : slots_)
      visit(slot.link);
  }
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (const Slot& slot : slots_)
      visit(slot.link);
  }

 private:
  struct Slot {
    EventLinkMachine link;
    bool given_up = false;
  };
  std::array<Slot, kLinks> slots_;
  std::size_t current_ = 0;
};

}  // namespace gatewayd::cluster
