// Lists of clients and uids over all Gateways.
#include <array>

#include "absl/container/flat_hash_map.h"
#include "api/query_parts.h"
#include "api/session_value.h"

namespace gatewayd::api {
namespace {

using wire::Command;

// ---- Clients with their sessions

struct SessionsOfClients {
  using Part = google::protobuf::RepeatedPtrField<pb::ClientSession>;
  static absl::Status Read(const Answer& answer, Part& part) {
    return answer.dialect.VisitSessions(answer.bytes, [&](const wire::ClientSession& session) {
      pb::ClientSession* client = part.Add();
      client->set_client_id(ClientIdOf(answer.step, session.connection_id));
      FillSession(answer.dialect, session.session, client->mutable_session());
    });
  }
  static void Merge(const auto& /*request*/, Slots<Part>& parts, auto& response) {
    for (auto& slot : parts) {
      for (pb::ClientSession& client : slot.part)
        response.mutable_clients()->Add(std::move(client));
    }
  }
};

absl::Status PlanGroupSessions(const std::string& group, const Context& context, Plan& plan) {
  if (absl::Status status = CheckName(context.dialect, "group", group); !status.ok()) return status;
  plan.frame.command = Command::kGetClientSessionsByGroup;
  plan.AddExt(group);
  PlanEveryGatewayWithIds(context.view, plan);
  return absl::OkStatus();
}

struct GetAllClientSessions : SessionsOfClients {
  static constexpr Info kInfo = {
      .name = "GetAllClientSessions",
      .commands = {Command::kGetAllClientSessions, Command::kGetClientSessionsByGroup},
      .merge = "all clients"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllClientSessions;
  static absl::Status Ask(const pb::GetAllClientSessionsRequest& request, const Context& context,
                          Plan& plan) {
    if (request.has_group()) return PlanGroupSessions(request.group(), context, plan);
    PlanEveryGatewayWithIds(context.view, plan);
    return absl::OkStatus();
  }
};

struct GetClientSessionsByGroup : SessionsOfClients {
  static constexpr Info kInfo = {.name = "GetClientSessionsByGroup",
                                 .commands = {Command::kGetClientSessionsByGroup},
                                 .merge = "all clients"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetClientSessionsByGroup;
  static absl::Status Ask(const pb::GetClientSessionsByGroupRequest& request, const Context& context,
                          Plan& plan) {
    return PlanGroupSessions(request.group(), context, plan);
  }
};

// ---- Client_ids

struct ListOfClients {
  using Part = wire::ConnectionIds;
  // A field must be asked for, or a PHP Gateway lists nobody; the uid is the smallest.
  static absl::Status Ask(const auto& request, const Context& context, Plan& plan) {
    return PlanSelect(request, {.uid = true}, context, plan);
  }
  static absl::Status Read(const Answer& answer, Part& part) { return ReadClients(answer, part); }
  static void Merge(const auto& /*request*/, const Slots<Part>& parts, auto& response) {
    AddClientIds(parts, response);
  }
};

struct GetAllClientIdList : ListOfClients {
  static constexpr Info kInfo = {
      .name = "GetAllClientIdList", .commands = {Command::kSelect}, .merge = "all clients"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllClientIdList;
};

struct GetClientIdListByGroup : ListOfClients {
  static constexpr Info kInfo = {
      .name = "GetClientIdListByGroup", .commands = {Command::kSelect}, .merge = "all clients"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetClientIdListByGroup;
};

struct GetClientIdByUid : ListOfClients {
  static constexpr Info kInfo = {
      .name = "GetClientIdByUid", .commands = {Command::kGetClientIdByUid}, .merge = "all clients"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetClientIdByUid;
  static absl::Status Ask(const pb::GetClientIdByUidRequest& request, const Context& context, Plan& plan) {
    if (absl::Status status = CheckName(context.dialect, "uid", request.uid()); !status.ok()) return status;
    plan.AddExt(request.uid());
    PlanEveryGatewayWithIds(context.view, plan);
    return absl::OkStatus();
  }
  static absl::Status Read(const Answer& answer, Part& part) { return ReadConnectionIds(answer, part); }
};

struct GetClientIdByUids {
  static constexpr Info kInfo = {.name = "GetClientIdByUids",
                                 .commands = {Command::kBatchGetClientIdByUid},
                                 .merge = "the clients of each uid, in the order asked"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetClientIdByUids;
  using Part = wire::ConnectionIdsByUid;
  static constexpr std::size_t kMaxList = 1024 * 1024;

  static absl::Status Ask(const pb::GetClientIdByUidsRequest& request, const Context& context, Plan& plan) {
    const auto uids = CheckNames(context.dialect, "uids", request.uids());
    if (!uids.ok()) return uids.status();
    for (const auto run : SplitNames(*uids, kMaxList))
      plan.AddExt(wire::StringListJson(run));
    if (!uids->empty()) PlanEveryGatewayWithIds(context.view, plan);
    return absl::OkStatus();
  }
  static absl::Status Read(const Answer& answer, Part& part) {
    return Keep(answer.dialect.DecodeConnectionIdsByUid(answer.bytes), part);
  }
  static void Merge(const pb::GetClientIdByUidsRequest& request, const Slots<Part>& parts,
                    pb::GetClientIdByUidsResponse& response) {
    absl::flat_hash_map<absl::string_view, int> place;
    for (const std::string& uid : request.uids()) {
      if (place.emplace(uid, response.uids_size()).second) response.add_uids()->set_uid(uid);
    }
    for (const auto& slot : parts) {
      for (const auto& [uid, ids] : slot.part) {
        const auto at = place.find(uid);
        if (at == place.end()) continue;
        for (const std::uint32_t id : ids)
          response.mutable_uids(at->second)->add_client_ids(ClientIdOf(slot.step, id));
      }
    }
  }
};

// ---- Uids

struct ListOfUids {
  using Part = Texts;
  static absl::Status Ask(const auto& request, const Context& context, Plan& plan) {
    return PlanSelect(request, {.uid = true}, context, plan);
  }
  static absl::Status Read(const Answer& answer, Part& part) { return ReadUids(answer, part); }
  static void Merge(const auto& /*request*/, const Slots<Part>& parts, auto& response) {
    Distinct seen;
    for (const auto& slot : parts) {
      for (const std::string& uid : slot.part) {
        if (seen.Insert(uid)) AddUid(uid, response);
      }
    }
  }
};

struct GetUidListByGroup : ListOfUids {
  static constexpr Info kInfo = {
      .name = "GetUidListByGroup", .commands = {Command::kSelect}, .merge = "each uid once"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetUidListByGroup;
};

struct GetAllUidList : ListOfUids {
  static constexpr Info kInfo = {
      .name = "GetAllUidList", .commands = {Command::kSelect}, .merge = "each uid once"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllUidList;
};

constexpr std::array kRows = {
    FanOutRow<GetAllClientSessions>(), FanOutRow<GetClientSessionsByGroup>(),
    FanOutRow<GetAllClientIdList>(),   FanOutRow<GetClientIdListByGroup>(),
    FanOutRow<GetClientIdByUid>(),     FanOutRow<GetClientIdByUids>(),
    FanOutRow<GetUidListByGroup>(),    FanOutRow<GetAllUidList>(),
};

}  // namespace

std::span<const Row> ListQueryRows() {
  return kRows;
}

}  // namespace gatewayd::api
