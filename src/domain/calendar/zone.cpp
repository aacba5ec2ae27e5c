#include "domain/calendar/zone.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <string_view>

namespace tollgate::calendar {
namespace {

/// The last transition at or before `time`; the first one for earlier times; null without
/// transitions.
const Transition* transition_at(const Zone& zone, Time time) {
  if (zone.transitions.empty()) return nullptr;
  const auto after =
      std::upper_bound(zone.transitions.begin(), zone.transitions.end(), time,
                       [](Time t, const Transition& change) { return t < change.at; });
  return after == zone.transitions.begin() ? &*after : &*(after - 1);
}

Duration offset_at(const Zone& zone, Time time) {
  const Transition* transition = transition_at(zone, time);
  return transition == nullptr ? Duration{} : transition->offset;
}

constexpr Duration kDay = days(1);

}  // namespace

LocalTime local_time(const Zone& zone, Time time) { return {time.ms + offset_at(zone, time).ms}; }

Time utc_time(const Zone& zone, LocalTime local, Gap gap) {
  // Offsets are below a day and changes lie further apart than that, so at most two offsets come
  // into question.
  const Duration before = offset_at(zone, Time{local.ms} - kDay);
  const Duration after = offset_at(zone, Time{local.ms} + kDay);
  const Time early{local.ms - before.ms};
  if (local_time(zone, early) == local) return early;
  const Time late{local.ms - after.ms};
  if (local_time(zone, late) == local) return late;
  // Inside a gap: `early`, counted with the offset of before, lies behind the change.
  return gap == Gap::offset_before ? early : transition_at(zone, early)->at;
}

Result<LocalTime> parse_local_time(std::string_view text) {
  constexpr size_t kDateLength = 10;
  std::string full(text);
  if (full.size() == kDateLength) full += " 00:00";
  if (full.size() > kDateLength && full[kDateLength] == ' ') full[kDateLength] = 'T';
  if (!full.empty() && (full.back() < '0' || full.back() > '9')) {
    return fail(codes::bad_time, "\"{}\" is not a local time; write \"2026-03-02 10:00:00\"", text);
  }
  const auto time = parse_time(full + "Z");
  if (!time) {
    return fail(codes::bad_time, "\"{}\" is not a local time; write \"2026-03-02 10:00:00\"", text);
  }
  return LocalTime{time->ms};
}

}  // namespace tollgate::calendar
