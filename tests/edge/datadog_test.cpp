// Datadog as a source: what is asked, what its answers come to, and that whatever goes wrong stands
// in the reading. Answers are contract fakes in the documented form, and recorded ones from the
// shared cases.
#include "domain/slo/budget.hpp"
#include "edge/sources/connection.hpp"
#include "edge/sources/datadog_answer.hpp"
#include "edge/sources/source.hpp"
#include "fake_http.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/yaml.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace tollgate {
namespace {

using sources::SourceConfig;

const Time kEnd = parse_time("2026-03-02T12:00:00Z").value();

slo::Objective objective() {
  return {.slo = "shop/availability", .target = {999'000}, .window = slo::rolling(days(30))};
}

slo::Objective sliced() {
  slo::Objective asked = objective();
  asked.method = slo::BudgetingMethod::timeslices;
  asked.slice = minutes(5);
  asked.slice_target = {950'000};
  return asked;
}

slo::Indicator good_of_total() {
  return {.source = "dd",
          .good = "sum:http.hits{code:2xx}.as_count()",
          .bad = "",
          .total = "sum:http.hits{*}.as_count()",
          .raw = ""};
}

slo::Indicator raw(std::string query) {
  return {.source = "dd", .good = "", .bad = "", .total = "", .raw = std::move(query)};
}

const std::map<std::string, std::string, std::less<>> kKeys = {
    {"apiKey", "key-1"}, {"applicationKey", "key-2"}, {"site", "datadoghq.eu"}};

model::Reading read(FakeHttp& http, const slo::Objective& asked, const slo::Indicator& indicator,
                    Duration span = hours(1), bool is_v1 = false) {
  auto store = cells::CellStore::open(":memory:").value();
  sources::SourceRouter router({*store, http});
  SourceConfig config{.name = "dd", .type = "datadog", .url = "", .settings = kKeys};
  if (is_v1) config.settings["api"] = "v1";
  EXPECT_TRUE(router.replace({config}));
  return router.read({.objective = &asked,
                      .indicator = &indicator,
                      .environment = "prod",
                      .span = {kEnd - span, kEnd},
                      .as_of = kEnd});
}

/// Two series (bad ones left out where `second` is empty) over buckets that start at `from`.
std::string timeseries(Time from, Duration step, const std::vector<int>& first,
                       const std::vector<int>& second) {
  doc::Node times = doc::Node::array();
  for (size_t i = 0; i < first.size(); ++i) times.push(from.ms + step.ms * static_cast<int64_t>(i));
  const auto row = [](const std::vector<int>& values) {
    doc::Node list = doc::Node::array();
    for (const int value : values) list.push(value < 0 ? doc::Node(nullptr) : doc::Node(value));
    return list;
  };
  doc::Node series = doc::Node::array();
  doc::Node values = doc::Node::array();
  series.push(doc::Node::object({{"query_index", 0}, {"group_tags", doc::Node::array()}}));
  values.push(row(first));
  if (!second.empty()) {
    series.push(doc::Node::object({{"query_index", 1}, {"group_tags", doc::Node::array()}}));
    values.push(row(second));
  }
  const doc::Node attributes =
      doc::Node::object({{"times", times}, {"series", series}, {"values", values}});
  return doc::compact_json(doc::Node::object(
      {{"data",
        doc::Node::object({{"type", "timeseries_response"}, {"attributes", attributes}})}}));
}

std::string header(const engine::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(Datadog, counts_are_the_sums_of_the_buckets_that_start_in_the_span) {
  FakeHttp http([](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
    // The first bucket starts before the span, the last one at its end.
    return ok(timeseries(kEnd - minutes(70), minutes(10), {500, 100, 200, -1, 300, 0, 400, 900},
                         {500, 100, 199, -1, 300, 0, 398, 900}));
  });
  const model::Reading reading = read(http, objective(), good_of_total());
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.total, 1000);
  EXPECT_EQ(reading.bad, 3);
  EXPECT_EQ(reading.source, "datadog:dd");
  ASSERT_EQ(http.requests.size(), 2U);  // counts, freshness
  const engine::HttpRequest& asked = http.requests[0];
  EXPECT_EQ(asked.url, "https://api.datadoghq.eu/api/v2/query/timeseries");
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(header(asked, "DD-API-KEY"), "key-1");
  EXPECT_EQ(header(asked, "DD-APPLICATION-KEY"), "key-2");
  const doc::Node body = doc::parse_json(asked.body).value();
  const doc::Node* const attributes = body.find("data")->find("attributes");
  EXPECT_EQ(attributes->integer_or("from", 0), (kEnd - hours(1)).ms);
  EXPECT_EQ(attributes->integer_or("to", 0), kEnd.ms);
  EXPECT_EQ(attributes->integer_or("interval", 0), 10'000);
  EXPECT_EQ(attributes->find("queries")->items()[1].text_or("query"), good_of_total().good);
}

TEST(Datadog, a_long_span_is_asked_in_coarser_steps_and_freshness_by_the_minute) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    const doc::Node body = doc::parse_json(request.body).value();
    const doc::Node* const attributes = body.find("data")->find("attributes");
    const Duration step{attributes->integer_or("interval", 0)};
    // The newest minute with a value began 7 minutes ago.
    if (step == minutes(1)) return ok(timeseries(kEnd - minutes(8), step, {5, 5}, {5, 5}));
    EXPECT_EQ(step, hours(1));
    return ok(timeseries(kEnd - hours(2), step, {600, 400}, {600, 399}));
  });
  const model::Reading reading = read(http, objective(), good_of_total(), days(30));
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.total, 1000);
  EXPECT_EQ(reading.watermark, kEnd - minutes(6));
}

TEST(Datadog, slices_come_from_buckets_of_their_length) {
  FakeHttp http([](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
    return ok(
        timeseries(kEnd - hours(1), minutes(5), {100, 100, -1, 0, 100}, {100, 90, -1, 0, 95}));
  });
  const model::Reading reading = read(http, sliced(), good_of_total());
  EXPECT_EQ(reading.error, "");
  ASSERT_TRUE(reading.slices);
  EXPECT_EQ(reading.slices->good, 2);
  EXPECT_EQ(reading.slices->bad, 1);
  EXPECT_EQ(reading.slices->no_data, 9);
  EXPECT_EQ(reading.slices->ratio_sum_ppm, 2'850'000);
  EXPECT_EQ(reading.completeness.value, 250'000);
}

TEST(Datadog, the_first_version_of_the_api_gives_counts_and_no_slices) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    EXPECT_EQ(request.method, "GET");
    EXPECT_NE(request.url.find("/api/v1/query?from=1772449200&to=1772452800&query=sum%3A"),
              std::string::npos)
        << request.url;
    return ok(fmt::format(
        R"({{"status":"ok","series":[{{"query_index":0,"pointlist":[[{0},1000],[{1},null]]}},{{"query_index":1,"pointlist":[[{0},990]]}}]}})",
        (kEnd - minutes(20)).ms, (kEnd - minutes(10)).ms));
  });
  const model::Reading reading = read(http, objective(), good_of_total(), hours(1), true);
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.good, 990);
  EXPECT_NE(read(http, sliced(), good_of_total(), hours(1), true).error.find("api: v1"),
            std::string::npos);
}

TEST(Datadog, its_own_slo_gives_counts_and_a_monitor_one_observation) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    if (request.url.find("/monitor/") != std::string::npos)
      return ok(R"({"id":7,"overall_state":"Alert"})");
    EXPECT_NE(request.url.find("/api/v1/slo/abc/history?from_ts=1772449200&to_ts=1772452800"),
              std::string::npos)
        << request.url;
    return ok(fmt::format(
        R"({{"data":{{"series":{{"interval":300,"times":[{}.0,{}.0],"numerator":{{"sum":96.0,"values":[48,48]}},"denominator":{{"sum":100.0,"values":[50,50]}}}}}}}})",
        (kEnd - minutes(20)).ms, (kEnd - minutes(10)).ms));
  });
  const model::Reading counts = read(http, objective(), raw("slo:abc"));
  EXPECT_EQ(counts.error, "");
  EXPECT_EQ(counts.total, 100);
  EXPECT_EQ(counts.bad, 4);
  EXPECT_EQ(counts.watermark, kEnd - minutes(5));
  const model::Reading state = read(http, sliced(), raw("monitor:7"));
  EXPECT_EQ(state.error, "");
  EXPECT_EQ(state.slices->bad, 1);
  EXPECT_EQ(state.slices->no_data, 11);
  EXPECT_NE(read(http, objective(), raw("monitor:7")).error.find("Timeslices"), std::string::npos);
}

TEST(Datadog, whatever_goes_wrong_stands_in_the_reading_and_shows_no_key) {
  struct Row {
    int status;
    std::string body;
    std::string error;
  };
  const Row rows[] = {
      {403, R"({"errors":["Forbidden"]})", "Forbidden; check apiKey"},
      {400, R"({"errors":[{"title":"Bad","detail":"no such metric"}]})", "no such metric"},
      {200, R"({"status":"error","error":"Rate limit"})", "Rate limit"},
      {200, "<html>", "no JSON"},
      {200, R"({"data":{"attributes":{"times":[1],"series":[{}],"values":[[1,2]]}}})", "times"},
      {200, R"({"data":{"attributes":{"times":[1],"series":[{"query_index":9}],"values":[[1]]}}})",
       "not asked"},
      {200, timeseries(kEnd - minutes(5), minutes(5), {10}, {20}), "more good events"},
      {200, timeseries(kEnd - minutes(5), minutes(5), {10}, {}), "no series"},
      {500, "oops", "status 500"},
      {429, R"({"errors":["Rate limit"]})",
       "fewer requests (status 429); it is asked again in 30 s"},
      {200, R"({"data":{"attributes":{"times":[],"series":[],"values":[]}}})", ""},
  };
  for (const Row& row : rows) {
    FakeHttp http([&](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
      return engine::HttpResponse{.status = row.status, .body = row.body};
    });
    const model::Reading reading = read(http, objective(), good_of_total());
    EXPECT_EQ(reading.total, 0) << row.body;
    EXPECT_EQ(reading.error.empty(), row.error.empty()) << reading.error;
    EXPECT_NE(reading.error.find(row.error), std::string::npos) << reading.error;
    EXPECT_EQ(reading.error.find("key-"), std::string::npos) << reading.error;
  }
}

model::Reading read_dated(std::string_view date, std::string up, int up_value) {
  FakeHttp http([&](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    const bool asks_up = request.body.find("can_connect") != std::string::npos;
    engine::HttpResponse response =
        ok(asks_up ? timeseries(kEnd - minutes(3), minutes(1), {1, 1, up_value}, {})
                   : timeseries(kEnd - minutes(10), minutes(10), {100}, {99}));
    if (!date.empty()) response.headers.emplace_back("date", std::string(date));
    return response;
  });
  slo::Indicator indicator = good_of_total();
  indicator.up = std::move(up);
  return read(http, objective(), indicator);
}

TEST(Datadog, an_answer_by_a_wrong_clock_is_doubted) {
  const model::Reading reading = read_dated("Sun, 06 Nov 1994 08:49:37 GMT", "", 1);
  EXPECT_EQ(reading.total, 100) << reading.error;
  ASSERT_TRUE(reading.doubt);
  EXPECT_EQ(reading.doubt->reason, model::DoubtReason::clock_skew);
  EXPECT_EQ(reading.doubt->source, "dd");
  EXPECT_TRUE(reading.doubt->detail.starts_with("datadog:dd: its clock is "))
      << reading.doubt->detail;
  EXPECT_TRUE(reading.doubt->detail.ends_with(" behind ours")) << reading.doubt->detail;
  EXPECT_FALSE(read_dated("", "", 1).doubt);
}

TEST(Datadog, counts_are_doubted_while_something_that_it_watches_does_not_answer) {
  const std::string up = "min:shop.can_connect{service:shop}";
  const model::Reading down = read_dated("", up, 0);
  ASSERT_TRUE(down.doubt) << down.error;
  EXPECT_EQ(down.doubt->reason, model::DoubtReason::target_down);
  EXPECT_EQ(down.total, 100);
  EXPECT_FALSE(read_dated("", up, 1).doubt);
}

TEST(Datadog, a_partial_answer_counts_nothing) {
  FakeHttp http([](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
    return ok(
        R"({"data":{"series":{"numerator":{"sum":5},"denominator":{"sum":9,"values":[9]},"times":[1],"interval":60}},)"
        R"("errors":[{"error_message":"a group timed out","error_type":"timeout"}]})");
  });
  const model::Reading reading = read(http, objective(), raw("slo:abc"));
  EXPECT_EQ(reading.total, 0);
  EXPECT_EQ(reading.error, "Datadog's answer is partial: a group timed out");
}

TEST(Datadog, a_rate_limit_that_lasts_says_since_when) {
  EXPECT_EQ(sources::limit_words(seconds(299)), "");
  EXPECT_EQ(sources::limit_words(minutes(12) + seconds(5)),
            "; it has been so for 12 min: ask it for less, or for a higher limit");
}

TEST(Datadog, no_series_of_failures_means_no_failures) {
  FakeHttp http([](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
    return ok(timeseries(kEnd - minutes(5), minutes(5), {10}, {}));
  });
  slo::Indicator bad_of_total = good_of_total();
  bad_of_total.bad = std::exchange(bad_of_total.good, "");
  const model::Reading reading = read(http, objective(), bad_of_total);
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.good, 10);
}

/// Bodies of the answers of a recorded exchange.
std::vector<std::string> recorded(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<std::string> bodies;
  const auto documents = doc::parse_yaml(text, path);
  EXPECT_TRUE(documents) << path;
  if (!documents) return bodies;
  for (const doc::Node& interaction : documents->front().find("interactions")->items())
    bodies.emplace_back(interaction.find("response")->text_or("body"));
  return bodies;
}

TEST(Datadog, recorded_answers_are_read) {
  const std::string root = std::string(TOLLGATE_SHARED_DIR) +
                           "/cases/release/datadog-api-client-go/tests/scenarios/cassettes/"
                           "TestScenarios/";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "skipped: no shared data";
  int timeseries_read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root + "v2/Feature_Metrics")) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("Scenario_Timeseries_cross_product") ||
        name.find("OK_response") == std::string::npos)
      continue;
    for (const std::string& body : recorded(entry.path().string())) {
      EXPECT_TRUE(sources::parse_timeseries_v2(body, 2)) << name << body.substr(0, 200);
      ++timeseries_read;
    }
  }
  EXPECT_GE(timeseries_read, 5);
  const auto v1 = recorded(
      root + "v1/Feature_Metrics/Scenario_Query_timeseries_points_returns_OK_response.yaml");
  const auto points = sources::parse_timeseries_v1(v1.at(0), 1).value();
  EXPECT_EQ(points[0].points.size(), 288U);
  EXPECT_NEAR(points[0].points[0].value, 91.458, 0.001);
  const std::string slos = std::string(TOLLGATE_SHARED_DIR) +
                           "/data/datadog_api/v1/Feature_Service_Level_Objectives/"
                           "Scenario_Get_an_SLOs_history_returns_OK_response.yaml";
  const auto history = sources::parse_slo_history(recorded(slos).at(1)).value();
  EXPECT_EQ(history.total, 0);
  EXPECT_EQ(history.last_bucket.ms, 0);
  EXPECT_EQ(history.interval, seconds(7200));
  const std::string monitors = std::string(TOLLGATE_SHARED_DIR) +
                               "/data/datadog_api/v1/Feature_Monitors/"
                               "Scenario_Get_a_monitors_details_returns_OK_response.yaml";
  EXPECT_EQ(sources::parse_monitor(recorded(monitors).at(1)).value(),
            sources::MonitorState::no_data);
}

}  // namespace
}  // namespace tollgate
