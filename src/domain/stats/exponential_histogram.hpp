// A sketch of positive values, such as latencies, whose quantiles are known between two bounds: the
// exponential histogram of OpenTelemetry. Buckets grow by 2^(2^-scale); at scale 5 that is 2.2 %,
// so that the middle of a bucket is never more than 1.1 % off. Merging adds counts: it is exact,
// associative and commutative. Pure, the same bits on every machine. Source: OpenTelemetry metrics
// data model, "ExponentialHistogram".
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/reflect/type_info.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::stats {

class ExponentialHistogram {
 public:
  static constexpr int kScaleMax = 5;
  static constexpr int kScaleMin = -4;
  /// Values from 2^-kExponentMax up to 2^kExponentMax are told apart. Smaller ones count as 0,
  /// larger ones into the last bucket; at most 2,048 buckets.
  static constexpr int kExponentMax = 32;

  /// Counts a value. False, and nothing counted, for a negative one or one that is no number, or
  /// for a count below 1.
  bool add(double value, int64_t count = 1);
  /// Counts values of which only the bucket is known: (base^index, base^(index+1)], base =
  /// 2^(2^-scale). A scale below this histogram's own makes the whole of it that coarse. False for
  /// scales below kScaleMin or counts below 1.
  bool add_bucket(int scale, int32_t index, int64_t count);
  /// Adds all that `other` counted.
  void merge(const ExponentialHistogram& other);

  int scale() const { return scale_; }
  int64_t count() const { return count_; }
  int64_t zero_count() const { return zero_count_; }
  bool is_empty() const { return count_ == 0; }

  /// The counts of buckets first_index(), first_index() + 1, ...; both ends are not 0.
  int32_t first_index() const { return first_; }
  std::span<const int64_t> buckets() const { return counts_; }

  /// The value below or at which `share` of all values lie (the smallest such value that was
  /// counted) is above `lower` and at most `upper`; both 0 if it is 0, or without any values.
  struct Bounds {
    double lower = 0;
    double upper = 0;
    /// The value with the least relative error for both ends: 2ab/(a+b).
    double middle() const { return lower + upper > 0 ? 2 * lower * upper / (lower + upper) : 0; }
    friend bool operator==(const Bounds&, const Bounds&) = default;
  };
  Bounds quantile(Ppm share) const;

  /// How many values are at most `value`: at least `low`, at most `high`. They differ by the bucket
  /// that the value cuts through.
  struct CountBounds {
    int64_t low = 0;
    int64_t high = 0;
    friend bool operator==(const CountBounds&, const CountBounds&) = default;
  };
  CountBounds at_most(double value) const;

  size_t memory_bytes() const { return sizeof(*this) + counts_.capacity() * sizeof(int64_t); }
  friend bool operator==(const ExponentialHistogram&, const ExponentialHistogram&) = default;

 private:
  void coarsen_to(int scale);
  void count_at(int32_t index, int64_t count);

  int scale_ = kScaleMax;
  int32_t first_ = 0;  // index of counts_[0]; 0 if there are none
  int64_t count_ = 0;
  int64_t zero_count_ = 0;
  std::vector<int64_t> counts_;
};

/// The bucket of a value at a scale up to kScaleMax; value > 0 (asserted).
int32_t bucket_index(double value, int scale);
/// The lower end of a bucket: base^index.
double bucket_start(int32_t index, int scale);

/// Compact bytes, and back. Errors: store_failed for bytes that append_histogram did not write.
void append_histogram(const ExponentialHistogram& histogram, std::string& out);
Result<ExponentialHistogram> take_histogram(std::string_view& bytes);

}  // namespace tollgate::stats
