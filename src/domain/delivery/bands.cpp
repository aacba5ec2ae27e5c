#include "domain/delivery/bands.hpp"

#include <algorithm>
#include <array>

namespace tollgate::delivery {
namespace {

constexpr double kHour = 3600;
constexpr double kDay = 24 * kHour;
constexpr double kWeek = 7 * kDay;
constexpr double kMonth = 30 * kDay;
constexpr double kHalfYear = 182 * kDay;
constexpr std::string_view k2024 = "Accelerate State of DevOps 2024";

constexpr std::array kBands = {
    Band{2024, "elite", Metric::gap, 0, kDay, k2024},
    Band{2024, "high", Metric::gap, kDay, kWeek, k2024},
    Band{2024, "medium", Metric::gap, kWeek, kMonth, k2024},
    Band{2024, "low", Metric::gap, kMonth, kHalfYear, k2024},
    Band{2024, "elite", Metric::lead_time, 0, kDay, k2024},
    Band{2024, "high", Metric::lead_time, kDay, kWeek, k2024},
    Band{2024, "medium", Metric::lead_time, kWeek, kMonth, k2024},
    Band{2024, "low", Metric::lead_time, kMonth, kHalfYear, k2024},
    Band{2024, "elite", Metric::restore, 0, kHour, k2024},
    Band{2024, "high", Metric::restore, kHour, kDay, k2024},
    Band{2024, "medium", Metric::restore, kHour, kDay, k2024},
    Band{2024, "low", Metric::restore, kWeek, kMonth, k2024},
    Band{2024, "elite", Metric::change_failure_rate, 0.05, 0.05, k2024},
    Band{2024, "high", Metric::change_failure_rate, 0.20, 0.20, k2024},
    Band{2024, "medium", Metric::change_failure_rate, 0.10, 0.10, k2024},
    Band{2024, "low", Metric::change_failure_rate, 0.40, 0.40, k2024},
};

/// 0 inside the band and at its ends.
double distance(const Band& band, double value) {
  return std::max({0.0, band.low - value, value - band.high});
}

/// The one nearest band; null if there is none, or two are as near.
const Band* nearest(Metric metric, int64_t year, double value) {
  const Band* best = nullptr;
  bool is_shared = false;
  for (const Band& band : kBands) {
    if (band.metric != metric || band.year != year) continue;
    const bool is_nearer = best == nullptr || distance(band, value) < distance(*best, value);
    is_shared = !is_nearer && (is_shared || distance(band, value) == distance(*best, value));
    if (is_nearer) best = &band;
  }
  return is_shared ? nullptr : best;
}

}  // namespace

std::span<const Band> all_bands() { return kBands; }

std::optional<std::string_view> nearest_cluster(Metric metric, int64_t year, double value,
                                                const stats::Interval& interval) {
  const Band* const best = nearest(metric, year, value);
  const bool is_sure = best != nullptr && best == nearest(metric, year, interval.low) &&
                       best == nearest(metric, year, interval.high);
  return is_sure ? std::optional(best->cluster) : std::nullopt;
}

}  // namespace tollgate::delivery
