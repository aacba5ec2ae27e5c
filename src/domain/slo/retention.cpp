#include "domain/slo/retention.hpp"

#include "domain/slo/ratio.hpp"

#include <algorithm>
#include <numeric>

namespace tollgate::slo {

Retention retention_of(const Objective& objective) {
  Retention retention{.allowed_bad = allowed_bad(objective)};
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

namespace {

bool burns(const Counts& counts, Ppm allowed_bad) {
  return static_cast<double>(counts.bad) * 1e6 >
         static_cast<double>(counts.total()) * static_cast<double>(allowed_bad.value);
}

/// Joins the hours that end before `before`, but for those that are to stay finer: `burning_most`
/// of those that burn, and those with an edge inside of a step. The hours that changed.
std::vector<int64_t> join(CellSeries& cells, Time before, Duration step, Ppm allowed_bad,
                          size_t burning_most, const FindEdges& find_edges) {
  const std::vector<HourCounts> hours_found = cells.finer_hours(before, step);
  std::vector<int64_t> joined;
  if (hours_found.empty()) return joined;
  std::vector<int64_t> kept;  // hours that an edge cuts
  if (find_edges) {
    const Time first = Time{0} + hours(hours_found.front().hour);
    for (const Time edge : find_edges({first, before})) {
      if (edge.ms % step.ms != 0)
        kept.push_back(static_cast<int64_t>(divide_down(edge.ms, hours(1).ms)));
    }
  }
  size_t burning = 0;
  for (size_t i = hours_found.size(); i-- > 0;) {
    const auto& [hour, counts] = hours_found[i];
    if (burns(counts, allowed_bad) && ++burning <= burning_most) continue;
    if (std::find(kept.begin(), kept.end(), hour) != kept.end()) continue;
    cells.coarsen(hour, step);
    joined.push_back(hour);
  }
  return joined;
}

}  // namespace

std::vector<int64_t> retain(CellSeries& cells, Time newest, const Retention& retention,
                            const FindEdges& edges) {
  std::vector<int64_t> changed = cells.forget(newest - retention.all);
  const auto note = [&](const std::vector<int64_t>& joined) {
    changed.insert(changed.end(), joined.begin(), joined.end());
  };
  note(join(cells, newest - retention.minutes, retention.coarse_step, retention.allowed_bad,
            Retention::kBurningHoursMax, edges));
  note(
      join(cells, newest - retention.fine, retention.middle_step, retention.allowed_bad, 0, edges));
  std::sort(changed.begin(), changed.end());
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  return changed;
}

}  // namespace tollgate::slo
