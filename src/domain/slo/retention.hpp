// How long counts are kept, and how finely: everything that an objective asks for stays exact on
// its own grid. Pure.
#pragma once

#include "domain/slo/cells.hpp"
#include "domain/slo/objective.hpp"

namespace tollgate::slo {

/// Ages are counted from the newest events of a series. Cells of 10 s reach back as far as the
/// longest window of a page (6 h), cells of a minute as the longest of a ticket (3 d), and hours
/// over a year. See cell_store.hpp for what that takes.
struct Retention {
  static constexpr Duration kFine = hours(6);
  static constexpr Duration kMinutes = days(3);
  static constexpr Duration kAll = days(400);
  Duration fine = kFine;        // cells of 10 s
  Duration minutes = kMinutes;  // cells of middle_step
  Duration all = kAll;          // cells of coarse_step; older ones are forgotten
  Duration middle_step = tollgate::minutes(1);
  Duration coarse_step = tollgate::hours(1);
};

/// Time-slice objectives count slices: their history is never coarser than a slice.
Retention retention_of(const Objective& objective);

/// Puts the retention into effect at `newest`. The hours whose cells changed or are gone,
/// ascending, each once.
std::vector<int64_t> retain(CellSeries& cells, Time newest, const Retention& retention);

}  // namespace tollgate::slo
