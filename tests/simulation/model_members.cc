// Promise 8, fail static: a Gateway is a member while any Register's last word lists it, or it is linked.
#include "simulation/model.h"

namespace gatewayd::simulation {

void Model::OnRegisterSays(int index, std::uint64_t connection, std::uint64_t bytes, bool list,
                           const std::set<std::string>& gateways) {
  (void)index;
  sayings_[connection].push_back({bytes, list, gateways});
}

// The last whole line that was read counts; after a line that is no list the daemon hangs up.
void Model::OnRegisterRead(int index, std::uint64_t connection, std::uint64_t bytes) {
  std::deque<Saying>& sayings = sayings_[connection];
  while (!sayings.empty() && sayings.front().bytes <= bytes) {
    if (!sayings.front().list) {
      // Nothing that comes after it on this connection is looked at.
      sayings.front().bytes = UINT64_MAX;
      return;
    }
    lists_[static_cast<std::size_t>(index)] = sayings.front().gateways;
    sayings.pop_front();
  }
}

void Model::OnLinked(const std::string& address, bool linked) {
  if (linked) {
    linked_.insert(address);
  } else {
    linked_.erase(address);
  }
}

bool Model::IsListed(const std::string& address) const {
  for (const std::set<std::string>& list : lists_) {
    if (list.contains(address)) return true;
  }
  return false;
}

void Model::OnMembers(const std::vector<std::string>& members) {
  std::set<std::string> right = linked_;
  for (const std::set<std::string>& list : lists_)
    right.insert(list.begin(), list.end());
  const std::set<std::string> seen(members.begin(), members.end());
  if (seen == right) return;
  std::string text = "the view has";
  for (const std::string& address : seen)
    text += " " + address;
  text += "; listed or linked are";
  for (const std::string& address : right)
    text += " " + address;
  sim_.Broken(8, text);
}

}  // namespace gatewayd::simulation
