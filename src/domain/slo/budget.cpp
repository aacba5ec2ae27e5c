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

/// Where the allowed share lies against the two-sided interval of the bad share. Exact bounds are
/// not computed: one tail probability says on which side of a bound a limit lies.
BudgetState state_of(const Budget& budget, Ppm allowed, Ppm confidence) {
  const stats::Share bad{.hits = budget.bad, .total = budget.total};
  const double limit = static_cast<double>(allowed.value) / kWhole;
  if (budget.effective < budget.total || std::min(budget.good, budget.bad) > stats::kExactHitsMax) {
    const stats::Interval share = bad_interval(budget.evidence(), confidence);
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
    case BudgetState::untrusted:
      return "untrusted";
    case BudgetState::no_data:
      break;
  }
  return "no_data";
}

Ppm left_of_events(const Objective& objective, const Counts& counts) {
  return left_of({counts.good, counts.bad, Wide{counts.bad} * kWhole}, counts.total(),
                 allowed_bad(objective));
}

Budget spending(const Objective& objective, const model::Reading& reading) {
  Budget result;
  const Tally tally = tally_of(objective, reading);
  result.good = tally.good;
  result.bad = tally.bad;
  result.total = tally.good + tally.bad;
  if (result.total <= 0 || tally.bad < 0 || tally.good < 0) return result;
  const Evidence evidence = evidence_of(objective, reading);
  result.effective = evidence.effective;
  result.effective_bad = evidence.effective_bad;
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
  if (reading.doubt) {
    result.state = BudgetState::untrusted;
    return result;
  }
  if (result.state == BudgetState::no_data) return result;
  const Ppm allowed = allowed_bad(objective);
  result.sufficiency =
      sufficiency(objective, result.evidence(), static_cast<double>(allowed.value) / kWhole);
  if (result.sufficiency != Sufficiency::enough) return result;
  result.state = state_of(result, allowed, confidence);
  return result;
}

stats::Interval sli_interval(const Budget& budget, Ppm confidence) {
  const stats::Interval share = bad_interval(budget.evidence(), confidence);
  return {1 - share.high, 1 - share.low};
}

stats::Interval burn_interval(const Objective& objective, const Evidence& evidence,
                              Ppm confidence) {
  const stats::Interval share = bad_interval(evidence, confidence);
  const double allowed = static_cast<double>(std::max<int64_t>(1, allowed_bad(objective).value)) /
                         static_cast<double>(kWhole);
  return {share.low / allowed, share.high / allowed};
}

stats::Interval left_interval(const Objective& objective, const Budget& budget, Ppm confidence) {
  const stats::Interval burn = burn_interval(objective, budget.evidence(), confidence);
  return {1 - burn.high, 1 - burn.low};
}

bool is_uncertain(const Objective& objective, const Budget& budget, Ppm needed, Ppm confidence) {
  if (budget.effective >= budget.total) return false;
  const stats::Interval left = left_interval(objective, budget, confidence);
  const double limit = static_cast<double>(needed.value) / kWhole;
  return left.low < limit && limit < left.high;
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

namespace {

/// What the counts may be worth less than they seem; empty if they are worth it all.
std::string evidence_words(const Budget& budget) {
  std::string text;
  if (budget.effective < budget.total)
    text = fmt::format("; an estimate, worth {}", count_text(budget.effective, "event", "events"));
  if (budget.sufficiency == Sufficiency::few_events)
    text += "; not enough events to judge by this SLO's own rule";
  if (budget.sufficiency == Sufficiency::wide_interval)
    text += "; the interval is too wide to judge by this SLO's own rule";
  return text;
}

}  // namespace

std::string budget_words(const Objective& objective, const Budget& budget) {
  if (budget.state == BudgetState::no_data) return "no data";
  const bool is_events = objective.method == BudgetingMethod::occurrences;
  const std::string total = is_events ? count_text(budget.total, "event", "events")
                                      : count_text(budget.total, "slice", "slices");
  const std::string counts = fmt::format("{} bad of {} allowed among {}", number_text(budget.bad),
                                         number_text(budget.bad_allowed), total);
  if (budget.left.value < 0) {
    return fmt::format("budget overspent by {}: {}{}", percent_text(-budget.left.value), counts,
                       evidence_words(budget));
  }
  return fmt::format("{} of the budget left: {}{}", percent_text(budget.left.value), counts,
                     evidence_words(budget));
}

}  // namespace tollgate::slo
