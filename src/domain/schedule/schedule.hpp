// Which calendar entries speak about a release: those of the policy's calendars and the recorded
// ones, each with its pattern read. Pure.
#pragma once

#include "domain/model/bundle.hpp"
#include "domain/model/calendar_reading.hpp"
#include "domain/schedule/book.hpp"

#include <string>
#include <vector>

namespace tollgate::schedule {

/// A release, or only an environment.
struct Place {
  const model::Service* service = nullptr;  // null: any service; entries for some do not count
  std::string environment = {};             // empty: any
  model::ChangeClass change_class = model::ChangeClass::normal;
};

struct ScheduledEntry {
  std::string name = {};  // "CALENDAR/ENTRY"
  std::string id = {};    // of a recorded entry; empty for the policy's
  std::string calendar = {};
  model::EntryType type = model::EntryType::freeze;
  calendar::Pattern pattern = {};
  std::string zone = {};
  std::string reason = {};
  model::InFlight in_flight = model::InFlight::finish;
  std::vector<std::string> override_roles = {};
  std::vector<std::string> waits_for = {};  // roles that have not agreed to an exclusion yet
};

/// What speaks about `place`, the policy's entries first. Errors: an entry that cannot be read,
/// which `check` would have found.
Result<std::vector<ScheduledEntry>> entries_for(const model::Bundle& bundle, const Book& book,
                                                const Place& place);
/// Whether the imports of a calendar are meant for such a release.
bool speaks_about(const model::Bundle& bundle, std::string_view calendar, const Place& place);
/// Maintenance whose time counts in no error budget, with what it is for.
struct Exclusion {
  ScheduledEntry entry = {};
  model::Selector selects = {};
  /// Otherwise entry.waits_for says whose word is missing, and its time counts.
  bool is_approved() const { return entry.waits_for.empty(); }
};
/// All of it, the policy's first. Errors: as above.
Result<std::vector<Exclusion>> exclusions(const model::Bundle& bundle, const Book& book);
/// Whether it is for a service in an environment; the kind of change does not matter.
bool is_for(const Exclusion& exclusion, const model::Service& service,
            std::string_view environment);

/// Every entry, whatever it selects; of one calendar if named.
Result<std::vector<ScheduledEntry>> all_entries(const model::Bundle& bundle, const Book& book,
                                                std::string_view calendar = {});

}  // namespace tollgate::schedule
