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

uint64_t series_key(const Label* labels, size_t count) {
  uint64_t key = count;
  for (size_t i = 0; i < count; ++i) {
    key = hash_bytes(labels[i].name, key);
    key = hash_bytes(labels[i].value, key);
  }
  return key;
}

}  // namespace tollgate::intake
