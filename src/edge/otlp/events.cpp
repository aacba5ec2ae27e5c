// Log records and spans as events.
#include "domain/stats/sampling.hpp"
#include "edge/intake/proto_reader.hpp"
#include "edge/otlp/attributes.hpp"
#include "edge/otlp/gzip.hpp"
#include "edge/otlp/otlp.hpp"
#include "edge/otlp/wire.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <array>

namespace tollgate::otlp {
namespace {

using intake::Batch;
using intake::Event;
using intake::EventKind;
using intake::Label;
using intake::ProtoReader;

constexpr uint64_t kTimeMaxNs = 9'223'372'036'000'000'000;  // in the year 2262
constexpr uint64_t kNanosPerMs = 1'000'000;
constexpr uint64_t kNanosPerUs = 1'000;
constexpr size_t kTraceIdBytes = 16;

constexpr std::array<std::string_view, 6> kKinds = {"unspecified", "internal", "server",
                                                    "client",      "producer", "consumer"};
constexpr std::array<std::string_view, 6> kSeverities = {"trace", "debug", "info",
                                                         "warn",  "error", "fatal"};
constexpr uint64_t kNumbersOfSeverity = 4;  // 1 to 4 are trace, 5 to 8 debug, ...

/// What logs and traces have in common: resources with scopes with items.
class Events {
 public:
  using ReadItem = Result<void> (Events::*)(std::string_view);

  Events(Batch& batch, ReadItem item) : batch_(batch), item_(item) {}

  Result<void> read(std::string_view request) {
    ProtoReader reader(request);
    while (reader.next()) {
      if (reader.is(wire::request::kResources, ProtoReader::bytes))
        TOLLGATE_CHECK(read_resource(reader.text()));
    }
    if (!reader.is_ok()) return malformed("its outermost message");
    return {};
  }

  Result<void> read_log(std::string_view message);
  Result<void> read_span(std::string_view message);

 private:
  Result<void> read_resource(std::string_view message) {
    shared_.clear();
    ProtoReader head(message);
    while (head.next()) {
      if (!head.is(wire::resources::kResource, ProtoReader::bytes)) continue;
      ProtoReader reader(head.text());
      while (reader.next()) {
        if (!reader.is(wire::resource::kAttributes, ProtoReader::bytes)) continue;
        TOLLGATE_TRY(const Label label, read_attribute(reader.text(), batch_));
        add_shared(label);
      }
      if (!reader.is_ok()) return malformed("a resource");
    }
    if (!head.is_ok()) return malformed("what comes of a resource");
    const size_t of_resource = shared_.size();
    ProtoReader reader(message);
    while (reader.next()) {
      if (!reader.is(wire::resources::kScopes, ProtoReader::bytes)) continue;
      shared_.resize(of_resource);
      TOLLGATE_CHECK(read_scope(reader.text()));
    }
    return {};
  }

  Result<void> read_scope(std::string_view message) {
    ProtoReader head(message);
    while (head.next()) {
      if (!head.is(wire::scopes::kScope, ProtoReader::bytes)) continue;
      ProtoReader reader(head.text());
      while (reader.next()) {
        if (reader.is(wire::scope::kName, ProtoReader::bytes))
          add_shared({"otel.scope.name", reader.text()});
        if (reader.is(wire::scope::kVersion, ProtoReader::bytes))
          add_shared({"otel.scope.version", reader.text()});
      }
      if (!reader.is_ok()) return malformed("a scope");
    }
    if (!head.is_ok()) return malformed("what comes of a scope");
    ProtoReader reader(message);
    while (reader.next()) {
      if (!reader.is(wire::scopes::kItems, ProtoReader::bytes)) continue;
      if (batch_.events.size() >= intake::kPointsMax)
        return fail(codes::too_large, "the request has more than {} records", intake::kPointsMax);
      TOLLGATE_CHECK((this->*item_)(reader.text()));
    }
    return {};
  }

  void add_shared(const Label& label) {
    if (!label.value.empty() && shared_.size() < kEventLabelsMax / 2) shared_.push_back(label);
  }

  Event begin(EventKind kind) const {
    Event event;
    event.kind = kind;
    event.first_label = static_cast<uint32_t>(batch_.labels.size());
    return event;
  }
  void add_label(const Event& event, std::string_view name, std::string_view value) {
    const size_t count = batch_.labels.size() - event.first_label;
    if (!value.empty() && count < kEventLabelsMax - shared_.size())
      batch_.labels.push_back({name, value});
  }
  Result<void> add_attribute(const Event& event, std::string_view message) {
    TOLLGATE_TRY(const Label label, read_attribute(message, batch_));
    add_label(event, label.name, label.value);
    return {};
  }
  /// The event's own labels go before its resource's: the first of a name counts.
  void finish(Event& event) {
    batch_.labels.insert(batch_.labels.end(), shared_.begin(), shared_.end());
    event.label_count = static_cast<uint32_t>(batch_.labels.size()) - event.first_label;
    batch_.events.push_back(event);
  }
  void leave_out(const Event& event, std::string_view why) {
    batch_.labels.resize(event.first_label);
    ++batch_.unusable;
    if (batch_.unusable_why.empty()) batch_.unusable_why = why;
  }

  Batch& batch_;
  ReadItem item_;
  std::vector<Label> shared_;  // of the resource and the scope
};

Result<void> Events::read_log(std::string_view message) {
  using namespace wire::log_record;
  Event event = begin(EventKind::log);
  uint64_t time_ns = 0;
  uint64_t observed_ns = 0;
  uint64_t severity = 0;
  std::string_view severity_text, event_name, body;
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(kTime, ProtoReader::fixed64)) {
      time_ns = reader.number();
    } else if (reader.is(kObservedTime, ProtoReader::fixed64)) {
      observed_ns = reader.number();
    } else if (reader.is(kSeverity, ProtoReader::varint)) {
      severity = reader.number();
    } else if (reader.is(kSeverityText, ProtoReader::bytes)) {
      severity_text = reader.text();
    } else if (reader.is(kEventName, ProtoReader::bytes)) {
      event_name = reader.text();
    } else if (reader.is(kAttributes, ProtoReader::bytes)) {
      TOLLGATE_CHECK(add_attribute(event, reader.text()));
    } else if (reader.is(kBody, ProtoReader::bytes)) {
      TOLLGATE_TRY(body, read_value(reader.text(), batch_));
    }
  }
  if (!reader.is_ok()) return malformed("a log record");
  if (time_ns == 0) time_ns = observed_ns;
  if (time_ns == 0 || time_ns > kTimeMaxNs) {
    leave_out(event, "a log record has neither a time nor one of its observation");
    return {};
  }
  event.time_ms = static_cast<int64_t>(time_ns / kNanosPerMs);
  event.is_error = severity >= kSeverityError;
  const size_t step = severity == 0 ? kSeverities.size() : (severity - 1) / kNumbersOfSeverity;
  if (step < kSeverities.size()) add_label(event, "severity", kSeverities[step]);
  add_label(event, "severity.text", severity_text);
  add_label(event, "event.name", event_name);
  add_label(event, "body", body.substr(0, kBodyTextMax));
  finish(event);
  return {};
}

/// What is read of a span before it is known to make sense.
struct SpanFields {
  intake::SpanPlace place;
  std::string_view name, trace_state;
  uint64_t kind = 0;
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  uint64_t status = 0;
};

/// The code of a message Status.
Result<uint64_t> read_status(std::string_view message) {
  uint64_t status = 0;
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(wire::span::kStatusCode, ProtoReader::varint)) status = reader.number();
  }
  if (!reader.is_ok()) return malformed("the status of a span");
  return status;
}

/// How many spans this one stands for. A threshold that the trace's randomness does not reach is a
/// mistake of a sampler on the way, and no ground to multiply.
double weight_of(const stats::SamplingState& state) {
  if (!state.threshold) return 1;
  if (state.randomness && *state.randomness < *state.threshold) return 1;
  return stats::adjusted_count(*state.threshold);
}

bool is_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

Result<void> Events::read_span(std::string_view message) {
  using namespace wire::span;
  Event event = begin(EventKind::span);
  SpanFields span;
  ProtoReader reader(message);
  while (reader.next()) {
    const bool is_text = reader.wire() == ProtoReader::bytes;
    if (is_text && reader.field() == kAttributes) {
      TOLLGATE_CHECK(add_attribute(event, reader.text()));
    } else if (is_text && reader.field() == kTraceId) {
      span.place.trace_id = reader.text();
    } else if (is_text && reader.field() == kSpanId) {
      span.place.span_id = reader.text();
    } else if (is_text && reader.field() == kParentId) {
      span.place.parent_id = reader.text();
    } else if (is_text && reader.field() == kTraceState) {
      span.trace_state = reader.text();
    } else if (is_text && reader.field() == kName) {
      span.name = reader.text();
    } else if (is_text && reader.field() == kStatus) {
      TOLLGATE_TRY(span.status, read_status(reader.text()));
    } else if (reader.is(kKind, ProtoReader::varint)) {
      span.kind = reader.number();
    } else if (reader.is(kStart, ProtoReader::fixed64)) {
      span.start_ns = reader.number();
    } else if (reader.is(kEnd, ProtoReader::fixed64)) {
      span.end_ns = reader.number();
    }
  }
  if (!reader.is_ok()) return malformed("a span");
  if (span.start_ns == 0 || span.end_ns < span.start_ns || span.end_ns > kTimeMaxNs) {
    leave_out(event, "a span has no start, or ends before it");
    return {};
  }
  if (span.place.trace_id.size() != kTraceIdBytes || is_zero(span.place.trace_id)) {
    leave_out(event, "the identifier of a trace must have 16 bytes, not all of them zero");
    return {};
  }
  if (is_zero(span.place.parent_id)) span.place.parent_id = {};
  span.place.start_us = static_cast<int64_t>(span.start_ns / kNanosPerUs);
  event.time_ms = static_cast<int64_t>(span.end_ns / kNanosPerMs);
  event.duration_us = static_cast<int64_t>((span.end_ns - span.start_ns) / kNanosPerUs);
  if (!span.trace_state.empty()) {
    const stats::SamplingState state = stats::parse_tracestate(span.trace_state);
    event.weight = weight_of(state);
    span.place.randomness = state.randomness;
  }
  event.is_error = span.status == kStatusError;
  event.span = static_cast<int32_t>(batch_.spans.size());
  batch_.spans.push_back(span.place);
  add_label(event, "span.name", span.name);
  add_label(event, "span.kind", kKinds[span.kind < kKinds.size() ? span.kind : 0]);
  if (span.place.parent_id.empty()) add_label(event, "span.root", "true");
  add_label(event, "status.code",
            event.is_error             ? "error"
            : span.status == kStatusOk ? "ok"
                                       : "unset");
  finish(event);
  return {};
}

}  // namespace

Result<void> read_logs(std::string_view message, Batch& batch) {
  return Events(batch, &Events::read_log).read(message);
}

Result<void> read_traces(std::string_view message, Batch& batch) {
  return Events(batch, &Events::read_span).read(message);
}

Result<void> decode_logs(std::string_view body, Batch& batch) {
  TOLLGATE_TRY(const std::string_view message, uncompress_gzip(body, batch.bytes));
  return read_logs(message, batch);
}

Result<void> decode_traces(std::string_view body, Batch& batch) {
  TOLLGATE_TRY(const std::string_view message, uncompress_gzip(body, batch.bytes));
  return read_traces(message, batch);
}

}  // namespace tollgate::otlp
