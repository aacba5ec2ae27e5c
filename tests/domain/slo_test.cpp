// Windows, cells, budgets and burn rates on small worlds whose answers are known.
#include "domain/slo/budget.hpp"
#include "domain/slo/burn.hpp"
#include "domain/slo/cells.hpp"
#include "domain/slo/objective.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace tollgate::slo {
namespace {

Time at(std::string_view text) { return parse_time(text).value(); }
std::string text(const Span& span) { return time_text(span.from) + " .. " + time_text(span.to); }

Objective objective(int64_t target_ppm, std::string_view window = "30d") {
  return {
      .slo = "shop/availability", .target = {target_ppm}, .window = parse_window(window).value()};
}

model::Reading events(int64_t good, int64_t bad) {
  model::Reading reading;
  reading.good = good;
  reading.bad = bad;
  reading.total = good + bad;
  return reading;
}

/// Berlin in 2026: clocks go forward on 29 March at 01:00Z and back on 25 October at 01:00Z.
calendar::Zone berlin() {
  return {.name = "Europe/Berlin",
          .transitions = {{at("2025-10-26T01:00:00Z"), hours(1)},
                          {at("2026-03-29T01:00:00Z"), hours(2)},
                          {at("2026-10-25T01:00:00Z"), hours(1)}}};
}

Window calendar_window(std::string_view length, std::string_view start) {
  Window window = parse_window(length).value();
  window.is_rolling = false;
  window.start = calendar::parse_local_time(start).value();
  window.zone = "Europe/Berlin";
  return window;
}

TEST(Zone, local_times_in_a_gap_and_in_an_overlap_have_one_answer) {
  const auto utc = [](std::string_view local) {
    return time_text(utc_time(berlin(), calendar::parse_local_time(local).value()));
  };
  EXPECT_EQ(utc("2026-01-15 12:00:00"), "2026-01-15T11:00:00.000Z");
  EXPECT_EQ(utc("2026-07-15 12:00:00"), "2026-07-15T10:00:00.000Z");
  EXPECT_EQ(utc("2026-03-29 02:30:00"), "2026-03-29T01:00:00.000Z");  // does not exist
  EXPECT_EQ(utc("2026-10-25 02:30:00"), "2026-10-25T00:30:00.000Z");  // the first of two
  EXPECT_FALSE(calendar::parse_local_time("2026-03-02T10:00:00Z").has_value());
}

TEST(Window, calendar_windows_have_real_lengths) {
  struct Row {
    std::string_view length, start, at, span;
  };
  const Row rows[] = {
      {"1M", "2026-01-01 00:00:00", "2026-02-10T00:00:00Z",
       "2026-01-31T23:00:00.000Z .. 2026-02-28T23:00:00.000Z"},
      {"1M", "2026-01-01 00:00:00", "2026-03-10T00:00:00Z",
       "2026-02-28T23:00:00.000Z .. 2026-03-31T22:00:00.000Z"},
      {"1M", "2026-01-31 00:00:00", "2026-03-01T00:00:00Z",
       "2026-02-27T23:00:00.000Z .. 2026-03-30T22:00:00.000Z"},
      {"1Q", "2026-01-01 00:00:00", "2026-05-10T00:00:00Z",
       "2026-03-31T22:00:00.000Z .. 2026-06-30T22:00:00.000Z"},
      {"1Y", "2020-01-01 00:00:00", "2026-05-10T00:00:00Z",
       "2025-12-31T23:00:00.000Z .. 2026-12-31T23:00:00.000Z"},
      {"1w", "2026-01-05 00:00:00", "2026-03-29T12:00:00Z",
       "2026-03-22T23:00:00.000Z .. 2026-03-29T22:00:00.000Z"},
      {"1M", "2026-06-01 00:00:00", "2026-01-10T00:00:00Z",
       "2025-12-31T23:00:00.000Z .. 2026-01-31T23:00:00.000Z"},
  };
  for (const Row& row : rows) {
    const Window window = calendar_window(row.length, row.start);
    EXPECT_EQ(text(span_at(window, berlin(), at(row.at))), row.span)
        << row.length << " at " << row.at;
    EXPECT_EQ(passed_at(window, berlin(), at(row.at)).to, at(row.at));
  }
}

TEST(Window, rolling_windows_end_now_and_take_nominal_months) {
  const Span span = span_at(parse_window("1M").value(), {}, at("2026-03-31T10:00:00Z"));
  EXPECT_EQ(text(span), "2026-03-01T10:00:00.000Z .. 2026-03-31T10:00:00.000Z");
  for (const std::string_view bad : {"", "d", "30days", "0d", "-1d", "30D", "1.5h", "99999999d"}) {
    EXPECT_FALSE(parse_window(bad).has_value()) << bad;
  }
}

TEST(Cells, counts_over_any_span_equal_a_plain_sum_also_after_late_and_corrected_events) {
  CellSeries cells;
  std::map<int64_t, Counts> plain;
  uint64_t random = 1;
  const auto next = [&random](uint64_t below) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return static_cast<int64_t>((random >> 33) % below);
  };
  const Time start = at("2026-03-01T00:00:00Z");
  for (int i = 0; i < 5000; ++i) {
    const Time time = start + seconds(next(200'000));
    const Counts counts{next(50), next(3)};
    ASSERT_TRUE(cells.add(time, counts));
    plain[time.ms / kCellLength.ms] += counts;
  }
  ASSERT_TRUE(cells.add(start + seconds(5), {7, 0}));
  ASSERT_TRUE(cells.add(start + seconds(5), {-7, 0}));
  EXPECT_FALSE(cells.add(start + days(100), {-1, 0}));
  EXPECT_FALSE(cells.add(Time{-1}, {1, 0}));
  for (int i = 0; i < 300; ++i) {
    const Span span{start + seconds(next(210'000)), start + seconds(next(210'000))};
    Counts expected;
    for (const auto& [cell, counts] : plain) {
      const Time cell_start{cell * kCellLength.ms};
      if (cell_start >= span.from && cell_start < span.to) expected += counts;
    }
    const Counts actual = cells.counts(span);
    EXPECT_EQ(actual, expected) << text(span) << " good " << actual.good << " instead of "
                                << expected.good;
  }
}

TEST(Cells, slices_are_good_bad_or_without_data) {
  CellSeries cells;
  const Time start = at("2026-03-01T00:00:00Z");
  ASSERT_TRUE(cells.add(start, {99, 1}));
  ASSERT_TRUE(cells.add(start + minutes(1), {9, 1}));
  ASSERT_TRUE(cells.add(start + minutes(3), {1, 0}));
  ASSERT_TRUE(cells.add(start + minutes(5), {0, 1}));  // outside
  const CellSeries* const all[] = {&cells};
  const model::Slices found = slices(all, {start, start + minutes(5)}, minutes(1), {990'000});
  EXPECT_EQ(found.good, 2);
  EXPECT_EQ(found.bad, 1);
  EXPECT_EQ(found.no_data, 2);
  EXPECT_EQ(found.ratio_sum_ppm, 990'000 + 900'000 + 1'000'000);
  EXPECT_EQ(completeness(all, {start, start + minutes(5)}, minutes(1)).value, 600'000);
}

TEST(Cells, coarser_cells_keep_their_sums) {
  CellSeries cells;
  const Time start = at("2026-03-01T00:00:00Z");
  for (int i = 0; i < 720; ++i) ASSERT_TRUE(cells.add(start + seconds(10 * i), {10, 1}));
  const Counts before = cells.counts({start, start + days(1)});
  const size_t bytes = cells.memory_bytes();
  cells.coarsen(start.ms / hours(1).ms, minutes(1));
  EXPECT_EQ(cells.cell_count(), 60u + 360u);
  EXPECT_EQ(cells.counts({start, start + days(1)}), before);
  EXPECT_EQ(cells.counts({start + minutes(10), start + minutes(20)}), (Counts{600, 60}));
  EXPECT_LT(cells.memory_bytes(), bytes);
  cells.forget(start + hours(1));
  EXPECT_EQ(cells.counts({start, start + days(1)}), (Counts{3600, 360}));
}

TEST(Budget, occurrences_tell_what_is_left) {
  struct Row {
    int64_t target, good, bad, left;
    BudgetState state;
  };
  const Row rows[] = {
      {999'000, 9'997, 3, 700'000, BudgetState::ok},
      {999'000, 1'000'000, 0, 1'000'000, BudgetState::ok},
      {999'000, 9'980, 20, -1'000'000, BudgetState::breach},
      {999'000, 99, 1, -9'000'000, BudgetState::inconclusive},
      {999'000, 10, 0, 1'000'000, BudgetState::inconclusive},
      {999'000, 0, 0, 0, BudgetState::no_data},
  };
  for (const Row& row : rows) {
    const Budget result = budget(objective(row.target), events(row.good, row.bad));
    EXPECT_EQ(result.left.value, row.left) << row.good << "/" << row.bad;
    EXPECT_EQ(budget_state_name(result.state), budget_state_name(row.state))
        << row.good << "/" << row.bad;
  }
  const Budget apache = budget(objective(999'000), events(9'997, 3));
  EXPECT_EQ(apache.sli.value, 999'700);
  EXPECT_EQ(budget_words(objective(999'000), apache),
            "70 % of the budget left: 3 bad of 10 allowed among 10,000 events");
}

TEST(Budget, the_interval_says_the_same_as_the_state) {
  for (const int64_t total : {50, 3000, 100'000, 10'000'000}) {
    for (const double ratio : {0.0, 0.0005, 0.0009, 0.001, 0.0011, 0.0015, 0.02}) {
      const auto bad = static_cast<int64_t>(static_cast<double>(total) * ratio);
      const Budget result = budget(objective(999'000), events(total - bad, bad));
      const stats::Interval interval = sli_interval(result);
      const BudgetState expected = interval.low > 0.999    ? BudgetState::ok
                                   : interval.high < 0.999 ? BudgetState::breach
                                                           : BudgetState::inconclusive;
      EXPECT_EQ(budget_state_name(result.state), budget_state_name(expected))
          << bad << " of " << total;
    }
  }
}

TEST(Budget, too_few_events_are_inconclusive_however_bad) {
  Objective strict = objective(999'000);
  strict.events_min = 100;
  EXPECT_EQ(budget(strict, events(0, 99)).state, BudgetState::inconclusive);
  EXPECT_EQ(budget(strict, events(0, 100)).state, BudgetState::breach);
}

// OpenSLO's example: 2 weeks, 24,000 requests a day (one slice a minute has 16.67), 99 % good in
// calm times, target 95 %, and an attack during which 1 % of the requests succeed. How long until
// the budget is empty?
TEST(Budget, opensloss_worked_example_of_time_slices_gives_1008_minutes) {
  Objective timeslices = objective(950'000, "2w");
  timeslices.method = BudgetingMethod::timeslices;
  timeslices.slice = minutes(1);
  timeslices.slice_target = {950'000};
  const int64_t slices = days(14).ms / minutes(1).ms;
  model::Reading reading;
  reading.slices = model::Slices{.good = slices - 1008, .bad = 1008};
  const Budget empty = budget(timeslices, reading);
  EXPECT_EQ(empty.left.value, 0);
  EXPECT_EQ(empty.bad_allowed, 1008);
  reading.slices = model::Slices{.good = slices - 1009, .bad = 1009};
  EXPECT_LT(budget(timeslices, reading).left.value, 0);
}

TEST(Budget, opensloss_worked_example_of_ratio_slices_gives_823_minutes) {
  Objective ratio = objective(950'000, "2w");
  ratio.method = BudgetingMethod::ratio_timeslices;
  ratio.slice = minutes(1);
  const int64_t slices = days(14).ms / minutes(1).ms;
  const auto left_after = [&](int64_t attacked) {
    model::Reading reading;
    reading.slices =
        model::Slices{.good = slices - attacked,
                      .bad = attacked,
                      .ratio_sum_ppm = (slices - attacked) * 990'000 + attacked * 10'000};
    return budget(ratio, reading).left.value;
  };
  EXPECT_GT(left_after(822), 0);
  EXPECT_LT(left_after(823), 0);
}

TEST(Budget, opensloss_worked_example_of_occurrences_gives_14298_attack_requests) {
  const Objective occurrences = objective(950'000, "2w");
  const double calm = 14 * 24'000;
  const auto left_after = [&](double attack) {
    const double bad = (calm - attack) * 0.01 + attack * 0.99;
    return budget(occurrences, events(std::llround(calm - bad), std::llround(bad))).left.value;
  };
  EXPECT_GT(left_after(13'600), 0);
  EXPECT_LT(left_after(13'800), 0);
}

TEST(Burn, pairs_scale_with_the_period_as_sloths_do) {
  const auto limits = [](Duration period) {
    std::vector<int64_t> result;
    for (const BurnPair& pair : burn_pairs(period)) result.push_back(pair.limit.thousandths);
    return result;
  };
  EXPECT_EQ(limits(days(30)), (std::vector<int64_t>{14'400, 6'000, 3'000, 1'000}));
  EXPECT_EQ(limits(days(28)), (std::vector<int64_t>{13'440, 5'600, 2'800, 933}));
  EXPECT_EQ(limits(days(7)), (std::vector<int64_t>{13'440, 3'500, 1'400, 980}));
  for (const BurnPair& pair : burn_pairs(days(30))) {
    EXPECT_EQ(pair.short_window * 12, pair.long_window);
  }
  EXPECT_FALSE(is_reachable(burn_pairs(days(30))[0], objective(930'000)));
  EXPECT_TRUE(is_reachable(burn_pairs(days(30))[0], objective(931'000)));
}

TEST(Burn, four_words_and_two_guards) {
  const BurnPair pair = burn_pairs(days(30))[0];  // 14.4 in 1 h and 5 min
  struct Row {
    Counts recent, hour;
    BurnState state;
  };
  const Row rows[] = {
      {{1000, 100}, {12'000, 1'000}, BurnState::critical},
      {{1000, 0}, {12'000, 1'000}, BurnState::recovering},
      {{1000, 100}, {12'000, 100}, BurnState::increasing},
      {{1000, 1}, {12'000, 10}, BurnState::acceptable},
      {{0, 0}, {0, 0}, BurnState::unknown},
      {{9, 1}, {59, 1}, BurnState::thin},    // one bad event proves nothing
      {{10, 2}, {150, 4}, BurnState::thin},  // enough bad ones, but 2.6 % of 154 may be chance
      {{10, 4}, {150, 9}, BurnState::critical},
  };
  for (const Row& row : rows) {
    const BurnFinding finding = judge_burn(objective(999'000), pair, row.recent, row.hour, {});
    EXPECT_EQ(burn_state_name(finding.state), burn_state_name(row.state)) << burn_words(finding);
  }
  const BurnFinding finding =
      judge_burn(objective(999'000), pair, Counts{1000, 100}, Counts{12'000, 1'000}, {});
  EXPECT_EQ(burn_words(finding),
            "Critical: 76.9x in 1 h and 90.9x in 5 min, limit 14.4x; 1,000 bad of 13,000");
}

TEST(Burn, the_most_urgent_pair_decides) {
  const Objective target = objective(999'000);
  CellSeries cells;
  const Time now = at("2026-03-10T12:00:00Z");
  for (int minute = 0; minute < 4 * 24 * 60; ++minute) {
    ASSERT_TRUE(cells.add(now - minutes(minute + 1), {1000, minute < 60 ? 30 : 0}));
  }
  const auto pairs = burn_pairs(days(30));
  const std::vector<BurnFinding> findings = burn_at(cells, target, now, pairs, {});
  ASSERT_EQ(findings.size(), 4u);
  const BurnAlert alert = worst_burn(findings);
  EXPECT_EQ(alert.state, BurnState::critical);
  EXPECT_EQ(alert.finding->pair.long_window, hours(1));
  EXPECT_EQ(worst_burn(burn_at(cells, target, now - hours(2), pairs, {})).state,
            BurnState::acceptable);
}

TEST(Budget, a_sample_is_as_sure_as_its_size_and_errors_that_were_all_kept_stay_exact) {
  const Objective target = objective(999'000);
  model::Reading reading;
  reading.good = 1'000'000;
  reading.bad = 500;
  reading.total = reading.good + reading.bad;
  EXPECT_EQ(budget(target, reading).effective, reading.total);
  // One success in 100 was kept, and every error.
  reading.squares = model::WeightSquares{.good = 100 * reading.good, .bad = reading.bad};
  const Budget strata = budget(target, reading);
  EXPECT_GT(strata.effective, 900'000);
  EXPECT_EQ(strata.state, BudgetState::ok);
  // One in 100 of both: five errors were seen.
  reading.squares->bad = 100 * reading.bad;
  const Budget pooled = budget(target, reading);
  EXPECT_NEAR(static_cast<double>(pooled.effective), 10'005, 5);
  EXPECT_EQ(pooled.state, BudgetState::inconclusive);
  const stats::Interval narrow = sli_interval(strata);
  const stats::Interval wide = sli_interval(pooled);
  EXPECT_LT(wide.low, narrow.low);
  EXPECT_GT(wide.high, narrow.high);
  EXPECT_EQ(strata.left, pooled.left);
}

TEST(Burn, a_budget_ends_sooner_the_faster_it_burns) {
  const Objective target = objective(999'000);
  EXPECT_EQ(until_empty(target, {500'000}, {10'000}), std::optional(hours(36)));
  EXPECT_EQ(until_empty(target, {500'000}, {1'000}), std::nullopt);
  EXPECT_EQ(until_empty(target, {-1}, {10'000}), std::nullopt);
}

}  // namespace
}  // namespace tollgate::slo
