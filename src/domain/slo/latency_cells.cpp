#include "domain/slo/latency_cells.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::slo {
namespace {

constexpr int64_t kMinutes = 60;               // of an hour
constexpr Time kTimeMax{253'402'300'800'000};  // 10000-01-01

}  // namespace

stats::ExponentialHistogram* LatencyCells::cell_at(Time time) {
  if (time < Time{0} || time >= kTimeMax) return nullptr;
  int64_t minute = time.ms / kStep.ms;
  if (minute / kMinutes < joined_before_) minute -= minute % kMinutes;
  return &cells_[minute];
}

bool LatencyCells::add(Time time, double seconds, int64_t count) {
  if (!(seconds >= 0) || count < 1) return false;
  stats::ExponentialHistogram* const cell = cell_at(time);
  return cell != nullptr && cell->add(seconds, count);
}

bool LatencyCells::add(Time time, const stats::ExponentialHistogram& histogram) {
  stats::ExponentialHistogram* const cell = cell_at(time);
  if (cell != nullptr) cell->merge(histogram);
  return cell != nullptr;
}

bool LatencyCells::add_bucket(Time time, int scale, int32_t index, int64_t count) {
  if (scale < stats::ExponentialHistogram::kScaleMin || count < 1) return false;
  stats::ExponentialHistogram* const cell = cell_at(time);
  return cell != nullptr && cell->add_bucket(scale, index, count);
}

stats::ExponentialHistogram LatencyCells::merged(const Span& span) const {
  stats::ExponentialHistogram sum;
  const int64_t first = (span.from.ms + kStep.ms - 1) / kStep.ms;
  for (auto cell = cells_.lower_bound(first);
       cell != cells_.end() && Time{cell->first * kStep.ms} < span.to; ++cell) {
    sum.merge(cell->second);
  }
  return sum;
}

std::vector<int64_t> LatencyCells::retain(Time newest) {
  std::vector<int64_t> changed;
  const auto note = [&](int64_t hour) {
    if (changed.empty() || changed.back() != hour) changed.push_back(hour);
  };
  const int64_t oldest = (newest - kAllKept).ms / kStep.ms;
  while (!cells_.empty() && cells_.begin()->first < oldest) {
    note(cells_.begin()->first / kMinutes);
    cells_.erase(cells_.begin());
  }
  const int64_t joined_before = (newest - kMinutesKept).ms / hours(1).ms;
  for (auto cell = cells_.lower_bound(joined_before_ * kMinutes);
       cell != cells_.end() && cell->first < joined_before * kMinutes;) {
    const int64_t start = cell->first - cell->first % kMinutes;
    if (cell->first == start) {
      ++cell;
      continue;
    }
    note(start / kMinutes);
    cells_[start].merge(cell->second);
    cell = cells_.erase(cell);
  }
  joined_before_ = std::max(joined_before_, joined_before);
  return changed;
}

std::string LatencyCells::hour_bytes(int64_t hour) const {
  std::string bytes;
  for (auto cell = cells_.lower_bound(hour * kMinutes);
       cell != cells_.end() && cell->first < (hour + 1) * kMinutes; ++cell) {
    bytes += static_cast<char>(cell->first % kMinutes);
    stats::append_histogram(cell->second, bytes);
  }
  return bytes;
}

Result<void> LatencyCells::put_hour(int64_t hour, std::string_view bytes) {
  cells_.erase(cells_.lower_bound(hour * kMinutes), cells_.lower_bound((hour + 1) * kMinutes));
  while (!bytes.empty()) {
    const int64_t minute = bytes.front();
    bytes.remove_prefix(1);
    if (minute < 0 || minute >= kMinutes)
      return fail(codes::store_failed, "the latencies of an hour are damaged");
    TOLLGATE_TRY(stats::ExponentialHistogram histogram, stats::take_histogram(bytes));
    cells_[hour * kMinutes + minute] = std::move(histogram);
  }
  return {};
}

size_t LatencyCells::memory_bytes() const {
  size_t bytes = sizeof(*this);
  for (const auto& [minute, cell] : cells_) bytes += cell.memory_bytes() + 48;
  return bytes;
}

}  // namespace tollgate::slo
