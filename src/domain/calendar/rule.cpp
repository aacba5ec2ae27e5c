#include "domain/calendar/rule.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace tollgate::calendar {
namespace {

constexpr size_t kRuleBytesMax = 2000;
constexpr int64_t kIntervalMax = 10'000;
constexpr int64_t kCountMax = 100'000;
constexpr int64_t kDayMs = 86'400'000;

using Parts = std::map<std::string, std::string, std::less<>>;
using Numbers = std::vector<int64_t>;

/// A part whose value is a list of numbers, the range of their absolute values, and where they go.
struct NumberPart {
  std::string_view name;
  int64_t low;
  int64_t high;
  bool may_be_negative;
  Numbers Rule::*list;
};
constexpr std::array<NumberPart, 8> kNumberParts = {{{"BYSECOND", 0, 59, false, &Rule::seconds},
                                                     {"BYMINUTE", 0, 59, false, &Rule::minutes},
                                                     {"BYHOUR", 0, 23, false, &Rule::hours},
                                                     {"BYMONTHDAY", 1, 31, true, &Rule::month_days},
                                                     {"BYYEARDAY", 1, 366, true, &Rule::year_days},
                                                     {"BYWEEKNO", 1, 53, true, &Rule::weeks},
                                                     {"BYMONTH", 1, 12, false, &Rule::months},
                                                     {"BYSETPOS", 1, 366, true, &Rule::positions}}};
constexpr std::array<std::string_view, 6> kOtherParts = {"FREQ",  "INTERVAL", "COUNT",
                                                         "UNTIL", "BYDAY",    "WKST"};
constexpr std::array<std::string_view, 7> kFrequencies = {"SECONDLY", "MINUTELY", "HOURLY", "DAILY",
                                                          "WEEKLY",   "MONTHLY",  "YEARLY"};
constexpr std::array<std::string_view, 7> kWeekdays = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

/// Where `name` stands among `names`; nothing if it does not.
template <size_t N>
std::optional<int64_t> place_of(const std::array<std::string_view, N>& names,
                                std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return found - names.begin();
}

Result<int64_t> number_in(std::string_view name, std::string_view text, int64_t low, int64_t high,
                          bool may_be_negative) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const Result<int64_t> number = parse_integer(digits);
  const bool is_fine = number && (*number >= 0 || may_be_negative) && *number >= -high &&
                       *number <= high && std::abs(*number) >= low;
  if (is_fine) return *number;
  return fail(codes::bad_value, "{}={} is out of range: {} to {}{} are possible", name, text, low,
              high, may_be_negative ? ", or negative" : "");
}

Result<Numbers> numbers_of(const NumberPart& part, std::string_view value) {
  Numbers numbers;
  for (const std::string_view item : split(value, ',')) {
    TOLLGATE_TRY(const int64_t number,
                 number_in(part.name, item, part.low, part.high, part.may_be_negative));
    numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

Result<std::vector<RuleDay>> days_of(std::string_view value) {
  constexpr int64_t kNumberMax = 53;
  std::vector<RuleDay> days;
  for (const std::string_view item : split(value, ',')) {
    const size_t letters = std::max(item.size(), size_t{2}) - 2;
    const std::optional<int64_t> weekday = place_of(kWeekdays, item.substr(letters));
    if (!weekday) {
      return fail(codes::bad_value, "BYDAY={} is no weekday; write MO, TU, WE, TH, FR, SA or SU",
                  item);
    }
    RuleDay day{.weekday = *weekday};
    if (letters > 0) {
      TOLLGATE_TRY(day.number, number_in("BYDAY", item.substr(0, letters), 1, kNumberMax, true));
    }
    days.push_back(day);
  }
  return days;
}

Result<Until> parse_until(std::string_view value) {
  const auto refuse = [value] {
    return fail(codes::bad_value,
                "UNTIL={} is no time; write 20261224T180000Z, 20261224T180000 or 20261224", value);
  };
  Until until;
  if (value.ends_with('Z')) {
    until.is_utc = true;
    value.remove_suffix(1);
  }
  const bool is_date = value.size() == 8;
  if (!is_date && (value.size() != 15 || value[8] != 'T')) return refuse();
  std::string plain =
      fmt::format("{}-{}-{}", value.substr(0, 4), value.substr(4, 2), value.substr(6, 2));
  if (!is_date) {
    plain += fmt::format("T{}:{}:{}", value.substr(9, 2), value.substr(11, 2), value.substr(13, 2));
  }
  const Result<LocalTime> time = parse_local_time(plain);
  if (!time) return refuse();
  until.ms = time->ms + (is_date ? kDayMs - 1 : 0);
  return until;
}

Result<Parts> split_parts(std::string_view text) {
  Parts parts;
  for (const std::string_view part : split(text, ';')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals + 1 == part.size()) {
      return fail(codes::bad_value, "\"{}\" is not NAME=VALUE", part);
    }
    const std::string name(part.substr(0, equals));
    const bool is_known =
        place_of(kOtherParts, name) ||
        std::any_of(kNumberParts.begin(), kNumberParts.end(),
                    [&name](const NumberPart& known) { return known.name == name; });
    if (!is_known) return fail(codes::bad_value, "a rule has no part {}", name);
    if (!parts.emplace(name, part.substr(equals + 1)).second) {
      return fail(codes::bad_value, "{} stands twice", name);
    }
  }
  return parts;
}

/// What RFC 5545 says about which part goes with which frequency (3.3.10, table).
Result<void> check_combination(const Rule& rule, std::string_view frequency) {
  const Frequency at = rule.frequency;
  const auto refuse = [frequency](std::string_view part) {
    return fail(codes::bad_value, "{} does not go with FREQ={}", part, frequency);
  };
  if (rule.count && rule.until) {
    return fail(codes::bad_value, "COUNT and UNTIL exclude each other");
  }
  const bool is_between =
      at == Frequency::daily || at == Frequency::weekly || at == Frequency::monthly;
  if (!rule.weeks.empty() && at != Frequency::yearly) return refuse("BYWEEKNO");
  if (!rule.year_days.empty() && is_between) return refuse("BYYEARDAY");
  if (!rule.month_days.empty() && at == Frequency::weekly) return refuse("BYMONTHDAY");
  const bool has_number = std::any_of(rule.days.begin(), rule.days.end(),
                                      [](const RuleDay& day) { return day.number != 0; });
  if (has_number && at != Frequency::monthly && (at != Frequency::yearly || !rule.weeks.empty())) {
    return fail(codes::bad_value,
                "a number before a weekday counts within months or years; FREQ={} has none",
                frequency);
  }
  if (rule.positions.empty()) return {};
  if (at < Frequency::daily) return refuse("BYSETPOS");
  const bool chooses = !rule.days.empty() || !rule.month_days.empty() || !rule.months.empty() ||
                       !rule.year_days.empty() || !rule.weeks.empty() || !rule.hours.empty() ||
                       !rule.minutes.empty() || !rule.seconds.empty();
  if (chooses) return {};
  return fail(codes::bad_value, "BYSETPOS picks from what another BY part gives; there is none");
}

Result<void> read_parts(const Parts& parts, Rule& rule) {
  const auto value_of = [&parts](std::string_view name) -> std::string_view {
    const auto part = parts.find(name);
    return part == parts.end() ? std::string_view() : part->second;
  };
  const std::optional<int64_t> frequency = place_of(kFrequencies, value_of("FREQ"));
  if (!frequency) {
    return fail(codes::bad_value, "a rule begins with FREQ=, such as FREQ=WEEKLY;BYDAY=MO");
  }
  rule.frequency = static_cast<Frequency>(*frequency);
  if (const std::string_view day = value_of("WKST"); !day.empty()) {
    const std::optional<int64_t> weekday = place_of(kWeekdays, day);
    if (!weekday) return fail(codes::bad_value, "WKST={} is no weekday", day);
    rule.week_start = *weekday;
  }
  if (const std::string_view interval = value_of("INTERVAL"); !interval.empty()) {
    TOLLGATE_TRY(rule.interval, number_in("INTERVAL", interval, 1, kIntervalMax, false));
  }
  if (const std::string_view count = value_of("COUNT"); !count.empty()) {
    TOLLGATE_TRY(rule.count, number_in("COUNT", count, 1, kCountMax, false));
  }
  if (const std::string_view until = value_of("UNTIL"); !until.empty()) {
    TOLLGATE_TRY(rule.until, parse_until(until));
  }
  if (const std::string_view days = value_of("BYDAY"); !days.empty()) {
    TOLLGATE_TRY(rule.days, days_of(days));
  }
  for (const NumberPart& part : kNumberParts) {
    const std::string_view value = value_of(part.name);
    if (value.empty()) continue;
    TOLLGATE_TRY(rule.*part.list, numbers_of(part, value));
  }
  return check_combination(rule, value_of("FREQ"));
}

}  // namespace

Result<Rule> parse_rule(std::string_view given) {
  if (given.size() > kRuleBytesMax) {
    return fail(codes::bad_value, "a rule has {} characters at the most", kRuleBytesMax);
  }
  std::string text(trim(given));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (text.starts_with("RRULE:")) text.erase(0, 6);
  Rule rule{.text = text};
  TOLLGATE_TRY(const Parts parts, split_parts(text));
  TOLLGATE_CHECK(read_parts(parts, rule));
  return rule;
}

}  // namespace tollgate::calendar
