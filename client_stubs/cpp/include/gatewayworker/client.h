/// @file
/// The Gateway API: every call of GatewayService.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gatewayworker/commands.h"
#include "gatewayworker/connection.h"
#include "gatewayworker/error.h"
#include "gatewayworker/session.h"

namespace gatewayworker {

namespace internal {
class Caller;
}

/// A Gateway that did not take a command, or did not answer a query: `gateway()` and `reason()`.
using GatewayFailure = v1::GatewayFailure;
/// How far a command to many clients came: `gateways()`, how many took it, and `unreachable()`, those that
/// did not.
using Delivery = v1::Delivery;

/// How a Client reaches its daemon.
struct ClientConfig {
  /// `host:port` or `unix:/path`. Empty: GATEWAYD_ADDRESS, else kDefaultAddress.
  std::string address;
  /// Of each call that names none. Nothing: no limit.
  std::optional<std::chrono::milliseconds> timeout = std::chrono::seconds(10);
  std::optional<Tls> tls;
  Token token;
  /// The largest answer; at least kDefaultMaxMessageBytes.
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;
  /// One that is there already; `address`, `tls` and `max_message_bytes` are not looked at then.
  std::shared_ptr<grpc::Channel> channel;
};

/// What a query about one client may ask for.
struct ClientQuery {
  /// The generation of the client's Gateway that is expected: NotFoundError where it is over. Empty: any.
  std::string generation;
  /// Take what the Gateway answers first, even if it has not run earlier commands yet.
  bool any_consistency = false;
  std::optional<std::chrono::milliseconds> timeout;
};

/// What a query to every Gateway may ask for.
struct ClusterQuery {
  /// As ClientQuery.
  bool any_consistency = false;
  /// Where a Gateway does not answer: null, the call fails with UnavailableError and names it; else the
  /// result holds what there is, and `*missing` becomes the Gateways whose clients are not in it.
  std::vector<GatewayFailure>* missing = nullptr;
  std::optional<std::chrono::milliseconds> timeout;
};

/// What became of one command of a list.
struct CommandResult {
  Code code = Code::kOk;
  std::string message;
  std::optional<Delivery> delivery;  ///< Of commands to many clients.

  [[nodiscard]] bool ok() const noexcept { return code == Code::kOk; }
};

/// What Client::Select can ask for.
enum class Field : int {
  kUid = v1::SELECT_FIELD_UID,
  kGroups = v1::SELECT_FIELD_GROUPS,
  kSession = v1::SELECT_FIELD_SESSION,
};

/// Which clients Client::Select lists: those that match any of the lists that are there; every client where
/// none is.
struct SelectFilter {
  std::optional<std::vector<std::string>> client_ids;
  std::optional<std::vector<std::string>> groups;
  std::optional<std::vector<std::string>> uids;
};

/// A client as Client::Select lists it: only what was asked for is set.
struct SelectedClient {
  std::string client_id;
  std::optional<std::string> uid;
  std::vector<std::string> groups;
  std::optional<Session> session;
};

/// The Gateway API, on one connection. Safe from any number of threads; each call blocks its thread until it
/// is answered.
///
/// Inside a handler of a Worker, SendToCurrentClient and its like need no client_id: calls say whose event
/// they answer. Every call throws a GatewayError where it fails. Results hold each uid and client once, in no
/// order. Uids and names of groups are bytes: what others stored need not be UTF-8 (IsUtf8), what is given
/// must be, or it is an InvalidArgumentError.
class Client {
 public:
  explicit Client(const ClientConfig& config = {});
  /// Ends the connection, unless the channel was given. No call may be under way.
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // ---- Sending

  /// Sends a message to one client.
  void SendToClient(std::string_view client_id, Message message, const ClientOptions& options = {});
  /// Sends a message to the client of the event at hand.
  void SendToCurrentClient(Message message, const CurrentClientOptions& options = {});
  /// Sends a message to everyone, or to these clients; an empty list is nobody.
  Delivery SendToAll(Message message, const Recipients& to = Everyone(), const ClusterOptions& options = {});
  /// Sends a message to every client bound to one of the uids.
  Delivery SendToUid(const Names& uids, Message message, const ClusterOptions& options = {});
  /// Sends a message to every client in one of the groups. One that is in two of them can get it twice.
  Delivery SendToGroup(const Names& groups, Message message, const ClusterOptions& options = {});

  // ---- Uids and groups

  /// Binds a client to a uid, in place of its former one. One uid may have many clients.
  void BindUid(std::string_view client_id, std::string_view uid, const ClientOptions& options = {});
  /// Takes a client's uid away, whichever it is.
  void UnbindUid(std::string_view client_id, std::string_view uid = {}, const ClientOptions& options = {});
  /// Puts a client into a group. A group lives as long as it has clients.
  void JoinGroup(std::string_view client_id, std::string_view group, const ClientOptions& options = {});
  /// Takes a client out of a group.
  void LeaveGroup(std::string_view client_id, std::string_view group, const ClientOptions& options = {});
  /// Dissolves a group: every client leaves it.
  Delivery Ungroup(std::string_view group, const ClusterOptions& options = {});

  // ---- Sessions

  /// Replaces a client's session.
  void SetSession(std::string_view client_id, SessionInput session, const ClientOptions& options = {});
  /// Merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
  void UpdateSession(std::string_view client_id, SessionInput session, const ClientOptions& options = {});
  /// A client's session; empty where none was set. NotFoundError where the client is gone.
  Session GetSession(std::string_view client_id, const ClientQuery& query = {});

  // ---- Closing

  /// Closes a client once what was sent to it has drained, `message` at last.
  void CloseClient(std::string_view client_id, std::optional<Message> message = {},
                   const ClientOptions& options = {});
  /// Closes the client of the event at hand.
  void CloseCurrentClient(std::optional<Message> message = {}, const CurrentClientOptions& options = {});
  /// Closes a client at once and drops what was not yet sent to it.
  void DestroyClient(std::string_view client_id, const ClientOptions& options = {});
  /// Destroys the client of the event at hand.
  void DestroyCurrentClient(const CurrentClientOptions& options = {});

  // ---- Online or not

  /// Whether a client is connected. NotFoundError where no member of the cluster carries such ids.
  bool IsOnline(std::string_view client_id, const ClientQuery& query = {});
  /// Whether any client is bound to the uid.
  bool IsUidOnline(std::string_view uid, const ClusterQuery& query = {});
  /// Whether each of many clients is connected, by client_id in lower case.
  std::map<std::string, bool> AreOnline(const std::vector<std::string>& client_ids,
                                        const ClusterQuery& query = {});

  // ---- Counts

  /// How many clients are connected.
  std::uint64_t GetAllClientCount(const ClusterQuery& query = {});
  /// How many clients are in a group.
  std::uint64_t GetClientCountByGroup(std::string_view group, const ClusterQuery& query = {});
  /// How many different uids are in a group.
  std::uint64_t GetUidCountByGroup(std::string_view group, const ClusterQuery& query = {});
  /// How many different uids are bound.
  std::uint64_t GetAllUidCount(const ClusterQuery& query = {});
  /// How many clients are in each group.
  std::map<std::string, std::uint64_t> GetAllGroupClientIdCount(const ClusterQuery& query = {});
  /// How many different uids are in each group. Groups whose clients have no uid are left out.
  std::map<std::string, std::uint64_t> GetAllGroupUidCount(const ClusterQuery& query = {});
  /// How many clients are in each of the groups named, empty ones too.
  std::map<std::string, std::uint64_t> GetClientCountByGroups(const std::vector<std::string>& groups,
                                                              const ClusterQuery& query = {});

  // ---- Lists. Those that may pass `max_message_bytes` have a streaming form below.

  /// Every client (of a group) with its session.
  std::map<std::string, Session> GetAllClientSessions(std::optional<std::string_view> group = {},
                                                      const ClusterQuery& query = {});
  /// The clients of a group with their sessions.
  std::map<std::string, Session> GetClientSessionsByGroup(std::string_view group,
                                                          const ClusterQuery& query = {});
  /// The sessions of many clients; nothing for those that are not online.
  std::map<std::string, std::optional<Session>> GetSessions(const std::vector<std::string>& client_ids,
                                                            const ClusterQuery& query = {});
  /// Every client_id.
  std::vector<std::string> GetAllClientIdList(const ClusterQuery& query = {});
  /// The client_ids of a group.
  std::vector<std::string> GetClientIdListByGroup(std::string_view group, const ClusterQuery& query = {});
  /// The client_ids bound to a uid.
  std::vector<std::string> GetClientIdByUid(std::string_view uid, const ClusterQuery& query = {});
  /// The client_ids bound to each of the uids; those without clients too.
  std::map<std::string, std::vector<std::string>> GetClientIdByUids(const std::vector<std::string>& uids,
                                                                    const ClusterQuery& query = {});
  /// A client's uid, nothing where it has none. NotFoundError where the client is gone.
  std::optional<std::string> GetUidByClientId(std::string_view client_id, const ClientQuery& query = {});
  /// The different uids in a group.
  std::vector<std::string> GetUidListByGroup(std::string_view group, const ClusterQuery& query = {});
  /// All different uids.
  std::vector<std::string> GetAllUidList(const ClusterQuery& query = {});
  /// The names of all groups that have clients.
  std::vector<std::string> GetAllGroupIdList(const ClusterQuery& query = {});
  /// The different uids in each group.
  std::map<std::string, std::vector<std::string>> GetAllGroupUidList(const ClusterQuery& query = {});
  /// The client_ids in each group.
  std::map<std::string, std::vector<std::string>> GetAllGroupClientIdList(const ClusterQuery& query = {});
  /// Clients with the fields asked for.
  std::vector<SelectedClient> Select(const std::vector<Field>& fields, const SelectFilter& filter = {},
                                     const ClusterQuery& query = {});

  // ---- Many at once

  /// Runs commands (made by the functions of gatewayworker::commands) in order, for one call's price. One
  /// that fails does not stop the others. One result for each, in the order given.
  std::vector<CommandResult> Execute(std::vector<Command> commands,
                                     std::optional<std::chrono::milliseconds> timeout = {});

  // ---- Without a limit of size, and of time unless the query has one. `each` is called on this thread; what
  // it throws ends the call and comes out of it.

  /// Every client (of a group) with its session.
  void StreamAllClientSessions(const std::function<void(const std::string& client_id, const Session&)>& each,
                               std::optional<std::string_view> group = {}, const ClusterQuery& query = {});
  /// Every client_id.
  void StreamAllClientIdList(const std::function<void(const std::string& client_id)>& each,
                             const ClusterQuery& query = {});
  /// Every uid, each once.
  void StreamAllUidList(const std::function<void(const std::string& uid)>& each,
                        const ClusterQuery& query = {});

 private:
  std::unique_ptr<internal::Caller> caller_;
};

}  // namespace gatewayworker
