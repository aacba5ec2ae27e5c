#include "engine/almanac/almanac.hpp"

namespace tollgate::engine {
namespace {

constexpr int64_t kDayMs = 86'400'000;

std::string key_of(const Policy& policy, const schedule::Book& book, const schedule::Place& place,
                   int64_t day) {
  return fmt::format("{} {} {} {} {} {}", digest_text(policy.digest()), book.revision(),
                     static_cast<int>(place.change_class), day, place.environment,
                     place.service == nullptr ? "" : place.service->name);
}

}  // namespace

schedule::FindZone Almanac::find_zone() {
  return [this](const std::string& name) { return zones_.zone(name); };
}

Result<std::shared_ptr<const schedule::Timeline>> Almanac::timeline(const Policy& policy,
                                                                    const schedule::Book& book,
                                                                    const schedule::Place& place,
                                                                    Time at) {
  const int64_t day = at.ms / kDayMs;
  std::string key = key_of(policy, book, place, day);
  {
    const std::lock_guard lock(mutex_);
    const auto known = timelines_.find(key);
    if (known != timelines_.end()) return known->second;
  }
  TOLLGATE_TRY(auto entries, schedule::entries_for(policy.bundle(), book, place));
  const Time from{day * kDayMs};
  TOLLGATE_TRY(schedule::Timeline built,
               schedule::Timeline::build(std::move(entries), find_zone(), from,
                                         from + model::kCalendarHorizon + days(2)));
  auto shared = std::make_shared<const schedule::Timeline>(std::move(built));
  const std::lock_guard lock(mutex_);
  if (timelines_.size() >= kTimelinesMax) timelines_.clear();
  timelines_.emplace(std::move(key), shared);
  return shared;
}

model::CalendarReading Almanac::read(const Policy& policy, const schedule::Book& book,
                                     const schedule::Place& place, Time at) {
  model::CalendarReading reading{.at = at};
  const auto line = timeline(policy, book, place, at);
  if (line) {
    reading = (*line)->read(at);
  } else {
    reading.error = line.error().message;
  }
  reading.revision = book.revision();
  reading.zone_data = zones_.version();
  return reading;
}

Result<schedule::Timeline> Almanac::preview(const Policy& policy, const schedule::Book& book,
                                            std::string_view calendar, Time from, Time to) {
  TOLLGATE_TRY(auto entries, schedule::all_entries(policy.bundle(), book, calendar));
  return schedule::Timeline::build(std::move(entries), find_zone(), from, to);
}

Problems check_calendar_zones(const model::Bundle& bundle, ZoneTable& zones) {
  Problems problems;
  for (const model::Resource* resource : bundle.of_kind("Calendar")) {
    const auto* calendar = resource->as<model::Calendar>();
    model::ProblemSink sink(resource->file, resource->source, problems);
    const auto check = [&](const std::string& name, const std::string& path) {
      if (const auto zone = zones.zone(name); !zone) {
        sink.add(zone.error().code, path, zone.error().message);
      }
    };
    check(calendar->time_zone, "/spec/timeZone");
    for (size_t i = 0; i < calendar->entries.size(); ++i) {
      const std::string& zone = calendar->entries[i].time_zone;
      if (!zone.empty()) check(zone, fmt::format("/spec/entries/{}/timeZone", i));
    }
  }
  return problems;
}

}  // namespace tollgate::engine
