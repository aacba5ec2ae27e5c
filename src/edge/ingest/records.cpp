// Logs as records: JSON lines and CSV, with the names that programs give to time, status and
// duration.
#include "edge/ingest/csv.hpp"
#include "edge/ingest/json_lines.hpp"
#include "edge/ingest/line_parser.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::ingest {
namespace {

constexpr std::array<std::string_view, 9> kTimeNames = {"time", "timestamp",    "@timestamp",
                                                        "ts",   "time_iso8601", "time_local",
                                                        "msec", "date",         "datetime"};
constexpr std::array<std::string_view, 4> kStatusNames = {"status", "status_code", "http_status",
                                                          "code"};
constexpr std::array<std::string_view, 3> kSecondsNames = {"request_time", "duration",
                                                           "duration_s"};
constexpr std::array<std::string_view, 3> kMillisecondsNames = {"duration_ms", "latency_ms",
                                                                "response_time_ms"};

template <size_t n>
bool contains(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A duration of `unit_ms` in milliseconds; below 0 if the number is none.
int64_t to_milliseconds(double number, int unit_ms) {
  constexpr double kMillisecondsMax = 1e12;
  const double value = number * unit_ms;
  return value >= 0 && value <= kMillisecondsMax ? static_cast<int64_t>(value + 0.5) : -1;
}

/// A whole count of events, also as "3.0"; below 0 if it is none.
int64_t to_count(std::string_view text) {
  constexpr double kCountMax = 9e15;
  const auto number = parse_number(trim(text));
  if (!number || *number < 0 || *number > kCountMax || std::floor(*number) != *number) return -1;
  return static_cast<int64_t>(*number);
}

}  // namespace

bool is_time_name(std::string_view name) { return contains(kTimeNames, name); }
bool is_status_name(std::string_view name) { return contains(kStatusNames, name); }
int duration_unit_ms(std::string_view name) {
  if (contains(kSecondsNames, name)) return 1000;
  return contains(kMillisecondsNames, name) ? 1 : 0;
}

bool parse_unix_time(double number, Time& time) {
  constexpr double kSecondsEnd = 253'402'300'800.0;  // the year 10000
  double seconds = number;
  for (int step = 0; step < 3 && seconds >= kSecondsEnd; ++step) seconds /= 1000;
  if (!(seconds >= 0) || seconds >= kSecondsEnd) return false;
  time = Time{static_cast<int64_t>(seconds * 1000)};
  return true;
}

bool parse_log_time(std::string_view text, Time& time) {
  text = trim(text);
  if (text.size() == AccessTime::kLength && text[2] == '/')
    return AccessTime{}.parse(text.data(), time);
  if (const auto number = parse_number(text)) return parse_unix_time(*number, time);
  constexpr size_t kDateLength = 10;
  if (text.size() < kDateLength) return false;
  std::string full(text);
  if (full.size() == kDateLength) full += "T00:00:00";
  if (full[kDateLength] == ' ') full[kDateLength] = 'T';
  if (const auto parsed = parse_time(full)) {
    time = *parsed;
    return true;
  }
  const auto parsed = parse_time(full + "Z");  // without a zone: UTC
  if (parsed) time = *parsed;
  return parsed.has_value();
}

Refusal JsonLogParser::parse(std::string_view line, LineEvent& event) {
  LineHead head;
  if (const Refusal refusal = lines_.read(line, head, {}); !refusal.empty()) return refusal;
  return event_of(head, classifier_, event);
}

Refusal event_of(const LineHead& head, const Classifier& classifier, LineEvent& event) {
  event.time = head.time;
  const int64_t status = head.status == 0 ? -1 : head.status;
  const int64_t duration_ms = head.duration_us < 0 ? -1 : (head.duration_us + 500) / 1000;
  return classify(classifier, status, duration_ms, event.counts);
}

Refusal CsvParser::take_header(std::string_view line) {
  has_header_ = true;
  if (!split_csv(line, fields_)) return "broken quotes in the header";
  for (size_t i = 0; i < fields_.size(); ++i) {
    const std::string name = lower_case(fields_[i]);
    const int column = static_cast<int>(i);
    if (is_time_name(name) && time_ < 0) time_ = column;
    if (name == "good") good_ = column;
    if (name == "bad") bad_ = column;
    if (name == "total") total_ = column;
    if (name == "value") value_ = column;
    if (is_status_name(name)) status_ = column;
    if (const int unit = duration_unit_ms(name); unit > 0) {
      duration_ = column;
      is_duration_ms_ = unit == 1;
    }
  }
  const int counts = (good_ >= 0) + (bad_ >= 0) + (total_ >= 0);
  if (time_ < 0) return "the header names no time column";
  if (counts < 2 && status_ < 0 && value_ < 0) {
    return "the header names neither good and bad (or total), nor status, nor value";
  }
  return {};
}

std::string_view CsvParser::field(int column) const {
  const auto index = static_cast<size_t>(column);
  return column < 0 || index >= fields_.size() ? std::string_view{} : fields_[index];
}

int64_t CsvParser::field_milliseconds() const {
  const auto number = parse_number(field(duration_));
  return number ? to_milliseconds(*number, is_duration_ms_ ? 1 : 1000) : -1;
}

Refusal CsvParser::parse_counts(LineEvent& event) const {
  const int64_t good = to_count(field(good_));
  const int64_t bad = to_count(field(bad_));
  const int64_t total = to_count(field(total_));
  if (good_ >= 0 && good < 0) return "good is not a count";
  if (bad_ >= 0 && bad < 0) return "bad is not a count";
  if (total_ >= 0 && total < 0) return "total is not a count";
  event.counts.good = good_ >= 0 ? good : total - bad;
  event.counts.bad = bad_ >= 0 ? bad : total - good;
  if (event.counts.good < 0 || event.counts.bad < 0) return "more events than the total";
  if (total_ >= 0 && event.counts.total() != total)
    return "good and bad do not add up to the total";
  return {};
}

Refusal CsvParser::parse(std::string_view line, LineEvent& event) {
  if (!split_csv(line, fields_)) return "broken quotes";
  if (!parse_log_time(field(time_), event.time)) return "bad time";
  if ((good_ >= 0) + (bad_ >= 0) + (total_ >= 0) >= 2) return parse_counts(event);
  if (status_ >= 0)
    return classify(classifier_, to_count(field(status_)), field_milliseconds(), event.counts);
  const auto value = parse_number(trim(field(value_)));
  if (!value) return "value is not a number";
  event.counts = *value > 0 ? slo::Counts{.good = 0, .bad = 1} : slo::Counts{.good = 1, .bad = 0};
  return {};
}

}  // namespace tollgate::ingest
