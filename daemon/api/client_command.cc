#include "api/client_command.h"

#include "api/error.h"
#include "api/send_ledger.h"
#include "cluster/errors.h"
#include "events/hub.h"

namespace gatewayd::api {

absl::StatusOr<wire::ClientId> ResolveClient(ClientCommand& command, const CurrentClient& current) {
  if (absl::Status status = CheckConfirm(command.confirm); !status.ok()) return status;
  if (!command.current || !command.client_id.empty()) {
    absl::StatusOr<wire::ClientId> id = CheckClientId("client_id", command.client_id);
    const bool same = current.id ? id.ok() && *id == *current.id : command.client_id == current.client_id;
    // What answers an event is for the client of that event, and for no later one of the same id.
    if (same && command.generation.empty()) command.generation = current.generation;
    return id;
  }
  if (!current.id && current.client_id.empty()) {
    return FieldError("client_id",
                      "is empty, and the call answers no event: metadata gateway-client-id names none");
  }
  if (command.generation.empty()) command.generation = current.generation;
  if (current.id) return *current.id;
  return CheckClientId("client_id", current.client_id);
}

bool SendToClientsGateway(const ClientCommand& command, const wire::ClientId& id, const wire::Frame& frame,
                          const Context& context, CommandResult* result, CommandWaiter* waiter) {
  result->status = CheckFrameSize(frame.ext.size(), frame.body.size());
  if (!result->status.ok()) return true;
  const absl::StatusOr<cluster::Gateway*> gateway = context.view.Find(id.gateway);
  if (!gateway.ok()) {
    result->status = gateway.status();
    return true;
  }
  if ((frame.flag & wire::kFlagRaw) != 0 && context.hub != nullptr && context.hub->IsBeforeHandshake(id)) {
    result->status = absl::FailedPreconditionError(
        "the client has not finished its WebSocket handshake: raw bytes would break it");
    return true;
  }
  // A Go Gateway that merges into anything but an object ends with all its clients.
  if (frame.command == wire::Command::kUpdateSession && context.dialect.kind() == wire::DialectKind::kGo &&
      context.hub != nullptr && context.hub->HasSessionThatIsNoObject(id)) {
    result->status =
        FieldError("session",
                   "the client's stored session is no JSON object, and nothing can be merged into "
                   "it: write a whole one with SetSession");
    return true;
  }
  if (context.ledger != nullptr) {
    result->status = context.ledger->Check(**gateway);
    if (!result->status.ok()) return true;
    context.ledger->Touch(**gateway);
  }
  const bool confirm_run = command.confirm == pb::CONFIRM_RUN;
  if (!confirm_run && !command.require_online) {
    result->status = (*gateway)->Send(frame, command.generation, context.batch);
    if (context.ledger != nullptr) context.ledger->Note(**gateway, result->status);
    return true;
  }
  (*gateway)->SendConfirmed(frame,
                            {.generation = command.generation,
                             .require_online = command.require_online,
                             .confirm_run = confirm_run},
                            context.batch, [result, waiter](absl::Status status) {
                              result->status = std::move(status);
                              waiter->Done(result);
                            });
  return false;
}

void RunPlainSend(const CommandEntry& entry, const Context& context, CommandResult* result) {
  const auto build = [&entry](ClientFrame& frame) {
    frame.frame.body = entry.data;
    return absl::OkStatus();
  };
  SendBuilt({.client_id = entry.client_id, .current = entry.current}, wire::Command::kSendToOne, build,
            context, result, nullptr);
}

}  // namespace gatewayd::api
