// Field numbers of the OpenTelemetry protocol that count here. Names are those of its messages.
// Source: opentelemetry-proto 1.x, the public wire facts.
#pragma once

#include <cstdint>

namespace tollgate::otlp::wire {

// The same in requests for metrics, logs and traces.
namespace request {
inline constexpr uint32_t kResources = 1;
}
namespace resources {  // ResourceMetrics, ResourceLogs, ResourceSpans
inline constexpr uint32_t kResource = 1;
inline constexpr uint32_t kScopes = 2;
}  // namespace resources
namespace resource {
inline constexpr uint32_t kAttributes = 1;
}
namespace scopes {  // ScopeMetrics, ScopeLogs, ScopeSpans
inline constexpr uint32_t kScope = 1;
inline constexpr uint32_t kItems = 2;
}  // namespace scopes
namespace scope {
inline constexpr uint32_t kName = 1;
inline constexpr uint32_t kVersion = 2;
}  // namespace scope
namespace key_value {
inline constexpr uint32_t kKey = 1;
inline constexpr uint32_t kValue = 2;
}  // namespace key_value
namespace any_value {
inline constexpr uint32_t kText = 1;
inline constexpr uint32_t kBoolean = 2;
inline constexpr uint32_t kInteger = 3;
inline constexpr uint32_t kReal = 4;
}  // namespace any_value

namespace metric {
inline constexpr uint32_t kName = 1;
inline constexpr uint32_t kUnit = 3;
inline constexpr uint32_t kGauge = 5;
inline constexpr uint32_t kSum = 7;
inline constexpr uint32_t kHistogram = 9;
inline constexpr uint32_t kExponentialHistogram = 10;
inline constexpr uint32_t kSummary = 11;
// Of Gauge, Sum, Histogram, ExponentialHistogram, Summary.
inline constexpr uint32_t kPoints = 1;
inline constexpr uint32_t kTemporality = 2;
inline constexpr uint32_t kIsMonotonic = 3;
inline constexpr uint64_t kDelta = 1;
inline constexpr uint64_t kCumulative = 2;
}  // namespace metric
namespace point {  // what all kinds of points share
inline constexpr uint32_t kStart = 2;
inline constexpr uint32_t kTime = 3;
inline constexpr uint64_t kNoRecordedValue = 1;  // a bit of the flags
}  // namespace point
namespace number_point {
inline constexpr uint32_t kReal = 4;
inline constexpr uint32_t kExemplars = 5;
inline constexpr uint32_t kInteger = 6;
inline constexpr uint32_t kAttributes = 7;
inline constexpr uint32_t kFlags = 8;
}  // namespace number_point
namespace histogram_point {
inline constexpr uint32_t kCount = 4;
inline constexpr uint32_t kSum = 5;
inline constexpr uint32_t kBucketCounts = 6;
inline constexpr uint32_t kBounds = 7;
inline constexpr uint32_t kExemplars = 8;
inline constexpr uint32_t kAttributes = 9;
inline constexpr uint32_t kFlags = 10;
}  // namespace histogram_point
namespace exponential_point {
inline constexpr uint32_t kAttributes = 1;
inline constexpr uint32_t kCount = 4;
inline constexpr uint32_t kSum = 5;
inline constexpr uint32_t kScale = 6;
inline constexpr uint32_t kZeroCount = 7;
inline constexpr uint32_t kPositive = 8;
inline constexpr uint32_t kNegative = 9;
inline constexpr uint32_t kFlags = 10;
inline constexpr uint32_t kExemplars = 11;
inline constexpr uint32_t kZeroThreshold = 14;
}  // namespace exponential_point
namespace buckets {
inline constexpr uint32_t kOffset = 1;
inline constexpr uint32_t kCounts = 2;
}  // namespace buckets

namespace log_record {
inline constexpr uint32_t kTime = 1;
inline constexpr uint32_t kSeverity = 2;
inline constexpr uint32_t kSeverityText = 3;
inline constexpr uint32_t kBody = 5;
inline constexpr uint32_t kAttributes = 6;
inline constexpr uint32_t kObservedTime = 11;
inline constexpr uint32_t kEventName = 12;
inline constexpr uint64_t kSeverityError = 17;  // the lowest number that is an error
}  // namespace log_record

namespace span {
inline constexpr uint32_t kTraceId = 1;
inline constexpr uint32_t kSpanId = 2;
inline constexpr uint32_t kTraceState = 3;
inline constexpr uint32_t kParentId = 4;
inline constexpr uint32_t kName = 5;
inline constexpr uint32_t kKind = 6;
inline constexpr uint32_t kStart = 7;
inline constexpr uint32_t kEnd = 8;
inline constexpr uint32_t kAttributes = 9;
inline constexpr uint32_t kStatus = 15;
inline constexpr uint32_t kStatusCode = 3;  // of Status
inline constexpr uint64_t kStatusOk = 1;
inline constexpr uint64_t kStatusError = 2;
}  // namespace span

// ExportMetricsPartialSuccess and its siblings, and google.rpc.Status.
namespace answer {
inline constexpr uint32_t kPartialSuccess = 1;
inline constexpr uint32_t kRejected = 1;
inline constexpr uint32_t kErrorMessage = 2;
inline constexpr uint32_t kStatusCode = 1;
inline constexpr uint32_t kStatusMessage = 2;
}  // namespace answer

}  // namespace tollgate::otlp::wire
