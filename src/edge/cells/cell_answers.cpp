#include "edge/cells/cell_answers.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace tollgate::cells {
namespace {

/// Up to where everything has arrived. A source is as far as its newest series, because versions
/// come and go; the slowest source decides, unless it is gone. Files that were imported are
/// complete: they hold back nothing that is pushed.
Time watermark_of(std::span<Resident* const> asked) {
  if (asked.size() == 1 && asked[0]->marks.size() == 1) return asked[0]->marks[0].time;
  std::map<std::pair<bool, uint32_t>, Time> by_source;  // not live, source
  for (const Resident* series : asked) {
    for (const Resident::Mark& mark : series->marks) {
      Time& time = by_source[{!series->is_live, mark.source}];
      time = std::max(time, mark.time);
    }
  }
  if (by_source.empty()) return {};
  const bool is_pushed = !by_source.begin()->first.first;
  Time newest;
  for (const auto& [source, time] : by_source) {
    if (!source.first == is_pushed) newest = std::max(newest, time);
  }
  Time watermark = newest;
  for (const auto& [source, time] : by_source) {
    if (!source.first != is_pushed || (is_pushed && time + CellStore::kSourceGone < newest))
      continue;
    watermark = std::min(watermark, time);
  }
  return watermark;
}

}  // namespace

Result<Aggregate> aggregate(SeriesTable& table, const slo::Objective& objective, const Place& place,
                            const slo::Span& span, std::span<const slo::Span> exclusions) {
  if (objective.method != slo::BudgetingMethod::occurrences && objective.slice < slo::kCellLength) {
    return fail(codes::bad_value, "slices of {} are shorter than {} seconds, the length of a cell",
                objective.slo, slo::kCellLength.ms / 1000);
  }
  const std::vector<Resident*> asked = table.matching(objective.slo, place);
  Aggregate result{.is_known = !asked.empty()};
  result.watermark = watermark_of(asked);
  std::vector<const slo::CellSeries*> cells;
  for (Resident* series : asked) {
    TOLLGATE_CHECK(table.load(*series));
    cells.push_back(&series->cells);
    result.counts += series->cells.net_counts(span);
    result.cut += series->cells.cut_by(span.from) + series->cells.cut_by(span.to);
    if (series->squares != nullptr) result.squares += series->squares->counts(span);
    for (const slo::Span& excluded : exclusions) {
      result.excluded += series->cells.net_counts(
          {std::max(span.from, excluded.from), std::min(span.to, excluded.to)});
    }
  }
  result.completeness = slo::completeness(cells, span, completeness_step(objective, span));
  if (objective.method != slo::BudgetingMethod::occurrences) {
    result.raw_slices = slo::slices(cells, span, objective.slice, objective.slice_target);
    result.slices = exclusions.empty() ? result.raw_slices
                                       : slo::slices(cells, span, objective.slice,
                                                     objective.slice_target, exclusions);
  }
  return result;
}

std::optional<Time> count_spans(SeriesTable& table, StandingSlo& slo,
                                std::span<const slo::Span> spans, std::span<slo::Counts> counts) {
  std::fill(counts.begin(), counts.end(), slo::Counts{});
  if (slo.generation != slo.of_slo->generation) {
    slo.generation = slo.of_slo->generation;
    slo.series.clear();
    for (Resident* const series : slo.of_slo->series) {
      const std::string& own = series->key.environment;
      if (slo.environment.empty() || own.empty() || own == slo.environment)
        slo.series.push_back(series);
    }
  }
  for (const Resident* const series : slo.series) {
    if (!series->is_loaded) return std::nullopt;          // reading it would take long
    if (series->squares != nullptr) return std::nullopt;  // sums alone do not say what is sampled
  }
  for (Resident* const series : slo.series) {
    table.touch(*series);
    series->cells.add_counts(spans, counts);
  }
  return watermark_of(slo.series);
}

std::optional<Time> count_spans(SeriesTable& table, std::string_view slo,
                                std::string_view environment, std::span<const slo::Span> spans,
                                std::span<slo::Counts> counts) {
  StandingSlo standing{.of_slo = table.find_slo(slo), .environment = std::string(environment)};
  if (standing.of_slo != nullptr) return count_spans(table, standing, spans, counts);
  std::fill(counts.begin(), counts.end(), slo::Counts{});
  return Time{};
}

Result<stats::ExponentialHistogram> latency(SeriesTable& table, const std::string& slo,
                                            const Place& place, const slo::Span& span) {
  stats::ExponentialHistogram sum;
  for (Resident* series : table.matching(slo, place)) {
    TOLLGATE_CHECK(table.load(*series));
    if (series->latencies != nullptr) sum.merge(series->latencies->merged(span));
  }
  return sum;
}

std::vector<SeriesKey> series(const SeriesTable& table, const std::string& slo) {
  std::vector<SeriesKey> keys;
  for (const auto& [id, series] : table.all()) {
    if (!slo.empty() && id.key.slo != slo) continue;
    if (keys.empty() || keys.back() != id.key) keys.push_back(id.key);
  }
  return keys;
}

std::vector<Revision> revisions(const SeriesTable& table, const std::string& slo) {
  std::vector<Revision> found;
  for (const auto& [id, series] : table.all()) {
    if (!slo.empty() && id.key.slo != slo) continue;
    for (const Resident::RevisionNote& note : series.revisions)
      found.push_back({id.key, table.sources()[note.source], note.count, note.oldest, note.last});
  }
  return found;
}

std::vector<SourceUse> sources(const SeriesTable& table, const std::string& slo,
                               const Place& place) {
  std::map<std::tuple<std::string, std::string, uint32_t>, SourceUse> found;
  const auto& all = table.all();
  for (auto each = all.lower_bound({{.slo = slo}, false}); each != all.end(); ++each) {
    const SeriesKey& key = each->first.key;
    if (!slo.empty() && key.slo != slo) break;
    if (!fits(key, place)) continue;
    for (const Resident::Mark& mark : each->second.marks) {
      SourceUse& use = found[{key.slo, key.environment, mark.source}];
      use.watermark = std::max(use.watermark, mark.time);
      use.is_pushed |= each->second.is_live;
    }
  }
  std::vector<SourceUse> list;
  for (auto& [id, use] : found) {
    use.slo = std::get<0>(id);
    use.environment = std::get<1>(id);
    use.source = table.sources()[std::get<2>(id)];
    list.push_back(std::move(use));
  }
  return list;
}

Duration completeness_step(const slo::Objective& objective, const slo::Span& span) {
  if (objective.slice >= slo::kCellLength) return objective.slice;
  constexpr int64_t kSteps = 12;
  return std::clamp(Duration{span.length().ms / kSteps}, minutes(1), hours(1));
}

}  // namespace tollgate::cells
