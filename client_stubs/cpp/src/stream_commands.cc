#include "gatewayworker/stream_commands.h"

#include <utility>

namespace gatewayworker {

void StreamCommands::SendToClient(std::string_view client_id, Message message, const ClientOptions& options) {
  Send(commands::SendToClient(client_id, std::move(message), options));
}

void StreamCommands::SendToCurrentClient(Message message, const CurrentClientOptions& options) {
  Send(commands::SendToCurrentClient(std::move(message), options));
}

void StreamCommands::SendToAll(Message message, const Recipients& to, const ClusterOptions& options) {
  Send(commands::SendToAll(std::move(message), to, options));
}

void StreamCommands::SendToUid(const Names& uids, Message message, const ClusterOptions& options) {
  Send(commands::SendToUid(uids, std::move(message), options));
}

void StreamCommands::SendToGroup(const Names& groups, Message message, const ClusterOptions& options) {
  Send(commands::SendToGroup(groups, std::move(message), options));
}

void StreamCommands::BindUid(std::string_view client_id, std::string_view uid, const ClientOptions& options) {
  Send(commands::BindUid(client_id, uid, options));
}

void StreamCommands::UnbindUid(std::string_view client_id, std::string_view uid,
                               const ClientOptions& options) {
  Send(commands::UnbindUid(client_id, uid, options));
}

void StreamCommands::JoinGroup(std::string_view client_id, std::string_view group,
                               const ClientOptions& options) {
  Send(commands::JoinGroup(client_id, group, options));
}

void StreamCommands::LeaveGroup(std::string_view client_id, std::string_view group,
                                const ClientOptions& options) {
  Send(commands::LeaveGroup(client_id, group, options));
}

void StreamCommands::Ungroup(std::string_view group, const ClusterOptions& options) {
  Send(commands::Ungroup(group, options));
}

void StreamCommands::SetSession(std::string_view client_id, SessionInput session,
                                const ClientOptions& options) {
  Send(commands::SetSession(client_id, std::move(session), options));
}

void StreamCommands::UpdateSession(std::string_view client_id, SessionInput session,
                                   const ClientOptions& options) {
  Send(commands::UpdateSession(client_id, std::move(session), options));
}

void StreamCommands::CloseClient(std::string_view client_id, std::optional<Message> message,
                                 const ClientOptions& options) {
  Send(commands::CloseClient(client_id, std::move(message), options));
}

void StreamCommands::CloseCurrentClient(std::optional<Message> message, const CurrentClientOptions& options) {
  Send(commands::CloseCurrentClient(std::move(message), options));
}

void StreamCommands::DestroyClient(std::string_view client_id, const ClientOptions& options) {
  Send(commands::DestroyClient(client_id, options));
}

void StreamCommands::DestroyCurrentClient(const CurrentClientOptions& options) {
  Send(commands::DestroyCurrentClient(options));
}

}  // namespace gatewayworker
