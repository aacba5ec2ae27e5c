// Calendars of others as entries, and our entries as a calendar for others: iCalendar (RFC 5545) in
// and out, and the incident files of cState status pages in. Text only; no I/O.
#pragma once

#include "domain/schedule/timeline.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::icalendar {

/// What a file does not say.
struct ReadOptions {
  model::EntryType type = model::EntryType::blackout;  // unless the file names one of ours
  std::string zone = {};  // of times without one; empty: such times are refused
};

struct ReadCalendar {
  std::vector<model::CalendarEntry> entries = {};
  std::vector<std::string> ignored = {};  // why a part is no entry, one sentence each
};

/// Events of an iCalendar file. A moved or cancelled occurrence is left out of its series and, if
/// moved, an entry of its own. Errors: bad_report for what is no iCalendar or has a time that
/// cannot be placed (an unknown kind of zone, none at all); nothing becomes UTC silently.
Result<ReadCalendar> read_icalendar(std::string_view text, const ReadOptions& options);

/// The one entry of a cState issue file; `file` names it. What has no end, or ends before it
/// begins, is ignored with its reason. Errors: bad_report for what has no front matter.
Result<ReadCalendar> read_cstate(std::string_view text, std::string_view file,
                                 const ReadOptions& options);

/// The entries as an iCalendar feed, with the definitions of their zones around `now`. Errors:
/// unknown zones.
Result<std::string> write_icalendar(std::string_view name,
                                    const std::vector<schedule::ScheduledEntry>& entries,
                                    const schedule::FindZone& find_zone, Time now);

}  // namespace tollgate::icalendar
