// The two queries that a ratio is asked with, and the counts that their values come to. Pure.
#pragma once

#include "domain/slo/cells.hpp"
#include "domain/slo/objective.hpp"
#include "foundation/base/error.hpp"

#include <string_view>

namespace tollgate::sources {

/// Metrics systems estimate: good may pass the total by this much.
inline constexpr double kExcessMax = 1.01;

/// Which two of good, bad and total are asked for. Views of the indicator's texts.
struct QueryPair {
  std::string_view first;   // total, or good where there is none
  std::string_view second;  // good or bad, or the ratio
  bool is_second_bad = false;
  bool is_first_total = true;
  bool is_second_ratio = false;
  /// Without any series for the second there were none of them: true for failures beside a total.
  bool may_lack_second() const { return is_second_bad && !is_second_ratio; }
};

/// Errors: bad_query if the metric does not name two of good, bad and total, or a ratio with its
/// total.
Result<QueryPair> query_pair(const slo::Indicator& indicator);

/// "there are more good events than events: 7100 of 6100" if it is so, beyond kExcessMax; else
/// empty.
std::string excess_words(const QueryPair& queries, double first, double second);

/// Whole events from what the two queries gave. Errors: bad_response for values that are no
/// counts, for more good events than events beyond kExcessMax, and for a ratio outside 0 to 1.
Result<slo::Counts> counts_of(const QueryPair& queries, double first, double second);

/// The share of good events that a ratio says. Errors: bad_response for a value outside 0 to 1.
Result<double> good_share(double ratio, bool is_failure);

}  // namespace tollgate::sources
