// What sampled events are worth, in burn rates, guards, charts and alerts; and the SLO's own rule
// of how much evidence a judgement takes.
#include "domain/slo/evidence.hpp"

#include "domain/slo/alert_rules.hpp"
#include "domain/slo/alert_words.hpp"
#include "domain/slo/budget.hpp"
#include "domain/stats/sampling.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tollgate::slo {
namespace {

constexpr Time kNow{1'772'445'600'000};  // 2026-03-02T10:00Z
const BurnPair kPair{minutes(5), hours(1), {14'400}};

Objective objective(int64_t target_ppm = 999'000) {
  return {.slo = "pay/availability", .target = {target_ppm}, .window = rolling(days(30))};
}

/// Counts of which each good event was seen once in `good_weight`, and each bad one likewise.
Evidence sampled(int64_t good, int64_t bad, int64_t good_weight, int64_t bad_weight) {
  model::Reading reading;
  reading.good = good;
  reading.bad = bad;
  reading.total = good + bad;
  reading.squares = model::WeightSquares{.good = good * good_weight, .bad = bad * bad_weight};
  return evidence_of(objective(), reading);
}

TEST(Evidence, of_unsampled_counts_is_all_of_them) {
  const Evidence all = Counts{.good = 997, .bad = 3};
  EXPECT_EQ(all.effective, 1000);
  EXPECT_EQ(all.effective_bad, 3);
  EXPECT_FALSE(all.is_sampled());
  EXPECT_EQ(sampled(997, 3, 1, 1), all);
}

TEST(Evidence, of_one_in_a_hundred_is_a_hundredth_and_errors_that_were_all_kept_stay_exact) {
  const Evidence pooled = sampled(100'000, 300, 100, 100);
  EXPECT_EQ(pooled.effective, 1003);
  EXPECT_EQ(pooled.effective_bad, 3);
  const Evidence strata = sampled(100'000, 300, 100, 1);
  EXPECT_EQ(strata.effective_bad, 300);
  EXPECT_GT(strata.effective, 70'000);
  // Both say the same share; one of them says it much better.
  const stats::Interval rough = bad_interval(pooled);
  const stats::Interval fine = bad_interval(strata);
  EXPECT_LT(rough.low, fine.low);
  EXPECT_GT(rough.high, 2 * fine.high);
}

TEST(Evidence, of_few_sampled_bad_events_has_exact_bounds) {
  // One bad event of 1,003 that were seen, whatever it stands for.
  const stats::Interval weighted = stats::weighted_interval(1.0 / 1003, 1003, {950'000});
  const stats::Interval exact = stats::clopper_pearson({.hits = 1, .total = 1003}, {950'000});
  EXPECT_NEAR(weighted.low, exact.low, 1e-12);
  EXPECT_NEAR(weighted.high, exact.high, 1e-12);
  EXPECT_EQ(stats::weighted_interval(0, 500, {950'000}).low, 0);
  EXPECT_EQ(stats::weighted_interval(1, 500, {950'000}).high, 1);
}

TEST(Evidence, intervals_of_sampled_shares_cover_also_where_few_are_bad) {
  // 0.1 % bad, one in twenty kept: about five bad events are seen.
  std::mt19937_64 random(11);
  std::binomial_distribution<int64_t> bad(5'000, 0.001);
  int covered = 0;
  constexpr int kRuns = 4000;
  for (int run = 0; run < kRuns; ++run) {
    const int64_t seen_bad = bad(random);
    const Evidence evidence = sampled(20 * (5'000 - seen_bad), 20 * seen_bad, 20, 20);
    const stats::Interval interval = bad_interval(evidence);
    covered += interval.low <= 0.001 && 0.001 <= interval.high;
  }
  EXPECT_GE(covered, kRuns * 95 / 100);
}

TEST(SampledBurn, one_bad_event_that_stands_for_a_thousand_is_one) {
  const BurnGuards guards;
  // 1,000 bad of 50,000 is 20x: surely a burn if all were seen, one event if 1 in 1,000 was.
  const Evidence all = Counts{.good = 49'000, .bad = 1'000};
  EXPECT_EQ(judge_burn(objective(), kPair, all, all, guards).state, BurnState::critical);
  const Evidence one = sampled(49'000, 1'000, 1'000, 1'000);
  const BurnFinding finding = judge_burn(objective(), kPair, one, one, guards);
  EXPECT_EQ(finding.state, BurnState::thin);
  EXPECT_EQ(finding.long_rate, burn_rate(objective(), all.counts()));
  EXPECT_NE(burn_words(finding).find("an estimate, worth 50 events"), std::string::npos)
      << burn_words(finding);
  // All bad ones kept: as sure as without sampling.
  const Evidence strata = sampled(49'000, 1'000, 1'000, 1);
  EXPECT_EQ(judge_burn(objective(), kPair, strata, strata, guards).state, BurnState::critical);
}

TEST(SampledBurn, the_confidence_is_that_of_what_was_seen) {
  BurnGuards guards{.bad_events_min = 0};
  // 1.6 % against a limit of 1.44 %.
  const Evidence all = Counts{.good = 984'000, .bad = 16'000};
  EXPECT_TRUE(is_surely_bad(all, 0.0144, guards.confidence));
  const Evidence few = sampled(984'000, 16'000, 500, 500);
  EXPECT_FALSE(is_surely_bad(few, 0.0144, guards.confidence));
  EXPECT_EQ(judge_burn(objective(), kPair, few, few, guards).state, BurnState::thin);
  const Evidence many = sampled(984'000, 16'000, 2, 2);
  EXPECT_EQ(judge_burn(objective(), kPair, many, many, guards).state, BurnState::critical);
}

/// Pages in `hours` of traffic that meets its objective exactly, sampled one in `weight`, when the
/// rule takes the counts for what they are worth, or for what they stand for.
int64_t pages(bool is_honest, int64_t weight, uint64_t seed) {
  const AlertRule rule = standard_rule(objective(), RuleSet::defaults, "page");
  constexpr int64_t kPerMinute = 10;  // that are seen
  std::mt19937_64 random(seed);
  std::poisson_distribution<int64_t> good(static_cast<double>(kPerMinute));
  std::poisson_distribution<int64_t> bad(static_cast<double>(kPerMinute) * 0.001);
  std::vector<Counts> sums{Counts{}};
  AlertState state;
  int64_t raised = 0;
  for (int64_t minute = 0; minute < 5 * 24 * 60; ++minute) {
    Counts sum = sums.back();
    const Counts seen{.good = good(random) * weight, .bad = bad(random) * weight};
    sums.push_back(sum += seen);
    const auto window = [&](Duration length) {
      const int64_t from = std::max<int64_t>(0, minute + 1 - length.ms / minutes(1).ms);
      const Counts counts = sums.back() - sums[static_cast<size_t>(from)];
      return is_honest ? sampled(counts.good, counts.bad, weight, weight) : Evidence(counts);
    };
    std::vector<PairCounts> pairs;
    for (const BurnPair& pair : rule.pairs)
      pairs.push_back({window(pair.short_window), window(pair.long_window)});
    const Time now{(minute + 1) * minutes(1).ms};
    const AlertStep taken =
        step(rule, state,
             {.pairs = pairs,
              .fresh = seen,
              .fresh_worth = is_honest ? chart_worth(window(days(30))) : 1,
              .events_in_30_days = 43'200.0 * static_cast<double>(kPerMinute * weight),
              .newest = now},
             now);
    state = taken.state;
    raised += taken.change == AlertChange::raised;
  }
  return raised;
}

TEST(SampledAlert, weights_that_are_taken_for_evidence_page_for_nothing) {
  int64_t honest = 0;
  int64_t naive = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    honest += pages(true, 100, seed);
    naive += pages(false, 100, seed);
  }
  EXPECT_LE(honest, 1);
  EXPECT_GE(naive, 20);
}

TEST(SampledAlert, a_chart_takes_the_worth_of_bad_events) {
  EXPECT_DOUBLE_EQ(chart_worth(Counts{.good = 10, .bad = 1}), 1);
  EXPECT_DOUBLE_EQ(chart_worth(Evidence()), 1);
  EXPECT_DOUBLE_EQ(chart_worth(sampled(10'000, 100, 100, 1)), 1);
  EXPECT_DOUBLE_EQ(chart_worth(sampled(10'000, 100, 100, 100)), 0.01);
  EXPECT_DOUBLE_EQ(chart_worth(sampled(10'000, 0, 100, 100)), 0.01);
}

TEST(SampledAlert, the_record_says_how_sure_it_is) {
  AlertRule rule = standard_rule(objective(), RuleSet::defaults, "page");
  const Evidence bad = sampled(9'000, 1'000, 10, 10);
  const std::vector<PairCounts> pairs(rule.pairs.size(), PairCounts{bad, bad});
  const AlertStep taken = step(rule, {}, {.pairs = pairs, .newest = kNow}, kNow);
  ASSERT_EQ(taken.change, AlertChange::raised);
  const model::AlertRaised raised = raised_record(rule, taken, std::nullopt, kNow);
  EXPECT_EQ(raised.effective, std::optional<int64_t>(1'000));
  ASSERT_TRUE(raised.burn_low && raised.burn_high);
  EXPECT_LT(*raised.burn_low, 100'000);
  EXPECT_GT(*raised.burn_high, 100'000);
  EXPECT_NE(raised_words(raised).find("an estimate, worth 1,000 events; between 82"),
            std::string::npos)
      << raised_words(raised);
}

TEST(Sufficiency, fewer_events_than_the_slo_asks_for_carry_no_judgement) {
  Objective strict = objective();
  strict.events_min = 1'000;
  const Evidence few = Counts{.good = 500, .bad = 400};
  EXPECT_EQ(sufficiency(strict, few, 0.001), Sufficiency::few_events);
  // Sampled events by what they are worth.
  EXPECT_EQ(sufficiency(strict, sampled(50'000, 40'000, 100, 100), 0.001), Sufficiency::few_events);
  EXPECT_EQ(sufficiency(strict, Counts{.good = 999, .bad = 1}, 0.001), Sufficiency::enough);
  EXPECT_EQ(sufficiency(objective(), few, 0.001), Sufficiency::enough);
}

TEST(Sufficiency, an_interval_may_be_as_wide_as_a_part_of_what_it_is_compared_with) {
  Objective strict = objective();
  strict.interval_max = {500'000};
  // 10 bad of 10,000: 0.05 % to 0.18 %, more than half of the 0.1 % that are allowed.
  EXPECT_EQ(sufficiency(strict, Counts{.good = 9'990, .bad = 10}, 0.001),
            Sufficiency::wide_interval);
  EXPECT_EQ(sufficiency(strict, Counts{.good = 999'000, .bad = 1'000}, 0.001), Sufficiency::enough);
  // An outage is clear although its interval is wide beside the limit.
  EXPECT_EQ(sufficiency(strict, Counts{.good = 0, .bad = 100}, 0.0144), Sufficiency::enough);
}

TEST(Sufficiency, neither_passes_nor_breaches_a_budget) {
  Objective strict = objective();
  strict.events_min = 1'000;
  model::Reading reading;
  reading.bad = reading.total = 900;
  EXPECT_EQ(budget(objective(), reading).state, BudgetState::breach);
  const Budget left = budget(strict, reading);
  EXPECT_EQ(left.state, BudgetState::inconclusive);
  EXPECT_NE(budget_words(strict, left).find("not enough events"), std::string::npos);
  reading.bad = 0;
  reading.good = 900;
  EXPECT_EQ(budget(strict, reading).state, BudgetState::inconclusive);
}

TEST(Sufficiency, neither_raises_nor_clears_an_alert) {
  AlertRule rule = standard_rule(objective(), RuleSet::defaults, "page");
  rule.objective.events_min = 1'000;
  const auto input = [&](std::vector<PairCounts>& pairs, Counts counts) {
    pairs.assign(rule.pairs.size(), PairCounts{counts, counts});
    return AlertInput{.pairs = pairs, .fresh = counts, .events_in_30_days = 1e6, .newest = kNow};
  };
  std::vector<PairCounts> pairs;
  const AlertStep few = step(rule, {}, input(pairs, {.good = 0, .bad = 900}), kNow);
  EXPECT_EQ(few.change, AlertChange::none);
  EXPECT_EQ(few.worst.state, BurnState::thin);
  const AlertStep on = step(rule, {}, input(pairs, {.good = 0, .bad = 1'000}), kNow);
  ASSERT_EQ(on.change, AlertChange::raised);
  AlertState state = on.state;
  for (int64_t minute = 1; minute <= 30; ++minute) {
    const AlertStep quiet =
        step(rule, state, input(pairs, {.good = 900, .bad = 0}), kNow + minutes(minute));
    EXPECT_EQ(quiet.change, AlertChange::none);
    state = quiet.state;
  }
  AlertChange last = AlertChange::none;
  for (int64_t minute = 31; minute <= 40 && last == AlertChange::none; ++minute) {
    const AlertStep calm =
        step(rule, state, input(pairs, {.good = 1'000, .bad = 0}), kNow + minutes(minute));
    last = calm.change;
    state = calm.state;
  }
  EXPECT_EQ(last, AlertChange::cleared);
}

TEST(Uncertain, is_only_what_a_sample_leaves_open) {
  model::Reading reading;
  reading.good = 99'900;
  reading.bad = 100;
  reading.total = 100'000;
  EXPECT_FALSE(is_uncertain(objective(), budget(objective(), reading), {100'000}));
  reading.squares = model::WeightSquares{.good = 9'990'000, .bad = 10'000};
  const Budget rough = budget(objective(), reading);
  EXPECT_TRUE(is_uncertain(objective(), rough, {100'000}));
  const stats::Interval left = left_interval(objective(), rough);
  EXPECT_LT(left.low, 0);
  EXPECT_GT(left.high, 0.9);
}

}  // namespace
}  // namespace tollgate::slo
