// Published survey clusters of delivery figures, by report year: what "elite" or "low" meant then.
// They describe groups of answers and are no thresholds; so the nearest cluster is named for each
// figure alone, never an average over figures. Pure.
#pragma once

#include "domain/stats/interval.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::delivery {

enum class Metric { gap, lead_time, restore, change_failure_rate };

/// Its name in files and answers; the gap between deployments stands for their frequency.
std::string_view metric_name(Metric metric);

/// One cell of a report: [low, high) in seconds, or for rates the one share that was published.
struct Band {
  int64_t year = 0;
  std::string cluster = {};
  Metric metric = Metric::gap;
  double low = 0;
  double high = 0;
  std::string label = {};     // in the report's words
  int64_t share_percent = 0;  // of the answers
  std::string source = {};
};
/// share/benchmarks/dora_clusters.yaml, which travels inside the program; sorted by year.
std::span<const Band> all_bands();
/// Null if there is none.
const Band* find_band(Metric metric, int64_t year, std::string_view cluster);
/// The file itself.
std::string_view clusters_text();
/// The newest year with bands.
inline constexpr int64_t kBandYearNewest = 2024;

/// The cluster of `year` that is nearest to the value and to both ends of its interval. Nothing if
/// they differ or two clusters are as near (the data cannot tell), or if the year has no bands.
std::optional<std::string_view> nearest_cluster(Metric metric, int64_t year, double value,
                                                const stats::Interval& interval);

}  // namespace tollgate::delivery
