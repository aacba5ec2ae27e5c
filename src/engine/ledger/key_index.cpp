#include "engine/ledger/key_index.hpp"

#include <functional>

namespace tollgate::ledger {
namespace {

constexpr size_t kFirstSlots = 1024;

uint64_t hash_of(std::string_view key) { return std::hash<std::string_view>{}(key); }

}  // namespace

void KeyIndex::place(Slot slot) {
  size_t at = slot.hash & (slots_.size() - 1);
  while (slots_[at].position != kFree) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = slot;
}

void KeyIndex::grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_.assign(old.empty() ? kFirstSlots : old.size() * 2, Slot{});
  for (const Slot& slot : old) {
    if (slot.position != kFree) place(slot);
  }
}

void KeyIndex::add(std::string_view key, int64_t position) {
  if (3 * static_cast<size_t>(used_ + 1) > 2 * slots_.size()) grow();
  place({.hash = hash_of(key), .position = position});
  ++used_;
}

std::vector<int64_t> KeyIndex::candidates(std::string_view key) const {
  std::vector<int64_t> positions;
  if (slots_.empty()) return positions;
  const uint64_t hash = hash_of(key);
  for (size_t at = hash & (slots_.size() - 1); slots_[at].position != kFree;
       at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash == hash) positions.push_back(slots_[at].position);
  }
  return positions;
}

}  // namespace tollgate::ledger
