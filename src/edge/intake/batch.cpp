#include "edge/intake/batch.hpp"

namespace tollgate::intake {
namespace {

constexpr uint64_t kMix1 = 0x9e3779b97f4a7c15ULL;
constexpr uint64_t kMix2 = 0xbf58476d1ce4e5b9ULL;

/// Both halves of a 128-bit product, folded: spreads every bit of both factors.
uint64_t fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t load(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

}  // namespace

uint64_t hash_bytes(std::string_view bytes, uint64_t seed) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t a = seed ^ kMix1;
  uint64_t b = fold(seed + kMix2, bytes.size() ^ kMix1);
  while (left > 16) {
    a = fold(load(at) ^ a, kMix1 ^ load(at + 8));
    at += 16;
    left -= 16;
    if (left > 16) {
      b = fold(load(at) ^ b, kMix2 ^ load(at + 8));
      at += 16;
      left -= 16;
    }
  }
  uint64_t low = 0;
  uint64_t high = 0;
  if (left >= 8) {
    low = load(at);
    high = load(at + left - 8);
  } else if (left > 0) {
    std::memcpy(&low, at, left);
  }
  return fold(fold(low ^ a, high ^ b ^ kMix2), a ^ kMix1 ^ left);
}

/// Four chains of multiplications, so that the processor works on all of them at once.
uint64_t quick_hash(std::string_view bytes) {
  const char* at = bytes.data();
  size_t left = bytes.size();
  if (left < 32) return hash_bytes(bytes);
  uint64_t a = kMix1 ^ left;
  uint64_t b = kMix2;
  uint64_t c = kMix1 + kMix2;
  uint64_t d = kMix1 * 3;
  while (left > 64) {
    a = fold(load(at) ^ a, load(at + 8) ^ kMix1);
    b = fold(load(at + 16) ^ b, load(at + 24) ^ kMix2);
    c = fold(load(at + 32) ^ c, load(at + 40) ^ kMix1);
    d = fold(load(at + 48) ^ d, load(at + 56) ^ kMix2);
    at += 64;
    left -= 64;
  }
  // The last 32 bytes, and those before them if they are not through yet; they may overlap.
  if (left > 32) {
    a = fold(load(at) ^ a, load(at + 8) ^ kMix1);
    b = fold(load(at + 16) ^ b, load(at + 24) ^ kMix2);
  }
  const char* const tail = at + left - 32;
  c = fold(load(tail) ^ c, load(tail + 8) ^ kMix1);
  d = fold(load(tail + 16) ^ d, load(tail + 24) ^ kMix2);
  return fold(fold(a, b ^ kMix2), fold(c, d ^ kMix1) ^ kMix2);
}

uint64_t series_key(const Label* labels, size_t count) {
  uint64_t key = count;
  for (size_t i = 0; i < count; ++i) {
    key = hash_bytes(labels[i].name, key);
    key = hash_bytes(labels[i].value, key);
  }
  return key;
}

}  // namespace tollgate::intake
