// Queries that name many clients, or ask for what they like.
#include <algorithm>
#include <array>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "api/query_parts.h"
#include "api/session_value.h"

namespace gatewayd::api {
namespace {

using wire::Command;

// Ids in one frame; a list of all that a call may name fits into one (11 bytes an id, 100,000 of them).
wire::SelectFilter FilterOf(const ClientsOfGateway& clients) {
  return {.connection_ids = clients.connection_ids};
}

bool Contains(const std::vector<wire::GatewayAddress>& absent, const wire::GatewayAddress& address) {
  return std::find(absent.begin(), absent.end(), address) != absent.end();
}

// ---- AreOnline

struct AreOnline {
  static constexpr Info kInfo = {.name = "AreOnline",
                                 .target = Target::kClients,
                                 .commands = {Command::kIsOnline},
                                 .bounded = true,
                                 .merge = "true or false for each client"};
  static constexpr auto kTake = &GatewayRpcs::RequestAreOnline;
  using Part = std::uint64_t;

  static absl::Status Ask(const pb::AreOnlineRequest& request, const Context& context, Plan& plan) {
    const auto ids = CheckClientIds("client_ids", request.client_ids());
    if (!ids.ok()) return ids.status();
    plan.bounded = kNumberAnswerSize;
    for (const ClientsOfGateway& clients : ByGateway(context.view, *ids, &plan.failures, &plan.absent)) {
      for (const std::uint32_t id : clients.connection_ids) {
        plan.steps.push_back({.gateway = clients.gateway, .address = clients.address, .connection_id = id});
      }
    }
    return absl::OkStatus();
  }
  static absl::Status Read(const Answer& answer, Part& part) { return ReadCount(answer, part); }
  static void Merge(const pb::AreOnlineRequest& request, const Slots<Part>& parts,
                    const std::vector<wire::GatewayAddress>& absent, pb::AreOnlineResponse& response) {
    auto& online = *response.mutable_online();
    for (const std::string& text : request.client_ids()) {
      if (absent.empty()) break;
      const wire::ClientId id = *wire::ParseClientId(text);
      if (Contains(absent, id.gateway)) online[wire::FormatClientId(id)] = false;
    }
    for (const auto& slot : parts)
      online[ClientIdOf(slot.step, slot.step.connection_id)] = slot.part != 0;
  }
};

// ---- Select

void Fill(const Answer& answer, const wire::SelectedClient& client, pb::SelectedClient& out) {
  out.set_client_id(ClientIdOf(answer.step, client.connection_id));
  if (client.uid) IsUtf8(*client.uid) ? out.set_uid(*client.uid) : out.set_uid_not_utf8(*client.uid);
  for (const std::string& group : client.groups)
    AddGroup(group, out);
  if (!client.session.empty()) FillSession(answer.dialect, client.session, out.mutable_session());
}

absl::StatusOr<wire::SelectFields> FieldsOf(const pb::SelectRequest& request) {
  wire::SelectFields fields;
  for (const int field : request.fields()) {
    if (field == pb::SELECT_FIELD_UID) {
      fields.uid = true;
    } else if (field == pb::SELECT_FIELD_GROUPS) {
      fields.groups = true;
    } else if (field == pb::SELECT_FIELD_SESSION) {
      fields.session = true;
    } else {
      return FieldError("fields", absl::StrCat("no such field, ", field));
    }
  }
  if (fields == wire::SelectFields()) return FieldError("fields", "at least one must be asked for");
  return fields;
}

struct Select {
  static constexpr Info kInfo = {
      .name = "Select", .commands = {Command::kSelect}, .merge = "all clients that match"};
  static constexpr auto kTake = &GatewayRpcs::RequestSelect;
  using Part = google::protobuf::RepeatedPtrField<pb::SelectedClient>;

  static absl::Status Ask(const pb::SelectRequest& request, const Context& context, Plan& plan) {
    const auto fields = FieldsOf(request);
    if (!fields.ok()) return fields.status();
    if (!request.has_filter()) {
      plan.AddExt(wire::SelectJson(*fields, {}));
      PlanEveryGatewayWithIds(context.view, plan);
      return absl::OkStatus();
    }
    return AskFiltered(request.filter(), *fields, context, plan);
  }

  static absl::Status AskFiltered(const pb::SelectFilter& request, const wire::SelectFields& fields,
                                  const Context& context, Plan& plan) {
    auto uids = CheckNames(context.dialect, "filter.uids", request.uids());
    if (!uids.ok()) return uids.status();
    auto groups = CheckNames(context.dialect, "filter.groups", request.groups());
    if (!groups.ok()) return groups.status();
    const auto ids = CheckClientIds("filter.client_ids", request.client_ids());
    if (!ids.ok()) return ids.status();
    const std::vector<ClientsOfGateway> clients = ByGateway(context.view, *ids, &plan.failures, &plan.absent);
    wire::SelectFilter filter = {.groups = *std::move(groups), .uids = *std::move(uids)};
    return filter.groups.empty() && filter.uids.empty() ? AskNamed(clients, fields, plan)
                                                        : AskAll(clients, filter, fields, context, plan);
  }

  // Only the Gateways that ids name: an empty filter would match everyone.
  static absl::Status AskNamed(const std::vector<ClientsOfGateway>& clients, const wire::SelectFields& fields,
                               Plan& plan) {
    for (const ClientsOfGateway& some : clients) {
      const auto ext = plan.AddExt(wire::SelectJson(fields, FilterOf(some)));
      plan.steps.push_back({.gateway = some.gateway, .address = some.address, .ext = ext});
    }
    return absl::OkStatus();
  }

  static absl::Status AskAll(const std::vector<ClientsOfGateway>& clients, wire::SelectFilter& filter,
                             const wire::SelectFields& fields, const Context& context, Plan& plan) {
    PlanEveryGatewayWithIds(context.view, plan);
    const auto common = plan.AddExt(wire::SelectJson(fields, filter));
    if (plan.exts[common].size() > wire::kMaxFrameToGateway - wire::kFrameHeadSize) {
      return CheckFrameSize(plan.exts[common].size(), 0);
    }
    for (Step& step : plan.steps) {
      step.ext = common;
      for (const ClientsOfGateway& some : clients) {
        if (some.gateway != step.gateway) continue;
        filter.connection_ids = some.connection_ids;
        step.ext = plan.AddExt(wire::SelectJson(fields, filter));
      }
    }
    return absl::OkStatus();
  }

  static absl::Status Read(const Answer& answer, Part& part) {
    return answer.dialect.VisitSelected(
        answer.bytes, [&](const wire::SelectedClient& client) { Fill(answer, client, *part.Add()); });
  }
  static void Merge(const pb::SelectRequest& request, Slots<Part>& parts, pb::SelectResponse& response) {
    const bool sessions = FieldsOf(request)->session;
    for (auto& slot : parts) {
      for (pb::SelectedClient& client : slot.part) {
        if (sessions) client.mutable_session()->mutable_value();  // an empty one was asked for too
        response.mutable_clients()->Add(std::move(client));
      }
    }
  }
};

// ---- GetSessions: one SELECT to each Gateway, not one query for each client

struct GetSessions {
  static constexpr Info kInfo = {.name = "GetSessions",
                                 .target = Target::kClients,
                                 .commands = {Command::kSelect},
                                 .merge = "the session of each client that is online, in the order asked"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetSessions;
  using Part = absl::flat_hash_map<std::uint32_t, pb::ClientSession>;

  static absl::Status Ask(const pb::GetSessionsRequest& request, const Context& context, Plan& plan) {
    const auto ids = CheckClientIds("client_ids", request.client_ids());
    if (!ids.ok()) return ids.status();
    for (const ClientsOfGateway& clients : ByGateway(context.view, *ids, &plan.failures, &plan.absent)) {
      const auto ext = plan.AddExt(wire::SelectJson({.session = true}, FilterOf(clients)));
      plan.steps.push_back({.gateway = clients.gateway, .address = clients.address, .ext = ext});
    }
    return absl::OkStatus();
  }
  static absl::Status Read(const Answer& answer, Part& part) {
    return answer.dialect.VisitSelected(answer.bytes, [&](const wire::SelectedClient& client) {
      pb::ClientSession& out = part[client.connection_id];
      out.set_client_id(ClientIdOf(answer.step, client.connection_id));
      FillSession(answer.dialect, client.session, out.mutable_session());
    });
  }
  static void Merge(const pb::GetSessionsRequest& request, Slots<Part>& parts,
                    const std::vector<wire::GatewayAddress>& absent, pb::GetSessionsResponse& response) {
    absl::flat_hash_map<wire::GatewayAddress, Part*> by_address;
    for (auto& slot : parts)
      by_address[slot.step.address] = &slot.part;
    const auto ids = CheckClientIds("client_ids", request.client_ids());
    for (const wire::ClientId& id : *ids) {
      const auto gateway = by_address.find(id.gateway);
      if (gateway == by_address.end() && !Contains(absent, id.gateway)) continue;  // missing
      if (gateway != by_address.end()) {
        if (const auto client = gateway->second->find(id.connection_id); client != gateway->second->end()) {
          response.mutable_clients()->Add(std::move(client->second));
          continue;
        }
      }
      response.add_offline_client_ids(wire::FormatClientId(id));
    }
  }
};

constexpr std::array kRows = {
    FanOutRow<Select>(),
    FanOutRow<AreOnline>(),
    FanOutRow<GetSessions>(),
};

}  // namespace

std::span<const Row> ManyQueryRows() {
  return kRows;
}

}  // namespace gatewayd::api
