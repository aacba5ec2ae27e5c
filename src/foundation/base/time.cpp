#include "foundation/base/time.hpp"

#include <array>
#include <charconv>
#include <cstdlib>

namespace tollgate {

int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t shifted_month = (month + 9) % 12;
  const int64_t day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

CivilDate civil_from_days(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<unsigned>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const auto month =
      static_cast<unsigned>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2), month, day};
}

namespace {

constexpr int64_t kDayMs = 86'400'000;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/// Writes `width` decimal digits of `value` at `out` and returns the place behind them.
char* put_digits(char* out, int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + width;
}

/// Reads fixed fields of a time text from left to right.
struct TimeReader {
  std::string_view rest;
  bool is_good = true;

  int64_t digits(size_t count) {
    int64_t value = 0;
    if (rest.size() < count) return refuse();
    for (size_t i = 0; i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return refuse();
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
  }
  void expect(char c) { is_good = accept(c) && is_good; }
  bool accept(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  int64_t refuse() {
    is_good = false;
    return 0;
  }
};

unsigned days_in_month(int64_t year, unsigned month) {
  static constexpr std::array<unsigned, 12> kDays = {31, 28, 31, 30, 31, 30,
                                                     31, 31, 30, 31, 30, 31};
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && is_leap ? 29 : kDays[month - 1];
}

int64_t read_fraction_ms(TimeReader& in) {
  if (!in.accept('.')) return 0;
  int64_t ms = 0;
  int count = 0;
  while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    if (count < 3) ms = ms * 10 + (in.rest.front() - '0');
    ++count;
    in.rest.remove_prefix(1);
  }
  if (count == 0) return in.refuse();
  for (; count < 3; ++count) ms *= 10;
  return ms;
}

int64_t read_offset_ms(TimeReader& in) {
  if (in.accept('Z') || in.accept('z')) return 0;
  const bool is_east = in.accept('+');
  if (!is_east) in.expect('-');
  const int64_t hour = in.digits(2);
  in.accept(':');
  const int64_t minute = in.digits(2);
  if (hour > 23 || minute > 59) return in.refuse();
  const int64_t offset = (hour * 60 + minute) * 60'000;
  return is_east ? offset : -offset;
}

}  // namespace

void append_time(std::string& text_out, Time time) {
  const int64_t day = floor_div(time.ms, kDayMs);
  const int64_t in_day = time.ms - day * kDayMs;
  const CivilDate date = civil_from_days(day);
  if (date.year < 0 || date.year > 9999) {
    text_out += fmt::format("@{}ms", time.ms);
    return;
  }
  std::array<char, 24> text;
  char* out = put_digits(text.data(), date.year, 4);
  *out++ = '-';
  out = put_digits(out, date.month, 2);
  *out++ = '-';
  out = put_digits(out, date.day, 2);
  *out++ = 'T';
  out = put_digits(out, in_day / 3'600'000, 2);
  *out++ = ':';
  out = put_digits(out, in_day / 60'000 % 60, 2);
  *out++ = ':';
  out = put_digits(out, in_day / 1000 % 60, 2);
  *out++ = '.';
  out = put_digits(out, in_day % 1000, 3);
  *out = 'Z';
  text_out.append(text.data(), text.size());
}

std::string time_text(Time time) {
  std::string text;
  append_time(text, time);
  return text;
}

Result<Time> parse_time(std::string_view text) {
  TimeReader in{.rest = text};
  const int64_t year = in.digits(4);
  in.expect('-');
  const auto month = static_cast<unsigned>(in.digits(2));
  in.expect('-');
  const auto day = static_cast<unsigned>(in.digits(2));
  int64_t ms = 0;
  if (in.rest.empty()) {
    // A date alone means its first moment in UTC.
  } else {
    if (!in.accept('T') && !in.accept('t')) in.expect(' ');
    const int64_t hour = in.digits(2);
    in.expect(':');
    const int64_t minute = in.digits(2);
    int64_t second = 0;
    if (in.accept(':')) second = in.digits(2);
    ms = read_fraction_ms(in);
    if (hour > 23 || minute > 59 || second > 60) in.refuse();
    ms += ((hour * 60 + minute) * 60 + second) * 1000 - read_offset_ms(in);
  }
  const bool is_date = in.is_good && in.rest.empty() && month >= 1 && month <= 12 && day >= 1 &&
                       day <= days_in_month(year, month);
  if (!is_date) return fail(Code{104}, "\"{}\" is not a time", text);
  return Time{days_from_civil(year, month, day) * kDayMs + ms};
}

namespace {

struct Unit {
  std::string_view name;
  int64_t ms;
};
// Largest first. M, Q and Y are OpenSLO's fixed lengths; calendars proper live in the calendar
// folder.
constexpr std::array<Unit, 9> kUnits = {{{"Y", 365 * kDayMs},
                                         {"Q", 90 * kDayMs},
                                         {"M", 30 * kDayMs},
                                         {"w", 7 * kDayMs},
                                         {"d", kDayMs},
                                         {"h", 3'600'000},
                                         {"m", 60'000},
                                         {"s", 1000},
                                         {"ms", 1}}};

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

}  // namespace

std::string duration_text(Duration duration) {
  if (duration.ms == 0) return "0s";
  for (const char* name : {"d", "h", "m", "s", "ms"}) {
    const Unit* unit = find_unit(name);
    if (duration.ms % unit->ms == 0) return std::to_string(duration.ms / unit->ms) + name;
  }
  return {};
}

std::string duration_words(Duration duration) {
  struct Word {
    const char* name;
    int64_t ms;
  };
  static constexpr std::array<Word, 5> kWords = {
      {{"d", kDayMs}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}}};
  std::string text = duration.ms < 0 ? "-" : "";
  const int64_t ms = std::abs(duration.ms);
  const auto append = [&text](int64_t count, const char* name) {
    text += std::to_string(count);
    text += ' ';
    text += name;
  };
  for (size_t i = 0; i < kWords.size(); ++i) {
    if (ms < kWords[i].ms) continue;
    append(ms / kWords[i].ms, kWords[i].name);
    const bool has_second = i + 1 < kWords.size() && kWords[i].ms != 1000;
    const int64_t rest = has_second ? ms % kWords[i].ms / kWords[i + 1].ms : 0;
    if (rest == 0) return text;
    text += ' ';
    append(rest, kWords[i + 1].name);
    return text;
  }
  return "0 s";
}

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  const bool is_negative = !rest.empty() && rest.front() == '-';
  if (is_negative) rest.remove_prefix(1);
  int64_t total = 0;
  int64_t previous_unit = INT64_MAX;
  bool is_good = !rest.empty();
  while (is_good && !rest.empty()) {
    int64_t count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const size_t name_size = std::min(rest.find_first_of("0123456789"), rest.size());
    const Unit* unit = find_unit(rest.substr(0, name_size));
    is_good = error == std::errc{} && count >= 0 && unit != nullptr && unit->ms < previous_unit &&
              !__builtin_mul_overflow(count, unit->ms, &count) &&
              !__builtin_add_overflow(total, count, &total);
    if (is_good) previous_unit = unit->ms;
    rest.remove_prefix(name_size);
  }
  if (!is_good) return fail(Code{105}, "\"{}\" is not a duration", text);
  return Duration{is_negative ? -total : total};
}

}  // namespace tollgate
