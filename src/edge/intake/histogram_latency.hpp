// What the observations of an exponential histogram say about latencies: their buckets as additions
// to the cells of an SLO. Pure.
#pragma once

#include "edge/cells/cell_store.hpp"
#include "edge/intake/histogram_counter.hpp"

#include <vector>

namespace tollgate::intake {

/// Whether latencies can have been observed so: there is nothing below 0.
inline bool is_of_latencies(const OwnHistogram& histogram) { return histogram.negative.empty(); }

/// Appends one addition for each bucket; nothing for explicit bounds, which are no buckets of the
/// cells. Observations in the zero bucket count as 0 up to a microsecond, else as its threshold:
/// they are never made faster than they can have been.
void add_latencies(const OwnHistogram& increase, uint32_t series, int64_t time_ms,
                   std::vector<cells::LatencyAddition>& out);

}  // namespace tollgate::intake
