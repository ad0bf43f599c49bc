#include "cluster/membership.h"

#include <algorithm>

namespace gatewayd::cluster {

bool Membership::IsListed(const std::string& address) const {
  return std::any_of(lists_.begin(), lists_.end(),
                     [&](const std::set<std::string>& list) { return list.contains(address); });
}

bool Membership::any_answered() const {
  return std::find(answered_.begin(), answered_.end(), true) != answered_.end();
}

bool Membership::all_answered() const {
  return std::find(answered_.begin(), answered_.end(), false) == answered_.end();
}

std::vector<std::string> Membership::members() const {
  std::vector<std::string> result;
  for (const auto& [address, member] : members_)
    result.push_back(address);
  return result;
}

Membership::Changes Membership::OnList(std::size_t index, const std::vector<std::string>& addresses) {
  Changes changes;
  answered_[index] = true;
  lists_[index] = {addresses.begin(), addresses.end()};
  for (const std::string& address : lists_[index]) {
    const auto [at, is_new] = members_.try_emplace(address);
    if (is_new) {
      changes.joined.push_back(address);
    } else if (!at->second.listed) {
      at->second.listed = true;
      changes.listed.push_back(address);
    }
  }
  for (auto at = members_.begin(); at != members_.end();) {
    auto& [address, member] = *at;
    if (!member.listed || IsListed(address)) {
      ++at;
    } else if (member.linked) {
      member.listed = false;
      changes.unlisted.push_back(address);
      ++at;
    } else {
      changes.left.push_back(address);
      at = members_.erase(at);
    }
  }
  return changes;
}

Membership::Changes Membership::OnLinked(const std::string& address, bool linked) {
  Changes changes;
  const auto at = members_.find(address);
  if (at == members_.end()) return changes;
  at->second.linked = linked;
  if (!linked && !at->second.listed) {
    changes.left.push_back(address);
    members_.erase(at);
  }
  return changes;
}

}  // namespace gatewayd::cluster
