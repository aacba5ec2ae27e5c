// The cells of one hour as running sums, in the form that takes least memory. Not thread-safe;
// pure.
#pragma once

#include "domain/slo/counts.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tollgate::slo {

/// One hour that has cells. Cells that are joined into longer ones start at multiples of their
/// length; inside of one, its events count as spread evenly. The hour's total is known by who keeps
/// it: the difference of two sums over hours.
///
/// Three forms, all with the sums from the hour's start on:
/// - blocks: for each 16 cells the sum before them, and what each of them adds in 16 bits for good
///   and for bad. A cell takes 4.5 bytes, and a sum is read from two cache lines at most.
/// - wide: a sum for each cell, 32 bits each for good and bad. 8 bytes a cell.
/// - listed: for few cells, and for counts that fit nowhere else: slot and 64 bits each. 20 bytes.
/// Blocks and wide sums reach up to the last cell with events. An hour of one cell needs none of
/// them: its total says everything.
class HourSums {
 public:
  explicit HourSums(int64_t hour) : hour_(static_cast<int32_t>(hour)) {}
  /// The same again: some hundred bytes up to three kilobytes are copied.
  HourSums copy() const;

  int64_t hour() const { return hour_; }  // hours since 1970
  /// 10 s steps of one cell: 1, or more where cells were joined.
  int64_t slots() const { return slots_; }

  /// Sum of the cells that start before `slot`; of a joined one around it, the even share.
  Counts before(int64_t slot, const Counts& total) const;
  /// Events of the joined cell that `slot` lies inside of; none where it is the start of one.
  Counts around(int64_t slot, const Counts& total) const;
  /// Cells with events, by slot.
  std::vector<Cell> cells(const Counts& total) const;
  /// Adds to the cell that starts at `slot`; `total` is of before.
  void add(int64_t slot, const Counts& counts, const Counts& total);
  /// Puts cells of `slots` steps in place of all.
  void assign(int64_t slots, std::span<const Cell> cells);

  /// Asks for the memory that before(slot) and add(slot) read.
  void prefetch(int64_t slot) const {
    if (words_ != nullptr) __builtin_prefetch(words_.get() + word_of(cells_before(slot)));
  }
  /// The same for the cell behind the last one.
  void prefetch_end() const {
    if (words_ != nullptr) __builtin_prefetch(words_.get() + word_of(size_));
  }
  size_t memory_bytes() const { return words() * sizeof(uint32_t); }

 private:
  enum class Form : uint32_t { one, listed, blocks, wide };

  Form form() const { return static_cast<Form>(form_); }
  size_t length() const { return static_cast<size_t>(kCellsPerHour) / slots_; }  // in cells
  size_t words() const;
  size_t cells_before(int64_t slot) const;
  Counts before_cell(int64_t slot, const Counts& total) const;
  size_t word_of(size_t cell) const;
  size_t listed_before(int64_t slot) const;
  Form best_form(std::span<const Cell> cells) const;
  bool add_listed(int64_t slot, const Counts& counts);
  bool add_to_blocks(int64_t slot, const Counts& counts, const Counts& total);
  bool add_wide(int64_t slot, const Counts& counts, const Counts& total);

  std::unique_ptr<uint32_t[]> words_;  // null: form one
  int32_t hour_;
  uint32_t size_ : 10 = 0;  // cells in use
  uint32_t slots_ : 10 = 1;
  uint32_t form_ : 2 = static_cast<uint32_t>(Form::listed);
};

}  // namespace tollgate::slo
