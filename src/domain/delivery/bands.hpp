// Published survey clusters of delivery figures, by report year: what "elite" or "low" meant then.
// They describe groups of answers and are no thresholds; so the nearest cluster is named for each
// figure alone, never an average over figures. Pure data and arithmetic.
#pragma once

#include "domain/stats/interval.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tollgate::delivery {

enum class Metric { gap, lead_time, restore, change_failure_rate };

/// One cell of a report: [low, high) in seconds, or for rates the one share that was published.
struct Band {
  int64_t year;
  std::string_view cluster;
  Metric metric;
  double low;
  double high;
  std::string_view source;
};
std::span<const Band> all_bands();
/// The newest year with bands.
inline constexpr int64_t kBandYearNewest = 2024;

/// The cluster of `year` that is nearest to the value and to both ends of its interval. Nothing if
/// they differ or two clusters are as near (the data cannot tell), or if the year has no bands.
std::optional<std::string_view> nearest_cluster(Metric metric, int64_t year, double value,
                                                const stats::Interval& interval);

}  // namespace tollgate::delivery
