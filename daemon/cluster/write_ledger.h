// The commands on one connection that write to clients and are not known to have run: who may be written to
// by a go Gateway at this moment, and whom a second link must therefore not write to. No I/O inside.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "wire/command.h"
#include "wire/frame.h"

namespace gatewayd::cluster {

// True for the commands that make a Gateway write to clients.
bool WritesToClients(wire::Command command);

// What must be done before the clients of a go Gateway may be written to again.
struct WriteHold {
  std::vector<std::uint32_t> destroy;  // connections that must be destroyed first, each once, ascending
  bool fan_out = false;                // any client may be being written to: only an operator can tell

  bool empty() const { return destroy.empty() && !fan_out; }
  friend bool operator==(const WriteHold&, const WriteHold&) = default;
};

// Not thread-safe. Offsets are of the connection's outbound bytes.
class WriteLedger {
 public:
  // A command was appended; it ends at `end`. Those that write to no client are passed over.
  void Add(const wire::Frame& frame, std::uint64_t end);
  // All that ends at or before `offset` has run.
  void RanUpTo(std::uint64_t offset);
  bool empty() const { return entries_.empty(); }
  // The client of the oldest, or nullopt where that is a command to many; not on an empty ledger.
  std::optional<std::uint32_t> first() const {
    const Entry& entry = entries_.front();
    return entry.fan_out ? std::nullopt : std::optional(entry.connection_id);
  }

  // Takes all out, when the connection is gone: what it leaves behind, where its first `written` bytes had
  // left the daemon.
  WriteHold Take(std::uint64_t written);

 private:
  struct Entry {
    std::uint64_t end;
    std::uint32_t connection_id;
    bool fan_out;  // to many, whoever they are
  };
  std::deque<Entry> entries_;
};

}  // namespace gatewayd::cluster
