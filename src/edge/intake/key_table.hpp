// A hash table from 64-bit hashes to 32-bit numbers, flat and without removal: one cache miss a
// look-up. Keys are hashes already and are not hashed again.
#pragma once

#include <cstdint>
#include <vector>

namespace tollgate::intake {

class KeyTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  KeyTable() { clear(); }
  void clear() {
    slots_.assign(kSlotsMin, {});
    size_ = 0;
  }
  size_t size() const { return size_; }

  uint32_t find(uint64_t key) const {
    for (size_t i = place(key);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.value == kNone) return kNone;
      if (slot.key == key) return slot.value;
    }
  }
  /// Brings the slot of a key that is asked for soon into the cache.
  void prefetch(uint64_t key) const { __builtin_prefetch(&slots_[place(key)]); }
  /// `value` is not kNone.
  void put(uint64_t key, uint32_t value) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    insert(key, value);
  }

 private:
  static constexpr size_t kSlotsMin = 1024;
  struct Slot {
    uint64_t key = 0;
    uint32_t value = kNone;
  };
  size_t place(uint64_t key) const { return key & (slots_.size() - 1); }
  void insert(uint64_t key, uint32_t value) {
    for (size_t i = place(key);; i = (i + 1) & (slots_.size() - 1)) {
      Slot& slot = slots_[i];
      if (slot.value != kNone && slot.key != key) continue;
      if (slot.value == kNone) ++size_;
      slot = {key, value};
      return;
    }
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old) {
      if (slot.value != kNone) insert(slot.key, slot.value);
    }
  }
  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace tollgate::intake
