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
int64_t slot_at_or_after(Time time, int64_t hour) {
  return (time.ms - hour * kHourMs + kCellLength.ms - 1) / kCellLength.ms;
}

Time slot_start(int64_t hour, int64_t slot) { return Time{hour * kHourMs} + kCellLength * slot; }

Counts not_negative(Counts counts) {
  return {std::max<int64_t>(0, counts.good), std::max<int64_t>(0, counts.bad)};
}

bool is_in_range(const Counts& counts, bool may_be_negative) {
  const int64_t least = may_be_negative ? -kCountMax : 0;
  return counts.good >= least && counts.bad >= least && counts.good <= kCountMax &&
         counts.bad <= kCountMax;
}

}  // namespace

/// The index of the hour, or of the first one behind it. Hours mostly follow each other, so that
/// the distance from the last one tells the place.
size_t CellSeries::find(int64_t hour) const {
  if (hours_.empty() || hour > hours_.back().hour()) return hours_.size();
  const auto back = static_cast<size_t>(hours_.back().hour() - hour);
  if (back < hours_.size()) {
    const size_t guess = hours_.size() - 1 - back;
    if (hours_[guess].hour() == hour) return guess;
  }
  const auto place = std::lower_bound(hours_.begin(), hours_.end(), hour,
                                      [](const Hour& a, int64_t b) { return a.hour() < b; });
  return static_cast<size_t>(place - hours_.begin());
}

void CellSeries::insert_hour(size_t index, int64_t hour) {
  constexpr size_t kGrowth = 8;  // an eighth at a time: months of hours do not shrink
  const Counts before = index < hours_.size() ? hours_[index].before : total_;
  if (hours_.size() == hours_.capacity())
    hours_.reserve(hours_.size() + hours_.size() / kGrowth + 2);
  hours_.emplace(hours_.begin() + static_cast<std::ptrdiff_t>(index), hour, before);
}

Counts CellSeries::total_of(size_t index) const {
  const Counts& end = index + 1 < hours_.size() ? hours_[index + 1].before : total_;
  return end - hours_[index].before;
}

/// Sum of the cells of an hour that start before `slot`.
Counts CellSeries::before_slot(size_t index, int64_t slot) const {
  return hours_[index].cells.before(slot, total_of(index));
}

std::vector<Cell> CellSeries::cells_of(size_t index) const {
  return hours_[index].cells.cells(total_of(index));
}

bool CellSeries::put(Time time, Counts counts, bool may_be_negative) {
  if (time < Time{0} || time >= kTimeMax || !is_in_range(counts, true)) return false;
  const int64_t hour = hour_of(time);
  const size_t index = find(hour);
  const bool has_hour = index < hours_.size() && hours_[index].hour() == hour;
  int64_t slot = (time.ms - hour * kHourMs) / kCellLength.ms;
  Counts cell = counts;
  if (has_hour) {
    slot -= slot % hours_[index].cells.slots();
    if (!may_be_negative || counts.good < 0 || counts.bad < 0) {
      const int64_t next = slot + hours_[index].cells.slots();
      cell += before_slot(index, next) - before_slot(index, slot);
    }
  }
  Counts sum = total_;
  if (!is_in_range(cell, may_be_negative) || !is_in_range(sum += counts, true)) return false;
  if (counts == Counts{}) return true;
  if (!has_hour) {
    insert_hour(index, hour);
  }
  hours_[index].cells.add(slot, counts, total_of(index));
  for (size_t i = index + 1; i < hours_.size(); ++i) hours_[i].before += counts;
  total_ = sum;
  return true;
}

bool CellSeries::add(Time time, Counts counts) { return put(time, counts, false); }
bool CellSeries::add_part(Time time, Counts counts) { return put(time, counts, true); }

void CellSeries::put_hour(const HourCells& put) {
  const size_t index = find(put.hour);
  if (index == hours_.size() || hours_[index].hour() != put.hour) {
    insert_hour(index, put.hour);
  }
  Counts change;
  for (const Cell& cell : put.cells) change += {cell.good, cell.bad};
  change = change - total_of(index);
  hours_[index].cells.assign(put.length.ms / kCellLength.ms, put.cells);
  for (size_t i = index + 1; i < hours_.size(); ++i) hours_[i].before += change;
  total_ += change;
}

Counts CellSeries::counts_before(Time time) const {
  const int64_t hour = hour_of(time);
  const size_t index = find(hour);
  if (index == hours_.size()) return total_;
  Counts sum = hours_[index].before;
  if (hours_[index].hour() == hour) sum += before_slot(index, slot_at_or_after(time, hour));
  return sum;
}

Counts CellSeries::cut_by(Time time) const {
  const int64_t hour = hour_of(time);
  const size_t index = find(hour);
  if (index == hours_.size() || hours_[index].hour() != hour) return {};
  return hours_[index].cells.around(slot_at_or_after(time, hour), total_of(index));
}

Counts CellSeries::net_counts(const Span& span) const {
  if (span.to <= span.from) return {};
  return counts_before(span.to) - counts_before(span.from);
}

Counts CellSeries::counts(const Span& span) const { return not_negative(net_counts(span)); }

void CellSeries::window_counts(Time at, std::span<const Duration> windows,
                               std::span<Counts> sums) const {
  for (const Duration window : windows) prefetch(at - window);
  const Counts end = counts_before(at);
  for (size_t i = 0; i < windows.size(); ++i)
    sums[i] = not_negative(end - counts_before(at - windows[i]));
}

void CellSeries::prefetch(Time time) const {
  const int64_t hour = hour_of(time);
  const size_t index = find(hour);
  if (index < hours_.size()) hours_[index].cells.prefetch(slot_at_or_after(time, hour));
}

void CellSeries::add_counts(std::span<const Span> spans, std::span<Counts> sums) const {
  // The hours first, for where a sum lies stands in its hour.
  for (const Span& span : spans) {
    const int64_t hour = hour_of(span.from);
    if (hours_.empty() || hour > hours_.back().hour()) continue;
    const auto back = static_cast<size_t>(hours_.back().hour() - hour);
    if (back < hours_.size()) __builtin_prefetch(&hours_[hours_.size() - 1 - back]);
  }
  for (const Span& span : spans) prefetch(span.from);
  Time known_to;  // spans mostly end at one moment
  Counts end;
  bool is_known = false;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].to <= spans[i].from) continue;
    if (!is_known || known_to != spans[i].to) end = counts_before(spans[i].to);
    known_to = spans[i].to;
    is_known = true;
    sums[i] += end - counts_before(spans[i].from);
  }
}

void CellSeries::visit(const Span& span,
                       const std::function<void(Time, const Counts&)>& visit) const {
  for (size_t i = find(hour_of(span.from)); i < hours_.size(); ++i) {
    if (Time{hours_[i].hour() * kHourMs} >= span.to) return;
    for (const Cell& cell : cells_of(i)) {
      const Time start = slot_start(hours_[i].hour(), cell.slot);
      if (start >= span.from && start < span.to) visit(start, {cell.good, cell.bad});
    }
  }
}

std::optional<Span> CellSeries::extent() const {
  std::optional<Span> extent;
  for (size_t i = 0; i < hours_.size() && !extent; ++i) {
    const std::vector<Cell> cells = cells_of(i);
    if (cells.empty()) continue;
    const Time start = slot_start(hours_[i].hour(), cells.front().slot);
    extent = Span{start, start};
  }
  if (!extent) return extent;
  for (size_t i = hours_.size(); i-- > 0;) {
    const std::vector<Cell> cells = cells_of(i);
    if (cells.empty()) continue;
    extent->to = slot_start(hours_[i].hour(), cells.back().slot + hours_[i].cells.slots());
    break;
  }
  return extent;
}

std::vector<int64_t> CellSeries::hours() const {
  std::vector<int64_t> hours;
  hours.reserve(hours_.size());
  for (const Hour& hour : hours_) hours.push_back(hour.hour());
  return hours;
}

HourCells HourCopy::cells() const {
  return {.hour = sums.hour(), .length = kCellLength * sums.slots(), .cells = sums.cells(total)};
}

HourCopy CellSeries::copy_hour(int64_t hour) const {
  const size_t index = find(hour);
  if (index == hours_.size() || hours_[index].hour() != hour) return {HourSums(hour), {}};
  return {hours_[index].cells.copy(), total_of(index)};
}

std::vector<HourCounts> CellSeries::finer_hours(Time before, Duration length) const {
  const int64_t slots = length.ms / kCellLength.ms;
  std::vector<HourCounts> found;
  for (size_t i = 0; i < hours_.size(); ++i) {
    if (Time{(hours_[i].hour() + 1) * kHourMs} > before) break;
    if (hours_[i].cells.slots() < slots) found.push_back({hours_[i].hour(), total_of(i)});
  }
  return found;
}

void CellSeries::coarsen(int64_t hour, Duration length) {
  ASSERT(length >= kCellLength && kHourMs % length.ms == 0 && length.ms % kCellLength.ms == 0);
  const size_t index = find(hour);
  ASSERT(index < hours_.size() && hours_[index].hour() == hour);
  const int64_t slots = length.ms / kCellLength.ms;
  std::vector<Cell> joined;
  for (const Cell& cell : cells_of(index)) {
    const auto slot = static_cast<uint16_t>(cell.slot / slots * slots);
    if (joined.empty() || joined.back().slot != slot) joined.push_back({slot, 0, 0});
    joined.back().good += cell.good;
    joined.back().bad += cell.bad;
  }
  hours_[index].cells.assign(slots, joined);
}

std::vector<int64_t> CellSeries::forget(Time before) {
  const size_t end = find(hour_of(before));
  std::vector<int64_t> forgotten;
  if (end == 0) return forgotten;
  for (size_t i = 0; i < end; ++i) forgotten.push_back(hours_[i].hour());
  const Counts gone = end < hours_.size() ? hours_[end].before : total_;
  hours_.erase(hours_.begin(), hours_.begin() + static_cast<std::ptrdiff_t>(end));
  for (Hour& hour : hours_) hour.before = hour.before - gone;
  total_ = total_ - gone;
  return forgotten;
}

size_t CellSeries::cell_count() const {
  size_t count = 0;
  for (size_t i = 0; i < hours_.size(); ++i) count += cells_of(i).size();
  return count;
}

size_t CellSeries::memory_bytes() const {
  size_t bytes = hours_.capacity() * sizeof(Hour);
  for (const Hour& hour : hours_) bytes += hour.cells.memory_bytes();
  return bytes;
}

}  // namespace tollgate::slo
