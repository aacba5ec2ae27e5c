// A thousand recurring calendar entries over two years, and queues with ten thousand waiting.
#include "domain/queue/board.hpp"
#include "domain/schedule/timeline.hpp"
#include "edge/zones/zones.hpp"

#include <benchmark/benchmark.h>

namespace tollgate {
namespace {

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z
constexpr Duration kTwoYears = days(731);

/// Entries of all kinds of rules in several zones.
std::vector<schedule::ScheduledEntry> thousand_entries() {
  constexpr std::array<const char*, 5> kRules = {
      "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=DAILY",
      "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=20,21,22", "FREQ=MONTHLY;BYMONTHDAY=1,15"};
  constexpr std::array<const char*, 4> kZones = {"Europe/Berlin", "America/New_York",
                                                 "Asia/Kolkata", "UTC"};
  std::vector<schedule::ScheduledEntry> entries;
  for (size_t i = 0; i < 1000; ++i) {
    schedule::ScheduledEntry entry;
    entry.name = fmt::format("c/{}", i);
    entry.type = i % 3 == 0 ? model::EntryType::window : model::EntryType::freeze;
    entry.pattern =
        model::pattern_of({.name = "e",
                           .start = fmt::format("2020-01-0{}T{:02}:00", 1 + i % 9, i % 24),
                           .duration = hours(1 + static_cast<int64_t>(i % 8)),
                           .rule = kRules[i % kRules.size()]})
            .value();
    entry.zone = kZones[i % kZones.size()];
    entries.push_back(std::move(entry));
  }
  return entries;
}

schedule::FindZone find_zone() {
  static zones::SystemZones zones;
  return [](const std::string& name) { return zones.zone(name); };
}

/// Building the timeline of 1,000 entries over two years: the first question of a day.
void first_answer_of_1000_rules_over_two_years(benchmark::State& state) {
  const auto entries = thousand_entries();
  int64_t spans = 0;
  for (auto _ : state) {
    const auto line = schedule::Timeline::build(entries, find_zone(), kStart, kStart + kTwoYears);
    spans = static_cast<int64_t>(line->spans().size());
    benchmark::DoNotOptimize(line->read(kStart + days(400)));
  }
  state.counters["occurrences"] = static_cast<double>(spans);
}
BENCHMARK(first_answer_of_1000_rules_over_two_years)->Unit(benchmark::kMillisecond);

/// Every later question.
void next_answer_of_1000_rules_over_two_years(benchmark::State& state) {
  const auto line =
      schedule::Timeline::build(thousand_entries(), find_zone(), kStart, kStart + kTwoYears)
          .value();
  int64_t minute = 0;
  for (auto _ : state) {
    minute = (minute + 7919) % (700 * 1440);
    benchmark::DoNotOptimize(line.read(kStart + minutes(minute)));
  }
}
BENCHMARK(next_answer_of_1000_rules_over_two_years)->Unit(benchmark::kMicrosecond);

/// One release leaves, the next gets its lease, and another joins, with 10,000 waiting.
void turn_with_10000_waiting(benchmark::State& state) {
  model::Queue queue;
  queue.name = "production";
  queue.mode = static_cast<model::QueueMode>(state.range(0));
  queue::Board board;
  int64_t position = 0;
  const auto record = [&](model::EventData data) {
    board.take({.position = position++, .time = kStart, .data = std::move(data)});
    while (auto due = board.due(queue, kStart, position)) {
      board.take({.position = position++, .time = kStart, .data = std::move(*due)});
    }
  };
  const auto join = [&](int64_t number) {
    record(model::QueueJoined{.queue = "production",
                              .service = fmt::format("service-{}", number % 100),
                              .environment = "production",
                              .version = fmt::format("1.{}", number),
                              .priority = number % 7});
  };
  int64_t number = 0;
  while (number < 10'001) join(number++);
  for (auto _ : state) {
    record(model::QueueLeft{.ticket = board.line("production")->leases.begin()->second.ticket.id});
    join(number++);
  }
  state.SetItemsProcessed(state.iterations() * 3);
}
BENCHMARK(turn_with_10000_waiting)
    ->Arg(static_cast<int>(model::QueueMode::oldest_first))
    ->Arg(static_cast<int>(model::QueueMode::newest_ready_first))
    ->Arg(static_cast<int>(model::QueueMode::priority))
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tollgate

BENCHMARK_MAIN();
