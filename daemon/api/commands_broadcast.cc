// The commands to many clients.
#include <algorithm>
#include <array>
#include <set>

#include "api/broadcast_command.h"
#include "api/checks.h"
#include "api/command_parts.h"
#include "api/error.h"
#include "wire/requests.h"

namespace gatewayd::api {
namespace {

using wire::Command;

absl::Status PutBroadcastMessage(const auto& request, const Context& context, Plan& plan) {
  if (!request.has_message()) return FieldError("message", "is not set");
  absl::Status status = PutMessage(context.dialect, request.message(), plan.frame, plan.body);
  return status.ok() ? CheckFrameSize(0, plan.frame.body.size()) : status;
}

// Bytes that a frame has for its ext beside the body.
std::size_t RoomForExt(const Plan& plan) {
  return wire::kMaxFrameToGateway - wire::kFrameHeadSize - plan.frame.body.size();
}

// The excluded clients of each Gateway; those of unknown Gateways get nothing anyway.
absl::StatusOr<std::vector<ClientsOfGateway>> Excluded(const RepeatedStrings& ids, const Context& context) {
  auto exclude = CheckClientIds("exclude_client_ids", ids);
  if (!exclude.ok()) return exclude.status();
  std::vector<Failure> ignored;
  return ByGateway(context.view, *exclude, &ignored);
}

std::vector<std::uint32_t> ExcludedOf(const cluster::Gateway* gateway,
                                      std::span<const ClientsOfGateway> excluded) {
  std::vector<std::uint32_t> ids;
  for (const ClientsOfGateway& clients : excluded) {
    if (clients.gateway != gateway) continue;
    ids.insert(ids.end(), clients.connection_ids.begin(), clients.connection_ids.end());
  }
  return ids;
}

// ---- SendToAll

// Lists of targets, as many frames as they need.
void PlanTargets(const ClientsOfGateway& clients, Plan& plan) {
  constexpr std::size_t kBytesPerId = 11;  // ten digits and a comma
  constexpr std::size_t kBytesAround = sizeof(R"({"connections":[]})");
  const std::size_t room = RoomForExt(plan);
  const std::size_t per_frame =
      room > kBytesAround + kBytesPerId ? (room - kBytesAround) / kBytesPerId : std::size_t{1};
  std::span<const std::uint32_t> rest = clients.connection_ids;
  while (!rest.empty()) {
    const auto run = rest.first(std::min(per_frame, rest.size()));
    plan.steps.push_back({.gateway = clients.gateway, .ext = plan.AddExt(wire::ConnectionsJson(run))});
    rest = rest.subspan(run.size());
  }
}

absl::Status PlanToTargets(const pb::SendToAllRequest& request, const Context& context, Plan& plan) {
  auto targets = CheckClientIds("targets.client_ids", request.targets().client_ids());
  if (!targets.ok()) return targets.status();
  auto exclude = CheckClientIds("exclude_client_ids", request.exclude_client_ids());
  if (!exclude.ok()) return exclude.status();
  // A Gateway looks at either list, never at both.
  const std::set<wire::ClientId> excluded(exclude->begin(), exclude->end());
  std::erase_if(*targets, [&](const wire::ClientId& id) { return excluded.count(id) != 0; });
  plan.nothing = targets->empty();
  for (const ClientsOfGateway& clients : ByGateway(context.view, *targets, &plan.failures))
    PlanTargets(clients, plan);
  return absl::OkStatus();
}

absl::Status PlanToEveryone(const pb::SendToAllRequest& request, const Context& context, Plan& plan) {
  const auto excluded = Excluded(request.exclude_client_ids(), context);
  if (!excluded.ok()) return excluded.status();
  for (const auto& member : context.view.members) {
    Step step = {.gateway = member.get()};
    const auto ids = ExcludedOf(member.get(), *excluded);
    if (!ids.empty()) step.ext = plan.AddExt(wire::ExcludeJson(ids));
    plan.steps.push_back(step);
  }
  return absl::OkStatus();
}

struct SendToAll {
  static constexpr Info kInfo = {.name = "SendToAll",
                                 .kind = Kind::kCommand,
                                 .target = Target::kEveryGateway,
                                 .commands = {Command::kSendToAll}};
  static constexpr auto kTake = &GatewayRpcs::RequestSendToAll;
  static constexpr int kField = pb::Command::kSendToAllFieldNumber;
  static constexpr auto kGet = &pb::Command::send_to_all;
  static absl::Status Build(const pb::SendToAllRequest& request, const Context& context, Plan& plan) {
    if (absl::Status status = PutBroadcastMessage(request, context, plan); !status.ok()) return status;
    return request.has_targets() ? PlanToTargets(request, context, plan)
                                 : PlanToEveryone(request, context, plan);
  }
};

// ---- SendToUid

struct SendToUid {
  static constexpr Info kInfo = {.name = "SendToUid",
                                 .kind = Kind::kCommand,
                                 .target = Target::kEveryGateway,
                                 .commands = {Command::kSendToUid}};
  static constexpr auto kTake = &GatewayRpcs::RequestSendToUid;
  static constexpr int kField = pb::Command::kSendToUidFieldNumber;
  static constexpr auto kGet = &pb::Command::send_to_uid;
  static absl::Status Build(const pb::SendToUidRequest& request, const Context& context, Plan& plan) {
    if (absl::Status status = PutBroadcastMessage(request, context, plan); !status.ok()) return status;
    const auto uids = CheckNames(context.dialect, "uids", request.uids());
    if (!uids.ok()) return uids.status();
    plan.nothing = uids->empty();
    if (plan.nothing) return absl::OkStatus();
    const auto runs = SplitNames(*uids, RoomForExt(plan));
    if (runs.empty()) return CheckFrameSize(RoomForExt(plan) + 1, plan.frame.body.size());
    for (const auto run : runs)
      plan.AddExt(wire::StringListJson(run));
    PlanEveryGateway(context.view, plan);
    return absl::OkStatus();
  }
};

// ---- SendToGroup

constexpr std::size_t kBytesAroundGroups = sizeof(R"({"group":,"exclude":null})");

// Adds one ext for each run of groups that fits beside the exclusions, and gives the first and the last + 1.
absl::Status AddGroupExts(std::span<const std::string> groups, std::span<const std::uint32_t> exclude,
                          Plan& plan, std::pair<std::uint32_t, std::uint32_t>* exts) {
  const std::size_t around = kBytesAroundGroups + wire::ExcludeJson(exclude).size();
  const std::size_t room = RoomForExt(plan);
  const auto runs = SplitNames(groups, room > around ? room - around : 0);
  if (runs.empty()) return CheckFrameSize(room + 1, plan.frame.body.size());
  exts->first = static_cast<std::uint32_t>(plan.exts.size());
  for (const auto run : runs)
    plan.AddExt(wire::GroupsJson(run, exclude));
  exts->second = static_cast<std::uint32_t>(plan.exts.size());
  return absl::OkStatus();
}

absl::Status PlanGroups(std::span<const std::string> groups, std::span<const ClientsOfGateway> excluded,
                        const Context& context, Plan& plan) {
  std::pair<std::uint32_t, std::uint32_t> common;
  if (absl::Status status = AddGroupExts(groups, {}, plan, &common); !status.ok()) return status;
  for (const auto& member : context.view.members) {
    auto exts = common;
    const auto ids = ExcludedOf(member.get(), excluded);
    if (!ids.empty()) {
      if (absl::Status status = AddGroupExts(groups, ids, plan, &exts); !status.ok()) return status;
    }
    for (std::uint32_t ext = exts.first; ext < exts.second; ++ext)
      plan.steps.push_back({.gateway = member.get(), .ext = ext});
  }
  return absl::OkStatus();
}

struct SendToGroup {
  static constexpr Info kInfo = {.name = "SendToGroup",
                                 .kind = Kind::kCommand,
                                 .target = Target::kEveryGateway,
                                 .commands = {Command::kSendToGroup}};
  static constexpr auto kTake = &GatewayRpcs::RequestSendToGroup;
  static constexpr int kField = pb::Command::kSendToGroupFieldNumber;
  static constexpr auto kGet = &pb::Command::send_to_group;
  static absl::Status Build(const pb::SendToGroupRequest& request, const Context& context, Plan& plan) {
    if (absl::Status status = PutBroadcastMessage(request, context, plan); !status.ok()) return status;
    const auto groups = CheckNames(context.dialect, "groups", request.groups());
    if (!groups.ok()) return groups.status();
    const auto excluded = Excluded(request.exclude_client_ids(), context);
    if (!excluded.ok()) return excluded.status();
    plan.nothing = groups->empty();
    return plan.nothing ? absl::OkStatus() : PlanGroups(*groups, *excluded, context, plan);
  }
};

// ---- Ungroup

struct Ungroup {
  static constexpr Info kInfo = {.name = "Ungroup",
                                 .kind = Kind::kCommand,
                                 .target = Target::kEveryGateway,
                                 .commands = {Command::kUngroup}};
  static constexpr auto kTake = &GatewayRpcs::RequestUngroup;
  static constexpr int kField = pb::Command::kUngroupFieldNumber;
  static constexpr auto kGet = &pb::Command::ungroup;
  static absl::Status Build(const pb::UngroupRequest& request, const Context& context, Plan& plan) {
    if (absl::Status status = CheckName(context.dialect, "group", request.group()); !status.ok()) {
      return status;
    }
    plan.AddExt(request.group());
    PlanEveryGateway(context.view, plan);
    return absl::OkStatus();
  }
};

constexpr std::array kRows = {
    BroadcastRow<SendToAll>(),
    BroadcastRow<SendToUid>(),
    BroadcastRow<SendToGroup>(),
    BroadcastRow<Ungroup>(),
};

}  // namespace

std::span<const Row> BroadcastCommandRows() {
  return kRows;
}

}  // namespace gatewayd::api
