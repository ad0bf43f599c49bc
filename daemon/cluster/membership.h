// Who belongs to the cluster. Registers share nothing, so the truth is the union of what they say; a lost
// Register's last word stands until it is back, and a restarted one's first lists are empty or partial. So a
// Gateway is a member while any Register lists it *or* it is linked now. No I/O inside.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace gatewayd::cluster {

// Not thread-safe.
class Membership {
 public:
  // What a step changed. A Gateway that is no longer listed but still linked is in `unlisted`: its link is
  // kept, and not made again. One that is back on a list before that is in `listed`.
  struct Changes {
    std::vector<std::string> joined;    // new members, all of them listed
    std::vector<std::string> listed;    // members that are listed again
    std::vector<std::string> unlisted;  // members that stay only because they are linked
    std::vector<std::string> left;      // no members any more

    friend bool operator==(const Changes&, const Changes&) = default;
    bool empty() const { return joined.empty() && listed.empty() && unlisted.empty() && left.empty(); }
  };

  explicit Membership(std::size_t registers) : lists_(registers), answered_(registers, false) {}

  // Register number `index` said that these are its Gateways. Duplicates count once.
  Changes OnList(std::size_t index, const std::vector<std::string>& addresses);
  // The Gateway was linked, or is left without a live link. Unknown addresses are ignored.
  Changes OnLinked(const std::string& address, bool linked);

  bool IsMember(const std::string& address) const { return members_.contains(address); }
  bool IsListed(const std::string& address) const;
  bool any_answered() const;
  bool all_answered() const;
  // Members by address, in order.
  std::vector<std::string> members() const;

 private:
  struct Member {
    bool listed = true;
    bool linked = false;
  };

  std::vector<std::set<std::string>> lists_;
  std::vector<bool> answered_;
  std::map<std::string, Member> members_;
};

}  // namespace gatewayd::cluster
