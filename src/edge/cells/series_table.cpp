#include "edge/cells/series_table.hpp"

#include <algorithm>

namespace tollgate::cells {

Result<void> SeriesTable::read_index() {
  std::unordered_map<int64_t, Resident*> by_id;
  TOLLGATE_TRY(std::vector<SeriesRow> rows, file_.series());
  for (SeriesRow& row : rows) {
    Resident& series = add(row.key, row.is_live);
    series.id = row.id;
    series.is_stored = true;
    next_id_ = std::max(next_id_, row.id + 1);
    by_id[row.id] = &series;
  }
  TOLLGATE_TRY(const std::vector<WatermarkRow> marks, file_.watermarks());
  for (const WatermarkRow& row : marks) {
    if (!by_id.contains(row.series)) continue;
    by_id[row.series]->mark(source_number(row.source), row.time);
    by_id[row.series]->marks.back().is_dirty = false;
  }
  TOLLGATE_TRY(const std::vector<RevisionRow> revisions, file_.revisions());
  for (const RevisionRow& row : revisions) {
    if (!by_id.contains(row.series)) continue;
    by_id[row.series]->revisions.push_back(
        {source_number(row.source), false, row.count, row.oldest, row.last});
  }
  return {};
}

Resident& SeriesTable::add(const SeriesKey& key, bool is_live) {
  Resident& series = series_[{key, is_live}];
  series.key = key;
  series.is_live = is_live;
  OfSlo& own = of_slo(key.slo);
  own.series.push_back(&series);
  ++own.generation;
  series.version = own.version;
  revise(series);
  return series;
}

void SeriesTable::erase(const SeriesKey& key, bool is_live) {
  const auto found = series_.find({key, is_live});
  if (found == series_.end()) return;
  OfSlo& own = of_slo(key.slo);
  std::erase(own.series, &found->second);
  ++own.generation;
  revise(found->second);
  series_.erase(found);
}

Resident& SeriesTable::find_or_create(const SeriesKey& key, bool is_live) {
  if (const auto known = series_.find({key, is_live}); known != series_.end()) return known->second;
  Resident& series = add(key, is_live);
  series.id = next_id_++;
  series.is_loaded = true;  // there is nothing to read
  return series;
}

uint32_t SeriesTable::source_number(std::string_view name) {
  const auto [place, is_new] =
      source_numbers_.try_emplace(std::string(name), static_cast<uint32_t>(sources_.size()));
  if (is_new) sources_.emplace_back(name);
  return place->second;
}

Result<void> SeriesTable::load(Resident& series) {
  series.used = ++step_;
  if (series.is_loaded) return {};
  TOLLGATE_TRY(series.cells, file_.read_cells(series.id, HourTable::cells));
  TOLLGATE_TRY(slo::CellSeries squares, file_.read_cells(series.id, HourTable::squares));
  TOLLGATE_TRY(slo::LatencyCells latencies, file_.read_latencies(series.id));
  if (squares.total() != slo::Counts{})
    series.squares = std::make_unique<slo::CellSeries>(std::move(squares));
  if (!latencies.is_empty())
    series.latencies = std::make_unique<slo::LatencyCells>(std::move(latencies));
  series.is_loaded = true;
  account(series);
  make_room();
  return {};
}

void SeriesTable::account(Resident& series) {
  bytes_ -= series.bytes;
  series.bytes = series.is_loaded ? series.memory_bytes() : 0;
  bytes_ += series.bytes;
}

void SeriesTable::drop(Resident& series) {
  series.is_loaded = false;
  series.cells = {};
  series.squares.reset();
  series.latencies.reset();
  account(series);
  revise(series);
}

void SeriesTable::forget(Resident& series) {
  drop(series);
  if (series.handle == UINT32_MAX) {
    erase(SeriesKey(series.key), series.is_live);
    return;
  }
  series.marks.clear();
  series.revisions.clear();
  series.newest = {};
  series.retained_hour = 0;
  series.is_stored = false;
  series.is_loaded = true;  // there is nothing to read
}

/// Lets go of the least recently used series that are on disk as they are here, down to nine tenths
/// of the limit. The one used last stays.
void SeriesTable::make_room() {
  if (bytes_ <= memory_max_ || is_volatile_) return;
  std::vector<Resident*> loaded;
  for (auto& [key, series] : series_) {
    if (series.is_loaded && !series.is_listed && !series.is_writing && series.used != step_)
      loaded.push_back(&series);
  }
  std::sort(loaded.begin(), loaded.end(),
            [](const Resident* a, const Resident* b) { return a->used < b->used; });
  for (Resident* series : loaded) {
    if (bytes_ <= memory_max_ / 10 * 9) return;
    drop(*series);
  }
}

uint32_t SeriesTable::handle_of(const SeriesKey& key) {
  Resident& series = find_or_create(key, true);
  if (series.handle == UINT32_MAX) {
    series.handle = static_cast<uint32_t>(handles_.size());
    handles_.push_back(&series);
  }
  return series.handle;
}

const OfSlo* SeriesTable::find_slo(std::string_view slo) const {
  const auto found = by_slo_.find(slo);
  return found == by_slo_.end() ? nullptr : &found->second;
}

OfSlo& SeriesTable::of_slo(std::string_view slo) {
  const auto found = by_slo_.find(slo);
  if (found != by_slo_.end()) return found->second;
  OfSlo& created = by_slo_[std::string(slo)];
  created.version = &versions_.emplace_back(0);
  return created;
}

bool fits(const SeriesKey& key, const Place& place) {
  const auto is_part = [](const std::string& asked, const std::string& own) {
    return asked.empty() || asked == own;
  };
  return (key.environment.empty() || is_part(place.environment, key.environment)) &&
         is_part(place.track, key.track) && is_part(place.version, key.version) &&
         is_part(place.group, key.group);
}

std::vector<Resident*> SeriesTable::matching(std::string_view slo, const Place& place) {
  std::vector<Resident*> found;
  const OfSlo* const all = find_slo(slo);
  if (all == nullptr) return found;
  for (Resident* const series : all->series) {
    if (fits(series->key, place)) found.push_back(series);
  }
  return found;
}

}  // namespace tollgate::cells
