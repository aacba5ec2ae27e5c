// What the calendars say about a release: timelines built from policy, recorded entries and zone
// data, kept for a while. Safe from any thread.
#pragma once

#include "domain/schedule/timeline.hpp"
#include "engine/ports/zone_table.hpp"
#include "engine/state/policy.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace tollgate::engine {

class Almanac {
 public:
  /// `zones` outlives the almanac.
  explicit Almanac(ZoneTable& zones) : zones_(zones) {}

  /// The answer for a release at `at`. What cannot be read is an error in the reading.
  model::CalendarReading read(const Policy& policy, const schedule::Book& book,
                              const schedule::Place& place, Time at);

  /// The occurrences for a place from the day of `at` on, kHorizon and a little more. Errors: those
  /// of schedule::entries_for and Timeline::build.
  Result<std::shared_ptr<const schedule::Timeline>> timeline(const Policy& policy,
                                                             const schedule::Book& book,
                                                             const schedule::Place& place, Time at);
  /// Those of every entry, or of one calendar, over a span of one's own; not kept.
  Result<schedule::Timeline> preview(const Policy& policy, const schedule::Book& book,
                                     std::string_view calendar, Time from, Time to);
  schedule::FindZone find_zone();
  /// Approved maintenance within [from, to) whose events count in no budget of `service` in
  /// `environment`; sorted, apart from each other. Errors: an entry that cannot be read.
  Result<std::vector<calendar::Occurrence>> excluded(const Policy& policy,
                                                     const schedule::Book& book,
                                                     std::string_view service,
                                                     std::string_view environment, Time from,
                                                     Time to);
  /// Where maintenance of `service` within [from, to) begins and ends, in whatever environment,
  /// also such as waits for approval: its events are or may be taken out of a budget. None if an
  /// entry cannot be read.
  std::vector<Time> edges(const Policy& policy, const schedule::Book& book,
                          std::string_view service, Time from, Time to);
  /// Whether there is any maintenance, at whatever time, that excluded() may tell of; also if that
  /// cannot be told.
  bool may_exclude(const Policy& policy, const schedule::Book& book, std::string_view service,
                   std::string_view environment);

 private:
  static constexpr size_t kTimelinesMax = 1000;  // the cache starts anew beyond it

  ZoneTable& zones_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const schedule::Timeline>> timelines_;  // guarded by mutex_
  // The exclusions of one policy and book, approved or not, guarded by mutex_.
  using Exclusions = std::vector<schedule::Exclusion>;
  Result<std::shared_ptr<const Exclusions>> exclusions_of(const Policy& policy,
                                                          const schedule::Book& book);
  Digest excluded_policy_ = {};
  int64_t excluded_revision_ = -1;
  std::shared_ptr<const Exclusions> exclusions_;
};

/// Calendars and services whose zone the system does not know, with their place in the file.
Problems check_calendar_zones(const model::Bundle& bundle, ZoneTable& zones);

}  // namespace tollgate::engine
