#include "engine/almanac/almanac.hpp"

#include <algorithm>

namespace tollgate::engine {
namespace {

constexpr int64_t kDayMs = 86'400'000;
/// How far back a timeline goes, so that it is known since when it is blocked.
constexpr Duration kLookBack = days(2);

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
  const Time midnight{day * kDayMs};
  TOLLGATE_TRY(
      schedule::Timeline built,
      schedule::Timeline::build(std::move(entries), find_zone(), midnight + Duration{-kLookBack.ms},
                                midnight + model::kCalendarHorizon + days(2)));
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

Result<std::shared_ptr<const Almanac::Exclusions>> Almanac::exclusions_of(
    const Policy& policy, const schedule::Book& book) {
  const std::lock_guard lock(mutex_);
  const bool is_known = exclusions_ != nullptr && excluded_revision_ == book.revision() &&
                        excluded_policy_ == policy.digest();
  if (!is_known) {
    TOLLGATE_TRY(Exclusions read, schedule::exclusions(policy.bundle(), book));
    exclusions_ = std::make_shared<const Exclusions>(std::move(read));
    excluded_policy_ = policy.digest();
    excluded_revision_ = book.revision();
  }
  return exclusions_;
}

Result<std::vector<calendar::Occurrence>> Almanac::excluded(const Policy& policy,
                                                            const schedule::Book& book,
                                                            std::string_view service,
                                                            std::string_view environment, Time from,
                                                            Time to) {
  TOLLGATE_TRY(const std::shared_ptr<const Exclusions> all, exclusions_of(policy, book));
  std::vector<calendar::Occurrence> found;
  const model::Service* const of = all->empty() ? nullptr : policy.bundle().find_service(service);
  if (of == nullptr) return found;
  for (const schedule::Exclusion& exclusion : *all) {
    if (!exclusion.is_approved() || !schedule::is_for(exclusion, *of, environment)) continue;
    TOLLGATE_TRY(const calendar::Zone zone, zones_.zone(exclusion.entry.zone));
    TOLLGATE_TRY(const auto spans, calendar::occurrences(exclusion.entry.pattern, zone, from, to));
    for (const calendar::Occurrence& span : spans) {
      found.push_back({.from = std::max(span.from, from), .to = std::min(span.to, to)});
    }
  }
  std::sort(
      found.begin(), found.end(),
      [](const calendar::Occurrence& a, const calendar::Occurrence& b) { return a.from < b.from; });
  std::vector<calendar::Occurrence> merged;
  for (const calendar::Occurrence& span : found) {
    if (!merged.empty() && span.from <= merged.back().to) {
      merged.back().to = std::max(merged.back().to, span.to);
    } else {
      merged.push_back(span);
    }
  }
  return merged;
}

std::vector<Time> Almanac::edges(const Policy& policy, const schedule::Book& book,
                                 std::string_view service, Time from, Time to) {
  std::vector<Time> found;
  const auto all = exclusions_of(policy, book);
  const model::Service* const of =
      !all || (*all)->empty() ? nullptr : policy.bundle().find_service(service);
  if (of == nullptr) return found;
  for (const schedule::Exclusion& exclusion : **all) {
    if (!model::selects_service(exclusion.selects, *of)) continue;
    const auto zone = zones_.zone(exclusion.entry.zone);
    if (!zone) continue;
    const auto spans = calendar::occurrences(exclusion.entry.pattern, *zone, from, to);
    if (!spans) continue;
    for (const calendar::Occurrence& span : *spans) {
      for (const Time edge : {span.from, span.to}) {
        if (edge >= from && edge < to) found.push_back(edge);
      }
    }
  }
  return found;
}

bool Almanac::may_exclude(const Policy& policy, const schedule::Book& book,
                          std::string_view service, std::string_view environment) {
  const auto all = exclusions_of(policy, book);
  if (!all) return true;
  const model::Service* const of =
      (*all)->empty() ? nullptr : policy.bundle().find_service(service);
  return of != nullptr &&
         std::any_of((*all)->begin(), (*all)->end(), [&](const schedule::Exclusion& exclusion) {
           return exclusion.is_approved() && schedule::is_for(exclusion, *of, environment);
         });
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
  for (const model::Resource* resource : bundle.of_kind("Service")) {
    const auto* service = resource->as<model::Service>();
    const std::string name(model::first_label(service->labels, model::kTimeZoneLabel));
    if (name.empty()) continue;
    model::ProblemSink sink(resource->file, resource->source, problems);
    if (const auto zone = zones.zone(name); !zone) {
      sink.add(zone.error().code, fmt::format("/metadata/labels/{}", model::kTimeZoneLabel),
               zone.error().message);
    }
  }
  return problems;
}

}  // namespace tollgate::engine
