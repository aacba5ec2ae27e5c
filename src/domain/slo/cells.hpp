// The additive counts of one signal over time, and every question that a burn rate or a budget asks
// of them. Counts, never ratios. Running sums per hour make a count over any span cost the same
// whatever its length: one binary search at each end and at most 360 additions inside the two hours
// that the ends fall into. Late events revise their cell in place. Not thread-safe; pure.
#pragma once

#include "domain/model/reading.hpp"
#include "domain/slo/window.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tollgate::slo {

/// The finest resolution; every span is judged on this grid.
inline constexpr Duration kCellLength = seconds(10);
inline constexpr int64_t kCellsPerHour = 360;

/// Good and bad events; total is their sum.
struct Counts {
  int64_t good = 0;
  int64_t bad = 0;
  int64_t total() const { return good + bad; }
  Counts& operator+=(const Counts& other) {
    good += other.good;
    bad += other.bad;
    return *this;
  }
  friend Counts operator-(const Counts& a, const Counts& b) {
    return {a.good - b.good, a.bad - b.bad};
  }
  friend bool operator==(const Counts&, const Counts&) = default;
};

/// One non-empty cell of an hour; `slot` counts 10 s steps from the hour's start. 16 bytes.
struct Cell {
  uint64_t slot : 9;
  uint64_t good : 55;
  uint64_t bad;
  friend bool operator==(const Cell&, const Cell&) = default;
};

/// The cells of one hour, sorted by slot.
struct HourCells {
  int64_t hour = 0;  // hours since 1970-01-01T00:00Z
  std::vector<Cell> cells;
};

class CellSeries {
 public:
  /// Adds events to the cell that `time` falls into; negative counts correct earlier ones.
  /// False, and nothing changed, if a count would fall below 0 or pass 2^54 or the time lies
  /// outside years 1970-9999.
  [[nodiscard]] bool add(Time time, Counts counts);
  /// Puts a whole hour in place of what was there (reading from a store). `cells` sorted by slot.
  void put_hour(int64_t hour, std::vector<Cell> cells);

  /// Adds the cells of `other` that start in `span`.
  void add_all(const CellSeries& other, const Span& span);

  /// Sum of the cells that start in [span.from, span.to).
  Counts counts(const Span& span) const;
  /// The slices of `length` (a multiple of kCellLength) that lie whole in [span.from, span.to),
  /// from span.from on. A slice is good if good/total >= target; without events it is no_data. Cost
  /// grows with the cells in the span.
  model::Slices slices(const Span& span, Duration length, Ppm target) const;
  /// Steps of the clock (counted from 1970) that touch the span and have events in it, in ppm of
  /// all that touch it.
  Ppm completeness(const Span& span, Duration length) const;

  /// Start of the first cell, and end of the last one. Empty if there are none.
  std::optional<Span> extent() const;
  const HourCells* hour(int64_t hour) const;
  std::span<const HourCells> hours() const { return hours_; }

  /// Joins the cells before `before` into steps of `length` (a divisor of one hour), to save
  /// memory.
  void coarsen(Time before, Duration length);
  /// Forgets hours that ended before `before`.
  void forget(Time before);

  size_t cell_count() const;
  size_t memory_bytes() const;

 private:
  Counts counts_before(Time time) const;
  void refresh_sums(size_t from);

  std::vector<HourCells> hours_;  // sorted by hour
  std::vector<Counts> sums_;  // sums_[i]: all hours before hours_[i]; one more entry than hours_
};

}  // namespace tollgate::slo
