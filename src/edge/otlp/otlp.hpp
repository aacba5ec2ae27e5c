// OpenTelemetry's protocol, protobuf and JSON: requests for metrics, logs and traces into batches,
// and the answers. Bodies may be compressed with gzip. Pure but for the batch's memory.
// Source: opentelemetry.io/docs/specs/otlp.
//
// Metrics are named in the manner of Prometheus, so that a selector written for a Prometheus counts
// the same series here: dots become underscores, the unit and _total are appended; labels are the
// attributes of the point, of the resource (the point's go first), `job` (service.namespace/
// service.name), `instance` (service.instance.id), otel_scope_name and otel_scope_version.
// Explicit histograms become the series NAME_bucket{le} and NAME_count, exponential ones a native
// histogram NAME. Spans and log records keep the names of their attributes (`service.name`), and
// have besides
//   spans  span.name, span.kind (server, client, internal, producer, consumer), span.root (true),
//          status.code (unset, ok, error)
//   logs   severity (trace, debug, info, warn, error, fatal), severity.text, event.name, body
#pragma once

#include "edge/intake/batch.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::otlp {

inline constexpr size_t kEventLabelsMax = 256;  // of one span or log record; the rest is left out
inline constexpr size_t kBodyTextMax = 4096;    // bytes of a log record's body; the rest is cut off

// Errors: bad_request, body_too_large, too_large; and those of JSON. Points and events that cannot
// be counted (no time, an end before the start, buckets that do not add up) are left out and
// counted in Batch::unusable.
Result<void> decode_metrics(std::string_view body, intake::Batch& batch);
Result<void> decode_logs(std::string_view body, intake::Batch& batch);
Result<void> decode_traces(std::string_view body, intake::Batch& batch);
Result<void> decode_metrics_json(std::string_view body, intake::Batch& batch);
Result<void> decode_logs_json(std::string_view body, intake::Batch& batch);
Result<void> decode_traces_json(std::string_view body, intake::Batch& batch);

// The same without gzip.
Result<void> read_metrics(std::string_view message, intake::Batch& batch);
Result<void> read_logs(std::string_view message, intake::Batch& batch);
Result<void> read_traces(std::string_view message, intake::Batch& batch);

enum class Signal : uint8_t { metrics, logs, traces };
/// Reads "metrics", "logs" or "traces". Errors: unknown_name.
Result<Signal> parse_signal(std::string_view name);
intake::Encoding encoding_of(Signal signal, bool is_json);
/// True if the body, unpacked, begins as JSON does. A protobuf message cannot.
bool is_json(std::string_view body);

/// The answer to a request that was taken; `rejected` of its points, records or spans do not count,
/// for the reason `why`. Nothing rejected and a reason is a warning.
std::string accepted_answer(Signal signal, bool is_json, int64_t rejected, std::string_view why);
/// The answer to one that was not: google.rpc.Status.
std::string refused_answer(bool is_json, int http_status, std::string_view why);

}  // namespace tollgate::otlp
