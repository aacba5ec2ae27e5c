// The messages of OTLP as tables: how each field is called in JSON and numbered in protobuf. Only
// the reader of JSON uses it.
#pragma once

#include "edge/otlp/wire.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tollgate::otlp {

// How a field is written in JSON and in protobuf.
enum class Form : uint8_t { message, text, hex, boolean, varint, zigzag, fixed64, fixed32, real };

struct JsonMessage;
struct JsonField {
  std::string_view name;
  uint32_t number = 0;
  Form form = Form::message;
  const JsonMessage* message = nullptr;
  bool is_repeated = false;
};
struct JsonMessage {
  std::span<const JsonField> fields;
};

inline constexpr std::array kAnyValueFields = {
    JsonField{"stringValue", wire::any_value::kText, Form::text},
    JsonField{"boolValue", wire::any_value::kBoolean, Form::boolean},
    JsonField{"intValue", wire::any_value::kInteger, Form::varint},
    JsonField{"doubleValue", wire::any_value::kReal, Form::real},
};
inline constexpr JsonMessage kAnyValue{kAnyValueFields};

inline constexpr std::array kKeyValueFields = {
    JsonField{"key", wire::key_value::kKey, Form::text},
    JsonField{"value", wire::key_value::kValue, Form::message, &kAnyValue},
};
inline constexpr JsonMessage kKeyValue{kKeyValueFields};

inline constexpr std::array kResourceFields = {
    JsonField{"attributes", wire::resource::kAttributes, Form::message, &kKeyValue, true},
};
inline constexpr JsonMessage kResource{kResourceFields};

inline constexpr std::array kScopeFields = {
    JsonField{"name", wire::scope::kName, Form::text},
    JsonField{"version", wire::scope::kVersion, Form::text},
};
inline constexpr JsonMessage kScope{kScopeFields};

inline constexpr std::array kNumberPointFields = {
    JsonField{"startTimeUnixNano", wire::point::kStart, Form::fixed64},
    JsonField{"timeUnixNano", wire::point::kTime, Form::fixed64},
    JsonField{"asDouble", wire::number_point::kReal, Form::real},
    JsonField{"asInt", wire::number_point::kInteger, Form::fixed64},
    JsonField{"attributes", wire::number_point::kAttributes, Form::message, &kKeyValue, true},
    JsonField{"flags", wire::number_point::kFlags, Form::varint},
};
inline constexpr JsonMessage kNumberPoint{kNumberPointFields};

inline constexpr std::array kHistogramPointFields = {
    JsonField{"startTimeUnixNano", wire::point::kStart, Form::fixed64},
    JsonField{"timeUnixNano", wire::point::kTime, Form::fixed64},
    JsonField{"count", wire::histogram_point::kCount, Form::fixed64},
    JsonField{"sum", wire::histogram_point::kSum, Form::real},
    JsonField{"bucketCounts", wire::histogram_point::kBucketCounts, Form::fixed64, nullptr, true},
    JsonField{"explicitBounds", wire::histogram_point::kBounds, Form::real, nullptr, true},
    JsonField{"attributes", wire::histogram_point::kAttributes, Form::message, &kKeyValue, true},
    JsonField{"flags", wire::histogram_point::kFlags, Form::varint},
};
inline constexpr JsonMessage kHistogramPoint{kHistogramPointFields};

inline constexpr std::array kBucketsFields = {
    JsonField{"offset", wire::buckets::kOffset, Form::zigzag},
    JsonField{"bucketCounts", wire::buckets::kCounts, Form::varint, nullptr, true},
};
inline constexpr JsonMessage kBuckets{kBucketsFields};

inline constexpr std::array kExponentialPointFields = {
    JsonField{"startTimeUnixNano", wire::point::kStart, Form::fixed64},
    JsonField{"timeUnixNano", wire::point::kTime, Form::fixed64},
    JsonField{"count", wire::exponential_point::kCount, Form::fixed64},
    JsonField{"sum", wire::exponential_point::kSum, Form::real},
    JsonField{"scale", wire::exponential_point::kScale, Form::zigzag},
    JsonField{"zeroCount", wire::exponential_point::kZeroCount, Form::fixed64},
    JsonField{"zeroThreshold", wire::exponential_point::kZeroThreshold, Form::real},
    JsonField{"positive", wire::exponential_point::kPositive, Form::message, &kBuckets},
    JsonField{"negative", wire::exponential_point::kNegative, Form::message, &kBuckets},
    JsonField{"attributes", wire::exponential_point::kAttributes, Form::message, &kKeyValue, true},
    JsonField{"flags", wire::exponential_point::kFlags, Form::varint},
};
inline constexpr JsonMessage kExponentialPoint{kExponentialPointFields};

// Gauge and Sum; Histogram; ExponentialHistogram.
inline constexpr std::array kNumbersFields = {
    JsonField{"dataPoints", wire::metric::kPoints, Form::message, &kNumberPoint, true},
    JsonField{"aggregationTemporality", wire::metric::kTemporality, Form::varint},
    JsonField{"isMonotonic", wire::metric::kIsMonotonic, Form::boolean},
};
inline constexpr JsonMessage kNumbers{kNumbersFields};
inline constexpr std::array kHistogramFields = {
    JsonField{"dataPoints", wire::metric::kPoints, Form::message, &kHistogramPoint, true},
    JsonField{"aggregationTemporality", wire::metric::kTemporality, Form::varint},
};
inline constexpr JsonMessage kHistogram{kHistogramFields};
inline constexpr std::array kExponentialFields = {
    JsonField{"dataPoints", wire::metric::kPoints, Form::message, &kExponentialPoint, true},
    JsonField{"aggregationTemporality", wire::metric::kTemporality, Form::varint},
};
inline constexpr JsonMessage kExponential{kExponentialFields};

inline constexpr std::array kMetricFields = {
    JsonField{"name", wire::metric::kName, Form::text},
    JsonField{"unit", wire::metric::kUnit, Form::text},
    JsonField{"gauge", wire::metric::kGauge, Form::message, &kNumbers},
    JsonField{"sum", wire::metric::kSum, Form::message, &kNumbers},
    JsonField{"histogram", wire::metric::kHistogram, Form::message, &kHistogram},
    JsonField{"exponentialHistogram", wire::metric::kExponentialHistogram, Form::message,
              &kExponential},
    JsonField{"summary", wire::metric::kSummary, Form::message, &kNumbers},
};
inline constexpr JsonMessage kMetric{kMetricFields};

inline constexpr std::array kLogRecordFields = {
    JsonField{"timeUnixNano", wire::log_record::kTime, Form::fixed64},
    JsonField{"observedTimeUnixNano", wire::log_record::kObservedTime, Form::fixed64},
    JsonField{"severityNumber", wire::log_record::kSeverity, Form::varint},
    JsonField{"severityText", wire::log_record::kSeverityText, Form::text},
    JsonField{"eventName", wire::log_record::kEventName, Form::text},
    JsonField{"body", wire::log_record::kBody, Form::message, &kAnyValue},
    JsonField{"attributes", wire::log_record::kAttributes, Form::message, &kKeyValue, true},
};
inline constexpr JsonMessage kLogRecord{kLogRecordFields};

inline constexpr std::array kStatusFields = {
    JsonField{"code", wire::span::kStatusCode, Form::varint},
};
inline constexpr JsonMessage kStatus{kStatusFields};

inline constexpr std::array kSpanFields = {
    JsonField{"traceId", wire::span::kTraceId, Form::hex},
    JsonField{"spanId", wire::span::kSpanId, Form::hex},
    JsonField{"parentSpanId", wire::span::kParentId, Form::hex},
    JsonField{"traceState", wire::span::kTraceState, Form::text},
    JsonField{"name", wire::span::kName, Form::text},
    JsonField{"kind", wire::span::kKind, Form::varint},
    JsonField{"startTimeUnixNano", wire::span::kStart, Form::fixed64},
    JsonField{"endTimeUnixNano", wire::span::kEnd, Form::fixed64},
    JsonField{"attributes", wire::span::kAttributes, Form::message, &kKeyValue, true},
    JsonField{"status", wire::span::kStatus, Form::message, &kStatus},
};
inline constexpr JsonMessage kSpan{kSpanFields};

// From the request down to the items, one for each signal.
inline constexpr std::array kScopeMetricsFields = {
    JsonField{"scope", wire::scopes::kScope, Form::message, &kScope},
    JsonField{"metrics", wire::scopes::kItems, Form::message, &kMetric, true},
};
inline constexpr JsonMessage kScopeMetrics{kScopeMetricsFields};
inline constexpr std::array kScopeLogsFields = {
    JsonField{"scope", wire::scopes::kScope, Form::message, &kScope},
    JsonField{"logRecords", wire::scopes::kItems, Form::message, &kLogRecord, true},
};
inline constexpr JsonMessage kScopeLogs{kScopeLogsFields};
inline constexpr std::array kScopeSpansFields = {
    JsonField{"scope", wire::scopes::kScope, Form::message, &kScope},
    JsonField{"spans", wire::scopes::kItems, Form::message, &kSpan, true},
};
inline constexpr JsonMessage kScopeSpans{kScopeSpansFields};

inline constexpr std::array kResourceMetricsFields = {
    JsonField{"resource", wire::resources::kResource, Form::message, &kResource},
    JsonField{"scopeMetrics", wire::resources::kScopes, Form::message, &kScopeMetrics, true},
};
inline constexpr JsonMessage kResourceMetrics{kResourceMetricsFields};
inline constexpr std::array kResourceLogsFields = {
    JsonField{"resource", wire::resources::kResource, Form::message, &kResource},
    JsonField{"scopeLogs", wire::resources::kScopes, Form::message, &kScopeLogs, true},
};
inline constexpr JsonMessage kResourceLogs{kResourceLogsFields};
inline constexpr std::array kResourceSpansFields = {
    JsonField{"resource", wire::resources::kResource, Form::message, &kResource},
    JsonField{"scopeSpans", wire::resources::kScopes, Form::message, &kScopeSpans, true},
};
inline constexpr JsonMessage kResourceSpans{kResourceSpansFields};

inline constexpr std::array kRequestFields = {
    std::array{JsonField{"resourceMetrics", wire::request::kResources, Form::message,
                         &kResourceMetrics, true}},
    std::array{
        JsonField{"resourceLogs", wire::request::kResources, Form::message, &kResourceLogs, true}},
    std::array{JsonField{"resourceSpans", wire::request::kResources, Form::message, &kResourceSpans,
                         true}},
};

// Read past: they count nowhere.
inline constexpr std::array<std::string_view, 5> kSkipped = {"events", "links", "exemplars",
                                                             "arrayValue", "kvlistValue"};

}  // namespace tollgate::otlp
