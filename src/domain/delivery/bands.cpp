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
constexpr double kDecade = 10 * 365 * kDay;  // "more than": no end was published
constexpr std::string_view k2019 = "Accelerate State of DevOps 2019";
constexpr std::string_view k2021 = "Accelerate State of DevOps 2021";
constexpr std::string_view k2022 = "Accelerate State of DevOps 2022";
constexpr std::string_view k2023 = "Accelerate State of DevOps 2023";
constexpr std::string_view k2024 = "Accelerate State of DevOps 2024";

constexpr std::array kBands = {
    Band{2019, "elite", Metric::gap, 0, kDay, k2019},
    Band{2019, "high", Metric::gap, kDay, kWeek, k2019},
    Band{2019, "medium", Metric::gap, kWeek, kMonth, k2019},
    Band{2019, "low", Metric::gap, kMonth, kHalfYear, k2019},
    Band{2019, "elite", Metric::lead_time, 0, kDay, k2019},
    Band{2019, "high", Metric::lead_time, kDay, kWeek, k2019},
    Band{2019, "medium", Metric::lead_time, kWeek, kMonth, k2019},
    Band{2019, "low", Metric::lead_time, kMonth, kHalfYear, k2019},
    Band{2019, "elite", Metric::restore, 0, kHour, k2019},
    Band{2019, "high", Metric::restore, kHour, kDay, k2019},
    Band{2019, "medium", Metric::restore, kHour, kDay, k2019},
    Band{2019, "low", Metric::restore, kWeek, kMonth, k2019},
    Band{2019, "elite", Metric::change_failure_rate, 0, 0.15, k2019},
    Band{2019, "high", Metric::change_failure_rate, 0, 0.15, k2019},
    Band{2019, "medium", Metric::change_failure_rate, 0, 0.15, k2019},
    Band{2019, "low", Metric::change_failure_rate, 0.46, 0.6, k2019},
    Band{2021, "elite", Metric::gap, 0, kDay, k2021},
    Band{2021, "high", Metric::gap, kWeek, kMonth, k2021},
    Band{2021, "medium", Metric::gap, kMonth, kHalfYear, k2021},
    Band{2021, "low", Metric::gap, kHalfYear, kDecade, k2021},
    Band{2021, "elite", Metric::lead_time, 0, kHour, k2021},
    Band{2021, "high", Metric::lead_time, kDay, kWeek, k2021},
    Band{2021, "medium", Metric::lead_time, kMonth, kHalfYear, k2021},
    Band{2021, "low", Metric::lead_time, kHalfYear, kDecade, k2021},
    Band{2021, "elite", Metric::restore, 0, kHour, k2021},
    Band{2021, "high", Metric::restore, kHour, kDay, k2021},
    Band{2021, "medium", Metric::restore, kDay, kWeek, k2021},
    Band{2021, "low", Metric::restore, kHalfYear, kDecade, k2021},
    Band{2021, "elite", Metric::change_failure_rate, 0, 0.15, k2021},
    Band{2021, "high", Metric::change_failure_rate, 0.16, 0.3, k2021},
    Band{2021, "medium", Metric::change_failure_rate, 0.16, 0.3, k2021},
    Band{2021, "low", Metric::change_failure_rate, 0.16, 0.3, k2021},
    Band{2022, "high", Metric::gap, 0, kDay, k2022},
    Band{2022, "medium", Metric::gap, kWeek, kMonth, k2022},
    Band{2022, "low", Metric::gap, kMonth, kHalfYear, k2022},
    Band{2022, "high", Metric::lead_time, kDay, kWeek, k2022},
    Band{2022, "medium", Metric::lead_time, kWeek, kMonth, k2022},
    Band{2022, "low", Metric::lead_time, kMonth, kHalfYear, k2022},
    Band{2022, "high", Metric::restore, kHour, kDay, k2022},
    Band{2022, "medium", Metric::restore, kDay, kWeek, k2022},
    Band{2022, "low", Metric::restore, kWeek, kMonth, k2022},
    Band{2022, "high", Metric::change_failure_rate, 0, 0.15, k2022},
    Band{2022, "medium", Metric::change_failure_rate, 0.16, 0.3, k2022},
    Band{2022, "low", Metric::change_failure_rate, 0.46, 0.6, k2022},
    Band{2023, "elite", Metric::gap, 0, kDay, k2023},
    Band{2023, "high", Metric::gap, kDay, kWeek, k2023},
    Band{2023, "medium", Metric::gap, kWeek, kMonth, k2023},
    Band{2023, "low", Metric::gap, kWeek, kMonth, k2023},
    Band{2023, "elite", Metric::lead_time, 0, kDay, k2023},
    Band{2023, "high", Metric::lead_time, kDay, kWeek, k2023},
    Band{2023, "medium", Metric::lead_time, kWeek, kMonth, k2023},
    Band{2023, "low", Metric::lead_time, kWeek, kMonth, k2023},
    Band{2023, "elite", Metric::restore, 0, kHour, k2023},
    Band{2023, "high", Metric::restore, kHour, kDay, k2023},
    Band{2023, "medium", Metric::restore, kDay, kWeek, k2023},
    Band{2023, "low", Metric::restore, kMonth, kHalfYear, k2023},
    Band{2023, "elite", Metric::change_failure_rate, 0.05, 0.05, k2023},
    Band{2023, "high", Metric::change_failure_rate, 0.1, 0.1, k2023},
    Band{2023, "medium", Metric::change_failure_rate, 0.15, 0.15, k2023},
    Band{2023, "low", Metric::change_failure_rate, 0.64, 0.64, k2023},
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
    Band{2024, "high", Metric::change_failure_rate, 0.2, 0.2, k2024},
    Band{2024, "medium", Metric::change_failure_rate, 0.1, 0.1, k2024},
    Band{2024, "low", Metric::change_failure_rate, 0.4, 0.4, k2024},
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
