#include "api/checks.h"

#include "absl/container/flat_hash_set.h"
#include "api/error.h"
#include "api/text.h"
#include "cluster/text.h"

namespace gatewayd::api {
namespace {

using cluster::StrCat;

// "uids[3]".
std::string Indexed(std::string_view field, int index) {
  return StrCat(field, "[", index, "]");
}

absl::Status CheckListSize(std::string_view field, int size) {
  if (size <= kMaxListSize) return absl::OkStatus();
  return FieldError(field, StrCat("holds ", size, " entries, more than ", kMaxListSize));
}

}  // namespace

absl::StatusOr<wire::ClientId> CheckClientId(std::string_view field, std::string_view text) {
  if (const auto id = wire::ParseClientId(text)) return *id;
  if (text.empty()) return FieldError(field, "is empty");
  return FieldError(field, StrCat("must be 20 hex digits, not ", Quote(text)));
}

absl::StatusOr<std::vector<wire::ClientId>> CheckClientIds(std::string_view field,
                                                           const RepeatedStrings& ids) {
  if (absl::Status status = CheckListSize(field, ids.size()); !status.ok()) return status;
  std::vector<wire::ClientId> out;
  out.reserve(static_cast<std::size_t>(ids.size()));
  absl::flat_hash_set<std::pair<wire::GatewayAddress, std::uint32_t>> seen;
  for (int i = 0; i < ids.size(); ++i) {
    const auto id = wire::ParseClientId(ids[i]);
    if (!id) return CheckClientId(Indexed(field, i), ids[i]).status();
    if (seen.emplace(id->gateway, id->connection_id).second) out.push_back(*id);
  }
  return out;
}

absl::Status CheckName(const wire::Dialect& dialect, std::string_view field, std::string_view name) {
  if (name.empty()) return FieldError(field, "is empty");
  if (name.size() > kMaxNameSize) {
    return FieldError(field, StrCat("is longer than ", kMaxNameSize, " bytes"));
  }
  if (!dialect.IsUsableName(name)) {
    return FieldError(field, StrCat(dialect.name(), " Gateways take no uid or group ", Quote(name)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> CheckNames(const wire::Dialect& dialect, std::string_view field,
                                                    const RepeatedStrings& names) {
  if (absl::Status status = CheckListSize(field, names.size()); !status.ok()) return status;
  std::vector<std::string> out;
  out.reserve(static_cast<std::size_t>(names.size()));
  absl::flat_hash_set<absl::string_view> seen;
  for (int i = 0; i < names.size(); ++i) {
    if (absl::Status status = CheckName(dialect, field, names[i]); !status.ok()) {
      return CheckName(dialect, Indexed(field, i), names[i]);
    }
    if (seen.insert(names[i]).second) out.push_back(names[i]);
  }
  return out;
}

absl::Status CheckConfirm(gatewayworker::v1::Confirm confirm) {
  if (gatewayworker::v1::Confirm_IsValid(confirm)) return absl::OkStatus();
  return FieldError("confirm", StrCat("has no value ", static_cast<int>(confirm)));
}

absl::Status CheckConsistency(gatewayworker::v1::Consistency consistency) {
  if (gatewayworker::v1::Consistency_IsValid(consistency)) return absl::OkStatus();
  return FieldError("consistency", StrCat("has no value ", static_cast<int>(consistency)));
}

}  // namespace gatewayd::api
