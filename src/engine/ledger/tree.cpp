#include "engine/ledger/tree.hpp"

#include "foundation/base/assert.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace tollgate::ledger {
namespace {

constexpr std::string_view kLeafPrefix{"\0", 1};
constexpr char kNodePrefix = 1;

// Where RFC 6962 splits n leaves: the largest power of two smaller than n. n >= 2.
int64_t split_of(int64_t n) {
  return static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(n - 1)));
}

bool is_power_of_two(int64_t n) { return std::has_single_bit(static_cast<uint64_t>(n)); }
int log2_of(int64_t n) { return std::countr_zero(static_cast<uint64_t>(n)); }
bool is_odd(int64_t n) { return (n & 1) != 0; }

}  // namespace

Digest leaf_hash(std::string_view leaf) { return sha256({kLeafPrefix, leaf}); }

Digest node_hash(const Digest& left, const Digest& right) {
  // In one piece: each further piece costs the hash a call and a copy.
  std::array<char, 1 + 2 * sizeof(Digest::bytes)> node;
  node[0] = kNodePrefix;
  std::memcpy(node.data() + 1, left.bytes.data(), left.bytes.size());
  std::memcpy(node.data() + 1 + left.bytes.size(), right.bytes.data(), right.bytes.size());
  return sha256(std::string_view(node.data(), node.size()));
}

Digest empty_root() { return sha256(""); }

Digest CompactRange::root() const {
  if (roots_.empty()) return empty_root();
  Digest root = roots_.back();
  for (size_t i = roots_.size() - 1; i-- > 0;) root = node_hash(roots_[i], root);
  return root;
}

void CompactRange::push_subtree(int level, const Digest& root) {
  ASSERT(level >= 0 && level < 62);
  ASSERT((size_ & ((int64_t{1} << level) - 1)) == 0);
  Digest hash = root;
  for (int at = level; is_odd(size_ >> at); ++at) {
    hash = node_hash(roots_.back(), hash);
    roots_.pop_back();
  }
  roots_.push_back(hash);
  size_ += int64_t{1} << level;
}

void Tree::push(const Digest& leaf) {
  leaves_.push_back(leaf);
  range_.push(leaf, [this](int level, const Digest& hash) {
    if (level < kLowestKeptLevel) return;
    const auto kept = static_cast<size_t>(level - kLowestKeptLevel);
    if (kept == levels_.size()) levels_.emplace_back();
    levels_[kept].push_back(hash);
  });
}

// Root of the perfect subtree number `index` on `level`.
Digest Tree::node(int level, int64_t index) const {
  if (level == 0) return leaves_[static_cast<size_t>(index)];
  if (level >= kLowestKeptLevel) {
    return levels_[static_cast<size_t>(level - kLowestKeptLevel)][static_cast<size_t>(index)];
  }
  return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
}

// Root of the leaves [from, to). `from` is a multiple of the size rounded up to a power of two.
Digest Tree::range_root(int64_t from, int64_t to) const {
  const int64_t n = to - from;
  if (is_power_of_two(n)) return node(log2_of(n), from >> log2_of(n));
  const int64_t k = split_of(n);
  return node_hash(range_root(from, from + k), range_root(from + k, to));
}

Digest Tree::root_at(int64_t size) const {
  ASSERT(size >= 0 && size <= this->size());
  return size == 0 ? empty_root() : range_root(0, size);
}

// PATH of RFC 6962 section 2.1.1 over the leaves [from, to), from the leaf upwards.
void Tree::add_path(int64_t position, int64_t from, int64_t to, std::vector<Digest>& path) const {
  if (to - from == 1) return;
  const int64_t middle = from + split_of(to - from);
  if (position < middle) {
    add_path(position, from, middle, path);
    path.push_back(range_root(middle, to));
  } else {
    add_path(position, middle, to, path);
    path.push_back(range_root(from, middle));
  }
}

std::vector<Digest> Tree::inclusion(int64_t position, int64_t size) const {
  ASSERT(position >= 0 && position < size && size <= this->size());
  std::vector<Digest> path;
  add_path(position, 0, size, path);
  return path;
}

// SUBPROOF of RFC 6962 section 2.1.2. `is_known`: the verifier has the root of [from, old_size)
// already.
void Tree::add_subproof(int64_t old_size, int64_t from, int64_t to, bool is_known,
                        std::vector<Digest>& proof) const {
  if (old_size == to) {
    if (!is_known) proof.push_back(range_root(from, to));
    return;
  }
  const int64_t middle = from + split_of(to - from);
  if (old_size <= middle) {
    add_subproof(old_size, from, middle, is_known, proof);
    proof.push_back(range_root(middle, to));
  } else {
    add_subproof(old_size, middle, to, false, proof);
    proof.push_back(range_root(from, middle));
  }
}

std::vector<Digest> Tree::consistency(int64_t old_size, int64_t new_size) const {
  ASSERT(old_size >= 0 && old_size <= new_size && new_size <= size());
  std::vector<Digest> proof;
  if (old_size > 0) add_subproof(old_size, 0, new_size, true, proof);
  return proof;
}

bool verify_inclusion(int64_t position, int64_t size, const Digest& leaf,
                      std::span<const Digest> proof, const Digest& root) {
  if (position < 0 || position >= size) return false;
  int64_t node = position;
  int64_t last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if (is_odd(node) || node == last) {
      hash = node_hash(sibling, hash);
      while (!is_odd(node) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool verify_consistency(int64_t old_size, int64_t new_size, std::span<const Digest> proof,
                        const Digest& old_root, const Digest& new_root) {
  if (old_size <= 0 || old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (proof.empty()) return false;
  int64_t node = old_size - 1;
  int64_t last = new_size - 1;
  while (is_odd(node)) {
    node >>= 1;
    last >>= 1;
  }
  // A perfect old tree is a node of the new one, so the proof leaves its root out.
  const bool is_perfect = is_power_of_two(old_size);
  Digest old_hash = is_perfect ? old_root : proof.front();
  Digest new_hash = old_hash;
  for (const Digest& sibling : is_perfect ? proof : proof.subspan(1)) {
    if (last == 0) return false;
    if (is_odd(node) || node == last) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
      while (!is_odd(node) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

}  // namespace tollgate::ledger
