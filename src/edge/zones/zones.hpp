// The system's time zone data as calendar::Zone values. The only place that knows the zone
// database.
#pragma once

#include "engine/ports/zone_table.hpp"

#include <map>
#include <mutex>
#include <string>

namespace tollgate::zones {

/// Zones with their transitions of 1970 to 2100. A zone is read once and kept.
class SystemZones : public engine::ZoneTable {
 public:
  Result<calendar::Zone> zone(const std::string& name) override;
  std::string version() override;

 private:
  std::mutex mutex_;
  std::map<std::string, calendar::Zone> zones_;  // guarded by mutex_
};

}  // namespace tollgate::zones
