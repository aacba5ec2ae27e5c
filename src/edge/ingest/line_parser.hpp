// The parsers of the log formats: one line in, one event out, or the reason why it is none.
// Internal to this folder. Not thread-safe: parsers remember the last time they read.
#pragma once

#include "edge/ingest/ingest.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ingest {

/// What a line says. `status` events carry one request; others carry counts.
struct LineEvent {
  Time time;
  slo::Counts counts;
};

/// Why a line is refused; empty: it is an event. Points to static text.
using Refusal = std::string_view;

/// Applies the classifier to one request. `duration_ms` below 0: unknown.
Refusal classify(const Classifier& classifier, int64_t status, int64_t duration_ms,
                 slo::Counts& counts);

/// "17/May/2015:10:05:03 +0000". Remembers the minute, since neighbours mostly share it.
class AccessTime {
 public:
  static constexpr size_t kLength = 26;
  /// False if `text` (of kLength characters) is no time.
  bool parse(const char* text, Time& time);

 private:
  std::array<char, kLength> last_{};
  Time minute_;
};

/// A time in any of the forms that logs use. False if it is none.
bool parse_log_time(std::string_view text, Time& time);
/// Unix time in s, ms, us or ns, told apart by magnitude. False outside years 1970 to 9999.
bool parse_unix_time(double number, Time& time);

class AccessLogParser {
 public:
  AccessLogParser(const Classifier& classifier, bool is_combined)
      : classifier_(classifier), is_combined_(is_combined) {}
  Refusal parse(std::string_view line, LineEvent& event);

 private:
  const Classifier& classifier_;
  bool is_combined_;
  AccessTime time_;
};

class CsvParser {
 public:
  explicit CsvParser(const Classifier& classifier) : classifier_(classifier) {}
  /// Reads the names of the columns. A refusal here refuses the whole file.
  Refusal take_header(std::string_view line);
  bool has_header() const { return has_header_; }
  Refusal parse(std::string_view line, LineEvent& event);

 private:
  Refusal parse_counts(LineEvent& event) const;
  int64_t field_milliseconds() const;
  std::string_view field(int column) const;

  const Classifier& classifier_;
  bool has_header_ = false;
  std::vector<std::string> fields_;
  int time_ = -1, good_ = -1, bad_ = -1, total_ = -1, status_ = -1, value_ = -1, duration_ = -1;
  bool is_duration_ms_ = false;
};

/// Names under which logs keep the same thing, in lower case.
bool is_time_name(std::string_view name);
bool is_status_name(std::string_view name);
/// 0: no duration; 1: in milliseconds; 1000: in seconds.
int duration_unit_ms(std::string_view name);

}  // namespace tollgate::ingest
