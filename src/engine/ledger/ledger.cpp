#include "engine/ledger/ledger.hpp"

#include "engine/ledger/export_file.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <limits>

namespace tollgate::ledger {
namespace {

constexpr size_t kExportPieceBytes = 1024 * 1024;

}  // namespace

Ledger::Ledger(engine::LedgerStore& store, engine::CheckpointStore& checkpoints, NoteSigner signer,
               LedgerOptions options)
    : store_(store), checkpoints_(checkpoints), signer_(std::move(signer)), options_(options) {
  signed_ = {.origin = signer_.key().name, .size = 0, .root = empty_root()};
}

Result<std::unique_ptr<Ledger>> Ledger::open(engine::LedgerStore& store,
                                             engine::CheckpointStore& checkpoints,
                                             NoteSigner signer, const engine::LeafVisitor& visit,
                                             LedgerOptions options) {
  std::unique_ptr<Ledger> ledger(new Ledger(store, checkpoints, std::move(signer), options));
  TOLLGATE_TRY(ledger->note_, checkpoints.load());
  if (!ledger->note_.empty()) {
    TOLLGATE_TRY(ledger->signed_, open_checkpoint(ledger->note_, ledger->key()));
  }
  TOLLGATE_CHECK(ledger->load(visit));
  TOLLGATE_CHECK(ledger->check_against_checkpoint());
  return ledger;
}

Result<void> Ledger::load(const engine::LeafVisitor& visit) {
  const auto take = [&](const engine::StoredLeaf& stored) -> Result<void> {
    const Digest hash = leaf_hash(stored.leaf);
    if (hash != stored.leaf_hash) {
      return fail(codes::log_regression, "the row at position {} was changed after it was written",
                  stored.position);
    }
    {
      const std::lock_guard lock(tree_mutex_);
      ASSERT(stored.position == tree_.size());
      tree_.push(hash);
      if (!stored.idempotency_key.empty()) {
        key_index_.add(stored.idempotency_key, stored.position);
      }
    }
    return visit ? visit(stored) : Result<void>{};
  };
  TOLLGATE_CHECK(store_.read(0, std::numeric_limits<int64_t>::max(), take));
  const int64_t size = store_.size();
  if (tree_.size() != size) {
    return fail(codes::log_regression, "the store has {} leaves but only {} follow one another",
                size, tree_.size());
  }
  return {};
}

Result<void> Ledger::check_against_checkpoint() {
  const std::lock_guard sign_lock(sign_mutex_);
  const std::lock_guard lock(tree_mutex_);
  if (tree_.size() < signed_.size) {
    return fail(codes::log_regression, "the store has {} leaves, the signed checkpoint {}",
                tree_.size(), signed_.size);
  }
  const Digest root = tree_.root_at(signed_.size);
  if (root != signed_.root) {
    return fail(codes::log_regression,
                "the first {} leaves have root {}, the signed checkpoint says {}", signed_.size,
                digest_text(root), digest_text(signed_.root));
  }
  return {};
}

Result<void> Ledger::check_batch(std::span<const engine::NewLeaf> batch) {
  if (batch.size() > kBatchLeavesMax) {
    return fail(codes::limit_exceeded, "{} leaves in one batch, at most {} are allowed",
                batch.size(), kBatchLeavesMax);
  }
  std::vector<std::string_view> keys;
  for (const engine::NewLeaf& leaf : batch) {
    if (leaf.leaf.size() > kLeafBytesMax) {
      return fail(codes::too_large, "a leaf of {} bytes, at most {} are allowed", leaf.leaf.size(),
                  kLeafBytesMax);
    }
    const std::string_view key = leaf.idempotency_key;
    if (key.empty()) continue;
    TOLLGATE_TRY(const std::optional<KnownKey> known, find_key(key));
    if (known) {
      return fail(codes::idempotency_conflict, "key \"{}\" was used at position {}", key,
                  known->position);
    }
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice != keys.end()) {
    return fail(codes::idempotency_conflict, "key \"{}\" stands twice in one batch", *twice);
  }
  return {};
}

Result<Head> Ledger::append(std::span<const engine::NewLeaf> batch) {
  TOLLGATE_CHECK(check_batch(batch));
  if (batch.empty()) return head();
  std::vector<Digest> hashes;
  hashes.reserve(batch.size());
  for (const engine::NewLeaf& leaf : batch) hashes.push_back(leaf_hash(leaf.leaf));
  // Only this thread changes the tree, so its size may be read without the lock that readers need.
  const int64_t expected_size = tree_.size();
  TOLLGATE_CHECK(store_.append(expected_size, batch, hashes));

  const std::lock_guard lock(tree_mutex_);
  for (size_t i = 0; i < batch.size(); ++i) {
    if (!batch[i].idempotency_key.empty()) {
      key_index_.add(batch[i].idempotency_key, tree_.size());
    }
    tree_.push(hashes[i]);
  }
  return Head{.size = tree_.size(), .root = tree_.root()};
}

Head Ledger::head() const {
  const std::lock_guard lock(tree_mutex_);
  return {.size = tree_.size(), .root = tree_.root()};
}

Result<std::optional<KnownKey>> Ledger::find_key(std::string_view idempotency_key) {
  std::vector<int64_t> candidates;
  if (!idempotency_key.empty()) {
    const std::lock_guard lock(tree_mutex_);
    candidates = key_index_.candidates(idempotency_key);
  }
  std::optional<KnownKey> known;
  for (const int64_t position : candidates) {
    TOLLGATE_CHECK(store_.read(position, 1, [&](const engine::StoredLeaf& stored) -> Result<void> {
      if (stored.idempotency_key == idempotency_key) {
        known = KnownKey{.position = position, .request_digest = stored.request_digest};
      }
      return {};
    }));
    if (known) break;
  }
  return known;
}

Result<void> Ledger::read(int64_t from, int64_t count, const engine::LeafVisitor& visit) {
  // What the tree does not hold yet was not answered to anybody yet.
  const int64_t size = head_size();
  if (from >= size) return {};
  return store_.read(from, std::min(count, size - from), visit);
}

Result<std::string> Ledger::leaf(int64_t position) {
  std::optional<std::string> bytes;
  if (position >= 0) {
    TOLLGATE_CHECK(read(position, 1, [&](const engine::StoredLeaf& stored) -> Result<void> {
      bytes = std::string(stored.leaf);
      return {};
    }));
  }
  if (!bytes) return fail(codes::not_found, "the ledger has no position {}", position);
  return std::move(*bytes);
}

int64_t Ledger::head_size() const {
  const std::lock_guard lock(tree_mutex_);
  return tree_.size();
}

Result<Ledger::Signed> Ledger::sign_covering(int64_t size_min) {
  const std::lock_guard sign_lock(sign_mutex_);
  if (!note_.empty() && signed_.size >= size_min) return Signed{signed_, note_};
  const Head now = head();
  const Checkpoint next{.origin = key().name, .size = now.size, .root = now.root};
  std::string note = sign_checkpoint(next, signer_);
  TOLLGATE_CHECK(checkpoints_.save(note));
  signed_ = next;
  note_ = std::move(note);
  return Signed{signed_, note_};
}

Result<std::string> Ledger::sign() {
  TOLLGATE_TRY(Signed newest, sign_covering(head_size()));
  return std::move(newest.note);
}

Result<void> Ledger::sign_if_due(Time now) {
  {
    const std::lock_guard sign_lock(sign_mutex_);
    // A clock that went back must not keep checkpoints from being made.
    const bool is_early =
        signed_at_ && now >= *signed_at_ && now - *signed_at_ < options_.checkpoint_every;
    if (is_early || (!note_.empty() && signed_.size == head_size())) return {};
    signed_at_ = now;
  }
  TOLLGATE_CHECK(sign());
  return {};
}

Result<InclusionProof> Ledger::prove(int64_t position) {
  if (position < 0 || position >= head_size()) {
    return fail(codes::not_found, "the ledger has no position {}", position);
  }
  TOLLGATE_TRY(Signed newest, sign_covering(position + 1));
  const std::lock_guard lock(tree_mutex_);
  return InclusionProof{.position = position,
                        .hashes = tree_.inclusion(position, newest.checkpoint.size),
                        .checkpoint = std::move(newest.note)};
}

Result<std::vector<Digest>> Ledger::consistency(int64_t old_size, int64_t new_size) const {
  const std::lock_guard lock(tree_mutex_);
  if (old_size < 0 || old_size > new_size || new_size > tree_.size()) {
    return fail(codes::bad_value, "sizes {} and {} do not stand in order within a ledger of {}",
                old_size, new_size, tree_.size());
  }
  return tree_.consistency(old_size, new_size);
}

Result<int64_t> Ledger::scrub(int64_t from, int64_t count) {
  int64_t next = from;
  const auto check = [&](const engine::StoredLeaf& stored) -> Result<void> {
    const Digest hash = leaf_hash(stored.leaf);
    const std::lock_guard lock(tree_mutex_);
    if (stored.position != next || hash != tree_.leaf(stored.position)) {
      return fail(codes::log_regression, "the row at position {} was changed after it was written",
                  next);
    }
    ++next;
    return {};
  };
  const int64_t size = head_size();
  TOLLGATE_CHECK(read(from, count, check));
  if (next < std::min(size, from + count)) {
    return fail(codes::log_regression, "the row at position {} is gone", next);
  }
  return next >= size ? 0 : next;
}

Result<Head> Ledger::export_to(const std::function<Result<void>(std::string_view)>& write) {
  TOLLGATE_TRY(const Signed newest, sign_covering(head_size()));
  const int64_t size = newest.checkpoint.size;
  std::string piece;
  {
    const std::lock_guard lock(tree_mutex_);
    piece = export_header(tree_.leaves().first(static_cast<size_t>(size)), newest.note, key());
  }
  const auto take = [&](const engine::StoredLeaf& stored) -> Result<void> {
    piece.append(stored.leaf).push_back('\n');
    if (piece.size() < kExportPieceBytes) return {};
    TOLLGATE_CHECK(write(piece));
    piece.clear();
    return {};
  };
  TOLLGATE_CHECK(store_.read(0, size, take));
  TOLLGATE_CHECK(write(piece));
  return Head{.size = size, .root = newest.checkpoint.root};
}

}  // namespace tollgate::ledger
