// How far the sources of an SLI are to be trusted: how steadily their data comes, which troubles of
// their counters make counts worthless, and how much traffic was to be expected. Pure: no clock, no
// memory beyond what the caller keeps. What a doubt means for a gate stands in model/reading.hpp.
#pragma once

#include "domain/model/reading.hpp"
#include "domain/slo/cells.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tollgate::slo {

// How steadily data comes.

/// In which of the last 64 minutes there was data of a source. 16 bytes.
struct Arrivals {
  static constexpr int64_t kNone = INT64_MIN;
  int64_t newest = kNone;  // minute since 1970
  uint64_t minutes = 0;    // bit i: data in minute newest - i

  /// Data of this time came; what is older than the mask changes nothing.
  void note(Time time);
};

/// The usual distance from data to data, in whole minutes: the median of the distances seen.
/// Nothing with fewer than three minutes that have data.
std::optional<Duration> usual_interval(const Arrivals& arrivals);

/// Of the last hour in steps of `interval`, counted back from the minute before `now`, how many
/// have data, and how many were to be expected since the first that is known. `interval` at least
/// a minute.
struct Steadiness {
  int64_t seen = 0;
  int64_t expected = 0;
};
Steadiness steadiness(const Arrivals& arrivals, Duration interval, Time now);

// Troubles of counters.

/// A trouble is remembered as long as this; one that stopped is over after that.
inline constexpr Duration kTroubleSpan = minutes(15);
/// So many beginnings of one counter within kTroubleSpan are no restarts of a healthy process.
inline constexpr int64_t kResetsMax = 5;
/// So many resets in a row that look like two counters by turns, or samples of one time with
/// different values, are two senders of one series.
inline constexpr int64_t kTurnsMax = 3;
inline constexpr int64_t kConflictsMax = 3;

/// What happened to one counter of late. Two senders that write one series by turns look like
/// resets, but each of the two never falls: both the height before and the height after go up from
/// reset to reset, which no process that starts again and again does for long.
struct CounterTrouble {
  Time since = {};    // of the first within the span
  Time last = {};     // of the latest
  double before = 0;  // the heights of the last reset
  double after = 0;
  int32_t resets = 0;
  int32_t turns = 0;      // resets in a row that fit two senders
  int32_t conflicts = 0;  // samples of one time with different values
  bool is_down = false;   // of a target: its last `up` was 0

  /// The counter fell from `before` to `after`.
  void note_reset(Time time, double before_height, double after_height);
  /// Another value for a time that was known.
  void note_conflict(Time time);
  /// A target answered, or did not.
  void note_up(Time time, bool is_up);

 private:
  void begin(Time time);
};

/// What a counter's troubles come to at `now`; nothing if they are over, few, or still to come.
std::optional<model::DoubtReason> doubt_in(const CounterTrouble& trouble, Time now);

// Expected traffic.

/// The weeks before whose same hour says what is to be expected, and how many of them must have
/// had traffic.
inline constexpr int kTrafficWeeks = 4;
inline constexpr int kTrafficWeeksMin = 2;
inline constexpr Duration kTrafficSpan = hours(1);
/// Weeks with fewer events say nothing.
inline constexpr int64_t kTrafficEventsMin = 100;
/// Less than this share of what was to be expected is missing data rather than few users.
inline constexpr Ppm kTrafficDropMax{900'000};

struct TrafficDrop {
  int64_t seen = 0;
  int64_t expected = 0;
  Ppm missing = {};  // share of what was expected
};
/// Whether far fewer events came than in the same hour of the weeks before (their median). Nothing
/// without enough weeks to compare with, or with a drop of at most `drop_max`.
std::optional<TrafficDrop> traffic_drop(int64_t seen, std::span<const int64_t> weeks, Ppm drop_max);

// In words.

enum class SourceState { never_seen, fresh, late, broken, quarantined };
/// "never seen", "fresh", "late", "broken", "quarantined".
std::string_view source_state_name(SourceState state);

/// Newer than this is fresh whatever the interval.
inline constexpr Duration kFreshMax = minutes(5);
/// A source of which no interval is known is late after this.
inline constexpr Duration kFreshWithoutInterval = hours(1);
/// How old data may be before a source with this usual interval is late: three of them.
Duration fresh_for(std::optional<Duration> interval);

/// A sender whose newest sample lies further ahead of its arrival has a wrong clock; so has a
/// server whose clock differs by more.
inline constexpr Duration kSkewMax = minutes(1);

}  // namespace tollgate::slo
