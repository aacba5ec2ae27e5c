// Where the leaves of the ledger are kept for ever. The ledger (engine/ledger) hashes and signs; a
// store only has to keep bytes in order and to be honest about durability.
#pragma once

#include "foundation/base/digest.hpp"
#include "foundation/base/error.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace tollgate::engine {

/// A leaf on its way in. The bytes are opaque here: canonical JSON, stored and hashed as they are.
struct NewLeaf {
  std::string_view leaf;
  std::string_view idempotency_key = {};  // empty: the command has none
  Digest request_digest = {};             // of the request that came with the key
};

/// A leaf as it was stored. The views live until the visitor returns.
struct StoredLeaf {
  int64_t position = 0;
  std::string_view leaf;
  Digest leaf_hash;  // as stored, not recomputed
  std::string_view idempotency_key;
  Digest request_digest;
};

/// Returns an error to stop reading; that error is then the result of the read.
using LeafVisitor = std::function<Result<void>(const StoredLeaf&)>;

/// An append-only sequence of leaves at positions 0, 1, 2, ... Calls may come from any thread.
/// After store_failed or disk_full the outcome of the last append is unknown and every later call
/// fails: the process ends and finds out by opening the store again. Nothing is ever retried
/// inside.
class LedgerStore {
 public:
  virtual ~LedgerStore() = default;

  /// Number of leaves that are durable.
  virtual int64_t size() = 0;
  /// Adds the leaves at positions expected_size, expected_size + 1, ... in one durable transaction:
  /// all or none. leaf_hashes has one hash for each leaf. Errors: append_conflict if the size is
  /// another; store_failed, disk_full.
  virtual Result<void> append(int64_t expected_size, std::span<const NewLeaf> leaves,
                              std::span<const Digest> leaf_hashes) = 0;
  /// Visits the leaves of [from, from + count) that exist, in order. Appends may happen between two
  /// visits of a long read. The visitor must not call the store. Errors: store_failed, and what the
  /// visitor returns.
  virtual Result<void> read(int64_t from, int64_t count, const LeafVisitor& visit) = 0;
  /// Housekeeping that would delay an append, done if none came since the last call: for a timer.
  /// Errors: store_failed, disk_full.
  virtual Result<void> tidy() { return {}; }
  /// Ends the use of the store and lets go of its files. Every later call fails.
  virtual Result<void> close() = 0;
};

}  // namespace tollgate::engine
