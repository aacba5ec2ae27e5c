#include "domain/slo/trust.hpp"

#include "domain/slo/ratio.hpp"

#include <algorithm>
#include <bit>
#include <vector>

namespace tollgate::slo {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kMinutes = 64;
constexpr int64_t kHourMinutes = 60;

int64_t minute_of(Time time) {
  return time.ms >= 0 ? time.ms / kMinuteMs : (time.ms - kMinuteMs + 1) / kMinuteMs;
}

}  // namespace

void Arrivals::note(Time time) {
  const int64_t minute = minute_of(time);
  if (newest == kNone || minute > newest) {
    const int64_t step = newest == kNone ? kMinutes : minute - newest;
    minutes = step >= kMinutes ? 1 : (minutes << step) | 1;
    newest = minute;
    return;
  }
  if (newest - minute < kMinutes) minutes |= uint64_t{1} << (newest - minute);
}

std::optional<Duration> usual_interval(const Arrivals& arrivals) {
  std::array<int64_t, kMinutes> distances{};
  size_t count = 0;
  int64_t last = -1;
  for (int64_t i = 0; i < kMinutes; ++i) {
    if ((arrivals.minutes >> i & 1) == 0) continue;
    if (last >= 0) distances[count++] = i - last;
    last = i;
  }
  if (count < 2) return std::nullopt;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(distances.begin(), middle,
                   distances.begin() + static_cast<std::ptrdiff_t>(count));
  return tollgate::minutes(*middle);
}

Steadiness steadiness(const Arrivals& arrivals, Duration interval, Time now) {
  Steadiness result;
  if (arrivals.newest == Arrivals::kNone) return result;
  const int64_t step = std::max<int64_t>(1, interval.ms / kMinuteMs);
  const int64_t oldest =
      arrivals.newest - (kMinutes - 1 - std::countl_zero(arrivals.minutes));  // with data
  // The minute of now is not over; a step counts as soon as all of it was due.
  const int64_t end = minute_of(now);
  const int64_t begin = std::max(end - kHourMinutes, oldest);
  for (int64_t to = end; to - step >= begin; to -= step) {
    ++result.expected;
    for (int64_t minute = to - step; minute < to; ++minute) {
      const int64_t back = arrivals.newest - minute;
      if (back < 0 || back >= kMinutes || (arrivals.minutes >> back & 1) == 0) continue;
      ++result.seen;
      break;
    }
  }
  return result;
}

void CounterTrouble::begin(Time time) {
  if (since.ms == 0 || time - last > kTroubleSpan || since - time > kTroubleSpan) {
    *this = CounterTrouble{.since = time, .last = time, .is_down = is_down};
  }
  last = std::max(last, time);
  // A span that has grown too long starts anew with half of what was counted.
  if (last - since <= kTroubleSpan) return;
  since = last;
  resets /= 2;
  conflicts /= 2;
}

void CounterTrouble::note_reset(Time time, double before_height, double after_height) {
  begin(time);
  const bool fits = resets > 0 && before_height >= before && after_height >= after;
  turns = fits ? turns + 1 : 0;
  before = before_height;
  after = after_height;
  ++resets;
}

void CounterTrouble::note_conflict(Time time) {
  begin(time);
  ++conflicts;
}

void CounterTrouble::note_up(Time time, bool is_up) {
  if (time < last) return;
  since = last = time;
  is_down = !is_up;
}

std::optional<model::DoubtReason> doubt_in(const CounterTrouble& trouble, Time now) {
  if (trouble.last.ms == 0 || trouble.last > now + kSkewMax || now - trouble.last > kTroubleSpan)
    return std::nullopt;
  if (trouble.turns >= kTurnsMax || trouble.conflicts >= kConflictsMax)
    return model::DoubtReason::duplicate_series;
  if (trouble.resets >= kResetsMax) return model::DoubtReason::counter_resets;
  if (trouble.is_down) return model::DoubtReason::target_down;
  return std::nullopt;
}

std::optional<TrafficDrop> traffic_drop(int64_t seen, std::span<const int64_t> weeks,
                                        Ppm drop_max) {
  std::vector<int64_t> busy;
  for (const int64_t events : weeks) {
    if (events >= kTrafficEventsMin) busy.push_back(events);
  }
  if (busy.size() < kTrafficWeeksMin) return std::nullopt;
  std::sort(busy.begin(), busy.end());
  // Of an even number the lower one: in doubt less was to be expected.
  const int64_t expected = busy[(busy.size() - 1) / 2];
  if (seen >= expected) return std::nullopt;
  const Ppm missing{ppm_down(expected - std::max<int64_t>(0, seen), expected)};
  if (missing <= drop_max) return std::nullopt;
  return TrafficDrop{.seen = seen, .expected = expected, .missing = missing};
}

std::string_view source_state_name(SourceState state) {
  switch (state) {
    case SourceState::fresh:
      return "fresh";
    case SourceState::late:
      return "late";
    case SourceState::broken:
      return "broken";
    case SourceState::quarantined:
      return "quarantined";
    case SourceState::never_seen:
      break;
  }
  return "never seen";
}

Duration fresh_for(std::optional<Duration> interval) {
  if (!interval) return kFreshWithoutInterval;
  return std::max(kFreshMax, *interval * 3);
}

}  // namespace tollgate::slo
