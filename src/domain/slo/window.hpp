// The span of time that a budget is for: rolling, or fixed to the calendar of a zone with real
// months and quarters.
#pragma once

#include "domain/calendar/zone.hpp"
#include "foundation/base/time.hpp"

#include <string>
#include <string_view>

namespace tollgate::slo {

enum class WindowUnit { minute, hour, day, week, month, quarter, year };

/// `count` units. A rolling window ends at the moment of asking and takes M = 30 d, Q = 90 d, Y =
/// 365 d. A calendar window is one of the periods that follow each other from `start` on the wall
/// clock of `zone`.
struct Window {
  int64_t count = 28;
  WindowUnit unit = WindowUnit::day;
  bool is_rolling = true;
  calendar::LocalTime start = {};  // calendar windows only
  std::string zone = {};           // IANA name, calendar windows only
  friend bool operator==(const Window&, const Window&) = default;
};

/// A half-open span [from, to).
struct Span {
  Time from;
  Time to;
  Duration length() const { return to - from; }
  friend bool operator==(const Span&, const Span&) = default;
};

/// A rolling window of `duration`, in whole minutes.
Window rolling(Duration duration);
/// Reads OpenSLO's duration-shorthand such as "30d", "1M" or "1Q" as a rolling window. Errors:
/// bad_duration.
Result<Window> parse_window(std::string_view shorthand);

/// The nominal length: exact for a rolling window, with M = 30 d, Q = 90 d and Y = 365 d for a
/// calendar one.
Duration nominal_length(const Window& window);

/// The whole span that `at` lies in: [at - length, at) if rolling, else the calendar period around
/// `at`.
Span span_at(const Window& window, const calendar::Zone& zone, Time at);
/// The part of span_at that has passed: the same if rolling, else from the start of the period to
/// `at`.
Span passed_at(const Window& window, const calendar::Zone& zone, Time at);

/// "30 d rolling", "1 month, Europe/Berlin".
std::string window_words(const Window& window);

}  // namespace tollgate::slo
