// What is in each group, over all Gateways.
#include <array>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "api/query_parts.h"

namespace gatewayd::api {
namespace {

using wire::Command;

// Something for each group, the groups in the order in which they were first seen.
template <typename Value>
class ByGroup {
 public:
  Value& operator[](const std::string& group) {
    const auto [at, is_new] = place_.emplace(group, entries_.size());
    if (is_new) entries_.emplace_back(group, Value());
    return entries_[at->second].second;
  }
  const std::vector<std::pair<std::string, Value>>& entries() const { return entries_; }

 private:
  absl::flat_hash_map<std::string, std::size_t> place_;
  std::vector<std::pair<std::string, Value>> entries_;
};

struct SelectGroups {
  static absl::Status Ask(const auto& request, const Context& context, Plan& plan) {
    return PlanSelect(request, {.groups = true}, context, plan);
  }
};

// ---- Clients of each group

struct GetAllGroupClientIdCount : SelectGroups {
  static constexpr Info kInfo = {
      .name = "GetAllGroupClientIdCount", .commands = {Command::kSelect}, .merge = "sum for each group"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllGroupClientIdCount;
  using Part = ByGroup<std::uint64_t>;
  static absl::Status Read(const Answer& answer, Part& part) {
    return answer.dialect.VisitSelected(answer.bytes, [&](const wire::SelectedClient& client) {
      for (const std::string& group : client.groups)
        ++part[group];
    });
  }
  static void Merge(const auto& /*request*/, const Slots<Part>& parts,
                    pb::GetAllGroupClientIdCountResponse& response) {
    Part sums;
    for (const auto& slot : parts) {
      for (const auto& [group, count] : slot.part.entries())
        sums[group] += count;
    }
    for (const auto& [group, count] : sums.entries()) {
      pb::GroupCount* entry = response.add_groups();
      SetGroup(group, *entry);
      entry->set_count(count);
    }
  }
};

struct GetAllGroupClientIdList : SelectGroups {
  static constexpr Info kInfo = {.name = "GetAllGroupClientIdList",
                                 .commands = {Command::kSelect},
                                 .merge = "all clients of each group"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllGroupClientIdList;
  using Part = ByGroup<wire::ConnectionIds>;
  static absl::Status Read(const Answer& answer, Part& part) {
    return answer.dialect.VisitSelected(answer.bytes, [&](const wire::SelectedClient& client) {
      for (const std::string& group : client.groups)
        part[group].push_back(client.connection_id);
    });
  }
  static void Merge(const auto& /*request*/, const Slots<Part>& parts,
                    pb::GetAllGroupClientIdListResponse& response) {
    ByGroup<pb::GroupClientIds*> groups;
    for (const auto& slot : parts) {
      for (const auto& [group, ids] : slot.part.entries()) {
        pb::GroupClientIds*& entry = groups[group];
        if (entry == nullptr) SetGroup(group, *(entry = response.add_groups()));
        for (const std::uint32_t id : ids)
          entry->add_client_ids(ClientIdOf(slot.step, id));
      }
    }
  }
};

// ---- Uids of each group: the same one can be on several Gateways

struct UidsOfGroups {
  using Part = ByGroup<Texts>;
  static absl::Status Ask(const auto& request, const Context& context, Plan& plan) {
    return PlanSelect(request, {.uid = true, .groups = true}, context, plan);
  }
  static absl::Status Read(const Answer& answer, Part& part) {
    return answer.dialect.VisitSelected(answer.bytes, [&](const wire::SelectedClient& client) {
      if (!client.uid) return;
      for (const std::string& group : client.groups)
        part[group].push_back(*client.uid);
    });
  }
  // Calls add(entry, uid) for each different uid of each group.
  template <typename Entry, typename Response, typename Add>
  static void MergeInto(const Slots<Part>& parts, Response& response, Add add) {
    struct Group {
      Entry* entry = nullptr;
      Distinct seen;
    };
    ByGroup<Group> groups;
    for (const auto& slot : parts) {
      for (const auto& [name, uids] : slot.part.entries()) {
        Group& group = groups[name];
        if (group.entry == nullptr) SetGroup(name, *(group.entry = response.add_groups()));
        for (const std::string& uid : uids) {
          if (group.seen.Insert(uid)) add(*group.entry, uid);
        }
      }
    }
  }
};

struct GetAllGroupUidCount : UidsOfGroups {
  static constexpr Info kInfo = {.name = "GetAllGroupUidCount",
                                 .commands = {Command::kSelect},
                                 .merge = "number of different uids of each group"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllGroupUidCount;
  static void Merge(const auto& /*request*/, const Slots<Part>& parts,
                    pb::GetAllGroupUidCountResponse& response) {
    MergeInto<pb::GroupCount>(parts, response, [](pb::GroupCount& entry, const std::string& /*uid*/) {
      entry.set_count(entry.count() + 1);
    });
  }
};

struct GetAllGroupUidList : UidsOfGroups {
  static constexpr Info kInfo = {
      .name = "GetAllGroupUidList", .commands = {Command::kSelect}, .merge = "each uid of each group once"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllGroupUidList;
  static void Merge(const auto& /*request*/, const Slots<Part>& parts,
                    pb::GetAllGroupUidListResponse& response) {
    MergeInto<pb::GroupUids>(parts, response,
                             [](pb::GroupUids& entry, const std::string& uid) { AddUid(uid, entry); });
  }
};

// ---- The groups themselves

struct GetAllGroupIdList {
  static constexpr Info kInfo = {
      .name = "GetAllGroupIdList", .commands = {Command::kGetGroupIdList}, .merge = "each group once"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetAllGroupIdList;
  using Part = Texts;
  static absl::Status Ask(const auto& /*request*/, const Context& context, Plan& plan) {
    PlanEveryGateway(context.view, plan);
    return absl::OkStatus();
  }
  static absl::Status Read(const Answer& answer, Part& part) {
    return Keep(answer.dialect.DecodeGroups(answer.bytes), part);
  }
  static void Merge(const auto& /*request*/, const Slots<Part>& parts,
                    pb::GetAllGroupIdListResponse& response) {
    Distinct seen;
    for (const auto& slot : parts) {
      for (const std::string& group : slot.part) {
        if (seen.Insert(group)) AddGroup(group, response);
      }
    }
  }
};

// ---- Counts of the groups named

struct GetClientCountByGroups {
  static constexpr Info kInfo = {.name = "GetClientCountByGroups",
                                 .commands = {Command::kBatchGetClientCountByGroup},
                                 .bounded = true,
                                 .merge = "sum for each group, in the order asked"};
  static constexpr auto kTake = &GatewayRpcs::RequestGetClientCountByGroups;
  using Part = wire::CountsByGroup;
  static constexpr std::size_t kMaxList = 64 * 1024;
  // What one group's entry takes in an answer beside its name, which JSON may escape.
  static constexpr std::size_t kBytesPerCount = 40;
  // A Go Gateway writes '<' as six bytes.
  static constexpr std::size_t kMaxEscape = 6;

  static absl::Status Ask(const pb::GetClientCountByGroupsRequest& request, const Context& context,
                          Plan& plan) {
    const auto groups = CheckNames(context.dialect, "groups", request.groups());
    if (!groups.ok()) return groups.status();
    for (const auto run : SplitNames(*groups, kMaxList)) {
      plan.AddExt(wire::StringListJson(run));
      const std::size_t names = plan.exts.back().size() * kMaxEscape;
      const std::size_t bound = kNumberAnswerSize + names + run.size() * kBytesPerCount;
      plan.bounded = std::max(plan.bounded, bound);
    }
    if (!groups->empty()) PlanEveryGateway(context.view, plan);
    return absl::OkStatus();
  }
  static absl::Status Read(const Answer& answer, Part& part) {
    return Keep(answer.dialect.DecodeCountsByGroup(answer.bytes), part);
  }
  static void Merge(const pb::GetClientCountByGroupsRequest& request, const Slots<Part>& parts,
                    pb::GetClientCountByGroupsResponse& response) {
    ByGroup<pb::GroupCount*> entries;
    for (const std::string& group : request.groups()) {
      pb::GroupCount*& entry = entries[group];
      if (entry == nullptr) (entry = response.add_groups())->set_group(group);
    }
    for (const auto& slot : parts) {
      for (const auto& [group, count] : slot.part) {
        pb::GroupCount* entry = entries[group];
        if (entry != nullptr) entry->set_count(entry->count() + count);
      }
    }
  }
};

constexpr std::array kRows = {
    FanOutRow<GetAllGroupClientIdCount>(), FanOutRow<GetAllGroupUidCount>(),
    FanOutRow<GetAllGroupIdList>(),        FanOutRow<GetAllGroupUidList>(),
    FanOutRow<GetAllGroupClientIdList>(),  FanOutRow<GetClientCountByGroups>(),
};

}  // namespace

std::span<const Row> GroupQueryRows() {
  return kRows;
}

}  // namespace gatewayd::api
