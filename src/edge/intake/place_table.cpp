#include "edge/intake/place_table.hpp"

#include <fmt/core.h>

namespace tollgate::intake {

std::optional<uint32_t> PlaceTable::open(cells::SeriesKey key, std::string& refusal) {
  for (const std::string* each : {&key.environment, &key.track, &key.version, &key.group}) {
    if (each->size() <= limits_.place_bytes_max) continue;
    refusal = fmt::format("{}: the label value \"{}...\" that names a place is longer than {}",
                          key.slo, each->substr(0, 40), limits_.place_bytes_max);
    return std::nullopt;
  }
  std::map<cells::SeriesKey, uint32_t>& places = places_[key.slo];
  if (const auto found = places.find(key); found != places.end()) return found->second;
  if (places.size() >= limits_.cells_of_slo_max) {
    refusal =
        fmt::format("{}: its series name more than {} environments, tracks, versions and groups",
                    key.slo, limits_.cells_of_slo_max);
    return std::nullopt;
  }
  const uint32_t series = open_(key);
  places.emplace(std::move(key), series);
  return series;
}

}  // namespace tollgate::intake
