// How long counts are kept, and how finely: everything that an objective asks for stays exact on
// its own grid. Pure.
#pragma once

#include "domain/slo/cells.hpp"
#include "domain/slo/objective.hpp"

#include <functional>
#include <vector>

namespace tollgate::slo {

/// Ages are counted from the newest events of a series. Cells of 10 s reach back as far as the
/// longest window of a page (6 h), cells of a minute as the longest of a ticket (3 d), and hours
/// over a year. Two kinds of hours stay finer: those that spent more of the budget than they may,
/// so that alerts can be tried on the past, and those in which somebody may ask for counts up to a
/// moment. See cell_store.hpp for what that takes.
struct Retention {
  static constexpr Duration kFine = hours(6);
  static constexpr Duration kMinutes = days(3);
  static constexpr Duration kAll = days(400);
  static constexpr size_t kBurningHoursMax = 72;  // the newest ones; older ones are joined
  Duration fine = kFine;                          // cells of 10 s
  Duration minutes = kMinutes;                    // cells of middle_step
  Duration all = kAll;                            // cells of coarse_step; older ones are forgotten
  Duration middle_step = tollgate::minutes(1);
  Duration coarse_step = tollgate::hours(1);
  Ppm allowed_bad = {1'000'000};  // an hour with a larger share of bad events burns
};

/// Moments within a span up to which somebody may ask for counts: where maintenance begins and
/// ends.
using FindEdges = std::function<std::vector<Time>(const Span&)>;

/// Time-slice objectives count slices: their history is never coarser than a slice.
Retention retention_of(const Objective& objective);

/// Puts the retention into effect at `newest`. `edges` may be empty. The hours whose cells changed
/// or are gone, ascending, each once.
std::vector<int64_t> retain(CellSeries& cells, Time newest, const Retention& retention,
                            const FindEdges& edges = {});

}  // namespace tollgate::slo
