#include "domain/calendar/expand.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::calendar {
namespace {

constexpr int64_t kSecond = 1000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

bool has(const std::vector<int64_t>& numbers, int64_t number) {
  return std::binary_search(numbers.begin(), numbers.end(), number);
}

/// True if the choice is empty or holds the number, counted from the front or from the end.
bool chooses(const std::vector<int64_t>& numbers, int64_t number, int64_t length) {
  return numbers.empty() || has(numbers, number) || has(numbers, number - length - 1);
}

int64_t weekday_of(int64_t day) { return ((day + 3) % 7 + 7) % 7; }  // 1970-01-01 was a Thursday

bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t month_length(int64_t year, int64_t month) {
  constexpr std::array<int64_t, 12> kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kLengths[static_cast<size_t>(month - 1)] + (month == 2 && is_leap(year));
}

int64_t first_of_month(int64_t year, int64_t month) {
  return days_from_civil(year, static_cast<unsigned>(month), 1);
}

/// A day with what rules ask about it.
struct DayFacts {
  int64_t day;
  int64_t year, month, month_day, year_day;
};

DayFacts facts_of(int64_t day) {
  const CivilDate date = civil_from_days(day);
  return {.day = day,
          .year = date.year,
          .month = date.month,
          .month_day = date.day,
          .year_day = day - days_from_civil(date.year, 1, 1) + 1};
}

/// The first day of week 1 of a year: the week, beginning at `week_start`, that has four days in
/// it.
int64_t first_week(int64_t year, int64_t week_start) {
  const int64_t january_4 = days_from_civil(year, 1, 4);
  return january_4 - ((weekday_of(january_4) - week_start) % 7 + 7) % 7;
}

bool chooses_week(const Rule& rule, int64_t day) {
  if (rule.weeks.empty()) return true;
  int64_t year = civil_from_days(day).year + 1;
  while (first_week(year, rule.week_start) > day) --year;
  const int64_t begin = first_week(year, rule.week_start);
  const int64_t length = (first_week(year + 1, rule.week_start) - begin) / 7;
  return chooses(rule.weeks, (day - begin) / 7 + 1, length);
}

class Expansion {
 public:
  Expansion(const Rule& rule, LocalTime start, LocalTime from, LocalTime to, size_t limit)
      : rule_(rule), start_(start), from_(from), to_(to), limit_(limit) {
    fill_in();
  }

  Result<std::vector<LocalTime>> run() {
    const bool is_stepping = rule_.frequency < Frequency::daily;
    return is_stepping ? run_steps() : run_periods();
  }

 private:
  /// What the rule does not say comes from its start (RFC 5545: "information ... from DTSTART").
  void fill_in() {
    const int64_t start_day = floor_div(start_.ms, kDay);
    const DayFacts begin = facts_of(start_day);
    const bool has_days = !rule_.days.empty() || !rule_.month_days.empty() ||
                          !rule_.year_days.empty() || !rule_.weeks.empty();
    if (!has_days && rule_.frequency == Frequency::yearly) {
      if (rule_.months.empty()) rule_.months = {begin.month};
      rule_.month_days = {begin.month_day};
    }
    if (!has_days && rule_.frequency == Frequency::monthly) rule_.month_days = {begin.month_day};
    const bool wants_weekday =
        rule_.frequency == Frequency::weekly ||
        (!rule_.weeks.empty() && rule_.month_days.empty() && rule_.year_days.empty());
    if (wants_weekday && rule_.days.empty()) rule_.days = {{.weekday = weekday_of(start_day)}};
    const int64_t rest = start_.ms - start_day * kDay;
    const auto set = [this](std::vector<int64_t>& list, Frequency above, int64_t value) {
      if (list.empty() && rule_.frequency > above) list = {value};
    };
    set(rule_.hours, Frequency::hourly, rest / kHour);
    set(rule_.minutes, Frequency::minutely, rest / kMinute % 60);
    set(rule_.seconds, Frequency::secondly, rest / kSecond % 60);
    if (rule_.frequency < Frequency::daily) return;
    for (const int64_t hour : rule_.hours) {
      for (const int64_t minute : rule_.minutes) {
        for (const int64_t second : rule_.seconds) {
          times_.push_back(hour * kHour + minute * kMinute + second * kSecond);
        }
      }
    }
  }

  bool chooses_weekday(const DayFacts& at) const {
    if (rule_.days.empty()) return true;
    const int64_t weekday = weekday_of(at.day);
    const bool within_month = rule_.frequency == Frequency::monthly || !rule_.months.empty();
    const int64_t place = within_month ? at.month_day : at.year_day;
    const int64_t length = within_month ? month_length(at.year, at.month) : 365 + is_leap(at.year);
    return std::any_of(rule_.days.begin(), rule_.days.end(), [&](const RuleDay& wanted) {
      if (wanted.weekday != weekday) return false;
      if (wanted.number == 0) return true;
      return wanted.number > 0 ? (place - 1) / 7 + 1 == wanted.number
                               : -((length - place) / 7 + 1) == wanted.number;
    });
  }

  bool chooses_day(const DayFacts& at) const {
    return (rule_.months.empty() || has(rule_.months, at.month)) &&
           chooses(rule_.month_days, at.month_day, month_length(at.year, at.month)) &&
           chooses(rule_.year_days, at.year_day, 365 + is_leap(at.year)) && chooses_weekday(at) &&
           chooses_week(rule_, at.day);
  }

  /// False when there is nothing more to find.
  bool take(LocalTime time) {
    if (time < start_) return true;
    if (time >= to_ || found_.size() >= limit_) return false;
    if (rule_.count && ++counted_ > *rule_.count) return false;
    if (time >= from_) found_.push_back(time);
    return true;
  }

  /// Days [first, first + length) of period number `number`.
  struct Period {
    int64_t first;
    int64_t length;
  };
  Period period(int64_t number) const {
    const int64_t start_day = floor_div(start_.ms, kDay);
    const int64_t step = number * rule_.interval;
    switch (rule_.frequency) {
      case Frequency::yearly: {
        const int64_t year = civil_from_days(start_day).year + step;
        return {days_from_civil(year, 1, 1), 365 + is_leap(year)};
      }
      case Frequency::monthly: {
        const CivilDate date = civil_from_days(start_day);
        const int64_t months = date.year * 12 + date.month - 1 + step;
        const int64_t year = floor_div(months, 12);
        const int64_t month = months - year * 12 + 1;
        return {first_of_month(year, month), month_length(year, month)};
      }
      case Frequency::weekly: {
        const int64_t back = ((weekday_of(start_day) - rule_.week_start) % 7 + 7) % 7;
        return {start_day - back + step * 7, 7};
      }
      default:
        return {start_day + step, 1};
    }
  }

  /// A period at or before the one that holds `from`; rules that count begin at the beginning.
  int64_t first_period() const {
    if (rule_.count || from_ <= start_) return 0;
    const int64_t days = (from_.ms - start_.ms) / kDay;
    const int64_t length = rule_.frequency == Frequency::yearly    ? 366
                           : rule_.frequency == Frequency::monthly ? 31
                           : rule_.frequency == Frequency::weekly  ? 7
                                                                   : 1;
    return std::max<int64_t>(0, days / (length * rule_.interval) - 1);
  }

  Result<std::vector<LocalTime>> run_periods() {
    std::vector<LocalTime> set;
    const int64_t begin = first_period();
    for (int64_t number = begin;; ++number) {
      const Period at = period(number);
      if (at.first * kDay >= to_.ms) return std::move(found_);
      if (number - begin > kStepsMax) return refuse();
      set.clear();
      for (int64_t day = at.first; day < at.first + at.length; ++day) {
        if (!chooses_day(facts_of(day))) continue;
        for (const int64_t time : times_) set.push_back({day * kDay + time});
      }
      pick_positions(set);
      for (const LocalTime time : set) {
        if (!take(time)) return std::move(found_);
      }
    }
  }

  void pick_positions(std::vector<LocalTime>& set) const {
    if (rule_.positions.empty()) return;
    const auto size = static_cast<int64_t>(set.size());
    std::vector<LocalTime> picked;
    for (int64_t i = 0; i < size; ++i) {
      if (chooses(rule_.positions, i + 1, size)) picked.push_back(set[static_cast<size_t>(i)]);
    }
    set = std::move(picked);
  }

  /// Steps of hours and less: each step is kept or not, and hours spread over minutes and seconds.
  Result<std::vector<LocalTime>> run_steps() {
    const int64_t unit = rule_.frequency == Frequency::hourly     ? kHour
                         : rule_.frequency == Frequency::minutely ? kMinute
                                                                  : kSecond;
    const int64_t step = unit * rule_.interval;
    const int64_t begin = floor_div(start_.ms, unit) * unit;
    int64_t at = begin;
    if (!rule_.count && from_ > start_) at += (from_.ms - begin) / step * step;
    for (int64_t steps = 0; at < to_.ms; ++steps) {
      if (steps > kStepsMax) return refuse();
      const int64_t day = floor_div(at, kDay);
      if (!chooses_day(facts_of(day))) {  // on to the first step of the next day
        at += std::max<int64_t>(1, ((day + 1) * kDay - at + step - 1) / step) * step;
        continue;
      }
      if (chooses_step(at - day * kDay) && !take_spread(at)) break;
      at += step;
    }
    return std::move(found_);
  }

  bool chooses_step(int64_t rest) const {
    const auto fits = [](const std::vector<int64_t>& list, int64_t value) {
      return list.empty() || has(list, value);
    };
    if (!fits(rule_.hours, rest / kHour)) return false;
    if (rule_.frequency == Frequency::hourly) return true;
    if (!fits(rule_.minutes, rest / kMinute % 60)) return false;
    return rule_.frequency == Frequency::minutely || fits(rule_.seconds, rest / kSecond % 60);
  }

  bool take_spread(int64_t at) {
    if (rule_.frequency == Frequency::secondly) return take({at});
    static const std::vector<int64_t> kZero = {0};
    const bool is_hourly = rule_.frequency == Frequency::hourly;
    for (const int64_t minute : is_hourly ? rule_.minutes : kZero) {
      for (const int64_t second : rule_.seconds) {
        if (!take({at + minute * kMinute + second * kSecond})) return false;
      }
    }
    return true;
  }

  tl::unexpected<Error> refuse() const {
    return fail(codes::limit_exceeded, "\"{}\" needs more than {} steps over the span asked for",
                rule_.text, number_text(kStepsMax));
  }

  Rule rule_;
  const LocalTime start_, from_, to_;
  const size_t limit_;
  std::vector<int64_t> times_;  // of day, for days and longer
  std::vector<LocalTime> found_;
  int64_t counted_ = 0;
};

}  // namespace

Result<std::vector<LocalTime>> expand_rule(const Rule& rule, LocalTime start, LocalTime from,
                                           LocalTime to, size_t limit) {
  return Expansion(rule, start, from, to, limit).run();
}

}  // namespace tollgate::calendar
