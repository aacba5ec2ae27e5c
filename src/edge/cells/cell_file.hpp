// The SQLite file behind the cell store: tables, statements and transactions, no counting. Only the
// files of this folder use it. One thread at a time reads, and one writes; transactions do not
// nest.
#pragma once

#include "domain/slo/cells.hpp"
#include "domain/slo/latency_cells.hpp"
#include "edge/cells/series_key.hpp"
#include "edge/store/sqlite_handle.hpp"
#include "foundation/base/digest.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::cells {

/// Tables of bytes by series and hour.
enum class HourTable { cells, squares, latencies };

struct HourRow {
  HourTable table = HourTable::cells;
  int64_t series = 0;
  int64_t hour = 0;
  /// Of cells and squares: encoded by who writes them, for others wait while a snapshot is taken.
  std::optional<slo::HourCopy> cells = {};
  std::string bytes = {};  // of latencies
  /// What the file keeps; empty: the hour is gone.
  std::string encoded() const;
};
struct SeriesRow {
  int64_t id = 0;
  SeriesKey key;
  bool is_live = false;  // pushed, not imported: the two never share a row of cells
};
struct WatermarkRow {
  int64_t series = 0;
  std::string source;
  Time time;
};
struct RevisionRow {
  int64_t series = 0;
  std::string source;
  int64_t count = 0;
  Time oldest;
  Time last;
};

/// What a snapshot writes in one transaction.
struct Rows {
  std::vector<SeriesRow> series;
  std::vector<HourRow> hours;
  std::vector<WatermarkRow> watermarks;
  std::vector<RevisionRow> revisions;
  std::optional<std::string> intake_state;  // unset: as before
};

struct FileOptions {
  std::string vfs = {};       // name of a registered VFS; empty: the system's
  bool is_exclusive = false;  // no other process, no shared memory
};

class CellFile {
 public:
  static Result<CellFile> open(const std::string& path, const FileOptions& options);

  Result<std::vector<SeriesRow>> series() const;
  Result<std::vector<WatermarkRow>> watermarks() const;
  Result<std::vector<RevisionRow>> revisions() const;
  Result<slo::CellSeries> read_cells(int64_t series, HourTable table) const;
  Result<slo::LatencyCells> read_latencies(int64_t series) const;
  Result<std::string> intake_state() const;

  Result<void> begin() const { return store::execute(connection_.get(), "BEGIN IMMEDIATE"); }
  Result<void> commit() const { return store::execute(connection_.get(), "COMMIT"); }
  void rollback() const { (void)store::execute(connection_.get(), "ROLLBACK"); }

  // Inside a transaction.
  Result<void> write(const SeriesRow& row) const;
  Result<void> write(const HourRow& row) const;
  Result<void> write(const WatermarkRow& row) const;
  Result<void> write(const RevisionRow& row) const;
  Result<void> write_state(std::string_view state) const;
  Result<bool> is_counted(int64_t series, const Digest& digest) const;
  /// Imports whose events share the span.
  Result<int64_t> overlapping(int64_t series, const slo::Span& extent) const;
  Result<void> write_import(int64_t series, const Digest& digest, const slo::Span& extent) const;
  /// Removes a series with all that belongs to it.
  Result<void> forget(int64_t series) const;

  /// All of it, durable on return, or nothing.
  Result<void> write(const Rows& rows) const;
  /// Gives free pages back to the file system, at most so many; outside a transaction. Files of
  /// older versions only use them again.
  Result<void> shrink(int64_t pages_max) const;

 private:
  explicit CellFile(store::Connection connection) : connection_(std::move(connection)) {}
  Result<void> migrate() const;
  Result<void> prepare();
  Result<void> read_hours(
      int64_t series, HourTable table,
      const std::function<Result<void>(int64_t hour, std::string_view bytes)>& take) const;
  Result<void> run(sqlite3_stmt* statement, std::string_view what) const;
  store::Connection connection_;
  // Used inside a transaction only, so by one thread at a time.
  store::Statement add_series_;
  store::Statement put_watermark_;
  store::Statement put_revision_;
  std::array<store::Statement, 3> put_hour_;  // by HourTable, as those below
  std::array<store::Statement, 3> erase_hour_;
  std::array<store::Statement, 3> select_hours_;  // by one thread at a time, too
};

}  // namespace tollgate::cells
