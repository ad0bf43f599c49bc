// What a Gateway knows and decides, PHP's or Go's as its dialect says, without a socket or a clock: its
// clients with their uids, groups and sessions, the links of workers and callers, and what each frame does.
// Quirks of the originals are kept on purpose (docs and tests name them); what would stop the original's
// process costs the sender its link here, loudly.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "embedded/gateway_dialect.h"
#include "embedded/ordered_map.h"
#include "wire/client_id.h"
#include "wire/frame.h"
#include "wire/value.h"

namespace gatewayd::embedded {

// How a client's messages are wrapped (protocol.md, 8).
enum class ClientProtocol { kWebSocket, kText, kFrame, kTcp };

using LinkId = std::uint64_t;  // a connection of a worker or caller; never used twice

// What the shell must do, in this order. Bodies are borrowed: from the frame or the state, until its next
// call.
struct SendToClients {  // `raw`: the bytes bypass the client's protocol
  std::vector<std::uint32_t> clients;
  std::string_view body;
  bool raw = false;
  friend bool operator==(const SendToClients&, const SendToClients&) = default;
};
struct CloseClient {  // send `message` if there is one, write what is pending, then close
  std::uint32_t client = 0;
  std::optional<std::string_view> message;
  friend bool operator==(const CloseClient&, const CloseClient&) = default;
};
struct DestroyClient {  // close at once
  std::uint32_t client = 0;
  friend bool operator==(const DestroyClient&, const DestroyClient&) = default;
};
struct SendAnswer {
  LinkId link = 0;
  std::string payload;  // without its length
  friend bool operator==(const SendAnswer&, const SendAnswer&) = default;
};
struct SendEvent {
  LinkId link = 0;
  wire::Frame frame;
  friend bool operator==(const SendEvent&, const SendEvent&) = default;
};
struct CloseLink {  // write what is pending, then close
  LinkId link = 0;
  std::string reason;
  friend bool operator==(const CloseLink&, const CloseLink&) = default;
};
struct DropLink {  // close at once, what is pending included: the frame would have stopped the original, or
                   // (go) another WORKER_CONNECT took its key
  LinkId link = 0;
  std::string reason;
  friend bool operator==(const DropLink&, const DropLink&) = default;
};
using Action =
    std::variant<SendToClients, CloseClient, DestroyClient, SendAnswer, SendEvent, CloseLink, DropLink>;
using Actions = std::vector<Action>;

struct StateCounters {
  std::uint64_t would_have_crashed = 0;  // frames that would have stopped the original with all its clients
  // Go: writes to a client by another link than the last one, which is still there. Two at the same moment
  // end a Go Gateway, so a sender must never come near it.
  std::uint64_t concurrent_writers = 0;
  std::uint64_t bad_sessions = 0;  // stored though not a whole array (php: workers would exit) or object (go)
  std::uint64_t unknown_commands = 0;  // PING from a worker included
  std::uint64_t ignored_names = 0;     // BIND_UID, JOIN_GROUP and the like with "" or (php) "0"
  std::uint64_t unauthorized = 0;      // a command before the hello where there is a secret
  std::uint64_t wrong_secrets = 0;
  std::uint64_t key_conflicts = 0;  // WORKER_CONNECT with a key that was taken
  std::uint64_t events_without_worker = 0;
};

struct ClientInfo {
  ClientProtocol protocol = ClientProtocol::kWebSocket;
  std::uint32_t ip = 0;  // host byte order; 0 for IPv6
  std::uint16_t port = 0;
  std::uint16_t gateway_port = 0;  // that it connected to
};

struct ClientSnapshot {
  wire::ClientId id;
  ClientProtocol protocol = ClientProtocol::kWebSocket;
  std::optional<std::string> uid;
  std::vector<std::string> groups;
  std::string session;
};

// Not thread-safe. Nothing here throws; nothing logs but what would have stopped the original.
class GatewayState {
 public:
  struct Options {
    wire::GatewayAddress address;
    std::string secret;
    bool close_clients_without_worker = false;  // php alone: a Go Gateway keeps them
    const GatewayDialect* dialect = &PhpGatewayDialect();
    // Go: whether the peer of that link has ended it and everything it sent has been executed, though
    // RemoveLink has not come yet. Such a link writes no more (`concurrent_writers`). Unset: no.
    std::function<bool(LinkId)> has_ended;
  };

  explicit GatewayState(Options options);
  ~GatewayState();

  // Links. `remote_ip` is text, as worker keys carry it.
  void AddLink(LinkId link, std::string remote_ip);
  // `late`: it had been closed by CloseLink and had to write pending bytes first. PHP's clean-up then removes
  // the link that took over its worker_key, too; Go's always does.
  void RemoveLink(LinkId link, bool late = false);
  // One frame of that link.
  Actions Execute(LinkId link, const wire::Frame& frame);
  // A PING to every worker.
  Actions PingWorkers();

  // Clients. AddClient gives the id that ON_CONNECT carries (go: which WebSocket clients do not cause, and
  // they are added with their handshake); RemoveClient also makes ON_CLOSE. A client that is being closed
  // stays one until it is removed.
  std::uint32_t AddClient(const ClientInfo& info, Actions& actions);
  Actions ClientHandshake(std::uint32_t client, const wire::Value& request);  // ON_WEBSOCKET_CONNECT
  Actions ClientMessage(std::uint32_t client, std::string_view message);
  Actions RemoveClient(std::uint32_t id);

  std::size_t client_count() const { return clients_.size(); }
  std::vector<ClientSnapshot> Snapshot() const;
  const StateCounters& counters() const { return counters_; }
  void SetNextConnectionId(std::uint32_t id) { last_connection_id_ = id - 1; }  // test hook: the wrap

 private:
  struct Client;
  struct Link;
  using Members = OrderedMap<std::uint32_t, Client*>;
  using Index = OrderedMap<std::string, Members>;
  struct Call;

  void Dispatch(Call& call);
  bool DispatchQuery(Call& call);
  void Hello(Call& call, bool worker);
  void TakeKey(Call& call, std::string key);
  void SendToOne(Call& call);
  void SendToAll(Call& call);
  void SendToNames(Call& call, bool groups);
  void Kick(Call& call);
  void SetSession(Call& call);
  void UpdateSession(Call& call);
  void BindUid(Call& call);
  void UnbindUid(Client& client);
  void JoinGroup(Call& call);
  void LeaveGroup(Call& call);
  void Ungroup(Call& call);
  bool IsIgnoredName(std::string_view name);
  void GetSession(Call& call);
  void GetSessions(Call& call, bool group);
  void Count(Call& call);
  void ClientIdsByUid(Call& call);
  void BatchClientIdsByUid(Call& call);
  void BatchCountByGroup(Call& call);
  void GroupIdList(Call& call);
  void Select(Call& call);
  // Answers SELECT; `fields` are among uid, groups and session.
  void AnswerSelected(Call& call, const std::vector<const Client*>& clients,
                      const std::vector<std::string>& fields);
  // What Go does otherwise (gateway_go_*.cc).
  void GoSendToAll(Call& call);
  void GoSendToNames(Call& call, bool groups);
  void GoUpdateSession(Call& call);
  void GoBatchClientIdsByUid(Call& call);
  void GoBatchCountByGroup(Call& call);
  void GoSelect(Call& call);
  std::optional<std::string> GoRoute(Client& client, bool connects);
  void NoteWriter(Call& call, const std::vector<std::uint32_t>& clients);
  bool go() const { return options_.dialect->kind() == wire::DialectKind::kGo; }

  Client* FindClient(std::uint32_t id);
  Client* FindClient(const std::string& array_key);
  // The body as the client is sent it; nullopt, and crashed, where PHP would not survive it.
  std::optional<std::string_view> Body(Call& call, bool all_websocket);
  void EmitSend(Call& call, std::vector<std::uint32_t> clients);
  void Crash(Call& call, std::string_view why);
  void Event(Client& client, wire::Command command, std::string_view body, std::uint8_t flag,
             Actions& actions);
  std::optional<std::string> Route(Client& client, bool connects);
  OrderedMap<std::string, std::int64_t>::iterator LeastLoaded();
  static void RemoveMember(Index& index, const std::string& name, std::uint32_t client);

  const Options options_;
  std::uint32_t last_connection_id_ = 0;
  std::map<std::uint32_t, std::unique_ptr<Client>> clients_;  // PHP's order, but after the ids have wrapped
  Index uids_;
  Index groups_;
  absl::flat_hash_map<LinkId, std::unique_ptr<Link>> links_;
  OrderedMap<std::string, LinkId> workers_;     // "ip:worker_key" to the link that gets its events
  OrderedMap<std::string, std::int64_t> load_;  // clients for each of these, for the router
  std::size_t next_worker_ = 0;      // go: whose turn it is among events of clients that are bound to none
  std::string scratch_;              // a body that had to be made
  std::unique_ptr<Client> removed_;  // the last one removed: its ON_CLOSE borrows the session
  StateCounters counters_;
};

}  // namespace gatewayd::embedded
