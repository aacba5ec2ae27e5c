// A service level objective in the form that evaluation uses: one target, one window, one way to
// count.
#pragma once

#include "domain/slo/window.hpp"
#include "foundation/reflect/type_info.hpp"

#include <string>
#include <vector>

namespace tollgate::slo {

/// Where the counts of an SLO come from, if a metrics system keeps them: two queries, or one query
/// for the ratio. Texts may hold the placeholders {{.window}}, {{window}}, $window, ${window},
/// $__range and [WINDOW].
struct Indicator {
  std::string source;  // name of the DataSource; empty: the cell store
  std::string good;
  std::string bad;
  std::string total;
  std::string raw;              // one query that gives a ratio; beside it `total` may weigh it
  bool raw_is_failure = false;  // the ratio counts failures
  std::string up = {};          // says whether what is measured answers: 1, or 0 if some does not
  /// Less than the rest of the usual traffic is missing data; all of it: never asked.
  Ppm traffic_drop_max = {900'000};
  friend bool operator==(const Indicator&, const Indicator&) = default;
};

/// Occurrences: good events of all events. Timeslices: good slices of slices with data.
/// RatioTimeslices: the mean of the slices' ratios.
enum class BudgetingMethod { occurrences, timeslices, ratio_timeslices };

/// One objective of a composite SLO.
struct ObjectivePart {
  std::string slo;  // whose cells it counts, if no source is asked
  Indicator indicator;
  Ppm target;
  Ppm slice_target = {};
  int64_t weight_ppm = 1'000'000;
  friend bool operator==(const ObjectivePart&, const ObjectivePart&) = default;
};

struct Objective {
  std::string slo;  // SERVICE/SLO
  BudgetingMethod method = BudgetingMethod::occurrences;
  Ppm target = {999'000};  // below 1'000'000
  Window window = {};
  Duration slice = {};    // length of a slice; 0 for Occurrences
  Ppm slice_target = {};  // Timeslices: a slice is good from this ratio on
  /// Fewer (effective) events in a window are no ground for a judgement; 0: no such minimum.
  int64_t events_min = 0;
  /// A wider interval of the share of bad ones is no ground, either, in ppm of the share that it is
  /// compared with; 0: no such limit. See evidence.hpp.
  Ppm interval_max = {};
  std::vector<ObjectivePart> parts = {};  // of a composite; empty otherwise
  friend bool operator==(const Objective&, const Objective&) = default;
};

/// The share of events, or slices, that may be bad.
inline Ppm allowed_bad(const Objective& objective) { return {1'000'000 - objective.target.value}; }

}  // namespace tollgate::slo
