// What knows how the imports of calendars fare.
#pragma once

#include "domain/model/calendar_reading.hpp"

#include <vector>

namespace tollgate::engine {

class ImportWatch {
 public:
  virtual ~ImportWatch() = default;
  /// Imports that are stale or fail now, by calendar and source. Safe from any thread; does not
  /// wait for others.
  virtual std::vector<model::ImportDoubt> doubts() = 0;
};

}  // namespace tollgate::engine
