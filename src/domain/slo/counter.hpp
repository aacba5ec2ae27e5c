// What the samples of a cumulative counter count, event by event: resets, restarts, repeats and
// samples out of order. Pure.
//
// Rules. The increase from one sample to the next belongs to the cell in which the later sample's
// last millisecond falls: what a sample at 12:00:00.000 adds happened before that moment. A value
// below the one before is a reset, as is a start time after the sample before; then the whole value
// is new. The first sample of a series counts nothing, unless the counter says that it started no
// longer ago than kStartSpan. After a gap longer than kGapMax a series begins anew, because nobody
// can say when in the gap the events happened. A sample that is not newer than the last one counts
// nothing: the newer one contains it already.
// This differs from PromQL's increase(), which extends what it sees to the edges of the window:
// sums over adjoining windows are exact here, and never fractions of events.
#pragma once

#include "foundation/base/time.hpp"

#include <cstdint>

namespace tollgate::slo {

inline constexpr Duration kStartSpan = minutes(10);
inline constexpr Duration kGapMax = hours(1);
inline constexpr double kIncreaseMax = 9'007'199'254'740'992.0;  // 2^53: whole numbers end there

/// One sample.
struct CounterSample {
  int64_t time_ms = 0;
  int64_t start_ms = 0;  // since when the counter counts; 0: not told
  double value = 0;
};

/// What a counter's next sample must be compared with. 32 bytes.
struct CounterState {
  double value = 0;
  int64_t time_ms = kNever;
  int64_t start_ms = 0;
  double rest = 0;  // of an event: what whole numbers of events have left over, in [0, 1)

  static constexpr int64_t kNever = INT64_MIN;
};

enum class CounterOutcome : uint8_t {
  first,    // the beginning of a series: nothing counted
  counted,  // the increase, perhaps 0
  reset,    // the counter began anew; its value counted
  gap,      // began anew after a gap: nothing counted
  repeat,   // the last sample again, or another one of its time: nothing counted
  late,     // older than the last one: nothing counted
  invalid,  // no number, below 0 or too large: nothing counted
};

struct CounterStep {
  CounterOutcome outcome = CounterOutcome::first;
  int64_t events = 0;  // whole events, never negative
};

/// Takes the next sample of a cumulative counter.
CounterStep count_cumulative(CounterState& state, const CounterSample& sample);
/// Takes the next sample of a counter that sends increases itself. A repeat is known by its time.
CounterStep count_delta(CounterState& state, const CounterSample& sample);

/// The 10 s step (since 1970) to which a sample of this time is booked.
constexpr int64_t slot_of_sample(int64_t time_ms) {
  const int64_t last_ms = time_ms - 1;
  return last_ms >= 0 ? last_ms / 10'000 : (last_ms - 9'999) / 10'000;
}

}  // namespace tollgate::slo
