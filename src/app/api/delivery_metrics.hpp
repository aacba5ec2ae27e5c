// Families of /metrics about deliveries, queues and calendars.
#pragma once

#include "app/api/calendar_imports.hpp"
#include "engine/engine.hpp"

#include <string>

namespace tollgate::api {

/// What the figures of /metrics look back on.
inline constexpr Duration kMetricsWindow = days(30);
/// Places (a service in an environment) with figures in /metrics; of more, those whose names come
/// first. tollgate_delivery_places_left_out says how many are missing.
inline constexpr size_t kMetricsPlacesMax = 1000;

/// The delivery figures and release SLIs of every place, over kMetricsWindow. A figure without data
/// has no sample.
void delivery_metrics(std::string& out, const engine::Engine& engine);

/// Who holds and waits in queues, and whether the calendars let releases go.
void place_metrics(std::string& out, const engine::Engine& engine);

/// Which calendars of others are stale.
void import_metrics(std::string& out, CalendarImportDesk& imports);

}  // namespace tollgate::api
