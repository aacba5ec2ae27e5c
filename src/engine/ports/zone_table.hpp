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
};

}  // namespace tollgate::engine
