#include "domain/traces/compare.hpp"

#include "domain/stats/distribution.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tollgate::traces {
namespace {

constexpr std::array<Ppm, 4> kShares = {Ppm{500'000}, Ppm{900'000}, Ppm{950'000}, Ppm{990'000}};
constexpr double kMillion = 1e6;
constexpr double kLessWork = 0.8;     // of the spans of a visit
constexpr double kCommonCalls = 0.1;  // an operation that every tenth visit calls is missed
constexpr double kLostCalls = 0.1;    // of its calls: fewer are as good as none

/// The largest l with P(X <= l - 1) <= tail, X binomial(n, p): the l-th smallest value is a lower
/// bound of the quantile p.
int64_t lower_rank(int64_t n, double p, double tail) {
  int64_t low = 0;
  int64_t high = n;
  while (low < high) {
    const int64_t middle = low + (high - low + 1) / 2;
    if (stats::binomial_cdf(middle - 1, n, p) <= tail) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/// The smallest u with P(X >= u) <= tail; n + 1 if there is none.
int64_t upper_rank(int64_t n, double p, double tail) {
  int64_t low = 0;
  int64_t high = n + 1;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (stats::binomial_survival(middle, n, p) <= tail) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

Side side_of(const VisitCell& cell) {
  Side side;
  side.visits = cell.visits.all.weight;
  side.effective = stats::effective_size(cell.visits.all);
  if (side.visits <= 0) return side;
  side.errors = cell.visits.errors.weight / side.visits;
  side.mean_us = cell.duration_us.sum / side.visits;
  side.spans = cell.spans.sum / side.visits;
  return side;
}

/// The variance of the mean of a value over the visits.
double variance_of_mean(const Moments& moments, const Side& side) {
  if (side.effective < 2) return std::numeric_limits<double>::infinity();
  const double mean = moments.sum / side.visits;
  const double spread = std::max(moments.squares / side.visits - mean * mean, 0.0);
  return spread / (side.effective - 1);
}

QuantileChange quantile_change(const VisitCell& before, const VisitCell& after, Ppm share,
                               Ppm confidence, double similar) {
  QuantileChange change{.share = share,
                        .before_us = quantile_of(before.visits, share, confidence),
                        .after_us = quantile_of(after.visits, share, confidence)};
  const Estimate& a = change.before_us;
  const Estimate& b = change.after_us;
  if (a.is_bounded && a.upper > 0) change.ratio_lower = b.lower / a.upper;
  if (b.is_bounded && a.lower > 0) change.ratio_upper = b.upper / a.lower;
  if (a.is_bounded && b.lower > a.upper) {
    change.change = Change::slower;
  } else if (b.is_bounded && b.upper < a.lower) {
    change.change = Change::faster;
  } else if (change.ratio_upper > 0 && change.ratio_upper <= similar &&
             change.ratio_lower >= 1 / similar) {
    change.change = Change::similar;
  }
  return change;
}

Change overall(const std::vector<QuantileChange>& quantiles) {
  const auto count = [&](Change kind) {
    return std::count_if(quantiles.begin(), quantiles.end(),
                         [&](const QuantileChange& each) { return each.change == kind; });
  };
  if (count(Change::slower) > 0) return count(Change::faster) > 0 ? Change::mixed : Change::slower;
  if (count(Change::faster) > 0) return Change::faster;
  const bool is_similar = count(Change::similar) == static_cast<std::ptrdiff_t>(quantiles.size());
  return is_similar ? Change::similar : Change::inconclusive;
}

stats::Interval error_interval(const VisitCell& cell, const Side& side, Ppm confidence) {
  stats::WeightSums good = cell.visits.all;
  good.weight -= cell.visits.errors.weight;
  good.squares -= cell.visits.errors.squares;
  const double share = std::clamp(side.errors, 0.0, 1.0);
  return stats::wilson_weighted(share, stats::effective_total(good, cell.visits.errors),
                                confidence);
}

class Comparer {
 public:
  Comparer(const VisitCell& before, const VisitCell& after, const Names& names,
           const CompareOptions& options)
      : before_(before), after_(after), names_(names), options_(options) {}

  Comparison run() {
    Comparison result;
    result.before = side_of(before_);
    result.after = side_of(after_);
    const int64_t error = 1'000'000 - options_.confidence.value;
    const Ppm each{1'000'000 - error / static_cast<int64_t>(2 * kShares.size())};
    for (const Ppm share : kShares) {
      result.quantiles.push_back(
          quantile_change(before_, after_, share, each, options_.similar_ratio));
    }
    result.latency = result.change = overall(result.quantiles);
    if (result.before.visits <= 0 || result.after.visits <= 0) return result;
    add_operations(result);
    add_doubts(result);
    const bool is_praise = result.latency == Change::faster || result.latency == Change::similar;
    if (is_praise && !result.doubts.empty()) result.change = Change::inconclusive;
    if (result.operations.size() > options_.operations_max)
      result.operations.resize(options_.operations_max);
    return result;
  }

 private:
  double z() const {
    const double tail = (kMillion - static_cast<double>(options_.confidence.value)) / kMillion / 2;
    return stats::normal_quantile(1 - tail);
  }

  void add_operations(Comparison& result) const {
    std::map<uint32_t, bool> all;
    for (const VisitCell* cell : {&before_, &after_}) {
      for (const auto& [operation, part] : cell->parts) all[operation] = true;
    }
    for (const auto& [operation, is_there] : all)
      result.operations.push_back(operation_change(operation, result));
    std::stable_sort(result.operations.begin(), result.operations.end(),
                     [](const OperationChange& a, const OperationChange& b) {
                       return std::abs(a.change_us) > std::abs(b.change_us);
                     });
  }

  OperationChange operation_change(uint32_t number, const Comparison& result) const {
    const auto part_of = [number](const VisitCell& cell) {
      const auto found = cell.parts.find(number);
      return found == cell.parts.end() ? PartCell{} : found->second;
    };
    const PartCell before = part_of(before_);
    const PartCell after = part_of(after_);
    OperationChange change{.operation = names_.operation(number)};
    change.calls_before = before.calls / result.before.visits;
    change.calls_after = after.calls / result.after.visits;
    change.own_before_us = before.own_us.sum / result.before.visits;
    change.own_after_us = after.own_us.sum / result.after.visits;
    change.change_us = change.own_after_us - change.own_before_us;
    const double half = z() * std::sqrt(variance_of_mean(before.own_us, result.before) +
                                        variance_of_mean(after.own_us, result.after));
    change.change_lower_us = change.change_us - half;
    change.change_upper_us = change.change_us + half;
    change.is_certain = change.change_lower_us > 0 || change.change_upper_us < 0;
    return change;
  }

  void add_doubts(Comparison& result) const {
    const double half = z() * std::sqrt(variance_of_mean(before_.spans, result.before) +
                                        variance_of_mean(after_.spans, result.after));
    const double spans = result.after.spans - result.before.spans;
    if (result.after.spans < kLessWork * result.before.spans && spans + half < 0)
      result.doubts.push_back(Doubt::less_work);
    const auto before = error_interval(before_, result.before, options_.confidence);
    const auto after = error_interval(after_, result.after, options_.confidence);
    if (after.low > before.high) result.doubts.push_back(Doubt::more_errors);
    const bool is_lost = result.after.effective >= 1 / kCommonCalls * 3 &&
                         std::any_of(result.operations.begin(), result.operations.end(),
                                     [](const OperationChange& each) {
                                       return each.calls_before >= kCommonCalls &&
                                              each.calls_after < kLostCalls * each.calls_before;
                                     });
    if (is_lost) result.doubts.push_back(Doubt::lost_operations);
  }

  const VisitCell& before_;
  const VisitCell& after_;
  const Names& names_;
  const CompareOptions& options_;
};

}  // namespace

Estimate quantile_of(const DurationCell& cell, Ppm share, Ppm confidence) {
  Estimate estimate;
  const auto n = static_cast<int64_t>(stats::effective_size(cell.all) + 1e-9);
  if (n < 1) return {.lower = 0, .middle = 0, .upper = 0, .is_bounded = false};
  const double tail = (kMillion - static_cast<double>(confidence.value)) / kMillion / 2;
  const double p = static_cast<double>(share.value) / kMillion;
  const int64_t low = lower_rank(n, p, tail);
  const int64_t high = upper_rank(n, p, tail);
  estimate.middle = cell.durations.quantile(share).middle();
  if (low >= 1) estimate.lower = cell.durations.quantile({low * 1'000'000 / n}).lower;
  estimate.is_bounded = high <= n;
  if (estimate.is_bounded)
    estimate.upper = cell.durations.quantile({(high * 1'000'000 + n - 1) / n}).upper;
  return estimate;
}

Comparison compare(const VisitCell& before, const VisitCell& after, const Names& names,
                   const CompareOptions& options) {
  return Comparer(before, after, names, options).run();
}

}  // namespace tollgate::traces
