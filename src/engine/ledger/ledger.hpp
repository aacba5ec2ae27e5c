// The ledger: leaves in a store, a Merkle tree over them, and signed checkpoints kept outside the
// store. It knows nothing of what leaves mean.
#pragma once

#include "engine/ledger/key_index.hpp"
#include "engine/ledger/note.hpp"
#include "engine/ledger/proof.hpp"
#include "engine/ledger/tree.hpp"
#include "engine/ports/checkpoint_store.hpp"
#include "engine/ports/ledger_store.hpp"
#include "foundation/base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::ledger {

/// Leaves that one append may bring.
inline constexpr size_t kBatchLeavesMax = 4096;
/// Bytes of one leaf: room for a policy of 200,000 resources that is put in force at once. Reports
/// and other large things belong into blobs.
inline constexpr size_t kLeafBytesMax = 128 * 1024 * 1024;

struct Head {
  int64_t size = 0;
  Digest root;
  friend bool operator==(const Head&, const Head&) = default;
};

/// Where an idempotency key was used first.
struct KnownKey {
  int64_t position = 0;
  Digest request_digest;  // another digest under the same key is idempotency_conflict
};

struct LedgerOptions {
  /// Least time between two checkpoints that sign_if_due makes.
  Duration checkpoint_every = seconds(1);
};

/// One writer thread appends; every other call is safe from any thread.
class Ledger {
 public:
  /// Reads the whole store, checks each leaf against its stored hash, rebuilds tree and key index
  /// and compares with the newest signed checkpoint. `visit` gets every leaf in order on the way.
  /// The origin of the log is the key's name. Errors: log_regression if the store is smaller than
  /// the checkpoint, has another root at its size or an edited row (the message names the
  /// position); bad_signature if the checkpoint is not the key's; store_failed; those of visit.
  static Result<std::unique_ptr<Ledger>> open(engine::LedgerStore& store,
                                              engine::CheckpointStore& checkpoints,
                                              NoteSigner signer,
                                              const engine::LeafVisitor& visit = {},
                                              LedgerOptions options = {});

  /// Appends the leaves at the end in one durable transaction; on return they are safe. Writer
  /// thread only. Errors: idempotency_conflict if a key is known already or twice in the batch,
  /// too_large, limit_exceeded: nothing happened. store_failed, disk_full: the outcome is unknown
  /// and the process must end.
  Result<Head> append(std::span<const engine::NewLeaf> batch);

  Head head() const;
  /// Where the key was used, if it ever was. Errors: store_failed.
  Result<std::optional<KnownKey>> find_key(std::string_view idempotency_key);
  /// Visits the leaves of [from, from + count) that exist. The visitor must not call the ledger.
  Result<void> read(int64_t from, int64_t count, const engine::LeafVisitor& visit);
  /// The bytes of one leaf. Errors: not_found, store_failed.
  Result<std::string> leaf(int64_t position);

  /// Signs the present head and saves it, unless the newest checkpoint covers it already; the
  /// signed note.
  Result<std::string> sign();
  /// sign(), if the head grew and the last checkpoint is old enough. For a timer off the writer
  /// thread.
  Result<void> sign_if_due(Time now);
  /// Proof that the leaf is in the log, with the very checkpoint it was computed for; signs one if
  /// none covers it yet. Errors: not_found.
  Result<InclusionProof> prove(int64_t position);
  /// Proof between two sizes of the log. Errors: bad_value unless 0 <= old_size <= new_size <=
  /// size.
  Result<std::vector<Digest>> consistency(int64_t old_size, int64_t new_size) const;

  /// Re-reads up to `count` rows from `from` and hashes them against the tree. Returns where to go
  /// on; at the end 0. Errors: log_regression naming the position of the first row that was
  /// changed.
  Result<int64_t> scrub(int64_t from, int64_t count);

  /// Lets the store do what can wait, if no append came since the last call. For the same timer.
  Result<void> tidy() { return store_.tidy(); }

  /// Writes the whole ledger in the form that export_file.hpp verifies, signing a checkpoint of the
  /// present head. `write` gets the text piece by piece and may fail.
  Result<Head> export_to(const std::function<Result<void>(std::string_view)>& write);

  const VerifierKey& key() const { return signer_.key(); }

 private:
  struct Signed {
    Checkpoint checkpoint;
    std::string note;
  };
  Ledger(engine::LedgerStore& store, engine::CheckpointStore& checkpoints, NoteSigner signer,
         LedgerOptions options);
  Result<void> load(const engine::LeafVisitor& visit);
  Result<void> check_against_checkpoint();
  Result<void> check_batch(std::span<const engine::NewLeaf> batch);
  Result<Signed> sign_covering(int64_t size_min);
  int64_t head_size() const;

  engine::LedgerStore& store_;
  engine::CheckpointStore& checkpoints_;
  NoteSigner signer_;
  LedgerOptions options_;

  mutable std::mutex tree_mutex_;
  Tree tree_;           // guarded by tree_mutex_
  KeyIndex key_index_;  // guarded by tree_mutex_

  std::mutex sign_mutex_;  // taken before tree_mutex_
  Checkpoint signed_;      // guarded by sign_mutex_: what note_ says
  std::string note_;       // guarded by sign_mutex_: newest signed checkpoint, empty if none
  std::optional<Time> signed_at_;  // guarded by sign_mutex_
};

}  // namespace tollgate::ledger
