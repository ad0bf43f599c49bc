#include "gatewayworker/commands.h"

#include <utility>

#include "text.h"

namespace gatewayworker::commands {

using internal::FillTexts;
using internal::Text;

namespace {

void FillMessage(Message message, v1::Message& out) {
  out.set_data(std::move(message.data));
  if (message.raw) out.set_raw(true);
  if (message.websocket_binary) out.set_websocket_binary(true);
}

template <typename Options, typename Request>
void FillClientOptions(const Options& options, Request& out) {
  if (!options.generation.empty()) out.set_generation(Text("generation", options.generation));
  if (options.confirm) out.set_confirm(v1::CONFIRM_RUN);
  if (options.require_online) out.set_require_online(true);
}

template <typename Request>
void FillClient(std::string_view client_id, const ClientOptions& options, Request& out) {
  out.set_client_id(Text("client_id", client_id));
  FillClientOptions(options, out);
}

template <typename Request>
void FillCurrentClient(const CurrentClientOptions& options, Request& out) {
  if (!options.client_id.empty()) out.set_client_id(Text("client_id", options.client_id));
  FillClientOptions(options, out);
}

template <typename Request>
void FillConfirm(const ClusterOptions& options, Request& out) {
  if (options.confirm) out.set_confirm(v1::CONFIRM_RUN);
}

}  // namespace

Command SendToClient(std::string_view client_id, Message message, const ClientOptions& options) {
  Command command;
  auto& request = *command.mutable_send_to_client();
  FillClient(client_id, options, request);
  FillMessage(std::move(message), *request.mutable_message());
  return command;
}

Command SendToCurrentClient(Message message, const CurrentClientOptions& options) {
  Command command;
  auto& request = *command.mutable_send_to_current_client();
  FillCurrentClient(options, request);
  FillMessage(std::move(message), *request.mutable_message());
  return command;
}

Command SendToAll(Message message, const Recipients& to, const ClusterOptions& options) {
  Command command;
  auto& request = *command.mutable_send_to_all();
  FillMessage(std::move(message), *request.mutable_message());
  if (to.client_ids()) {
    FillTexts("targets", *to.client_ids(), *request.mutable_targets()->mutable_client_ids());
  }
  FillTexts("exclude_client_ids", options.exclude, *request.mutable_exclude_client_ids());
  FillConfirm(options, request);
  return command;
}

Command SendToUid(const Names& uids, Message message, const ClusterOptions& options) {
  Command command;
  auto& request = *command.mutable_send_to_uid();
  FillTexts("uids", uids.list(), *request.mutable_uids());
  FillMessage(std::move(message), *request.mutable_message());
  FillConfirm(options, request);
  return command;
}

Command SendToGroup(const Names& groups, Message message, const ClusterOptions& options) {
  Command command;
  auto& request = *command.mutable_send_to_group();
  FillTexts("groups", groups.list(), *request.mutable_groups());
  FillMessage(std::move(message), *request.mutable_message());
  FillTexts("exclude_client_ids", options.exclude, *request.mutable_exclude_client_ids());
  FillConfirm(options, request);
  return command;
}

Command BindUid(std::string_view client_id, std::string_view uid, const ClientOptions& options) {
  Command command;
  auto& request = *command.mutable_bind_uid();
  FillClient(client_id, options, request);
  request.set_uid(Text("uid", uid));
  return command;
}

Command UnbindUid(std::string_view client_id, std::string_view uid, const ClientOptions& options) {
  Command command;
  auto& request = *command.mutable_unbind_uid();
  FillClient(client_id, options, request);
  request.set_uid(Text("uid", uid));
  return command;
}

Command JoinGroup(std::string_view client_id, std::string_view group, const ClientOptions& options) {
  Command command;
  auto& request = *command.mutable_join_group();
  FillClient(client_id, options, request);
  request.set_group(Text("group", group));
  return command;
}

Command LeaveGroup(std::string_view client_id, std::string_view group, const ClientOptions& options) {
  Command command;
  auto& request = *command.mutable_leave_group();
  FillClient(client_id, options, request);
  request.set_group(Text("group", group));
  return command;
}

Command Ungroup(std::string_view group, const ClusterOptions& options) {
  Command command;
  auto& request = *command.mutable_ungroup();
  request.set_group(Text("group", group));
  FillConfirm(options, request);
  return command;
}

Command SetSession(std::string_view client_id, SessionInput session, const ClientOptions& options) {
  Command command;
  auto& request = *command.mutable_set_session();
  FillClient(client_id, options, request);
  *request.mutable_session() = std::move(session).Take();
  return command;
}

Command UpdateSession(std::string_view client_id, SessionInput session, const ClientOptions& options) {
  Command command;
  auto& request = *command.mutable_update_session();
  FillClient(client_id, options, request);
  *request.mutable_session() = std::move(session).Take();
  return command;
}

Command CloseClient(std::string_view client_id, std::optional<Message> message,
                    const ClientOptions& options) {
  Command command;
  auto& request = *command.mutable_close_client();
  FillClient(client_id, options, request);
  if (message) FillMessage(*std::move(message), *request.mutable_message());
  return command;
}

Command CloseCurrentClient(std::optional<Message> message, const CurrentClientOptions& options) {
  Command command;
  auto& request = *command.mutable_close_current_client();
  FillCurrentClient(options, request);
  if (message) FillMessage(*std::move(message), *request.mutable_message());
  return command;
}

Command DestroyClient(std::string_view client_id, const ClientOptions& options) {
  Command command;
  FillClient(client_id, options, *command.mutable_destroy_client());
  return command;
}

Command DestroyCurrentClient(const CurrentClientOptions& options) {
  Command command;
  FillCurrentClient(options, *command.mutable_destroy_current_client());
  return command;
}

}  // namespace gatewayworker::commands
