#include "domain/schedule/timeline.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace tollgate::schedule {
namespace {

using model::EntryType;

/// Spans of one timeline; more are refused.
constexpr size_t kSpansMax = 2'000'000;

/// How many entries of each type are on.
struct Tally {
  std::array<int64_t, 6> on = {};

  int64_t& of(EntryType type) { return on[static_cast<size_t>(type)]; }
  bool is_open(bool has_windows) {
    if (of(EntryType::blackout) > 0) return false;
    if (of(EntryType::opening) > 0) return true;
    if (of(EntryType::freeze) > 0) return false;
    return !has_windows || of(EntryType::window) > 0;
  }
};

int rank_of(EntryType type) {
  switch (type) {
    case EntryType::blackout:
      return 0;
    case EntryType::opening:
      return 1;
    case EntryType::freeze:
      return 2;
    case EntryType::window:
      return 3;
    case EntryType::launch:
      return 4;
    case EntryType::maintenance:
      break;
  }
  return 5;
}

}  // namespace

Result<Timeline> Timeline::build(std::vector<ScheduledEntry> entries, const FindZone& find_zone,
                                 Time from, Time to) {
  Timeline line;
  line.from_ = from;
  line.to_ = to;
  line.entries_ = std::move(entries);
  for (size_t i = 0; i < line.entries_.size(); ++i) {
    const ScheduledEntry& entry = line.entries_[i];
    line.has_windows_ = line.has_windows_ || entry.type == EntryType::window;
    TOLLGATE_TRY(const calendar::Zone zone, find_zone(entry.zone));
    auto found = calendar::occurrences(entry.pattern, zone, from, to);
    if (!found) return fail(found.error().code, "{}: {}", entry.name, found.error().message);
    for (const calendar::Occurrence& occurrence : *found) {
      line.spans_.push_back({occurrence.from, occurrence.to, i});
      line.longest_ = std::max(line.longest_, occurrence.to - occurrence.from);
    }
    if (line.spans_.size() > kSpansMax) {
      return fail(codes::limit_exceeded, "the calendars come to more than {} occurrences",
                  kSpansMax);
    }
  }
  std::sort(line.spans_.begin(), line.spans_.end(), [](const Span& a, const Span& b) {
    return a.from != b.from ? a.from < b.from : a.entry < b.entry;
  });
  line.make_segments();
  return line;
}

void Timeline::make_segments() {
  struct Step {
    Time at;
    EntryType type;
    int64_t change;
  };
  std::vector<Step> steps;
  steps.reserve(spans_.size() * 2);
  for (const Span& span : spans_) {
    const EntryType type = entries_[span.entry].type;
    if (!model::decides(type)) continue;
    steps.push_back({span.from, type, 1});
    steps.push_back({span.to, type, -1});
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  Tally tally;
  size_t next = 0;
  // Spans that began before the timeline count from its begin.
  for (; next < steps.size() && steps[next].at <= from_; ++next) {
    tally.of(steps[next].type) += steps[next].change;
  }
  segments_.push_back({from_, tally.is_open(has_windows_)});
  while (next < steps.size() && steps[next].at < to_) {
    const Time at = steps[next].at;
    for (; next < steps.size() && steps[next].at == at; ++next) {
      tally.of(steps[next].type) += steps[next].change;
    }
    const bool is_open = tally.is_open(has_windows_);
    if (is_open != segments_.back().is_open) segments_.push_back({at, is_open});
  }
}

model::CalendarReason Timeline::reason_of(const Span& span, bool blocks) const {
  const ScheduledEntry& entry = entries_[span.entry];
  return {.entry = entry.name,
          .type = entry.type,
          .blocks = blocks,
          .from = span.from,
          .to = span.to,
          .reason = entry.reason,
          .in_flight = entry.in_flight,
          .override_roles = entry.override_roles};
}

/// Outside every window: the next occurrence of each is the reason.
void Timeline::add_next_windows(Time at, model::CalendarReading& reading) const {
  constexpr size_t kWindowsMax = 5;
  std::set<size_t> named;
  auto span = std::upper_bound(spans_.begin(), spans_.end(), at,
                               [](Time t, const Span& s) { return t < s.from; });
  for (; span != spans_.end() && named.size() < kWindowsMax; ++span) {
    if (entries_[span->entry].type != EntryType::window) continue;
    if (named.insert(span->entry).second) reading.reasons.push_back(reason_of(*span, true));
  }
  // Windows without a further occurrence are named, too: nobody should look for them in vain.
  for (size_t i = 0; i < entries_.size() && named.size() < kWindowsMax; ++i) {
    if (entries_[i].type != EntryType::window || !named.insert(i).second) continue;
    reading.reasons.push_back(reason_of({.from = at, .to = at, .entry = i}, true));
  }
}

/// A stretch that was on before the timeline began is known by the freezes and blackouts in it.
std::optional<Time> Timeline::blocked_since(Time at, const model::CalendarReading& reading) const {
  const auto behind = std::upper_bound(segments_.begin(), segments_.end(), at,
                                       [](Time t, const Segment& s) { return t < s.from; });
  if (behind - segments_.begin() > 1) return (behind - 1)->from;
  std::optional<Time> since;
  for (const model::CalendarReason& reason : reading.reasons) {
    if (!reason.blocks || reason.type == EntryType::window) continue;
    if (!since || reason.from < *since) since = reason.from;
  }
  return since;
}

model::CalendarReading Timeline::read(Time at) const {
  model::CalendarReading reading{.at = at};
  auto segment = std::upper_bound(segments_.begin(), segments_.end(), at,
                                  [](Time t, const Segment& s) { return t < s.from; });
  reading.is_open =
      segment == segments_.begin() ? segments_.front().is_open : (segment - 1)->is_open;
  if (segment != segments_.end() && segment->from <= at + model::kCalendarHorizon) {
    (reading.is_open ? reading.closes : reading.opens) = segment->from;
  }
  Tally tally;
  std::vector<Span> on;
  auto span = std::upper_bound(spans_.begin(), spans_.end(), at,
                               [](Time t, const Span& s) { return t < s.from; });
  while (span != spans_.begin()) {
    --span;
    if (span->from + longest_ <= at) break;
    if (span->to <= at) continue;
    on.push_back(*span);
    ++tally.of(entries_[span->entry].type);
  }
  for (const Span& found : on) {
    const EntryType type = entries_[found.entry].type;
    const bool is_overruled = tally.of(EntryType::opening) > 0;
    const bool blocks = type == EntryType::blackout || (type == EntryType::freeze && !is_overruled);
    reading.reasons.push_back(reason_of(found, blocks));
  }
  const bool is_outside = has_windows_ && tally.of(EntryType::window) == 0;
  if (is_outside && tally.of(EntryType::opening) == 0) add_next_windows(at, reading);
  std::sort(reading.reasons.begin(), reading.reasons.end(),
            [](const model::CalendarReason& a, const model::CalendarReason& b) {
              if (a.blocks != b.blocks) return a.blocks;
              if (a.type != b.type) return rank_of(a.type) < rank_of(b.type);
              return a.entry != b.entry ? a.entry < b.entry : a.from < b.from;
            });
  // Two occurrences of one entry that overlap are one reason, up to the later end.
  std::vector<model::CalendarReason> merged;
  for (model::CalendarReason& reason : reading.reasons) {
    if (!merged.empty() && merged.back().entry == reason.entry) {
      merged.back().to = std::max(merged.back().to, reason.to);
    } else if (merged.size() < model::kCalendarReasonsMax) {
      merged.push_back(std::move(reason));
    }
  }
  reading.reasons = std::move(merged);
  if (!reading.is_open) reading.since = blocked_since(at, reading);
  return reading;
}

Duration Timeline::open_time(Time from, Time to) const {
  Duration open;
  auto segment = std::upper_bound(segments_.begin(), segments_.end(), from,
                                  [](Time t, const Segment& s) { return t < s.from; });
  if (segment != segments_.begin()) --segment;
  for (; segment != segments_.end() && segment->from < to; ++segment) {
    const auto next = segment + 1;
    const Time end = next == segments_.end() ? to : std::min(to, next->from);
    if (segment->is_open) open = open + (end - std::max(from, segment->from));
  }
  return open;
}

std::vector<Timeline::Span> Timeline::deciding(Time from, Time to) const {
  std::vector<Span> found;
  auto span = std::lower_bound(spans_.begin(), spans_.end(), to,
                               [](const Span& s, Time t) { return s.from < t; });
  while (span != spans_.begin()) {
    --span;
    if (span->from + longest_ <= from) break;
    if (span->to > from && model::decides(entries_[span->entry].type)) found.push_back(*span);
  }
  std::sort(found.begin(), found.end(), [this](const Span& a, const Span& b) {
    const int one = rank_of(entries_[a.entry].type);
    const int other = rank_of(entries_[b.entry].type);
    return one != other ? one < other : a.from < b.from;
  });
  return found;
}

}  // namespace tollgate::schedule
