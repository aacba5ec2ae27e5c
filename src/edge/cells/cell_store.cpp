#include "edge/cells/cell_store.hpp"

#include "edge/cells/cell_file.hpp"
#include "edge/cells/resident.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

namespace tollgate::cells {

/// Rows with the series that they came from.
struct Snapshot {
  Rows rows;
  std::vector<Resident*> series;
};

class CellStore::Implementation {
 public:
  Implementation(CellFile file, const Limits& limits, bool is_volatile)
      : file_(std::move(file)), limits_(limits), is_volatile_(is_volatile) {}

  Result<void> read_index();
  Result<Imported> import(const SeriesKey& key, const Batch& batch);
  uint32_t open_series(const SeriesKey& key);
  Result<Pushed> push(const Push& push);
  std::shared_ptr<Snapshot> collect(std::string intake_state);
  Result<void> write(const std::shared_ptr<Snapshot>& snapshot);
  Result<Aggregate> aggregate(const slo::Objective& objective, const Place& place,
                              const slo::Span& span, std::span<const slo::Span> exclusions);
  Result<stats::ExponentialHistogram> latency(const std::string& slo, const Place& place,
                                              const slo::Span& span);

  std::vector<SeriesKey> series(const std::string& slo) const;
  std::vector<Revision> revisions(const std::string& slo) const;
  void set_retention(std::function<slo::Retention(const std::string&)> retention_of) {
    const std::lock_guard lock(mutex_);
    retention_of_ = std::move(retention_of);
    ++policy_;
  }
  Result<std::string> intake_state() const { return file_.intake_state(); }
  size_t series_count() const {
    const std::lock_guard lock(mutex_);
    return series_.size();
  }
  size_t memory_bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  struct ById {
    SeriesKey key;
    bool is_live = false;
    friend auto operator<=>(const ById&, const ById&) = default;
  };

  Resident& find_or_create(const SeriesKey& key, bool is_live);
  uint32_t source_number(std::string_view name);
  std::vector<Resident*> matching(const std::string& slo, const Place& place);
  Time watermark_of(const std::vector<Resident*>& asked) const;
  Result<void> load(Resident& series);
  void drop(Resident& series);
  void account(Resident& series);
  void make_room();
  void list(Resident& series) {
    if (series.is_listed) return;
    series.is_listed = true;
    dirty_.push_back(&series);
  }
  Result<Imported> add(Resident& series, const Batch& batch, const slo::Span& extent);

  std::mutex write_mutex_;    // one transaction at a time; taken before mutex_
  mutable std::mutex mutex_;  // all below
  const CellFile file_;
  const Limits limits_;
  const bool is_volatile_;  // nothing can be read back: nothing may go
  std::map<ById, Resident> series_;
  std::vector<Resident*> handles_;
  std::vector<Resident*> dirty_;
  SourceNames sources_;
  std::unordered_map<std::string, uint32_t> source_numbers_;
  std::function<slo::Retention(const std::string&)> retention_of_;
  uint64_t policy_ = 1;  // counts what set_retention() was told
  int64_t next_id_ = 1;
  uint64_t step_ = 0;
  size_t bytes_ = 0;
};

Result<void> CellStore::Implementation::read_index() {
  std::unordered_map<int64_t, Resident*> by_id;
  TOLLGATE_TRY(std::vector<SeriesRow> rows, file_.series());
  for (SeriesRow& row : rows) {
    Resident& series = series_[{row.key, row.is_live}];
    series.key = std::move(row.key);
    series.id = row.id;
    series.is_live = row.is_live;
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

Resident& CellStore::Implementation::find_or_create(const SeriesKey& key, bool is_live) {
  const auto [place, is_new] = series_.try_emplace({key, is_live});
  Resident& series = place->second;
  if (!is_new) return series;
  series.key = key;
  series.is_live = is_live;
  series.id = next_id_++;
  series.is_loaded = true;  // there is nothing to read
  return series;
}

uint32_t CellStore::Implementation::source_number(std::string_view name) {
  const auto [place, is_new] =
      source_numbers_.try_emplace(std::string(name), static_cast<uint32_t>(sources_.size()));
  if (is_new) sources_.emplace_back(name);
  return place->second;
}

Result<void> CellStore::Implementation::load(Resident& series) {
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

void CellStore::Implementation::account(Resident& series) {
  bytes_ -= series.bytes;
  series.bytes = series.is_loaded ? series.memory_bytes() : 0;
  bytes_ += series.bytes;
}

void CellStore::Implementation::drop(Resident& series) {
  series.is_loaded = false;
  series.cells = {};
  series.squares.reset();
  series.latencies.reset();
  account(series);
}

/// Lets go of the least recently used series that are on disk as they are here, down to nine tenths
/// of the limit. The one used last stays.
void CellStore::Implementation::make_room() {
  if (bytes_ <= limits_.memory_bytes || is_volatile_) return;
  std::vector<Resident*> loaded;
  for (auto& [key, series] : series_) {
    if (series.is_loaded && !series.is_listed && !series.is_writing && series.used != step_)
      loaded.push_back(&series);
  }
  std::sort(loaded.begin(), loaded.end(),
            [](const Resident* a, const Resident* b) { return a->used < b->used; });
  for (Resident* series : loaded) {
    if (bytes_ <= limits_.memory_bytes / 10 * 9) return;
    drop(*series);
  }
}

uint32_t CellStore::Implementation::open_series(const SeriesKey& key) {
  const std::lock_guard lock(mutex_);
  Resident& series = find_or_create(key, true);
  if (series.handle == UINT32_MAX) {
    series.handle = static_cast<uint32_t>(handles_.size());
    handles_.push_back(&series);
  }
  return series.handle;
}

Result<Pushed> CellStore::Implementation::push(const Push& push) {
  const std::lock_guard lock(mutex_);
  Pushed pushed;
  const uint32_t source = source_number(push.source);
  constexpr size_t kAhead = 4;
  for (size_t i = 0; i < push.additions.size(); ++i) {
    if (i + kAhead < push.additions.size())
      __builtin_prefetch(handles_[push.additions[i + kAhead].series]);
    const Addition& addition = push.additions[i];
    Resident& series = *handles_[addition.series];
    TOLLGATE_CHECK(load(series));
    const int64_t retained = series.retained_hour;
    if (series.policy != policy_) {
      series.retention = retention_of_ ? retention_of_(series.key.slo) : slo::Retention{};
      series.policy = policy_;
    }
    series.add(addition, source, pushed);
    if (series.retained_hour != retained) account(series);
    list(series);
  }
  for (const WeightAddition& addition : push.weights) {
    TOLLGATE_CHECK(load(*handles_[addition.series]));
    handles_[addition.series]->add(addition);
    list(*handles_[addition.series]);
  }
  for (const LatencyAddition& addition : push.latencies) {
    TOLLGATE_CHECK(load(*handles_[addition.series]));
    handles_[addition.series]->add(addition);
    list(*handles_[addition.series]);
  }
  return pushed;
}

std::shared_ptr<Snapshot> CellStore::Implementation::collect(std::string intake_state) {
  auto snapshot = std::make_shared<Snapshot>();
  const std::lock_guard lock(mutex_);
  for (Resident* series : dirty_) {
    series->collect(sources_, snapshot->rows);
    series->is_listed = false;
    series->is_writing = true;
    account(*series);
  }
  snapshot->series = std::move(dirty_);
  dirty_.clear();
  snapshot->rows.intake_state = std::move(intake_state);
  return snapshot;
}

Result<void> CellStore::Implementation::write(const std::shared_ptr<Snapshot>& snapshot) {
  const std::lock_guard write_lock(write_mutex_);
  Result<void> written = file_.write(snapshot->rows);
  const std::lock_guard lock(mutex_);
  for (Resident* series : snapshot->series) {
    series->is_writing = false;
    if (written) continue;
    series->mark_all_dirty();
    list(*series);
  }
  if (!written) {
    std::unordered_map<int64_t, Resident*> by_id;
    for (Resident* series : snapshot->series) by_id[series->id] = series;
    for (const HourRow& row : snapshot->rows.hours)
      by_id[row.series]->note_dirty(row.table, row.hour);
  }
  make_room();
  return written;
}

Result<Imported> CellStore::Implementation::add(Resident& series, const Batch& batch,
                                                const slo::Span& extent) {
  Imported imported;
  const uint32_t source = source_number(batch.source);
  const Time before = series.mark_of(source);
  if (!series.is_stored) TOLLGATE_CHECK(file_.write(SeriesRow{series.id, series.key, false}));
  TOLLGATE_TRY(imported.overlapping, file_.overlapping(series.id, extent));
  TOLLGATE_CHECK(file_.write_import(series.id, batch.digest, extent));
  Result<void> added;
  batch.cells->visit({extent.from, extent.to}, [&](Time start, const slo::Counts& counts) {
    if (!added) return;
    if (!series.cells.add(start, counts)) {
      added = fail(codes::limit_exceeded, "a cell at {} would pass the largest count",
                   time_text(start));
    }
    ++imported.cells;
    imported.revised += start < before;
  });
  TOLLGATE_CHECK(added);
  for (const int64_t hour : batch.cells->hours()) series.note_dirty(HourTable::cells, hour);
  imported.watermark = std::max(before, batch.last - batch.lateness);
  series.mark(source, imported.watermark);
  Rows rows;
  series.collect(sources_, rows);
  for (const HourRow& row : rows.hours) TOLLGATE_CHECK(file_.write(row));
  for (const WatermarkRow& row : rows.watermarks) TOLLGATE_CHECK(file_.write(row));
  return imported;
}

Result<Imported> CellStore::Implementation::import(const SeriesKey& key, const Batch& batch) {
  const std::lock_guard write_lock(write_mutex_);
  const std::lock_guard lock(mutex_);
  const bool is_new = !series_.contains({key, false});
  TOLLGATE_CHECK(file_.begin());
  Resident& series = find_or_create(key, false);
  const std::vector<Resident::Mark> marks = series.marks;
  const auto undo = [&] {
    file_.rollback();
    if (is_new) {
      series_.erase({key, false});
      return;
    }
    drop(series);
    series.marks = marks;
  };
  const Result<bool> is_duplicate = file_.is_counted(series.id, batch.digest);
  const std::optional<slo::Span> extent = batch.cells->extent();
  if (is_duplicate && (*is_duplicate || !extent)) {
    const Imported nothing{.is_duplicate = *is_duplicate,
                           .watermark = series.mark_of(source_number(batch.source))};
    file_.rollback();
    if (is_new) series_.erase({key, false});
    return nothing;
  }
  Result<Imported> imported =
      is_duplicate ? load(series).and_then([&] { return add(series, batch, *extent); })
                   : tl::unexpected(is_duplicate.error());
  const Result<void> committed = imported ? file_.commit() : Result<void>();
  if (!committed) imported = tl::unexpected(committed.error());
  if (!imported) {
    undo();
    return imported;
  }
  account(series);
  make_room();
  return imported;
}

std::vector<Resident*> CellStore::Implementation::matching(const std::string& slo,
                                                           const Place& place) {
  std::vector<Resident*> found;
  const auto fits = [](const std::string& asked, const std::string& own) {
    return asked.empty() || asked == own;
  };
  for (auto each = series_.lower_bound({{.slo = slo}, false});
       each != series_.end() && each->first.key.slo == slo; ++each) {
    const SeriesKey& key = each->first.key;
    if ((key.environment.empty() || fits(place.environment, key.environment)) &&
        fits(place.track, key.track) && fits(place.version, key.version) &&
        fits(place.group, key.group)) {
      found.push_back(&each->second);
    }
  }
  return found;
}

/// Up to where everything has arrived. A source is as far as its newest series, because versions
/// come and go; the slowest source decides, unless it is gone. Files that were imported are
/// complete: they hold back nothing that is pushed.
Time CellStore::Implementation::watermark_of(const std::vector<Resident*>& asked) const {
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
    if (!source.first != is_pushed || (is_pushed && time + kSourceGone < newest)) continue;
    watermark = std::min(watermark, time);
  }
  return watermark;
}

Result<Aggregate> CellStore::Implementation::aggregate(const slo::Objective& objective,
                                                       const Place& place, const slo::Span& span,
                                                       std::span<const slo::Span> exclusions) {
  if (objective.method != slo::BudgetingMethod::occurrences && objective.slice < slo::kCellLength) {
    return fail(codes::bad_value, "slices of {} are shorter than {} seconds, the length of a cell",
                objective.slo, slo::kCellLength.ms / 1000);
  }
  const std::lock_guard lock(mutex_);
  const std::vector<Resident*> asked = matching(objective.slo, place);
  Aggregate result{.is_known = !asked.empty()};
  result.watermark = watermark_of(asked);
  std::vector<const slo::CellSeries*> cells;
  for (Resident* series : asked) {
    TOLLGATE_CHECK(load(*series));
    cells.push_back(&series->cells);
    result.counts += series->cells.counts(span);
    if (series->squares != nullptr) result.squares += series->squares->counts(span);
    for (const slo::Span& excluded : exclusions) {
      result.excluded += series->cells.counts(
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

Result<stats::ExponentialHistogram> CellStore::Implementation::latency(const std::string& slo,
                                                                       const Place& place,
                                                                       const slo::Span& span) {
  const std::lock_guard lock(mutex_);
  stats::ExponentialHistogram sum;
  for (Resident* series : matching(slo, place)) {
    TOLLGATE_CHECK(load(*series));
    if (series->latencies != nullptr) sum.merge(series->latencies->merged(span));
  }
  return sum;
}

std::vector<SeriesKey> CellStore::Implementation::series(const std::string& slo) const {
  const std::lock_guard lock(mutex_);
  std::vector<SeriesKey> keys;
  for (const auto& [id, series] : series_) {
    if (!slo.empty() && id.key.slo != slo) continue;
    if (keys.empty() || keys.back() != id.key) keys.push_back(id.key);
  }
  return keys;
}

std::vector<Revision> CellStore::Implementation::revisions(const std::string& slo) const {
  const std::lock_guard lock(mutex_);
  std::vector<Revision> found;
  for (const auto& [id, series] : series_) {
    if (!slo.empty() && id.key.slo != slo) continue;
    for (const Resident::RevisionNote& note : series.revisions)
      found.push_back({id.key, sources_[note.source], note.count, note.oldest, note.last});
  }
  return found;
}

Duration completeness_step(const slo::Objective& objective, const slo::Span& span) {
  if (objective.slice >= slo::kCellLength) return objective.slice;
  constexpr int64_t kSteps = 12;
  return std::clamp(Duration{span.length().ms / kSteps}, minutes(1), hours(1));
}

CellStore::CellStore(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
CellStore::~CellStore() = default;

Result<std::unique_ptr<CellStore>> CellStore::open(const std::string& path, const Limits& limits) {
  TOLLGATE_TRY(CellFile file, CellFile::open(path, {limits.vfs, limits.is_exclusive}));
  auto implementation =
      std::make_unique<Implementation>(std::move(file), limits, path == ":memory:");
  TOLLGATE_CHECK(implementation->read_index());
  return std::unique_ptr<CellStore>(new CellStore(std::move(implementation)));
}

Result<Imported> CellStore::import(const SeriesKey& key, const Batch& batch) {
  return implementation_->import(key, batch);
}
uint32_t CellStore::open_series(const SeriesKey& key) { return implementation_->open_series(key); }
Result<Pushed> CellStore::push(const Push& push) { return implementation_->push(push); }
void CellStore::set_retention(std::function<slo::Retention(const std::string& slo)> retention_of) {
  implementation_->set_retention(std::move(retention_of));
}
std::shared_ptr<Snapshot> CellStore::collect(std::string intake_state) {
  return implementation_->collect(std::move(intake_state));
}
Result<void> CellStore::write(const std::shared_ptr<Snapshot>& snapshot) {
  return implementation_->write(snapshot);
}
Result<std::string> CellStore::intake_state() { return implementation_->intake_state(); }
Result<Aggregate> CellStore::aggregate(const slo::Objective& objective, const Place& place,
                                       const slo::Span& span,
                                       std::span<const slo::Span> exclusions) {
  return implementation_->aggregate(objective, place, span, exclusions);
}
Result<Aggregate> CellStore::aggregate(const slo::Objective& objective,
                                       const std::string& environment, const slo::Span& span) {
  return implementation_->aggregate(objective, {.environment = environment}, span, {});
}
Result<stats::ExponentialHistogram> CellStore::latency(const std::string& slo, const Place& place,
                                                       const slo::Span& span) {
  return implementation_->latency(slo, place, span);
}
std::vector<SeriesKey> CellStore::series(const std::string& slo) const {
  return implementation_->series(slo);
}
std::vector<Revision> CellStore::revisions(const std::string& slo) const {
  return implementation_->revisions(slo);
}
size_t CellStore::series_count() const { return implementation_->series_count(); }
size_t CellStore::memory_bytes() const { return implementation_->memory_bytes(); }

}  // namespace tollgate::cells
