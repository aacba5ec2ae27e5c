// What the Prometheus source does without a network: queries with their window put in, and answers
// read.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::sources {

/// A duration as PromQL writes it: "30d", "90m", "45s", "1500ms".
std::string promql_duration(Duration duration);

/// `query` with its placeholder replaced by `window`: {{.window}}, {{ .window }}, {{window}},
/// $window, ${window},
/// $__range, $__rate_interval, $__interval, [WINDOW]. A plain selector without one becomes
/// sum(increase(SELECTOR[window])). Errors: bad_query for an expression that names no window, since
/// its value would not belong to the span.
Result<std::string> expand_query(std::string_view query, Duration window);

/// A query whose value is a ratio already, over `window`: placeholders as in expand_query; a plain
/// selector becomes avg(avg_over_time(SELECTOR[window])), and an expression that names no window
/// its mean over a subquery.
std::string expand_ratio(std::string_view query, Duration window);

/// One point of a series.
struct Point {
  Time time;
  double value = 0;
};

/// The answer of /api/v1/query or query_range: values of all series added up moment by moment,
/// sorted by time.
struct QueryAnswer {
  bool has_series = false;
  std::vector<Point> points;
  /// That say the answer is partial, VictoriaMetrics' isPartial included; remarks on the query
  /// itself are left out.
  std::vector<std::string> warnings;
};
/// Errors: bad_response for anything else, with the server's own words if it says what was wrong.
Result<QueryAnswer> parse_answer(std::string_view body);

}  // namespace tollgate::sources
