// The cell store as a source: counts of what was imported or received here.
#include "edge/sources/source.hpp"

#include <algorithm>

namespace tollgate::sources {
namespace {

class CellsSource : public engine::SignalSource {
 public:
  explicit CellsSource(cells::CellStore& store) : store_(store) {}

  std::string_view name() const override { return "cells"; }

  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading = start_reading(request, name());
    const slo::Span known{request.span.from, std::min(request.span.to, request.as_of)};
    const auto counted = store_.aggregate(*request.objective,
                                          {.environment = request.environment,
                                           .track = request.part.track,
                                           .version = request.part.version,
                                           .group = request.part.group},
                                          known);
    if (!counted) {
      reading.error = counted.error().message;
      return reading;
    }
    reading.good = counted->counts.good;
    reading.bad = counted->counts.bad;
    reading.total = counted->counts.total();
    if (request.objective->method != slo::BudgetingMethod::occurrences)
      reading.slices = counted->slices;
    if (counted->squares != slo::Counts{}) {
      reading.squares = model::WeightSquares{.good = counted->counts.good + counted->squares.good,
                                             .bad = counted->counts.bad + counted->squares.bad};
    }
    reading.watermark = std::min(counted->watermark, request.as_of);
    reading.completeness = counted->completeness;
    return reading;
  }

  std::optional<Time> count_spans(const engine::SpansRequest& request,
                                  std::span<slo::Counts> counts) override {
    return store_.count_spans(request.objective->slo, request.environment, request.spans, counts);
  }

 private:
  cells::CellStore& store_;
};

}  // namespace

const SourceKind kCellsSource = {
    .type = "cells",
    .title = "Events counted by Tollgate itself",
    .doc =
        "Counts of imported logs and received events, kept in cells of 10 seconds. Needs no query.",
    .make = [](const SourceConfig&, const Parts& parts) -> std::unique_ptr<engine::SignalSource> {
      return std::make_unique<CellsSource>(parts.cells);
    }};

}  // namespace tollgate::sources
