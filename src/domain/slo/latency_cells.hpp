// How long things took, over time: an exponential histogram for each minute, and for each hour once
// the minutes are older. Cells add up to the histogram of any span on that grid. Not thread-safe;
// pure.
#pragma once

#include "domain/slo/window.hpp"
#include "domain/stats/exponential_histogram.hpp"

#include <map>

namespace tollgate::slo {

class LatencyCells {
 public:
  static constexpr Duration kStep = minutes(1);
  static constexpr Duration kMinutesKept = hours(2);  // then whole hours
  static constexpr Duration kAllKept = days(7);       // then nothing

  /// Adds `count` events that took `seconds`. False for times outside 1970-9999 or values that the
  /// histogram refuses.
  bool add(Time time, double seconds, int64_t count);
  bool add(Time time, const stats::ExponentialHistogram& histogram);
  /// The same for events of which only the bucket is known; see ExponentialHistogram::add_bucket.
  bool add_bucket(Time time, int scale, int32_t index, int64_t count);

  /// Everything in the cells that start in the span.
  stats::ExponentialHistogram merged(const Span& span) const;
  bool is_empty() const { return cells_.empty(); }

  /// Joins the minutes of hours that ended kMinutesKept before `newest`, forgets hours older than
  /// kAllKept. The hours (since 1970) that changed, ascending.
  std::vector<int64_t> retain(Time newest);

  /// The cells of one hour as bytes, empty without any; and back. Errors: store_failed.
  std::string hour_bytes(int64_t hour) const;
  Result<void> put_hour(int64_t hour, std::string_view bytes);

  size_t memory_bytes() const;

 private:
  stats::ExponentialHistogram* cell_at(Time time);
  std::map<int64_t, stats::ExponentialHistogram> cells_;  // by the minute (since 1970) of the start
  int64_t joined_before_ = 0;                             // hours before this one have one cell
};

}  // namespace tollgate::slo
