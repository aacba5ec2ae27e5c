// The JSON form of everything about calendars, for the command line and the HTTP API alike.
#pragma once

#include "domain/schedule/timeline.hpp"
#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

namespace tollgate::render {

/// All answers name the imports that they cannot rely on as `import_doubts` (doubts_json).

/// {state: "open"|"blocked", open, at, service, environment, change_class, reasons: [{entry, type,
/// blocks, from, to, reason, in_flight, override_roles}], next_opening, next_closing, in_flight,
/// message}.
doc::Node calendar_check_json(const engine::CalendarQuestion& question,
                              const model::CalendarReading& reading);
/// {when, now, open, blockers: [...], within_days, message}: the next moment a release may go.
doc::Node calendar_when_json(const engine::CalendarQuestion& question,
                             const model::CalendarReading& reading);
/// {from, to, entries: [...], occurrences: [{entry, type, from, to, reason}]}, at most
/// kOccurrencesShown.
doc::Node calendar_list_json(const schedule::Timeline& line);
/// The next 90 days, day by day on the wall clock of `zone` (empty: that of the calendars, if they
/// agree, else UTC): {environment, service, change_class, zone, at, days: [{date, weekday, state:
/// "open"|"part"|"closed", open_s, of_s, entries: ["CALENDAR/ENTRY"], reason}]}. A day is `part` if
/// it is open for some of its time; entries are those that block it, or the windows it has. Errors:
/// those of Engine::calendar, unknown_name for a zone.
Result<doc::Node> calendar_days_json(const engine::Engine& engine,
                                     const engine::CalendarQuestion& question,
                                     const std::string& zone);
/// {calendar, id, position, entry}.
doc::Node calendar_entry_json(const std::string& calendar, const model::CalendarEntry& entry,
                              const engine::EntryAnswer& answer);
/// {id, position, approvals: [{role, by, at, reason}], missing: [role]}.
doc::Node calendar_approval_json(const engine::Engine& engine, const engine::EntryAnswer& answer);
/// {calendar, source, entries, ignored, position}.
doc::Node calendar_import_json(const model::CalendarImported& imported, int64_t position);

inline constexpr size_t kOccurrencesShown = 1000;

}  // namespace tollgate::render
