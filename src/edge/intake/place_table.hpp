// The cells of each place of each SLO that samples have named: opened once, bounded. Not
// thread-safe.
#pragma once

#include "edge/cells/series_key.hpp"
#include "edge/intake/router.hpp"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace tollgate::intake {

class PlaceTable {
 public:
  PlaceTable(OpenSeries open, const RouterLimits& limits)
      : open_(std::move(open)), limits_(limits) {}

  /// The handle of the cells of a place; nothing beyond a limit, and `refusal` then says which.
  std::optional<uint32_t> open(cells::SeriesKey key, std::string& refusal);
  void clear() { places_.clear(); }

 private:
  OpenSeries open_;
  const RouterLimits limits_;
  std::unordered_map<std::string, std::map<cells::SeriesKey, uint32_t>> places_;  // by SLO
};

}  // namespace tollgate::intake
