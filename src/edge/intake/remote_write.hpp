// Prometheus remote write, 1.0 and 2.0: bodies into batches. Pure but for the batch's memory.
// Source: prometheus.io/docs/specs, "Prometheus Remote-Write Specification" 1.0 and 2.0.
#pragma once

#include "edge/intake/batch.hpp"

#include <string_view>

namespace tollgate::intake {

/// Snappy-compressed `prometheus.WriteRequest`. Exemplars and metadata are left out. Labels stay
/// raw (kRawLabels) where they stand together, so that known series cost no reading of labels.
/// Errors: bad_request, body_too_large, too_large.
Result<void> decode_remote_write_1(std::string_view body, Batch& batch);
/// Snappy-compressed `io.prometheus.write.v2.Request`.
Result<void> decode_remote_write_2(std::string_view body, Batch& batch);
/// The same without Snappy.
Result<void> read_write_request_1(std::string_view message, Batch& batch);
Result<void> read_write_request_2(std::string_view message, Batch& batch);

}  // namespace tollgate::intake
