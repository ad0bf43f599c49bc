// What the queries share: how lists are asked for, and how texts that need not be UTF-8 get into a response.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/context.h"
#include "api/plan.h"
#include "api/queries.h"
#include "api/text.h"
#include "wire/absl_view.h"
#include "wire/answers.h"
#include "wire/requests.h"

namespace gatewayd::api {

// Asks every Gateway for `fields` of the clients in `request`'s group, where it has one, else of all.
template <typename Request>
absl::Status PlanSelect(const Request& request, const wire::SelectFields& fields, const Context& context,
                        Plan& plan) {
  wire::SelectFilter filter;
  if constexpr (requires { request.group(); }) {
    if (absl::Status status = CheckName(context.dialect, "group", request.group()); !status.ok()) {
      return status;
    }
    filter.groups = {request.group()};
  }
  plan.AddExt(wire::SelectJson(fields, filter));
  PlanEveryGatewayWithIds(context.view, plan);
  return absl::OkStatus();
}

// Moves what a dialect has read to where it is kept.
template <typename T>
absl::Status Keep(absl::StatusOr<T> read, T& out) {
  if (!read.ok()) return read.status();
  out = *std::move(read);
  return absl::OkStatus();
}

// The id of a client of the Gateway that a step asked.
inline std::string ClientIdOf(const Step& step, std::uint32_t connection_id) {
  return wire::FormatClientId({step.address, connection_id});
}

// Puts a uid where it belongs: into `uids`, or into `uids_not_utf8`.
template <typename Message>
void AddUid(std::string uid, Message& out) {
  IsUtf8(uid) ? out.add_uids(std::move(uid)) : out.add_uids_not_utf8(std::move(uid));
}

// The same for the names of groups.
template <typename Message>
void AddGroup(std::string group, Message& out) {
  IsUtf8(group) ? out.add_groups(std::move(group)) : out.add_groups_not_utf8(std::move(group));
}

template <typename Message>
void SetGroup(std::string group, Message& out) {
  IsUtf8(group) ? out.set_group(std::move(group)) : out.set_group_not_utf8(std::move(group));
}

// Each text once. It borrows what it is given.
class Distinct {
 public:
  // True for the first of its kind.
  bool Insert(std::string_view text) { return seen_.insert(wire::ToAbsl(text)).second; }
  std::size_t size() const { return seen_.size(); }

 private:
  absl::flat_hash_set<absl::string_view> seen_;
};

using Texts = std::vector<std::string>;

// An answer to SELECT with the uids of its clients.
absl::Status ReadUids(const Answer& answer, Texts& uids);
// An answer to SELECT with its clients.
absl::Status ReadClients(const Answer& answer, wire::ConnectionIds& ids);
// An answer that is a list of clients (command 15).
absl::Status ReadConnectionIds(const Answer& answer, wire::ConnectionIds& ids);
// An answer that is a number.
absl::Status ReadCount(const Answer& answer, std::uint64_t& count);

template <typename Response>
void AddClientIds(const Slots<wire::ConnectionIds>& parts, Response& out) {
  for (const auto& slot : parts) {
    for (const std::uint32_t id : slot.part)
      out.add_client_ids(ClientIdOf(slot.step, id));
  }
}

}  // namespace gatewayd::api
