#include "edge/store/memory_store.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

namespace tollgate::store {
namespace {

struct Row {
  std::string leaf;
  Digest leaf_hash;
  std::string idempotency_key;
  Digest request_digest;
};

class MemoryLedger final : public engine::LedgerStore {
 public:
  int64_t size() override {
    const std::lock_guard lock(mutex_);
    return static_cast<int64_t>(rows_.size());
  }

  Result<void> append(int64_t expected_size, std::span<const engine::NewLeaf> leaves,
                      std::span<const Digest> leaf_hashes) override {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return fail(codes::store_failed, "the store is closed");
    if (expected_size != static_cast<int64_t>(rows_.size())) {
      return fail(codes::append_conflict, "the ledger has {} leaves, not {}", rows_.size(),
                  expected_size);
    }
    for (size_t i = 0; i < leaves.size(); ++i) {
      rows_.push_back({.leaf = std::string(leaves[i].leaf),
                       .leaf_hash = leaf_hashes[i],
                       .idempotency_key = std::string(leaves[i].idempotency_key),
                       .request_digest = leaves[i].request_digest});
    }
    return {};
  }

  Result<void> read(int64_t from, int64_t count, const engine::LeafVisitor& visit) override {
    from = std::max<int64_t>(from, 0);
    for (int64_t done = 0; done < count; ++done) {
      const Row* row = nullptr;
      {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return fail(codes::store_failed, "the store is closed");
        if (from + done >= static_cast<int64_t>(rows_.size())) break;
        row = &rows_[static_cast<size_t>(from + done)];  // a deque never moves its rows
      }
      TOLLGATE_CHECK(visit({.position = from + done,
                            .leaf = row->leaf,
                            .leaf_hash = row->leaf_hash,
                            .idempotency_key = row->idempotency_key,
                            .request_digest = row->request_digest}));
    }
    return {};
  }

  Result<void> close() override {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    return {};
  }

 private:
  std::mutex mutex_;  // guards the rest
  std::deque<Row> rows_;
  bool is_closed_ = false;
};

class MemoryBlobs final : public engine::BlobStore {
 public:
  Result<Digest> put(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    const Digest digest = sha256(bytes);
    blobs_.try_emplace(digest, bytes);
    return digest;
  }
  Result<std::string> get(const Digest& digest) override {
    const std::lock_guard lock(mutex_);
    const auto found = blobs_.find(digest);
    if (found == blobs_.end()) {
      return fail(codes::blob_missing, "there is no blob {}", digest_text(digest));
    }
    return found->second;
  }
  Result<bool> exists(const Digest& digest) override {
    const std::lock_guard lock(mutex_);
    return blobs_.contains(digest);
  }

 private:
  std::mutex mutex_;
  std::map<Digest, std::string> blobs_;  // guarded by mutex_
};

class MemoryCheckpoint final : public engine::CheckpointStore {
 public:
  Result<std::string> load() override {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  Result<void> save(std::string_view text) override {
    const std::lock_guard lock(mutex_);
    text_ = std::string(text);
    return {};
  }

 private:
  std::mutex mutex_;
  std::string text_;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<engine::LedgerStore> make_memory_ledger() {
  return std::make_unique<MemoryLedger>();
}
std::unique_ptr<engine::BlobStore> make_memory_blobs() { return std::make_unique<MemoryBlobs>(); }
std::unique_ptr<engine::CheckpointStore> make_memory_checkpoint() {
  return std::make_unique<MemoryCheckpoint>();
}

}  // namespace tollgate::store
