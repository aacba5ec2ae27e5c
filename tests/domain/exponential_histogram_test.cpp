// Quantiles of a sketch against sorted values, and merging in any order.
#include "domain/stats/exponential_histogram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

namespace tollgate::stats {
namespace {

ExponentialHistogram sketch_of(const std::vector<uint32_t>& values) {
  ExponentialHistogram sketch;
  for (const uint32_t value : values) EXPECT_TRUE(sketch.add(value / 1000.0));
  return sketch;
}

TEST(ExponentialHistogram, the_buckets_are_those_of_opentelemetry) {
  EXPECT_EQ(bucket_index(1.0, 5), -1);  // upper ends belong to the bucket
  EXPECT_EQ(bucket_index(std::nextafter(1.0, 2.0), 5), 0);
  EXPECT_EQ(bucket_index(2.0, 5), 31);
  EXPECT_EQ(bucket_index(4.0, 0), 1);
  EXPECT_EQ(bucket_index(4.1, 0), 2);
  EXPECT_EQ(bucket_index(0.001, 3), -80);  // log2(0.001) * 8 = -79.7
  for (int32_t index = -1000; index < 1000; index += 7) {
    const double expected = std::pow(2.0, index / 32.0);
    EXPECT_NEAR(bucket_start(index, 5) / expected, 1, 1e-14) << index;
    EXPECT_EQ(bucket_index(bucket_start(index, 5), 5), index - 1) << index;
  }
}

TEST(ExponentialHistogram, what_is_no_latency_is_not_counted) {
  ExponentialHistogram sketch;
  for (const double value : {-1.0, std::nan(""), HUGE_VAL}) EXPECT_FALSE(sketch.add(value));
  EXPECT_FALSE(sketch.add(1, 0));
  EXPECT_TRUE(sketch.is_empty());
  EXPECT_EQ(sketch.quantile({500'000}), (ExponentialHistogram::Bounds{0, 0}));
}

TEST(ExponentialHistogram, values_beyond_its_range_are_counted_at_its_ends) {
  ExponentialHistogram sketch;
  EXPECT_TRUE(sketch.add(0));
  EXPECT_TRUE(sketch.add(1e-300));
  EXPECT_TRUE(sketch.add(1e300));
  EXPECT_EQ(sketch.count(), 3);
  EXPECT_EQ(sketch.zero_count(), 2);
  EXPECT_EQ(sketch.at_most(1e6).low, 2);
  EXPECT_EQ(sketch.at_most(1e301).high, 3);
}

TEST(ExponentialHistogram, a_coarser_sender_makes_it_coarser) {
  ExponentialHistogram sketch;
  EXPECT_TRUE(sketch.add(1.5));
  EXPECT_TRUE(sketch.add_bucket(3, 4, 10));
  EXPECT_EQ(sketch.scale(), 3);
  EXPECT_EQ(sketch.count(), 11);
  EXPECT_EQ(sketch.buckets().size(), 1u);          // 1.5 lies in bucket 4 of scale 3, too
  EXPECT_TRUE(sketch.add_bucket(20, 1 << 20, 1));  // just above 2
  EXPECT_EQ(sketch.quantile({1'000'000}).lower, 2);
  EXPECT_FALSE(sketch.add_bucket(-9, 0, 1));
}

RC_GTEST_PROP(ExponentialHistogramProperty, quantiles_lie_within_their_bounds,
              (std::vector<uint32_t> values, uint32_t share_seed)) {
  RC_PRE(!values.empty());
  const ExponentialHistogram sketch = sketch_of(values);
  std::sort(values.begin(), values.end());
  const Ppm share{static_cast<int64_t>(share_seed % 1'000'001)};
  const auto rank = std::max<int64_t>(
      1, (static_cast<int64_t>(values.size()) * share.value + 999'999) / 1'000'000);
  const double exact = values[static_cast<size_t>(rank - 1)] / 1000.0;
  const auto bounds = sketch.quantile(share);
  RC_ASSERT(exact <= bounds.upper);
  RC_ASSERT(exact == 0 || exact > bounds.lower);
  RC_ASSERT(std::abs(bounds.middle() - exact) <= 0.011 * exact);
  const auto at_most =
      std::upper_bound(values.begin(), values.end(), values.front()) - values.begin();
  const auto counted = sketch.at_most(values.front() / 1000.0);
  RC_ASSERT(counted.low <= at_most && at_most <= counted.high);
}

RC_GTEST_PROP(ExponentialHistogramProperty, merging_is_associative_and_commutative,
              (const std::vector<uint32_t>& a, const std::vector<uint32_t>& b,
               const std::vector<uint32_t>& c, uint8_t scale)) {
  const ExponentialHistogram x = sketch_of(a);
  ExponentialHistogram y;
  for (const uint32_t value : b)
    (void)y.add_bucket(scale % 7, static_cast<int32_t>(value % 300), 2);
  const ExponentialHistogram z = sketch_of(c);
  ExponentialHistogram left = x;
  left.merge(y);
  left.merge(z);
  ExponentialHistogram right = z;
  right.merge(y);
  ExponentialHistogram all = x;
  all.merge(right);
  RC_ASSERT(left == all);
  std::string bytes;
  append_histogram(all, bytes);
  std::string_view rest = bytes;
  RC_ASSERT(take_histogram(rest).value() == all);
  RC_ASSERT(rest.empty());
}

}  // namespace
}  // namespace tollgate::stats
