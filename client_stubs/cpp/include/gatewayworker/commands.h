/// @file
/// The commands of the API, as values: what Client::Execute takes many of at once.
#pragma once

#include <chrono>
#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gatewayworker/message.h"
#include "gatewayworker/session.h"
#include "gatewayworker/v1/gateway_service.pb.h"

namespace gatewayworker {

/// One command: made by the functions of gatewayworker::commands, run by Client::Execute.
using Command = v1::Command;

/// What a command to one client may ask for.
struct ClientOptions {
  /// The generation of the client's Gateway that is expected, as an event gave it: NOT_FOUND where it is
  /// over. Empty: whichever is there.
  std::string generation;
  /// Answer when the Gateway has run it, and not when it stands in the link's buffer.
  bool confirm = false;
  /// NOT_FOUND where the client is gone; without it that is no error, and nothing happens.
  bool require_online = false;
  /// Of a call of Client, where it is not the client's own; a command on the stream or in a list has none.
  std::optional<std::chrono::milliseconds> timeout;
};

/// What a command to the client of the event at hand may ask for, beside ClientOptions.
struct CurrentClientOptions {
  /// Another client than the one of the event at hand. Empty: that one.
  std::string client_id;
  std::string generation;
  bool confirm = false;
  bool require_online = false;
  std::optional<std::chrono::milliseconds> timeout;
};

/// What a command to many clients may ask for.
struct ClusterOptions {
  /// Clients that do not get it (SendToAll, SendToGroup).
  std::vector<std::string> exclude;
  /// Answer when each Gateway has run it.
  bool confirm = false;
  std::optional<std::chrono::milliseconds> timeout;
};

/// Whom SendToAll means: everyone, or these clients; an empty list is nobody.
class Recipients {
 public:
  static Recipients Everyone() { return Recipients(std::optional<std::vector<std::string>>()); }
  Recipients(std::vector<std::string> client_ids)  // NOLINT(google-explicit-constructor)
      : client_ids_(std::move(client_ids)) {}
  Recipients(std::initializer_list<std::string> client_ids) : client_ids_(std::in_place, client_ids) {}

  /// Nothing: everyone.
  [[nodiscard]] const std::optional<std::vector<std::string>>& client_ids() const noexcept {
    return client_ids_;
  }

 private:
  explicit Recipients(std::optional<std::vector<std::string>> client_ids)
      : client_ids_(std::move(client_ids)) {}

  std::optional<std::vector<std::string>> client_ids_;
};
/// Every client of the cluster.
inline Recipients Everyone() {
  return Recipients::Everyone();
}

/// One name or many: uids or groups.
class Names {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  template <std::convertible_to<std::string_view> Text>
  Names(const Text& name) : names_{std::string(std::string_view(name))} {}
  Names(std::vector<std::string> names) : names_(std::move(names)) {}
  // NOLINTEND(google-explicit-constructor)
  Names(std::initializer_list<std::string> names) : names_(names) {}

  [[nodiscard]] const std::vector<std::string>& list() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
};

/// Each makes a command; nothing is sent. InvalidArgumentError: an id or a name is not UTF-8.
namespace commands {

/// Sends a message to one client.
Command SendToClient(std::string_view client_id, Message message, const ClientOptions& options = {});
/// Sends a message to the client of the event at hand.
Command SendToCurrentClient(Message message, const CurrentClientOptions& options = {});
/// Sends a message to everyone, or to these clients.
Command SendToAll(Message message, const Recipients& to = Everyone(), const ClusterOptions& options = {});
/// Sends a message to every client bound to one of the uids.
Command SendToUid(const Names& uids, Message message, const ClusterOptions& options = {});
/// Sends a message to every client in one of the groups.
Command SendToGroup(const Names& groups, Message message, const ClusterOptions& options = {});
/// Binds a client to a uid, in place of its former one.
Command BindUid(std::string_view client_id, std::string_view uid, const ClientOptions& options = {});
/// Takes a client's uid away, whichever it is.
Command UnbindUid(std::string_view client_id, std::string_view uid = {}, const ClientOptions& options = {});
/// Puts a client into a group.
Command JoinGroup(std::string_view client_id, std::string_view group, const ClientOptions& options = {});
/// Takes a client out of a group.
Command LeaveGroup(std::string_view client_id, std::string_view group, const ClientOptions& options = {});
/// Dissolves a group: every client leaves it.
Command Ungroup(std::string_view group, const ClusterOptions& options = {});
/// Replaces a client's session.
Command SetSession(std::string_view client_id, SessionInput session, const ClientOptions& options = {});
/// Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
Command UpdateSession(std::string_view client_id, SessionInput session, const ClientOptions& options = {});
/// Closes a client once what was sent to it has drained, `message` at last.
Command CloseClient(std::string_view client_id, std::optional<Message> message = {},
                    const ClientOptions& options = {});
/// Closes the client of the event at hand.
Command CloseCurrentClient(std::optional<Message> message = {}, const CurrentClientOptions& options = {});
/// Closes a client at once and drops what was not yet sent to it.
Command DestroyClient(std::string_view client_id, const ClientOptions& options = {});
/// Destroys the client of the event at hand.
Command DestroyCurrentClient(const CurrentClientOptions& options = {});

}  // namespace commands

}  // namespace gatewayworker
