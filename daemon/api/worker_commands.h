// The commands on a worker's stream: run in order, the failures told to the stream, syncs answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "api/call.h"
#include "api/send_ledger.h"
#include "api/worker_request.h"
#include "events/worker.h"
#include "gatewayworker/v1/worker_service.pb.h"

namespace gatewayd::api {

// Who hears what came of commands and syncs. Thread-safe; called with no lock held.
class CommandListener {
 public:
  virtual ~CommandListener() = default;
  virtual void OnCommandError(pb::CommandError error) = 0;
  virtual void OnSynced(pb::Synced synced) = 0;
};

// Not thread-safe: one request after the other. What is still under way when it goes keeps the listener.
class WorkerCommands {
 public:
  // Commands that wait for a Gateway (`confirm`, `require_online`), for one stream: more are refused.
  static constexpr std::size_t kMaxWaiting = 10'000;

  WorkerCommands(Core& core, std::weak_ptr<CommandListener> listener);
  ~WorkerCommands();

  // The commands of one request, for the worker `id`.
  void Run(events::WorkerId id, std::span<const NumberedEntry> commands, cluster::WriteBatch& batch);
  // Answered through the listener once every Gateway that was sent something since the last sync has run it.
  void Sync(const pb::Sync& sync, cluster::WriteBatch& batch);

 private:
  class Waiting;
  void RunOne(const NumberedEntry& entry, const std::optional<events::DeliveredClient>& current,
              const std::shared_ptr<const cluster::View>& view, cluster::WriteBatch& batch);

  Core& core_;
  const std::weak_ptr<CommandListener> listener_;
  const std::shared_ptr<std::atomic<std::size_t>> waiting_count_;
  SendLedger ledger_;
  // Of the request at hand: the events that its commands answer, and whose they are.
  std::vector<std::uint64_t> deliveries_;
  std::vector<std::optional<events::DeliveredClient>> clients_;
  std::unique_ptr<Waiting> spare_;  // the next waiter, used again while commands are answered at once
};

}  // namespace gatewayd::api
