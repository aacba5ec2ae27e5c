// Files of points and incidents, and alert rules over real series with known answers.
#include "edge/ingest/points.hpp"

#include "domain/slo/alert_rules.hpp"
#include "domain/slo/backtest.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tollgate::ingest {
namespace {

namespace fs = std::filesystem;
const fs::path kData = fs::path(TOLLGATE_SHARED_DIR) / "data";

#define NEEDS_DATA() \
  if (!fs::exists(kData)) GTEST_SKIP() << "skipped: no shared data"

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Time at(std::string_view text) { return parse_time(text).value(); }

TEST(Points, are_read_in_the_forms_that_exports_have) {
  const auto nab =
      read_points("timestamp,value\n2014-07-01 00:30:00,8.5\n2014-07-01 00:00:00,1\n", "");
  ASSERT_TRUE(nab);
  ASSERT_EQ(nab->size(), 2U);
  EXPECT_EQ(nab->front().time, at("2014-07-01T00:00:00Z"));
  const auto labelled =
      read_points("\"TimeStamp\",\"Value\",\"Label\"\n\"2018-04-25T00:00:00Z\",\"3\",\"1\"\n", "");
  ASSERT_TRUE(labelled);
  EXPECT_EQ(labelled->front().is_anomaly, true);
  EXPECT_EQ(labelled_spans(*labelled)->size(), 1U);
  EXPECT_FALSE(labelled_spans(*nab)) << "nobody labelled them";
  const auto calm = read_points("timestamp,value,label\n1522540800,3,0\n", "");
  ASSERT_TRUE(calm) << calm.error().text();
  EXPECT_EQ(labelled_spans(*calm)->size(), 0U) << "somebody says that nothing was wrong";
  const auto unix_seconds = read_points("Time,TimeStamp,S(%)\nx y,1661140279,99.5\n", "S(%)");
  ASSERT_TRUE(unix_seconds);
  EXPECT_EQ(unix_seconds->front().time.ms, 1'661'140'279'000);
  EXPECT_EQ(read_points("a,b\n1,2\n", "").error().code, codes::bad_log_line);
  EXPECT_FALSE(read_points("timestamp,load\n1,2\n", "lod"));
  EXPECT_FALSE(read_points("timestamp,value\nnever,2\n", ""));
}

TEST(Points, bounds_are_learned_with_a_quarter_of_the_range_to_spare) {
  std::vector<Point> points;
  for (int i = 0; i < 100; ++i)
    points.push_back({.time = Time{i * 60'000LL}, .value = i < 20 ? i % 10 : 30.0});
  const Bounds bounds = learn_bounds(points, 0.15);
  EXPECT_DOUBLE_EQ(*bounds.low, -2.25);
  EXPECT_DOUBLE_EQ(*bounds.high, 11.25);
  EXPECT_EQ(count_points(points, bounds).counts({Time{0}, Time{6'000'000}}),
            (slo::Counts{.good = 20, .bad = 80}));
}

TEST(Incidents, are_csv_or_json_or_json_by_name) {
  const auto csv = read_incidents("from,to\n2026-03-01T00:00Z,2026-03-01T01:00Z\n", "");
  ASSERT_TRUE(csv) << csv.error().text();
  ASSERT_EQ(csv->size(), 1U);
  EXPECT_EQ(csv->front().length(), hours(1));
  const auto json = read_incidents(R"([["2014-03-14 03:31:00.000000","2014-03-14 14:41:00"]])", "");
  ASSERT_TRUE(json) << json.error().text();
  const std::string named =
      R"({"a/x.csv": [], "b/x.csv": [["2026-03-01T00:00Z","2026-03-02T00:00Z"]]})";
  EXPECT_EQ(read_incidents(named, "/data/b/x.csv")->size(), 1U);
  EXPECT_EQ(read_incidents(named, "/data/c/y.csv").error().code, codes::not_found);
  EXPECT_FALSE(read_incidents("[[1,2]]", ""));
  EXPECT_FALSE(read_incidents("2026-03-02T00:00Z,2026-03-01T00:00Z\n", ""));
}

/// Pages of the shipped rules over a file whose points are good or bad by `bounds`.
size_t pages(const std::vector<Point>& points, const Bounds& bounds, int64_t target_ppm) {
  const slo::Objective objective{
      .slo = "a/b", .target = {target_ppm}, .window = slo::rolling(days(30))};
  const slo::WeighedCells cells = count_points(points, bounds);
  const slo::Span past{points.front().time, points.back().time + minutes(1)};
  const auto rule = slo::standard_rule(objective, slo::RuleSet::defaults, "page");
  return slo::backtest(rule, cells, past, {}).alerts.size();
}

TEST(RealSeries, two_isolated_bad_minutes_in_eleven_days_do_not_page) {
  NEEDS_DATA();
  const auto points =
      read_points(read(kData / "timeseries/ms_cloud/service-unavailable/unavail-01.csv"), "");
  ASSERT_TRUE(points) << points.error().text();
  EXPECT_EQ(points->size(), 15'840U);
  const Bounds bounds{.low = {}, .high = 0.0};
  EXPECT_EQ(count_points(*points, bounds).counts({Time{0}, at("2030-01-01T00:00Z")}).bad, 2);
  EXPECT_EQ(pages(*points, bounds, 999'000), 0U);
  EXPECT_EQ(pages(*points, bounds, 990'000), 0U);
}

TEST(RealSeries, a_series_without_a_labelled_anomaly_does_not_page) {
  NEEDS_DATA();
  const auto points = read_points(
      read(kData / "timeseries/nab/realAWSCloudwatch/ec2_cpu_utilization_c6585a.csv"), "");
  ASSERT_TRUE(points) << points.error().text();
  EXPECT_EQ(pages(*points, learn_bounds(*points, 0.15), 999'000), 0U);
  EXPECT_EQ(pages(*points, learn_bounds(*points, 0.15), 990'000), 0U);
}

TEST(RealSeries, exactly_the_22_bad_minutes_of_the_shop_are_below_99_percent) {
  NEEDS_DATA();
  const auto points = read_points(
      read(kData / "microservices/nezha_onlineboutique/2022-08-22/metric/front_service.csv"),
      "SuccessRate(%)");
  ASSERT_TRUE(points) << points.error().text();
  EXPECT_EQ(points->size(), 1209U);
  std::vector<std::string> bad;
  for (const Point& point : *points) {
    if (point.value < 99) bad.push_back(time_text(point.time).substr(11, 5));
  }
  const std::vector<std::string> known = {"04:03", "04:04", "04:05", "04:19", "04:20", "04:21",
                                          "05:02", "05:03", "05:04", "05:10", "05:11", "05:12",
                                          "06:28", "06:29", "06:30", "06:44", "06:45", "06:46",
                                          "06:47", "07:45", "07:46", "07:47"};
  EXPECT_EQ(bad, known);
  // Episodes that follow each other within the hour are one page: 04:03 and 04:19, 05:02 and 05:10,
  // 06:28 and 06:44, 07:45.
  EXPECT_EQ(pages(*points, {.low = 99.0, .high = {}}, 999'000), 4U);
}

TEST(RealSeries, the_pet_shop_breaks_a_99_9_percent_objective_in_a_quarter_of_normal_points) {
  NEEDS_DATA();
  const std::array<std::pair<std::string_view, int64_t>, 2> known = {
      {{"low_traffic", 154}, {"high_traffic", 169}}};
  for (const auto& [level, below] : known) {
    const auto points =
        read_points(read(kData / "microservices/petshop" / level / "noissue/metrics.csv"),
                    "PetSite/availability/Average");
    ASSERT_TRUE(points) << points.error().text();
    EXPECT_EQ(points->size(), 589U);
    const auto counts =
        count_points(*points, {.low = 99.9, .high = {}}).counts({Time{0}, at("2030-01-01T00:00Z")});
    EXPECT_EQ(counts.bad, below) << level;
  }
}

}  // namespace
}  // namespace tollgate::ingest
