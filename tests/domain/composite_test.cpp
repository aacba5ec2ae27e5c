// Composite SLOs by OpenSLO's wording, the budget as time, and how fast it goes.
#include "domain/slo/composite.hpp"

#include "domain/slo/budget.hpp"
#include "domain/slo/burn.hpp"
#include "domain/slo/resolve.hpp"

#include <gtest/gtest.h>

namespace tollgate::slo {
namespace {

Objective whole(BudgetingMethod method, std::vector<ObjectivePart> parts) {
  Objective objective{
      .slo = "shop/all", .method = method, .target = {990'000}, .window = rolling(days(30))};
  objective.parts = std::move(parts);
  if (method == BudgetingMethod::occurrences) objective.target = composite_target(objective.parts);
  return objective;
}

ObjectivePart part(int64_t target_ppm, int64_t weight_ppm = 1'000'000) {
  return {.slo = "shop/part", .indicator = {}, .target = {target_ppm}, .weight_ppm = weight_ppm};
}

model::Reading reading(int64_t good, int64_t bad) {
  model::Reading reading;
  reading.good = good;
  reading.bad = bad;
  reading.total = good + bad;
  reading.source = "cells";
  reading.watermark = Time{1'000'000};
  return reading;
}

model::Reading sliced(int64_t good, int64_t bad, int64_t no_data, int64_t ratio_sum_ppm) {
  model::Reading of_slices = reading(1000, 0);
  of_slices.slices = model::Slices{good, bad, no_data, ratio_sum_ppm};
  return of_slices;
}

BurnRate burn(const Objective& objective, const std::vector<model::Reading>& readings) {
  const model::Reading all = combine(objective, readings);
  return burn_rate(objective, {.good = all.good, .bad = all.bad});
}

TEST(Composite, of_occurrences_burns_at_the_weighted_sum_of_its_parts) {
  // 2x of 99.9 % and 4x of 99 % at half weight: 2 + 2.
  const Objective objective =
      whole(BudgetingMethod::occurrences, {part(999'000), part(990'000, 500'000)});
  EXPECT_EQ(objective.target.value, 994'500);
  const BurnRate rate = burn(objective, {reading(998'000, 2'000), reading(9'600'000, 400'000)});
  EXPECT_NEAR(static_cast<double>(rate.thousandths), 4000, 1);
  // One that burns exactly its budget, and one that burns nothing.
  EXPECT_NEAR(static_cast<double>(
                  burn(objective, {reading(999'000, 1'000), reading(1'000'000, 0)}).thousandths),
              1000, 1);
}

TEST(Composite, of_one_part_with_weight_one_is_that_part) {
  const Objective objective = whole(BudgetingMethod::occurrences, {part(999'000)});
  const model::Reading all = combine(objective, std::vector{reading(9'990, 10)});
  EXPECT_EQ(objective.target.value, 999'000);
  EXPECT_EQ(all.bad, 10);
  EXPECT_EQ(all.total, 10'000);
}

TEST(Composite, of_ratio_slices_is_one_minus_the_weighted_missing_shares) {
  // Means 99 % and 90 % with weights 0.7 and 0.3: 1 - 0.007 - 0.03.
  const Objective objective =
      whole(BudgetingMethod::ratio_timeslices, {part(990'000, 700'000), part(990'000, 300'000)});
  const model::Reading all =
      combine(objective, std::vector{sliced(100, 0, 0, 99'000'000), sliced(100, 0, 0, 90'000'000)});
  EXPECT_EQ(all.slices->ratio_sum_ppm, 96'300'000);
  EXPECT_EQ(spending(objective, all).sli.value, 963'000);
}

TEST(Composite, of_time_slices_is_bad_where_any_part_is) {
  const Objective objective =
      whole(BudgetingMethod::timeslices, {part(990'000, 10'000), part(990'000)});
  const auto slice = [&](const model::Reading& a, const model::Reading& b) {
    return *combine(objective, std::vector{a, b}).slices;
  };
  const model::Reading good = sliced(1, 0, 0, 1'000'000);
  const model::Reading bad = sliced(0, 1, 0, 0);
  const model::Reading none = sliced(0, 0, 1, 0);
  EXPECT_EQ(slice(bad, good).bad, 1) << "whatever its weight";
  EXPECT_EQ(slice(good, good).good, 1);
  EXPECT_EQ(slice(good, none).good, 1);
  EXPECT_EQ(slice(none, bad).bad, 1);
  EXPECT_EQ(slice(none, none).no_data, 1);
}

TEST(Composite, knows_no_more_than_its_worst_part) {
  const Objective objective = whole(BudgetingMethod::occurrences, {part(999'000), part(999'000)});
  model::Reading late = reading(100, 0);
  late.watermark = Time{500};
  late.completeness = {400'000};
  late.source = "prometheus:eu";
  const model::Reading all = combine(objective, std::vector{reading(100, 0), late});
  EXPECT_EQ(all.watermark.ms, 500);
  EXPECT_EQ(all.completeness.value, 400'000);
  EXPECT_EQ(all.source, "cells+prometheus:eu");
  late.error = "timed out";
  const model::Reading failed = combine(objective, std::vector{reading(100, 3), late});
  EXPECT_EQ(failed.error, "timed out");
  EXPECT_EQ(failed.total, 0);
}

TEST(Composite, is_resolved_with_the_cells_of_the_slos_that_count_its_parts) {
  const model::SourceText text{.file = "slo.yaml", .text = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells.}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: web}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {type: cells, spec: {query: good}}}
    total: {metricSource: {type: cells, spec: {query: total}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: web}
spec:
  service: shop
  indicatorRef: web
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Web, target: 0.999}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: all}
spec:
  service: shop
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives:
    - {displayName: Web, target: 0.999, indicatorRef: web, compositeWeight: 0.5}
    - displayName: Api
      target: 0.99
      indicator:
        metadata: {name: api}
        spec:
          ratioMetric:
            counter: true
            good: {metricSource: {type: cells, spec: {query: good}}}
            total: {metricSource: {type: cells, spec: {query: total}}}
)"};
  model::Loaded loaded = model::load(std::span(&text, 1));
  ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
  Problems problems;
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  ASSERT_TRUE(problems.empty()) << problems.front().text();
  const Resolved found = resolve(bundle, **bundle.find_slo("shop/all"), nullptr).value();
  ASSERT_EQ(found.objective.parts.size(), 2U);
  EXPECT_EQ(found.objective.parts[0].slo, "shop/web");
  EXPECT_EQ(found.objective.parts[0].weight_ppm, 500'000);
  EXPECT_EQ(found.objective.parts[1].slo, "shop/all") << "no SLO counts that SLI alone";
  EXPECT_EQ(found.objective.target.value, 994'500);
  const Resolved plain = resolve(bundle, **bundle.find_slo("shop/web"), nullptr).value();
  EXPECT_TRUE(plain.objective.parts.empty());
}

TEST(BurnInterval, holds_the_rate_and_narrows_with_traffic) {
  const Objective objective{.slo = "a/b", .target = {999'000}, .window = rolling(days(30))};
  const stats::Interval few = burn_interval(objective, Counts{.good = 998, .bad = 2});
  EXPECT_LT(few.low, 2);
  EXPECT_GT(few.high, 2);
  const stats::Interval many = burn_interval(objective, Counts{.good = 998'000, .bad = 2'000});
  EXPECT_NEAR(many.low, 1.91, 0.02);
  EXPECT_NEAR(many.high, 2.09, 0.02);
  EXPECT_LT(many.high - many.low, few.high - few.low);
}

TEST(BudgetTime, is_the_outage_that_a_window_can_bear) {
  const Objective objective{.slo = "a/b", .target = {999'000}, .window = rolling(days(30))};
  EXPECT_EQ(time_allowed(objective, days(30)).ms, 43 * 60'000 + 12'000) << "43 min 12 s";
  EXPECT_EQ(time_left(objective, days(30), {500'000}).ms, 21 * 60'000 + 36'000);
  EXPECT_EQ(time_left(objective, days(30), {-1'000'000}).ms, -(43 * 60'000 + 12'000));
  // OpenSLO's low-traffic example: a week at 99.95 % bears 5 min 2.4 s.
  const Objective week{.slo = "a/b", .target = {999'500}, .window = rolling(days(7))};
  EXPECT_EQ(time_allowed(week, days(7)).ms, 302'400);
  // A month of 31 days bears more than one of 28.
  EXPECT_EQ(time_allowed(objective, days(31)).ms, 44 * 60'000 + 38'400);
  EXPECT_EQ(pace_window(objective), hours(1));
  EXPECT_EQ(pace_window({.slo = "a/b", .target = {999'000}, .window = rolling(days(1))}),
            minutes(30));
  EXPECT_EQ(pace_window({.slo = "a/b", .target = {999'000}, .window = rolling(hours(1))}),
            minutes(5));
}

}  // namespace
}  // namespace tollgate::slo
