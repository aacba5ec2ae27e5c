#include "edge/cells/cell_store.hpp"

#include "edge/cells/cell_answers.hpp"
#include "edge/cells/cell_file.hpp"
#include "edge/cells/cell_sweep.hpp"
#include "edge/cells/series_table.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <unordered_map>

namespace tollgate::cells {

/// Rows with the series that they came from.
struct Snapshot {
  Rows rows;
  std::vector<Resident*> series;

  /// In the order of the file, which finds the pages one after the other then.
  void sort() {
    std::sort(rows.hours.begin(), rows.hours.end(), [](const HourRow& a, const HourRow& b) {
      return std::tie(a.table, a.series, a.hour) < std::tie(b.table, b.series, b.hour);
    });
    std::sort(rows.watermarks.begin(), rows.watermarks.end(),
              [](const WatermarkRow& a, const WatermarkRow& b) { return a.series < b.series; });
  }
};

class CellStore::Implementation {
 public:
  Implementation(CellFile file, const Limits& limits, bool is_volatile)
      : file_(std::move(file)), table_(file_, limits.memory_bytes, is_volatile) {}

  Result<void> read_index() { return table_.read_index(); }
  Result<Imported> import(const SeriesKey& key, const Batch& batch);
  uint32_t open_series(const SeriesKey& key) {
    const std::lock_guard lock(mutex_);
    return table_.handle_of(key);
  }
  Result<Pushed> push(const Push& push);
  std::shared_ptr<Snapshot> collect(std::string intake_state);
  Result<void> write(const std::shared_ptr<Snapshot>& snapshot);

  Result<Swept> sweep() {
    const std::lock_guard write_lock(write_mutex_);
    const std::lock_guard lock(mutex_);
    return cells::sweep(file_, table_, retention_of_);
  }
  /// What `ask` finds in the table, in its turn.
  template <typename Ask>
  auto answer(const Ask& ask) {
    const std::lock_guard lock(mutex_);
    return ask(table_);
  }
  void set_retention(std::function<slo::Retention(const std::string&)> retention_of) {
    const std::lock_guard lock(mutex_);
    retention_of_ = std::move(retention_of);
    ++policy_;
  }
  void set_edges(FindEdges find) {
    const std::lock_guard lock(mutex_);
    find_edges_ = std::move(find);
  }
  Result<std::string> intake_state() const { return file_.intake_state(); }

 private:
  Result<Imported> add(Resident& series, const Batch& batch, const slo::Span& extent);

  std::mutex write_mutex_;    // one transaction at a time; taken before mutex_
  mutable std::mutex mutex_;  // all below
  const CellFile file_;
  SeriesTable table_;
  std::function<slo::Retention(const std::string&)> retention_of_;
  FindEdges find_edges_;
  uint64_t policy_ = 1;  // counts what set_retention() was told
};

Result<Pushed> CellStore::Implementation::push(const Push& push) {
  const std::lock_guard lock(mutex_);
  Pushed pushed;
  const uint32_t source = table_.source_number(push.source);
  constexpr size_t kAhead = 4;
  const auto prefetch = [&](size_t place, Resident::Depth depth) {
    if (place < push.additions.size())
      table_.by_handle(push.additions[place].series)->prefetch(depth);
  };
  for (size_t i = 0; i < push.additions.size(); ++i) {
    prefetch(i + 3 * kAhead, Resident::Depth::self);
    prefetch(i + 2 * kAhead, Resident::Depth::lists);
    prefetch(i + kAhead, Resident::Depth::cells);
    const Addition& addition = push.additions[i];
    Resident& series = *table_.by_handle(addition.series);
    TOLLGATE_CHECK(table_.load(series));
    const int64_t retained = series.retained_hour;
    if (series.policy != policy_) {
      series.retention = retention_of_ ? retention_of_(series.key.slo) : slo::Retention{};
      series.policy = policy_;
    }
    series.add(addition, source, find_edges_, pushed);
    if (series.retained_hour != retained) table_.account(series);
    table_.list(series);
  }
  for (const WeightAddition& addition : push.weights) {
    TOLLGATE_CHECK(table_.load(*table_.by_handle(addition.series)));
    table_.by_handle(addition.series)->add(addition);
    table_.list(*table_.by_handle(addition.series));
  }
  for (const LatencyAddition& addition : push.latencies) {
    TOLLGATE_CHECK(table_.load(*table_.by_handle(addition.series)));
    table_.by_handle(addition.series)->add(addition);
    table_.list(*table_.by_handle(addition.series));
  }
  return pushed;
}

std::shared_ptr<Snapshot> CellStore::Implementation::collect(std::string intake_state) {
  auto snapshot = std::make_shared<Snapshot>();
  const std::lock_guard lock(mutex_);
  snapshot->series = table_.take_dirty();
  for (Resident* series : snapshot->series) {
    series->collect(table_.sources(), snapshot->rows);
    series->is_listed = false;
    series->is_writing = true;
    table_.account(*series);
  }
  snapshot->rows.intake_state = std::move(intake_state);
  return snapshot;
}

Result<void> CellStore::Implementation::write(const std::shared_ptr<Snapshot>& snapshot) {
  const std::lock_guard write_lock(write_mutex_);
  snapshot->sort();
  Result<void> written = file_.write(snapshot->rows);
  const std::lock_guard lock(mutex_);
  for (Resident* series : snapshot->series) {
    series->is_writing = false;
    if (written) continue;
    series->mark_all_dirty();
    table_.list(*series);
  }
  if (!written) {
    std::unordered_map<int64_t, Resident*> by_id;
    for (Resident* series : snapshot->series) by_id[series->id] = series;
    for (const HourRow& row : snapshot->rows.hours)
      by_id[row.series]->note_dirty(row.table, row.hour);
  }
  table_.make_room();
  return written;
}

Result<Imported> CellStore::Implementation::add(Resident& series, const Batch& batch,
                                                const slo::Span& extent) {
  Imported imported;
  const uint32_t source = table_.source_number(batch.source);
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
  series.collect(table_.sources(), rows);
  for (const HourRow& row : rows.hours) TOLLGATE_CHECK(file_.write(row));
  for (const WatermarkRow& row : rows.watermarks) TOLLGATE_CHECK(file_.write(row));
  return imported;
}

Result<Imported> CellStore::Implementation::import(const SeriesKey& key, const Batch& batch) {
  const std::lock_guard write_lock(write_mutex_);
  const std::lock_guard lock(mutex_);
  const bool is_new = !table_.contains(key, false);
  TOLLGATE_CHECK(file_.begin());
  Resident& series = table_.find_or_create(key, false);
  const std::vector<Resident::Mark> marks = series.marks;
  const auto undo = [&] {
    file_.rollback();
    if (is_new) {
      table_.erase(key, false);
      return;
    }
    table_.drop(series);
    series.marks = marks;
  };
  const Result<bool> is_duplicate = file_.is_counted(series.id, batch.digest);
  const std::optional<slo::Span> extent = batch.cells->extent();
  if (is_duplicate && (*is_duplicate || !extent)) {
    const Imported nothing{.is_duplicate = *is_duplicate,
                           .watermark = series.mark_of(table_.source_number(batch.source))};
    file_.rollback();
    if (is_new) table_.erase(key, false);
    return nothing;
  }
  Result<Imported> imported =
      is_duplicate ? table_.load(series).and_then([&] { return add(series, batch, *extent); })
                   : tl::unexpected(is_duplicate.error());
  const Result<void> committed = imported ? file_.commit() : Result<void>();
  if (!committed) imported = tl::unexpected(committed.error());
  if (!imported) {
    undo();
    return imported;
  }
  table_.account(series);
  SeriesTable::revise(series);
  table_.make_room();
  return imported;
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
void CellStore::set_edges(FindEdges find) { implementation_->set_edges(std::move(find)); }
std::shared_ptr<Snapshot> CellStore::collect(std::string intake_state) {
  return implementation_->collect(std::move(intake_state));
}
Result<void> CellStore::write(const std::shared_ptr<Snapshot>& snapshot) {
  return implementation_->write(snapshot);
}
Result<Swept> CellStore::sweep() { return implementation_->sweep(); }
Result<std::string> CellStore::intake_state() { return implementation_->intake_state(); }
Result<Aggregate> CellStore::aggregate(const slo::Objective& objective, const Place& place,
                                       const slo::Span& span,
                                       std::span<const slo::Span> exclusions) {
  return implementation_->answer([&](SeriesTable& table) {
    return cells::aggregate(table, objective, place, span, exclusions);
  });
}
Result<Aggregate> CellStore::aggregate(const slo::Objective& objective,
                                       const std::string& environment, const slo::Span& span) {
  return aggregate(objective, {.environment = environment}, span, {});
}
std::optional<Time> CellStore::count_spans(std::string_view slo, std::string_view environment,
                                           std::span<const slo::Span> spans,
                                           std::span<slo::Counts> counts) {
  return implementation_->answer([&](SeriesTable& table) {
    return cells::count_spans(table, slo, environment, spans, counts);
  });
}
std::shared_ptr<StandingSlo> CellStore::stand(std::string_view slo, std::string_view environment) {
  return implementation_->answer([&](SeriesTable& table) {
    return std::make_shared<StandingSlo>(
        StandingSlo{.of_slo = &table.of_slo(slo), .environment = std::string(environment)});
  });
}
std::optional<Time> CellStore::count_spans(StandingSlo& slo, std::span<const slo::Span> spans,
                                           std::span<slo::Counts> counts) {
  return implementation_->answer(
      [&](SeriesTable& table) { return cells::count_spans(table, slo, spans, counts); });
}
const std::atomic<uint32_t>& CellStore::version(const StandingSlo& slo) {
  return *slo.of_slo->version;
}
Result<stats::ExponentialHistogram> CellStore::latency(const std::string& slo, const Place& place,
                                                       const slo::Span& span) {
  return implementation_->answer(
      [&](SeriesTable& table) { return cells::latency(table, slo, place, span); });
}
std::vector<SeriesKey> CellStore::series(const std::string& slo) const {
  return implementation_->answer(
      [&](const SeriesTable& table) { return cells::series(table, slo); });
}
std::vector<Revision> CellStore::revisions(const std::string& slo) const {
  return implementation_->answer(
      [&](const SeriesTable& table) { return cells::revisions(table, slo); });
}
std::vector<SourceUse> CellStore::sources(const std::string& slo, const Place& place) const {
  return implementation_->answer(
      [&](const SeriesTable& table) { return cells::sources(table, slo, place); });
}
size_t CellStore::series_count() const {
  return implementation_->answer([](const SeriesTable& table) { return table.all().size(); });
}
size_t CellStore::memory_bytes() const {
  return implementation_->answer([](const SeriesTable& table) { return table.memory_bytes(); });
}

}  // namespace tollgate::cells
