#include "api/send_ledger.h"

#include <algorithm>

namespace gatewayd::api {

void SendLedger::Begin(std::shared_ptr<const cluster::View> view) {
  view_ = std::move(view);
  refused_.clear();
}

absl::Status SendLedger::Check(const cluster::Gateway& gateway) const {
  for (const auto& [refused, status] : refused_) {
    if (refused == &gateway) return status;
  }
  return absl::OkStatus();
}

void SendLedger::Touch(cluster::Gateway& gateway) {
  const auto is_it = [&](const Touched& touched) { return touched.gateway == &gateway; };
  if (std::any_of(touched_.begin(), touched_.end(), is_it)) return;
  touched_.push_back({&gateway, gateway.command_link_life(), view_});
}

void SendLedger::Note(const cluster::Gateway& gateway, const absl::Status& status) {
  if (absl::IsResourceExhausted(status)) refused_.emplace_back(&gateway, status);
}

}  // namespace gatewayd::api
