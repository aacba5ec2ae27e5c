// Intervals for an unknown share, and the comparison of two means: what turns counts into honest
// answers. Pure and the same bits on every machine: + - * / and sqrt only (elementary.hpp says
// why).
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <cstdint>

namespace tollgate::stats {

struct Interval {
  double low = 0;
  double high = 0;
};

/// `hits` of `total` events; 0 <= hits <= total (asserted).
struct Share {
  int64_t hits = 0;
  int64_t total = 0;
};

/// Two-sided Wilson score interval of the share, within [0, 1]; [0, 1] without events.
/// `confidence` between 0.5 and 1 exclusive. Costs a few nanoseconds. Source: E. B. Wilson, JASA 22
/// (1927).
Interval wilson(Share share, Ppm confidence);

/// Two-sided exact (Clopper-Pearson) interval of the share; [0, 1] without events. Bounds are right
/// to 1e-9 relative. Costs microseconds. Source: Clopper and Pearson, Biometrika 26 (1934).
Interval clopper_pearson(Share share, Ppm confidence);

/// Whether the one-sided exact lower bound of the share lies above `limit`: with at least
/// `confidence` the true share is larger. The same answer as comparing the bound, at the cost of
/// one tail probability.
bool is_surely_above(Share share, double limit, Ppm confidence);
/// Whether the one-sided exact upper bound of the share lies below `limit`.
bool is_surely_below(Share share, double limit, Ppm confidence);

/// A sample by its summary. deviation is the sample standard deviation (n - 1), count >= 1.
struct Sample {
  double mean = 0;
  double deviation = 0;
  int64_t count = 0;
};

enum class Difference { none, lower, higher, unknown };

/// How the mean of `candidate` stands to that of `baseline`.
struct Comparison {
  Difference difference = Difference::unknown;  // of the candidate; none: no significant difference
  double estimate = 0;                          // candidate.mean - baseline.mean
  Interval interval;                            // of the true difference, two-sided
  double degrees = 0;                           // of freedom (Welch-Satterthwaite)
};

/// Welch's comparison of two means with unequal variances. `unknown` if either sample has fewer
/// than two values or both have no spread. Source: B. L. Welch, Biometrika 34 (1947).
Comparison welch(const Sample& baseline, const Sample& candidate, Ppm confidence);

}  // namespace tollgate::stats
