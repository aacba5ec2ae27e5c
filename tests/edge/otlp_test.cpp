// OpenTelemetry's protocol: both encodings into batches, and the answers.
#include "edge/otlp/otlp.hpp"

#include "edge/intake/proto_reader.hpp"
#include "edge/otlp/attributes.hpp"
#include "edge/otlp/gzip.hpp"
#include "edge/otlp/json.hpp"
#include "otlp_writer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <sstream>

namespace tollgate::otlp {
namespace {

using intake::Batch;
using intake::Event;
using intake::Point;
using intake::PointKind;
using testing::Labels;
using testing::ProtoWriter;

Labels labels_at(const Batch& batch, uint32_t first, uint32_t count) {
  Labels out;
  for (uint32_t i = first; i < first + count; ++i)
    out.emplace_back(batch.labels[i].name, batch.labels[i].value);
  return out;
}

Labels labels_of(Batch& batch, const Point& point) {
  EXPECT_EQ(point.label_count, intake::kRawLabels);
  const auto first = static_cast<uint32_t>(batch.labels.size());
  const auto read = batch.read_labels(batch.raw_labels[point.first_label], batch);
  EXPECT_TRUE(read) << read.error().text();
  return labels_at(batch, first, static_cast<uint32_t>(batch.labels.size()) - first);
}

std::string value_in(const Labels& labels, std::string_view name) {
  for (const auto& [key, value] : labels) {
    if (key == name) return value;
  }
  return "(none)";
}

std::string label_of(const Batch& batch, const Event& event, std::string_view name) {
  return value_in(labels_at(batch, event.first_label, event.label_count), name);
}

const Labels kResource = {{"service.name", "cart"},
                          {"service.namespace", "shop"},
                          {"service.instance.id", "pod-1"},
                          {"service.version", "2.4.0"}};

TEST(OtlpMetrics, a_sum_is_named_as_prometheus_names_it) {
  const std::string request = testing::otlp_request(
      kResource,
      {testing::otlp_metric("http.server.requests", "{request}", 7,
                            {testing::otlp_number({{{"http.route", "/cart"}}, 12})}, 2, true)});
  Batch batch;
  ASSERT_TRUE(read_metrics(request, batch));
  ASSERT_EQ(batch.points.size(), 1U);
  const Point& point = batch.points[0];
  EXPECT_EQ(point.value, 12);
  EXPECT_EQ(point.kind, PointKind::cumulative);
  EXPECT_EQ(point.time_ms, 1'700'000'060'000);
  EXPECT_EQ(point.start_ms, 1'700'000'000'000);
  const Labels labels = labels_of(batch, point);
  EXPECT_EQ(value_in(labels, "__name__"), "http_server_requests_total");
  EXPECT_EQ(value_in(labels, "http_route"), "/cart");
  EXPECT_EQ(value_in(labels, "job"), "shop/cart");
  EXPECT_EQ(value_in(labels, "instance"), "pod-1");
  EXPECT_EQ(value_in(labels, "service_version"), "2.4.0");
  EXPECT_EQ(value_in(labels, "otel_scope_name"), "lib");
}

TEST(OtlpMetrics, names_follow_the_table_of_units) {
  struct Case {
    std::string_view name, unit;
    MetricForm form;
    std::string_view expected;
  };
  const std::vector<Case> cases = {
      {"http.server.request.duration", "s", MetricForm::other,
       "http_server_request_duration_seconds"},
      {"process.cpu.time", "s", MetricForm::counter, "process_cpu_time_seconds_total"},
      {"system.io", "By", MetricForm::counter, "system_io_bytes_total"},
      {"a.total.count", "1", MetricForm::counter, "a_count_total"},
      {"cpu.utilization", "1", MetricForm::gauge, "cpu_utilization_ratio"},
      {"speed", "m/s", MetricForm::gauge, "speed_meters_per_second"},
      {"jobs", "{job}/min", MetricForm::gauge, "jobs_per_minute"},
      {"latency_seconds", "s", MetricForm::other, "latency_seconds"},
      {"2xx.responses", "{response}", MetricForm::counter, "_2xx_responses_total"},
      {"odd", "fortnight", MetricForm::gauge, "odd_fortnight"},
  };
  for (const Case& each : cases)
    EXPECT_EQ(metric_name(each.name, each.unit, each.form), each.expected) << each.name;
  EXPECT_EQ(label_name("http.request.method"), "http_request_method");
  EXPECT_EQ(label_name("1st"), "key_1st");
}

TEST(OtlpMetrics, temporality_and_monotony_decide_how_a_point_counts) {
  const auto number =
      testing::otlp_number({{}, 3, testing::kOtlpStart + 1'000'000'000, testing::kOtlpStart, true});
  const std::string request = testing::otlp_request(
      kResource, {testing::otlp_metric("delta", "", 7, {number}, 1, true),
                  testing::otlp_metric("updown", "", 7, {number}, 2, false),
                  testing::otlp_metric("gauge", "", 5, {number}),
                  testing::otlp_metric("none", "", 7, {number}, 0, true),
                  testing::otlp_metric("summary", "", 11, {number}),
                  testing::otlp_metric(
                      "gone", "", 7, {testing::otlp_number({.labels = {}, .flags = 1})}, 2, true)});
  Batch batch;
  ASSERT_TRUE(read_metrics(request, batch));
  ASSERT_EQ(batch.points.size(), 4U);
  EXPECT_EQ(batch.points[0].kind, PointKind::delta);
  EXPECT_EQ(batch.points[0].value, 3);
  EXPECT_EQ(batch.points[1].kind, PointKind::gauge);
  EXPECT_EQ(batch.points[2].kind, PointKind::gauge);
  EXPECT_TRUE(batch.points[3].is_stale);
  EXPECT_EQ(batch.summaries, 1);
  EXPECT_EQ(batch.unusable, 1);
  EXPECT_EQ(batch.unusable_why, "none: the metric has no aggregation temporality");
}

std::string explicit_point(const std::vector<uint64_t>& counts, const std::vector<double>& bounds,
                           uint64_t count) {
  std::string out = testing::fixed(3, testing::kOtlpStart) + testing::fixed(4, count);
  std::string packed;
  for (const uint64_t each : counts)
    packed.append(reinterpret_cast<const char*>(&each), sizeof(each));
  out += ProtoWriter().bytes(6, packed).text();
  packed.clear();
  for (const double each : bounds)
    packed.append(reinterpret_cast<const char*>(&each), sizeof(each));
  return out + ProtoWriter().bytes(7, packed).text();
}

TEST(OtlpMetrics, an_explicit_histogram_becomes_the_series_of_a_classic_one) {
  const std::string request = testing::otlp_request(
      kResource, {testing::otlp_metric("d", "s", 9, {explicit_point({3, 4, 5}, {0.3, 1}, 12)})});
  Batch batch;
  ASSERT_TRUE(read_metrics(request, batch));
  ASSERT_EQ(batch.points.size(), 4U);
  const std::vector<std::array<std::string, 2>> expected = {{"d_seconds_bucket", "0.3"},
                                                            {"d_seconds_bucket", "1"},
                                                            {"d_seconds_bucket", "+Inf"},
                                                            {"d_seconds_count", "(none)"}};
  const std::vector<double> values = {3, 7, 12, 12};
  for (size_t i = 0; i < expected.size(); ++i) {
    const Labels labels = labels_of(batch, batch.points[i]);
    EXPECT_EQ(value_in(labels, "__name__"), expected[i][0]);
    EXPECT_EQ(value_in(labels, "le"), expected[i][1]);
    EXPECT_EQ(batch.points[i].value, values[i]);
    for (size_t k = 0; k < i; ++k) EXPECT_NE(batch.points[i].key, batch.points[k].key);
  }
}

TEST(OtlpMetrics, histograms_that_do_not_add_up_are_left_out) {
  const std::string request = testing::otlp_request(
      kResource, {testing::otlp_metric("a", "", 9, {explicit_point({3, 4}, {0.3, 1}, 7)}),
                  testing::otlp_metric("b", "", 9, {explicit_point({3, 4, 5}, {0.3, 1}, 13)}),
                  testing::otlp_metric("c", "", 9, {explicit_point({3, 4, 5}, {1, 0.3}, 12)}),
                  testing::otlp_metric("d", "", 9, {explicit_point({3}, {}, 3)})});
  Batch batch;
  ASSERT_TRUE(read_metrics(request, batch));
  EXPECT_EQ(batch.unusable, 3);
  EXPECT_EQ(batch.points.size(), 2U);  // d: +Inf and count
}

TEST(OtlpMetrics, an_exponential_histogram_keeps_its_buckets) {
  const std::string positive = ProtoWriter()
                                   .zigzag(1, -2)
                                   .bytes(2, ProtoWriter().varint(5).varint(0).varint(7).text())
                                   .text();
  const std::string point = ProtoWriter().bytes(1, testing::text_attribute("a", "b")).text() +
                            testing::fixed(3, testing::kOtlpStart) + testing::fixed(4, 13) +
                            ProtoWriter().zigzag(6, 5).text() + testing::fixed(7, 1) +
                            ProtoWriter().bytes(8, positive).text();
  const std::string request =
      testing::otlp_request(kResource, {testing::otlp_metric("d", "s", 10, {point}, 1)});
  Batch batch;
  ASSERT_TRUE(read_metrics(request, batch));
  ASSERT_EQ(batch.points.size(), 1U);
  EXPECT_EQ(batch.points[0].kind, PointKind::delta);
  ASSERT_EQ(batch.points[0].histogram, 0);
  const intake::Histogram& histogram = batch.histograms[0];
  EXPECT_EQ(histogram.scale, 5);
  EXPECT_EQ(histogram.zero_count, 1);
  ASSERT_EQ(histogram.positive_count, 2U);
  EXPECT_EQ(batch.buckets[0].index, -2);
  EXPECT_EQ(batch.buckets[0].count, 5);
  EXPECT_EQ(batch.buckets[1].index, 0);
  EXPECT_EQ(batch.buckets[1].count, 7);
  EXPECT_EQ(value_in(labels_of(batch, batch.points[0]), "__name__"), "d_seconds");
}

TEST(OtlpTraces, a_span_is_an_event_with_duration_status_and_weight) {
  testing::WrittenSpan span{.parent_id = "parentid",
                            .status = 2,
                            .trace_state = "vendor=1,ot=th:c",
                            .attributes = {testing::int_attribute("http.response.status_code", 503),
                                           testing::text_attribute("service.version", "own")}};
  const std::string request = testing::otlp_request(kResource, {testing::otlp_span(span)});
  Batch batch;
  ASSERT_TRUE(read_traces(request, batch));
  ASSERT_EQ(batch.events.size(), 1U);
  const Event& event = batch.events[0];
  EXPECT_EQ(event.duration_us, 250'000);
  EXPECT_EQ(event.time_ms, 1'700'000'000'250);
  EXPECT_TRUE(event.is_error);
  EXPECT_EQ(event.weight, 4);  // a threshold of 3/4 keeps one in four
  EXPECT_EQ(label_of(batch, event, "http.response.status_code"), "503");
  EXPECT_EQ(label_of(batch, event, "service.name"), "cart");
  EXPECT_EQ(label_of(batch, event, "service.version"), "own");  // the span's goes first
  EXPECT_EQ(label_of(batch, event, "span.name"), "GET /cart");
  EXPECT_EQ(label_of(batch, event, "span.kind"), "server");
  EXPECT_EQ(label_of(batch, event, "span.root"), "(none)");
  EXPECT_EQ(label_of(batch, event, "status.code"), "error");
  const intake::SpanPlace& place = batch.spans[static_cast<size_t>(event.span)];
  EXPECT_EQ(place.parent_id, "parentid");
  EXPECT_EQ(place.start_us, 1'700'000'000'000'000);
}

TEST(OtlpTraces, spans_that_make_no_sense_are_left_out_and_the_others_count) {
  const std::string request = testing::otlp_request(
      kResource, {testing::otlp_span({.end_ns = testing::kOtlpStart - 1}),
                  testing::otlp_span({.trace_id = std::string(16, '\0')}),
                  testing::otlp_span({.trace_id = "short"}), testing::otlp_span({})});
  Batch batch;
  ASSERT_TRUE(read_traces(request, batch));
  EXPECT_EQ(batch.unusable, 3);
  EXPECT_EQ(batch.unusable_why, "a span has no start, or ends before it");
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(label_of(batch, batch.events[0], "span.root"), "true");
}

TEST(OtlpTraces, a_threshold_that_the_randomness_contradicts_does_not_multiply) {
  const std::string request = testing::otlp_request(
      kResource, {testing::otlp_span({.trace_state = "ot=th:8;rv:7fffffffffffff"}),
                  testing::otlp_span({.trace_state = "ot=th:8;rv:80000000000000"})});
  Batch batch;
  ASSERT_TRUE(read_traces(request, batch));
  EXPECT_EQ(batch.events[0].weight, 1);
  EXPECT_EQ(batch.events[1].weight, 2);
}

std::string log_record(uint64_t time_ns, uint64_t observed_ns, uint64_t severity) {
  std::string out = testing::fixed(1, time_ns);
  out += ProtoWriter().number(2, severity).bytes(3, "ERR").text();
  out += ProtoWriter().bytes(5, ProtoWriter().bytes(1, "payment failed").text()).text();
  out += ProtoWriter().bytes(6, testing::text_attribute("error.type", "timeout")).text();
  return out + testing::fixed(11, observed_ns);
}

TEST(OtlpLogs, a_record_is_an_event_with_its_severity) {
  const std::string request = testing::otlp_request(
      kResource, {log_record(testing::kOtlpStart, 0, 18), log_record(0, testing::kOtlpStart, 9),
                  log_record(0, 0, 9)});
  Batch batch;
  ASSERT_TRUE(read_logs(request, batch));
  ASSERT_EQ(batch.events.size(), 2U);
  EXPECT_TRUE(batch.events[0].is_error);
  EXPECT_EQ(label_of(batch, batch.events[0], "severity"), "error");
  EXPECT_EQ(label_of(batch, batch.events[0], "severity.text"), "ERR");
  EXPECT_EQ(label_of(batch, batch.events[0], "body"), "payment failed");
  EXPECT_EQ(label_of(batch, batch.events[0], "error.type"), "timeout");
  EXPECT_FALSE(batch.events[1].is_error);
  EXPECT_EQ(label_of(batch, batch.events[1], "severity"), "info");
  EXPECT_EQ(batch.events[1].time_ms, 1'700'000'000'000);
  EXPECT_EQ(batch.unusable, 1);
}

std::string shared_file(std::string_view name) {
  std::ifstream file(fmt::format("{}/data/otlp/{}", TOLLGATE_SHARED_DIR, name), std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(OtlpJson, the_examples_of_the_protocol_are_read) {
  const std::string metrics = shared_file("proto_examples_metrics.json");
  if (metrics.empty()) GTEST_SKIP() << "skipped: no shared data";
  Batch batch;
  const auto read = decode_metrics_json(metrics, batch);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(batch.unusable, 0) << batch.unusable_why;
  ASSERT_FALSE(batch.points.empty());
  EXPECT_EQ(batch.points[0].kind, PointKind::delta);
  EXPECT_EQ(batch.points[0].value, 5);
  const Labels labels = labels_of(batch, batch.points[0]);
  EXPECT_EQ(value_in(labels, "__name__"), "my_counter_total");
  EXPECT_EQ(value_in(labels, "my_counter_attr"), "some value");
  EXPECT_EQ(batch.histograms.size(), 1U);  // the exponential one

  batch.clear();
  ASSERT_TRUE(decode_logs_json(shared_file("proto_examples_logs.json"), batch));
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(label_of(batch, batch.events[0], "boolean.attribute"), "true");
  EXPECT_EQ(label_of(batch, batch.events[0], "severity"), "info");
  batch.clear();
  ASSERT_TRUE(decode_logs_json(shared_file("proto_examples_events.json"), batch));
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(label_of(batch, batch.events[0], "event.name"), "browser.page_view");

  batch.clear();
  ASSERT_TRUE(decode_traces_json(shared_file("proto_examples_trace.json"), batch));
  ASSERT_EQ(batch.events.size(), 1U);
  EXPECT_EQ(batch.events[0].duration_us, 1'000'000);
  EXPECT_EQ(batch.spans[0].trace_id.size(), 16U);
  EXPECT_EQ(batch.spans[0].trace_id[0], '\x5b');
  for (const std::string_view each :
       {"jaeger_example_trace.json", "jaeger_otel_traces_01.json", "otlp2jaeger-in.json"}) {
    batch.clear();
    const auto traces = decode_traces_json(shared_file(each), batch);
    EXPECT_TRUE(traces) << each << ": " << traces.error().text();
    EXPECT_GT(batch.events.size(), 0U) << each;
  }
}

TEST(OtlpJson, says_the_same_as_protobuf) {
  const std::string json = R"({"resourceSpans":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"cart"}}]},"unknown":[1,{}],
    "scopeSpans":[{"scope":{"name":"lib","version":"1.0"},"spans":[{
    "traceId":"01010101010101010101010101010102","spanId":"7370616e7370616e","name":"GET /cart",
    "kind":2,"startTimeUnixNano":1700000000000000000,"endTimeUnixNano":"1700000000250000000",
    "attributes":[{"key":"n","value":{"intValue":"-5"}}],"status":{"code":2}}]}]}]})";
  Batch from_json;
  const auto read = decode_traces_json(json, from_json);
  ASSERT_TRUE(read) << read.error().text();
  const std::string request = testing::otlp_request(
      {{"service.name", "cart"}},
      {testing::otlp_span({.status = 2, .attributes = {testing::int_attribute("n", -5)}})});
  Batch from_protobuf;
  ASSERT_TRUE(read_traces(request, from_protobuf));
  ASSERT_EQ(from_json.events.size(), 1U);
  const Event& a = from_json.events[0];
  const Event& b = from_protobuf.events[0];
  EXPECT_EQ(labels_at(from_json, a.first_label, a.label_count),
            labels_at(from_protobuf, b.first_label, b.label_count));
  EXPECT_EQ(a.time_ms, b.time_ms);
  EXPECT_EQ(a.duration_us, b.duration_us);
  EXPECT_EQ(from_json.spans[0].trace_id, from_protobuf.spans[0].trace_id);
  EXPECT_EQ(from_json.spans[0].span_id, from_protobuf.spans[0].span_id);
}

TEST(OtlpJson, a_wrong_value_is_named_by_its_path) {
  Batch batch;
  const auto read = decode_traces_json(
      R"({"resourceSpans":[{"scopeSpans":[{},{"spans":[{"traceId":"xyz"}]}]}]})", batch);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find(
                "resourceSpans[0].scopeSpans[1].spans[0].traceId must be hexadecimal digits"),
            std::string::npos)
      << read.error().message;
  EXPECT_FALSE(decode_traces_json("[]", batch));
  EXPECT_FALSE(decode_traces_json("{", batch));
  EXPECT_TRUE(decode_traces_json("{}", batch));
}

TEST(OtlpGzip, bodies_are_unpacked_up_to_a_limit) {
  const std::string request =
      testing::otlp_request(kResource, {testing::otlp_span({}), testing::otlp_span({})});
  Batch batch;
  const std::string packed = compress_gzip(request);
  ASSERT_TRUE(decode_traces(packed, batch));
  EXPECT_EQ(batch.events.size(), 2U);
  batch.clear();
  const std::string cut = packed.substr(0, packed.size() - 9);
  ASSERT_FALSE(decode_traces(cut, batch));
  const std::string bomb = compress_gzip(std::string(kUncompressedMax + 1, '\0'));
  EXPECT_LT(bomb.size(), 200'000U);
  batch.clear();
  const auto refused = decode_traces(bomb, batch);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("unpacks to more than"), std::string::npos);
  EXPECT_LE(batch.bytes.size(), kUncompressedMax);
}

TEST(OtlpAnswer, partial_success_says_how_many_and_why) {
  EXPECT_EQ(accepted_answer(Signal::traces, true, 0, ""), "{}");
  EXPECT_EQ(accepted_answer(Signal::traces, false, 0, ""), "");
  EXPECT_EQ(accepted_answer(Signal::logs, true, 3, "no time"),
            R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"no time"}})");
  const std::string answer = accepted_answer(Signal::metrics, false, 3, "why");
  EXPECT_EQ(answer,
            ProtoWriter().bytes(1, ProtoWriter().number(1, 3).bytes(2, "why").text()).text());
  EXPECT_EQ(refused_answer(true, 429, "busy"), R"({"code":8,"message":"busy"})");
  EXPECT_EQ(refused_answer(false, 400, "bad"), ProtoWriter().number(1, 3).bytes(2, "bad").text());
}

RC_GTEST_PROP(OtlpProperty, a_broken_request_is_refused_or_read_but_never_more, ()) {
  const auto positive = ProtoWriter().zigzag(1, 1).bytes(2, "\1\2").text();
  const std::string exponential =
      testing::fixed(3, 9'000'000) + testing::fixed(4, 3) + ProtoWriter().bytes(8, positive).text();
  std::string bytes = testing::otlp_request(
      kResource, {testing::otlp_metric("a", "s", 9, {explicit_point({3, 4, 5}, {0.3, 1}, 12)}),
                  testing::otlp_metric("b", "s", 10, {exponential}),
                  testing::otlp_metric("c", "s", 7, {testing::otlp_number({{{"x", "y"}}, 12})}),
                  testing::otlp_span({.trace_state = "ot=th:8"}), log_record(1, 2, 3)});
  const auto place = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes[place] = *rc::gen::arbitrary<char>();
  bytes.resize(*rc::gen::inRange<size_t>(bytes.size() / 2, bytes.size() + 1));
  for (const auto decode : {decode_metrics, decode_logs, decode_traces}) {
    Batch batch;
    if (!decode(bytes, batch)) continue;
    for (const Point& point : batch.points) {
      RC_ASSERT(point.first_label < batch.raw_labels.size());
      (void)batch.read_labels(batch.raw_labels[point.first_label], batch);
    }
    for (const Event& event : batch.events)
      RC_ASSERT(event.first_label + event.label_count <= batch.labels.size());
  }
}

}  // namespace
}  // namespace tollgate::otlp
