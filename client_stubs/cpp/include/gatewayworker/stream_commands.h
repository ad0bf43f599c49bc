/// @file
/// The commands of the API on a worker's stream: said and gone.
#pragma once

#include <optional>
#include <string_view>

#include "gatewayworker/commands.h"

namespace gatewayworker {

/// Each is sent with the acknowledgement of the event whose handler calls it, before it, in the order of the
/// calls; outside of handlers at once. Nothing is waited for and nothing returned: a command that fails comes
/// to Worker::OnCommandError. What has an answer, and what must be known to have run, is a call of
/// Worker::client.
///
/// Safe from any thread. InvalidArgumentError: as gatewayworker::commands. UnavailableError: outside of
/// handlers, while the worker is not attached. Of a handler whose stream has ended they are dropped: its
/// event comes again.
class StreamCommands {
 public:
  StreamCommands() = default;
  StreamCommands(const StreamCommands&) = delete;
  StreamCommands& operator=(const StreamCommands&) = delete;

  /// Sends a message to one client.
  void SendToClient(std::string_view client_id, Message message, const ClientOptions& options = {});
  /// Sends a message to the client of the event at hand.
  void SendToCurrentClient(Message message, const CurrentClientOptions& options = {});
  /// Sends a message to everyone, or to these clients.
  void SendToAll(Message message, const Recipients& to = Everyone(), const ClusterOptions& options = {});
  /// Sends a message to every client bound to one of the uids.
  void SendToUid(const Names& uids, Message message, const ClusterOptions& options = {});
  /// Sends a message to every client in one of the groups.
  void SendToGroup(const Names& groups, Message message, const ClusterOptions& options = {});
  /// Binds a client to a uid.
  void BindUid(std::string_view client_id, std::string_view uid, const ClientOptions& options = {});
  /// Takes a client's uid away.
  void UnbindUid(std::string_view client_id, std::string_view uid = {}, const ClientOptions& options = {});
  /// Puts a client into a group.
  void JoinGroup(std::string_view client_id, std::string_view group, const ClientOptions& options = {});
  /// Takes a client out of a group.
  void LeaveGroup(std::string_view client_id, std::string_view group, const ClientOptions& options = {});
  /// Dissolves a group.
  void Ungroup(std::string_view group, const ClusterOptions& options = {});
  /// Replaces a client's session.
  void SetSession(std::string_view client_id, SessionInput session, const ClientOptions& options = {});
  /// Merges into a client's session.
  void UpdateSession(std::string_view client_id, SessionInput session, const ClientOptions& options = {});
  /// Closes a client once what was sent to it has drained.
  void CloseClient(std::string_view client_id, std::optional<Message> message = {},
                   const ClientOptions& options = {});
  /// Closes the client of the event at hand.
  void CloseCurrentClient(std::optional<Message> message = {}, const CurrentClientOptions& options = {});
  /// Closes a client at once.
  void DestroyClient(std::string_view client_id, const ClientOptions& options = {});
  /// Destroys the client of the event at hand.
  void DestroyCurrentClient(const CurrentClientOptions& options = {});

 protected:
  ~StreamCommands() = default;

 private:
  virtual void Send(Command command) = 0;
};

}  // namespace gatewayworker
