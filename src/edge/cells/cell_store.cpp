#include "edge/cells/cell_store.hpp"

#include "edge/cells/cell_codec.hpp"
#include "edge/store/sqlite_handle.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <mutex>
#include <vector>

namespace tollgate::cells {
namespace {

constexpr const char* kSchema = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 5000;
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY, slo TEXT NOT NULL, environment TEXT NOT NULL, track TEXT NOT NULL,
  version TEXT NOT NULL,
  UNIQUE (slo, environment, track, version));
CREATE TABLE IF NOT EXISTS hours (
  series INTEGER NOT NULL, hour INTEGER NOT NULL, cells BLOB NOT NULL,
  PRIMARY KEY (series, hour)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imports (
  series INTEGER NOT NULL, digest BLOB NOT NULL,
  first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
  PRIMARY KEY (series, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS watermarks (
  series INTEGER NOT NULL, source TEXT NOT NULL, time_ms INTEGER NOT NULL,
  PRIMARY KEY (series, source)) WITHOUT ROWID;
)";

int bind_text(sqlite3_stmt* statement, int index, const std::string& text) {
  return sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                           SQLITE_STATIC);
}

std::string column_text(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr
             ? std::string()
             : std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
}

struct Series {
  SeriesKey key;
  int64_t id = 0;
  std::map<std::string, Time> watermarks;  // by source
  std::unique_ptr<slo::CellSeries> cells;  // null: not in memory
  size_t bytes = 0;                        // of `cells`, as accounted
};

/// Rolls back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(sqlite3* connection) {
    TOLLGATE_CHECK(store::execute(connection, "BEGIN IMMEDIATE"));
    return Transaction(connection);
  }
  Transaction(Transaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction() {
    if (connection_ != nullptr) (void)store::execute(connection_, "ROLLBACK");
  }
  Result<void> commit() {
    TOLLGATE_CHECK(store::execute(connection_, "COMMIT"));
    connection_ = nullptr;
    return {};
  }

 private:
  explicit Transaction(sqlite3* connection) : connection_(connection) {}
  sqlite3* connection_;
};

}  // namespace

class CellStore::Implementation {
 public:
  Implementation(store::Connection connection, const Limits& limits)
      : connection_(std::move(connection)), limits_(limits) {}

  Result<void> read_index();
  Result<Imported> import(const SeriesKey& key, const Batch& batch);
  Result<Aggregate> aggregate(const slo::Objective& objective, const std::string& environment,
                              const slo::Span& span);
  Result<void> coarsen(const SeriesKey& key, Time before, Duration length);
  size_t series_count() const {
    const std::lock_guard lock(mutex_);
    return series_.size();
  }
  size_t memory_bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  std::vector<Series*> matching(const std::string& slo, const std::string& environment);
  Result<Series*> find_or_create(const SeriesKey& key);
  Result<void> load(Series& series);
  void drop(Series& series);
  void account(Series& series);
  void make_room(const Series& keep);
  Result<bool> is_counted(const Series& series, const Digest& digest) const;
  Result<int64_t> overlapping(const Series& series, const slo::Span& extent) const;
  Result<void> write_import(const Series& series, const Batch& batch,
                            const slo::Span& extent) const;
  Result<void> write_hour(const Series& series, int64_t hour) const;
  Result<void> write_watermark(const Series& series, const std::string& source, Time time) const;
  Result<Imported> add(Series& series, const Batch& batch, const slo::Span& extent);
  Result<void> step_once(sqlite3_stmt* statement, std::string_view what) const;

  mutable std::mutex mutex_;
  store::Connection connection_;  // guarded by mutex_, as all below
  const Limits limits_;
  std::map<SeriesKey, Series> series_;
  std::list<Series*> recent_;  // series in memory, most recently used first
  size_t bytes_ = 0;
};

Result<void> CellStore::Implementation::step_once(sqlite3_stmt* statement,
                                                  std::string_view what) const {
  if (sqlite3_step(statement) == SQLITE_DONE) return {};
  return tl::unexpected(store::sqlite_error(connection_.get(), what));
}

Result<void> CellStore::Implementation::read_index() {
  std::map<int64_t, Series*> by_id;
  TOLLGATE_TRY(
      const store::Statement all,
      store::prepare(connection_.get(), "SELECT id, slo, environment, track, version FROM series"));
  while (sqlite3_step(all.get()) == SQLITE_ROW) {
    SeriesKey key{column_text(all.get(), 1), column_text(all.get(), 2), column_text(all.get(), 3),
                  column_text(all.get(), 4)};
    Series& series = series_[key];
    series.key = std::move(key);
    series.id = sqlite3_column_int64(all.get(), 0);
    by_id[series.id] = &series;
  }
  TOLLGATE_TRY(const store::Statement marks,
               store::prepare(connection_.get(), "SELECT series, source, time_ms FROM watermarks"));
  while (sqlite3_step(marks.get()) == SQLITE_ROW) {
    const auto series = by_id.find(sqlite3_column_int64(marks.get(), 0));
    if (series == by_id.end()) continue;
    series->second->watermarks[column_text(marks.get(), 1)] =
        Time{sqlite3_column_int64(marks.get(), 2)};
  }
  return {};
}

Result<Series*> CellStore::Implementation::find_or_create(const SeriesKey& key) {
  const auto found = series_.find(key);
  if (found != series_.end()) return &found->second;
  TOLLGATE_TRY(
      const store::Statement insert,
      store::prepare(connection_.get(),
                     "INSERT INTO series (slo, environment, track, version) VALUES (?, ?, ?, ?)"));
  bind_text(insert.get(), 1, key.slo);
  bind_text(insert.get(), 2, key.environment);
  bind_text(insert.get(), 3, key.track);
  bind_text(insert.get(), 4, key.version);
  TOLLGATE_CHECK(step_once(insert.get(), "adding a series"));
  Series& series = series_[key];
  series.key = key;
  series.id = sqlite3_last_insert_rowid(connection_.get());
  return &series;
}

Result<void> CellStore::Implementation::load(Series& series) {
  if (series.cells != nullptr) {
    const auto place = std::find(recent_.begin(), recent_.end(), &series);
    recent_.splice(recent_.begin(), recent_, place);
    return {};
  }
  TOLLGATE_TRY(const store::Statement select,
               store::prepare(connection_.get(),
                              "SELECT hour, cells FROM hours WHERE series = ? ORDER BY hour"));
  sqlite3_bind_int64(select.get(), 1, series.id);
  auto cells = std::make_unique<slo::CellSeries>();
  int status = 0;
  while ((status = sqlite3_step(select.get())) == SQLITE_ROW) {
    TOLLGATE_TRY(std::vector<slo::Cell> hour, decode_cells(store::column_bytes(select.get(), 1)));
    cells->put_hour(sqlite3_column_int64(select.get(), 0), std::move(hour));
  }
  if (status != SQLITE_DONE)
    return tl::unexpected(store::sqlite_error(connection_.get(), "reading cells"));
  series.cells = std::move(cells);
  recent_.push_front(&series);
  account(series);
  make_room(series);
  return {};
}

void CellStore::Implementation::account(Series& series) {
  bytes_ -= series.bytes;
  series.bytes = series.cells == nullptr ? 0 : series.cells->memory_bytes();
  bytes_ += series.bytes;
}

void CellStore::Implementation::drop(Series& series) {
  if (series.cells == nullptr) return;
  series.cells.reset();
  recent_.remove(&series);
  account(series);
}

void CellStore::Implementation::make_room(const Series& keep) {
  while (bytes_ > limits_.memory_bytes && !recent_.empty() && recent_.back() != &keep)
    drop(*recent_.back());
}

Result<bool> CellStore::Implementation::is_counted(const Series& series,
                                                   const Digest& digest) const {
  TOLLGATE_TRY(
      const store::Statement select,
      store::prepare(connection_.get(), "SELECT 1 FROM imports WHERE series = ? AND digest = ?"));
  sqlite3_bind_int64(select.get(), 1, series.id);
  store::bind_bytes(select.get(), 2, digest.view());
  return sqlite3_step(select.get()) == SQLITE_ROW;
}

Result<int64_t> CellStore::Implementation::overlapping(const Series& series,
                                                       const slo::Span& extent) const {
  TOLLGATE_TRY(
      const store::Statement select,
      store::prepare(
          connection_.get(),
          "SELECT count(*) FROM imports WHERE series = ? AND first_ms < ? AND last_ms > ?"));
  sqlite3_bind_int64(select.get(), 1, series.id);
  sqlite3_bind_int64(select.get(), 2, extent.to.ms);
  sqlite3_bind_int64(select.get(), 3, extent.from.ms);
  if (sqlite3_step(select.get()) != SQLITE_ROW) {
    return tl::unexpected(store::sqlite_error(connection_.get(), "looking for earlier imports"));
  }
  return sqlite3_column_int64(select.get(), 0);
}

Result<void> CellStore::Implementation::write_import(const Series& series, const Batch& batch,
                                                     const slo::Span& extent) const {
  TOLLGATE_TRY(const store::Statement insert,
               store::prepare(
                   connection_.get(),
                   "INSERT INTO imports (series, digest, first_ms, last_ms) VALUES (?, ?, ?, ?)"));
  sqlite3_bind_int64(insert.get(), 1, series.id);
  store::bind_bytes(insert.get(), 2, batch.digest.view());
  sqlite3_bind_int64(insert.get(), 3, extent.from.ms);
  sqlite3_bind_int64(insert.get(), 4, extent.to.ms);
  return step_once(insert.get(), "noting an import");
}

Result<void> CellStore::Implementation::write_hour(const Series& series, int64_t hour) const {
  TOLLGATE_TRY(const store::Statement upsert,
               store::prepare(connection_.get(),
                              "INSERT INTO hours (series, hour, cells) VALUES (?1, ?2, ?3) "
                              "ON CONFLICT DO UPDATE SET cells = ?3"));
  const slo::HourCells* cells = series.cells->hour(hour);
  const std::string bytes = cells == nullptr ? std::string() : encode_cells(cells->cells);
  sqlite3_bind_int64(upsert.get(), 1, series.id);
  sqlite3_bind_int64(upsert.get(), 2, hour);
  store::bind_bytes(upsert.get(), 3, bytes);
  return step_once(upsert.get(), "writing cells");
}

Result<void> CellStore::Implementation::write_watermark(const Series& series,
                                                        const std::string& source,
                                                        Time time) const {
  TOLLGATE_TRY(
      const store::Statement upsert,
      store::prepare(connection_.get(),
                     "INSERT INTO watermarks (series, source, time_ms) VALUES (?1, ?2, ?3) "
                     "ON CONFLICT DO UPDATE SET time_ms = ?3"));
  sqlite3_bind_int64(upsert.get(), 1, series.id);
  bind_text(upsert.get(), 2, source);
  sqlite3_bind_int64(upsert.get(), 3, time.ms);
  return step_once(upsert.get(), "writing a watermark");
}

Result<Imported> CellStore::Implementation::add(Series& series, const Batch& batch,
                                                const slo::Span& extent) {
  Imported imported;
  const auto mark = series.watermarks.find(batch.source);
  const Time before = mark == series.watermarks.end() ? Time{0} : mark->second;
  TOLLGATE_TRY(imported.overlapping, overlapping(series, extent));
  TOLLGATE_CHECK(write_import(series, batch, extent));
  for (const slo::HourCells& hour : batch.cells->hours()) {
    for (const slo::Cell& cell : hour.cells) {
      const Time start =
          Time{0} + hours(hour.hour) + slo::kCellLength * static_cast<int64_t>(cell.slot);
      const slo::Counts counts{static_cast<int64_t>(cell.good), static_cast<int64_t>(cell.bad)};
      if (!series.cells->add(start, counts)) {
        return fail(codes::limit_exceeded, "a cell at {} would pass the largest count",
                    time_text(start));
      }
      ++imported.cells;
      imported.revised += start < before;
    }
    TOLLGATE_CHECK(write_hour(series, hour.hour));
  }
  imported.watermark = std::max(before, batch.last - batch.lateness);
  TOLLGATE_CHECK(write_watermark(series, batch.source, imported.watermark));
  return imported;
}

Result<Imported> CellStore::Implementation::import(const SeriesKey& key, const Batch& batch) {
  const std::lock_guard lock(mutex_);
  const bool is_new = series_.find(key) == series_.end();
  TOLLGATE_TRY(Transaction transaction, Transaction::begin(connection_.get()));
  TOLLGATE_TRY(Series * series, find_or_create(key));
  const auto undo = [&] {
    drop(*series);
    if (is_new) series_.erase(key);
  };
  const Result<bool> is_duplicate = is_counted(*series, batch.digest);
  const std::optional<slo::Span> extent = batch.cells->extent();
  if (is_duplicate && (*is_duplicate || !extent)) {
    Imported nothing{.is_duplicate = *is_duplicate};
    const auto mark = series->watermarks.find(batch.source);
    if (mark != series->watermarks.end()) nothing.watermark = mark->second;
    if (is_new) undo();
    return nothing;
  }
  Result<Imported> imported =
      is_duplicate ? load(*series).and_then([&] { return add(*series, batch, *extent); })
                   : tl::unexpected(is_duplicate.error());
  const Result<void> committed = imported ? transaction.commit() : Result<void>();
  if (!committed) imported = tl::unexpected(committed.error());
  if (!imported) {
    undo();
    return imported;
  }
  series->watermarks[batch.source] = imported->watermark;
  account(*series);
  make_room(*series);
  return imported;
}

std::vector<Series*> CellStore::Implementation::matching(const std::string& slo,
                                                         const std::string& environment) {
  std::vector<Series*> found;
  for (auto place =
           series_.lower_bound({.slo = slo, .environment = {}, .track = {}, .version = {}});
       place != series_.end() && place->first.slo == slo; ++place) {
    const std::string& own = place->first.environment;
    if (environment.empty() || own.empty() || own == environment) found.push_back(&place->second);
  }
  return found;
}

Result<Aggregate> CellStore::Implementation::aggregate(const slo::Objective& objective,
                                                       const std::string& environment,
                                                       const slo::Span& span) {
  if (objective.method != slo::BudgetingMethod::occurrences && objective.slice < slo::kCellLength) {
    return fail(codes::bad_value, "slices of {} are shorter than {} seconds, the length of a cell",
                objective.slo, slo::kCellLength.ms / 1000);
  }
  const std::lock_guard lock(mutex_);
  const std::vector<Series*> asked = matching(objective.slo, environment);
  Aggregate result{.is_known = !asked.empty()};
  for (const Series* series : asked) {
    for (const auto& [source, time] : series->watermarks) {
      result.watermark = result.watermark.ms == 0 ? time : std::min(result.watermark, time);
    }
  }
  slo::CellSeries merged;
  if (asked.size() > 1) {
    for (Series* series : asked) {
      TOLLGATE_CHECK(load(*series));
      merged.add_all(*series->cells, span);
    }
  } else if (asked.size() == 1) {
    TOLLGATE_CHECK(load(*asked.front()));
  }
  const slo::CellSeries& cells = asked.size() == 1 ? *asked.front()->cells : merged;
  result.counts = cells.counts(span);
  result.completeness = cells.completeness(span, completeness_step(objective, span));
  if (objective.method != slo::BudgetingMethod::occurrences) {
    result.slices = cells.slices(span, objective.slice, objective.slice_target);
  }
  return result;
}

Result<void> CellStore::Implementation::coarsen(const SeriesKey& key, Time before,
                                                Duration length) {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find(key);
  if (found == series_.end()) return {};
  Series& series = found->second;
  TOLLGATE_CHECK(load(series));
  series.cells->coarsen(before, length);
  const auto write = [&]() -> Result<void> {
    TOLLGATE_TRY(Transaction transaction, Transaction::begin(connection_.get()));
    for (const slo::HourCells& hour : series.cells->hours()) {
      if (Time{0} + hours(hour.hour + 1) > before) break;
      TOLLGATE_CHECK(write_hour(series, hour.hour));
    }
    return transaction.commit();
  };
  const Result<void> written = write();
  if (!written) drop(series);
  account(series);
  return written;
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
  sqlite3* raw = nullptr;
  const int status =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  store::Connection connection(raw);
  if (status != SQLITE_OK) return tl::unexpected(store::sqlite_error(raw, "opening " + path));
  TOLLGATE_CHECK(store::execute(raw, kSchema));
  auto implementation = std::make_unique<Implementation>(std::move(connection), limits);
  TOLLGATE_CHECK(implementation->read_index());
  return std::unique_ptr<CellStore>(new CellStore(std::move(implementation)));
}

Result<Imported> CellStore::import(const SeriesKey& key, const Batch& batch) {
  return implementation_->import(key, batch);
}
Result<Aggregate> CellStore::aggregate(const slo::Objective& objective,
                                       const std::string& environment, const slo::Span& span) {
  return implementation_->aggregate(objective, environment, span);
}
Result<void> CellStore::coarsen(const SeriesKey& key, Time before, Duration length) {
  return implementation_->coarsen(key, before, length);
}
size_t CellStore::series_count() const { return implementation_->series_count(); }
size_t CellStore::memory_bytes() const { return implementation_->memory_bytes(); }

}  // namespace tollgate::cells
