// Common and combined access logs by hand: memchr to the bracket and the quotes, no regular
// expressions.
#include "edge/ingest/line_parser.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cstring>

namespace tollgate::ingest {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Two digits as a number; above 99 if they are none.
unsigned two_digits(const char* text) {
  if (!is_digit(text[0]) || !is_digit(text[1])) return 100;
  return static_cast<unsigned>(text[0] - '0') * 10 + static_cast<unsigned>(text[1] - '0');
}

/// 1 to 12, or 0.
unsigned month_of(const char* text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (unsigned month = 0; month < 12; ++month) {
    if (std::memcmp(text, kMonths.data() + month * 3, 3) == 0) return month + 1;
  }
  return 0;
}

bool is_day(int64_t year, unsigned month, unsigned day) {
  if (month == 0 || day == 0 || day > 31) return false;
  const CivilDate date = civil_from_days(days_from_civil(year, month, day));
  return date.month == month && date.day == day;
}

/// "17/May/2015:10:05" and " +0000" as the minute in UTC.
bool parse_minute(const char* text, Time& minute) {
  const unsigned day = two_digits(text);
  const unsigned month = month_of(text + 3);
  const unsigned century = two_digits(text + 7);
  const unsigned year_of_century = two_digits(text + 9);
  const unsigned hour = two_digits(text + 12);
  const unsigned in_hour = two_digits(text + 15);
  const unsigned zone_hours = two_digits(text + 22);
  const unsigned zone_minutes = two_digits(text + 24);
  const bool has_marks = text[2] == '/' && text[6] == '/' && text[11] == ':' && text[14] == ':' &&
                         text[17] == ':' && text[20] == ' ' && (text[21] == '+' || text[21] == '-');
  if (!has_marks || century > 99 || year_of_century > 99 || hour > 23 || in_hour > 59 ||
      zone_hours > 23 || zone_minutes > 59) {
    return false;
  }
  const int64_t year = century * 100 + year_of_century;
  if (!is_day(year, month, day)) return false;
  const Duration zone = hours(zone_hours) + minutes(zone_minutes);
  minute = Time{0} + days(days_from_civil(year, month, day)) + hours(hour) + minutes(in_hour);
  minute = text[21] == '+' ? minute - zone : minute + zone;
  return true;
}

/// The quote that ends the text which `at` points into; null if there is none. Backslashes escape.
const char* closing_quote(const char* at, const char* end) {
  const char* const begin = at;
  while (at < end) {
    const auto* quote =
        static_cast<const char*>(std::memchr(at, '"', static_cast<size_t>(end - at)));
    if (quote == nullptr) return nullptr;
    const char* before = quote;
    while (before > begin && before[-1] == '\\') --before;
    if ((quote - before) % 2 == 0) return quote;
    at = quote + 1;
  }
  return nullptr;
}

/// The number behind the last quote, as seconds; below 0 if there is none.
int64_t trailing_milliseconds(std::string_view line) {
  const size_t quote = line.rfind('"');
  if (quote == std::string_view::npos) return -1;
  std::string_view rest = trim(line.substr(quote + 1));
  rest = rest.substr(0, rest.find(' '));
  constexpr double kSecondsMax = 1e9;
  const auto seconds = parse_number(rest);
  if (!seconds || *seconds < 0 || *seconds > kSecondsMax) return -1;
  return static_cast<int64_t>(*seconds * 1000 + 0.5);
}

/// Compares a few bytes without a call.
template <size_t size>
bool are_same(const char* a, const char* b) {
  return std::memcmp(a, b, size) == 0;
}

}  // namespace

bool AccessTime::parse(const char* text, Time& time) {
  constexpr size_t kMinuteLength = 17;
  constexpr size_t kSecondEnd = 20;
  const unsigned second = two_digits(text + kMinuteLength + 1);
  if (second > 60) return false;  // 60: a leap second
  const bool is_same_minute = are_same<8>(text, last_.data()) &&
                              are_same<8>(text + 8, last_.data() + 8) &&
                              are_same<2>(text + 16, last_.data() + 16) &&
                              are_same<4>(text + kSecondEnd, last_.data() + kSecondEnd) &&
                              are_same<2>(text + kSecondEnd + 4, last_.data() + kSecondEnd + 4);
  static_assert(kMinuteLength + 1 == 18 && kLength == kSecondEnd + 6);
  if (!is_same_minute) {
    if (!parse_minute(text, minute_)) {
      last_.fill('\0');
      return false;
    }
    std::memcpy(last_.data(), text, kLength);
  }
  time = minute_ + seconds(second);
  return true;
}

Refusal AccessLogParser::parse(std::string_view line, LineEvent& event) {
  const char* const end = line.data() + line.size();
  const auto* bracket = static_cast<const char*>(std::memchr(line.data(), '[', line.size()));
  if (bracket == nullptr) return "no time in brackets";
  const char* at = bracket + 1;
  constexpr size_t kBehindTime = 3;  // ] and blank and quote
  if (static_cast<size_t>(end - at) < AccessTime::kLength + kBehindTime) return "cut off";
  if (!time_.parse(at, event.time)) return "bad time";
  at += AccessTime::kLength;
  if (at[0] != ']' || at[1] != ' ' || at[2] != '"') return "no request in quotes";
  const char* quote = closing_quote(at + kBehindTime, end);
  if (quote == nullptr) return "no end of the request";
  at = quote + 1;
  constexpr size_t kStatusLength = 6;  // blank, three digits, blank, size
  if (static_cast<size_t>(end - at) < kStatusLength) return "cut off";
  if (at[0] != ' ' || !is_digit(at[1]) || !is_digit(at[2]) || !is_digit(at[3]) || at[4] != ' ') {
    return "no status";
  }
  const int64_t status = (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
  if (!is_digit(at[5]) && at[5] != '-') return "no size";
  int64_t duration_ms = -1;
  if (is_combined_) {
    const auto* referer =
        static_cast<const char*>(std::memchr(at, '"', static_cast<size_t>(end - at)));
    if (referer == nullptr) return "no referer and agent";
    if (classifier_.slower_than.ms > 0) duration_ms = trailing_milliseconds(line);
  }
  return classify(classifier_, status, duration_ms, event.counts);
}

}  // namespace tollgate::ingest
