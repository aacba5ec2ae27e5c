// Calendar: when releases may go and when not. Windows, freezes, blackouts, openings, launches and
// maintenance, once or recurring, on the wall clock of a zone.
#pragma once

#include "domain/calendar/pattern.hpp"
#include "domain/model/kinds/release_policy.hpp"

namespace tollgate::model {

/// What an entry does while it is on, strongest first in the order blackout, opening, freeze,
/// window. launch and maintenance only tell.
enum class EntryType { window, freeze, blackout, opening, launch, maintenance };

/// What becomes of a release that is under way when an entry begins to block.
enum class InFlight { finish, finish_stage, roll_back };

struct CalendarEntry {
  std::string name = {};
  EntryType type = EntryType::freeze;
  std::string start = {};                 // reading of the wall clock
  std::string end = {};                   // of the first occurrence; or
  std::optional<Duration> duration = {};  // on the wall clock
  std::string time_zone = {};             // empty: the calendar's
  std::string rule = {};                  // RRULE; empty: once
  std::vector<std::string> also = {};     // further starts
  std::vector<std::string> except = {};   // starts or days left out
  std::string reason = {};
  std::optional<Selector> selects = {};  // nothing: the calendar's
  std::optional<InFlight> in_flight = {};
  std::vector<std::string> override_roles = {};  // empty: the calendar's
  std::optional<bool> is_excluded = {};          // maintenance: its time counts in no error budget
};

/// A calendar of somebody else that a server reads again and again.
struct CalendarImport {
  std::string name = {};  // its source in the ledger
  std::string url = {};   // or "env:NAME", "file:PATH": private addresses are secrets
  EntryType type = EntryType::freeze;
  std::string match = {};            // only events whose name contains it
  Duration refresh = hours(1);       // how often it is asked for
  Duration stale_after = hours(24);  // without a good answer for so long it is a finding
};

struct Calendar {
  std::string name = {};
  Labels labels = {};
  std::string description = {};
  std::string time_zone = {};
  Selector selects = {};
  InFlight in_flight = InFlight::finish;
  std::vector<std::string> override_roles = {};
  std::vector<std::string> exclusion_approvals = {};  // roles that must agree to an exclusion
  std::vector<CalendarEntry> entries = {};
  std::vector<CalendarImport> imports = {};
};
const KindDef& calendar_kind();

inline constexpr size_t kCalendarEntriesMax = 2000;
inline constexpr size_t kCalendarImportsMax = 50;

/// When an entry recurs, on the wall clock. Errors: bad_value, bad_time, missing_field with the
/// field in `field`.
Result<calendar::Pattern> pattern_of(const CalendarEntry& entry);
/// True if the entry blocks or opens; launches and maintenance only tell.
inline bool decides(EntryType type) { return type < EntryType::launch; }

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::EntryType> {
  static constexpr std::array<std::string_view, 6> names = {"window",  "freeze", "blackout",
                                                            "opening", "launch", "maintenance"};
};
template <>
struct EnumNames<model::InFlight> {
  static constexpr std::array<std::string_view, 3> names = {"finish", "finish_stage", "roll_back"};
};
template <>
struct Reflect<model::CalendarEntry> {
  static constexpr std::string_view name = "CalendarEntry";
  static constexpr std::array fields = {
      field<&model::CalendarEntry::name>("name", "Name, shown in verdicts.",
                                         {.is_required = true, .size_max = 200}),
      field<&model::CalendarEntry::type>(
          "type",
          "window: releases go only inside windows; freeze: none; blackout: none, and nobody can "
          "open it; opening: lets releases through freezes and outside windows; launch, "
          "maintenance: shown, they block nothing."),
      field<&model::CalendarEntry::start>(
          "start", "First start, on the wall clock of the zone.",
          {.is_required = true, .size_max = 30, .example = "2026-12-18T18:00"}),
      field<&model::CalendarEntry::end>("end", "End of the first occurrence.",
                                        {.size_max = 30, .example = "2027-01-04T08:00"}),
      field<&model::CalendarEntry::duration>("duration", "Its length instead of an end.",
                                             {.min = 1000, .example = "8h"}),
      field<&model::CalendarEntry::time_zone>("timeZone", "Zone; none: the calendar's.",
                                              {.size_max = 60}),
      field<&model::CalendarEntry::rule>(
          "rule", "Recurrence rule of RFC 5545; none: once.",
          {.size_max = 2000, .example = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH"}),
      field<&model::CalendarEntry::also>("also", "Further starts.", {.size_max = 1000}),
      field<&model::CalendarEntry::except>("except", "Starts, or whole days, that are left out.",
                                           {.size_max = 1000}),
      field<&model::CalendarEntry::reason>("reason", "Why, for people.", {.size_max = 1000}),
      field<&model::CalendarEntry::selects>("selects", "Releases it is for; none: the calendar's."),
      field<&model::CalendarEntry::in_flight>("inFlight",
                                              "What becomes of a release that is under way."),
      field<&model::CalendarEntry::override_roles>(
          "overrideRoles", "Roles that may add an opening; none: the calendar's.",
          {.size_max = 50}),
      field<&model::CalendarEntry::is_excluded>(
          "excludeFromBudgets",
          "Maintenance only: events in its time count in no error budget and are shown as "
          "excluded.")};
};
template <>
struct Reflect<model::CalendarImport> {
  static constexpr std::string_view name = "CalendarImport";
  static constexpr std::array fields = {
      field<&model::CalendarImport::name>("name", "Name of the source in answers and records.",
                                          {.is_required = true, .size_max = 200}),
      field<&model::CalendarImport::url>(
          "url", "Address of an iCalendar file; env:NAME or file:PATH if it is a secret.",
          {.is_required = true,
           .size_max = 2000,
           .example = "https://calendar.example/freezes.ics"}),
      field<&model::CalendarImport::type>("type", "What its events do while they are on."),
      field<&model::CalendarImport::match>(
          "match", "Only events whose name contains it, in any case; none: all.",
          {.size_max = 200}),
      field<&model::CalendarImport::refresh>(
          "refresh", "How often it is asked for.",
          {.min = 60'000, .max = 2'592'000'000, .example = "1h"}),
      field<&model::CalendarImport::stale_after>(
          "staleAfter", "Without a good answer for so long, the import is a finding.",
          {.min = 60'000, .max = 31'536'000'000, .example = "24h"})};
};
template <>
struct Reflect<model::Calendar> {
  static constexpr std::string_view name = "Calendar";
  static constexpr std::array fields = {
      field<&model::Calendar::description>("description", "What the calendar is for.",
                                           {.size_max = model::kDescriptionSizeMax}),
      field<&model::Calendar::time_zone>(
          "timeZone", "Time zone of its readings; nothing is UTC silently.",
          {.is_required = true, .size_max = 60, .example = "Europe/Berlin"}),
      field<&model::Calendar::selects>("selects", "Releases that the calendar is for."),
      field<&model::Calendar::in_flight>(
          "inFlight",
          "What becomes of a release that is under way when an entry begins to block: finish, "
          "finish_stage or roll_back."),
      field<&model::Calendar::override_roles>(
          "overrideRoles", "Roles that may add an opening; none: nobody.", {.size_max = 50}),
      field<&model::Calendar::exclusion_approvals>(
          "exclusionApprovals",
          "Roles that must agree, each by another person, before an added exclusion counts; none: "
          "whoever may add it is enough.",
          {.size_max = 20}),
      field<&model::Calendar::entries>("entries", "What is in it.",
                                       {.size_max = model::kCalendarEntriesMax}),
      field<&model::Calendar::imports>("imports",
                                       "Calendars of others that a server reads again and again.",
                                       {.size_max = model::kCalendarImportsMax})};
};

}  // namespace tollgate::reflect
