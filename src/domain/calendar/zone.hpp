// A time zone as a value: the moments at which its offset from UTC changes. Pure, so that calendar
// windows replay; edge/zones reads the system's zone data into this form.
#pragma once

#include "foundation/base/time.hpp"

#include <string>
#include <vector>

namespace tollgate::calendar {

/// A reading of a wall clock, as milliseconds since 1970-01-01T00:00:00 of that clock.
struct LocalTime {
  int64_t ms = 0;
  friend auto operator<=>(const LocalTime&, const LocalTime&) = default;
};

/// From `at` on the wall clock shows UTC plus `offset`.
struct Transition {
  Time at;
  Duration offset;
};

/// Transitions sorted by time; the first one counts for all time before it too. No transitions:
/// UTC.
struct Zone {
  std::string name = "UTC";
  std::vector<Transition> transitions = {};
};

/// What the wall clock of `zone` shows at `time`.
LocalTime local_time(const Zone& zone, Time time);
/// What a reading means that the clock skips when it is put forward. change: the moment of the
/// change, as windows begin and end. offset_before: counted with the offset before the change, so
/// that 02:30 becomes 03:30, as RFC 5545 (3.3.5) says for events.
enum class Gap { change, offset_before };

/// The moment at which the wall clock shows `local`. In an overlap (clock put back): the first of
/// the two moments. In a gap: as `gap` says.
Time utc_time(const Zone& zone, LocalTime local, Gap gap = Gap::change);

/// Reads "2020-01-21 12:30:00" (also with "T", without seconds, or a date alone). Errors: bad_time.
Result<LocalTime> parse_local_time(std::string_view text);

}  // namespace tollgate::calendar
