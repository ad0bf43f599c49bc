// The counts over all Gateways.
#include <array>

#include "api/query_parts.h"

namespace gatewayd::api {
namespace {

using wire::Command;

// ---- Clients: each Gateway counts its own

absl::Status PlanCount(std::string group, const Context& context, Plan& plan) {
  plan.AddExt(std::move(group));
  plan.bounded = kNumberAnswerSize;
  PlanEveryGateway(context.view, plan);
  return absl::OkStatus();
}

struct CountOfClients {
  using Part = std::uint64_t;
  static absl::Status Read(const Answer& answer, Part& part) { return ReadCount(answer, part); }
  static void Merge(const auto& /*request*/, const Slots<Part>& parts, auto& response) {
    Part sum = 0;
    for (const auto& slot : parts)
      sum += slot.part;
    response.set_count(sum);
  }
};

struct GetAllClientCount : CountOfClients {
  static constexpr Info kInfo = {.name = "GetAllClientCount",
                                 .commands = {Command::kGetClientCountByGroup},
                                 .bounded = true,
                                 .merge = "sum"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllClientCount;
  static absl::Status Ask(const pb::GetAllClientCountRequest& /*request*/, const Context& context,
                          Plan& plan) {
    return PlanCount("", context, plan);
  }
};

struct GetClientCountByGroup : CountOfClients {
  static constexpr Info kInfo = {.name = "GetClientCountByGroup",
                                 .commands = {Command::kGetClientCountByGroup},
                                 .bounded = true,
                                 .merge = "sum"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetClientCountByGroup;
  static absl::Status Ask(const pb::GetClientCountByGroupRequest& request, const Context& context,
                          Plan& plan) {
    // "" would count everyone.
    absl::Status status = CheckName(context.dialect, "group", request.group());
    return status.ok() ? PlanCount(request.group(), context, plan) : status;
  }
};

// ---- Uids: the same one can be on several Gateways

struct CountOfUids {
  using Part = Texts;
  static absl::Status Ask(const auto& request, const Context& context, Plan& plan) {
    return PlanSelect(request, {.uid = true}, context, plan);
  }
  static absl::Status Read(const Answer& answer, Part& part) { return ReadUids(answer, part); }
  static void Merge(const auto& /*request*/, const Slots<Part>& parts, auto& response) {
    Distinct uids;
    for (const auto& slot : parts) {
      for (const std::string& uid : slot.part)
        uids.Insert(uid);
    }
    response.set_count(uids.size());
  }
};

struct GetUidCountByGroup : CountOfUids {
  static constexpr Info kInfo = {
      .name = "GetUidCountByGroup", .commands = {Command::kSelect}, .merge = "number of different uids"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetUidCountByGroup;
};

struct GetAllUidCount : CountOfUids {
  static constexpr Info kInfo = {
      .name = "GetAllUidCount", .commands = {Command::kSelect}, .merge = "number of different uids"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllUidCount;
};

// ---- Whether there is one

struct IsUidOnline {
  static constexpr Info kInfo = {.name = "IsUidOnline",
                                 .commands = {Command::kGetClientIdByUid},
                                 .merge = "true where one has a client"};
  static constexpr auto kTake = &GatewayRpcs::RequestIsUidOnline;
  using Part = wire::ConnectionIds;
  static absl::Status Ask(const pb::IsUidOnlineRequest& request, const Context& context, Plan& plan) {
    if (absl::Status status = CheckName(context.dialect, "uid", request.uid()); !status.ok()) return status;
    plan.AddExt(request.uid());
    PlanEveryGateway(context.view, plan);
    return absl::OkStatus();
  }
  static absl::Status Read(const Answer& answer, Part& part) { return ReadConnectionIds(answer, part); }
  static void Merge(const pb::IsUidOnlineRequest& /*request*/, const Slots<Part>& parts,
                    pb::IsUidOnlineResponse& response) {
    for (const auto& slot : parts) {
      if (!slot.part.empty()) response.set_online(true);
    }
  }
};

constexpr std::array kRows = {
    FanOutRow<IsUidOnline>(),        FanOutRow<GetAllClientCount>(), FanOutRow<GetClientCountByGroup>(),
    FanOutRow<GetUidCountByGroup>(), FanOutRow<GetAllUidCount>(),
};

}  // namespace

std::span<const Row> CountQueryRows() {
  return kRows;
}

}  // namespace gatewayd::api
