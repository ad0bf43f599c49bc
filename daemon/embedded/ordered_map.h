// A map that keeps the order of insertion, as PHP's arrays do, with constant-time lookup and removal.
#pragma once

#include <cstddef>
#include <list>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "wire/absl_view.h"

namespace gatewayd::embedded {

// Assigning to a key that is there keeps its place; removing and assigning again puts it at the end.
// References to values stay good until their entry is removed. `K` must be hashable by absl.
template <typename K, typename V>
class OrderedMap {
 public:
  using Entries = std::list<std::pair<const K, V>>;
  using iterator = typename Entries::iterator;
  using const_iterator = typename Entries::const_iterator;

  OrderedMap() = default;
  OrderedMap(OrderedMap&&) noexcept = default;
  OrderedMap& operator=(OrderedMap&&) noexcept = default;

  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }
  std::size_t size() const { return index_.size(); }
  bool empty() const { return index_.empty(); }

  template <typename Q>
  V* Find(const Q& key) {
    auto found = index_.find(Lookup(key));
    return found == index_.end() ? nullptr : &found->second->second;
  }
  template <typename Q>
  const V* Find(const Q& key) const {
    auto found = index_.find(Lookup(key));
    return found == index_.end() ? nullptr : &found->second->second;
  }
  template <typename Q>
  bool Contains(const Q& key) const {
    return index_.contains(Lookup(key));
  }

  // The value of `key`, made by default at the end where it was not there.
  V& operator[](const K& key) {
    auto [at, added] = index_.try_emplace(key);
    if (added) at->second = entries_.emplace(entries_.end(), key, V());
    return at->second->second;
  }

  template <typename Q>
  bool Erase(const Q& key) {
    auto found = index_.find(Lookup(key));
    if (found == index_.end()) return false;
    entries_.erase(found->second);
    index_.erase(found);
    return true;
  }

 private:
  template <typename Q>
  static decltype(auto) Lookup(const Q& key) {
    if constexpr (std::is_same_v<Q, std::string_view>) {
      return wire::ToAbsl(key);
    } else {
      return (key);
    }
  }

  Entries entries_;
  absl::flat_hash_map<K, iterator> index_;
};

}  // namespace gatewayd::embedded
