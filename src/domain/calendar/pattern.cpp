#include "domain/calendar/pattern.hpp"

#include "domain/calendar/expand.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>

namespace tollgate::calendar {
namespace {

/// Wall clocks and UTC differ by less, also across the date line.
constexpr Duration kClockMargin = days(2);
constexpr LocalTime kFarthest{4'102'444'800'000};  // 2100-01-01, where zone data ends

int64_t day_of(LocalTime time) {
  constexpr int64_t kDay = 86'400'000;
  return time.ms >= 0 ? time.ms / kDay : -((-time.ms + kDay - 1) / kDay);
}

bool is_left_out(const Pattern& pattern, LocalTime start) {
  return std::any_of(pattern.except.begin(), pattern.except.end(), [start](const LocalDate& date) {
    return date.is_day ? day_of(date.time) == day_of(start) : date.time == start;
  });
}

Time moment_of(const Zone& zone, LocalTime local) {
  return utc_time(zone, local, Gap::offset_before);
}

bool is_past_end(const Pattern& pattern, const Zone& zone, LocalTime start) {
  if (!pattern.rule || !pattern.rule->until) return false;
  const Until& until = *pattern.rule->until;
  return until.is_utc ? moment_of(zone, start).ms > until.ms : start.ms > until.ms;
}

/// Starts on the wall clock, unsorted.
struct Starts {
  std::vector<LocalTime> times;
  bool is_cut = false;  // the rule has more
};

/// Those in [from, to), at most `limit` of the rule.
Result<Starts> starts_in(const Pattern& pattern, const Zone& zone, LocalTime from, LocalTime to,
                         size_t limit) {
  Starts found;
  std::vector<LocalTime>& starts = found.times;
  if (pattern.rule) {
    TOLLGATE_TRY(starts, expand_rule(*pattern.rule, pattern.start, from, to, limit));
    found.is_cut = starts.size() >= limit;
    std::erase_if(starts, [&](LocalTime start) { return is_past_end(pattern, zone, start); });
  } else if (pattern.start >= from && pattern.start < to) {
    starts.push_back(pattern.start);
  }
  for (const LocalTime start : pattern.also) {
    if (start >= from && start < to) starts.push_back(start);
  }
  std::erase_if(starts, [&pattern](LocalTime start) { return is_left_out(pattern, start); });
  return found;
}

Occurrence occurrence_at(const Pattern& pattern, const Zone& zone, LocalTime start) {
  Occurrence found;
  found.from = moment_of(zone, start);
  found.to = moment_of(zone, LocalTime{start.ms + pattern.length.ms});
  if (found.to <= found.from) found.to = found.from + pattern.length;
  return found;
}

}  // namespace

Result<std::vector<Occurrence>> occurrences(const Pattern& pattern, const Zone& zone, Time from,
                                            Time to) {
  const LocalTime first{(from - pattern.length - kClockMargin).ms};
  const LocalTime last{std::min((to + kClockMargin).ms, kFarthest.ms)};
  TOLLGATE_TRY(const Starts starts, starts_in(pattern, zone, first, last, kOccurrencesMax + 1));
  if (starts.is_cut) {
    return fail(codes::limit_exceeded, "the rule recurs more than {} times in the span asked for",
                kOccurrencesMax);
  }
  std::vector<Occurrence> found;
  for (const LocalTime start : starts.times) {
    const Occurrence occurrence = occurrence_at(pattern, zone, start);
    if (occurrence.from < to && occurrence.to > from) found.push_back(occurrence);
  }
  std::sort(found.begin(), found.end(), [](const Occurrence& a, const Occurrence& b) {
    return a.from != b.from ? a.from < b.from : a.to < b.to;
  });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Result<std::vector<Time>> moments(const Pattern& pattern, const Zone& zone, Time from,
                                  size_t count) {
  const LocalTime first{(from - kClockMargin).ms};
  // Days left out, moments before `from` and readings that the clock skips cost some of the limit.
  size_t limit = count + 200;
  while (true) {
    TOLLGATE_TRY(const Starts starts, starts_in(pattern, zone, first, kFarthest, limit));
    std::vector<Time> found;
    for (const LocalTime start : starts.times) {
      const Time moment = moment_of(zone, start);
      if (moment >= from) found.push_back(moment);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (found.size() >= count || !starts.is_cut || limit > 10 * kOccurrencesMax) {
      found.resize(std::min(found.size(), count));
      return found;
    }
    limit *= 4;
  }
}

Result<LocalDate> parse_local_date(std::string_view text) {
  constexpr size_t kDateLength = 10;
  TOLLGATE_TRY(const LocalTime time, parse_local_time(text));
  return LocalDate{.time = time, .is_day = text.size() == kDateLength};
}

}  // namespace tollgate::calendar
