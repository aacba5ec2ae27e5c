// Days, weeks, months, quarters and years on the wall clock of a zone. Pure.
#pragma once

#include "domain/calendar/zone.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tollgate::delivery {

enum class PeriodLength { day, week, month, quarter, year };
std::optional<PeriodLength> parse_period_length(std::string_view name);
std::string_view period_length_name(PeriodLength length);

/// [from, to); weeks begin on Monday. A day whose midnight the clock skips begins with the change.
struct Period {
  Time from = {};
  Time to = {};
};
inline constexpr size_t kPeriodsMax = 1000;
/// The periods that hold `first` to `last`, without gaps; the latest kPeriodsMax of them. The zone
/// that is none is UTC.
std::vector<Period> periods_between(PeriodLength length, Time first, Time last,
                                    const calendar::Zone& zone = {});

/// Days since 1970-01-01 of the date that the wall clock shows.
int64_t local_day(const calendar::Zone& zone, Time time);
/// The Monday of a day, both as days since 1970-01-01.
int64_t monday_of(int64_t day);

}  // namespace tollgate::delivery
