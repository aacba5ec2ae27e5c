// What it costs to know the burn of many SLOs: eight windows and two alert conditions each, from 30
// days of cells, as the SLOs and as the windows grow; and what those cells take in memory. One
// "round" evaluates every SLO once. The working set is far beyond the caches, as in life.
// Beside it: Prometheus with Sloth's rules on the same windows (docs/BENCHMARKS.md, Signals).
#include "domain/slo/burn.hpp"
#include "domain/slo/retention.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <random>

namespace tollgate {
namespace {

constexpr std::array kWindows = {minutes(5), minutes(30), hours(1), hours(2),
                                 hours(6),   days(1),     days(3),  days(30)};
const Time kNow = Time{0} + days(20'000) + minutes(47);

/// Thirty days with events in every cell that the retention keeps.
slo::CellSeries month(uint64_t seed) {
  std::mt19937_64 random(seed);
  slo::CellSeries cells;
  const slo::Retention retention;
  for (int64_t hour = (kNow - days(30)).ms / hours(1).ms; hour <= kNow.ms / hours(1).ms; ++hour) {
    const Time end = Time{0} + hours(hour + 1);
    const Duration step = end <= kNow - retention.minutes ? hours(1)
                          : end <= kNow - retention.fine  ? minutes(1)
                                                          : slo::kCellLength;
    slo::HourCells filled{.hour = hour, .length = step};
    const auto slots = static_cast<int64_t>(step.ms / slo::kCellLength.ms);
    for (int64_t slot = 0; slot < slo::kCellsPerHour; slot += slots) {
      if (Time{0} + hours(hour) + slo::kCellLength * slot >= kNow) break;
      const auto random_bits = static_cast<int64_t>(random() % 1000);
      filled.cells.push_back({.slot = static_cast<uint16_t>(slot),
                              .good = (900 + random_bits / 10) * slots,
                              .bad = random_bits > 990 ? slots : 0});
    }
    cells.put_hour(filled);
  }
  return cells;
}

const std::vector<slo::CellSeries>& world(size_t size) {
  static std::vector<slo::CellSeries> all;
  while (all.size() < size) all.push_back(month(all.size()));
  return all;
}

void evaluate_round(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  const std::vector<slo::CellSeries>& all = world(size);
  const slo::Objective objective{
      .slo = "shop/availability", .target = {999'000}, .window = slo::rolling(days(30))};
  const auto pairs = slo::burn_pairs(days(30));
  int64_t critical = 0;
  Time now = kNow;
  for (auto _ : state) {
    for (size_t i = 0; i < size; ++i) {
      std::array<slo::Counts, kWindows.size()> sums;
      all[i].window_counts(now, kWindows, sums);
      // 14.4 in 5 min and 1 h; 6 in 30 min and 6 h.
      critical += slo::judge_burn(objective, pairs[0], sums[0], sums[2], {}).state ==
                  slo::BurnState::critical;
      critical += slo::judge_burn(objective, pairs[1], sums[1], sums[4], {}).state ==
                  slo::BurnState::critical;
      benchmark::DoNotOptimize(sums);
    }
    now = now - seconds(10);
    if (now < kNow - hours(1)) now = kNow;
  }
  benchmark::DoNotOptimize(critical);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  size_t bytes = 0;
  for (size_t i = 0; i < size; ++i) bytes += all[i].memory_bytes() + sizeof(slo::CellSeries);
  state.counters["bytes_per_slo"] = static_cast<double>(bytes) / static_cast<double>(size);
}
BENCHMARK(evaluate_round)
    ->ArgName("slos")
    ->Arg(100)
    ->Arg(1000)
    ->Arg(5000)
    ->Arg(20'000)
    ->Unit(benchmark::kMicrosecond);

/// One window of one SLO of many, as the window grows.
void count_window(benchmark::State& state) {
  constexpr size_t kSlos = 1000;
  const std::vector<slo::CellSeries>& all = world(kSlos);
  const Duration window = minutes(state.range(0));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(all[i].counts({kNow - window, kNow}));
    i = (i + 379) % kSlos;
  }
}
BENCHMARK(count_window)
    ->ArgName("minutes")
    ->Arg(5)
    ->Arg(60)
    ->Arg(360)
    ->Arg(1440)
    ->Arg(4320)
    ->Arg(43'200);

/// One new cell, and an old one.
void add_events(benchmark::State& state) {
  slo::CellSeries cells = month(1);
  Time time = kNow - minutes(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(cells.add(time, {10, 1}));
    if (state.range(0) == 0) time = time + seconds(1);
  }
}
BENCHMARK(add_events)->ArgName("minutes_late")->Arg(0)->Arg(60)->Arg(1440)->Arg(40'000);

}  // namespace
}  // namespace tollgate

BENCHMARK_MAIN();
