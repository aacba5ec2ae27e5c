// How much of the error budget is left, how sure that is, and when it will be empty. Integers
// throughout, so that verdicts hash and replay; the interval alone is in doubles, the same bits on
// every machine (domain/stats). Sources: Google SRE Workbook ch. 2 and 5; OpenSLO specification,
// "budgeting methods".
#pragma once

#include "domain/model/reading.hpp"
#include "domain/slo/evidence.hpp"

#include <string>
#include <string_view>

namespace tollgate::slo {

/// What the counts say about the objective. `no_data`: nothing was measured; `inconclusive`: too
/// little evidence by the SLO's own rule, or the interval holds the target; `untrusted`: the
/// reading is doubted.
enum class BudgetState { ok, breach, inconclusive, no_data, untrusted };
/// "ok", "breach", "inconclusive", "no_data", "untrusted".
std::string_view budget_state_name(BudgetState state);

struct Budget {
  int64_t good = 0;  // events, or slices of a time-slice SLO
  int64_t bad = 0;
  int64_t total = 0;              // good + bad; the denominator of the method
  int64_t effective = 0;          // unsampled events that would say as much; total without sampling
  int64_t effective_bad = 0;      // the same of the bad ones
  Ppm sli = {};                   // rounded down
  stats::Interval interval = {};  // of the true SLI
  Ppm left = {};                  // of the budget: 1'000'000 untouched, 0 spent, negative overspent
  int64_t bad_allowed = 0;        // how many may be bad in all, given `total`
  int64_t bad_left = 0;           // allowed minus bad; negative if overspent
  Sufficiency sufficiency = Sufficiency::enough;
  BudgetState state = BudgetState::no_data;
  Evidence evidence() const { return {good, bad, effective, effective_bad}; }
};

/// The part of the budget that events leave; at least one of them, and none of the counts below 0.
Ppm left_of_events(const Objective& objective, const Counts& counts);
/// What the counts say without a judgement: `state` is no_data or inconclusive. A few nanoseconds.
Budget spending(const Objective& objective, const model::Reading& reading);
/// The budget of `objective` as `reading` shows it. Time-slice methods need reading.slices
/// (without: no_data). RatioTimeslices: bad is the missing share summed over slices, rounded up to
/// whole slices; the interval treats each slice as one observation.
Budget budget(const Objective& objective, const model::Reading& reading,
              Ppm confidence = kBudgetConfidence);

/// Two-sided interval of the true SLI, [0, 1] without data; see bad_interval. Breach and ok are
/// said by the same rule.
stats::Interval sli_interval(const Budget& budget, Ppm confidence = kBudgetConfidence);
/// The same for the burn rate that `evidence` comes to: 1 is the pace that just uses the budget up.
stats::Interval burn_interval(const Objective& objective, const Evidence& evidence,
                              Ppm confidence = kBudgetConfidence);
/// The same for the share of the budget that is left, 1 untouched, below 0 overspent.
stats::Interval left_interval(const Objective& objective, const Budget& budget,
                              Ppm confidence = kBudgetConfidence);
/// Whether the budget left may be on either side of `needed` because events were sampled: the
/// counts are estimates, and the interval of what is left holds it. Never if all events were
/// counted.
bool is_uncertain(const Objective& objective, const Budget& budget, Ppm needed,
                  Ppm confidence = kBudgetConfidence);

/// The budget as time: how long everything may fail in `period`.
Duration time_allowed(const Objective& objective, Duration period);
/// What `left` of it is; negative if overspent.
Duration time_left(const Objective& objective, Duration period, Ppm left);
/// How far back one looks to say how fast a budget goes at the moment: an hour for windows of two
/// days and longer, else a 48th of the window, at least five minutes.
Duration pace_window(const Objective& objective);

/// "70 % of the budget left: 3 bad of 10 allowed among 10,000 events"; if the SLO's own rule asks
/// for more evidence, or events were sampled, that too.
std::string budget_words(const Objective& objective, const Budget& budget);

}  // namespace tollgate::slo
