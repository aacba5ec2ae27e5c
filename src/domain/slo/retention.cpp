#include "domain/slo/retention.hpp"

#include <algorithm>
#include <numeric>

namespace tollgate::slo {

Retention retention_of(const Objective& objective) {
  Retention retention;
  if (objective.method == BudgetingMethod::occurrences) return retention;
  const int64_t step = std::gcd(objective.slice.ms, hours(1).ms) / kCellLength.ms * kCellLength.ms;
  // A slice that is no multiple of 10 s is judged on cells of 10 s.
  const bool is_on_grid = step > 0 && objective.slice.ms % step == 0 && hours(1).ms % step == 0;
  retention.coarse_step = is_on_grid ? Duration{step} : kCellLength;
  retention.middle_step = std::min(retention.middle_step, retention.coarse_step);
  if (retention.middle_step.ms % retention.coarse_step.ms != 0 &&
      retention.coarse_step.ms % retention.middle_step.ms != 0) {
    retention.middle_step = kCellLength;
  }
  return retention;
}

std::vector<int64_t> retain(CellSeries& cells, Time newest, const Retention& retention) {
  std::vector<int64_t> changed = cells.forget(newest - retention.all);
  for (const auto& [age, step] : {std::pair(retention.minutes, retention.coarse_step),
                                  std::pair(retention.fine, retention.middle_step)}) {
    const std::vector<int64_t> joined = cells.coarsen(newest - age, step);
    changed.insert(changed.end(), joined.begin(), joined.end());
  }
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  return changed;
}

}  // namespace tollgate::slo
