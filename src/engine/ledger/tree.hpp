// The Merkle tree over the leaves: roots, inclusion and consistency proofs. Source: RFC 6962
// section 2.1 and RFC 9162. Pure: no clock, no I/O. Verifiers accept any input and never trust the
// prover.
#pragma once

#include "foundation/base/digest.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tollgate::ledger {

/// SHA-256(0x00 || leaf) and SHA-256(0x01 || left || right).
Digest leaf_hash(std::string_view leaf);
Digest node_hash(const Digest& left, const Digest& right);
/// Root of the tree without leaves: SHA-256 of nothing.
Digest empty_root();

/// The roots of the perfect subtrees that a tree of `size` leaves consists of, largest first: all
/// that appending needs.
class CompactRange {
 public:
  int64_t size() const { return size_; }
  Digest root() const;
  /// Appends one leaf hash and tells `on_node(level, hash)` every perfect subtree that this
  /// completes, bottom up.
  template <class OnNode>
  void push(const Digest& leaf, OnNode&& on_node);
  void push(const Digest& leaf) {
    push(leaf, [](int, const Digest&) {});
  }
  /// Appends a perfect subtree of 2^level leaves; size() must be a multiple of 2^level (asserted).
  void push_subtree(int level, const Digest& root);

 private:
  int64_t size_ = 0;
  std::vector<Digest> roots_;
};

/// The whole tree, for proofs of any position at any earlier size. Keeps all leaf hashes and all
/// nodes from level kLowestKeptLevel up: 36 bytes a leaf, 36 MB for a million. A proof hashes at
/// most 16 nodes on each of its levels below that, so it takes microseconds whatever the size. Not
/// thread-safe.
class Tree {
 public:
  static constexpr int kLowestKeptLevel = 4;

  int64_t size() const { return range_.size(); }
  Digest root() const { return range_.root(); }
  void push(const Digest& leaf);
  const Digest& leaf(int64_t position) const { return leaves_[static_cast<size_t>(position)]; }
  std::span<const Digest> leaves() const { return leaves_; }

  /// Root of the first `size` leaves. 0 <= size <= size() (asserted).
  Digest root_at(int64_t size) const;
  /// Hashes from the leaf's sibling to the root of the first `size` leaves. 0 <= position < size <=
  /// size() (asserted).
  std::vector<Digest> inclusion(int64_t position, int64_t size) const;
  /// Proof that the first `old_size` leaves are the beginning of the first `new_size`; empty if the
  /// sizes are equal or old_size is 0. 0 <= old_size <= new_size <= size() (asserted).
  std::vector<Digest> consistency(int64_t old_size, int64_t new_size) const;

 private:
  Digest node(int level, int64_t index) const;
  Digest range_root(int64_t from, int64_t to) const;
  void add_path(int64_t position, int64_t from, int64_t to, std::vector<Digest>& path) const;
  void add_subproof(int64_t old_size, int64_t from, int64_t to, bool is_known,
                    std::vector<Digest>& proof) const;

  CompactRange range_;
  std::vector<Digest> leaves_;
  std::vector<std::vector<Digest>> levels_;  // levels_[i]: all nodes of level kLowestKeptLevel + i
};

/// True if `proof` leads from the hash of the leaf at `position` to `root`, the root of a tree of
/// `size` leaves.
bool verify_inclusion(int64_t position, int64_t size, const Digest& leaf,
                      std::span<const Digest> proof, const Digest& root);
/// True if the tree (new_size, new_root) begins with the tree (old_size, old_root). False for
/// old_size 0: every tree begins with the empty one, so there is nothing to prove and callers
/// decide that case themselves.
bool verify_consistency(int64_t old_size, int64_t new_size, std::span<const Digest> proof,
                        const Digest& old_root, const Digest& new_root);

template <class OnNode>
void CompactRange::push(const Digest& leaf, OnNode&& on_node) {
  Digest hash = leaf;
  int level = 0;
  for (; (size_ >> level & 1) != 0; ++level) {
    hash = node_hash(roots_.back(), hash);
    roots_.pop_back();
    on_node(level + 1, hash);
  }
  roots_.push_back(hash);
  ++size_;
}

}  // namespace tollgate::ledger
