// Where calendar windows get their time zones from.
#pragma once

#include "domain/calendar/zone.hpp"

#include <string>

namespace tollgate::engine {

class ZoneTable {
 public:
  virtual ~ZoneTable() = default;
  /// The zone of an IANA name; "" is UTC. Errors: unknown_name. Safe from any thread.
  virtual Result<calendar::Zone> zone(const std::string& name) = 0;
  /// Version of the zone data, such as "2025b"; empty if it is not known.
  virtual std::string version() { return {}; }
};

}  // namespace tollgate::engine
