// When something recurs: a first time, a rule, dates added and dates left out, on the wall clock of
// a zone. Recurrences are counted out on the wall clock and only then become moments, so that 09:00
// stays 09:00 on both sides of a change of clocks. Pure. Source: RFC 5545, 3.8.5.
#pragma once

#include "domain/calendar/rule.hpp"

namespace tollgate::calendar {

/// A reading of the wall clock, or a whole day of it.
struct LocalDate {
  LocalTime time;
  bool is_day = false;
};

struct Pattern {
  LocalTime start;
  Duration length = {};                // on the wall clock; 0: moments without extent
  std::optional<Rule> rule = {};       // nothing: once
  std::vector<LocalTime> also = {};    // further starts (RDATE)
  std::vector<LocalDate> except = {};  // starts left out (EXDATE)
};

/// [from, to).
struct Occurrence {
  Time from;
  Time to;
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

/// Occurrences of one pattern in one answer; more are refused rather than cut off.
inline constexpr size_t kOccurrencesMax = 100'000;

/// The occurrences that share a moment with [from, to), sorted, none twice.
/// Their ends are readings of the wall clock, too: 22:00 to 06:00 ends at 06:00 also in the night
/// in which the clock changes. One that would have no time left, because the clock skips it, lasts
/// its nominal length from the first moment after the skip.
/// Errors: limit_exceeded.
Result<std::vector<Occurrence>> occurrences(const Pattern& pattern, const Zone& zone, Time from,
                                            Time to);

/// The first `count` moments of the pattern from `from` on, sorted, none twice. Errors: as above.
Result<std::vector<Time>> moments(const Pattern& pattern, const Zone& zone, Time from,
                                  size_t count);

/// Reads "2026-12-24" as a day and "2026-12-24 10:00" as a reading. Errors: bad_time.
Result<LocalDate> parse_local_date(std::string_view text);

}  // namespace tollgate::calendar
