// How much of a span several series of cells cover, and what its slices say.
#include "domain/slo/cells.hpp"
#include "domain/slo/ratio.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>

namespace tollgate::slo {

Ppm completeness(std::span<const CellSeries* const> series, const Span& span, Duration length) {
  ASSERT(length >= kCellLength);
  if (span.to <= span.from) return {0};
  const auto step_of = [&](Time time) {
    return static_cast<int64_t>(divide_down(time.ms, length.ms));
  };
  const int64_t first = step_of(span.from);
  const int64_t last = step_of(span.to - milliseconds(1));
  // Steps adjoin: the running sum at the end of one is that at the beginning of the next.
  std::vector<Counts> before;
  before.reserve(series.size());
  for (const CellSeries* each : series) before.push_back(each->counts_before(span.from));
  int64_t with_events = 0;
  for (int64_t step = first; step <= last; ++step) {
    const Time end = std::min(span.to, Time{(step + 1) * length.ms});
    bool has_events = false;
    for (size_t i = 0; i < series.size(); ++i) {
      const Counts sum = series[i]->counts_before(end);
      const Counts part = sum - before[i];
      has_events |= part.good > 0 || part.bad > 0;
      before[i] = sum;
    }
    with_events += has_events ? 1 : 0;
  }
  return {ppm_down(with_events, last - first + 1)};
}

model::Slices slices(std::span<const CellSeries* const> series, const Span& span, Duration length,
                     Ppm target, std::span<const Span> exclusions) {
  ASSERT(length >= kCellLength);
  model::Slices result;
  for (Time from = span.from; from + length <= span.to; from = from + length) {
    const bool is_excluded = std::any_of(
        exclusions.begin(), exclusions.end(),
        [&](const Span& excluded) { return excluded.from < from + length && excluded.to > from; });
    if (is_excluded) continue;
    Counts sum;
    for (const CellSeries* each : series) sum += each->counts({from, from + length});
    if (sum.total() <= 0) {
      ++result.no_data;
      continue;
    }
    const bool is_good = Wide{sum.good} * kWhole >= Wide{target.value} * sum.total();
    ++(is_good ? result.good : result.bad);
    result.ratio_sum_ppm += ppm_down(sum.good, sum.total());
  }
  return result;
}

}  // namespace tollgate::slo
