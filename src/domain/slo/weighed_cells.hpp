// The counts of an SLO over its past together with what they are worth: where events were sampled,
// the sums of their squared weights stand beside the counts, so that a rule that is tried on the
// past sees the same evidence as one that runs. Pure; not thread-safe.
#pragma once

#include "domain/slo/cells.hpp"
#include "domain/slo/evidence.hpp"

#include <functional>
#include <utility>

namespace tollgate::slo {

class WeighedCells {
 public:
  WeighedCells() = default;
  /// Counts of which none was sampled.
  // NOLINTNEXTLINE(google-explicit-constructor): unsampled counts are their own evidence
  WeighedCells(CellSeries counts) : counts_(std::move(counts)) {}

  /// Adds events to the cell that `time` falls into. `squares` are the sums of their squared
  /// weights; a sum below its count is taken to be the count, as of unsampled events. False, and
  /// nothing changed, where CellSeries::add refuses.
  [[nodiscard]] bool add(Time time, Counts counts, const model::WeightSquares& squares);
  [[nodiscard]] bool add(Time time, Counts counts) {
    return add(time, counts, {.good = counts.good, .bad = counts.bad});
  }

  Counts counts(const Span& span) const { return counts_.counts(span); }
  Evidence evidence(const Span& span) const;
  /// Calls `visit` for each cell with events that starts in the span, in order.
  void visit(
      const Span& span,
      const std::function<void(Time, const Counts&, const model::WeightSquares&)>& visit) const;

 private:
  CellSeries counts_;
  CellSeries surplus_;  // squares beyond the counts; empty where nothing was sampled
};

}  // namespace tollgate::slo
