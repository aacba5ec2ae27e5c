// CSV files as sources: counts, slices and watermark of what stands in them, read again when they
// change, and nothing of a file with a row that cannot be read.
#include "edge/sources/source.hpp"
#include "fake_http.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tollgate {
namespace {

const Time kEnd = parse_time("2026-03-02T12:00:00Z").value();
constexpr const char* kRows =
    "time,good,total\n"
    "2026-03-02T11:10:00Z,95,100\n"
    "2026-03-02T11:20:00Z,100,100\n"
    "2026-03-02T11:40:00Z,50,100\n"
    "2026-03-01T00:00:00Z,1,1\n";

class CsvSource : public ::testing::Test {
 protected:
  ~CsvSource() override { std::filesystem::remove(path_); }
  void write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }
  void use(sources::SourceConfig config) {
    config.name = "exports";
    config.type = "csv";
    ASSERT_TRUE(router_.replace({config}));
  }
  static sources::SourceConfig file(std::map<std::string, std::string, std::less<>> settings) {
    return {.name = "", .type = "", .url = "", .settings = std::move(settings)};
  }
  static sources::SourceConfig url(std::string text) {
    return {.name = "", .type = "", .url = std::move(text)};
  }
  void use_file() { use(file({{"path", path_}})); }
  model::Reading read(bool is_sliced = false) {
    slo::Objective objective{
        .slo = "shop/availability", .target = {900'000}, .window = slo::rolling(days(30))};
    if (is_sliced) {
      objective.method = slo::BudgetingMethod::timeslices;
      objective.slice = minutes(10);
      objective.slice_target = {900'000};
    }
    const slo::Indicator indicator{
        .source = "exports", .good = "", .bad = "", .total = "", .raw = ""};
    return router_.read({.objective = &objective,
                         .indicator = &indicator,
                         .environment = "",
                         .span = {kEnd - hours(1), kEnd},
                         .as_of = kEnd,
                         .timeout = seconds(10)});
  }

  const std::string path_ = ::testing::TempDir() + "csv_source.csv";
  std::string answer_ = kRows;
  int status_ = 200;
  FakeHttp http_{[this](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
    return engine::HttpResponse{.status = status_, .body = answer_};
  }};
  std::unique_ptr<cells::CellStore> store_ = cells::CellStore::open(":memory:").value();
  sources::SourceRouter router_{{*store_, http_}};
};

TEST_F(CsvSource, counts_the_rows_of_the_span) {
  write(kRows);
  use_file();
  const model::Reading reading = read();
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.good, 245);
  EXPECT_EQ(reading.bad, 55);
  EXPECT_EQ(reading.total, 300);
  EXPECT_EQ(reading.watermark, parse_time("2026-03-02T11:40:00Z").value());
  const model::Reading sliced = read(true);
  ASSERT_TRUE(sliced.slices);
  EXPECT_EQ(sliced.slices->good, 2);
  EXPECT_EQ(sliced.slices->bad, 1);
  EXPECT_EQ(sliced.slices->no_data, 3);
}

TEST_F(CsvSource, reads_a_file_again_when_it_has_changed) {
  write(kRows);
  use_file();
  EXPECT_EQ(read().total, 300);
  write(std::string(kRows) + "2026-03-02T11:50:00Z,7,7\n");
  EXPECT_EQ(read().total, 307);
  std::filesystem::remove(path_);
  EXPECT_NE(read().error.find("cannot read"), std::string::npos);
}

TEST_F(CsvSource, counts_nothing_of_a_file_with_a_row_that_cannot_be_read) {
  write(std::string(kRows) + "2026-03-02T11:50:00Z,8,7\n");
  use_file();
  const model::Reading reading = read();
  EXPECT_EQ(reading.error, "1 of 5 lines cannot be read; line 6: more events than the total");
  EXPECT_EQ(reading.total, 0);
}

TEST_F(CsvSource, single_events_are_bad_by_status_and_duration) {
  write(
      "timestamp,status,duration\n"
      "2026-03-02T11:10:00Z,200,0.1\n"
      "2026-03-02T11:10:01Z,200,0.9\n"
      "2026-03-02T11:10:02Z,429,0.1\n"
      "2026-03-02T11:10:03Z,503,0.1\n");
  use(file({{"path", path_}, {"bad", "429"}, {"slowerThan", "500ms"}}));
  const model::Reading reading = read();
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.good, 2);
  EXPECT_EQ(reading.bad, 2);
}

TEST_F(CsvSource, asks_a_url_with_credentials_and_not_for_every_reading) {
  sources::SourceConfig config = url("https://reports.example/slo.csv");
  config.headers = {{"Authorization", "Bearer t"}};
  use(config);
  EXPECT_EQ(read().total, 300);
  EXPECT_EQ(read().total, 300);
  ASSERT_EQ(http_.requests.size(), 1U);
  EXPECT_EQ(http_.requests[0].method, "GET");
  EXPECT_EQ(http_.requests[0].url, "https://reports.example/slo.csv");
  EXPECT_EQ(http_.requests[0].headers[0].second, "Bearer t");
}

TEST_F(CsvSource, whatever_goes_wrong_stands_in_the_reading) {
  status_ = 404;
  use(url("https://reports.example/slo.csv"));
  EXPECT_EQ(read().error, "https://reports.example/slo.csv answered with status 404");
  use(url(""));
  EXPECT_EQ(read().error, "a CSV source needs connectionDetails.path or url");
  write("when,what\n1,2\n");
  use_file();
  EXPECT_NE(read().error, "");
}

}  // namespace
}  // namespace tollgate
