// Reading iCalendar files: lines unfolded, events as entries, moved occurrences taken out of their
// series.
#include "edge/icalendar/icalendar.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <map>

namespace tollgate::icalendar {
namespace {

constexpr size_t kLinesMax = 500'000;

/// "NAME;PARAM=VALUE:value", unfolded.
struct Line {
  std::string name;
  std::map<std::string, std::string> parameters;
  std::string value;

  std::string_view parameter(const std::string& key) const {
    const auto found = parameters.find(key);
    return found == parameters.end() ? std::string_view() : std::string_view(found->second);
  }
};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return result;
}

/// A line that begins with a space continues the one before (RFC 5545, 3.1).
Result<std::vector<std::string>> unfold(std::string_view text) {
  std::vector<std::string> lines;
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && (line.front() == ' ' || line.front() == '\t') && !lines.empty()) {
      lines.back() += line.substr(1);
    } else if (!line.empty()) {
      lines.emplace_back(line);
    }
    if (lines.size() > kLinesMax) {
      return fail(codes::bad_report, "the calendar has more than {} lines", kLinesMax);
    }
  }
  return lines;
}

Line read_line(std::string_view text) {
  Line line;
  bool is_quoted = false;
  size_t begin = 0;
  std::vector<std::string_view> parts;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '"') is_quoted = !is_quoted;
    if (is_quoted || (text[i] != ';' && text[i] != ':')) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
    if (text[i] == ':') break;
  }
  if (parts.empty()) return line;
  line.name = upper(parts[0]);
  for (size_t part = 1; part < parts.size(); ++part) {
    const size_t equals = parts[part].find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = parts[part].substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    line.parameters[upper(parts[part].substr(0, equals))] = value;
  }
  if (i < text.size()) line.value = text.substr(begin);
  return line;
}

std::string unescaped(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    ++i;
    result += text[i] == 'n' || text[i] == 'N' ? ' ' : text[i];
  }
  return result;
}

/// A time of the file: its reading, the zone that it is in, and whether it is only a date.
struct FileTime {
  calendar::LocalTime local = {};
  std::string zone = {};
  bool is_date = false;
};

/// Names such as "/mozilla.org/20050126_1/Europe/Berlin" end with the name of the zone.
std::string zone_name(std::string_view name) {
  if (!name.starts_with('/')) return std::string(name);
  const size_t last = name.rfind('/');
  const size_t before = last == 0 ? 0 : name.rfind('/', last - 1);
  return std::string(name.substr(before + 1));
}

Result<FileTime> read_time(std::string_view text, const Line& line, const std::string& otherwise) {
  const auto refuse = [&] {
    return fail(codes::bad_report, "{}: \"{}\" is no time", line.name, text);
  };
  FileTime time;
  std::string_view digits = text;
  if (digits.ends_with('Z')) {
    time.zone = "UTC";
    digits.remove_suffix(1);
  }
  time.is_date = digits.size() == 8;
  if (!time.is_date && (digits.size() != 15 || digits[8] != 'T')) return refuse();
  std::string plain =
      fmt::format("{}-{}-{}", digits.substr(0, 4), digits.substr(4, 2), digits.substr(6, 2));
  if (!time.is_date) {
    plain +=
        fmt::format("T{}:{}:{}", digits.substr(9, 2), digits.substr(11, 2), digits.substr(13, 2));
  }
  const auto local = calendar::parse_local_time(plain);
  if (!local) return refuse();
  time.local = *local;
  if (time.zone.empty()) time.zone = zone_name(line.parameter("TZID"));
  if (time.zone.empty()) time.zone = otherwise;
  if (time.zone.empty()) {
    return fail(codes::bad_report, "{}:{} has no time zone; name one with --zone", line.name, text);
  }
  return time;
}

std::string local_text(calendar::LocalTime local, bool is_date = false) {
  return time_text(Time{local.ms}).substr(0, is_date ? 10 : 19);
}

/// "P1DT2H", "PT90M", "P2W".
Result<Duration> read_duration(std::string_view text) {
  const auto refuse = [text] { return fail(codes::bad_report, "\"{}\" is no duration", text); };
  std::string_view rest = text;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  if (!rest.starts_with('P')) return refuse();
  rest.remove_prefix(1);
  Duration total;
  int64_t number = -1;
  for (const char c : rest) {
    if (c >= '0' && c <= '9') {
      number = std::max<int64_t>(number, 0) * 10 + (c - '0');
      if (number > 1'000'000) return refuse();
      continue;
    }
    if (c == 'T') continue;
    const Duration unit = c == 'W'   ? days(7)
                          : c == 'D' ? days(1)
                          : c == 'H' ? hours(1)
                          : c == 'M' ? minutes(1)
                          : c == 'S' ? seconds(1)
                                     : Duration{};
    if (number < 0 || unit.ms == 0) return refuse();
    total = total + unit * number;
    number = -1;
  }
  if (number >= 0 || total.ms == 0) return refuse();
  return total;
}

struct Event {
  std::vector<Line> lines = {};

  const Line* find(std::string_view name) const {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [name](const Line& line) { return line.name == name; });
    return found == lines.end() ? nullptr : &*found;
  }
  std::string text(std::string_view name) const {
    const Line* line = find(name);
    return line == nullptr ? std::string() : unescaped(line->value);
  }
};

/// Further dates of a series, brought to its zone's readings.
Result<std::vector<std::string>> read_dates(const Event& event, std::string_view name,
                                            const std::string& zone) {
  std::vector<std::string> dates;
  for (const Line& line : event.lines) {
    if (line.name != name) continue;
    for (std::string_view item : split(line.value, ',')) {
      item = item.substr(0, item.find('/'));  // of a period only its start is taken
      TOLLGATE_TRY(const FileTime time, read_time(item, line, zone));
      if (time.zone != zone) {
        return fail(codes::bad_report, "{}:{} is in {}, its event in {}", name, item, time.zone,
                    zone);
      }
      dates.push_back(local_text(time.local, time.is_date));
    }
  }
  return dates;
}

model::EntryType type_of_event(const Event& event, model::EntryType otherwise) {
  std::string named = lower_case(event.text("X-TOLLGATE-TYPE"));
  if (named.empty()) named = lower_case(event.text("CATEGORIES"));
  const auto& names = reflect::EnumNames<model::EntryType>::names;
  const auto found = std::find(names.begin(), names.end(), named);
  return found == names.end() ? otherwise : static_cast<model::EntryType>(found - names.begin());
}

Result<Duration> length_of(const Event& event, const FileTime& start) {
  if (const Line* line = event.find("DURATION")) return read_duration(line->value);
  const Line* line = event.find("DTEND");
  if (line == nullptr) return start.is_date ? days(1) : Duration{};
  TOLLGATE_TRY(const FileTime end, read_time(line->value, *line, start.zone));
  if (end.zone != start.zone) {
    return fail(codes::bad_report, "an event begins in {} and ends in {}", start.zone, end.zone);
  }
  return Duration{end.local.ms - start.local.ms};
}

Result<model::CalendarEntry> read_event(const Event& event, const ReadOptions& options,
                                        const std::string& zone) {
  const Line* begin = event.find("DTSTART");
  if (begin == nullptr) return fail(codes::bad_report, "an event has no DTSTART");
  TOLLGATE_TRY(const FileTime start, read_time(begin->value, *begin, zone));
  TOLLGATE_TRY(const Duration length, length_of(event, start));
  if (length.ms <= 0) return fail(codes::bad_report, "it has no length");
  const std::string summary = event.text("SUMMARY");
  model::CalendarEntry entry{.name = summary.empty() ? "event " + event.text("UID") : summary,
                             .type = type_of_event(event, options.type),
                             .start = local_text(start.local),
                             .duration = length,
                             .time_zone = start.zone,
                             .reason = event.text("DESCRIPTION").substr(0, 1000)};
  entry.name = entry.name.substr(0, 200);
  if (const Line* rule = event.find("RRULE")) entry.rule = rule->value;
  TOLLGATE_TRY(entry.also, read_dates(event, "RDATE", start.zone));
  TOLLGATE_TRY(entry.except, read_dates(event, "EXDATE", start.zone));
  TOLLGATE_CHECK(model::pattern_of(entry));
  return entry;
}

Result<std::vector<Event>> read_events(std::string_view text, std::string& zone) {
  TOLLGATE_TRY(const std::vector<std::string> lines, unfold(text));
  if (lines.empty() || upper(trim(lines.front())) != "BEGIN:VCALENDAR") {
    return fail(codes::bad_report,
                "this is no iCalendar file: it does not begin with "
                "BEGIN:VCALENDAR");
  }
  std::vector<Event> events;
  std::vector<std::string> open;
  for (const std::string& text_line : lines) {
    Line line = read_line(text_line);
    if (line.name == "BEGIN") {
      open.push_back(upper(line.value));
      if (open.back() == "VEVENT") events.emplace_back();
    } else if (line.name == "END") {
      if (open.empty() || open.back() != upper(line.value)) {
        return fail(codes::bad_report, "END:{} ends nothing that is open", line.value);
      }
      open.pop_back();
    } else if (!open.empty() && open.back() == "VEVENT") {
      events.back().lines.push_back(std::move(line));
    } else if (line.name == "X-WR-TIMEZONE" && zone.empty()) {
      zone = line.value;
    }
  }
  if (!open.empty())
    return fail(codes::bad_report, "{} is not ended; is the file cut off?", open.back());
  return events;
}

}  // namespace

Result<ReadCalendar> read_icalendar(std::string_view text, const ReadOptions& options) {
  std::string zone = options.zone;
  TOLLGATE_TRY(const std::vector<Event> events, read_events(text, zone));
  ReadCalendar read;
  std::map<std::string, size_t> series;  // place of the entry by UID
  const auto ignore = [&read](const Event& event, std::string_view why) {
    read.ignored.push_back(fmt::format("{}: {}", event.text("SUMMARY"), why));
  };
  for (const Event& event : events) {
    if (event.find("RECURRENCE-ID") != nullptr) continue;
    if (upper(event.text("STATUS")) == "CANCELLED") {
      ignore(event, "it is cancelled");
      continue;
    }
    Result<model::CalendarEntry> entry = read_event(event, options, zone);
    if (!entry) {
      if (entry.error().message == "it has no length") {
        ignore(event, entry.error().message);
        continue;
      }
      return fail(codes::bad_report, "event \"{}\": {}", event.text("SUMMARY"),
                  entry.error().message);
    }
    series[event.text("UID")] = read.entries.size();
    read.entries.push_back(std::move(*entry));
  }
  for (const Event& event : events) {
    const Line* moved = event.find("RECURRENCE-ID");
    if (moved == nullptr) continue;
    const auto of = series.find(event.text("UID"));
    if (of == series.end()) {
      ignore(event, "it moves an occurrence of an event that is not in the file");
      continue;
    }
    TOLLGATE_TRY(const FileTime from,
                 read_time(moved->value, *moved, read.entries[of->second].time_zone));
    read.entries[of->second].except.push_back(local_text(from.local, from.is_date));
    if (upper(event.text("STATUS")) == "CANCELLED") continue;
    TOLLGATE_TRY(model::CalendarEntry entry, read_event(event, options, zone));
    read.entries.push_back(std::move(entry));
  }
  return read;
}

}  // namespace tollgate::icalendar
