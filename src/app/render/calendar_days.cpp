// The next 90 days of a place, day by day.
#include "app/render/calendar.hpp"
#include "app/render/import_doubts.hpp"
#include "domain/delivery/period.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <set>

namespace tollgate::render {
namespace {

using doc::Node;

constexpr size_t kEntriesOfDay = 5;

/// The zone of all calendars, if they agree.
std::string zone_of(const model::Bundle& bundle) {
  std::set<std::string> zones;
  for (const model::Resource* resource : bundle.of_kind("Calendar"))
    zones.insert(resource->as<model::Calendar>()->time_zone);
  return zones.size() == 1 ? *zones.begin() : "UTC";
}

Node day_json(const schedule::Timeline& line, const delivery::Period& day,
              const calendar::Zone& zone) {
  static constexpr std::array<std::string_view, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu",
                                                                "Fri", "Sat", "Sun"};
  const int64_t number = delivery::local_day(zone, day.from);
  const CivilDate date = civil_from_days(number);
  const Duration open = line.open_time(day.from, day.to);
  const Duration all = day.to - day.from;
  const std::string_view state = open == all ? "open" : open.ms > 0 ? "part" : "closed";
  Node entries = Node::array();
  std::set<std::string_view> named;
  std::string reason;
  for (const schedule::Timeline::Span& span : line.deciding(day.from, day.to)) {
    const schedule::ScheduledEntry& entry = line.entries()[span.entry];
    if (state != "part" && entry.type == model::EntryType::window) continue;
    if (named.size() >= kEntriesOfDay || !named.insert(entry.name).second) continue;
    entries.push(Node(entry.name));
    if (reason.empty()) reason = entry.reason;
  }
  return Node::object(
      {{"date", fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day)},
       {"weekday", kWeekdays[static_cast<size_t>(number - delivery::monday_of(number))]},
       {"from", time_text(day.from)},
       {"state", state},
       {"open_s", open.ms / 1000},
       {"of_s", all.ms / 1000},
       {"entries", std::move(entries)},
       {"reason", reason}});
}

}  // namespace

Result<Node> calendar_days_json(const engine::Engine& engine,
                                const engine::CalendarQuestion& question, const std::string& zone) {
  const auto policy = engine.policy();
  const std::string name = zone.empty() ? zone_of(policy->bundle()) : zone;
  TOLLGATE_TRY(const calendar::Zone wall_clock, engine.zone(name));
  TOLLGATE_TRY(const auto line, engine.calendar_timeline(question));
  const Time from = std::max(question.at.value_or(engine.now()), line->from());
  Node days = Node::array();
  const Time last = std::min(from + model::kCalendarHorizon, line->to()) - milliseconds(1);
  for (delivery::Period day :
       delivery::periods_between(delivery::PeriodLength::day, from, last, wall_clock)) {
    // The first day from now on, the last one up to where the calendars were looked at.
    day.from = std::max(day.from, from);
    day.to = std::min(day.to, line->to());
    if (day.from < day.to) days.push(day_json(*line, day, wall_clock));
  }
  TOLLGATE_TRY(const auto doubts, engine.import_doubts(question));
  return Node::object({{"environment", question.environment},
                       {"service", question.service},
                       {"change_class", reflect::enum_name(question.change_class)},
                       {"zone", name},
                       {"at", time_text(from)},
                       {"days", std::move(days)},
                       {"import_doubts", doubts_json(doubts, engine.now())}});
}

}  // namespace tollgate::render
