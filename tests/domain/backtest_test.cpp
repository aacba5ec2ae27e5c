// Alert rules over the past: what they would have found, when, and how often for nothing.
#include "domain/slo/backtest.hpp"

#include "domain/slo/alert_rules.hpp"
#include "domain/slo/tune.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tollgate::slo {
namespace {

constexpr Time kFrom{1'772'323'200'000};  // 2026-03-01T00:00Z
constexpr Duration kDay = days(1);

Objective objective() {
  return {.slo = "shop/sales", .target = {999'000}, .window = rolling(days(30))};
}

/// `per_minute` events a minute over `length`, of which `bad_ppm` fail inside `incidents`.
WeighedCells traffic(Duration length, int64_t per_minute, std::span<const Span> incidents,
                     int64_t bad_ppm) {
  CellSeries cells;
  int64_t owed = 0;
  for (Time at = kFrom; at < kFrom + length; at = at + minutes(1)) {
    const bool is_broken = std::any_of(incidents.begin(), incidents.end(), [at](const Span& span) {
      return span.from <= at && at < span.to;
    });
    owed += is_broken ? per_minute * bad_ppm : 0;
    const int64_t bad = owed / 1'000'000;
    owed -= bad * 1'000'000;
    EXPECT_TRUE(cells.add(at, {.good = per_minute - bad, .bad = bad}));
  }
  return cells;
}

TEST(Backtest, finds_incidents_and_counts_what_was_for_nothing) {
  const std::array<Span, 3> broken = {{{kFrom + hours(10), kFrom + hours(12)},
                                       {kFrom + hours(40), kFrom + hours(41)},
                                       {kFrom + hours(60), kFrom + hours(62)}}};
  const WeighedCells cells = traffic(kDay * 4, 100, broken, 200'000);
  const AlertRule rule = standard_rule(objective(), RuleSet::defaults, "page");
  // The last one is in nobody's list of incidents, and one that nobody could measure is.
  const std::array<Span, 3> labelled = {
      {broken[0], broken[1], {kFrom + hours(80), kFrom + hours(81)}}};
  const Backtest result = backtest(rule, cells, {kFrom, kFrom + kDay * 4}, labelled);
  ASSERT_EQ(result.alerts.size(), 3U);
  EXPECT_EQ(result.incidents, 3);
  EXPECT_EQ(result.detected, 2);
  EXPECT_EQ(result.false_alerts, 1);
  EXPECT_NEAR(*result.precision(), 2.0 / 3, 1e-9);
  EXPECT_NEAR(*result.recall(), 2.0 / 3, 1e-9);
  EXPECT_LE(*result.median_delay(), minutes(6));
  EXPECT_NEAR(result.per_week(), 3 * 7.0 / 4, 1e-9);
  EXPECT_GT(result.alerts[0].cleared, broken[0].to);
  EXPECT_LT(result.alerts[0].cleared, broken[0].to + hours(2));
}

/// The moments at which a rule is raised when every minute is looked at.
std::vector<Time> raised_by_the_minute(const AlertRule& rule, const WeighedCells& cells, Time end) {
  std::vector<Time> raised;
  AlertState state;
  for (Time now = kFrom; now <= end; now = now + minutes(1)) {
    std::vector<PairCounts> pairs;
    for (const BurnPair& pair : rule.pairs)
      pairs.push_back({cells.counts({now - pair.short_window, now}),
                       cells.counts({now - pair.long_window, now})});
    AlertInput input{.pairs = pairs, .newest = {}};
    if (now > kFrom) input.fresh = cells.counts({now - minutes(1), now});
    input.events_in_30_days = static_cast<double>(cells.counts({now - days(30), now}).total());
    AlertStep taken = step(rule, state, input, now);
    if (taken.change == AlertChange::raised) raised.push_back(now);
    state = std::move(taken.state);
  }
  return raised;
}

TEST(Backtest, leaps_over_quiet_time_and_finds_what_every_minute_would) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    std::mt19937_64 random(seed);
    WeighedCells cells;
    Time at = kFrom;
    while (at < kFrom + kDay * 5) {
      const bool is_burst = random() % 20 == 0;
      for (int i = 0; i < (is_burst ? 40 : 1); ++i) {
        const int64_t bad =
            is_burst || random() % 3 == 0 ? 1 + static_cast<int64_t>(random() % 4) : 0;
        ASSERT_TRUE(cells.add(at, {.good = static_cast<int64_t>(random() % 200), .bad = bad}));
        at = at + seconds(10 * static_cast<int64_t>(1 + random() % 20));
      }
      at = at + minutes(static_cast<int64_t>(random() % 900));
    }
    for (const RuleSet set : {RuleSet::defaults, RuleSet::ratio_only, RuleSet::cusum_only}) {
      const AlertRule rule = standard_rule(objective(), set, "page");
      const Backtest leaping = backtest(rule, cells, {kFrom, kFrom + kDay * 5}, {});
      std::vector<Time> raised;
      for (const BacktestAlert& alert : leaping.alerts) raised.push_back(alert.raised);
      EXPECT_EQ(raised, raised_by_the_minute(rule, cells, kFrom + kDay * 5)) << seed;
    }
  }
}

TEST(Backtest, silence_alerts_when_it_has_lasted_for_so_long) {
  AlertRule rule = standard_rule(objective(), RuleSet::defaults, "page");
  rule.no_data_after = minutes(10);
  const WeighedCells cells = traffic(hours(6), 100, {}, 0);
  const Span past{kFrom + hours(1), kFrom + hours(12)};
  const Backtest silent = backtest(rule, cells, past, {});
  ASSERT_EQ(silent.alerts.size(), 1U);
  EXPECT_EQ(silent.alerts[0].reason, AlertReason::no_data);
  EXPECT_EQ(silent.alerts[0].raised, kFrom + hours(6) + minutes(10));
  EXPECT_EQ(silent.alerts[0].cleared, past.to);
  const Backtest planned =
      backtest(rule, cells, past, {}, {.exclusions = {{kFrom + hours(5), kFrom + hours(8)}}});
  ASSERT_EQ(planned.alerts.size(), 1U);
  EXPECT_EQ(planned.alerts[0].raised, kFrom + hours(8) + minutes(11));
}

TEST(Backtest, a_quiet_past_has_no_alerts_and_no_precision) {
  const WeighedCells cells = traffic(kDay, 10, {}, 0);
  const Backtest result = backtest(standard_rule(objective(), RuleSet::defaults, "page"), cells,
                                   {kFrom, kFrom + kDay}, {});
  EXPECT_TRUE(result.alerts.empty());
  EXPECT_FALSE(result.precision());
  EXPECT_FALSE(result.recall());
  EXPECT_FALSE(result.median_delay());
}

TEST(Backtest, injected_failures_are_noticed_the_sooner_the_more_fail) {
  const WeighedCells cells = traffic(kDay * 3, 20, {}, 0);
  const AlertRule rule = standard_rule(objective(), RuleSet::defaults, "page");
  const auto slow = detection_time(rule, cells, kFrom + kDay, {50'000}, hours(12));
  const auto fast = detection_time(rule, cells, kFrom + kDay, {1'000'000}, hours(12));
  ASSERT_TRUE(slow);
  ASSERT_TRUE(fast);
  EXPECT_LT(*fast, *slow);
  EXPECT_LE(*fast, minutes(2));
  EXPECT_FALSE(detection_time(rule, cells, kFrom + kDay, {500}, hours(12)))
      << "half of what the objective allows";
}

TEST(Tune, marks_those_that_no_other_beats_and_puts_the_quietest_first) {
  // One request a minute, and single failures here and there: noise for rules without guards.
  const std::array<Span, 6> single = {{{kFrom + hours(3), kFrom + hours(3) + minutes(1)},
                                       {kFrom + hours(13), kFrom + hours(13) + minutes(1)},
                                       {kFrom + hours(23), kFrom + hours(23) + minutes(1)},
                                       {kFrom + hours(33), kFrom + hours(33) + minutes(1)},
                                       {kFrom + hours(43), kFrom + hours(43) + minutes(1)},
                                       {kFrom + hours(53), kFrom + hours(53) + minutes(1)}}};
  const WeighedCells cells = traffic(kDay * 3, 1, single, 1'000'000);
  const auto found = tune(objective(), cells, {kFrom, kFrom + kDay * 3}, {},
                          {.injected = {500'000}, .places = 2, .patience = hours(3)});
  ASSERT_GT(found.size(), 30U);
  EXPECT_EQ(found.front().noise.false_per_week(), 0);
  EXPECT_TRUE(found.front().is_efficient);
  const auto ratio_only = std::find_if(found.begin(), found.end(), [](const Candidate& each) {
    return each.set == RuleSet::ratio_only;
  });
  EXPECT_GE(ratio_only->noise.false_per_week(), 6) << "every single failure wakes somebody";
  for (const Candidate& a : found) {
    if (!a.is_efficient || !a.detection) continue;
    for (const Candidate& b : found) {
      if (!b.detection) continue;
      const bool is_beaten =
          b.noise.false_per_week() < a.noise.false_per_week() && b.detection->ms < a.detection->ms;
      EXPECT_FALSE(is_beaten) << b.name << " beats " << a.name;
    }
  }
}

}  // namespace
}  // namespace tollgate::slo
