#include "domain/slo/budget.hpp"

#include "domain/slo/ratio.hpp"
#include "domain/stats/sampling.hpp"
#include "foundation/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tollgate::slo {
namespace {

constexpr int64_t kLeftLeast =
    -1'000'000'000'000;  // a million times overspent is as bad as it gets

/// What the method counts, and the exact bad share of it: bad_ppm / (total * 1'000'000).
struct Tally {
  int64_t good = 0;
  int64_t bad = 0;
  Wide bad_ppm = 0;
};

Tally tally_of(const Objective& objective, const model::Reading& reading) {
  if (objective.method == BudgetingMethod::occurrences) {
    return {reading.good, reading.bad, Wide{reading.bad} * kWhole};
  }
  if (!reading.slices) return {};
  const model::Slices& slices = *reading.slices;
  if (objective.method == BudgetingMethod::timeslices) {
    return {slices.good, slices.bad, Wide{slices.bad} * kWhole};
  }
  const int64_t total = slices.good + slices.bad;
  const Wide missing = Wide{total} * kWhole - slices.ratio_sum_ppm;
  const int64_t bad = saturate((missing + kWhole - 1) / kWhole);
  return {total - bad, bad, missing};
}

Ppm left_of(const Tally& tally, int64_t total, Ppm allowed) {
  if (tally.bad_ppm == 0) return {kWhole};
  if (allowed.value <= 0) return {kLeftLeast};
  const Wide spent =
      (tally.bad_ppm * kWhole + Wide{total} * allowed.value - 1) / (Wide{total} * allowed.value);
  return {std::max(kLeftLeast, saturate(kWhole - spent))};
}

bool is_exact(int64_t good, int64_t bad) { return std::min(good, bad) <= kExactBadMax; }

/// How many unsampled events the counts are worth, rounded down.
int64_t effective_of(const Objective& objective, const model::Reading& reading, int64_t total) {
  if (!reading.squares || objective.method != BudgetingMethod::occurrences) return total;
  const auto sums = [](int64_t weight, int64_t squares) {
    // Rounding must not make a sum of squares smaller than that of equal weights of 1.
    return stats::WeightSums{static_cast<double>(weight),
                             static_cast<double>(std::max(weight, squares))};
  };
  const double effective = stats::effective_total(sums(reading.good, reading.squares->good),
                                                  sums(reading.bad, reading.squares->bad));
  constexpr double kRounding = 1e-6;
  return std::clamp(static_cast<int64_t>(effective + kRounding), int64_t{0}, total);
}

/// The interval of the bad share.
stats::Interval bad_interval(const Budget& budget, Ppm confidence) {
  const stats::Share bad{.hits = budget.bad, .total = budget.total};
  if (budget.effective < budget.total) {
    const double share = static_cast<double>(budget.bad) / static_cast<double>(budget.total);
    return stats::wilson_weighted(share, static_cast<double>(budget.effective), confidence);
  }
  return is_exact(budget.good, budget.bad) ? stats::clopper_pearson(bad, confidence)
                                           : stats::wilson(bad, confidence);
}

/// Where the allowed share lies against the two-sided interval of the bad share. Exact bounds are
/// not computed: one tail probability says on which side of a bound a limit lies.
BudgetState state_of(const Budget& budget, Ppm allowed, Ppm confidence) {
  const stats::Share bad{.hits = budget.bad, .total = budget.total};
  const double limit = static_cast<double>(allowed.value) / kWhole;
  if (budget.effective < budget.total || !is_exact(budget.good, budget.bad)) {
    const stats::Interval share = bad_interval(budget, confidence);
    if (share.high < limit) return BudgetState::ok;
    return share.low > limit ? BudgetState::breach : BudgetState::inconclusive;
  }
  const Ppm one_sided{(kWhole + confidence.value) / 2};
  if (stats::is_surely_below(bad, limit, one_sided)) return BudgetState::ok;
  return stats::is_surely_above(bad, limit, one_sided) ? BudgetState::breach
                                                       : BudgetState::inconclusive;
}

}  // namespace

std::string_view budget_state_name(BudgetState state) {
  switch (state) {
    case BudgetState::ok:
      return "ok";
    case BudgetState::breach:
      return "breach";
    case BudgetState::inconclusive:
      return "inconclusive";
    case BudgetState::no_data:
      break;
  }
  return "no_data";
}

Budget spending(const Objective& objective, const model::Reading& reading) {
  Budget result;
  const Tally tally = tally_of(objective, reading);
  result.good = tally.good;
  result.bad = tally.bad;
  result.total = tally.good + tally.bad;
  if (result.total <= 0 || tally.bad < 0 || tally.good < 0) return result;
  result.effective = effective_of(objective, reading, result.total);
  const Ppm allowed = allowed_bad(objective);
  const Wide whole = Wide{result.total} * kWhole;
  result.sli = {saturate((whole - tally.bad_ppm) / result.total)};
  result.left = left_of(tally, result.total, allowed);
  result.bad_allowed = saturate(Wide{result.total} * allowed.value / kWhole);
  result.bad_left = result.bad_allowed - result.bad;
  result.state = BudgetState::inconclusive;
  return result;
}

Budget budget(const Objective& objective, const model::Reading& reading, Ppm confidence) {
  Budget result = spending(objective, reading);
  if (result.state == BudgetState::no_data ||
      std::min(reading.total, result.effective) < objective.events_min)
    return result;
  result.state = state_of(result, allowed_bad(objective), confidence);
  return result;
}

stats::Interval sli_interval(const Budget& budget, Ppm confidence) {
  const stats::Interval share = bad_interval(budget, confidence);
  return {1 - share.high, 1 - share.low};
}

stats::Interval burn_interval(const Objective& objective, const Counts& counts, Ppm confidence) {
  const stats::Interval good = sli_interval({.good = counts.good,
                                             .bad = counts.bad,
                                             .total = counts.total(),
                                             .effective = counts.total()},
                                            confidence);
  const double allowed = static_cast<double>(std::max<int64_t>(1, allowed_bad(objective).value)) /
                         static_cast<double>(kWhole);
  return {(1 - good.high) / allowed, (1 - good.low) / allowed};
}

Duration time_allowed(const Objective& objective, Duration period) {
  return {saturate(Wide{period.ms} * allowed_bad(objective).value / kWhole)};
}

Duration time_left(const Objective& objective, Duration period, Ppm left) {
  return {saturate(divide_down(Wide{time_allowed(objective, period).ms} * left.value, kWhole))};
}

Duration pace_window(const Objective& objective) {
  const Duration length = nominal_length(objective.window);
  if (length >= days(2)) return hours(1);
  return std::max(minutes(5), Duration{length.ms / 48});
}

std::string budget_words(const Objective& objective, const Budget& budget) {
  if (budget.state == BudgetState::no_data) return "no data";
  const bool is_events = objective.method == BudgetingMethod::occurrences;
  const std::string total = is_events ? count_text(budget.total, "event", "events")
                                      : count_text(budget.total, "slice", "slices");
  const std::string counts = fmt::format("{} bad of {} allowed among {}", number_text(budget.bad),
                                         number_text(budget.bad_allowed), total);
  if (budget.left.value < 0) {
    return fmt::format("budget overspent by {}: {}", percent_text(-budget.left.value), counts);
  }
  return fmt::format("{} of the budget left: {}", percent_text(budget.left.value), counts);
}

}  // namespace tollgate::slo
