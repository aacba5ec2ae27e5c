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
  std::array<uint8_t, kFine> guess{};
  Tables() {
    for (size_t i = 0; i <= kPerOctave; ++i)
      bounds[i] = std::exp2(static_cast<double>(i) / kPerOctave);
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
  if (std::has_single_bit(bits))
    return std::clamp(octave * kPerOctave, size_t{1}, kDurationBuckets - 1);
  const double mantissa =
      static_cast<double>(bits) / static_cast<double>(uint64_t{1} << octave);  // in [1, 2)
  const auto fine = static_cast<size_t>((mantissa - 1) * kFine);
  size_t bucket = known.guess[fine];
  while (bucket + 1 < kPerOctave && known.bounds[bucket + 1] < mantissa) ++bucket;
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
