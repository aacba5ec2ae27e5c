// One issue file of a cState status page: front matter with title, date and resolvedWhen.
#include "edge/icalendar/icalendar.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <map>

namespace tollgate::icalendar {
namespace {

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  const bool is_quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                         text.back() == text.front();
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

Result<std::map<std::string, std::string>> front_matter(std::string_view text) {
  const std::vector<std::string_view> lines = split(text, '\n');
  if (lines.empty() || trim(lines[0]) != "---") {
    return fail(codes::bad_report, "the file does not begin with front matter (---)");
  }
  std::map<std::string, std::string> values;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (trim(lines[i]) == "---") return values;
    const size_t colon = lines[i].find(':');
    if (colon == std::string_view::npos || lines[i].starts_with('#')) continue;
    values[std::string(trim(lines[i].substr(0, colon)))] = unquoted(lines[i].substr(colon + 1));
  }
  return fail(codes::bad_report, "the front matter is not ended (---)");
}

/// A time as people write it: "2020-06-13 15:54:00", "2021-06-17T8:00:00-00:00".
struct LooseTime {
  std::string local = {};  // reading, if it has no offset
  std::optional<Time> moment = {};
};

Result<LooseTime> read_loose(std::string_view text) {
  std::string full(trim(text));
  constexpr size_t kDate = 10;
  if (full.size() > kDate && full[kDate] == ' ') full[kDate] = 'T';
  // An hour of one digit.
  if (full.size() > kDate + 2 && full[kDate] == 'T' && full[kDate + 2] == ':')
    full.insert(kDate + 1, "0");
  for (size_t space = full.find(' '); space != std::string::npos; space = full.find(' ')) {
    full.erase(space, 1);
  }
  if (const auto local = calendar::parse_local_time(full)) {
    return LooseTime{.local = time_text(Time{local->ms}).substr(0, 19)};
  }
  TOLLGATE_TRY(const Time moment, parse_time(full));
  return LooseTime{.moment = moment};
}

}  // namespace

Result<ReadCalendar> read_cstate(std::string_view text, std::string_view file,
                                 const ReadOptions& options) {
  TOLLGATE_TRY(auto values, front_matter(text));
  ReadCalendar read;
  const auto ignore = [&](std::string_view why) {
    read.ignored.push_back(fmt::format("{}: {}", file, why));
    return read;
  };
  const Result<LooseTime> begin = read_loose(values["date"]);
  if (!begin) return ignore(fmt::format("date \"{}\" is no time", values["date"]));
  if (values["resolvedWhen"].empty()) return ignore("it says no end (resolvedWhen)");
  const Result<LooseTime> end = read_loose(values["resolvedWhen"]);
  if (!end) return ignore(fmt::format("resolvedWhen \"{}\" is no time", values["resolvedWhen"]));
  if (begin->moment.has_value() != end->moment.has_value()) {
    return ignore("one of its times has an offset, the other has none");
  }
  model::CalendarEntry entry{.name = values["title"].substr(0, 200), .type = options.type};
  if (entry.name.empty()) entry.name = file;
  entry.time_zone = begin->moment ? "UTC" : options.zone;
  if (entry.time_zone.empty()) {
    return fail(codes::bad_report, "{}: its times have no time zone; name one with --zone", file);
  }
  const auto reading = [](const LooseTime& time) {
    return time.moment ? time_text(*time.moment).substr(0, 19) : time.local;
  };
  entry.start = reading(*begin);
  entry.end = reading(*end);
  if (entry.end <= entry.start) return ignore("it ends before it begins, or has no length");
  entry.reason =
      fmt::format("{} ({})", values["severity"].empty() ? "issue" : values["severity"], file);
  read.entries.push_back(std::move(entry));
  return read;
}

}  // namespace tollgate::icalendar
