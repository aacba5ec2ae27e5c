// Remote write and JSON counters: bytes into batches.
#include "edge/intake/remote_write.hpp"

#include "edge/intake/counters_json.hpp"
#include "edge/intake/snappy_block.hpp"
#include "remote_write_writer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>

namespace tollgate::intake {
namespace {

using testing::NativeSample;
using testing::write_request_1;
using testing::write_request_2;
using testing::WrittenSeries;

/// A decoded series in a form that can be compared.
struct Read {
  testing::Labels labels;
  int64_t time_ms = 0;
  uint64_t value_bits = 0;
  friend bool operator==(const Read&, const Read&) = default;
};

std::vector<Read> read_points(Batch& batch) {
  std::vector<Read> out;
  for (Point& point : batch.points) {
    if (point.label_count == kRawLabels) {
      const auto first = static_cast<uint32_t>(batch.labels.size());
      EXPECT_TRUE(batch.read_labels(batch.raw_labels[point.first_label], batch));
      point.first_label = first;
      point.label_count = static_cast<uint32_t>(batch.labels.size()) - first;
    }
    Read& read = out.emplace_back();
    for (uint32_t i = 0; i < point.label_count; ++i) {
      const Label& label = batch.labels[point.first_label + i];
      read.labels.emplace_back(label.name, label.value);
    }
    read.time_ms = point.time_ms;
    read.value_bits = std::bit_cast<uint64_t>(point.value);
  }
  return out;
}

std::vector<Read> written_points(const std::vector<WrittenSeries>& list) {
  std::vector<Read> out;
  for (const WrittenSeries& series : list) {
    for (const testing::Sample& sample : series.samples)
      out.push_back({series.labels, sample.time_ms, std::bit_cast<uint64_t>(sample.value)});
  }
  return out;
}

rc::Gen<std::vector<WrittenSeries>> any_series() {
  const auto text = rc::gen::container<std::string>(rc::gen::inRange<char>('a', 'e'));
  const auto labels = rc::gen::container<testing::Labels>(rc::gen::pair(text, text));
  // Mostly of our days, as senders write them; and values of 0, which they leave out.
  const auto time = rc::gen::oneOf(rc::gen::arbitrary<int64_t>(),
                                   rc::gen::inRange<int64_t>(1'600'000'000'000, 1'900'000'000'000));
  const auto value = rc::gen::oneOf(rc::gen::arbitrary<double>(), rc::gen::just(0.0));
  const auto sample = rc::gen::construct<testing::Sample>(time, value);
  return rc::gen::resize(
      12, rc::gen::container<std::vector<WrittenSeries>>(rc::gen::construct<WrittenSeries>(
              labels, rc::gen::container<std::vector<testing::Sample>>(sample))));
}

RC_GTEST_PROP(RemoteWriteProperty, what_was_written_is_read, ()) {
  const auto list = *any_series();
  Batch batch;
  RC_ASSERT(read_write_request_1(write_request_1(list), batch).has_value());
  // The request's bytes must outlive the batch.
  const std::string first = write_request_1(list);
  batch.clear();
  RC_ASSERT(read_write_request_1(first, batch).has_value());
  std::vector<Read> points = read_points(batch);
  if (batch.is_ambiguous) {
    batch.clear();
    batch.is_careful = true;
    RC_ASSERT(read_write_request_1(first, batch).has_value());
    points = read_points(batch);
  }
  RC_ASSERT(points == written_points(list));
  const std::string second = write_request_2(list);
  batch.clear();
  RC_ASSERT(read_write_request_2(second, batch).has_value());
  RC_ASSERT(read_points(batch) == written_points(list));
}

RC_GTEST_PROP(RemoteWriteProperty, a_broken_request_is_refused_or_read_but_never_more, ()) {
  const auto list = *any_series();
  std::string bytes = *rc::gen::arbitrary<bool>() ? write_request_1(list) : write_request_2(list);
  if (!bytes.empty()) {
    const auto place = *rc::gen::inRange<size_t>(0, bytes.size());
    bytes[place] = *rc::gen::arbitrary<char>();
    bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size() + 1));
  }
  Batch batch;
  (void)read_write_request_1(bytes, batch);
  batch.clear();
  (void)read_write_request_2(bytes, batch);
}

TEST(RemoteWrite, what_only_looks_plain_is_found_out) {
  constexpr int64_t kNow = 1'772'445'600'000;
  const testing::Labels labels = {{"__name__", "requests_total"}, {"instance", "10.0.0.17:9090"}};
  const auto decode = [](const std::string& bytes, Batch& batch) {
    ASSERT_TRUE(read_write_request_1(bytes, batch));
    (void)read_points(batch);
  };
  Batch batch;
  decode(write_request_1({{labels, {{kNow, 1.0}}}, {labels, {{kNow + 1, 0.0}}}}), batch);
  EXPECT_FALSE(batch.is_ambiguous);
  EXPECT_EQ(batch.points.size(), 2U);
  batch.clear();
  decode(write_request_1({{labels, {{kNow, 1.0}, {kNow + 1, 2.0}}}}), batch);
  EXPECT_FALSE(batch.is_ambiguous) << "the first series says how all are written";
  EXPECT_EQ(batch.points.size(), 2U);
  batch.clear();
  decode(write_request_1({{labels, {{kNow, 1.0}}}, {labels, {{kNow + 1, 2.0}, {kNow + 2, 3.0}}}}),
         batch);
  EXPECT_TRUE(batch.is_ambiguous);
  // A label that ends as a sample would.
  std::string disguised(1, '\x12');
  disguised += '\x10';
  disguised += '\x09' + std::string(8, 'v') + '\x10';
  disguised += std::string(5, '\x81') + '\x01';
  const testing::Labels odd = {{"__name__", "a_name_of_some_length"}, {"b", disguised}};
  batch.clear();
  decode(write_request_1({{labels, {{kNow, 1.0}}}, {odd, {}}}), batch);
  EXPECT_TRUE(batch.is_ambiguous);
}

TEST(RemoteWrite, equal_labels_have_equal_keys_and_others_do_not) {
  const std::string bytes =
      write_request_1({{{{"__name__", "a"}, {"b", "c"}}, {{1, 1.0}, {2, 2.0}}},
                       {{{"__name__", "a"}, {"b", "d"}}, {{1, 1.0}}},
                       {{{"__name__", "a"}, {"b", "c"}}, {{3, 1.0}}}});
  Batch batch;
  ASSERT_TRUE(read_write_request_1(bytes, batch));
  ASSERT_EQ(batch.points.size(), 4U);
  EXPECT_EQ(batch.points[0].key, batch.points[1].key);
  EXPECT_EQ(batch.points[0].key, batch.points[3].key);
  EXPECT_NE(batch.points[0].key, batch.points[2].key);
}

TEST(RemoteWrite, staleness_markers_start_times_and_types_are_understood) {
  const std::string bytes = write_request_2(
      {{{{"__name__", "a_total"}}, {{5, testing::kStaleMarker}, {6, 1.0}}, {}, 4, 1},
       {{{"__name__", "b"}}, {{5, 1.0}}, {}, 0, 2}});
  Batch batch;
  ASSERT_TRUE(read_write_request_2(bytes, batch));
  ASSERT_EQ(batch.points.size(), 3U);
  EXPECT_TRUE(batch.points[0].is_stale);
  EXPECT_FALSE(batch.points[1].is_stale);
  EXPECT_EQ(batch.points[1].start_ms, 4);
  EXPECT_EQ(batch.points[1].kind, PointKind::cumulative);
  EXPECT_EQ(batch.points[2].kind, PointKind::gauge);
}

TEST(RemoteWrite, native_histograms_are_read_with_the_bucket_numbers_of_opentelemetry) {
  // Two spans: buckets 1, 2 and 5 of schema 0, that is (1, 2], (2, 4] and (16, 32].
  const NativeSample sample{.time_ms = 9,
                            .schema = 0,
                            .count = 9,
                            .sum = 70,
                            .zero_count = 1,
                            .zero_threshold = 0.001,
                            .spans = {{1, 2}, {2, 1}},
                            .deltas = {3, 1, -3},
                            .bounds = {}};
  const std::string bytes = write_request_1({{{{"__name__", "h"}}, {}, {sample}}});
  Batch batch;
  const auto read = read_write_request_1(bytes, batch);
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(batch.points.size(), 1U);
  EXPECT_EQ(batch.points[0].value, 9);
  ASSERT_EQ(batch.buckets.size(), 3U);
  EXPECT_EQ(batch.buckets[0].index, 0);
  EXPECT_EQ(batch.buckets[0].count, 3);
  EXPECT_EQ(batch.buckets[1].index, 1);
  EXPECT_EQ(batch.buckets[1].count, 4);
  EXPECT_EQ(batch.buckets[2].index, 4);
  EXPECT_EQ(batch.buckets[2].count, 1);
}

TEST(RemoteWrite, custom_buckets_keep_their_bounds) {
  const NativeSample sample{.time_ms = 9,
                            .schema = -53,
                            .count = 6,
                            .sum = 2,
                            .spans = {{0, 3}},
                            .deltas = {1, 1, 1},
                            .bounds = {0.1, 0.5}};
  const std::string bytes = write_request_2({{{{"__name__", "h"}}, {}, {sample}}});
  Batch batch;
  ASSERT_TRUE(read_write_request_2(bytes, batch));
  ASSERT_EQ(batch.histograms.size(), 1U);
  EXPECT_FALSE(batch.histograms[0].is_exponential);
  EXPECT_EQ(batch.bounds, (std::vector<double>{0.1, 0.5}));
  ASSERT_EQ(batch.buckets.size(), 3U);
  EXPECT_EQ(batch.buckets[2].index, 2);
}

TEST(RemoteWrite, histograms_that_contradict_themselves_are_refused) {
  const NativeSample too_few{
      .schema = 0, .count = 1, .spans = {{0, 3}}, .deltas = {1}, .bounds = {}};
  const NativeSample negative{
      .schema = 0, .count = 1, .spans = {{0, 1}}, .deltas = {-1}, .bounds = {}};
  const NativeSample schema{.schema = 99, .count = 1, .spans = {}, .deltas = {}, .bounds = {}};
  const NativeSample huge{
      .schema = 0, .count = 1, .spans = {{0, 4'000'000'000U}}, .deltas = {1}, .bounds = {}};
  for (const NativeSample& sample : {too_few, negative, schema, huge}) {
    Batch batch;
    EXPECT_FALSE(
        read_write_request_1(write_request_1({{{{"__name__", "h"}}, {}, {sample}}}), batch));
  }
}

TEST(RemoteWrite, limits_hold) {
  testing::Labels many;
  for (size_t i = 0; i <= kLabelsMax; ++i) many.emplace_back("l" + std::to_string(i), "x");
  Batch batch;
  EXPECT_FALSE(read_write_request_2(write_request_2({{many, {{1, 1.0}}}}), batch));
  const testing::Labels large = {{"a", std::string(kLabelBytesMax + 1, 'x')}};
  batch.clear();
  EXPECT_FALSE(read_write_request_2(write_request_2({{large, {{1, 1.0}}}}), batch));
  // Of 1.0 the labels are read when the series is new.
  const std::string bytes = write_request_1({{large, {{1, 1.0}}}});
  batch.clear();
  ASSERT_TRUE(read_write_request_1(bytes, batch));
  EXPECT_FALSE(batch.read_labels(batch.raw_labels[0], batch));
}

TEST(RemoteWrite, bodies_are_unpacked_and_bombs_are_not) {
  Batch batch;
  const std::string body = compress_snappy(write_request_1({{{{"__name__", "a"}}, {{1, 1.0}}}}));
  ASSERT_TRUE(decode_remote_write_1(body, batch));
  EXPECT_EQ(batch.points.size(), 1U);
  batch.clear();
  const auto plain = decode_remote_write_1("no snappy", batch);
  ASSERT_FALSE(plain);
  EXPECT_NE(plain.error().message.find("Snappy"), std::string::npos);
  // The head says 4 GB.
  EXPECT_FALSE(decode_remote_write_1("\xff\xff\xff\xff\x0f", batch));
}

TEST(Counters, one_counter_or_a_list_of_them_is_read) {
  Batch batch;
  const std::string one =
      counters_envelope(R"({"slo":"shop/ok","good":10,"total":12,"track":"canary"})", "k1", 77);
  const auto read = decode_counters(one, batch);
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(batch.increments.size(), 1U);
  EXPECT_EQ(batch.increments[0].good, 10);
  EXPECT_EQ(batch.increments[0].bad, 2);
  EXPECT_EQ(batch.increments[0].track, "canary");
  EXPECT_EQ(batch.increments[0].time_ms, 77);
  EXPECT_EQ(batch.idempotency_key, "k1");
  batch.clear();
  const std::string list = counters_envelope(
      R"({"counters":[{"slo":"a/b","bad":1,"time":"2026-01-01T00:00:00Z"},{"slo":"a/b","good":2,"time":5}]})",
      "", 1);
  ASSERT_TRUE(decode_counters(list, batch));
  ASSERT_EQ(batch.increments.size(), 2U);
  EXPECT_EQ(batch.increments[0].time_ms, 1'767'225'600'000);
  EXPECT_EQ(batch.increments[1].time_ms, 5);
}

TEST(Counters, a_counter_that_makes_no_sense_is_refused_with_its_number) {
  for (const std::string_view body :
       {R"({"counters":[{"slo":"a/b","good":1},{"slo":"a/b"}]})",
        R"({"counters":[{"slo":"a/b","good":1},{"slo":"a/b","good":-1}]})",
        R"({"counters":[{"slo":"a/b","good":1},{"slo":"a/b","good":1.5}]})",
        R"({"counters":[{"slo":"a/b","good":1},{"slo":"a/b","good":2,"total":1}]})",
        R"({"counters":[{"slo":"a/b","good":1},{"slo":"ab","good":2}]})",
        R"({"counters":[{"slo":"a/b","good":1},{"slo":"a/b","god":2}]})"}) {
    Batch batch;
    const auto read = decode_counters(counters_envelope(body, "", 0), batch);
    ASSERT_FALSE(read) << body;
    EXPECT_NE(read.error().message.find("counter 1"), std::string::npos) << read.error().text();
  }
}

}  // namespace
}  // namespace tollgate::intake
