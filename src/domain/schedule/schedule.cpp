#include "domain/schedule/schedule.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>

namespace tollgate::schedule {
namespace {

template <class T, class U>
bool names(const std::vector<T>& list, const U& wanted) {
  return list.empty() || std::find(list.begin(), list.end(), wanted) != list.end();
}

bool selects(const model::Selector& selector, const Place& place) {
  if (!names(selector.change_classes, place.change_class)) return false;
  if (!place.environment.empty() && !names(selector.environments, place.environment)) return false;
  const bool is_for_some =
      !selector.services.empty() || !selector.tiers.empty() || !selector.match_labels.empty();
  if (place.service == nullptr) return !is_for_some;
  return model::selects_service(selector, *place.service);
}

/// Reads one entry of a calendar; null for an entry recorded under a name that no calendar has.
Result<ScheduledEntry> read_entry(const model::CalendarEntry& entry, const std::string& calendar,
                                  const model::Calendar* declared) {
  Result<calendar::Pattern> pattern = model::pattern_of(entry);
  if (!pattern) {
    return fail(pattern.error().code, "{}/{}: {}", calendar, entry.name, pattern.error().message);
  }
  ScheduledEntry read{.name = calendar + "/" + entry.name,
                      .calendar = calendar,
                      .type = entry.type,
                      .pattern = std::move(*pattern),
                      .zone = entry.time_zone,
                      .reason = entry.reason,
                      .in_flight = entry.in_flight.value_or(model::InFlight::finish),
                      .override_roles = entry.override_roles};
  if (declared != nullptr) {
    if (read.zone.empty()) read.zone = declared->time_zone;
    if (!entry.in_flight) read.in_flight = declared->in_flight;
    if (read.override_roles.empty()) read.override_roles = declared->override_roles;
  }
  if (read.zone.empty()) {
    return fail(codes::missing_field, "{} names no time zone", read.name);
  }
  return read;
}

template <class Wanted>
Result<std::vector<ScheduledEntry>> collect(const model::Bundle& bundle, const Book& book,
                                            Wanted wanted) {
  std::vector<ScheduledEntry> found;
  for (const model::Resource* resource : bundle.of_kind("Calendar")) {
    const auto* calendar = resource->as<model::Calendar>();
    for (const model::CalendarEntry& entry : calendar->entries) {
      if (!wanted(calendar->name, entry.selects.value_or(calendar->selects))) continue;
      TOLLGATE_TRY(ScheduledEntry read, read_entry(entry, calendar->name, calendar));
      found.push_back(std::move(read));
    }
  }
  for (const RecordedEntry& recorded : book.entries()) {
    const model::Resource* resource = bundle.find("Calendar", recorded.calendar);
    const auto* declared = resource == nullptr ? nullptr : resource->as<model::Calendar>();
    const model::Selector otherwise = declared == nullptr ? model::Selector() : declared->selects;
    if (!wanted(recorded.calendar, recorded.entry.selects.value_or(otherwise))) continue;
    TOLLGATE_TRY(ScheduledEntry read, read_entry(recorded.entry, recorded.calendar, declared));
    read.id = recorded.id;
    read.waits_for = missing_approvals(declared, recorded);
    found.push_back(std::move(read));
  }
  return found;
}

}  // namespace

bool speaks_about(const model::Bundle& bundle, std::string_view calendar, const Place& place) {
  const model::Resource* resource = bundle.find("Calendar", calendar);
  return resource != nullptr && selects(resource->as<model::Calendar>()->selects, place);
}

Result<std::vector<ScheduledEntry>> entries_for(const model::Bundle& bundle, const Book& book,
                                                const Place& place) {
  return collect(bundle, book, [&place](const std::string&, const model::Selector& selector) {
    return selects(selector, place);
  });
}

Result<std::vector<Exclusion>> exclusions(const model::Bundle& bundle, const Book& book) {
  std::vector<Exclusion> found;
  const auto add = [&found](const model::CalendarEntry& entry, const std::string& name,
                            const model::Calendar* declared,
                            std::vector<std::string> waits_for) -> Result<void> {
    if (!entry.is_excluded.value_or(false)) return {};
    TOLLGATE_TRY(ScheduledEntry read, read_entry(entry, name, declared));
    read.waits_for = std::move(waits_for);
    const model::Selector otherwise = declared == nullptr ? model::Selector() : declared->selects;
    found.push_back({.entry = std::move(read), .selects = entry.selects.value_or(otherwise)});
    return {};
  };
  for (const model::Resource* resource : bundle.of_kind("Calendar")) {
    const auto* calendar = resource->as<model::Calendar>();
    for (const model::CalendarEntry& entry : calendar->entries) {
      TOLLGATE_CHECK(add(entry, calendar->name, calendar, {}));
    }
  }
  for (const RecordedEntry& recorded : book.entries()) {
    const model::Resource* resource = bundle.find("Calendar", recorded.calendar);
    const auto* declared = resource == nullptr ? nullptr : resource->as<model::Calendar>();
    TOLLGATE_CHECK(
        add(recorded.entry, recorded.calendar, declared, missing_approvals(declared, recorded)));
  }
  return found;
}

bool is_for(const Exclusion& exclusion, const model::Service& service,
            std::string_view environment) {
  return names(exclusion.selects.environments, std::string(environment)) &&
         model::selects_service(exclusion.selects, service);
}

Result<std::vector<ScheduledEntry>> all_entries(const model::Bundle& bundle, const Book& book,
                                                std::string_view calendar) {
  return collect(bundle, book, [calendar](const std::string& name, const model::Selector&) {
    return calendar.empty() || name == calendar;
  });
}

}  // namespace tollgate::schedule
