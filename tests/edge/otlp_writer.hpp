// Writes OTLP requests as an SDK does, field numbers as literals, for tests and benchmarks.
#pragma once

#include "remote_write_writer.hpp"

namespace tollgate::testing {

inline std::string fixed(uint32_t field, uint64_t value) {
  std::string out = ProtoWriter().varint(field << 3 | 1).text();
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
  return out;
}

inline std::string text_attribute(std::string_view key, std::string_view value) {
  return ProtoWriter().bytes(1, key).bytes(2, ProtoWriter().bytes(1, value).text()).text();
}
inline std::string int_attribute(std::string_view key, int64_t value) {
  const std::string any = ProtoWriter().number(3, static_cast<uint64_t>(value)).text();
  return ProtoWriter().bytes(1, key).bytes(2, any).text();
}

inline std::string attributes(uint32_t field, const Labels& labels) {
  ProtoWriter out;
  for (const auto& [key, value] : labels) out.bytes(field, text_attribute(key, value));
  return out.text();
}

/// One resource with one scope and its items: a request of any signal.
inline std::string otlp_request(const Labels& resource, const std::vector<std::string>& items) {
  ProtoWriter scope;
  scope.bytes(1, ProtoWriter().bytes(1, "lib").bytes(2, "1.0").text());
  for (const std::string& item : items) scope.bytes(2, item);
  ProtoWriter resources;
  resources.bytes(1, attributes(1, resource)).bytes(2, scope.text());
  return ProtoWriter().bytes(1, resources.text()).text();
}

inline constexpr uint64_t kOtlpStart = 1'700'000'000'000'000'000;

struct WrittenNumber {
  Labels labels;
  double value = 0;
  uint64_t time_ns = kOtlpStart + 60'000'000'000;
  uint64_t start_ns = kOtlpStart;
  bool is_integer = false;
  uint64_t flags = 0;
};

inline std::string otlp_number(const WrittenNumber& point) {
  std::string out = attributes(7, point.labels);
  if (point.start_ns != 0) out += fixed(2, point.start_ns);
  out += fixed(3, point.time_ns);
  out += point.is_integer ? fixed(6, static_cast<uint64_t>(static_cast<int64_t>(point.value)))
                          : ProtoWriter().real(4, point.value).text();
  if (point.flags != 0) out += ProtoWriter().number(8, point.flags).text();
  return out;
}

inline std::string otlp_metric(std::string_view name, std::string_view unit, uint32_t kind,
                               const std::vector<std::string>& points, uint64_t temporality = 2,
                               bool is_monotonic = false) {
  ProtoWriter list;
  for (const std::string& point : points) list.bytes(1, point);
  if (temporality != 0 && kind != 5) list.number(2, temporality);
  if (is_monotonic) list.number(3, 1);
  return ProtoWriter().bytes(1, name).bytes(3, unit).bytes(kind, list.text()).text();
}

struct WrittenSpan {
  std::string trace_id = std::string(15, '\1') + '\2';
  std::string span_id = "spanspan";
  std::string parent_id = {};
  std::string name = "GET /cart";
  uint64_t kind = 2;
  uint64_t start_ns = kOtlpStart;
  uint64_t end_ns = kOtlpStart + 250'000'000;
  uint64_t status = 0;
  std::string trace_state = {};
  std::vector<std::string> attributes = {};
};

inline std::string otlp_span(const WrittenSpan& span) {
  ProtoWriter out;
  out.bytes(1, span.trace_id).bytes(2, span.span_id);
  if (!span.trace_state.empty()) out.bytes(3, span.trace_state);
  if (!span.parent_id.empty()) out.bytes(4, span.parent_id);
  out.bytes(5, span.name).number(6, span.kind);
  std::string text = out.text() + fixed(7, span.start_ns) + fixed(8, span.end_ns);
  ProtoWriter rest;
  for (const std::string& attribute : span.attributes) rest.bytes(9, attribute);
  if (span.status != 0) rest.bytes(15, ProtoWriter().number(3, span.status).text());
  return text + rest.text();
}

}  // namespace tollgate::testing
