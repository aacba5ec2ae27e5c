// Histograms that come with buckets of their own, into the cells of latencies: known answers for
// scales above, at and below the cells', for zero and for what no latency is; and the same counts
// at a threshold from classic and native histograms whose bounds match.
#include "edge/intake/histogram_latency.hpp"

#include "edge/intake/remote_write.hpp"
#include "edge/intake/router.hpp"
#include "remote_write_writer.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace tollgate::intake {
namespace {

using stats::ExponentialHistogram;
using testing::WrittenSeries;

constexpr int64_t kStart = 1'700'000'040'000;  // a whole minute

/// A router with real cells behind it.
class Desk {
 public:
  Desk() {
    RouteSpec spec;
    spec.slo = "shop/fast";
    spec.role = Role::threshold;
    spec.query = "took";
    spec.value = 1;
    EXPECT_TRUE(router_.set_routes({spec}).empty());
  }
  void write(const std::vector<WrittenSeries>& list) {
    const std::string bytes = testing::write_request_1(list);
    Batch batch;
    ASSERT_TRUE(read_write_request_1(bytes, batch));
    ASSERT_TRUE(router_.resolve(batch));
    routed_.clear();
    router_.route(batch, routed_);
    ASSERT_TRUE(cells_->push({.source = "test",
                              .additions = routed_.additions,
                              .weights = routed_.weights,
                              .latencies = routed_.latencies}));
  }
  ExponentialHistogram latencies() {
    return cells_->latency("shop/fast", {}, {Time{kStart} - hours(1), Time{kStart} + hours(1)})
        .value();
  }
  slo::Counts counts() {
    const slo::Objective objective{
        .slo = "shop/fast", .target = {999'000}, .window = slo::rolling(days(30))};
    return cells_->aggregate(objective, "", {Time{kStart} - hours(1), Time{kStart} + hours(1)})
        ->counts;
  }
  const Routed& routed() const { return routed_; }

 private:
  std::unique_ptr<cells::CellStore> cells_ = cells::CellStore::open(":memory:").value();
  Router router_{[this](const cells::SeriesKey& key) { return cells_->open_series(key); }};
  Routed routed_;
};

struct Buckets {
  int64_t schema = 0;
  int32_t first = 0;  // in Prometheus' numbers: index i ends at base^i
  std::vector<int64_t> counts;
  uint64_t zero = 0;
  double zero_threshold = 0;
};

WrittenSeries native(int64_t seconds, const Buckets& buckets) {
  std::vector<int64_t> deltas;
  uint64_t count = buckets.zero;
  int64_t last = 0;
  for (const int64_t each : buckets.counts) {
    deltas.push_back(each - last);
    last = each;
    count += static_cast<uint64_t>(each);
  }
  const auto length = static_cast<uint32_t>(deltas.size());
  testing::NativeSample sample{.time_ms = kStart + seconds * 1000,
                               .schema = buckets.schema,
                               .count = count,
                               .sum = 1,
                               .spans = {{buckets.first, length}},
                               .deltas = std::move(deltas),
                               .bounds = {}};
  sample.zero_count = buckets.zero;
  sample.zero_threshold = buckets.zero_threshold;
  return {{{"__name__", "took"}}, {}, {sample}};
}

Buckets empty_like(Buckets buckets) {
  for (int64_t& count : buckets.counts) count = 0;
  buckets.zero = 0;
  return buckets;
}

/// What the cells have of two samples of which the first is empty.
ExponentialHistogram increase_of(const Buckets& buckets) {
  Desk desk;
  desk.write({native(0, empty_like(buckets))});
  desk.write({native(30, buckets)});
  return desk.latencies();
}

std::map<int32_t, int64_t> nonzero(const ExponentialHistogram& histogram) {
  std::map<int32_t, int64_t> out;
  for (size_t i = 0; i < histogram.buckets().size(); ++i) {
    if (histogram.buckets()[i] != 0)
      out[histogram.first_index() + static_cast<int32_t>(i)] = histogram.buckets()[i];
  }
  return out;
}
using Counts = std::map<int32_t, int64_t>;

TEST(HistogramLatency, buckets_of_the_cells_own_scale_come_as_they_are) {
  // Prometheus' bucket i is OpenTelemetry's i - 1.
  const ExponentialHistogram sum = increase_of({5, -4, {2, 0, 7}});
  EXPECT_EQ(sum.scale(), 5);
  EXPECT_EQ(nonzero(sum), (Counts{{-5, 2}, {-3, 7}}));
  EXPECT_EQ(sum.count(), 9);
}

TEST(HistogramLatency, finer_buckets_are_joined) {
  // Scale 7: four buckets become one. Indices -8..-1 and 0..3 in OpenTelemetry's numbers.
  const ExponentialHistogram sum = increase_of({7, -7, {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}});
  EXPECT_EQ(sum.scale(), 5);
  EXPECT_EQ(nonzero(sum), (Counts{{-2, 4}, {-1, 8}, {0, 12}}));
}

TEST(HistogramLatency, coarser_buckets_make_the_cell_as_coarse_and_no_falser) {
  const ExponentialHistogram sum = increase_of({3, 8, {10}});  // (2^(7/8), 2]
  EXPECT_EQ(sum.scale(), 3);
  EXPECT_EQ(nonzero(sum), (Counts{{7, 10}}));
  const auto median = sum.quantile({500'000});
  EXPECT_NEAR(median.lower, std::exp2(7.0 / 8), 1e-9);
  EXPECT_NEAR(median.upper, 2, 1e-9);
}

TEST(HistogramLatency, the_zero_bucket_counts_as_zero_if_nobody_tells_it_from_that) {
  const ExponentialHistogram tiny = increase_of({5, 1, {1}, 4, 1e-9});
  EXPECT_EQ(tiny.zero_count(), 4);
  EXPECT_EQ(tiny.count(), 5);
  const ExponentialHistogram wide = increase_of({5, 1, {1}, 4, 0.25});
  EXPECT_EQ(wide.zero_count(), 0);
  EXPECT_EQ(nonzero(wide), (Counts{{-65, 4}, {0, 1}})) << "0.25 ends bucket -65";
}

TEST(HistogramLatency, only_the_increase_counts_and_a_restart_begins_anew) {
  Desk desk;
  const auto one = [](int64_t count) { return Buckets{5, 1, {count}}; };
  desk.write({native(0, one(100))});
  EXPECT_TRUE(desk.latencies().is_empty());
  desk.write({native(30, one(104))});
  EXPECT_EQ(desk.latencies().count(), 4);
  desk.write({native(60, one(3))});
  EXPECT_EQ(desk.latencies().count(), 7);
  EXPECT_EQ(desk.counts().total(), 7);
}

TEST(HistogramLatency, observations_below_zero_are_refused_with_the_reason) {
  Desk desk;
  for (const int64_t seconds : {0, 30}) {
    WrittenSeries series = native(seconds, {5, 1, {seconds}});
    testing::NativeSample& sample = series.histograms.front();
    sample.negative_spans = {{1, 1}};
    sample.negative_deltas = {seconds};
    sample.count *= 2;
    desk.write({series});
  }
  EXPECT_TRUE(desk.latencies().is_empty());
  EXPECT_EQ(desk.counts().total(), 0);
  EXPECT_EQ(desk.routed().counts.refused, 1);
  EXPECT_EQ(desk.routed().refused,
            "shop/fast: its histogram has observations below 0, which no latency is");
}

TEST(HistogramLatency, classic_buckets_whose_bounds_match_count_the_same_at_the_threshold) {
  Desk by_native;
  // (0.5, 1] has 6, (1, 2] has 3, (2, 4] has 1.
  const Buckets buckets{0, 0, {6, 3, 1}};
  by_native.write({native(0, empty_like(buckets))});
  by_native.write({native(30, buckets)});
  Desk classic;
  const auto bucket = [](const char* bound, double value, int64_t seconds) {
    return WrittenSeries{{{"__name__", "took_bucket"}, {"le", bound}},
                         {{kStart + seconds * 1000, value}}};
  };
  classic.write({bucket("0.5", 0, 0), bucket("1", 0, 0), bucket("2", 0, 0), bucket("+Inf", 0, 0)});
  classic.write(
      {bucket("0.5", 0, 30), bucket("1", 6, 30), bucket("2", 9, 30), bucket("+Inf", 10, 30)});
  Desk custom;  // a native histogram with the classic bounds
  WrittenSeries series = native(0, {-53, 0, {0, 0, 0}});
  series.histograms.front().bounds = {1, 2, 4};
  custom.write({series});
  series = native(30, {-53, 0, {6, 3, 1}});
  series.histograms.front().bounds = {1, 2, 4};
  custom.write({series});
  EXPECT_EQ(by_native.counts(), (slo::Counts{6, 4}));
  EXPECT_EQ(classic.counts(), (slo::Counts{6, 4}));
  EXPECT_EQ(custom.counts(), (slo::Counts{6, 4}));
  EXPECT_EQ(by_native.latencies().count(), 10);
  EXPECT_TRUE(custom.latencies().is_empty()) << "bounds of their own are no buckets of the cells";
}

}  // namespace
}  // namespace tollgate::intake
