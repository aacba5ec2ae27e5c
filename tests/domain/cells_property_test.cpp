// Cells against a plain map of counts: any events in any order, corrections, huge counts, hours put
// and coarsened; and that a month of them stays small.
#include "domain/slo/cells.hpp"
#include "domain/slo/latency_cells.hpp"
#include "domain/slo/retention.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <map>
#include <random>

namespace tollgate::slo {
namespace {

const Time kStart = Time{0} + days(20'000);

struct Plain {
  std::map<int64_t, Counts> cells;  // by start, ms
  void add(Time time, const Counts& counts) { cells[time.ms / 10'000 * 10'000] += counts; }
  Counts before(Time time) const {
    Counts sum;
    for (const auto& [start, counts] : cells) {
      if (start < time.ms) sum += counts;
    }
    return sum;
  }
};

void join(CellSeries& cells, Time before, Duration step) {
  for (const HourCounts& each : cells.finer_hours(before, step)) cells.coarsen(each.hour, step);
}

RC_GTEST_PROP(CellsProperty, sums_equal_a_plain_map_whatever_came_when,
              (const std::vector<std::tuple<uint16_t, int16_t, uint8_t, uint8_t>>& events)) {
  CellSeries cells;
  Plain plain;
  for (const auto& [place, good, bad, kind] : events) {
    const Time time = kStart + seconds(place * 2);  // over 36 hours
    Counts counts{good, bad};
    if (kind % 16 == 0) counts.good = int64_t{1} << 33;  // more than fits into 32 bits
    RC_ASSERT(cells.add_part(time, counts));
    plain.add(time, counts);
  }
  for (const auto& [place, good, bad, kind] : events) {
    const Time time = kStart + seconds(place * 3 - 100);
    RC_ASSERT(cells.counts_before(time) == plain.before(time));
  }
  RC_ASSERT(cells.counts_before(kStart + days(9)) == cells.total());
  // The same through a store, hour by hour.
  CellSeries read;
  for (const int64_t hour : cells.hours()) read.put_hour(cells.hour_cells(hour));
  for (const auto& [place, good, bad, kind] : events) {
    const Time time = kStart + seconds(place * 2 + 10);
    RC_ASSERT(read.counts_before(time) == plain.before(time));
  }
}

RC_GTEST_PROP(CellsProperty, coarser_cells_keep_whole_steps_exact_and_take_late_events,
              (const std::vector<std::tuple<uint16_t, uint8_t>>& events, uint8_t steps)) {
  CellSeries cells;
  Plain plain;
  const Duration step = std::array{minutes(1), minutes(5), hours(1)}[steps % 3];
  const auto add = [&](uint16_t place, uint8_t good) {
    const Time time = kStart + seconds(place);
    RC_ASSERT(cells.add_part(time, {good, 1}));
    plain.add(time, {good, 1});
  };
  const size_t half = events.size() / 2;
  for (size_t i = 0; i < half; ++i) add(std::get<0>(events[i]), std::get<1>(events[i]));
  join(cells, kStart + hours(steps % 20), step);
  for (size_t i = half; i < events.size(); ++i) add(std::get<0>(events[i]), std::get<1>(events[i]));
  for (int64_t at = -1; at < 40; ++at) {
    const Time time = kStart + hours(at);
    RC_ASSERT(cells.counts_before(time) == plain.before(time));
  }
  for (int64_t at = 0; at < 120; ++at) {
    const Time time = kStart + step * at;
    RC_ASSERT(cells.counts_before(time) == plain.before(time));
  }
}

/// Dense hours change between all forms of their sums.
TEST(CellsProperty, dense_hours_are_exact_in_every_form) {
  std::mt19937 random(7);
  const auto less_than = [&](uint32_t end) { return static_cast<int64_t>(random() % end); };
  for (int round = 0; round < 60; ++round) {
    CellSeries cells;
    Plain plain;
    const std::array steps = {minutes(1), minutes(5), minutes(30), hours(1)};
    const bool has_wide = round % 3 == 1;
    const bool has_huge = round % 5 == 4;
    for (int64_t i = 0; i < 1500; ++i) {
      // Mostly in order, some late, some corrected.
      const Time time = kStart + seconds(i * 6 - (less_than(8) == 0 ? less_than(7200) : 0));
      Counts counts{less_than(40), less_than(3)};
      if (has_wide && less_than(50) == 0) counts.good += 70'000;
      if (has_huge && less_than(900) == 0) counts.bad += int64_t{1} << 33;
      if (less_than(300) == 0) counts.good -= 60;
      ASSERT_TRUE(cells.add_part(time, counts));
      plain.add(time, counts);
      if (i == 1000 && round % 2 == 0)
        join(cells, kStart + hours(1), steps[static_cast<size_t>(round / 2) % steps.size()]);
    }
    const Duration grid = round % 2 == 0 ? hours(1) : kCellLength;
    std::map<int64_t, Counts> sums;
    for (Time at = kStart - hours(3); at < kStart + hours(4); at = at + grid)
      sums[at.ms] = plain.before(at);
    CellSeries read;
    for (const int64_t hour : cells.hours()) read.put_hour(cells.hour_cells(hour));
    for (const auto& [at, sum] : sums) {
      ASSERT_EQ(cells.counts_before(Time{at}), sum) << "round " << round;
      ASSERT_EQ(read.counts_before(Time{at}), sum) << "round " << round;
    }
  }
}

TEST(Cells, a_month_takes_at_most_57_kilobytes_and_every_window_is_exact_on_its_grid) {
  CellSeries cells;
  Plain plain;
  const Retention retention;
  Time now = kStart;
  int64_t hour = 0;
  for (; now < kStart + days(31); now = now + seconds(10)) {
    const Counts counts{900 + now.ms / 10'000 % 100, now.ms / 10'000 % 7};
    ASSERT_TRUE(cells.add(now, counts));
    plain.add(now, counts);
    if (now.ms / hours(1).ms == hour) continue;
    hour = now.ms / hours(1).ms;
    (void)retain(cells, now, retention);
  }
  EXPECT_LE(cells.memory_bytes() + sizeof(cells), 57'000u);
  now = now - minutes(13);
  std::array<Counts, 8> sums;
  const std::array windows = {minutes(5), minutes(30), hours(1), hours(2),
                              hours(6),   days(1),     days(3),  days(30)};
  cells.window_counts(now, windows, sums);
  for (size_t i = 0; i < windows.size(); ++i) {
    const Duration grid = windows[i] <= hours(6)  ? seconds(10)
                          : windows[i] <= days(3) ? minutes(1)
                                                  : hours(1);
    const Time from = now - windows[i];
    const Time floor{from.ms / grid.ms * grid.ms};
    // Exact where a cell begins; where one is cut, within it.
    const Counts most = plain.before(now) - plain.before(floor);
    const Counts cut = plain.before(floor + grid) - plain.before(floor);
    EXPECT_EQ(cells.cut_by(from), from == floor ? Counts{} : cut);
    EXPECT_LE(sums[i].good, most.good) << duration_text(windows[i]);
    EXPECT_GE(sums[i].good, (most - cells.cut_by(from)).good) << duration_text(windows[i]);
    EXPECT_LE(sums[i].bad, most.bad);
    EXPECT_GE(sums[i].bad, (most - cells.cut_by(from)).bad);
    EXPECT_EQ(sums[i], cells.counts({from, now}));
  }
}

TEST(Cells, a_joined_cell_that_an_edge_cuts_gives_its_even_share) {
  CellSeries cells;
  for (int64_t minute = 0; minute < 60; ++minute)
    ASSERT_TRUE(cells.add(kStart + minutes(minute), {100, minute < 6 ? 10 : 0}));
  join(cells, kStart + hours(1), hours(1));
  EXPECT_EQ(cells.counts({kStart, kStart + minutes(15)}), (Counts{1500, 15}));
  EXPECT_EQ(cells.counts({kStart + minutes(15), kStart + hours(1)}), (Counts{4500, 45}));
  EXPECT_EQ(cells.cut_by(kStart + minutes(15)), (Counts{6000, 60}));
  EXPECT_EQ(cells.cut_by(kStart), Counts{});
  EXPECT_EQ(cells.cut_by(kStart + hours(1)), Counts{});
}

TEST(Cells, hours_that_burn_and_hours_with_an_edge_are_not_joined) {
  CellSeries cells;
  const Time end = kStart + days(5);
  const auto is_outage = [](int64_t minute) { return minute >= 60 && minute < 90; };
  for (int64_t minute = 0; minute < days(5).ms / minutes(1).ms; ++minute) {
    const bool is_bad = is_outage(minute);
    for (const int64_t second : {0, 30})
      ASSERT_TRUE(cells.add(kStart + minutes(minute) + seconds(second),
                            {is_bad ? 50 : 100, is_bad ? 50 : 0}));
  }
  const Retention retention = retention_of({.slo = "s/o", .target = {999'000}});
  const Time on_minute = kStart + hours(10) + minutes(15);
  const Time off_minute = kStart + hours(12) + seconds(10);
  std::vector<Span> asked;
  (void)retain(cells, end, retention, [&](const Span& span) {
    asked.push_back(span);
    return std::vector{on_minute, off_minute};
  });
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked.front(), (Span{kStart, end - days(3)}));
  const auto length = [&](int64_t hour) {
    return cells.hour_cells(kStart.ms / hours(1).ms + hour).length;
  };
  EXPECT_EQ(length(0), hours(1));
  EXPECT_EQ(length(1), minutes(1));   // burned
  EXPECT_EQ(length(10), minutes(1));  // an edge on the minute
  EXPECT_EQ(length(12), seconds(10));
  EXPECT_EQ(length(30), hours(1));
  EXPECT_EQ(length(3 * 24), minutes(1));  // younger than three days
  EXPECT_EQ(length(5 * 24 - 1), seconds(10));
  EXPECT_EQ(cells.counts({kStart + minutes(60), kStart + minutes(75)}), (Counts{1500, 1500}));
  // Of an SLO that always burns only the newest hours stay fine.
  CellSeries burning;
  for (int64_t minute = 0; minute < days(10).ms / minutes(1).ms; ++minute)
    ASSERT_TRUE(burning.add(kStart + minutes(minute), {1, 1}));
  (void)retain(burning, kStart + days(10), retention);
  EXPECT_EQ(burning.finer_hours(kStart + days(7), hours(1)).size(), Retention::kBurningHoursMax);
  EXPECT_EQ(burning.finer_hours(kStart + days(4), hours(1)).size(), 0u);
}

TEST(Cells, time_slices_stay_as_fine_as_the_objective_needs) {
  Objective objective{.slo = "s/o", .method = BudgetingMethod::timeslices, .slice = minutes(5)};
  EXPECT_EQ(retention_of(objective).coarse_step, minutes(5));
  objective.slice = seconds(30);
  EXPECT_EQ(retention_of(objective).coarse_step, seconds(30));
  EXPECT_EQ(retention_of(objective).middle_step, seconds(30));
  objective.slice = minutes(7);  // does not divide an hour
  EXPECT_EQ(retention_of(objective).coarse_step, minutes(1));
  objective.method = BudgetingMethod::occurrences;
  EXPECT_EQ(retention_of(objective).coarse_step, hours(1));
}

TEST(LatencyCells, are_joined_to_hours_forgotten_after_a_week_and_read_again) {
  LatencyCells cells;
  for (int64_t minute = 0; minute < 600; ++minute)
    ASSERT_TRUE(cells.add(kStart + minutes(minute), minute < 300 ? 0.1 : 0.4, 3));
  const Span day{kStart, kStart + days(1)};
  const auto whole = cells.merged(day);
  EXPECT_EQ(whole.count(), 1800);
  const size_t bytes = cells.memory_bytes();
  EXPECT_EQ(cells.retain(kStart + minutes(600)).size(), 8u);
  EXPECT_LT(cells.memory_bytes(), bytes / 3);
  EXPECT_EQ(cells.merged(day), whole);
  EXPECT_EQ(cells.merged({kStart + hours(8), kStart + hours(8) + minutes(5)}).count(), 15);
  LatencyCells read;
  for (int64_t hour = 0; hour < 10; ++hour) {
    const int64_t number = kStart.ms / hours(1).ms + hour;
    ASSERT_TRUE(read.put_hour(number, cells.hour_bytes(number)));
  }
  EXPECT_EQ(read.merged(day), whole);
  EXPECT_FALSE(read.put_hour(5, "\x70nonsense").has_value());
  EXPECT_EQ(cells.retain(kStart + days(8)).size(), 10u);
  EXPECT_TRUE(cells.is_empty());
  EXPECT_FALSE(cells.add(kStart, -1, 1));
  EXPECT_FALSE(cells.add(Time{-1}, 1, 1));
}

}  // namespace
}  // namespace tollgate::slo
