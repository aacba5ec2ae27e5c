#include "domain/slo/cells.hpp"

#include "domain/slo/ratio.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>

namespace tollgate::slo {
namespace {

constexpr int64_t kHourMs = hours(1).ms;
constexpr Time kTimeMax{253'402'300'800'000};  // 10000-01-01
constexpr int64_t kCountMax = (int64_t{1} << 54) - 1;

int64_t hour_of(Time time) {
  return time.ms >= 0 ? time.ms / kHourMs : -((-time.ms + kHourMs - 1) / kHourMs);
}

/// Slot of `time` in its hour, rounded up if the time lies inside a cell: cells count by their
/// start.
uint64_t slot_at_or_after(Time time, int64_t hour) {
  const int64_t inside = time.ms - hour * kHourMs;
  return static_cast<uint64_t>((inside + kCellLength.ms - 1) / kCellLength.ms);
}

Time cell_start(int64_t hour, const Cell& cell) {
  return Time{hour * kHourMs} + kCellLength * static_cast<int64_t>(cell.slot);
}

Counts counts_of(const Cell& cell) {
  return {static_cast<int64_t>(cell.good), static_cast<int64_t>(cell.bad)};
}

Cell make_cell(uint64_t slot, Counts counts) {
  return {.slot = slot & 511,
          .good = static_cast<uint64_t>(counts.good) & ((uint64_t{1} << 55) - 1),
          .bad = static_cast<uint64_t>(counts.bad)};
}

bool is_earlier(const HourCells& cells, int64_t hour) { return cells.hour < hour; }
bool is_before(const Cell& cell, uint64_t slot) { return cell.slot < slot; }

Counts sum_of(const HourCells& hour) {
  Counts sum;
  for (const Cell& cell : hour.cells) sum += counts_of(cell);
  return sum;
}

/// Adds up cells slice by slice; cells come in order of time.
class SliceSums {
 public:
  SliceSums(Span span, Duration length, Ppm target)
      : span_(span), length_(length), target_(target), count_(span.length().ms / length.ms) {}

  void take(Time start, const Counts& counts) {
    const int64_t slice = (start - span_.from).ms / length_.ms;
    if (slice >= count_) return;
    if (slice != slice_) close();
    slice_ = slice;
    sum_ += counts;
  }

  model::Slices finish() {
    close();
    result_.no_data = std::max<int64_t>(0, count_) - result_.good - result_.bad;
    return result_;
  }

 private:
  void close() {
    if (sum_.total() > 0) {
      const bool is_good = Wide{sum_.good} * kWhole >= Wide{target_.value} * sum_.total();
      ++(is_good ? result_.good : result_.bad);
      result_.ratio_sum_ppm += ppm_down(sum_.good, sum_.total());
    }
    sum_ = {};
  }

  Span span_;
  Duration length_;
  Ppm target_;
  int64_t count_;
  int64_t slice_ = -1;
  Counts sum_;
  model::Slices result_;
};

}  // namespace

bool CellSeries::add(Time time, Counts counts) {
  if (time < Time{0} || time >= kTimeMax) return false;
  const int64_t hour = hour_of(time);
  const auto slot = static_cast<uint64_t>((time.ms - hour * kHourMs) / kCellLength.ms);
  auto place = hours_.end();
  if (!hours_.empty() && hours_.back().hour >= hour) {
    place = std::lower_bound(hours_.begin(), hours_.end(), hour, is_earlier);
  }
  const bool has_hour = place != hours_.end() && place->hour == hour;
  Counts sum = counts;
  std::vector<Cell>::iterator cell;
  bool has_cell = false;
  if (has_hour) {
    cell = std::lower_bound(place->cells.begin(), place->cells.end(), slot, is_before);
    has_cell = cell != place->cells.end() && cell->slot == slot;
    if (has_cell) sum += counts_of(*cell);
  }
  if (sum.good < 0 || sum.bad < 0 || sum.good > kCountMax || sum.bad > kCountMax) return false;
  if (sum.total() == 0 && !has_cell) return true;

  if (!has_hour) {
    const auto index = place - hours_.begin();
    place = hours_.insert(place, HourCells{.hour = hour, .cells = {}});
    if (sums_.empty()) sums_.emplace_back();
    sums_.insert(sums_.begin() + index, Counts(sums_[static_cast<size_t>(index)]));
    cell = place->cells.end();
  }
  if (!has_cell) {
    place->cells.insert(cell, make_cell(slot, sum));
  } else if (sum.total() == 0) {
    place->cells.erase(cell);
  } else {
    *cell = make_cell(slot, sum);
  }
  for (auto i = static_cast<size_t>(place - hours_.begin()) + 1; i < sums_.size(); ++i) {
    sums_[i] += counts;
  }
  return true;
}

void CellSeries::put_hour(int64_t hour, std::vector<Cell> cells) {
  auto place = hours_.end();
  if (!hours_.empty() && hours_.back().hour >= hour) {
    place = std::lower_bound(hours_.begin(), hours_.end(), hour, is_earlier);
  }
  if (place == hours_.end() || place->hour != hour) {
    place = hours_.insert(place, HourCells{.hour = hour, .cells = {}});
  }
  place->cells = std::move(cells);
  refresh_sums(static_cast<size_t>(place - hours_.begin()));
}

void CellSeries::add_all(const CellSeries& other, const Span& span) {
  auto hour =
      std::lower_bound(other.hours_.begin(), other.hours_.end(), hour_of(span.from), is_earlier);
  for (; hour != other.hours_.end() && Time{hour->hour * kHourMs} < span.to; ++hour) {
    for (const Cell& cell : hour->cells) {
      const Time start = cell_start(hour->hour, cell);
      if (start >= span.from && start < span.to) (void)add(start, counts_of(cell));
    }
  }
}

void CellSeries::refresh_sums(size_t from) {
  sums_.resize(hours_.size() + 1);
  for (size_t i = from; i < hours_.size(); ++i) {
    sums_[i + 1] = sums_[i];
    sums_[i + 1] += sum_of(hours_[i]);
  }
}

Counts CellSeries::counts_before(Time time) const {
  if (hours_.empty()) return {};
  const int64_t hour = hour_of(time);
  const auto place = std::lower_bound(hours_.begin(), hours_.end(), hour, is_earlier);
  Counts sum = sums_[static_cast<size_t>(place - hours_.begin())];
  if (place == hours_.end() || place->hour != hour) return sum;
  const uint64_t slot = slot_at_or_after(time, hour);
  for (const Cell& cell : place->cells) {
    if (cell.slot >= slot) break;
    sum += counts_of(cell);
  }
  return sum;
}

Counts CellSeries::counts(const Span& span) const {
  if (span.to <= span.from) return {};
  return counts_before(span.to) - counts_before(span.from);
}

model::Slices CellSeries::slices(const Span& span, Duration length, Ppm target) const {
  ASSERT(length >= kCellLength);
  SliceSums sums(span, length, target);
  auto hour = std::lower_bound(hours_.begin(), hours_.end(), hour_of(span.from), is_earlier);
  for (; hour != hours_.end() && Time{hour->hour * kHourMs} < span.to; ++hour) {
    for (const Cell& cell : hour->cells) {
      const Time start = cell_start(hour->hour, cell);
      if (start >= span.from && start < span.to) sums.take(start, counts_of(cell));
    }
  }
  return sums.finish();
}

Ppm CellSeries::completeness(const Span& span, Duration length) const {
  ASSERT(length >= kCellLength);
  if (span.to <= span.from) return {0};
  const auto step_of = [&](Time time) { return divide_down(time.ms, length.ms); };
  const auto steps =
      static_cast<int64_t>(step_of(span.to - milliseconds(1)) - step_of(span.from) + 1);
  int64_t with_events = 0;
  Wide last = -1;
  auto hour = std::lower_bound(hours_.begin(), hours_.end(), hour_of(span.from), is_earlier);
  for (; hour != hours_.end() && Time{hour->hour * kHourMs} < span.to; ++hour) {
    const Time end{(hour->hour + 1) * kHourMs};
    const bool is_inside = Time{hour->hour * kHourMs} >= span.from && end <= span.to;
    for (const Cell& cell : hour->cells) {
      const Time start = cell_start(hour->hour, cell);
      if (start < span.from || start >= span.to) continue;
      const Wide step = step_of(start);
      if (step != last) ++with_events;
      last = step;
      if (is_inside && length >= tollgate::hours(1)) break;  // one event speaks for the hour
    }
  }
  return {ppm_down(with_events, steps)};
}

std::optional<Span> CellSeries::extent() const {
  const auto has_cells = [](const HourCells& hour) { return !hour.cells.empty(); };
  const auto first = std::find_if(hours_.begin(), hours_.end(), has_cells);
  if (first == hours_.end()) return std::nullopt;
  const auto last = std::find_if(hours_.rbegin(), hours_.rend(), has_cells);
  return Span{cell_start(first->hour, first->cells.front()),
              cell_start(last->hour, last->cells.back()) + kCellLength};
}

const HourCells* CellSeries::hour(int64_t hour) const {
  const auto place = std::lower_bound(hours_.begin(), hours_.end(), hour, is_earlier);
  return place == hours_.end() || place->hour != hour ? nullptr : &*place;
}

void CellSeries::coarsen(Time before, Duration length) {
  ASSERT(length >= kCellLength && kHourMs % length.ms == 0 && length.ms % kCellLength.ms == 0);
  const auto step = static_cast<uint64_t>(length.ms / kCellLength.ms);
  for (HourCells& hour : hours_) {
    if (Time{(hour.hour + 1) * kHourMs} > before) break;
    std::vector<Cell> joined;
    for (const Cell& cell : hour.cells) {
      const uint64_t slot = cell.slot / step * step;
      if (joined.empty() || joined.back().slot != slot) {
        joined.push_back(make_cell(slot, counts_of(cell)));
      } else {
        Counts sum = counts_of(joined.back());
        joined.back() = make_cell(slot, sum += counts_of(cell));
      }
    }
    joined.shrink_to_fit();
    hour.cells = std::move(joined);
  }
}

void CellSeries::forget(Time before) {
  const auto end = std::lower_bound(hours_.begin(), hours_.end(), hour_of(before), is_earlier);
  hours_.erase(hours_.begin(), end);
  sums_.clear();
  refresh_sums(0);
}

size_t CellSeries::cell_count() const {
  size_t count = 0;
  for (const HourCells& hour : hours_) count += hour.cells.size();
  return count;
}

size_t CellSeries::memory_bytes() const {
  size_t bytes = hours_.capacity() * sizeof(HourCells) + sums_.capacity() * sizeof(Counts);
  for (const HourCells& hour : hours_) bytes += hour.cells.capacity() * sizeof(Cell);
  return bytes;
}

}  // namespace tollgate::slo
