// What a budget of sampling kept of one source lately, so that whoever reads its figures knows how
// much stands behind them. Pure: time is an argument.
#pragma once

#include "domain/stats/sampling.hpp"
#include "foundation/base/time.hpp"

#include <array>
#include <cstdint>

namespace tollgate::stats {

/// Events that a sampler saw.
struct SampleTally {
  int64_t offered = 0;
  int64_t kept = 0;
  WeightSums good = {};  // of those that were kept
  WeightSums bad = {};
  /// How many unsampled events what was kept is worth.
  double effective() const { return effective_total(good, bad); }
  SampleTally& operator+=(const SampleTally& other);
};

/// Tallies of the last hour, in steps of five minutes.
class SampleWatch {
 public:
  /// What came before the span is left out.
  void note(Time time, const SampleTally& tally);
  /// Of the steps that overlap the last hour before `now`.
  SampleTally recent(Time now) const;

  static constexpr Duration kStep = minutes(5);
  static constexpr int64_t kSteps = 13;  // an hour may begin in the middle of one

 private:
  struct Slot {
    int64_t step = -1;  // since 1970
    SampleTally tally = {};
  };
  std::array<Slot, kSteps> slots_;
};

}  // namespace tollgate::stats
