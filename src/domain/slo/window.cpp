#include "domain/slo/window.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <fmt/core.h>

#include <array>

namespace tollgate::slo {
namespace {

struct UnitRow {
  WindowUnit unit;
  char letter;
  std::string_view word;
  Duration length;  // of one, nominally
  int64_t months;   // 0: a unit of fixed length
};

constexpr std::array kUnits = {
    UnitRow{WindowUnit::minute, 'm', "minute", minutes(1), 0},
    UnitRow{WindowUnit::hour, 'h', "hour", hours(1), 0},
    UnitRow{WindowUnit::day, 'd', "day", days(1), 0},
    UnitRow{WindowUnit::week, 'w', "week", days(7), 0},
    UnitRow{WindowUnit::month, 'M', "month", days(30), 1},
    UnitRow{WindowUnit::quarter, 'Q', "quarter", days(90), 3},
    UnitRow{WindowUnit::year, 'Y', "year", days(365), 12},
};

const UnitRow& row_of(WindowUnit unit) { return kUnits[static_cast<size_t>(unit)]; }

constexpr int64_t kCountMax = 100'000;

int64_t floor_divide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

int64_t month_number(const CivilDate& date) { return date.year * 12 + date.month - 1; }

int64_t days_in_month(int64_t month) {
  const int64_t year = floor_divide(month, 12);
  const auto first = days_from_civil(year, static_cast<unsigned>(month - year * 12 + 1), 1);
  const int64_t next = month + 1;
  const int64_t next_year = floor_divide(next, 12);
  return days_from_civil(next_year, static_cast<unsigned>(next - next_year * 12 + 1), 1) - first;
}

/// Start of period `index` on the wall clock. A start on the 31st falls on the last day of shorter
/// months.
calendar::LocalTime period_start(const Window& window, int64_t index) {
  const UnitRow& unit = row_of(window.unit);
  if (unit.months == 0) return {window.start.ms + index * window.count * unit.length.ms};
  const int64_t start_day = floor_divide(window.start.ms, days(1).ms);
  const CivilDate start = civil_from_days(start_day);
  const int64_t month = month_number(start) + index * window.count * unit.months;
  const int64_t year = floor_divide(month, 12);
  const int64_t day = std::min<int64_t>(start.day, days_in_month(month));
  const int64_t date = days_from_civil(year, static_cast<unsigned>(month - year * 12 + 1),
                                       static_cast<unsigned>(day));
  return {date * days(1).ms + (window.start.ms - start_day * days(1).ms)};
}

/// The period that `local` lies in; it may be negative: before the first one.
int64_t period_at(const Window& window, calendar::LocalTime local) {
  const UnitRow& unit = row_of(window.unit);
  if (unit.months == 0) {
    return floor_divide(local.ms - window.start.ms, window.count * unit.length.ms);
  }
  const auto month_of = [](calendar::LocalTime time) {
    return month_number(civil_from_days(floor_divide(time.ms, days(1).ms)));
  };
  const int64_t index =
      floor_divide(month_of(local) - month_of(window.start), window.count * unit.months);
  return period_start(window, index) <= local ? index : index - 1;
}

}  // namespace

Window rolling(Duration duration) {
  return {.count = duration.ms / minutes(1).ms, .unit = WindowUnit::minute};
}

Result<Window> parse_window(std::string_view shorthand) {
  const auto bad = [&] {
    return fail(codes::bad_duration,
                "\"{}\" is not a window; write a number and one of m h d w M Q Y, such as \"30d\"",
                shorthand);
  };
  if (shorthand.size() < 2) return bad();
  const auto count = parse_integer(shorthand.substr(0, shorthand.size() - 1));
  if (!count || *count < 1 || *count > kCountMax) return bad();
  for (const UnitRow& row : kUnits) {
    if (row.letter == shorthand.back()) return Window{.count = *count, .unit = row.unit};
  }
  return bad();
}

Duration nominal_length(const Window& window) { return row_of(window.unit).length * window.count; }

Span span_at(const Window& window, const calendar::Zone& zone, Time at) {
  ASSERT(window.count > 0);
  if (window.is_rolling) return {at - nominal_length(window), at};
  const int64_t index = period_at(window, calendar::local_time(zone, at));
  Span span{calendar::utc_time(zone, period_start(window, index)),
            calendar::utc_time(zone, period_start(window, index + 1))};
  // Where the clock is put back at a period's border, the wall clock alone is ambiguous.
  if (at < span.from) return {calendar::utc_time(zone, period_start(window, index - 1)), span.from};
  if (at >= span.to) return {span.to, calendar::utc_time(zone, period_start(window, index + 2))};
  return span;
}

Span passed_at(const Window& window, const calendar::Zone& zone, Time at) {
  return {span_at(window, zone, at).from, at};
}

std::string window_words(const Window& window) {
  const UnitRow& unit = row_of(window.unit);
  if (window.is_rolling) return duration_words(nominal_length(window)) + " rolling";
  return fmt::format("{} {}{}, {}", window.count, unit.word, window.count == 1 ? "" : "s",
                     window.zone.empty() ? "UTC" : window.zone);
}

}  // namespace tollgate::slo
