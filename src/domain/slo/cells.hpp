// The additive counts of one signal over time, and every question that a burn rate or a budget asks
// of them. Counts, never ratios. What is kept are running sums: a count over any span is the
// difference of two of them and costs the same whatever the span's length. Late events revise all
// sums behind their cell. Not thread-safe; pure.
#pragma once

#include "domain/model/reading.hpp"
#include "domain/slo/counts.hpp"
#include "domain/slo/hour_sums.hpp"
#include "domain/slo/window.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tollgate::slo {

/// The cells of one hour, as a store keeps them.
struct HourCells {
  int64_t hour = 0;               // hours since 1970-01-01T00:00Z
  Duration length = kCellLength;  // of its cells: 10 s, or coarser
  std::vector<Cell> cells = {};   // sorted by slot; slots are multiples of the length
};

/// One hour as it is at a moment, to be read later and elsewhere.
struct HourCopy {
  HourSums sums;
  Counts total;
  HourCells cells() const;
};

/// All events of one hour.
struct HourCounts {
  int64_t hour = 0;
  Counts counts;
};

class CellSeries {
 public:
  /// Adds events to the cell that `time` falls into; negative counts correct earlier ones. False,
  /// and nothing changed, if a count would fall below 0 or pass 2^54, or the time lies outside the
  /// years 1970-9999.
  [[nodiscard]] bool add(Time time, Counts counts);
  /// The same for counters that arrive apart: while bad events are known before their total, the
  /// good ones of a cell are below 0.
  [[nodiscard]] bool add_part(Time time, Counts counts);
  /// Puts a whole hour in place of what was there (reading from a store).
  void put_hour(const HourCells& hour);

  /// Sum of the cells that start in [span.from, span.to); of a joined cell that an edge cuts, its
  /// even share. A count is never below 0.
  Counts counts(const Span& span) const;
  /// The same, below 0 where parts outnumber the whole that they are taken from.
  Counts net_counts(const Span& span) const;
  /// Sum of the cells that start before `time`, with the share of a joined one around it; parts may
  /// be below 0.
  Counts counts_before(Time time) const;
  /// Events of the joined cell that `time` cuts: where in it they happened is not known any more.
  Counts cut_by(Time time) const;
  /// counts({at - window, at}) for each window: `sums` has as many places. The memory that it needs
  /// is asked for at once.
  void window_counts(Time at, std::span<const Duration> windows, std::span<Counts> sums) const;
  /// Adds net_counts(span) of each span to the place in `sums` of the same number. The memory that
  /// all of them need is asked for at once.
  void add_counts(std::span<const Span> spans, std::span<Counts> sums) const;
  /// Sum of everything.
  Counts total() const { return total_; }

  /// Calls `visit` for each cell with events that starts in the span, in order.
  void visit(const Span& span, const std::function<void(Time, const Counts&)>& visit) const;
  /// Start of the first cell with events, and end of the last one. Empty if there are none.
  std::optional<Span> extent() const;
  /// The hours that exist, ascending.
  std::vector<int64_t> hours() const;
  /// Empty cells for an hour that does not exist.
  HourCells hour_cells(int64_t hour) const { return copy_hour(hour).cells(); }
  HourCopy copy_hour(int64_t hour) const;

  /// The hours that end at or before `before` and have cells shorter than `length`, ascending.
  std::vector<HourCounts> finer_hours(Time before, Duration length) const;
  /// Joins the cells of an hour that has some into steps of `length`, which divides an hour, to
  /// save memory.
  void coarsen(int64_t hour, Duration length);
  /// Forgets hours that ended before `before`; these hours.
  std::vector<int64_t> forget(Time before);

  /// Ask for the memory that adding to the newest hour needs; the first one before the second.
  void prefetch_last_hour() const {
    if (!hours_.empty()) __builtin_prefetch(&hours_.back());
  }
  void prefetch_last_cell() const {
    if (!hours_.empty()) hours_.back().cells.prefetch_end();
  }
  size_t cell_count() const;
  size_t memory_bytes() const;

 private:
  /// One hour that has cells. 32 bytes.
  struct Hour {
    Hour(int64_t hour, const Counts& before_arg) : before(before_arg), cells(hour) {}
    Counts before;  // sum of all hours before
    HourSums cells;
    int64_t hour() const { return cells.hour(); }
  };

  bool put(Time time, Counts counts, bool may_be_negative);
  size_t find(int64_t hour) const;
  void prefetch(Time time) const;
  void insert_hour(size_t index, int64_t hour);
  Counts total_of(size_t index) const;
  Counts before_slot(size_t index, int64_t slot) const;
  std::vector<Cell> cells_of(size_t index) const;

  std::vector<Hour> hours_;  // sorted by hour
  Counts total_;
};

/// Steps of the clock (counted from 1970) that touch the span and in which one of the series has
/// events, in ppm of all that touch it. Cost grows with the steps only.
Ppm completeness(std::span<const CellSeries* const> series, const Span& span, Duration length);
/// The slices of `length` (a multiple of kCellLength) of the sum of several series that lie whole
/// in [span.from, span.to), from span.from on. A slice is good if good/total >= target; without
/// events it is no_data. Slices that touch an exclusion are left out. Cost grows with the slices.
model::Slices slices(std::span<const CellSeries* const> series, const Span& span, Duration length,
                     Ppm target, std::span<const Span> exclusions = {});

}  // namespace tollgate::slo
