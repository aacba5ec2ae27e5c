#include "edge/intake/histogram_latency.hpp"

#include <cmath>

namespace tollgate::intake {
namespace {

constexpr double kZeroMax = 1e-6;  // seconds that nobody tells from 0

}  // namespace

void add_latencies(const OwnHistogram& increase, uint32_t series, int64_t time_ms,
                   std::vector<cells::LatencyAddition>& out) {
  if (!increase.is_exponential) return;
  const auto whole = [](double count) { return static_cast<int64_t>(std::llround(count)); };
  if (const int64_t count = whole(increase.zero_count); count > 0) {
    const double seconds = increase.zero_threshold <= kZeroMax ? 0 : increase.zero_threshold;
    out.push_back({.series = series, .time_ms = time_ms, .seconds = seconds, .count = count});
  }
  for (const Bucket& bucket : increase.positive) {
    const int64_t count = whole(bucket.count);
    if (count < 1) continue;
    out.push_back({.series = series,
                   .time_ms = time_ms,
                   .count = count,
                   .bucket = cells::LatencyBucket{increase.scale, bucket.index}});
  }
}

}  // namespace tollgate::intake
