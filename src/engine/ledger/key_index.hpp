// Which position used an idempotency key: a hash table in memory, rebuilt when the ledger is read
// at start. An index inside the database would touch one random page for each key; here a key costs
// 16 to 32 bytes of memory. Pure. Holds hashes only: the caller compares the key itself with the
// stored row.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tollgate::ledger {

class KeyIndex {
 public:
  void add(std::string_view key, int64_t position);
  /// Positions whose key has the same 64-bit hash: nearly always none or one.
  std::vector<int64_t> candidates(std::string_view key) const;
  int64_t size() const { return used_; }

 private:
  struct Slot {
    uint64_t hash = 0;
    int64_t position = kFree;
  };
  static constexpr int64_t kFree = -1;
  void place(Slot slot);
  void grow();

  std::vector<Slot> slots_;  // a power of two of them, at most two thirds used
  int64_t used_ = 0;
};

}  // namespace tollgate::ledger
