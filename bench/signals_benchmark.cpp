// Signals: lines of an access log per CPU-second, and what a judgement of budgets and burn rates
// costs. Beside it, on the same file: `wc -l FILE` and `mawk '{n[$9]++} END {for
// (s in n) print s, n[s]}' FILE`.
#include "domain/slo/budget.hpp"
#include "domain/slo/burn.hpp"
#include "edge/follow/line_counter.hpp"
#include "edge/ingest/ingest.hpp"
#include "edge/otlp/otlp.hpp"
#include "otlp_writer.hpp"

#include <benchmark/benchmark.h>

namespace tollgate {
namespace {

constexpr int kLogLines = 200'000;

/// A combined log: a hundred lines a second, one failure in a thousand.
std::string make_log() {
  std::string log;
  for (int i = 0; i < kLogLines; ++i) {
    const int second = i / 100;
    log += fmt::format(
        "203.0.113.{} - - [02/Mar/2026:{:02}:{:02}:{:02} +0000] \"GET /api/v1/items/{} HTTP/1.1\" "
        "{} {} "
        "\"https://shop.example/cart\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\" "
        "0.{:03}\n",
        i % 250, 10 + second / 3600, second / 60 % 60, second % 60, i, i % 1000 == 0 ? 503 : 200,
        i % 9000, i % 400);
  }
  return log;
}

void count_lines(benchmark::State& state, Duration slower_than) {
  static const std::string log = make_log();
  const auto classifier = ingest::parse_classifier("5xx", slower_than).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(ingest::ingest_bytes(log, ingest::Format::combined, classifier));
  }
  state.SetItemsProcessed(state.iterations() * kLogLines);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(log.size()));
}
BENCHMARK_CAPTURE(count_lines, by_status, Duration{});
BENCHMARK_CAPTURE(count_lines, by_status_and_duration, milliseconds(300));

/// The same log as it is followed: counts and a latency histogram for an SLO, without the digest of
/// a whole file.
void follow_lines(benchmark::State& state) {
  static const std::string log = make_log();
  intake::RouteSpec good{.slo = "shop/latency", .kind = intake::RouteKind::events};
  good.role = intake::Role::good;
  good.query = "{" + intake::source_matcher("edge") + "}";
  good.signal = intake::kLinesSignal;
  good.bad = {"5xx"};
  good.slower_than = milliseconds(300);
  intake::RouteSpec total = good;
  total.role = intake::Role::total;
  follow::LineCounter counter("edge", follow::parse_line_format("combined").value(), {good, total});
  for (auto _ : state) {
    benchmark::DoNotOptimize(counter.take(log));
    benchmark::DoNotOptimize(counter.take_counts());
  }
  state.SetItemsProcessed(state.iterations() * kLogLines);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(log.size()));
}
BENCHMARK(follow_lines);

/// A request of 1,000 spans with eight attributes each, decoded.
void decode_spans(benchmark::State& state) {
  std::vector<std::string> spans;
  for (int i = 0; i < 1000; ++i) {
    testing::WrittenSpan span;
    span.parent_id = i % 40 == 0 ? "" : "parentid";
    span.attributes = {testing::int_attribute("http.response.status_code", 200)};
    for (int k = 0; k < 7; ++k)
      span.attributes.push_back(testing::text_attribute(fmt::format("attribute.{}", k), "a value"));
    spans.push_back(testing::otlp_span(span));
  }
  const std::string request = testing::otlp_request(
      {{"service.name", "shop"}, {"service.version", "2.4.0"}, {"host.name", "node-17"}}, spans);
  intake::Batch batch;
  for (auto _ : state) {
    batch.clear();
    benchmark::DoNotOptimize(otlp::read_traces(request, batch));
  }
  state.SetItemsProcessed(state.iterations() * 1000);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(request.size()));
}
BENCHMARK(decode_spans);

/// Thirty-one days of a signal with events in every minute.
const slo::CellSeries& month_of_cells() {
  static const slo::CellSeries cells = [] {
    slo::CellSeries series;
    for (int64_t minute = 0; minute < days(31).ms / minutes(1).ms; ++minute) {
      (void)series.add(Time{0} + minutes(minute), {1000, minute % 7 == 0});
    }
    return series;
  }();
  return cells;
}

void judge_four_pairs(benchmark::State& state) {
  const slo::Objective objective{
      .slo = "shop/availability", .target = {999'000}, .window = slo::rolling(days(30))};
  const auto pairs = slo::burn_pairs(days(30));
  for (auto _ : state) {
    const auto findings = slo::burn_at(month_of_cells(), objective, Time{0} + days(31), pairs, {});
    benchmark::DoNotOptimize(slo::worst_burn(findings));
  }
}
BENCHMARK(judge_four_pairs);

void judge_budget(benchmark::State& state) {
  const slo::Objective objective{
      .slo = "shop/availability", .target = {999'000}, .window = slo::rolling(days(30))};
  model::Reading reading;
  reading.bad = state.range(0);
  reading.total = 1'000'000;
  reading.good = reading.total - reading.bad;
  for (auto _ : state) benchmark::DoNotOptimize(slo::budget(objective, reading));
}
BENCHMARK(judge_budget)->ArgName("bad")->Arg(3)->Arg(95)->Arg(900);

}  // namespace
}  // namespace tollgate

BENCHMARK_MAIN();
