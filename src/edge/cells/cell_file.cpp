#include "edge/cells/cell_file.hpp"

#include "edge/cells/cell_codec.hpp"
#include "foundation/base/codes.hpp"

#include <array>

namespace tollgate::cells {
namespace {

constexpr const char* kSettings = R"(
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 5000;
PRAGMA journal_size_limit = 67108864;
)";
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS places (
  id INTEGER PRIMARY KEY, slo TEXT NOT NULL, environment TEXT NOT NULL, track TEXT NOT NULL,
  version TEXT NOT NULL, label_group TEXT NOT NULL, is_live INTEGER NOT NULL,
  UNIQUE (slo, environment, track, version, label_group, is_live));
CREATE TABLE IF NOT EXISTS hours (
  series INTEGER NOT NULL, hour INTEGER NOT NULL, cells BLOB NOT NULL,
  PRIMARY KEY (series, hour)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS squares (
  series INTEGER NOT NULL, hour INTEGER NOT NULL, cells BLOB NOT NULL,
  PRIMARY KEY (series, hour)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS latencies (
  series INTEGER NOT NULL, hour INTEGER NOT NULL, cells BLOB NOT NULL,
  PRIMARY KEY (series, hour)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imports (
  series INTEGER NOT NULL, digest BLOB NOT NULL,
  first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
  PRIMARY KEY (series, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS watermarks (
  series INTEGER NOT NULL, source TEXT NOT NULL, time_ms INTEGER NOT NULL,
  PRIMARY KEY (series, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revisions (
  series INTEGER NOT NULL, source TEXT NOT NULL, count INTEGER NOT NULL,
  oldest_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
  PRIMARY KEY (series, source)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intake (id INTEGER PRIMARY KEY CHECK (id = 1), state BLOB NOT NULL);
)";
/// The first form of the file had no groups and nothing pushed.
constexpr const char* kFromSeries = R"(
BEGIN IMMEDIATE;
INSERT INTO places SELECT id, slo, environment, track, version, '', 0 FROM series;
DROP TABLE series;
COMMIT;
)";

struct TableStatements {
  const char* select;
  const char* upsert;
  const char* erase;
};
constexpr const char* kAddSeries =
    "INSERT OR IGNORE INTO places (id, slo, environment, track, version, label_group, is_live) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kPutWatermark =
    "INSERT OR REPLACE INTO watermarks (series, source, time_ms) VALUES (?, ?, ?)";
constexpr const char* kPutRevision =
    "INSERT OR REPLACE INTO revisions (series, source, count, oldest_ms, last_ms) "
    "VALUES (?, ?, ?, ?, ?)";
constexpr std::array<TableStatements, 3> kTables = {{
    {"SELECT hour, cells FROM hours WHERE series = ? ORDER BY hour",
     "INSERT OR REPLACE INTO hours (series, hour, cells) VALUES (?1, ?2, ?3)",
     "DELETE FROM hours WHERE series = ?1 AND hour = ?2"},
    {"SELECT hour, cells FROM squares WHERE series = ? ORDER BY hour",
     "INSERT OR REPLACE INTO squares (series, hour, cells) VALUES (?1, ?2, ?3)",
     "DELETE FROM squares WHERE series = ?1 AND hour = ?2"},
    {"SELECT hour, cells FROM latencies WHERE series = ? ORDER BY hour",
     "INSERT OR REPLACE INTO latencies (series, hour, cells) VALUES (?1, ?2, ?3)",
     "DELETE FROM latencies WHERE series = ?1 AND hour = ?2"},
}};

int bind_text(sqlite3_stmt* statement, int index, const std::string& text) {
  return sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                           SQLITE_STATIC);
}

std::string column_text(sqlite3_stmt* statement, int column) {
  return std::string(store::column_bytes(statement, column));
}

}  // namespace

Result<CellFile> CellFile::open(const std::string& path, const FileOptions& options) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  const int status = sqlite3_open_v2(path.c_str(), &raw, flags,
                                     options.vfs.empty() ? nullptr : options.vfs.c_str());
  store::Connection connection(raw);
  if (status != SQLITE_OK) return tl::unexpected(store::sqlite_error(raw, "opening " + path));
  if (options.is_exclusive) TOLLGATE_CHECK(store::execute(raw, "PRAGMA locking_mode = EXCLUSIVE"));
  TOLLGATE_CHECK(store::execute(raw, kSettings));
  TOLLGATE_CHECK(store::execute(raw, kSchema));
  CellFile file(std::move(connection));
  TOLLGATE_CHECK(file.migrate());
  TOLLGATE_CHECK(file.prepare());
  return file;
}

Result<void> CellFile::migrate() const {
  TOLLGATE_TRY(const std::string old,
               store::query_text(connection_.get(),
                                 "SELECT name FROM sqlite_master WHERE type = "
                                 "'table' AND name = 'series'"));
  return old.empty() ? Result<void>{} : store::execute(connection_.get(), kFromSeries);
}

/// A snapshot writes hundreds of thousands of rows: what they need is compiled once.
Result<void> CellFile::prepare() {
  const auto compile = [&](const char* sql) { return store::prepare(connection_.get(), sql); };
  TOLLGATE_TRY(add_series_, compile(kAddSeries));
  TOLLGATE_TRY(put_watermark_, compile(kPutWatermark));
  TOLLGATE_TRY(put_revision_, compile(kPutRevision));
  for (size_t table = 0; table < kTables.size(); ++table) {
    TOLLGATE_TRY(select_hours_[table], compile(kTables[table].select));
    TOLLGATE_TRY(put_hour_[table], compile(kTables[table].upsert));
    TOLLGATE_TRY(erase_hour_[table], compile(kTables[table].erase));
  }
  return {};
}

Result<void> CellFile::run(sqlite3_stmt* statement, std::string_view what) const {
  Result<void> done;
  if (sqlite3_step(statement) != SQLITE_DONE)
    done = tl::unexpected(store::sqlite_error(connection_.get(), what));
  sqlite3_reset(statement);
  return done;
}

Result<std::vector<SeriesRow>> CellFile::series() const {
  TOLLGATE_TRY(
      const store::Statement all,
      store::prepare(
          connection_.get(),
          "SELECT id, slo, environment, track, version, label_group, is_live FROM places"));
  std::vector<SeriesRow> rows;
  while (sqlite3_step(all.get()) == SQLITE_ROW) {
    rows.push_back(
        {sqlite3_column_int64(all.get(), 0),
         {column_text(all.get(), 1), column_text(all.get(), 2), column_text(all.get(), 3),
          column_text(all.get(), 4), column_text(all.get(), 5)},
         sqlite3_column_int(all.get(), 6) != 0});
  }
  return rows;
}

Result<std::vector<WatermarkRow>> CellFile::watermarks() const {
  TOLLGATE_TRY(const store::Statement all,
               store::prepare(connection_.get(), "SELECT series, source, time_ms FROM watermarks"));
  std::vector<WatermarkRow> rows;
  while (sqlite3_step(all.get()) == SQLITE_ROW) {
    rows.push_back({sqlite3_column_int64(all.get(), 0), column_text(all.get(), 1),
                    Time{sqlite3_column_int64(all.get(), 2)}});
  }
  return rows;
}

Result<std::vector<RevisionRow>> CellFile::revisions() const {
  TOLLGATE_TRY(const store::Statement all,
               store::prepare(connection_.get(),
                              "SELECT series, source, count, oldest_ms, last_ms FROM revisions"));
  std::vector<RevisionRow> rows;
  while (sqlite3_step(all.get()) == SQLITE_ROW) {
    rows.push_back({sqlite3_column_int64(all.get(), 0), column_text(all.get(), 1),
                    sqlite3_column_int64(all.get(), 2), Time{sqlite3_column_int64(all.get(), 3)},
                    Time{sqlite3_column_int64(all.get(), 4)}});
  }
  return rows;
}

Result<void> CellFile::read_hours(
    int64_t series, HourTable table,
    const std::function<Result<void>(int64_t hour, std::string_view bytes)>& take) const {
  sqlite3_stmt* const select = select_hours_[static_cast<size_t>(table)].get();
  sqlite3_bind_int64(select, 1, series);
  Result<void> taken;
  int status = SQLITE_DONE;
  while (taken && (status = sqlite3_step(select)) == SQLITE_ROW)
    taken = take(sqlite3_column_int64(select, 0), store::column_bytes(select, 1));
  if (taken && status != SQLITE_DONE)
    taken = tl::unexpected(store::sqlite_error(connection_.get(), "reading cells"));
  sqlite3_reset(select);
  return taken;
}

Result<slo::CellSeries> CellFile::read_cells(int64_t series, HourTable table) const {
  slo::CellSeries cells;
  TOLLGATE_CHECK(
      read_hours(series, table, [&](int64_t hour, std::string_view bytes) -> Result<void> {
        TOLLGATE_TRY(const slo::HourCells read, decode_cells(hour, bytes));
        cells.put_hour(read);
        return {};
      }));
  return cells;
}

Result<slo::LatencyCells> CellFile::read_latencies(int64_t series) const {
  slo::LatencyCells cells;
  TOLLGATE_CHECK(read_hours(
      series, HourTable::latencies,
      [&](int64_t hour, std::string_view bytes) { return cells.put_hour(hour, bytes); }));
  return cells;
}

Result<std::string> CellFile::intake_state() const {
  TOLLGATE_TRY(const store::Statement select,
               store::prepare(connection_.get(), "SELECT state FROM intake WHERE id = 1"));
  if (sqlite3_step(select.get()) != SQLITE_ROW) return std::string();
  return std::string(store::column_bytes(select.get(), 0));
}

Result<void> CellFile::write(const SeriesRow& row) const {
  sqlite3_stmt* const insert = add_series_.get();
  sqlite3_bind_int64(insert, 1, row.id);
  bind_text(insert, 2, row.key.slo);
  bind_text(insert, 3, row.key.environment);
  bind_text(insert, 4, row.key.track);
  bind_text(insert, 5, row.key.version);
  bind_text(insert, 6, row.key.group);
  sqlite3_bind_int(insert, 7, row.is_live ? 1 : 0);
  return run(insert, "adding a series");
}

std::string HourRow::encoded() const {
  if (!cells) return bytes;
  const slo::HourCells hour_cells = cells->cells();
  return hour_cells.cells.empty() ? std::string() : encode_cells(hour_cells);
}

Result<void> CellFile::write(const HourRow& row) const {
  const auto table = static_cast<size_t>(row.table);
  const std::string bytes = row.encoded();
  sqlite3_stmt* const change = (bytes.empty() ? erase_hour_ : put_hour_)[table].get();
  sqlite3_bind_int64(change, 1, row.series);
  sqlite3_bind_int64(change, 2, row.hour);
  if (!bytes.empty()) store::bind_bytes(change, 3, bytes);
  return run(change, "writing cells");
}

Result<void> CellFile::write(const WatermarkRow& row) const {
  sqlite3_stmt* const upsert = put_watermark_.get();
  sqlite3_bind_int64(upsert, 1, row.series);
  bind_text(upsert, 2, row.source);
  sqlite3_bind_int64(upsert, 3, row.time.ms);
  return run(upsert, "writing a watermark");
}

Result<void> CellFile::write(const RevisionRow& row) const {
  sqlite3_stmt* const upsert = put_revision_.get();
  sqlite3_bind_int64(upsert, 1, row.series);
  bind_text(upsert, 2, row.source);
  sqlite3_bind_int64(upsert, 3, row.count);
  sqlite3_bind_int64(upsert, 4, row.oldest.ms);
  sqlite3_bind_int64(upsert, 5, row.last.ms);
  return run(upsert, "noting a revision");
}

Result<void> CellFile::write_state(std::string_view state) const {
  TOLLGATE_TRY(
      const store::Statement upsert,
      store::prepare(connection_.get(), "INSERT OR REPLACE INTO intake (id, state) VALUES (1, ?)"));
  store::bind_bytes(upsert.get(), 1, state);
  return run(upsert.get(), "writing the state of the intake");
}

Result<bool> CellFile::is_counted(int64_t series, const Digest& digest) const {
  TOLLGATE_TRY(
      const store::Statement select,
      store::prepare(connection_.get(), "SELECT 1 FROM imports WHERE series = ? AND digest = ?"));
  sqlite3_bind_int64(select.get(), 1, series);
  store::bind_bytes(select.get(), 2, digest.view());
  return sqlite3_step(select.get()) == SQLITE_ROW;
}

Result<int64_t> CellFile::overlapping(int64_t series, const slo::Span& extent) const {
  TOLLGATE_TRY(
      const store::Statement select,
      store::prepare(
          connection_.get(),
          "SELECT count(*) FROM imports WHERE series = ? AND first_ms < ? AND last_ms > ?"));
  sqlite3_bind_int64(select.get(), 1, series);
  sqlite3_bind_int64(select.get(), 2, extent.to.ms);
  sqlite3_bind_int64(select.get(), 3, extent.from.ms);
  if (sqlite3_step(select.get()) != SQLITE_ROW) {
    return tl::unexpected(store::sqlite_error(connection_.get(), "looking for earlier imports"));
  }
  return sqlite3_column_int64(select.get(), 0);
}

Result<void> CellFile::write_import(int64_t series, const Digest& digest,
                                    const slo::Span& extent) const {
  TOLLGATE_TRY(const store::Statement insert,
               store::prepare(
                   connection_.get(),
                   "INSERT INTO imports (series, digest, first_ms, last_ms) VALUES (?, ?, ?, ?)"));
  sqlite3_bind_int64(insert.get(), 1, series);
  store::bind_bytes(insert.get(), 2, digest.view());
  sqlite3_bind_int64(insert.get(), 3, extent.from.ms);
  sqlite3_bind_int64(insert.get(), 4, extent.to.ms);
  return run(insert.get(), "noting an import");
}

Result<void> CellFile::forget(int64_t series) const {
  for (const char* sql :
       {"DELETE FROM hours WHERE series = ?", "DELETE FROM squares WHERE series = ?",
        "DELETE FROM latencies WHERE series = ?", "DELETE FROM imports WHERE series = ?",
        "DELETE FROM watermarks WHERE series = ?", "DELETE FROM revisions WHERE series = ?",
        "DELETE FROM places WHERE id = ?"}) {
    TOLLGATE_TRY(const store::Statement erase, store::prepare(connection_.get(), sql));
    sqlite3_bind_int64(erase.get(), 1, series);
    TOLLGATE_CHECK(run(erase.get(), "forgetting a series"));
  }
  return {};
}

Result<void> CellFile::shrink(int64_t pages_max) const {
  return store::execute(connection_.get(),
                        fmt::format("PRAGMA incremental_vacuum({})", pages_max).c_str());
}

Result<void> CellFile::write(const Rows& rows) const {
  const auto all = [&]() -> Result<void> {
    for (const SeriesRow& row : rows.series) TOLLGATE_CHECK(write(row));
    for (const HourRow& row : rows.hours) TOLLGATE_CHECK(write(row));
    for (const WatermarkRow& row : rows.watermarks) TOLLGATE_CHECK(write(row));
    for (const RevisionRow& row : rows.revisions) TOLLGATE_CHECK(write(row));
    if (rows.intake_state) TOLLGATE_CHECK(write_state(*rows.intake_state));
    return commit();
  };
  TOLLGATE_CHECK(begin());
  Result<void> written = all();
  if (!written) rollback();
  return written;
}

}  // namespace tollgate::cells
