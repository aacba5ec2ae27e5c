// How the latency of a service changed between two releases, how sure that is, and which operations
// explain it. Pure. Quantiles have exact binomial bounds on the edges of the histograms' buckets,
// so that they hold whatever the distribution is; several quantiles share one error probability
// (Bonferroni). Sources: Hahn and Meeker, Statistical Intervals, 5.2 (order statistics).
#pragma once

#include "domain/traces/latency_book.hpp"

#include <limits>
#include <string>
#include <vector>

namespace tollgate::traces {

/// What can be said about a value. `is_bounded` is false if too few visits leave it open above.
struct Estimate {
  double lower = 0;
  double middle = 0;
  double upper = 0;
  bool is_bounded = true;
};

enum class Change { slower, faster, similar, mixed, inconclusive };

struct QuantileChange {
  Ppm share;
  Estimate before_us;
  Estimate after_us;
  /// after / before: the smallest and the largest that fit both; upper is 0 if it has no bound.
  double ratio_lower = 0;
  double ratio_upper = 0;
  Change change = Change::inconclusive;
};

/// One side of a comparison.
struct Side {
  double visits = 0;     // estimated, of all
  double effective = 0;  // unsampled visits that would be worth as much
  double errors = 0;     // share
  double mean_us = 0;
  double spans = 0;  // of one visit, mean
};

/// What an operation adds to the mean of a visit.
struct OperationChange {
  Operation operation;
  double calls_before = 0;  // of one visit
  double calls_after = 0;
  double own_before_us = 0;  // of one visit, its own work
  double own_after_us = 0;
  double change_us = 0;  // with the interval of the change
  double change_lower_us = 0;
  double change_upper_us = 0;
  bool is_certain = false;  // the interval does not hold 0
};

/// Why "faster" may not be better.
enum class Doubt { less_work, more_errors, lost_operations };

struct Comparison {
  Side before;
  Side after;
  std::vector<QuantileChange> quantiles;
  Change latency = Change::inconclusive;  // what the quantiles say
  /// The answer: that of the quantiles, but inconclusive where they say faster or similar and a
  /// doubt stands against it.
  Change change = Change::inconclusive;
  std::vector<Doubt> doubts;
  std::vector<OperationChange> operations;  // largest change first
};

struct CompareOptions {
  Ppm confidence = {950'000};
  double similar_ratio = 1.25;  // changes surely within it, either way, are none
  size_t operations_max = 20;
};

Comparison compare(const VisitCell& before, const VisitCell& after, const Names& names,
                   const CompareOptions& options = {});

/// A quantile of durations with its exact bounds at `confidence`.
Estimate quantile_of(const DurationCell& cell, Ppm share, Ppm confidence);

}  // namespace tollgate::traces
