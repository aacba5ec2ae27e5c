// The cell store, the sources and the zones: what was counted stays counted, and a source that
// fails says so.
#include "domain/slo/budget.hpp"
#include "edge/cells/cell_codec.hpp"
#include "edge/cells/cell_store.hpp"
#include "edge/ingest/ingest.hpp"
#include "edge/sources/connection.hpp"
#include "edge/sources/promql.hpp"
#include "edge/sources/source.hpp"
#include "edge/zones/zones.hpp"
#include "fake_http.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

namespace tollgate {
namespace {

using cells::CellStore;

Time at(std::string_view text) { return parse_time(text).value(); }

slo::Objective objective(std::string slo = "shop/availability") {
  return {.slo = std::move(slo), .target = {999'000}, .window = slo::rolling(days(30))};
}

/// A file name that did not exist before.
std::string fresh_path(const std::string& name) {
  const std::string path = testing::TempDir() + name;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  return path;
}

struct Import {
  slo::CellSeries cells;
  cells::Batch batch;

  Import(std::initializer_list<std::pair<std::string_view, slo::Counts>> events,
         std::string_view digest_of) {
    for (const auto& [time, counts] : events) {
      EXPECT_TRUE(cells.add(at(time), counts));
      batch.last = std::max(batch.last, at(time));
    }
    batch.cells = &cells;
    batch.digest = sha256(digest_of);
  }
};

const cells::SeriesKey kShop{
    .slo = "shop/availability", .environment = "", .track = "", .version = ""};
const slo::Span kDay{parse_time("2026-03-01T00:00:00Z").value(),
                     parse_time("2026-03-02T00:00:00Z").value()};

slo::Counts counts(CellStore& store, const std::string& environment = "") {
  return store.aggregate(objective(), environment, kDay).value().counts;
}

TEST(CellStore, what_was_imported_is_there_after_a_restart_and_counts_once) {
  const std::string path = fresh_path("cells_restart.db");
  const Import first({{"2026-03-01T10:00:00Z", {100, 1}}, {"2026-03-01T12:00:00Z", {50, 0}}},
                     "first");
  {
    auto store = CellStore::open(path).value();
    const cells::Imported imported = store->import(kShop, first.batch).value();
    EXPECT_FALSE(imported.is_duplicate);
    EXPECT_EQ(imported.cells, 2);
    EXPECT_EQ(imported.revised, 0);
    EXPECT_EQ(time_text(imported.watermark), "2026-03-01T12:00:00.000Z");
  }
  auto store = CellStore::open(path).value();
  EXPECT_EQ(store->series_count(), 1u);
  EXPECT_EQ(counts(*store), (slo::Counts{150, 1}));
  EXPECT_TRUE(store->import(kShop, first.batch).value().is_duplicate);
  EXPECT_EQ(counts(*store), (slo::Counts{150, 1}));
  EXPECT_EQ(time_text(store->aggregate(objective(), "", kDay)->watermark),
            "2026-03-01T12:00:00.000Z");
}

TEST(CellStore, late_events_revise_their_cells_and_are_noted) {
  auto store = CellStore::open(":memory:").value();
  (void)store->import(kShop, Import({{"2026-03-01T10:00:00Z", {100, 1}}}, "a").batch).value();
  const Import late({{"2026-03-01T09:00:00Z", {5, 5}}, {"2026-03-01T11:00:00Z", {1, 0}}}, "b");
  const cells::Imported imported = store->import(kShop, late.batch).value();
  EXPECT_EQ(imported.revised, 1);
  EXPECT_EQ(imported.overlapping, 1);
  EXPECT_EQ(counts(*store), (slo::Counts{106, 6}));
}

TEST(CellStore, series_add_up_and_environments_stay_apart) {
  auto store = CellStore::open(":memory:").value();
  cells::SeriesKey prod = kShop;
  prod.environment = "prod";
  cells::SeriesKey canary = prod;
  canary.track = "canary";
  cells::SeriesKey staging = kShop;
  staging.environment = "staging";
  int number = 0;
  for (const auto& [key, good] :
       {std::pair(kShop, 1), {prod, 10}, {canary, 100}, {staging, 1000}}) {
    const Import import({{"2026-03-01T10:00:00Z", {good, 0}}}, std::to_string(number++));
    (void)store->import(key, import.batch).value();
  }
  EXPECT_EQ(counts(*store, "prod").good, 111);
  EXPECT_EQ(counts(*store, "staging").good, 1001);
  EXPECT_EQ(counts(*store, "").good, 1111);
  EXPECT_FALSE(store->aggregate(objective("shop/other"), "", kDay)->is_known);
}

TEST(CellStore, several_spans_at_once_are_what_they_are_one_by_one) {
  const std::string path = fresh_path("cells-spans.db");
  {
    auto store = CellStore::open(path).value();
    cells::SeriesKey key = kShop;
    for (const char* environment : {"", "production", "staging"}) {
      key.environment = environment;
      const uint32_t handle = store->open_series(key);
      std::vector<cells::Addition> additions;
      for (int64_t minute = 0; minute < 600; ++minute) {
        const int64_t time_ms = kDay.from.ms + minute * 60'000;
        additions.push_back({handle, time_ms / 10'000, minute + 1, minute % 3, time_ms + 9'000});
      }
      ASSERT_TRUE(store->push({.source = "a", .additions = additions}));
    }
    const Time now = kDay.from + minutes(590);
    const std::array spans = {slo::Span{now - minutes(5), now}, slo::Span{now - hours(6), now},
                              slo::Span{now - days(30), now},
                              slo::Span{now - minutes(90), now - minutes(30)}, slo::Span{now, now}};
    for (const char* environment : {"", "production", "staging", "test"}) {
      std::array<slo::Counts, spans.size()> counts;
      const auto watermark = store->count_spans("shop/availability", environment, spans, counts);
      ASSERT_TRUE(watermark);
      for (size_t i = 0; i < spans.size(); ++i) {
        const auto one = store->aggregate(objective(), environment, spans[i]).value();
        EXPECT_EQ(counts[i], one.counts) << environment << " span " << i;
        EXPECT_EQ(*watermark, one.watermark);
      }
    }
    ASSERT_TRUE(store->write(store->collect({})));
  }
  auto store = CellStore::open(path).value();
  slo::Counts counts;
  EXPECT_FALSE(store->count_spans("shop/availability", "production", {&kDay, 1}, {&counts, 1}))
      << "what is on disk is not read in passing";
  const slo::Counts expected = store->aggregate(objective(), "production", kDay).value().counts;
  EXPECT_TRUE(store->count_spans("shop/availability", "production", {&kDay, 1}, {&counts, 1}));
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(store->count_spans("shop/unknown", "", {&kDay, 1}, {&counts, 1}), Time{});
  EXPECT_EQ(counts, slo::Counts{});
}

TEST(CellStore, memory_stays_bounded_and_answers_stay_right) {
  const std::string path = fresh_path("cells_bounded.db");
  auto store = CellStore::open(path, {.memory_bytes = 20'000}).value();
  for (int i = 0; i < 30; ++i) {
    slo::CellSeries cells;
    for (int cell = 0; cell < 360; ++cell)
      ASSERT_TRUE(cells.add(kDay.from + seconds(10 * cell), {10, 1}));
    const cells::SeriesKey key{
        .slo = fmt::format("shop/slo-{}", i), .environment = "", .track = "", .version = ""};
    (void)store->import(key, {.cells = &cells, .digest = sha256("same"), .last = kDay.to}).value();
    EXPECT_LE(store->memory_bytes(), 40'000u);
  }
  for (int i = 0; i < 30; ++i) {
    const auto counted =
        store->aggregate(objective(fmt::format("shop/slo-{}", i)), "", kDay).value();
    EXPECT_EQ(counted.counts, (slo::Counts{3600, 360})) << i;
  }
}

TEST(CellStore, damaged_cells_are_refused) {
  const std::vector<slo::Cell> cells = {{.slot = 0, .good = 5, .bad = 0},
                                        {.slot = 354, .good = -(1 << 30), .bad = 1 << 30}};
  const std::string bytes = cells::encode_cells({.hour = 7, .length = minutes(1), .cells = cells});
  const slo::HourCells decoded = cells::decode_cells(7, bytes).value();
  EXPECT_EQ(decoded.cells, cells);
  EXPECT_EQ(decoded.length, minutes(1));
  for (size_t length = 1; length < bytes.size(); ++length) {
    const auto part = cells::decode_cells(7, std::string_view(bytes).substr(0, length));
    EXPECT_TRUE(!part || part->cells.size() <= 1) << length;
  }
  const std::string first_form("\x00\x05\x00\xe7\x02\x80\x01\x07", 8);
  EXPECT_EQ(cells::decode_cells(7, first_form)->cells,
            (std::vector<slo::Cell>{{.slot = 0, .good = 5}, {.slot = 359, .good = 128, .bad = 7}}));
  EXPECT_FALSE(cells::decode_cells(7, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").has_value());
}

TEST(Zones, the_system_knows_berlin_and_suggests_a_name) {
  zones::SystemZones zones;
  const auto berlin = zones.zone("Europe/Berlin");
  if (!berlin) GTEST_SKIP() << "no time zone data";
  const auto utc = [&](std::string_view local) {
    return time_text(calendar::utc_time(*berlin, calendar::parse_local_time(local).value()));
  };
  EXPECT_EQ(utc("2026-07-15 12:00:00"), "2026-07-15T10:00:00.000Z");
  EXPECT_EQ(utc("2026-01-15 12:00:00"), "2026-01-15T11:00:00.000Z");
  EXPECT_NE(zones.zone("Europe/Berln").error().message.find("Europe/Berlin"), std::string::npos);
  EXPECT_TRUE(zones.zone("")->transitions.empty());
}

std::string vector_of(double value) {
  return fmt::format(
      R"({{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[1772452800,"{}"]}}]}}}})",
      value);
}
const std::string kEmpty = R"({"status":"success","data":{"resultType":"vector","result":[]}})";

model::Reading read_prometheus(FakeHttp& http, const slo::Objective& asked,
                               slo::Indicator indicator) {
  auto store = CellStore::open(":memory:").value();
  sources::SourceRouter router({*store, http});
  EXPECT_TRUE(
      router.replace({{.name = "eu", .type = "Prometheus", .url = "http://prometheus:9090/"}}));
  indicator.source = "eu";
  return router.read({.objective = &asked,
                      .indicator = &indicator,
                      .environment = "prod",
                      .span = {kDay.to - hours(1), kDay.to},
                      .as_of = kDay.to});
}

const slo::Indicator kRatio{.source = "",
                            .good = "sum(increase(ok_total[{{.window}}]))",
                            .bad = "",
                            .total = "sum(increase(all_total[{{.window}}]))",
                            .raw = ""};

TEST(Prometheus, counts_come_from_two_queries_over_the_window) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    if (request.url.ends_with("query_range")) {
      return ok(
          R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1772409300,"7"],[1772409360,"8"]]}]}})");
    }
    return ok(vector_of(request.body.find("all_total") != std::string::npos ? 1000.4 : 998.7));
  });
  const model::Reading reading = read_prometheus(http, objective(), kRatio);
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.good, 999);
  EXPECT_EQ(reading.bad, 1);
  EXPECT_EQ(reading.source, "prometheus:eu");
  EXPECT_EQ(time_text(reading.watermark), "2026-03-01T23:56:00.000Z");
  ASSERT_EQ(http.requests.size(), 3u);
  EXPECT_EQ(http.requests[0].url, "http://prometheus:9090/api/v1/query");
  EXPECT_EQ(http.requests[0].body,
            "query=sum%28increase%28all_total%5B1h%5D%29%29&time=1772409600.000");
}

TEST(Prometheus, slices_come_from_range_queries) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    const bool is_total = request.body.find("all_total") != std::string::npos;
    if (!request.url.ends_with("query_range")) return ok(vector_of(is_total ? 300 : 290));
    // Three of the sixty slices have events: 100/100, 90/100, 100/100.
    return ok(
        is_total
            ? R"({"status":"success","data":{"resultType":"matrix","result":[{"values":[[1772406060,"100"],[1772406120,"100"],[1772406180,"100"]]}]}})"
            : R"({"status":"success","data":{"resultType":"matrix","result":[{"values":[[1772406060,"100"],[1772406120,"90"],[1772406180,"100"]]}]}})");
  });
  slo::Objective sliced = objective();
  sliced.method = slo::BudgetingMethod::timeslices;
  sliced.slice = minutes(1);
  sliced.slice_target = {950'000};
  const model::Reading reading = read_prometheus(http, sliced, kRatio);
  EXPECT_EQ(reading.error, "");
  ASSERT_TRUE(reading.slices.has_value());
  EXPECT_EQ(reading.slices->good, 2);
  EXPECT_EQ(reading.slices->bad, 1);
  EXPECT_EQ(reading.slices->no_data, 57);
  EXPECT_EQ(reading.completeness.value, 50'000);
}

TEST(Prometheus, whatever_goes_wrong_stands_in_the_reading) {
  struct Row {
    std::string_view total, good,
        error;  // bodies of the answers; part of the error, empty for none
  };
  const std::string partial =
      R"({"status":"success","warnings":["store eu-2 unavailable"],"data":{"resultType":"vector","result":[]}})";
  const Row rows[] = {
      {kEmpty, kEmpty, ""},
      {R"({"status":"error","errorType":"bad_data","error":"parse error at char 3"})", kEmpty,
       "parse error at char 3"},
      {"<html>", kEmpty, "not JSON"},
      {partial, kEmpty, "store eu-2 unavailable"},
      {R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1772452800,"NaN"]}]}})",
       kEmpty, "no counts"},
      {R"({"status":"success","data":{"resultType":"string","result":[1,"x"]}})", kEmpty, "string"},
      {R"({"status":"success","data":{"resultType":"vector","result":[{"value":7}]}})", kEmpty,
       "point"},
      {R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1772452800,"100"]}]}})",
       kEmpty, "finds no series"},
  };
  for (const Row& row : rows) {
    FakeHttp http([&](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
      return ok(
          std::string(request.body.find("all_total") != std::string::npos ? row.total : row.good));
    });
    const model::Reading reading = read_prometheus(http, objective(), kRatio);
    EXPECT_EQ(reading.total, 0) << row.total;
    EXPECT_EQ(reading.error.empty(), row.error.empty()) << reading.error << " for " << row.total;
    EXPECT_NE(reading.error.find(row.error), std::string::npos)
        << reading.error << " for " << row.total;
  }
  FakeHttp dead([](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
    return fail(codes::unreachable, "connection refused");
  });
  EXPECT_EQ(read_prometheus(dead, objective(), kRatio).error, "connection refused");
  FakeHttp broken([](const engine::HttpRequest&) -> Result<engine::HttpResponse> {
    return engine::HttpResponse{.status = 502, .body = "Bad Gateway"};
  });
  EXPECT_NE(read_prometheus(broken, objective(), kRatio).error.find("502"), std::string::npos);
}

TEST(Prometheus, a_ratio_gives_slices_and_beside_a_total_counts) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    if (request.url.ends_with("query_range")) {
      return ok(
          R"({"status":"success","data":{"resultType":"matrix","result":[{"values":[[1772406060,"0.01"],[1772406120,"0.2"],[1772406180,"NaN"]]}]}})");
    }
    return ok(vector_of(request.body.find("all_total") != std::string::npos ? 1000 : 0.25));
  });
  slo::Indicator ratio{.source = "", .good = "", .bad = "", .total = "", .raw = "failing_share"};
  ratio.raw_is_failure = true;
  EXPECT_NE(read_prometheus(http, objective(), ratio).error.find("how many events"),
            std::string::npos);
  slo::Objective sliced = objective();
  sliced.method = slo::BudgetingMethod::timeslices;
  sliced.slice = minutes(1);
  sliced.slice_target = {950'000};
  const model::Reading slices = read_prometheus(http, sliced, ratio);
  EXPECT_EQ(slices.error, "");
  EXPECT_EQ(slices.total, 2);
  EXPECT_EQ(slices.slices->good, 1);
  EXPECT_EQ(slices.slices->bad, 1);
  EXPECT_EQ(slices.slices->no_data, 58);
  EXPECT_EQ(slices.slices->ratio_sum_ppm, 1'790'000);
  ratio.total = "all_total";
  const model::Reading counts = read_prometheus(http, objective(), ratio);
  EXPECT_EQ(counts.error, "");
  EXPECT_EQ(counts.good, 750);
  EXPECT_EQ(counts.total, 1000);
}

TEST(Connection, servers_say_how_long_they_want_to_be_left_alone) {
  const auto wait = [](int status, std::vector<std::pair<std::string, std::string>> headers) {
    return sources::wanted_wait({.status = status, .headers = std::move(headers), .body = {}}).ms;
  };
  EXPECT_EQ(wait(429, {}), 30'000);
  EXPECT_EQ(wait(429, {{"retry-after", "2"}}), 2000);
  EXPECT_EQ(wait(429, {{"retry-after", "-7"}}), 30'000);
  EXPECT_EQ(wait(429, {{"retry-after", "99999999"}}), hours(1).ms);
  EXPECT_EQ(wait(429, {{"date", "Sun, 01 Mar 2026 10:00:00 GMT"},
                       {"retry-after", "Sun, 01 Mar 2026 10:01:05 GMT"}}),
            65'000);
  EXPECT_EQ(wait(429, {{"x-ratelimit-reset", "12"}}), 12'000);
  EXPECT_EQ(wait(503, {}), 0);
  EXPECT_EQ(wait(503, {{"retry-after", "5"}}), 5000);
  EXPECT_EQ(wait(200, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "9"}}), 9000);
  EXPECT_EQ(wait(200, {{"x-ratelimit-remaining", "3"}, {"x-ratelimit-reset", "9"}}), 0);
}

TEST(Prometheus, no_series_of_failures_means_no_failures) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    return ok(request.body.find("all_total") != std::string::npos ? vector_of(100) : kEmpty);
  });
  slo::Indicator bad_of_total = kRatio;
  bad_of_total.good = "";
  bad_of_total.bad = "sum(increase(errors_total[$window]))";
  const model::Reading reading = read_prometheus(http, objective(), bad_of_total);
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.good, 100);
}

TEST(Prometheus, placeholders_of_every_dialect_get_the_window) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"sum(rate(x[{{.window}}]))", "sum(rate(x[30d]))"},
      {"sum(rate(x[{{ .window }}]))", "sum(rate(x[30d]))"},
      {"sum(rate(x[{{window}}]))", "sum(rate(x[30d]))"},
      {"sum(rate(x[$window]))", "sum(rate(x[30d]))"},
      {"sum(rate(x[${window}]))", "sum(rate(x[30d]))"},
      {"sum(rate(x[$__range]))", "sum(rate(x[30d]))"},
      {"sum(rate(x[WINDOW]))", "sum(rate(x[30d]))"},
      {"http_requests_total{code!~\"5..\"}",
       "sum(increase(http_requests_total{code!~\"5..\"}[30d]))"},
      {"{{ x }} [$window]", "{{ x }} [30d]"},
  };
  for (const auto& [query, expanded] : rows)
    EXPECT_EQ(sources::expand_query(query, days(30)).value(), expanded);
  EXPECT_FALSE(sources::expand_query("sum(rate(x[5m]))", days(30)).has_value());
  EXPECT_EQ(sources::promql_duration(minutes(90)), "90m");
}

TEST(Router, an_unknown_source_is_an_error_in_the_reading_and_an_unknown_type_is_refused) {
  FakeHttp http(
      [](const engine::HttpRequest&) -> Result<engine::HttpResponse> { return ok(kEmpty); });
  auto store = CellStore::open(":memory:").value();
  sources::SourceRouter router({*store, http});
  const slo::Objective asked = objective();
  const slo::Indicator nowhere{.source = "us", .good = "", .bad = "", .total = "", .raw = ""};
  const model::Reading reading = router.read({.objective = &asked,
                                              .indicator = &nowhere,
                                              .environment = "",
                                              .span = kDay,
                                              .as_of = kDay.to});
  EXPECT_NE(reading.error.find("\"us\""), std::string::npos);
  EXPECT_FALSE(router.replace({{.name = "x", .type = "promethius", .url = ""}}).has_value());
}

TEST(Cells, the_apache_log_read_as_of_a_past_moment) {
  const std::string log =
      std::string(TOLLGATE_SHARED_DIR) + "/data/access_logs/elastic_apache_2015-05.log";
  if (!std::filesystem::exists(log)) GTEST_SKIP() << "no shared data";
  const auto ingested =
      ingest::ingest_file(log, ingest::Format::combined, ingest::parse_classifier().value())
          .value();
  auto store = CellStore::open(":memory:").value();
  (void)store
      ->import(
          kShop,
          {.cells = &ingested.cells, .digest = ingested.digest, .last = *ingested.summary.last})
      .value();
  FakeHttp http(
      [](const engine::HttpRequest&) -> Result<engine::HttpResponse> { return ok(kEmpty); });
  sources::SourceRouter router({*store, http});
  const slo::Objective asked = objective();
  const slo::Indicator here;
  const Time as_of = at("2015-05-20T21:06:00Z");
  const model::Reading reading = router.read({.objective = &asked,
                                              .indicator = &here,
                                              .environment = "prod",
                                              .span = {as_of - days(30), as_of},
                                              .as_of = as_of});
  EXPECT_EQ(reading.total, 10'000);
  EXPECT_EQ(reading.bad, 3);
  EXPECT_EQ(reading.source, "cells");
  EXPECT_LE(reading.watermark, as_of);
  EXPECT_EQ(slo::budget(asked, reading).sli.value, 999'700);
  // What was not yet known does not count.
  const model::Reading earlier = router.read({.objective = &asked,
                                              .indicator = &here,
                                              .environment = "prod",
                                              .span = {as_of - days(30), as_of},
                                              .as_of = at("2015-05-18T00:00:00Z")});
  EXPECT_EQ(earlier.total, 1632);
}

TEST(Prometheus, more_good_events_than_events_are_a_doubt_and_no_counts) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    return ok(vector_of(request.body.find("all_total") != std::string::npos ? 1000 : 1200));
  });
  const model::Reading reading = read_prometheus(http, objective(), kRatio);
  ASSERT_TRUE(reading.doubt);
  EXPECT_EQ(reading.doubt->reason, model::DoubtReason::good_exceeds_total);
  EXPECT_NE(reading.doubt->detail.find("1200 of 1000"), std::string::npos) << reading.doubt->detail;
  EXPECT_EQ(reading.total, 0);
}

TEST(Prometheus, asks_whether_what_it_scrapes_answers_if_the_sli_says_how) {
  double up = 1;
  FakeHttp http([&](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    if (request.url.ends_with("query_range")) {
      return ok(
          R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1772409300,"7"]]}]}})");
    }
    if (request.body.find("min%28up") != std::string::npos) return ok(vector_of(up));
    return ok(vector_of(1000));
  });
  slo::Indicator indicator = kRatio;
  indicator.up = "up{job=\"shop\"}";
  EXPECT_FALSE(read_prometheus(http, objective(), indicator).doubt);
  up = 0;
  const model::Reading reading = read_prometheus(http, objective(), indicator);
  ASSERT_TRUE(reading.doubt);
  EXPECT_EQ(reading.doubt->reason, model::DoubtReason::target_down);
  EXPECT_EQ(reading.total, 1000) << "the counts stay visible";
}

TEST(Prometheus, a_server_whose_clock_differs_is_doubted) {
  FakeHttp http([](const engine::HttpRequest& request) -> Result<engine::HttpResponse> {
    engine::HttpResponse response = ok(vector_of(1000));
    if (request.url.ends_with("query_range")) {
      response.body =
          R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1772409300,"7"]]}]}})";
    }
    response.headers.emplace_back("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    return response;
  });
  const model::Reading reading = read_prometheus(http, objective(), kRatio);
  ASSERT_TRUE(reading.doubt);
  EXPECT_EQ(reading.doubt->reason, model::DoubtReason::clock_skew);
  EXPECT_NE(reading.doubt->detail.find("behind ours"), std::string::npos);
}

/// The cells as a source, over an hour that ends at `as_of`.
model::Reading read_cells(CellStore& store, Time as_of, Ppm drop_max = {900'000}) {
  FakeHttp none([](const engine::HttpRequest&) -> Result<engine::HttpResponse> { return ok(""); });
  sources::SourceRouter router({.cells = store, .http = none});
  const slo::Objective asked = objective();
  slo::Indicator indicator;
  indicator.traffic_drop_max = drop_max;
  return router.read({.objective = &asked,
                      .indicator = &indicator,
                      .environment = "",
                      .span = {as_of - hours(1), as_of},
                      .as_of = as_of});
}

TEST(Cells, a_part_that_outnumbers_the_whole_is_a_doubt_and_never_a_negative_count) {
  auto store = CellStore::open(":memory:").value();
  const uint32_t series = store->open_series(kShop);
  const Time now = at("2026-03-01T12:00:00Z");
  const int64_t slot = now.ms / 10'000 - 10;
  const cells::Addition good{
      .series = series, .slot = slot, .good = 500, .bad = -500, .seen_ms = now.ms};
  const cells::Addition total{.series = series, .slot = slot, .bad = 499, .seen_ms = now.ms};
  ASSERT_TRUE(store->push({.source = "a", .additions = std::span(&good, 1)}));
  ASSERT_TRUE(store->push({.source = "a", .additions = std::span(&total, 1)}));
  const model::Reading close = read_cells(*store, now);
  EXPECT_FALSE(close.doubt) << "one event apart may be on its way";
  EXPECT_EQ(close.bad, 0);
  EXPECT_EQ(close.total, 500);
  const cells::Addition more{
      .series = series, .slot = slot, .good = 100, .bad = -100, .seen_ms = now.ms};
  ASSERT_TRUE(store->push({.source = "a", .additions = std::span(&more, 1)}));
  const model::Reading reading = read_cells(*store, now);
  ASSERT_TRUE(reading.doubt);
  EXPECT_EQ(reading.doubt->reason, model::DoubtReason::good_exceeds_total);
  EXPECT_EQ(reading.bad, 0);
}

TEST(Cells, far_less_traffic_than_in_the_weeks_before_is_a_doubt) {
  auto store = CellStore::open(":memory:").value();
  const Time now = at("2026-03-29T12:00:00Z");
  slo::CellSeries cells;
  for (int week = 1; week <= 4; ++week) {
    for (int minute = 1; minute <= 60; ++minute)
      ASSERT_TRUE(cells.add(now - days(7) * week - minutes(minute), {100, 0}));
  }
  ASSERT_TRUE(cells.add(now - minutes(5), {20, 5}));
  ASSERT_TRUE(store->import(kShop, {.cells = &cells, .digest = sha256("weeks"), .last = now}));
  const model::Reading reading = read_cells(*store, now);
  ASSERT_TRUE(reading.doubt);
  EXPECT_EQ(reading.doubt->reason, model::DoubtReason::traffic_drop);
  EXPECT_NE(reading.doubt->detail.find("25 events"), std::string::npos) << reading.doubt->detail;
  EXPECT_FALSE(read_cells(*store, now, {1'000'000}).doubt) << "asked for none";
}

TEST(Cells, know_who_brought_events_for_which_slo) {
  auto store = CellStore::open(":memory:").value();
  const uint32_t series = store->open_series(kShop);
  const Time now = at("2026-03-01T12:00:00Z");
  const cells::Addition one{
      .series = series, .slot = now.ms / 10'000, .good = 1, .seen_ms = now.ms};
  ASSERT_TRUE(store->push({.source = "b", .additions = std::span(&one, 1)}));
  ASSERT_TRUE(store->push({.source = "a", .additions = std::span(&one, 1)}));
  const auto uses = store->sources("", {});
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].slo, "shop/availability");
  EXPECT_TRUE(uses[0].is_pushed);
  EXPECT_EQ(uses[0].watermark, now);
  EXPECT_TRUE(store->sources("shop/other", {}).empty());
}

}  // namespace
}  // namespace tollgate
