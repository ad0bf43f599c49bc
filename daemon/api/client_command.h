// Executor of the commands to one client. A row of this family is a struct F with
//   kInfo, kTake                       as every row (functions.h)
//   kField, kGet                       which of Command's fields it is, and its getter
//   Build(request, context, frame)     fills flag, ext and body of the frame, or says that nothing is to be
//   sent
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "api/call.h"
#include "api/checks.h"
#include "api/command_parts.h"
#include "api/commands.h"
#include "api/context.h"
#include "api/functions.h"
#include "api/read_in_place.h"
#include "wire/frame.h"

namespace gatewayd::api {

// What Build fills in, for one send. `frame` views the request and `storage`: it stays where it is, and goes
// before the request does.
struct ClientFrame {
  wire::Frame frame;
  std::string storage;   // what ext or body point into, where it is not the request
  bool nothing = false;  // OK without a frame
};

// What all requests of the family have in common.
struct ClientCommand {
  std::string_view client_id;
  std::string_view generation;
  pb::Confirm confirm = pb::CONFIRM_UNSPECIFIED;
  bool require_online = false;
  bool current = false;  // no client_id: the client of the event at hand
};

template <typename Request>
ClientCommand CommonOf(const Request& request, Target target) {
  return {.client_id = request.client_id(),
          .generation = request.generation(),
          .confirm = request.confirm(),
          .require_online = request.require_online(),
          .current = target == Target::kCurrentClient};
}

// Fills in the client of the event, checks, and gives the id.
absl::StatusOr<wire::ClientId> ResolveClient(ClientCommand& command, const CurrentClient& current);

// Routes and sends. As RunCommand: true where it is answered.
bool SendToClientsGateway(const ClientCommand& command, const wire::ClientId& id, const wire::Frame& frame,
                          const Context& context, CommandResult* result, CommandWaiter* waiter);

// Sends the frame that `build(ClientFrame&)` fills in.
template <typename BuildFrame>
bool SendBuilt(ClientCommand command, wire::Command frame_command, BuildFrame build, const Context& context,
               CommandResult* result, CommandWaiter* waiter) {
  const absl::StatusOr<wire::ClientId> id = ResolveClient(command, context.current);
  if (!id.ok()) {
    result->status = id.status();
    return true;
  }
  ClientFrame frame;
  frame.frame.command = frame_command;
  frame.frame.connection_id = id->connection_id;
  result->status = build(frame);
  if (!result->status.ok() || frame.nothing) return true;
  return SendToClientsGateway(command, *id, frame.frame, context, result, waiter);
}

template <typename F, typename Request>
bool RunClientCommand(const Request& request, const Context& context, CommandResult* result,
                      CommandWaiter* waiter) {
  return SendBuilt(
      CommonOf(request, F::kInfo.target), F::kInfo.commands[0],
      [&](ClientFrame& frame) { return F::Build(request, context, frame); }, context, result, waiter);
}

// Runs a command that was read in place. It is answered when this returns.
void RunPlainSend(const CommandEntry& entry, const Context& context, CommandResult* result);

// A unary call that waits for its command.
template <typename Request, typename Response>
class WaitingCall final : public CommandWaiter {
 public:
  explicit WaitingCall(Call<Request, Response> call) : call_(std::move(call)) {}

  CommandResult result;

  const Call<Request, Response>& call() const { return call_; }
  void Done(CommandResult* /*result*/) override {
    if constexpr (requires(Response & r) { r.mutable_delivery(); }) {
      if (result.delivery != nullptr) *call_.response().mutable_delivery() = std::move(*result.delivery);
    }
    call_.Finish(result.status);
    delete this;
  }

 private:
  Call<Request, Response> call_;
};

template <typename Request, typename Response>
Context ContextOf(const Call<Request, Response>& call, cluster::WriteBatch& batch) {
  return {.dialect = call.core().dialect(), .view = call.view(), .batch = batch, .hub = &call.core().hub()};
}

template <typename Request, typename Response>
CurrentClient CurrentOf(const Call<Request, Response>& call) {
  return {.client_id = call.metadata(kCurrentClientKey), .generation = call.metadata(kCurrentGenerationKey)};
}

// The unary call of a command to one client. The plain form, which is answered at once, allocates nothing.
template <typename F, typename Request, typename Response>
void HandleClientCommand(Call<Request, Response> call, cluster::WriteBatch& batch) {
  Context context = ContextOf(call, batch);
  if constexpr (F::kInfo.target == Target::kCurrentClient) context.current = CurrentOf(call);
  const Request& request = call.request();
  if (request.confirm() <= pb::CONFIRM_ACCEPTED && !request.require_online()) {
    CommandResult result;
    RunClientCommand<F>(request, context, &result, nullptr);
    return call.Finish(result.status);
  }
  auto* waiting = new WaitingCall<Request, Response>(std::move(call));
  if (RunClientCommand<F>(request, context, &waiting->result, waiting)) waiting->Done(&waiting->result);
}

template <typename F>
constexpr Row ClientCommandRow() {
  return {.info = &F::kInfo,
          .serve = &ServeUnary<GatewayRpcs, F, &HandleClientCommand<F, RequestOf<F>, ResponseOf<F>>>,
          .field = F::kField,
          .run = [](const CommandCall& call) {
            return RunClientCommand<F>((call.command.*F::kGet)(), call.context, call.result, call.waiter);
          }};
}

}  // namespace gatewayd::api
