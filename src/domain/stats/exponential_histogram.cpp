#include "domain/stats/exponential_histogram.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/varint.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tollgate::stats {
namespace {

constexpr int kSteps = 32;  // buckets from one power of two to the next at kScaleMax
static_assert(kSteps == 1 << ExponentialHistogram::kScaleMax);
constexpr int32_t kIndexEnd = ExponentialHistogram::kExponentMax * kSteps;  // at kScaleMax

/// 2^(j/32). Square roots and products of IEEE doubles are the same on every machine.
const std::array<double, kSteps>& powers() {
  static const std::array<double, kSteps> kPowers = [] {
    std::array<double, 5> roots{};  // 2^(1/2), 2^(1/4), ... 2^(1/32)
    double root = 2;
    for (double& each : roots) each = root = std::sqrt(root);
    std::array<double, kSteps> table{};
    for (size_t j = 0; j < table.size(); ++j) {
      table[j] = 1;
      for (size_t bit = 0; bit < roots.size(); ++bit) {
        if ((j >> (4 - bit) & 1) != 0) table[j] *= roots[bit];
      }
    }
    return table;
  }();
  return kPowers;
}

/// The first bucket of a scale, and the one behind the last.
int32_t index_begin(int scale) { return -(kIndexEnd >> (ExponentialHistogram::kScaleMax - scale)); }
int32_t index_end(int scale) { return -index_begin(scale); }

}  // namespace

int32_t bucket_index(double value, int scale) {
  ASSERT(value > 0);
  int exponent = 0;
  const double mantissa = 2 * std::frexp(value, &exponent);  // in [1, 2)
  const auto& table = powers();
  const auto below = std::lower_bound(table.begin(), table.end(), mantissa) - table.begin();
  const int32_t index = (exponent - 1) * kSteps + static_cast<int32_t>(below) - 1;
  return index >> (ExponentialHistogram::kScaleMax - scale);
}

double bucket_start(int32_t index, int scale) {
  const int64_t fine = int64_t{index} << (ExponentialHistogram::kScaleMax - scale);
  const int64_t whole = fine >> ExponentialHistogram::kScaleMax;
  return std::ldexp(powers()[static_cast<size_t>(fine - whole * kSteps)], static_cast<int>(whole));
}

bool ExponentialHistogram::add(double value, int64_t count) {
  if (!(value >= 0) || std::isinf(value) || count < 1) return false;
  count_ += count;
  if (value <= bucket_start(index_begin(scale_), scale_)) {
    zero_count_ += count;
  } else {
    count_at(std::min(bucket_index(value, scale_), index_end(scale_) - 1), count);
  }
  return true;
}

bool ExponentialHistogram::add_bucket(int scale, int32_t index, int64_t count) {
  if (scale < kScaleMin || count < 1) return false;
  if (scale < scale_) coarsen_to(scale);
  index >>= std::min(scale - scale_, 31);
  count_ += count;
  if (index < index_begin(scale_)) {
    zero_count_ += count;
  } else {
    count_at(std::min(index, index_end(scale_) - 1), count);
  }
  return true;
}

void ExponentialHistogram::count_at(int32_t index, int64_t count) {
  if (counts_.empty()) first_ = index;
  if (index < first_) {
    counts_.insert(counts_.begin(), static_cast<size_t>(first_ - index), 0);
    first_ = index;
  }
  const auto place = static_cast<size_t>(index - first_);
  if (place >= counts_.size()) counts_.resize(place + 1);
  counts_[place] += count;
}

void ExponentialHistogram::coarsen_to(int scale) {
  const int shift = scale_ - scale;
  const std::vector<int64_t> fine = std::move(counts_);
  const int32_t first = first_;
  counts_.clear();
  first_ = 0;
  scale_ = scale;
  for (size_t i = 0; i < fine.size(); ++i) {
    if (fine[i] != 0) count_at((first + static_cast<int32_t>(i)) >> shift, fine[i]);
  }
}

void ExponentialHistogram::merge(const ExponentialHistogram& other) {
  if (other.is_empty()) return;
  if (other.scale_ < scale_) coarsen_to(other.scale_);
  count_ += other.count_;
  zero_count_ += other.zero_count_;
  if (other.counts_.empty()) return;
  const int shift = other.scale_ - scale_;
  count_at((other.first_ + static_cast<int32_t>(other.counts_.size()) - 1) >> shift, 0);
  for (size_t i = 0; i < other.counts_.size(); ++i) {
    if (other.counts_[i] != 0)
      count_at((other.first_ + static_cast<int32_t>(i)) >> shift, other.counts_[i]);
  }
}

ExponentialHistogram::Bounds ExponentialHistogram::quantile(Ppm share) const {
  if (count_ == 0) return {};
  __extension__ using Wide = __int128;
  const Wide scaled = Wide{count_} * std::clamp<int64_t>(share.value, 0, 1'000'000);
  const auto rank = std::max<int64_t>(1, static_cast<int64_t>((scaled + 999'999) / 1'000'000));
  int64_t seen = zero_count_;
  if (rank <= seen) return {};
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (rank > seen) continue;
    const int32_t index = first_ + static_cast<int32_t>(i);
    return {bucket_start(index, scale_), bucket_start(index + 1, scale_)};
  }
  return {};
}

ExponentialHistogram::CountBounds ExponentialHistogram::at_most(double value) const {
  if (!(value >= 0)) return {};
  CountBounds bounds{zero_count_, zero_count_};
  for (size_t i = 0; i < counts_.size(); ++i) {
    const int32_t index = first_ + static_cast<int32_t>(i);
    if (bucket_start(index, scale_) >= value) break;
    bounds.high += counts_[i];
    const bool is_last = index + 1 == index_end(scale_);
    if (!is_last && bucket_start(index + 1, scale_) <= value) bounds.low += counts_[i];
  }
  return bounds;
}

void append_histogram(const ExponentialHistogram& histogram, std::string& out) {
  append_varint(out, static_cast<uint64_t>(histogram.scale() - ExponentialHistogram::kScaleMin));
  append_varint(out, static_cast<uint64_t>(histogram.zero_count()));
  append_varint(out, histogram.buckets().size());
  append_varint(out, static_cast<uint64_t>(histogram.first_index() + kIndexEnd));
  for (const int64_t count : histogram.buckets()) append_varint(out, static_cast<uint64_t>(count));
}

Result<ExponentialHistogram> take_histogram(std::string_view& bytes) {
  const auto damaged = [] { return fail(codes::store_failed, "a histogram is damaged"); };
  uint64_t scale = 0;
  uint64_t zeros = 0;
  uint64_t size = 0;
  uint64_t first = 0;
  if (!take_varint(bytes, scale) || !take_varint(bytes, zeros) || !take_varint(bytes, size) ||
      !take_varint(bytes, first) || size > 2 * kIndexEnd || first > 2 * kIndexEnd ||
      scale > ExponentialHistogram::kScaleMax - ExponentialHistogram::kScaleMin) {
    return damaged();
  }
  ExponentialHistogram histogram;
  if (zeros > 0) histogram.add(0, static_cast<int64_t>(zeros));
  const int own_scale = static_cast<int>(scale) + ExponentialHistogram::kScaleMin;
  for (uint64_t i = 0; i < size; ++i) {
    uint64_t count = 0;
    if (!take_varint(bytes, count)) return damaged();
    const auto index = static_cast<int32_t>(first + i) - kIndexEnd;
    if (count > 0 && index < kIndexEnd)
      histogram.add_bucket(own_scale, index, static_cast<int64_t>(count));
  }
  return histogram;
}

}  // namespace tollgate::stats
