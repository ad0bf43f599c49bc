#include "calls.h"

#include <functional>
#include <map>
#include <type_traits>
#include <utility>

namespace conformance {

using gatewayworker::Client;
using gatewayworker::StreamCommands;

namespace {

template <typename Target>
using Functions = std::map<std::string, std::function<Value(Target&, const Arguments&)>>;

// The RESULT of what a function returns, null of nothing.
template <typename Function>
Value Result(Function&& function) {
  if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
    std::forward<Function>(function)();
    return nullptr;
  } else {
    return ToJson(std::forward<Function>(function)());
  }
}

#define FUNCTION(name, method, ...)                                                                   \
  {                                                                                                   \
    name, [](auto& on, const Arguments& a) { return Result([&] { return on.method(__VA_ARGS__); }); } \
  }

// What a client has, and a stream too.
template <typename Target>
const Functions<Target>& Commands() {
  static const Functions<Target> functions = {
      FUNCTION("send_to_client", SendToClient, a.Text("client_id"), a.Message(), a.Options()),
      FUNCTION("send_to_current_client", SendToCurrentClient, a.Message(), a.CurrentOptions()),
      FUNCTION("send_to_all", SendToAll, a.Message(), a.Recipients(), a.ForMany()),
      FUNCTION("send_to_uid", SendToUid, a.List("uids"), a.Message(), a.ForMany()),
      FUNCTION("send_to_group", SendToGroup, a.List("groups"), a.Message(), a.ForMany()),
      FUNCTION("bind_uid", BindUid, a.Text("client_id"), a.Text("uid"), a.Options()),
      FUNCTION("unbind_uid", UnbindUid, a.Text("client_id"), a.Text("uid"), a.Options()),
      FUNCTION("join_group", JoinGroup, a.Text("client_id"), a.Text("group"), a.Options()),
      FUNCTION("leave_group", LeaveGroup, a.Text("client_id"), a.Text("group"), a.Options()),
      FUNCTION("ungroup", Ungroup, a.Text("group"), a.ForMany()),
      FUNCTION("set_session", SetSession, a.Text("client_id"), a.Session(), a.Options()),
      FUNCTION("update_session", UpdateSession, a.Text("client_id"), a.Session(), a.Options()),
      FUNCTION("close_client", CloseClient, a.Text("client_id"), a.MaybeMessage(), a.Options()),
      FUNCTION("close_current_client", CloseCurrentClient, a.MaybeMessage(), a.CurrentOptions()),
      FUNCTION("destroy_client", DestroyClient, a.Text("client_id"), a.Options()),
      FUNCTION("destroy_current_client", DestroyCurrentClient, a.CurrentOptions()),
  };
  return functions;
}

Value StreamIds(Client& client, const Arguments& arguments) {
  std::vector<std::string> ids;
  client.StreamAllClientIdList([&](const std::string& client_id) { ids.push_back(client_id); },
                               arguments.All());
  return ToJson(ids);
}

Value StreamUids(Client& client, const Arguments& arguments) {
  std::vector<std::string> uids;
  client.StreamAllUidList([&](const std::string& uid) { uids.push_back(uid); }, arguments.All());
  return ToJson(uids);
}

Value StreamSessions(Client& client, const Arguments& arguments) {
  std::map<std::string, gatewayworker::Session> sessions;
  client.StreamAllClientSessions(
      [&](const std::string& client_id, const gatewayworker::Session& session) {
        sessions[client_id] = session;
      },
      arguments.MaybeText("group"), arguments.All());
  return ToJson(sessions);
}

Value Select(Client& client, const Arguments& a) {
  return ToJson(client.Select(
      a.Fields(),
      {.client_ids = a.MaybeList("client_ids"), .groups = a.MaybeList("groups"), .uids = a.MaybeList("uids")},
      a.All()));
}

const Functions<Client>& Queries() {
  static const Functions<Client> functions = {
      {"select", Select},
      {"stream_all_client_id_list", StreamIds},
      {"stream_all_uid_list", StreamUids},
      {"stream_all_client_sessions", StreamSessions},
      FUNCTION("is_online", IsOnline, a.Text("client_id"), a.One()),
      FUNCTION("get_session", GetSession, a.Text("client_id"), a.One()),
      FUNCTION("get_uid_by_client_id", GetUidByClientId, a.Text("client_id"), a.One()),
      FUNCTION("is_uid_online", IsUidOnline, a.Text("uid"), a.All()),
      FUNCTION("get_all_client_count", GetAllClientCount, a.All()),
      FUNCTION("get_all_uid_count", GetAllUidCount, a.All()),
      FUNCTION("get_client_count_by_group", GetClientCountByGroup, a.Text("group"), a.All()),
      FUNCTION("get_uid_count_by_group", GetUidCountByGroup, a.Text("group"), a.All()),
      FUNCTION("get_all_group_client_id_count", GetAllGroupClientIdCount, a.All()),
      FUNCTION("get_all_group_uid_count", GetAllGroupUidCount, a.All()),
      FUNCTION("get_client_count_by_groups", GetClientCountByGroups, a.List("groups"), a.All()),
      FUNCTION("get_all_client_sessions", GetAllClientSessions, a.MaybeText("group"), a.All()),
      FUNCTION("get_client_sessions_by_group", GetClientSessionsByGroup, a.Text("group"), a.All()),
      FUNCTION("get_all_client_id_list", GetAllClientIdList, a.All()),
      FUNCTION("get_client_id_list_by_group", GetClientIdListByGroup, a.Text("group"), a.All()),
      FUNCTION("get_client_id_by_uid", GetClientIdByUid, a.Text("uid"), a.All()),
      FUNCTION("get_client_id_by_uids", GetClientIdByUids, a.List("uids"), a.All()),
      FUNCTION("get_uid_list_by_group", GetUidListByGroup, a.Text("group"), a.All()),
      FUNCTION("get_all_uid_list", GetAllUidList, a.All()),
      FUNCTION("get_all_group_id_list", GetAllGroupIdList, a.All()),
      FUNCTION("get_all_group_uid_list", GetAllGroupUidList, a.All()),
      FUNCTION("get_all_group_client_id_list", GetAllGroupClientIdList, a.All()),
      FUNCTION("are_online", AreOnline, a.List("client_ids"), a.All()),
      FUNCTION("get_sessions", GetSessions, a.List("client_ids"), a.All()),
      FUNCTION("execute", Execute, a.Commands(), a.timeout()),
  };
  return functions;
}

#undef FUNCTION

// Keeps a command instead of sending it.
class Maker final : public StreamCommands {
 public:
  gatewayworker::Command made;

 private:
  void Send(gatewayworker::Command command) override { made = std::move(command); }
};

}  // namespace

Value Call(Client& client, const std::string& name, const Arguments& arguments) {
  const auto found = Commands<Client>().find(name);
  return (found == Commands<Client>().end() ? Queries().at(name) : found->second)(client, arguments);
}

void Send(StreamCommands& stream, const std::string& name, const Arguments& arguments) {
  Commands<StreamCommands>().at(name)(stream, arguments);
}

gatewayworker::Command MakeCommand(const std::string& name, const Arguments& arguments) {
  Maker maker;
  Send(maker, name, arguments);
  return std::move(maker.made);
}

}  // namespace conformance
