#include "edge/intake/histogram_counter.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace tollgate::intake {
namespace {

constexpr double kTolerance = 1e-9;  // of bounds that were computed in other ways

std::vector<Bucket> bucket_range(const Batch& batch, uint32_t first, uint32_t count) {
  std::vector<Bucket> buckets(batch.buckets.begin() + first, batch.buckets.begin() + first + count);
  std::erase_if(buckets, [](const Bucket& bucket) { return bucket.count == 0; });
  return buckets;
}

void join_buckets(std::vector<Bucket>& buckets, int halvings) {
  size_t kept = 0;
  for (const Bucket& bucket : buckets) {
    const int32_t index = bucket.index >> std::min(halvings, 31);
    if (kept > 0 && buckets[kept - 1].index == index) {
      buckets[kept - 1].count += bucket.count;
    } else {
      buckets[kept++] = {index, bucket.count};
    }
  }
  buckets.resize(kept);
}

double upper_bound(int32_t index, int8_t scale) {
  return std::exp2(std::ldexp(static_cast<double>(index) + 1, -scale));
}

/// Buckets that a grown zero bucket holds now.
void into_zero(OwnHistogram& histogram, std::vector<Bucket>& buckets, double threshold) {
  std::erase_if(buckets, [&](const Bucket& bucket) {
    if (upper_bound(bucket.index, histogram.scale) > threshold * (1 + kTolerance)) return false;
    histogram.zero_count += bucket.count;
    return true;
  });
}

/// What `now` has more than `before`, bucket by bucket; nothing if any bucket has less.
std::optional<std::vector<Bucket>> difference(const std::vector<Bucket>& now,
                                              const std::vector<Bucket>& before) {
  std::vector<Bucket> out;
  size_t next = 0;
  for (const Bucket& bucket : now) {
    if (next < before.size() && before[next].index < bucket.index) return std::nullopt;
    double count = bucket.count;
    if (next < before.size() && before[next].index == bucket.index) count -= before[next++].count;
    if (count < 0) return std::nullopt;
    if (count > 0) out.push_back({bucket.index, count});
  }
  if (next < before.size()) return std::nullopt;
  return out;
}

/// The observations after `before`; nothing if `now` does not continue it.
std::optional<OwnHistogram> increase(OwnHistogram before, const OwnHistogram& now) {
  if (before.is_exponential != now.is_exponential || before.bounds != now.bounds)
    return std::nullopt;
  if (now.is_exponential) {
    // A restart begins with the finest resolution again.
    if (before.scale < now.scale || before.zero_threshold > now.zero_threshold) return std::nullopt;
    join_buckets(before.positive, before.scale - now.scale);
    join_buckets(before.negative, before.scale - now.scale);
    before.scale = now.scale;
    if (before.zero_threshold < now.zero_threshold) {
      into_zero(before, before.positive, now.zero_threshold);
      into_zero(before, before.negative, now.zero_threshold);
    }
  }
  const auto positive = difference(now.positive, before.positive);
  const auto negative = difference(now.negative, before.negative);
  if (!positive || !negative || before.zero_count > now.zero_count) return std::nullopt;
  OwnHistogram out = now;
  out.count = now.count - before.count;
  out.zero_count = now.zero_count - before.zero_count;
  out.positive = *positive;
  out.negative = *negative;
  return out;
}

template <class T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
template <class T>
bool get(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof(value)) return false;
  std::memcpy(&value, bytes.data(), sizeof(value));
  bytes.remove_prefix(sizeof(value));
  return true;
}
void put_buckets(std::string& out, const std::vector<Bucket>& buckets) {
  put(out, static_cast<uint32_t>(buckets.size()));
  for (const Bucket& bucket : buckets) {
    put(out, bucket.index);
    put(out, bucket.count);
  }
}
bool get_buckets(std::string_view& bytes, std::vector<Bucket>& buckets) {
  uint32_t size = 0;
  if (!get(bytes, size) || size > kBucketsMax) return false;
  buckets.resize(size);
  for (Bucket& bucket : buckets) {
    if (!get(bytes, bucket.index) || !get(bytes, bucket.count)) return false;
  }
  return true;
}

}  // namespace

OwnHistogram own_histogram(const Batch& batch, const Histogram& histogram) {
  const auto first = batch.bounds.begin() + histogram.first_bound;
  return {.count = histogram.count,
          .is_exponential = histogram.is_exponential,
          .scale = histogram.scale,
          .zero_threshold = histogram.zero_threshold,
          .zero_count = histogram.zero_count,
          .positive = bucket_range(batch, histogram.first_positive, histogram.positive_count),
          .negative = bucket_range(batch, histogram.first_negative, histogram.negative_count),
          .bounds = {first, first + histogram.bound_count}};
}

HistogramStep count_histogram(HistogramState& state, const slo::CounterSample& sample,
                              PointKind kind, OwnHistogram histogram) {
  using Outcome = slo::CounterOutcome;
  if (kind == PointKind::delta) {
    const slo::CounterStep step = slo::count_delta(state.counter, sample);
    if (step.outcome != Outcome::counted) return {step.outcome, {}};
    return {step.outcome, std::move(histogram)};
  }
  const slo::CounterStep step = slo::count_cumulative(state.counter, sample);
  if (step.outcome == Outcome::repeat || step.outcome == Outcome::late ||
      step.outcome == Outcome::invalid)
    return {step.outcome, {}};
  OwnHistogram before = std::move(state.last);
  state.last = std::move(histogram);
  if (step.outcome == Outcome::first || step.outcome == Outcome::gap) return {step.outcome, {}};
  // A counted first sample starts from nothing, as does a reset.
  if (step.outcome == Outcome::counted) {
    if (auto grown = increase(std::move(before), state.last))
      return {Outcome::counted, std::move(*grown)};
  }
  return {Outcome::reset, state.last};
}

double observations_up_to(const OwnHistogram& histogram, double value) {
  const double limit = value + std::abs(value) * kTolerance;
  double sum = 0;
  if (!histogram.is_exponential) {
    for (const Bucket& bucket : histogram.positive) {
      const auto index = static_cast<size_t>(bucket.index);
      if (index < histogram.bounds.size() && histogram.bounds[index] <= limit) sum += bucket.count;
    }
    return sum;
  }
  for (const Bucket& bucket : histogram.negative) {
    const double lower = upper_bound(bucket.index - 1, histogram.scale);
    if (-lower <= limit) sum += bucket.count;
  }
  if (histogram.zero_threshold <= limit) sum += histogram.zero_count;
  for (const Bucket& bucket : histogram.positive) {
    if (upper_bound(bucket.index, histogram.scale) <= limit) sum += bucket.count;
  }
  return sum;
}

void save_histogram(const HistogramState& state, std::string& out) {
  const OwnHistogram& last = state.last;
  put(out, state.counter);
  put(out, last.count);
  put(out, static_cast<uint8_t>(last.is_exponential));
  put(out, last.scale);
  put(out, last.zero_threshold);
  put(out, last.zero_count);
  put_buckets(out, last.positive);
  put_buckets(out, last.negative);
  put(out, static_cast<uint32_t>(last.bounds.size()));
  for (const double bound : last.bounds) put(out, bound);
}

bool load_histogram(std::string_view& bytes, HistogramState& state) {
  OwnHistogram& last = state.last;
  uint8_t is_exponential = 0;
  uint32_t bounds = 0;
  if (!get(bytes, state.counter) || !get(bytes, last.count) || !get(bytes, is_exponential) ||
      !get(bytes, last.scale) || !get(bytes, last.zero_threshold) || !get(bytes, last.zero_count) ||
      !get_buckets(bytes, last.positive) || !get_buckets(bytes, last.negative) ||
      !get(bytes, bounds) || bounds > kBucketsMax)
    return false;
  last.is_exponential = is_exponential != 0;
  last.bounds.resize(bounds);
  for (double& bound : last.bounds) {
    if (!get(bytes, bound)) return false;
  }
  return true;
}

}  // namespace tollgate::intake
