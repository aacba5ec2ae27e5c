// What the calendars said about one release at one moment: as a verdict used it and the ledger
// keeps it, so that a replay needs neither the calendars' expansion nor the zone data of that day.
#pragma once

#include "domain/model/kinds/calendar.hpp"

namespace tollgate::model {

/// An entry that speaks at the moment: is on, or is the next window.
struct CalendarReason {
  std::string entry = {};  // "CALENDAR/ENTRY"
  EntryType type = EntryType::freeze;
  bool blocks = false;
  Time from = {};  // of its occurrence
  Time to = {};
  std::string reason = {};
  InFlight in_flight = InFlight::finish;
  std::vector<std::string> override_roles = {};
};

/// An import that cannot be relied on: the last good copy counts on, however old it is.
struct ImportDoubt {
  std::string calendar = {};
  std::string source = {};
  std::optional<Time> good = {};  // when the last good copy was had; absent: never
  bool is_stale = false;          // that was longer ago than the import's staleAfter
  int64_t failures = 0;           // in a row
  std::string error = {};         // of the newest
};
inline constexpr size_t kImportDoubtsMax = 20;

struct CalendarReading {
  Time at = {};
  bool is_open = false;
  std::vector<CalendarReason> reasons = {};  // strongest first, at most kCalendarReasonsMax
  std::optional<Time> opens = {};  // when blocked: the next moment that is open, within the horizon
  std::optional<Time> closes = {};  // when open: the next moment that is not, within the horizon
  int64_t revision = 0;             // behind the newest recorded entry that was looked at
  std::string zone_data = {};       // version of the zone data
  std::string error = {};           // why there is no answer; empty if there is
  std::optional<Time> since = {};   // when blocked: since when without a break, if that is known
  std::vector<ImportDoubt> doubts = {};  // imports of its calendars, at most kImportDoubtsMax
};

inline constexpr size_t kCalendarReasonsMax = 20;
/// How far ahead calendars are looked at.
inline constexpr Duration kCalendarHorizon = days(90);

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::CalendarReason> {
  static constexpr std::string_view name = "CalendarReason";
  static constexpr std::array fields = {
      field<&model::CalendarReason::entry>("entry", "CALENDAR/ENTRY."),
      field<&model::CalendarReason::type>("type", "What kind of entry it is."),
      field<&model::CalendarReason::blocks>("blocks", "Whether it holds the release."),
      field<&model::CalendarReason::from>("from", "Begin of the occurrence."),
      field<&model::CalendarReason::to>("to", "First moment behind it."),
      field<&model::CalendarReason::reason>("reason", "Why, for people."),
      field<&model::CalendarReason::in_flight>("in_flight", "For releases under way."),
      field<&model::CalendarReason::override_roles>("override_roles", "Who may open it.")};
};
template <>
struct Reflect<model::ImportDoubt> {
  static constexpr std::string_view name = "ImportDoubt";
  static constexpr std::array fields = {
      field<&model::ImportDoubt::calendar>("calendar", "Calendar."),
      field<&model::ImportDoubt::source>("source", "Its import."),
      field<&model::ImportDoubt::good>("good", "When the last good copy was had."),
      field<&model::ImportDoubt::is_stale>("stale", "Longer ago than staleAfter."),
      field<&model::ImportDoubt::failures>("failures", "Failures in a row.", {.min = 0}),
      field<&model::ImportDoubt::error>("error", "Why the newest answer is none.")};
};
template <>
struct Reflect<model::CalendarReading> {
  static constexpr std::string_view name = "CalendarReading";
  static constexpr std::array fields = {
      field<&model::CalendarReading::at>("at", "The moment."),
      field<&model::CalendarReading::is_open>("open", "Whether the release may go."),
      field<&model::CalendarReading::reasons>("reasons", "Entries that speak."),
      field<&model::CalendarReading::opens>("opens", "Next moment that is open."),
      field<&model::CalendarReading::closes>("closes", "Next moment that is not."),
      field<&model::CalendarReading::revision>("revision", "Recorded entries looked at.",
                                               {.min = 0}),
      field<&model::CalendarReading::zone_data>("zone_data", "Version of the zone data."),
      field<&model::CalendarReading::error>("error", "Why there is no answer."),
      field<&model::CalendarReading::since>("since", "Blocked since then, without a break."),
      field<&model::CalendarReading::doubts>("doubts", "Imports that cannot be relied on.")};
};

}  // namespace tollgate::reflect
