// Measured values over time and labelled incidents, as monitoring systems and data sets export
// them: for trying alert rules on a past that was never counted.
#pragma once

#include "domain/slo/cells.hpp"
#include "foundation/base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ingest {

struct Point {
  Time time;
  double value = 0;
  std::optional<bool> is_anomaly = {};  // column label; none: the file has no such column
};

/// The points of a CSV with a header (of several lines if need be: their pieces of a column's name
/// are joined by '/'): a column timestamp, time or date (RFC 3339, "2014-07-01
/// 00:30:00" in UTC, or Unix seconds), `column` (empty: value, else the one behind the time), and
/// perhaps label with 0 and 1. Rows without a value are left out. Sorted by time. Errors:
/// bad_log_line for a file without such columns or without any point.
Result<std::vector<Point>> read_points(std::string_view csv, std::string_view column);

inline constexpr size_t kPointsMax = 10'000'000;

/// When a point is bad: below or above.
struct Bounds {
  std::optional<double> low = {};   // below is bad
  std::optional<double> high = {};  // above is bad
};

/// Bounds a quarter of the range outside of what the first `share` of the points showed. With the
/// share at 15 % this is the learning period of the Numenta Anomaly Benchmark.
Bounds learn_bounds(const std::vector<Point>& points, double share);

/// Each point as one good or bad event.
slo::CellSeries count_points(const std::vector<Point>& points, const Bounds& bounds);

/// Runs of anomalous points as spans; nothing if the file labels none of its points.
std::optional<std::vector<slo::Span>> labelled_spans(const std::vector<Point>& points);

/// Incidents of a file: CSV of from,to; JSON [[from, to], ...]; or a JSON object of such lists by
/// name, of which the longest name that ends `path` is taken (the form of combined_windows.json).
/// Errors: syntax, bad_time, not_found.
Result<std::vector<slo::Span>> read_incidents(std::string_view text, std::string_view path);

}  // namespace tollgate::ingest
