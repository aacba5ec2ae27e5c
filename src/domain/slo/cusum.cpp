#include "domain/slo/cusum.hpp"

#include "domain/stats/elementary.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>

namespace tollgate::slo {
namespace {

constexpr double kPageFactor = 14.4;  // the smallest change that is worth a page
constexpr double kOutage = 0.9;       // the largest: nearly everything fails

}  // namespace

CusumChart cusum_chart(double usual, double worse) {
  ASSERT(usual > 0 && usual < worse && worse < 1);
  return {.good_step = stats::log_of_one_plus(-worse) - stats::log_of_one_plus(-usual),
          .bad_step = stats::log_of(worse / usual)};
}

Cusum make_cusum(double allowed, double limit) {
  Cusum cusum{.charts = {}, .limit = limit};
  const double usual = std::max(1e-9, std::min(allowed, 0.5));
  const double least = std::min(usual * kPageFactor, (usual + kOutage) / 2);
  const double span = stats::log_of(kOutage / least);
  for (size_t i = 0; i < kCusumCharts; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(kCusumCharts - 1);
    cusum.charts[i] = cusum_chart(usual, least * stats::exp_of(span * part));
  }
  return cusum;
}

Cusum make_single_cusum(double usual, double worse, double limit) {
  Cusum cusum{.charts = {}, .limit = limit};
  cusum.charts.fill(cusum_chart(usual, worse));
  return cusum;
}

CusumLevels advance(const Cusum& cusum, const CusumLevels& levels, const Counts& counts,
                    double worth) {
  CusumLevels next;
  const double good = static_cast<double>(counts.good) * worth;
  const double bad = static_cast<double>(counts.bad) * worth;
  for (size_t i = 0; i < kCusumCharts; ++i) {
    const CusumChart& chart = cusum.charts[i];
    next[i] = std::max(0.0, levels[i] + good * chart.good_step + bad * chart.bad_step);
  }
  return next;
}

double highest(const CusumLevels& levels) {
  return *std::max_element(levels.begin(), levels.end());
}

double cusum_limit(double events_in_30_days) {
  if (events_in_30_days < 1) return kCusumLimitMin;
  return std::max(kCusumLimitMin, stats::log_of(events_in_30_days) - kCusumSlack);
}

}  // namespace tollgate::slo
