#include "domain/slo/counter.hpp"

namespace tollgate::slo {
namespace {

/// Whole events of an increase; the rest waits for the next one.
int64_t whole_events(CounterState& state, double increase) {
  const double sum = increase + state.rest;
  const auto whole =
      static_cast<int64_t>(sum);  // both are at least 0: cutting off is rounding down
  state.rest = sum - static_cast<double>(whole);
  return whole;
}

void remember(CounterState& state, const CounterSample& sample) {
  state.value = sample.value;
  state.time_ms = sample.time_ms;
  if (sample.start_ms != 0) state.start_ms = sample.start_ms;
}

bool is_countable(double value) { return value >= 0 && value <= kIncreaseMax; }

/// Whether the counter started so shortly before the sample that all of its value is new.
bool started_just_before(const CounterSample& sample) {
  return sample.start_ms != 0 && sample.start_ms <= sample.time_ms &&
         sample.time_ms - sample.start_ms <= kStartSpan.ms;
}

}  // namespace

CounterStep count_cumulative(CounterState& state, const CounterSample& sample) {
  if (!is_countable(sample.value)) return {CounterOutcome::invalid, 0};
  const CounterState before = state;
  if (before.time_ms != CounterState::kNever && sample.time_ms <= before.time_ms) {
    return {sample.time_ms == before.time_ms ? CounterOutcome::repeat : CounterOutcome::late, 0};
  }
  remember(state, sample);
  const bool is_first = before.time_ms == CounterState::kNever;
  if (is_first || sample.time_ms - before.time_ms > kGapMax.ms) {
    state.rest = 0;
    if (started_just_before(sample))
      return {is_first ? CounterOutcome::counted : CounterOutcome::reset,
              whole_events(state, sample.value)};
    return {is_first ? CounterOutcome::first : CounterOutcome::gap, 0};
  }
  const bool is_reset = sample.value < before.value || sample.start_ms > before.time_ms;
  if (is_reset) return {CounterOutcome::reset, whole_events(state, sample.value)};
  return {CounterOutcome::counted, whole_events(state, sample.value - before.value)};
}

CounterStep count_delta(CounterState& state, const CounterSample& sample) {
  if (!is_countable(sample.value)) return {CounterOutcome::invalid, 0};
  if (state.time_ms != CounterState::kNever && sample.time_ms <= state.time_ms) {
    return {sample.time_ms == state.time_ms ? CounterOutcome::repeat : CounterOutcome::late, 0};
  }
  remember(state, sample);
  return {CounterOutcome::counted, whole_events(state, sample.value)};
}

}  // namespace tollgate::slo
