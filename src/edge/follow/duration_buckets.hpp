// Durations in microseconds by bucket of the exponential histogram of scale 5 (2.2 % wide), without
// a logarithm for each.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tollgate::follow {

inline constexpr size_t kDurationBuckets = 1 + 41 * 32;  // up to 2^41 us, 25 days

/// The bucket of a duration; 0 for 0. microseconds >= 0.
size_t duration_bucket(int64_t microseconds);
/// A duration that lies in the bucket: its upper end, rounded down, as a whole number.
int64_t duration_of_bucket(size_t bucket);

}  // namespace tollgate::follow
