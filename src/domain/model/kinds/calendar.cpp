#include "domain/model/kinds/calendar.hpp"

#include "foundation/base/codes.hpp"

#include <set>

namespace tollgate::model {
namespace {

tl::unexpected<Error> at_field(Error error, std::string field) {
  error.field = std::move(field);
  return fail(std::move(error));
}

/// Every date of a list; the path of the first bad one goes into the error.
template <class Read>
Result<void> read_dates(const std::vector<std::string>& texts, std::string_view name, Read read) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto date = calendar::parse_local_date(texts[i]);
    if (!date) return at_field(date.error(), fmt::format("/{}/{}", name, i));
    read(*date);
  }
  return {};
}

Result<Duration> length_of(const CalendarEntry& entry, calendar::LocalTime start) {
  if (entry.duration.has_value() != entry.end.empty()) {
    return at_field({.code = codes::field_conflict,
                     .message = "an entry has an \"end\" or a \"duration\", one of both"},
                    "");
  }
  if (entry.duration) return *entry.duration;
  const auto end = calendar::parse_local_time(entry.end);
  if (!end) return at_field(end.error(), "/end");
  if (*end <= start) {
    return at_field({.code = codes::bad_value,
                     .message = "the end does not lie behind the start; a night ends on the day "
                                "after, 22:00 to 06:00 is also a duration of 8h"},
                    "/end");
  }
  return Duration{end->ms - start.ms};
}

bool is_address(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://") || url.starts_with("env:") ||
         url.starts_with("file:");
}

void validate_imports(const Calendar& calendar, ProblemSink& sink) {
  std::set<std::string> names;
  for (size_t i = 0; i < calendar.imports.size(); ++i) {
    const std::string path = fmt::format("/spec/imports/{}", i);
    const CalendarImport& import = calendar.imports[i];
    if (!names.insert(import.name).second) {
      sink.add(codes::duplicate_name, path + "/name",
               fmt::format("the calendar has two imports \"{}\"", import.name));
    }
    if (!is_address(import.url)) {
      sink.add(codes::bad_value, path + "/url",
               "the address of an import begins with https://, http://, env: or file:");
    }
    if (import.stale_after < import.refresh) {
      sink.add(codes::field_conflict, path + "/staleAfter",
               "an import would be stale before it is asked for again");
    }
  }
}

void validate(const void* erased, ProblemSink& sink) {
  const auto& calendar = *static_cast<const Calendar*>(erased);
  validate_imports(calendar, sink);
  std::set<std::string> names;
  for (size_t i = 0; i < calendar.entries.size(); ++i) {
    const std::string path = fmt::format("/spec/entries/{}", i);
    const CalendarEntry& entry = calendar.entries[i];
    if (!names.insert(entry.name).second) {
      sink.add(codes::duplicate_name, path + "/name",
               fmt::format("the calendar has two entries \"{}\"", entry.name));
    }
    const Result<calendar::Pattern> pattern = pattern_of(entry);
    if (!pattern)
      sink.add(pattern.error().code, path + pattern.error().field, pattern.error().message);
  }
}

}  // namespace

Result<calendar::Pattern> pattern_of(const CalendarEntry& entry) {
  calendar::Pattern pattern;
  if (entry.is_excluded.value_or(false) && entry.type != EntryType::maintenance) {
    return at_field(
        {.code = codes::field_conflict, .message = "only maintenance is excluded from budgets"},
        "/excludeFromBudgets");
  }
  const auto start = calendar::parse_local_time(entry.start);
  if (!start) return at_field(start.error(), "/start");
  pattern.start = *start;
  TOLLGATE_TRY(pattern.length, length_of(entry, *start));
  if (!entry.rule.empty()) {
    auto rule = calendar::parse_rule(entry.rule);
    if (!rule) return at_field(rule.error(), "/rule");
    pattern.rule = std::move(*rule);
  }
  TOLLGATE_CHECK(read_dates(entry.also, "also", [&](const calendar::LocalDate& date) {
    pattern.also.push_back(date.time);
  }));
  TOLLGATE_CHECK(read_dates(entry.except, "except", [&](const calendar::LocalDate& date) {
    pattern.except.push_back(date);
  }));
  return pattern;
}

const KindDef& calendar_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "Calendar",
      .plural = "calendars",
      .title = "When releases may go: windows, freezes, blackouts, launches.",
      .doc =
          "The check window@1 asks all calendars that select a release. A blackout holds whatever "
          "else is on; an opening lets releases through freezes and outside windows; a freeze "
          "holds; where windows are declared, releases go only inside them. Readings are of the "
          "wall clock of the zone.",
      .introduced_in = "0.2",
      .example = R"(apiVersion: tollgate/v1
kind: Calendar
metadata:
  name: company
spec:
  timeZone: Europe/Berlin
  selects:
    environments: [production]
    changeClasses: [normal, standard]
  inFlight: finish_stage
  overrideRoles: [approver]
  entries:
    - name: office hours
      type: window
      start: 2026-01-05T09:00
      end: 2026-01-05T17:00
      rule: FREQ=WEEKLY;BYDAY=MO,TU,WE,TH
      except: [2026-05-14]
    - name: end of year
      type: freeze
      start: 2026-12-18T18:00
      end: 2027-01-04T08:00
      reason: Nobody is there to look.
)",
      .spec_type = &reflect::type_of<Calendar>,
      .make = &make_spec<Calendar>,
      .validate = &validate};
  return kind;
}

}  // namespace tollgate::model
