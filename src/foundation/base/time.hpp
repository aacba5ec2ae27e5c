// Points and spans of time. Time is always an argument here: nothing in this file reads a clock.
#pragma once

#include "foundation/base/error.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

/// A span in milliseconds; may be negative.
struct Duration {
  int64_t ms = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored as POSIX does.
struct Time {
  int64_t ms = 0;
  friend auto operator<=>(const Time&, const Time&) = default;
};

constexpr Duration milliseconds(int64_t n) { return {n}; }
constexpr Duration seconds(int64_t n) { return {n * 1000}; }
constexpr Duration minutes(int64_t n) { return {n * 60'000}; }
constexpr Duration hours(int64_t n) { return {n * 3'600'000}; }
constexpr Duration days(int64_t n) { return {n * 86'400'000}; }

constexpr Time operator+(Time t, Duration d) { return {t.ms + d.ms}; }
constexpr Time operator-(Time t, Duration d) { return {t.ms - d.ms}; }
constexpr Duration operator-(Time a, Time b) { return {a.ms - b.ms}; }
constexpr Duration operator+(Duration a, Duration b) { return {a.ms + b.ms}; }
constexpr Duration operator-(Duration a, Duration b) { return {a.ms - b.ms}; }
constexpr Duration operator*(Duration d, int64_t n) { return {d.ms * n}; }

/// "2026-03-02T10:00:00.000Z": always UTC, always 24 characters for years 0000 to 9999.
std::string time_text(Time time);
/// Appends time_text(time) to `out`.
void append_time(std::string& out, Time time);
/// Reads RFC 3339 with "Z" or a numeric offset, with or without seconds and fraction (below 1 ms is
/// cut off). Errors: bad_time.
Result<Time> parse_time(std::string_view text);

/// The shortest exact form with one unit: "30d", "90m", "1500ms", "0s".
std::string duration_text(Duration duration);
/// For people, two units at the most: "3 min 6 s", "1 d 19 h".
std::string duration_words(Duration duration);
/// Reads one or more number-unit pairs, largest first, such as "30d", "1h30m", "-5m", "250ms".
/// Units: ms s m h d w, and the calendar-free M = 30d, Q = 90d, Y = 365d of OpenSLO. Errors:
/// bad_duration.
Result<Duration> parse_duration(std::string_view text);

/// Days since 1970-01-01 of a civil date, and back. Source: H. Hinnant, "chrono-compatible
/// low-level date algorithms".
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
struct CivilDate {
  int64_t year;
  unsigned month, day;
};
CivilDate civil_from_days(int64_t days);

}  // namespace tollgate
