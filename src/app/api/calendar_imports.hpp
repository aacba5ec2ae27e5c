// How the calendars of others fare that a server reads again and again.
#pragma once

#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::api {

/// Safe from any thread.
class CalendarImportDesk {
 public:
  virtual ~CalendarImportDesk() = default;
  /// {imports: [{calendar, source, refreshed, asked, entries, stale, error, next}]}, by calendar
  /// and source. `refreshed` is the last good answer since the server started, null without one.
  virtual doc::Node status() = 0;
  /// Asks for all of them, or those of one calendar, as soon as may be.
  virtual void refresh(const std::string& calendar) = 0;
};

}  // namespace tollgate::api
