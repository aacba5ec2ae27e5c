// What is known of one source of pushed signals: how much it brought, how recent and how steady
// that is, and what was wrong with it. Kept over restarts, but for what was sampled.
#pragma once

#include "domain/slo/trust.hpp"
#include "domain/stats/sample_watch.hpp"
#include "edge/intake/router.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace tollgate::intake {

/// What budgets keep of a source's events.
struct SourceSampling {
  double probability_good = 1;  // at its last batch
  double probability_bad = 1;
  stats::SampleWatch watch = {};
  void note(Time arrived, const BatchSample& sample) {
    probability_good = sample.probability_good;
    probability_bad = sample.probability_bad;
    watch.note(arrived, sample.tally);
  }
};

/// Totals of one source since it was first seen.
struct SourceStatus {
  std::string source;
  int64_t requests = 0;
  int64_t malformed = 0;   // refused whole: they could not be read
  int64_t duplicates = 0;  // requests whose idempotency key was known
  RouterCounts counts;
  int64_t revised = 0;       // additions to cells that may have been judged
  int64_t too_old = 0;       // additions beyond the retention
  Time first_arrival = {};   // 0: none
  Time last_arrival = {};    // 0: none
  Time watermark = {};       // the latest sample that counted; 0: none
  Time last_refused = {};    // when something was last refused; 0: never
  std::string last_refusal;  // why; empty: nothing was
  /// How far the newest sample of the last request lay ahead of its arrival; below 0: behind.
  Duration ahead = {};
  slo::Arrivals arrivals = {};   // of samples, by their own time
  SourceSampling sampling = {};  // since the start: not kept over restarts
  /// How far the newest sample lies behind now; 0 before the first.
  Duration lag(Time now) const {
    return watermark.ms == 0 ? Duration{} : std::max(Duration{0}, now - watermark);
  }
  /// The sender's clock is wrong: what it says of time cannot be trusted.
  bool is_clock_wrong() const { return ahead > slo::kSkewMax; }
};

using SourceStatuses = std::map<std::string, SourceStatus>;

/// As bytes, and back: false for bytes that save_sources() did not write.
std::string save_sources(const SourceStatuses& sources);
bool load_sources(std::string_view bytes, SourceStatuses& sources);

}  // namespace tollgate::intake
