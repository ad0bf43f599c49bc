#include "cluster/write_ledger.h"

#include <algorithm>

namespace gatewayd::cluster {
namespace {

bool IsFanOut(wire::Command command) {
  return command == wire::Command::kSendToAll || command == wire::Command::kSendToUid ||
         command == wire::Command::kSendToGroup;
}

}  // namespace

bool WritesToClients(wire::Command command) {
  return IsFanOut(command) || command == wire::Command::kSendToOne || command == wire::Command::kKick;
}

void WriteLedger::Add(const wire::Frame& frame, std::uint64_t end) {
  if (!WritesToClients(frame.command)) return;
  entries_.push_back({.end = end, .connection_id = frame.connection_id, .fan_out = IsFanOut(frame.command)});
}

void WriteLedger::RanUpTo(std::uint64_t offset) {
  while (!entries_.empty() && entries_.front().end <= offset)
    entries_.pop_front();
}

// A command that had not wholly left the daemon can never run.
WriteHold WriteLedger::Take(std::uint64_t written) {
  WriteHold hold;
  for (const Entry& entry : entries_) {
    if (entry.end > written) break;
    if (entry.fan_out) {
      hold.fan_out = true;
    } else {
      hold.destroy.push_back(entry.connection_id);
    }
  }
  entries_.clear();
  std::sort(hold.destroy.begin(), hold.destroy.end());
  hold.destroy.erase(std::unique(hold.destroy.begin(), hold.destroy.end()), hold.destroy.end());
  return hold;
}

}  // namespace gatewayd::cluster
