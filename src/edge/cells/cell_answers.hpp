// What the series of a cell store say: counts and slices of a span, latencies, watermarks. Reads
// cells into memory as it needs them and changes nothing else. Only the cell store uses it.
#pragma once

#include "edge/cells/cell_store.hpp"
#include "edge/cells/series_table.hpp"

namespace tollgate::cells {

// Each is what CellStore says of the method of the same name.
Result<Aggregate> aggregate(SeriesTable& table, const slo::Objective& objective, const Place& place,
                            const slo::Span& span, std::span<const slo::Span> exclusions);
std::optional<Time> count_spans(SeriesTable& table, std::string_view slo,
                                std::string_view environment, std::span<const slo::Span> spans,
                                std::span<slo::Counts> counts);
std::optional<Time> count_spans(SeriesTable& table, StandingSlo& slo,
                                std::span<const slo::Span> spans, std::span<slo::Counts> counts);
Result<stats::ExponentialHistogram> latency(SeriesTable& table, const std::string& slo,
                                            const Place& place, const slo::Span& span);
std::vector<SeriesKey> series(const SeriesTable& table, const std::string& slo);
std::vector<Revision> revisions(const SeriesTable& table, const std::string& slo);
std::vector<SourceUse> sources(const SeriesTable& table, const std::string& slo,
                               const Place& place);

}  // namespace tollgate::cells
