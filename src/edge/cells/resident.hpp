// One series of cells in memory, and what of it is not on disk yet. Only the cell store uses it.
// Not thread-safe.
#pragma once

#include "domain/slo/latency_cells.hpp"
#include "domain/slo/retention.hpp"
#include "edge/cells/cell_file.hpp"
#include "edge/cells/cell_store.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <vector>

namespace tollgate::cells {

/// Sources by number; the numbers are good as long as the store is open.
using SourceNames = std::vector<std::string>;

struct Resident {
  struct Mark {
    uint32_t source = 0;
    bool is_dirty = false;
    Time time = {};
  };
  struct RevisionNote {
    uint32_t source = 0;
    bool is_dirty = false;
    int64_t count = 0;
    Time oldest = {};
    Time last = {};
  };

  SeriesKey key;
  int64_t id = 0;
  std::atomic<uint32_t>* version = nullptr;  // of its SLO
  bool is_live = false;
  bool is_stored = false;   // its row is in the file
  bool is_loaded = false;   // its cells are here
  bool is_listed = false;   // among those with changes
  bool is_writing = false;  // a snapshot with its changes is under way
  uint32_t handle = UINT32_MAX;
  Time newest = {};           // of all marks
  int64_t retained_hour = 0;  // retention was put into effect in this hour
  uint64_t policy = 0;        // number of the policy that `retention` is of
  slo::Retention retention;
  uint64_t used = 0;  // when, in steps of the store
  size_t bytes = 0;   // of the cells, as accounted
  slo::CellSeries cells;
  std::unique_ptr<slo::CellSeries> squares;      // null: nothing sampled
  std::unique_ptr<slo::LatencyCells> latencies;  // null: nothing took any time
  std::vector<Mark> marks;
  std::vector<RevisionNote> revisions;
  std::array<std::vector<int64_t>, 3> dirty_hours;  // by HourTable

  /// What add() touches, each behind the one before.
  enum class Depth { self, lists, cells };
  /// Asks for memory that add() will need. What a depth reads must have been asked for before.
  void prefetch(Depth depth) const;
  /// Raises the watermark of a source.
  void mark(uint32_t source, Time time);
  Time mark_of(uint32_t source) const;
  void note_revision(uint32_t source, Time cell);
  void note_dirty(HourTable table, int64_t hour);
  /// Adds to a cell and keeps the books. `newest` is what the series knew before this push.
  void add(const Addition& addition, uint32_t source, const FindEdges& edges, Pushed& pushed);
  void add(const WeightAddition& addition);
  void add(const LatencyAddition& addition);
  void retain(int64_t hour, const FindEdges& edges);
  /// Moves what is dirty into rows.
  void collect(const SourceNames& sources, Rows& rows);
  /// Everything that is not hours counts as dirty again.
  void mark_all_dirty();
  size_t memory_bytes() const;
};

}  // namespace tollgate::cells
