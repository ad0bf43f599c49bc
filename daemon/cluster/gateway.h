// One Gateway of the cluster, to those who call it: commands and queries, from any thread. A thin shell
// around GatewayMachine (which decides) and LinkIo (which carries bytes); one lock a Gateway.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cluster/options.h"
#include "cluster/status_view.h"
#include "wire/client_id.h"
#include "wire/frame.h"

namespace gatewayd::cluster {

class WriteBatch;

// How a command is confirmed.
struct CommandOptions {
  std::string_view generation;  // expected generation; empty: any
  bool require_online = false;  // IS_ONLINE of the same connection directly before it, in one write
  bool confirm_run = false;     // a cheap query directly behind it
};

// How a query travels.
struct QueryOptions {
  std::string_view generation;  // expected generation; empty: any
  // The largest answer that can be right. Not 0: the answer is bounded, and the query shares the command
  // link. 0: unbounded, the query gets a query link to itself (after the barrier, unless `any_consistency`).
  std::size_t bounded_answer_size = 0;
  bool any_consistency = false;
  // When nobody waits any more: a query that still waits for a link then is dropped with DEADLINE_EXCEEDED.
  // Once written, its place is kept and its answer read, whoever waits.
  absl::Time deadline = absl::InfiniteFuture();
};

// Called exactly once, with no lock held, on the thread that knew: the caller's own (before the call returns)
// or the cluster's. It must not block. The view is valid during the call.
using OnAnswer = absl::AnyInvocable<void(absl::StatusOr<std::string_view>)>;
using OnDone = absl::AnyInvocable<void(absl::Status)>;

// Thread-safe. Lives as long as the Gateway is a member of the cluster or somebody holds it.
class Gateway {
 public:
  virtual ~Gateway() = default;

  // "host:port" as the Register lists it: names the Gateway in errors.
  virtual const std::string& address() const = 0;

  // Appends a command to the command link's buffer; `batch` flushes it. OK: accepted for a live link.
  // (DESTROY goes by another link where the command link of a go Gateway is stalled: it may be what frees
  // it.) UNAVAILABLE and RESOURCE_EXHAUSTED: nothing was sent. Frames over kMaxFrameToGateway are refused
  // (RESOURCE_EXHAUSTED, kTooLarge). Borrows `frame` during the call only.
  virtual absl::Status Send(const wire::Frame& frame, std::string_view generation, WriteBatch& batch) = 0;

  // The same, answered as `options` say: OK, it ran (confirm_run) or the client was online directly before it
  // (require_online); NOT_FOUND, kOffline; DEADLINE_EXCEEDED, unknown. Errors before the write as in Send.
  virtual void SendConfirmed(const wire::Frame& frame, const CommandOptions& options, WriteBatch& batch,
                             OnDone done) = 0;

  // Asks. UNAVAILABLE: no answer came (kNoLink, kLinkLost, kTimeout), ask again.
  virtual void Query(const wire::Frame& frame, const QueryOptions& options, WriteBatch& batch,
                     OnAnswer answer) = 0;

  // Writes out what Send and its kin appended. Called by WriteBatch.
  virtual void Flush() = 0;

  // Counts the connections of the command link: commands that were accepted under one number and not answered
  // for may be lost once it is another.
  virtual std::uint64_t command_link_life() const = 0;

  virtual GatewayView view() const = 0;

  // An operator says that the Gateway (go) writes to none of its clients any more, after its command link was
  // lost while it may have: commands are taken again. True where they were refused, or clients were still to
  // be destroyed.
  virtual bool ClearHold() = 0;
};

// The Gateways that a thread has appended to and not yet flushed. Each thread has its own; it flushes when
// its queue of work runs dry, so that many frames share a write. Not thread-safe.
class WriteBatch {
 public:
  WriteBatch() = default;
  WriteBatch(const WriteBatch&) = delete;
  WriteBatch& operator=(const WriteBatch&) = delete;
  ~WriteBatch() { Flush(); }

  // Remembers that `gateway` has bytes to flush; cheap where it is remembered already. Only Gateway calls it.
  void Add(std::shared_ptr<Gateway> gateway);
  void Flush();
  bool empty() const { return gateways_.empty(); }

 private:
  std::vector<std::shared_ptr<Gateway>> gateways_;
};

}  // namespace gatewayd::cluster
