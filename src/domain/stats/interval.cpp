#include "domain/stats/interval.hpp"

#include "domain/stats/distribution.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::stats {
namespace {

constexpr int64_t kWhole = 1'000'000;

/// The probability that is left out on one side.
double one_sided_alpha(Ppm confidence) {
  ASSERT(confidence.value >= kWhole / 2 && confidence.value < kWhole);
  return static_cast<double>(kWhole - confidence.value) / kWhole;
}

double two_sided_alpha(Ppm confidence) { return one_sided_alpha(confidence) / 2; }

void check(Share share) { ASSERT(share.hits >= 0 && share.hits <= share.total); }

}  // namespace

Interval wilson(Share share, Ppm confidence) {
  check(share);
  const double alpha = two_sided_alpha(confidence);
  if (share.total == 0) return {0, 1};
  const double z = normal_quantile(1 - alpha);
  const auto n = static_cast<double>(share.total);
  const double ratio = static_cast<double>(share.hits) / n;
  const double square = z * z / n;
  const double centre = (ratio + square / 2) / (1 + square);
  const double half = z * std::sqrt((ratio * (1 - ratio) + square / 4) / n) / (1 + square);
  // At the ends the formula gives 0 and 1 but for rounding.
  return {share.hits == 0 ? 0 : std::max(0.0, centre - half),
          share.hits == share.total ? 1 : std::min(1.0, centre + half)};
}

Interval clopper_pearson(Share share, Ppm confidence) {
  check(share);
  const double alpha = two_sided_alpha(confidence);
  if (share.total == 0) return {0, 1};
  const auto hits = static_cast<double>(share.hits);
  const auto misses = static_cast<double>(share.total - share.hits);
  return {share.hits == 0 ? 0 : beta_quantile(hits, misses + 1, alpha),
          share.hits == share.total ? 1 : beta_quantile(hits + 1, misses, 1 - alpha)};
}

bool is_surely_above(Share share, double limit, Ppm confidence) {
  check(share);
  const double alpha = one_sided_alpha(confidence);
  if (limit >= 1 || static_cast<double>(share.hits) <= limit * static_cast<double>(share.total)) {
    return false;
  }
  return limit <= 0 || binomial_survival(share.hits, share.total, limit) < alpha;
}

bool is_surely_below(Share share, double limit, Ppm confidence) {
  check(share);
  const double alpha = one_sided_alpha(confidence);
  if (limit <= 0 || static_cast<double>(share.hits) >= limit * static_cast<double>(share.total)) {
    return false;
  }
  return limit >= 1 || binomial_cdf(share.hits, share.total, limit) < alpha;
}

Comparison welch(const Sample& baseline, const Sample& candidate, Ppm confidence) {
  Comparison result;
  result.estimate = candidate.mean - baseline.mean;
  result.interval = {result.estimate, result.estimate};
  if (baseline.count < 2 || candidate.count < 2) return result;
  const auto n_baseline = static_cast<double>(baseline.count);
  const auto n_candidate = static_cast<double>(candidate.count);
  const double variance_baseline = baseline.deviation * baseline.deviation / n_baseline;
  const double variance_candidate = candidate.deviation * candidate.deviation / n_candidate;
  const double variance = variance_baseline + variance_candidate;
  if (!(variance > 0)) return result;
  const double spread = variance_baseline * variance_baseline / (n_baseline - 1) +
                        variance_candidate * variance_candidate / (n_candidate - 1);
  // Squares of tiny variances may vanish; the smaller sample's degrees are then the cautious
  // answer.
  const double least = std::min(n_baseline, n_candidate) - 1;
  result.degrees = spread > 0 ? std::max(least, variance * variance / spread) : least;
  if (!(result.degrees < n_baseline + n_candidate - 2)) {
    result.degrees = n_baseline + n_candidate - 2;
  }
  const double half =
      student_quantile(1 - two_sided_alpha(confidence), result.degrees) * std::sqrt(variance);
  result.interval = {result.estimate - half, result.estimate + half};
  if (result.interval.low > 0) {
    result.difference = Difference::higher;
  } else if (result.interval.high < 0) {
    result.difference = Difference::lower;
  } else {
    result.difference = Difference::none;
  }
  return result;
}

}  // namespace tollgate::stats
