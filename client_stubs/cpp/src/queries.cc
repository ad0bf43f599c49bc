// The queries of a client.
#include <utility>

#include "caller.h"
#include "gatewayworker/client.h"
#include "text.h"

namespace gatewayworker {

using Stub = v1::GatewayService::Stub;
using internal::Caller;
using internal::FillTexts;
using internal::Text;

namespace {

template <typename Names>
std::vector<std::string> Strings(Names& names) {
  return {std::make_move_iterator(names.begin()), std::make_move_iterator(names.end())};
}

// Those that are UTF-8 and those that are not come in lists of their own.
template <typename Names>
std::vector<std::string> Strings(Names& names, Names& not_utf8) {
  std::vector<std::string> all = Strings(names);
  all.insert(all.end(), std::make_move_iterator(not_utf8.begin()), std::make_move_iterator(not_utf8.end()));
  return all;
}

using TextField = google::protobuf::RepeatedPtrField<std::string>;

template <typename Request>
Request WithTexts(const char* name, TextField* (Request::*field)(), const std::vector<std::string>& texts) {
  Request request;
  FillTexts(name, texts, *(request.*field)());
  return request;
}

template <typename Group>
std::string& NameOf(Group& group) {
  return group.group().empty() ? *group.mutable_group_not_utf8() : *group.mutable_group();
}

template <typename Request>
void Ask(Request& request, const ClusterQuery& query) {
  if (query.any_consistency) request.set_consistency(v1::CONSISTENCY_ANY);
  if (query.missing != nullptr) request.set_partial_ok(true);
}

template <typename Response>
void TellMissing(Response& response, const ClusterQuery& query) {
  if (query.missing == nullptr) return;
  query.missing->assign(std::make_move_iterator(response.mutable_missing()->begin()),
                        std::make_move_iterator(response.mutable_missing()->end()));
}

// A query about one client.
template <typename Request, typename Response>
Response One(Caller& caller, grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
             std::string_view client_id, const ClientQuery& query) {
  Request request;
  request.set_client_id(Text("client_id", client_id));
  request.set_generation(Text("generation", query.generation));
  if (query.any_consistency) request.set_consistency(v1::CONSISTENCY_ANY);
  return caller.Call(rpc, request, query.timeout);
}

// A query to every Gateway.
template <typename Request, typename Response>
Response All(Caller& caller, grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
             Request request, const ClusterQuery& query) {
  Ask(request, query);
  Response response = caller.Call(rpc, request, query.timeout);
  TellMissing(response, query);
  return response;
}

template <typename Request, typename Response>
Response OfGroup(Caller& caller, grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
                 std::string_view group, const ClusterQuery& query) {
  Request request;
  request.set_group(Text("group", group));
  return All(caller, rpc, std::move(request), query);
}

template <typename Response>
std::map<std::string, std::uint64_t> Counts(Response response) {
  std::map<std::string, std::uint64_t> counts;
  for (auto& group : *response.mutable_groups())
    counts.emplace(std::move(NameOf(group)), group.count());
  return counts;
}

template <typename Response>
std::map<std::string, Session> SessionsOf(Response response) {
  std::map<std::string, Session> sessions;
  for (v1::ClientSession& client : *response.mutable_clients()) {
    sessions.emplace(std::move(*client.mutable_client_id()), std::move(*client.mutable_session()));
  }
  return sessions;
}

SelectedClient Selected(v1::SelectedClient& client) {
  SelectedClient selected;
  selected.client_id = std::move(*client.mutable_client_id());
  if (client.has_uid())
    selected.uid = std::move(*client.mutable_uid());
  else if (!client.uid_not_utf8().empty())
    selected.uid = std::move(*client.mutable_uid_not_utf8());
  selected.groups = Strings(*client.mutable_groups(), *client.mutable_groups_not_utf8());
  if (client.has_session()) selected.session = std::move(*client.mutable_session());
  return selected;
}

}  // namespace

// ---- One client

bool Client::IsOnline(std::string_view client_id, const ClientQuery& query) {
  return One(*caller_, &Stub::IsOnline, client_id, query).online();
}

Session Client::GetSession(std::string_view client_id, const ClientQuery& query) {
  return std::move(*One(*caller_, &Stub::GetSession, client_id, query).mutable_session());
}

std::optional<std::string> Client::GetUidByClientId(std::string_view client_id, const ClientQuery& query) {
  v1::GetUidByClientIdResponse response = One(*caller_, &Stub::GetUidByClientId, client_id, query);
  if (response.has_uid()) return std::move(*response.mutable_uid());
  if (!response.uid_not_utf8().empty()) return std::move(*response.mutable_uid_not_utf8());
  return std::nullopt;
}

// ---- Counts

bool Client::IsUidOnline(std::string_view uid, const ClusterQuery& query) {
  v1::IsUidOnlineRequest request;
  request.set_uid(Text("uid", uid));
  return All(*caller_, &Stub::IsUidOnline, std::move(request), query).online();
}

std::uint64_t Client::GetAllClientCount(const ClusterQuery& query) {
  return All(*caller_, &Stub::GetAllClientCount, {}, query).count();
}

std::uint64_t Client::GetClientCountByGroup(std::string_view group, const ClusterQuery& query) {
  return OfGroup(*caller_, &Stub::GetClientCountByGroup, group, query).count();
}

std::uint64_t Client::GetUidCountByGroup(std::string_view group, const ClusterQuery& query) {
  return OfGroup(*caller_, &Stub::GetUidCountByGroup, group, query).count();
}

std::uint64_t Client::GetAllUidCount(const ClusterQuery& query) {
  return All(*caller_, &Stub::GetAllUidCount, {}, query).count();
}

std::map<std::string, std::uint64_t> Client::GetAllGroupClientIdCount(const ClusterQuery& query) {
  return Counts(All(*caller_, &Stub::GetAllGroupClientIdCount, {}, query));
}

std::map<std::string, std::uint64_t> Client::GetAllGroupUidCount(const ClusterQuery& query) {
  return Counts(All(*caller_, &Stub::GetAllGroupUidCount, {}, query));
}

std::map<std::string, std::uint64_t> Client::GetClientCountByGroups(const std::vector<std::string>& groups,
                                                                    const ClusterQuery& query) {
  return Counts(All(*caller_, &Stub::GetClientCountByGroups,
                    WithTexts("groups", &v1::GetClientCountByGroupsRequest::mutable_groups, groups), query));
}

// ---- Lists

std::map<std::string, Session> Client::GetAllClientSessions(std::optional<std::string_view> group,
                                                            const ClusterQuery& query) {
  v1::GetAllClientSessionsRequest request;
  if (group) request.set_group(Text("group", *group));
  return SessionsOf(All(*caller_, &Stub::GetAllClientSessions, std::move(request), query));
}

std::map<std::string, Session> Client::GetClientSessionsByGroup(std::string_view group,
                                                                const ClusterQuery& query) {
  return SessionsOf(OfGroup(*caller_, &Stub::GetClientSessionsByGroup, group, query));
}

std::map<std::string, std::optional<Session>> Client::GetSessions(const std::vector<std::string>& client_ids,
                                                                  const ClusterQuery& query) {
  v1::GetSessionsResponse response =
      All(*caller_, &Stub::GetSessions,
          WithTexts("client_ids", &v1::GetSessionsRequest::mutable_client_ids, client_ids), query);
  std::map<std::string, std::optional<Session>> sessions;
  for (v1::ClientSession& client : *response.mutable_clients()) {
    sessions.emplace(std::move(*client.mutable_client_id()), std::move(*client.mutable_session()));
  }
  for (std::string& client_id : *response.mutable_offline_client_ids()) {
    sessions.emplace(std::move(client_id), std::nullopt);
  }
  return sessions;
}

std::vector<std::string> Client::GetAllClientIdList(const ClusterQuery& query) {
  v1::GetAllClientIdListResponse response = All(*caller_, &Stub::GetAllClientIdList, {}, query);
  return Strings(*response.mutable_client_ids());
}

std::vector<std::string> Client::GetClientIdListByGroup(std::string_view group, const ClusterQuery& query) {
  v1::GetClientIdListByGroupResponse response =
      OfGroup(*caller_, &Stub::GetClientIdListByGroup, group, query);
  return Strings(*response.mutable_client_ids());
}

std::vector<std::string> Client::GetClientIdByUid(std::string_view uid, const ClusterQuery& query) {
  v1::GetClientIdByUidRequest request;
  request.set_uid(Text("uid", uid));
  v1::GetClientIdByUidResponse response = All(*caller_, &Stub::GetClientIdByUid, std::move(request), query);
  return Strings(*response.mutable_client_ids());
}

std::map<std::string, std::vector<std::string>> Client::GetClientIdByUids(
    const std::vector<std::string>& uids, const ClusterQuery& query) {
  v1::GetClientIdByUidsResponse response =
      All(*caller_, &Stub::GetClientIdByUids,
          WithTexts("uids", &v1::GetClientIdByUidsRequest::mutable_uids, uids), query);
  std::map<std::string, std::vector<std::string>> found;
  for (v1::UidClientIds& entry : *response.mutable_uids()) {
    found.emplace(std::move(*entry.mutable_uid()), Strings(*entry.mutable_client_ids()));
  }
  return found;
}

std::vector<std::string> Client::GetUidListByGroup(std::string_view group, const ClusterQuery& query) {
  v1::GetUidListByGroupResponse response = OfGroup(*caller_, &Stub::GetUidListByGroup, group, query);
  return Strings(*response.mutable_uids(), *response.mutable_uids_not_utf8());
}

std::vector<std::string> Client::GetAllUidList(const ClusterQuery& query) {
  v1::GetAllUidListResponse response = All(*caller_, &Stub::GetAllUidList, {}, query);
  return Strings(*response.mutable_uids(), *response.mutable_uids_not_utf8());
}

std::vector<std::string> Client::GetAllGroupIdList(const ClusterQuery& query) {
  v1::GetAllGroupIdListResponse response = All(*caller_, &Stub::GetAllGroupIdList, {}, query);
  return Strings(*response.mutable_groups(), *response.mutable_groups_not_utf8());
}

std::map<std::string, std::vector<std::string>> Client::GetAllGroupUidList(const ClusterQuery& query) {
  v1::GetAllGroupUidListResponse response = All(*caller_, &Stub::GetAllGroupUidList, {}, query);
  std::map<std::string, std::vector<std::string>> lists;
  for (v1::GroupUids& group : *response.mutable_groups()) {
    lists.emplace(std::move(NameOf(group)), Strings(*group.mutable_uids(), *group.mutable_uids_not_utf8()));
  }
  return lists;
}

std::map<std::string, std::vector<std::string>> Client::GetAllGroupClientIdList(const ClusterQuery& query) {
  v1::GetAllGroupClientIdListResponse response = All(*caller_, &Stub::GetAllGroupClientIdList, {}, query);
  std::map<std::string, std::vector<std::string>> lists;
  for (v1::GroupClientIds& group : *response.mutable_groups()) {
    lists.emplace(std::move(NameOf(group)), Strings(*group.mutable_client_ids()));
  }
  return lists;
}

// ---- Many clients

std::map<std::string, bool> Client::AreOnline(const std::vector<std::string>& client_ids,
                                              const ClusterQuery& query) {
  const v1::AreOnlineResponse response =
      All(*caller_, &Stub::AreOnline,
          WithTexts("client_ids", &v1::AreOnlineRequest::mutable_client_ids, client_ids), query);
  return {response.online().begin(), response.online().end()};
}

std::vector<SelectedClient> Client::Select(const std::vector<Field>& fields, const SelectFilter& filter,
                                           const ClusterQuery& query) {
  v1::SelectRequest request;
  for (const Field field : fields)
    request.add_fields(static_cast<v1::SelectField>(field));
  // Only asked for where a list is there: an empty filter is nobody, none is everyone.
  const auto filtered = [&]() -> v1::SelectFilter& { return *request.mutable_filter(); };
  if (filter.client_ids) FillTexts("client_ids", *filter.client_ids, *filtered().mutable_client_ids());
  if (filter.groups) FillTexts("groups", *filter.groups, *filtered().mutable_groups());
  if (filter.uids) FillTexts("uids", *filter.uids, *filtered().mutable_uids());
  v1::SelectResponse response = All(*caller_, &Stub::Select, std::move(request), query);
  std::vector<SelectedClient> clients;
  clients.reserve(static_cast<std::size_t>(response.clients_size()));
  for (v1::SelectedClient& client : *response.mutable_clients())
    clients.push_back(Selected(client));
  return clients;
}

void Client::StreamAllClientSessions(
    const std::function<void(const std::string& client_id, const Session&)>& each,
    std::optional<std::string_view> group, const ClusterQuery& query) {
  v1::StreamAllClientSessionsRequest request;
  if (group) request.set_group(Text("group", *group));
  Ask(request, query);
  caller_->Stream<v1::StreamAllClientSessionsRequest, v1::StreamAllClientSessionsResponse>(
      &Stub::StreamAllClientSessions, request, query.timeout, [&](auto& chunk) {
        for (const v1::ClientSession& client : chunk.clients())
          each(client.client_id(), client.session());
        TellMissing(chunk, query);
      });
}

void Client::StreamAllClientIdList(const std::function<void(const std::string& client_id)>& each,
                                   const ClusterQuery& query) {
  v1::StreamAllClientIdListRequest request;
  Ask(request, query);
  caller_->Stream<v1::StreamAllClientIdListRequest, v1::StreamAllClientIdListResponse>(
      &Stub::StreamAllClientIdList, request, query.timeout, [&](auto& chunk) {
        for (const std::string& client_id : chunk.client_ids())
          each(client_id);
        TellMissing(chunk, query);
      });
}

void Client::StreamAllUidList(const std::function<void(const std::string& uid)>& each,
                              const ClusterQuery& query) {
  v1::StreamAllUidListRequest request;
  Ask(request, query);
  caller_->Stream<v1::StreamAllUidListRequest, v1::StreamAllUidListResponse>(
      &Stub::StreamAllUidList, request, query.timeout, [&](auto& chunk) {
        for (const std::string& uid : chunk.uids())
          each(uid);
        for (const std::string& uid : chunk.uids_not_utf8())
          each(uid);
        TellMissing(chunk, query);
      });
}

}  // namespace gatewayworker
