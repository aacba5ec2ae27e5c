// Which signal: one series of cells for each.
#pragma once

#include <compare>
#include <string>

namespace tollgate::cells {

/// All parts but the SLO may be empty.
struct SeriesKey {
  std::string slo;  // SERVICE/SLO
  std::string environment = {};
  std::string track = {};    // "stable", "canary"
  std::string version = {};  // of the service
  std::string group = {};    // of labels: a region, a tenant
  friend auto operator<=>(const SeriesKey&, const SeriesKey&) = default;
};

}  // namespace tollgate::cells
