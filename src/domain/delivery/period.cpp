#include "domain/delivery/period.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace tollgate::delivery {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr std::array<std::string_view, 5> kLengthNames = {"day", "week", "month", "quarter",
                                                          "year"};

int64_t month_begin(int64_t year, int64_t month) {  // month counts from 0 and may run over
  return days_from_civil(year + month / 12, static_cast<unsigned>(month % 12) + 1, 1);
}

/// First day of the period that holds `day`, and of the next one.
std::pair<int64_t, int64_t> days_of(PeriodLength length, int64_t day) {
  if (length == PeriodLength::day) return {day, day + 1};
  if (length == PeriodLength::week) return {monday_of(day), monday_of(day) + 7};
  const int64_t months = length == PeriodLength::month     ? 1
                         : length == PeriodLength::quarter ? 3
                                                           : 12;
  const CivilDate date = civil_from_days(day);
  const int64_t begin = (static_cast<int64_t>(date.month) - 1) / months * months;
  return {month_begin(date.year, begin), month_begin(date.year, begin + months)};
}

}  // namespace

int64_t local_day(const calendar::Zone& zone, Time time) {
  const int64_t ms = calendar::local_time(zone, time).ms;
  return ms >= 0 ? ms / kDayMs : -((-ms + kDayMs - 1) / kDayMs);
}

int64_t monday_of(int64_t day) {
  constexpr int64_t kThursday = 3;  // 1970-01-01, counted from Monday
  return day - ((day + kThursday) % 7 + 7) % 7;
}

std::string_view period_length_name(PeriodLength length) {
  return kLengthNames[static_cast<size_t>(length)];
}

std::optional<PeriodLength> parse_period_length(std::string_view name) {
  const auto found = std::find(kLengthNames.begin(), kLengthNames.end(), name);
  if (found == kLengthNames.end()) return std::nullopt;
  return static_cast<PeriodLength>(found - kLengthNames.begin());
}

std::vector<Period> periods_between(PeriodLength length, Time first, Time last,
                                    const calendar::Zone& zone) {
  std::vector<Period> periods;
  const int64_t first_day = local_day(zone, first);
  for (auto [from, to] = days_of(length, local_day(zone, last)); periods.size() < kPeriodsMax;
       std::tie(from, to) = days_of(length, from - 1)) {
    periods.push_back(
        {calendar::utc_time(zone, {from * kDayMs}), calendar::utc_time(zone, {to * kDayMs})});
    if (from <= first_day) break;
  }
  std::reverse(periods.begin(), periods.end());
  return periods;
}

}  // namespace tollgate::delivery
