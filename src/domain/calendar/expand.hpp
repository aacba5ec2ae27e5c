// Counting out a recurrence rule on the wall clock, period by period: the days of a year, month,
// week or day that the rule chooses, times the hours, minutes and seconds that it chooses.
// Pure and bounded: a rule without any hit ends at the end of the span. Source: RFC 5545, 3.3.10.
#pragma once

#include "domain/calendar/rule.hpp"

#include <vector>

namespace tollgate::calendar {

/// The readings in [from, to) at which `rule` recurs that began at `start`, sorted, at most
/// `limit`. `start` itself counts only if the rule meets it. The rule's UNTIL is not looked at,
/// because it may be a moment; COUNT is. Errors: limit_exceeded for more than kStepsMax steps.
Result<std::vector<LocalTime>> expand_rule(const Rule& rule, LocalTime start, LocalTime from,
                                           LocalTime to, size_t limit);

/// Periods or steps of one expansion.
inline constexpr int64_t kStepsMax = 20'000'000;

}  // namespace tollgate::calendar
