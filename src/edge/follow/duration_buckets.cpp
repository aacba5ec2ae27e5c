#include "edge/follow/duration_buckets.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace tollgate::follow {
namespace {

constexpr size_t kPerOctave = 32;
constexpr size_t kFine = 256;  // steps of an octave that the first guess tells apart

/// 2^(i/32), and for each fine step of [1, 2) the bucket that its start lies in.
struct Tables {
  std::array<double, kPerOctave + 1> bounds{};
  std::array<uint64_t, kPerOctave> fixed{};  // the bounds below 2, as 64-bit fractions of 2
  std::array<uint8_t, kFine> guess{};
  Tables() {
    for (size_t i = 0; i <= kPerOctave; ++i)
      bounds[i] = std::exp2(static_cast<double>(i) / kPerOctave);
    // Exact: a double has fewer digits than a word.
    for (size_t i = 0; i < kPerOctave; ++i)
      fixed[i] = static_cast<uint64_t>(std::ldexp(bounds[i], 63));
    for (size_t i = 0; i < kFine; ++i) {
      const double start = 1 + static_cast<double>(i) / kFine;
      size_t bucket = 0;
      while (bucket + 1 < kPerOctave && bounds[bucket + 1] < start) ++bucket;
      guess[i] = static_cast<uint8_t>(bucket);
    }
  }
};

const Tables& tables() {
  static const Tables kTables;
  return kTables;
}

}  // namespace

size_t duration_bucket(int64_t microseconds) {
  if (microseconds <= 0) return 0;
  const Tables& known = tables();
  const auto bits = static_cast<uint64_t>(microseconds);
  const auto octave = static_cast<size_t>(std::bit_width(bits) - 1);
  // A power of two is the upper end of a bucket, and belongs to it.
  if ((bits & (bits - 1)) == 0)
    return std::clamp(octave * kPerOctave, size_t{1}, kDurationBuckets - 1);
  const uint64_t mantissa = bits << (63 - octave);  // in [1, 2), as a fraction of 2
  size_t bucket = known.guess[mantissa >> 55 & (kFine - 1)];
  while (bucket + 1 < kPerOctave && known.fixed[bucket + 1] < mantissa) ++bucket;
  return std::min(1 + octave * kPerOctave + bucket, kDurationBuckets - 1);
}

int64_t duration_of_bucket(size_t bucket) {
  if (bucket == 0) return 0;
  const size_t octave = (bucket - 1) / kPerOctave;
  const size_t step = (bucket - 1) % kPerOctave;
  const double scale = static_cast<double>(uint64_t{1} << octave);
  const double lower = tables().bounds[step] * scale;
  const double upper = tables().bounds[step + 1] * scale;
  const double whole = std::floor(upper);
  return static_cast<int64_t>(whole > lower ? whole : std::ceil(lower));
}

}  // namespace tollgate::follow
