// tollgate calendar expand: the moments at which a recurrence rule falls. Needs no data directory.
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "app/wiring/wiring.hpp"
#include "domain/calendar/pattern.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::cli {
namespace {

constexpr int64_t kCountMax = 100'000;

/// The dates of a repeated option, each of which may list several separated by commas.
Result<std::vector<calendar::LocalDate>> dates(const Invocation& call, std::string_view option) {
  std::vector<calendar::LocalDate> found;
  for (const std::string& text : call.texts(option)) {
    for (const std::string_view item : split(text, ',')) {
      TOLLGATE_TRY(const calendar::LocalDate date, calendar::parse_local_date(trim(item)));
      found.push_back(date);
    }
  }
  return found;
}

Result<int> run_expand(Invocation& call) {
  calendar::Pattern pattern;
  TOLLGATE_TRY(pattern.start, calendar::parse_local_time(call.text("start")));
  if (call.has("rule")) {
    TOLLGATE_TRY(pattern.rule, calendar::parse_rule(call.text("rule")));
  }
  TOLLGATE_TRY(pattern.except, dates(call, "except"));
  TOLLGATE_TRY(const std::vector<calendar::LocalDate> also, dates(call, "also"));
  for (const calendar::LocalDate& date : also) pattern.also.push_back(date.time);
  TOLLGATE_TRY(const int64_t count, call.integer("count"));
  if (count < 1 || count > kCountMax) {
    return fail(codes::bad_usage, "--count must be 1 to {}", number_text(kCountMax));
  }
  TOLLGATE_TRY(const std::optional<Time> from, call.time("from"));
  TOLLGATE_TRY(const calendar::Zone zone, wiring::system_zones().zone(call.text("zone")));
  TOLLGATE_TRY(const std::vector<Time> moments,
               calendar::moments(pattern, zone, from.value_or(Time{INT64_MIN / 4}),
                                 static_cast<size_t>(count)));
  doc::Node list = doc::Node::array();
  render::Table table{.header = {"UTC", "LOCAL"}, .rows = {}};
  for (const Time moment : moments) {
    list.push(time_text(moment));
    const std::string local = time_text(Time{calendar::local_time(zone, moment).ms});
    table.rows.push_back({time_text(moment), local.substr(0, 10) + " " + local.substr(11, 8)});
  }
  call.print_table(list, table);
  return kExitDone;
}

}  // namespace

extern const CommandDef calendar_expand_command = {
    .name = "calendar expand",
    .group = Group::everyday,
    .summary = "Show the moments at which a recurrence rule falls, in UTC.",
    .doc =
        "The rule is counted out on the wall clock of the zone and only then turned into moments. "
        "A reading that the clock skips counts with the offset before the change (02:30 becomes "
        "03:30); of a reading that comes twice, the first counts. -o json gives a list of times.",
    .examples =
        "tollgate calendar expand --rule \"FREQ=WEEKLY;BYDAY=MO,TH\" --start 2026-03-02T09:00 "
        "--zone Europe/Berlin --count 8\n"
        "tollgate calendar expand --rule FREQ=DAILY --start 2026-12-21T22:00 --zone "
        "America/New_York --except 2026-12-24,2026-12-25 --count 5 -o json",
    .options = {{.name = "rule", .value = "RRULE", .doc = "Rule of RFC 5545; none: once."},
                {.name = "start",
                 .value = "LOCAL",
                 .doc = "First time, on the wall clock: 2026-03-02T09:00.",
                 .is_required = true},
                {.name = "zone",
                 .value = "ZONE",
                 .doc = "Time zone, such as Europe/Berlin.",
                 .is_required = true},
                {.name = "count", .value = "N", .doc = "How many.", .otherwise = "10"},
                {.name = "from", .value = "TIME", .doc = "Only those from this moment on."},
                {.name = "except",
                 .value = "DATE",
                 .doc = "Leave out these times, or all of these days.",
                 .is_repeated = true},
                {.name = "also", .value = "DATE", .doc = "Further times.", .is_repeated = true}},
    .formats = "table|plain|json|yaml",
    .run = run_expand,
};

}  // namespace tollgate::cli
