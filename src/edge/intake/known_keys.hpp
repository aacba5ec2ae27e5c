// The idempotency keys of counters that were counted: a repeat within a day changes nothing.
// Bounded. Not thread-safe.
#pragma once

#include "foundation/base/digest.hpp"
#include "foundation/base/time.hpp"

#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace tollgate::intake {

class KnownKeys {
 public:
  static constexpr size_t kKeysMax = 200'000;
  static constexpr Duration kKept = days(1);

  bool contains(std::string_view source, std::string_view key) const {
    return known_.contains(digest_of(source, key));
  }
  /// Remembers a key; forgets those that are older than kKept or too many.
  void add(std::string_view source, std::string_view key, int64_t now_ms);
  size_t size() const { return order_.size(); }

  /// All keys as bytes, and back: false for bytes that save() did not write.
  void save(std::string& out) const;
  bool load(std::string_view bytes);

 private:
  static Digest digest_of(std::string_view source, std::string_view key) {
    return sha256({source, "\n", key});
  }
  struct Hash {
    size_t operator()(const Digest& digest) const {
      size_t value = 0;
      std::memcpy(&value, digest.view().data(), sizeof(value));
      return value;
    }
  };
  struct Known {
    int64_t time_ms = 0;
    Digest digest;
  };
  void put(const Known& known);
  std::deque<Known> order_;
  std::unordered_set<Digest, Hash> known_;
};

}  // namespace tollgate::intake
