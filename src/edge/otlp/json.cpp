#include "edge/otlp/json.hpp"

#include "edge/otlp/attributes.hpp"
#include "edge/otlp/gzip.hpp"
#include "edge/otlp/wire.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace tollgate::otlp {
namespace {

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

constexpr std::array kAnyValueFields = {
    JsonField{"stringValue", wire::any_value::kText, Form::text},
    JsonField{"boolValue", wire::any_value::kBoolean, Form::boolean},
    JsonField{"intValue", wire::any_value::kInteger, Form::varint},
    JsonField{"doubleValue", wire::any_value::kReal, Form::real},
};
constexpr JsonMessage kAnyValue{kAnyValueFields};

constexpr std::array kKeyValueFields = {
    JsonField{"key", wire::key_value::kKey, Form::text},
    JsonField{"value", wire::key_value::kValue, Form::message, &kAnyValue},
};
constexpr JsonMessage kKeyValue{kKeyValueFields};

constexpr std::array kResourceFields = {
    JsonField{"attributes", wire::resource::kAttributes, Form::message, &kKeyValue, true},
};
constexpr JsonMessage kResource{kResourceFields};

constexpr std::array kScopeFields = {
    JsonField{"name", wire::scope::kName, Form::text},
    JsonField{"version", wire::scope::kVersion, Form::text},
};
constexpr JsonMessage kScope{kScopeFields};

constexpr std::array kNumberPointFields = {
    JsonField{"startTimeUnixNano", wire::point::kStart, Form::fixed64},
    JsonField{"timeUnixNano", wire::point::kTime, Form::fixed64},
    JsonField{"asDouble", wire::number_point::kReal, Form::real},
    JsonField{"asInt", wire::number_point::kInteger, Form::fixed64},
    JsonField{"attributes", wire::number_point::kAttributes, Form::message, &kKeyValue, true},
    JsonField{"flags", wire::number_point::kFlags, Form::varint},
};
constexpr JsonMessage kNumberPoint{kNumberPointFields};

constexpr std::array kHistogramPointFields = {
    JsonField{"startTimeUnixNano", wire::point::kStart, Form::fixed64},
    JsonField{"timeUnixNano", wire::point::kTime, Form::fixed64},
    JsonField{"count", wire::histogram_point::kCount, Form::fixed64},
    JsonField{"sum", wire::histogram_point::kSum, Form::real},
    JsonField{"bucketCounts", wire::histogram_point::kBucketCounts, Form::fixed64, nullptr, true},
    JsonField{"explicitBounds", wire::histogram_point::kBounds, Form::real, nullptr, true},
    JsonField{"attributes", wire::histogram_point::kAttributes, Form::message, &kKeyValue, true},
    JsonField{"flags", wire::histogram_point::kFlags, Form::varint},
};
constexpr JsonMessage kHistogramPoint{kHistogramPointFields};

constexpr std::array kBucketsFields = {
    JsonField{"offset", wire::buckets::kOffset, Form::zigzag},
    JsonField{"bucketCounts", wire::buckets::kCounts, Form::varint, nullptr, true},
};
constexpr JsonMessage kBuckets{kBucketsFields};

constexpr std::array kExponentialPointFields = {
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
constexpr JsonMessage kExponentialPoint{kExponentialPointFields};

// Gauge and Sum; Histogram; ExponentialHistogram.
constexpr std::array kNumbersFields = {
    JsonField{"dataPoints", wire::metric::kPoints, Form::message, &kNumberPoint, true},
    JsonField{"aggregationTemporality", wire::metric::kTemporality, Form::varint},
    JsonField{"isMonotonic", wire::metric::kIsMonotonic, Form::boolean},
};
constexpr JsonMessage kNumbers{kNumbersFields};
constexpr std::array kHistogramFields = {
    JsonField{"dataPoints", wire::metric::kPoints, Form::message, &kHistogramPoint, true},
    JsonField{"aggregationTemporality", wire::metric::kTemporality, Form::varint},
};
constexpr JsonMessage kHistogram{kHistogramFields};
constexpr std::array kExponentialFields = {
    JsonField{"dataPoints", wire::metric::kPoints, Form::message, &kExponentialPoint, true},
    JsonField{"aggregationTemporality", wire::metric::kTemporality, Form::varint},
};
constexpr JsonMessage kExponential{kExponentialFields};

constexpr std::array kMetricFields = {
    JsonField{"name", wire::metric::kName, Form::text},
    JsonField{"unit", wire::metric::kUnit, Form::text},
    JsonField{"gauge", wire::metric::kGauge, Form::message, &kNumbers},
    JsonField{"sum", wire::metric::kSum, Form::message, &kNumbers},
    JsonField{"histogram", wire::metric::kHistogram, Form::message, &kHistogram},
    JsonField{"exponentialHistogram", wire::metric::kExponentialHistogram, Form::message,
              &kExponential},
    JsonField{"summary", wire::metric::kSummary, Form::message, &kNumbers},
};
constexpr JsonMessage kMetric{kMetricFields};

constexpr std::array kLogRecordFields = {
    JsonField{"timeUnixNano", wire::log_record::kTime, Form::fixed64},
    JsonField{"observedTimeUnixNano", wire::log_record::kObservedTime, Form::fixed64},
    JsonField{"severityNumber", wire::log_record::kSeverity, Form::varint},
    JsonField{"severityText", wire::log_record::kSeverityText, Form::text},
    JsonField{"eventName", wire::log_record::kEventName, Form::text},
    JsonField{"body", wire::log_record::kBody, Form::message, &kAnyValue},
    JsonField{"attributes", wire::log_record::kAttributes, Form::message, &kKeyValue, true},
};
constexpr JsonMessage kLogRecord{kLogRecordFields};

constexpr std::array kStatusFields = {
    JsonField{"code", wire::span::kStatusCode, Form::varint},
};
constexpr JsonMessage kStatus{kStatusFields};

constexpr std::array kSpanFields = {
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
constexpr JsonMessage kSpan{kSpanFields};

// From the request down to the items, one for each signal.
constexpr std::array kScopeMetricsFields = {
    JsonField{"scope", wire::scopes::kScope, Form::message, &kScope},
    JsonField{"metrics", wire::scopes::kItems, Form::message, &kMetric, true},
};
constexpr JsonMessage kScopeMetrics{kScopeMetricsFields};
constexpr std::array kScopeLogsFields = {
    JsonField{"scope", wire::scopes::kScope, Form::message, &kScope},
    JsonField{"logRecords", wire::scopes::kItems, Form::message, &kLogRecord, true},
};
constexpr JsonMessage kScopeLogs{kScopeLogsFields};
constexpr std::array kScopeSpansFields = {
    JsonField{"scope", wire::scopes::kScope, Form::message, &kScope},
    JsonField{"spans", wire::scopes::kItems, Form::message, &kSpan, true},
};
constexpr JsonMessage kScopeSpans{kScopeSpansFields};

constexpr std::array kResourceMetricsFields = {
    JsonField{"resource", wire::resources::kResource, Form::message, &kResource},
    JsonField{"scopeMetrics", wire::resources::kScopes, Form::message, &kScopeMetrics, true},
};
constexpr JsonMessage kResourceMetrics{kResourceMetricsFields};
constexpr std::array kResourceLogsFields = {
    JsonField{"resource", wire::resources::kResource, Form::message, &kResource},
    JsonField{"scopeLogs", wire::resources::kScopes, Form::message, &kScopeLogs, true},
};
constexpr JsonMessage kResourceLogs{kResourceLogsFields};
constexpr std::array kResourceSpansFields = {
    JsonField{"resource", wire::resources::kResource, Form::message, &kResource},
    JsonField{"scopeSpans", wire::resources::kScopes, Form::message, &kScopeSpans, true},
};
constexpr JsonMessage kResourceSpans{kResourceSpansFields};

constexpr std::array kRequestFields = {
    std::array{JsonField{"resourceMetrics", wire::request::kResources, Form::message,
                         &kResourceMetrics, true}},
    std::array{
        JsonField{"resourceLogs", wire::request::kResources, Form::message, &kResourceLogs, true}},
    std::array{JsonField{"resourceSpans", wire::request::kResources, Form::message, &kResourceSpans,
                         true}},
};

// Read past: they count nowhere.
constexpr std::array<std::string_view, 5> kSkipped = {"events", "links", "exemplars", "arrayValue",
                                                      "kvlistValue"};

class Translator {
 public:
  explicit Translator(std::string& out) : out_(out) {}

  Result<void> message(const doc::Node& node, const JsonMessage& type) {
    if (!node.is_object()) return wrong("an object");
    for (const JsonField& field : type.fields) {
      const doc::Node* const value = node.find(field.name);
      if (value == nullptr || value->is_null()) continue;
      path_.push_back({field.name, 0, field.is_repeated});
      TOLLGATE_CHECK(field.is_repeated ? list(*value, field) : one(*value, field));
      path_.pop_back();
    }
    return {};
  }

 private:
  struct Step {
    std::string_view name;
    size_t index = 0;
    bool is_list = false;
  };

  Result<void> list(const doc::Node& value, const JsonField& field) {
    if (!value.is_array()) return wrong("a list");
    for (size_t i = 0; i < value.items().size(); ++i) {
      path_.back().index = i;
      TOLLGATE_CHECK(one(value.items()[i], field));
    }
    return {};
  }

  Result<void> one(const doc::Node& value, const JsonField& field) {
    switch (field.form) {
      case Form::message:
        return nested(value, field);
      case Form::text:
        if (!value.is_text()) return wrong("a text");
        put_bytes(field.number, value.as_text());
        return {};
      case Form::hex:
        return hex(value, field.number);
      case Form::boolean:
        if (!value.is_boolean()) return wrong("true or false");
        put_varint(field.number << 3);
        put_varint(value.as_boolean() ? 1 : 0);
        return {};
      case Form::real: {
        TOLLGATE_TRY(const double number, real(value));
        put_fixed(field.number, std::bit_cast<uint64_t>(number));
        return {};
      }
      case Form::varint:
      case Form::zigzag:
      case Form::fixed64:
      case Form::fixed32:
        break;
    }
    TOLLGATE_TRY(const uint64_t number, integer(value));
    if (field.form == Form::fixed64) {
      put_fixed(field.number, number);
      return {};
    }
    put_varint(field.number << 3);
    const auto is_signed = static_cast<int64_t>(number);
    put_varint(field.form == Form::zigzag ? (number << 1) ^ static_cast<uint64_t>(is_signed >> 63)
                                          : number);
    return {};
  }

  Result<void> nested(const doc::Node& value, const JsonField& field) {
    put_varint(field.number << 3 | 2);
    const size_t length_at = out_.size();
    out_.append(kLengthBytes, '\0');
    TOLLGATE_CHECK(message(value, *field.message));
    // The length in as many bytes as any of this size may need; readers take it all the same.
    uint64_t length = out_.size() - length_at - kLengthBytes;
    for (size_t i = 0; i < kLengthBytes; ++i) {
      const bool is_last = i + 1 == kLengthBytes;
      out_[length_at + i] = static_cast<char>((length & 0x7f) | (is_last ? 0 : 0x80));
      length >>= 7;
    }
    return {};
  }

  Result<void> hex(const doc::Node& value, uint32_t number) {
    if (!value.is_text() || value.as_text().size() % 2 != 0) return wrong("hexadecimal digits");
    const std::string& text = value.as_text();
    put_varint(number << 3 | 2);
    put_varint(text.size() / 2);
    for (size_t i = 0; i < text.size(); i += 2) {
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
      if (error != std::errc{} || end != text.data() + i + 2) return wrong("hexadecimal digits");
      out_ += static_cast<char>(byte);
    }
    return {};
  }

  /// The bits of a number that is written as one or as a text.
  Result<uint64_t> integer(const doc::Node& value) {
    if (value.is_integer()) return static_cast<uint64_t>(value.as_integer());
    if (value.is_number()) {
      constexpr double kMax = 9.2e18;
      const double number = value.as_number();
      if (number == std::floor(number) && std::abs(number) < kMax)
        return static_cast<uint64_t>(static_cast<int64_t>(number));
      return wrong("a whole number");
    }
    if (!value.is_text()) return wrong("a whole number");
    const std::string& text = value.as_text();
    const char* const last = text.data() + text.size();
    uint64_t number = 0;
    if (const auto [end, error] = std::from_chars(text.data(), last, number);
        error == std::errc{} && end == last)
      return number;
    int64_t negative = 0;
    if (const auto [end, error] = std::from_chars(text.data(), last, negative);
        error == std::errc{} && end == last)
      return static_cast<uint64_t>(negative);
    return wrong("a whole number");
  }

  Result<double> real(const doc::Node& value) {
    if (value.is_number()) return value.as_number();
    if (!value.is_text()) return wrong("a number");
    const std::string& text = value.as_text();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    if (const auto number = parse_number(text)) return *number;
    return wrong("a number");
  }

  tl::unexpected<Error> wrong(std::string_view expected) const {
    std::string path;
    for (const Step& step : path_) {
      if (!path.empty()) path += '.';
      path += step.name;
      if (step.is_list) path += fmt::format("[{}]", step.index);
    }
    return fail(codes::bad_request, "the OTLP request is malformed: {} must be {}",
                path.empty() ? "the body" : path, expected);
  }

  void put_varint(uint64_t value) {
    while (value >= 0x80) {
      out_ += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    out_ += static_cast<char>(value);
  }
  void put_bytes(uint32_t number, std::string_view bytes) {
    put_varint(number << 3 | 2);
    put_varint(bytes.size());
    out_ += bytes;
  }
  void put_fixed(uint32_t number, uint64_t value) {
    put_varint(number << 3 | 1);
    out_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }

  static constexpr size_t kLengthBytes = 5;
  std::string& out_;
  std::vector<Step> path_;
};

template <class Read>
Result<void> decode(Signal signal, Read read, std::string_view body, intake::Batch& batch) {
  TOLLGATE_TRY(const std::string_view text, uncompress_gzip(body, batch.text));
  TOLLGATE_CHECK(protobuf_of_json(signal, text, batch.bytes));
  return read(batch.bytes, batch);
}

}  // namespace

Result<void> protobuf_of_json(Signal signal, std::string_view body, std::string& out) {
  out.clear();
  TOLLGATE_TRY(const doc::Node node,
               doc::parse_json(body, {.bytes_max = kUncompressedMax, .skipped_members = kSkipped}));
  const JsonMessage request{kRequestFields[static_cast<size_t>(signal)]};
  return Translator(out).message(node, request);
}

Result<void> decode_metrics_json(std::string_view body, intake::Batch& batch) {
  return decode(Signal::metrics, read_metrics, body, batch);
}
Result<void> decode_logs_json(std::string_view body, intake::Batch& batch) {
  return decode(Signal::logs, read_logs, body, batch);
}
Result<void> decode_traces_json(std::string_view body, intake::Batch& batch) {
  return decode(Signal::traces, read_traces, body, batch);
}

}  // namespace tollgate::otlp
