// Commands: what changes something and returns nothing. Run for a unary call, for each entry of Execute, and
// for each command on a worker's stream, by the same code.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "api/context.h"
#include "api/read_in_place.h"
#include "gatewayworker/v1/gateway_service.pb.h"

namespace gatewayd::api {

// What came of one command. Of who asked for it, and not to be read before the command is answered.
struct CommandResult {
  absl::Status status;
  // How far a command to many clients came; null for one client, and where nothing was to be sent.
  std::unique_ptr<gatewayworker::v1::Delivery> delivery;
};

// Who waits for commands that are answered later.
class CommandWaiter {
 public:
  // `result` is filled. Called once for each command that was not answered at once, on any thread, with no
  // lock held.
  virtual void Done(CommandResult* result) = 0;

 protected:
  ~CommandWaiter() = default;
};

// One command that is to be run. Context, result and waiter are the caller's; `result` and `waiter` must live
// until the command is answered, and so must the view.
struct CommandCall {
  const gatewayworker::v1::Command& command;
  const Context& context;
  CommandResult* result;
  CommandWaiter* waiter;
};

// Runs a command: its frames stand in the buffers of their Gateways when this returns, so that commands run
// one after the other reach a Gateway in that order. True: it is answered, `result` is filled (always so
// without `confirm` and `require_online`). False: waiter->Done is called, perhaps before this returns.
bool RunCommand(const CommandCall& call);

// The same of an entry of a request that was read in place.
bool RunEntry(const CommandEntry& entry, const Context& context, CommandResult* result,
              CommandWaiter* waiter);

}  // namespace gatewayd::api
