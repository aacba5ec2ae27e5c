// Writing calendars as iCalendar feeds, with the definitions of their zones.
#include "edge/icalendar/icalendar.hpp"
#include "foundation/base/digest.hpp"
#include "foundation/reflect/reflect.hpp"

#include <set>

namespace tollgate::icalendar {
namespace {

constexpr Duration kZonePast = days(400);
constexpr Duration kZoneAhead = days(1500);

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '\\' || c == ';' || c == ',') result += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) result += c;
  }
  return result;
}

/// Lines of at most 75 bytes; longer ones go on behind a space, never within a character.
void put(std::string& out, std::string_view line) {
  constexpr size_t kLineMax = 75;
  size_t room = kLineMax;
  while (line.size() > room) {
    size_t cut = room;
    while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
    out += line.substr(0, cut);
    out += "\r\n ";
    line.remove_prefix(cut);
    room = kLineMax - 1;
  }
  out += line;
  out += "\r\n";
}

/// "20261224T180000".
std::string basic(int64_t ms) {
  const std::string text = time_text(Time{ms});
  return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 5) + text.substr(14, 2) +
         text.substr(17, 2);
}

std::string offset_text(Duration offset) {
  const int64_t minutes_of = std::abs(offset.ms) / 60'000;
  return fmt::format("{}{:02}{:02}", offset.ms < 0 ? '-' : '+', minutes_of / 60, minutes_of % 60);
}

/// The changes of a zone around `now`, each as a part of its own, as RFC 5545 allows.
void put_zone(std::string& out, const calendar::Zone& zone, Time now) {
  put(out, "BEGIN:VTIMEZONE");
  put(out, "TZID:" + zone.name);
  Duration before = zone.transitions.empty() ? Duration{} : zone.transitions.front().offset;
  bool is_first = true;
  for (size_t i = 0; i < zone.transitions.size(); ++i) {
    const calendar::Transition& change = zone.transitions[i];
    const bool is_last_before =
        i + 1 < zone.transitions.size() && zone.transitions[i + 1].at > now - kZonePast && is_first;
    const bool is_near = change.at > now - kZonePast && change.at < now + kZoneAhead;
    if (is_near || is_last_before || zone.transitions.size() == 1 ||
        (is_first && i + 1 == zone.transitions.size())) {
      const std::string part = change.offset > before ? "DAYLIGHT" : "STANDARD";
      put(out, "BEGIN:" + part);
      put(out, "DTSTART:" + basic(change.at.ms + before.ms));
      put(out, "TZOFFSETFROM:" + offset_text(before));
      put(out, "TZOFFSETTO:" + offset_text(change.offset));
      put(out, "END:" + part);
      is_first = false;
    }
    before = change.offset;
  }
  put(out, "END:VTIMEZONE");
}

std::string list_of_days(const calendar::Pattern& pattern) {
  constexpr int64_t kDay = 86'400'000;
  std::string list;
  for (const calendar::LocalDate& date : pattern.except) {
    // A whole day is left out at the time of day at which the entry starts.
    const int64_t ms =
        date.is_day ? date.time.ms + (pattern.start.ms % kDay + kDay) % kDay : date.time.ms;
    list += (list.empty() ? "" : ",") + basic(ms);
  }
  return list;
}

void put_event(std::string& out, const schedule::ScheduledEntry& entry, Time now) {
  const bool is_utc = entry.zone == "UTC";
  const std::string zone = is_utc ? "" : ";TZID=" + entry.zone;
  const std::string mark = is_utc ? "Z" : "";
  const auto time = [&](calendar::LocalTime local) { return basic(local.ms) + mark; };
  const std::string type(reflect::enum_name(entry.type));
  put(out, "BEGIN:VEVENT");
  put(out, "UID:" + digest_text(sha256({entry.name, entry.id})).substr(7, 32) + "@tollgate");
  put(out, "DTSTAMP:" + basic(now.ms) + "Z");
  put(out, "SUMMARY:" + escaped(entry.name));
  if (!entry.reason.empty()) put(out, "DESCRIPTION:" + escaped(entry.reason));
  put(out, "CATEGORIES:" + type);
  put(out, "X-TOLLGATE-TYPE:" + type);
  put(out, fmt::format("DTSTART{}:{}", zone, time(entry.pattern.start)));
  put(out,
      fmt::format("DTEND{}:{}", zone, time({entry.pattern.start.ms + entry.pattern.length.ms})));
  if (entry.pattern.rule) put(out, "RRULE:" + entry.pattern.rule->text);
  for (const calendar::LocalTime also : entry.pattern.also) {
    put(out, fmt::format("RDATE{}:{}", zone, time(also)));
  }
  if (!entry.pattern.except.empty() && !is_utc) {
    put(out, fmt::format("EXDATE{}:{}", zone, list_of_days(entry.pattern)));
  }
  if (is_utc) {
    for (const calendar::LocalDate& date : entry.pattern.except) {
      calendar::Pattern one = entry.pattern;
      one.except = {date};
      put(out, "EXDATE:" + list_of_days(one) + "Z");
    }
  }
  put(out, "END:VEVENT");
}

}  // namespace

Result<std::string> write_icalendar(std::string_view name,
                                    const std::vector<schedule::ScheduledEntry>& entries,
                                    const schedule::FindZone& find_zone, Time now) {
  std::string out;
  put(out, "BEGIN:VCALENDAR");
  put(out, "VERSION:2.0");
  put(out, "PRODID:-//Tollgate//Tollgate//EN");
  put(out, "CALSCALE:GREGORIAN");
  put(out, "METHOD:PUBLISH");
  put(out, "X-WR-CALNAME:" + escaped(name));
  std::set<std::string> zones;
  for (const schedule::ScheduledEntry& entry : entries) zones.insert(entry.zone);
  for (const std::string& zone_name : zones) {
    if (zone_name == "UTC") continue;
    TOLLGATE_TRY(const calendar::Zone zone, find_zone(zone_name));
    put_zone(out, zone, now);
  }
  for (const schedule::ScheduledEntry& entry : entries) put_event(out, entry, now);
  put(out, "END:VCALENDAR");
  return out;
}

}  // namespace tollgate::icalendar
