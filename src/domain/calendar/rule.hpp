// A recurrence rule (RRULE of RFC 5545), read strictly: what cannot be meant is refused with a
// reason. Pure.
#pragma once

#include "domain/calendar/zone.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::calendar {

/// The last moment of a rule. A date alone means that whole day.
struct Until {
  bool is_utc = false;  // otherwise a reading of the wall clock
  int64_t ms = 0;       // since 1970-01-01T00:00 of UTC or of that clock
};

enum class Frequency { secondly, minutely, hourly, daily, weekly, monthly, yearly };

/// A weekday, 0 Monday to 6 Sunday, or the n-th of them in its month or year; from the end if
/// below 0.
struct RuleDay {
  int64_t number = 0;  // 0: every one
  int64_t weekday = 0;
};

struct Rule {
  std::string text = {};  // as written, in capitals, without "RRULE:"
  Frequency frequency = Frequency::daily;
  int64_t interval = 1;
  std::optional<int64_t> count = {};
  std::optional<Until> until = {};
  int64_t week_start = 0;  // weekday
  std::vector<RuleDay> days = {};
  // Sorted. Below 0: from the end.
  std::vector<int64_t> seconds = {}, minutes = {}, hours = {}, month_days = {}, year_days = {},
                       weeks = {}, months = {}, positions = {};
};

/// Reads "FREQ=WEEKLY;BYDAY=MO,TU". Errors: bad_value naming the part that is wrong: an unknown,
/// repeated or empty part, a value out of range, COUNT beside UNTIL, or parts that do not go
/// together (RFC 5545, 3.3.10).
Result<Rule> parse_rule(std::string_view text);

}  // namespace tollgate::calendar
