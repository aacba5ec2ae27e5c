// tollgate calendar days and imports: the next 90 days of a place as a sheet, and how the calendars
// of others fare.
#include "app/cli/ask/calendar.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/calendar.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

using doc::Node;

std::string names_of(const Node& day) {
  std::string names;
  for (const Node& name : day.find("entries")->items())
    names += (names.empty() ? "" : ", ") + name.as_text();
  return names;
}

Result<int> run_days(Invocation& call) {
  engine::CalendarQuestion question{.service = call.text("service"),
                                    .environment = call.text("env")};
  const auto& names = reflect::EnumNames<model::ChangeClass>::names;
  const auto found = std::find(names.begin(), names.end(), call.text("change-class"));
  if (found != names.end())
    question.change_class = static_cast<model::ChangeClass>(found - names.begin());
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::calendar_days(*backend, question, call.text("zone")));
  render::Table table{.header = {"DAY", "DATE", "STATE", "OPEN FOR", "BECAUSE OF", "REASON"},
                      .rows = {}};
  for (const Node& day : answer.find("days")->items()) {
    const int64_t open_s = day.integer_or("open_s", 0);
    table.rows.push_back(
        {std::string(day.text_or("weekday")), std::string(day.text_or("date")),
         std::string(day.text_or("state")), open_s > 0 ? duration_words(seconds(open_s)) : "-",
         render::printable(names_of(day)), render::printable(day.text_or("reason"))});
  }
  call.print_table(answer, table);
  for (const Node& doubt : answer.find("import_doubts")->items())
    call.remark(render::printable(doubt.text_or("message")));
  return kExitDone;
}

Result<int> run_imports(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::calendar_imports(*backend, call.has("refresh")));
  render::Table table{.header = {"CALENDAR", "IMPORT", "STATE", "ENTRIES", "REFRESHED", "ERROR"},
                      .rows = {}};
  bool has_stale = false;
  for (const Node& import : answer.find("imports")->items()) {
    const bool is_stale = import.boolean_or("stale", false);
    has_stale = has_stale || is_stale;
    const std::string_view refreshed = import.text_or("refreshed");
    table.rows.push_back(
        {std::string(import.text_or("calendar")), render::printable(import.text_or("source")),
         is_stale ? "stale" : "fresh", render::member_text(import, "entries"),
         std::string(refreshed.empty() ? import.text_or("recorded", "never") : refreshed),
         render::printable(import.text_or("error"))});
  }
  call.print_table(answer, table);
  return has_stale ? kExitProblems : kExitDone;
}

}  // namespace

extern const CommandDef calendar_days_command = {
    .name = "calendar days",
    .group = Group::everyday,
    .summary = "Show the next 90 days of a place, day by day: open, closed, or open for a while.",
    .examples =
        "tollgate calendar days --env production\n"
        "tollgate calendar days --env production --service checkout --zone Europe/Berlin",
    .options = {{.name = "env", .value = "NAME", .doc = "Environment.", .is_setting = true},
                {.name = "service",
                 .value = "NAME",
                 .doc = "Service; without it, entries for some services do not count.",
                 .is_setting = true},
                {.name = "change-class",
                 .value = "CLASS",
                 .doc = "Kind of change.",
                 .otherwise = "normal",
                 .choices = "normal|fix|reliability|emergency|standard"},
                {.name = "zone",
                 .value = "ZONE",
                 .doc = "Whose days; else the calendars' zone, if they agree, or UTC."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_days,
};

extern const CommandDef calendar_imports_command = {
    .name = "calendar imports",
    .group = Group::everyday,
    .summary = "Show how the calendars of others fare that the policy imports.",
    .doc =
        "Exit code 3 if one is stale: no good answer for longer than its staleAfter. A server "
        "asks for them by itself; without one, --refresh does.",
    .examples = "tollgate calendar imports\ntollgate calendar imports --refresh -o json",
    .options = {{.name = "refresh", .doc = "Ask for them now."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_imports,
};

}  // namespace tollgate::cli
