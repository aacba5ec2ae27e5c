// Repeatable chance: the same question gives the same number in every run.
#pragma once

#include <cstdint>

namespace tollgate::demo {

/// A well mixed number from a seed. Source: S. Vigna, splitmix64.
constexpr uint64_t mixed(uint64_t seed) {
  seed += 0x9E3779B97F4A7C15ULL;
  seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EBULL;
  return seed ^ (seed >> 31);
}

/// A number in [0, 1) for (what, which, when).
constexpr double chance(uint64_t what, uint64_t which, uint64_t when) {
  return static_cast<double>(mixed(mixed(mixed(what) ^ which) ^ when) >> 11) * 0x1.0p-53;
}

}  // namespace tollgate::demo
