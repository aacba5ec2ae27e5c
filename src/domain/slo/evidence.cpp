#include "domain/slo/evidence.hpp"

#include "domain/slo/ratio.hpp"
#include "domain/stats/sampling.hpp"

#include <algorithm>

namespace tollgate::slo {
namespace {

constexpr double kRounding = 1e-6;

int64_t worth(double effective, int64_t most) {
  return std::clamp(static_cast<int64_t>(effective + kRounding), int64_t{0}, most);
}

double share_of_bad(const Evidence& evidence) {
  return static_cast<double>(evidence.bad) / static_cast<double>(evidence.total());
}

}  // namespace

Evidence weigh(const Counts& counts, const model::WeightSquares& squares) {
  if (counts.good < 0 || counts.bad < 0) return counts;
  const auto sums = [](int64_t weight, int64_t squared) {
    // Rounding must not make a sum of squares smaller than that of equal weights of 1.
    return stats::WeightSums{static_cast<double>(weight),
                             static_cast<double>(std::max(weight, squared))};
  };
  const stats::WeightSums good = sums(counts.good, squares.good);
  const stats::WeightSums bad = sums(counts.bad, squares.bad);
  return {counts.good, counts.bad, worth(stats::effective_total(good, bad), counts.total()),
          worth(stats::effective_size(bad), counts.bad)};
}

Evidence evidence_of(const Objective& objective, const model::Reading& reading) {
  if (objective.method != BudgetingMethod::occurrences) {
    if (!reading.slices) return {};
    const model::Slices& slices = *reading.slices;
    if (objective.method == BudgetingMethod::timeslices)
      return Counts{.good = slices.good, .bad = slices.bad};
    const int64_t total = slices.good + slices.bad;
    const Wide missing = Wide{total} * kWhole - slices.ratio_sum_ppm;
    const int64_t bad = saturate((missing + kWhole - 1) / kWhole);
    return Counts{.good = total - bad, .bad = bad};
  }
  const Counts counts{.good = reading.good, .bad = reading.bad};
  return reading.squares ? weigh(counts, *reading.squares) : Evidence(counts);
}

stats::Interval bad_interval(const Evidence& evidence, Ppm confidence) {
  if (evidence.total() <= 0) return {0, 1};
  if (evidence.effective < evidence.total()) {
    return stats::weighted_interval(share_of_bad(evidence), static_cast<double>(evidence.effective),
                                    confidence);
  }
  const stats::Share bad{.hits = evidence.bad, .total = evidence.total()};
  return std::min(evidence.bad, evidence.good) <= stats::kExactHitsMax
             ? stats::clopper_pearson(bad, confidence)
             : stats::wilson(bad, confidence);
}

bool is_surely_bad(const Evidence& evidence, double limit, Ppm confidence) {
  if (evidence.total() <= 0) return false;
  if (evidence.effective >= evidence.total()) {
    return stats::is_surely_above({.hits = evidence.bad, .total = evidence.total()}, limit,
                                  confidence);
  }
  const double share = share_of_bad(evidence);
  if (!(share > limit)) return false;
  // One side of a two-sided interval leaves out half of what the whole does.
  const Ppm two_sided{std::max<int64_t>(kWhole / 2, 2 * confidence.value - kWhole)};
  return stats::weighted_interval(share, static_cast<double>(evidence.effective), two_sided).low >
         limit;
}

std::string_view sufficiency_name(Sufficiency sufficiency) {
  switch (sufficiency) {
    case Sufficiency::few_events:
      return "thin";
    case Sufficiency::wide_interval:
      return "wide";
    case Sufficiency::enough:
      break;
  }
  return "enough";
}

Sufficiency sufficiency(const Objective& objective, const Evidence& evidence, double limit) {
  if (evidence.effective < objective.events_min) return Sufficiency::few_events;
  if (objective.interval_max.value <= 0 || evidence.total() <= 0) return Sufficiency::enough;
  const stats::Interval sure = bad_interval(evidence);
  const double measure = std::max(limit, share_of_bad(evidence));
  const double widest = measure * static_cast<double>(objective.interval_max.value) / kWhole;
  return sure.high - sure.low > widest ? Sufficiency::wide_interval : Sufficiency::enough;
}

}  // namespace tollgate::slo
