#include "domain/slo/weighed_cells.hpp"

#include <algorithm>

namespace tollgate::slo {

bool WeighedCells::add(Time time, Counts counts, const model::WeightSquares& squares) {
  const Counts surplus{.good = std::max<int64_t>(0, squares.good - counts.good),
                       .bad = std::max<int64_t>(0, squares.bad - counts.bad)};
  if (surplus == Counts{}) return counts_.add(time, counts);
  if (!counts_.add(time, counts)) return false;
  if (surplus_.add(time, surplus)) return true;
  static_cast<void>(counts_.add(time, Counts{} - counts));  // what was just added
  return false;
}

Evidence WeighedCells::evidence(const Span& span) const {
  const Counts counts = counts_.counts(span);
  if (surplus_.total() == Counts{}) return counts;
  const Counts surplus = surplus_.counts(span);
  if (surplus == Counts{}) return counts;
  return weigh(counts, {.good = counts.good + surplus.good, .bad = counts.bad + surplus.bad});
}

void WeighedCells::visit(
    const Span& span,
    const std::function<void(Time, const Counts&, const model::WeightSquares&)>& visit) const {
  counts_.visit(span, [&](Time time, const Counts& counts) {
    Counts squares = counts;
    if (surplus_.total() != Counts{}) squares += surplus_.counts({time, time + kCellLength});
    visit(time, counts, {.good = squares.good, .bad = squares.bad});
  });
}

}  // namespace tollgate::slo
