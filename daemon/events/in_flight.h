// What was delivered to one worker and is not acknowledged: by delivery id, ascending. Adding at the end and
// acknowledging near the front, which is what workers do, costs no search. No I/O inside.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace gatewayd::events {

// Not thread-safe.
template <typename Item>
class InFlight {
 public:
  bool empty() const { return live_ == 0; }
  std::size_t size() const { return live_; }

  // `id` must be above every id that was added before.
  void Add(std::uint64_t id, Item item) {
    slots_.push_back({id, true, std::move(item)});
    ++live_;
  }

  // Takes `id` out; false where it is not there.
  bool Take(std::uint64_t id, Item* item) {
    Slot* slot = Find(id);
    if (slot == nullptr) return false;
    *item = std::move(slot->item);
    Remove(*slot);
    Tidy();
    return true;
  }

  // Takes out all from `first` to `last`, both included, in order: take(Item&&). Returns how many.
  template <typename Function>
  std::size_t TakeRange(std::uint64_t first, std::uint64_t last, Function&& take) {
    std::size_t taken = 0;
    for (auto slot = LowerBound(first); slot != slots_.end() && slot->id <= last; ++slot) {
      if (!slot->live) continue;
      Item item = std::move(slot->item);
      Remove(*slot);
      ++taken;
      take(std::move(item));
    }
    Tidy();
    return taken;
  }

  // Takes out everything, in order.
  std::vector<Item> TakeAll() {
    std::vector<Item> items;
    items.reserve(live_);
    for (Slot& slot : slots_) {
      if (slot.live) items.push_back(std::move(slot.item));
    }
    slots_.clear();
    live_ = 0;
    return items;
  }

  // Null where it is not there. Valid until the next change.
  const Item* Get(std::uint64_t id) {
    const Slot* slot = Find(id);
    return slot == nullptr ? nullptr : &slot->item;
  }
  // The oldest; must not be empty.
  const Item& front() const { return slots_.front().item; }
  // Slots that are kept, for the tests: never more than 64 and four times size().
  std::size_t slots() const { return slots_.size(); }

 private:
  struct Slot {
    std::uint64_t id;
    bool live;
    Item item;
  };
  static constexpr std::size_t kTidyAt = 64;

  auto LowerBound(std::uint64_t id) {
    return std::lower_bound(slots_.begin(), slots_.end(), id,
                            [](const Slot& slot, std::uint64_t wanted) { return slot.id < wanted; });
  }

  Slot* Find(std::uint64_t id) {
    if (slots_.empty() || id < slots_.front().id) return nullptr;
    const std::uint64_t guess = id - slots_.front().id;  // right where no slot before it was tidied away
    if (guess < slots_.size() && slots_[guess].id == id) return slots_[guess].live ? &slots_[guess] : nullptr;
    const auto slot = LowerBound(id);
    return slot != slots_.end() && slot->id == id && slot->live ? &*slot : nullptr;
  }

  void Remove(Slot& slot) {
    slot.live = false;
    slot.item = Item();
    --live_;
  }

  // One event that is never acknowledged must not keep the places of all that came after it.
  void Tidy() {
    while (!slots_.empty() && !slots_.front().live)
      slots_.pop_front();
    if (slots_.size() < kTidyAt || live_ * 4 > slots_.size()) return;
    std::erase_if(slots_, [](const Slot& slot) { return !slot.live; });
  }

  std::deque<Slot> slots_;
  std::size_t live_ = 0;
};

}  // namespace gatewayd::events
