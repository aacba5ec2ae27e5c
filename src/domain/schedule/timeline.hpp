// The occurrences of some entries over a span, and from them: open or blocked at a moment, why, and
// when that changes. Built once for many questions. Pure.
//
// Precedence, strongest first: blackout (blocks), opening (opens), freeze (blocks), windows (open
// only inside one of them, if there are any). Overlaps add up; an entry that overlaps itself is
// one.
#pragma once

#include "domain/schedule/schedule.hpp"

#include <functional>

namespace tollgate::schedule {

/// Where zones come from.
using FindZone = std::function<Result<calendar::Zone>(const std::string& name)>;

class Timeline {
 public:
  struct Span {
    Time from;
    Time to;
    size_t entry;  // index into entries()
  };

  /// Everything in [from, to). Errors: unknown zones, limit_exceeded.
  static Result<Timeline> build(std::vector<ScheduledEntry> entries, const FindZone& find_zone,
                                Time from, Time to);

  Time from() const { return from_; }
  Time to() const { return to_; }
  const std::vector<ScheduledEntry>& entries() const { return entries_; }
  /// Sorted by begin.
  const std::vector<Span>& spans() const { return spans_; }

  /// The answer at `at`, which lies within the timeline; it looks ahead until the horizon or the
  /// timeline's end.
  model::CalendarReading read(Time at) const;
  /// For how long it is open within [from, to), which lies within the timeline.
  Duration open_time(Time from, Time to) const;
  /// The occurrences that decide something within [from, to), strongest first.
  std::vector<Span> deciding(Time from, Time to) const;

 private:
  /// From `from` on it is open, or not.
  struct Segment {
    Time from;
    bool is_open;
  };

  void make_segments();
  model::CalendarReason reason_of(const Span& span, bool blocks) const;
  void add_next_windows(Time at, model::CalendarReading& reading) const;
  std::optional<Time> blocked_since(Time at, const model::CalendarReading& reading) const;

  Time from_, to_;
  std::vector<ScheduledEntry> entries_;
  std::vector<Span> spans_;
  std::vector<Segment> segments_;
  Duration longest_ = {};
  bool has_windows_ = false;
};

}  // namespace tollgate::schedule
