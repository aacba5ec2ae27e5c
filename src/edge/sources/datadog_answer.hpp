// The answers of Datadog's API as numbers, without a network.
#pragma once

#include "edge/sources/promql.hpp"
#include "foundation/base/error.hpp"

#include <string_view>
#include <vector>

namespace tollgate::sources {

/// One query's buckets: each value belongs to [time, time + interval). Groups are added up; buckets
/// without a value are left out. Sorted by time.
struct DatadogSeries {
  bool has_series = false;
  std::vector<Point> points;
};

/// POST /api/v2/query/timeseries with `queries` formulas: one series for each. Errors:
/// bad_response, with Datadog's own words if it says what was wrong.
Result<std::vector<DatadogSeries>> parse_timeseries_v2(std::string_view body, size_t queries);
/// GET /api/v1/query of `queries` queries, joined by commas. Errors: as above.
Result<std::vector<DatadogSeries>> parse_timeseries_v1(std::string_view body, size_t queries);

/// What Datadog counted for one of its own SLOs.
struct DatadogHistory {
  double good = 0;
  double total = 0;
  Time last_bucket = {};  // start of the last interval with events; 0: none
  Duration interval = {};
};
/// GET /api/v1/slo/ID/history of a metric SLO. Errors: bad_response; bad_query for an SLO that
/// counts no events (a monitor's).
Result<DatadogHistory> parse_slo_history(std::string_view body);

enum class MonitorState { ok, alert, no_data };
/// overall_state of GET /api/v1/monitor/ID. A warning still is ok; what is skipped, ignored or
/// unknown is no data. Errors: bad_response.
Result<MonitorState> parse_monitor(std::string_view body);

/// "Forbidden; Missing permissions": the texts of `errors`. Empty if there are none.
std::string datadog_errors(std::string_view body);

}  // namespace tollgate::sources
