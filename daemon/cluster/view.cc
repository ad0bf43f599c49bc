#include <random>

#include "absl/strings/str_cat.h"
#include "cluster/cluster.h"
#include "cluster/errors.h"
#include "cluster/text.h"

namespace gatewayd::cluster {

absl::Status View::CheckUsable() const {
  if (any_answer) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable, Reason::kNoView, "",
                   StrCat("no view of the cluster yet: ", why_incomplete));
}

absl::StatusOr<Gateway*> View::Find(const wire::GatewayAddress& address) const {
  if (const auto at = by_address.find(address); at != by_address.end()) return at->second.get();
  if (!any_answer) return CheckUsable();
  const std::string name = wire::ToString(address);
  if (!complete) {
    return MakeError(
        absl::StatusCode::kUnavailable, Reason::kNoView, name,
        StrCat("not a known member, and the view of the cluster is incomplete: ", why_incomplete));
  }
  return MakeError(absl::StatusCode::kNotFound, Reason::kUnknownGateway, name,
                   "no member of the cluster carries such client_ids");
}

std::string NewInstanceId() {
  std::random_device random;
  return absl::StrCat(absl::Hex(random(), absl::kZeroPad8), absl::Hex(random(), absl::kZeroPad8));
}

}  // namespace gatewayd::cluster
