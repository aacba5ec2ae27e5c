// The native histogram of Prometheus on the wire: spans and deltas into plain buckets.
#pragma once

#include "edge/intake/batch.hpp"

#include <string_view>

namespace tollgate::intake {

/// A histogram added to the batch, with what its message says about the sample.
struct NativeHistogram {
  int32_t index = -1;  // in Batch::histograms
  int64_t time_ms = 0;
  bool is_stale = false;
  bool is_gauge = false;
};

/// Reads the message (the same in remote write 1.0 and 2.0). Errors: bad_request, too_large.
Result<NativeHistogram> read_native_histogram(std::string_view message, Batch& batch);

/// True for the NaN by which Prometheus says that a series ended.
bool is_stale_marker(double value);

}  // namespace tollgate::intake
