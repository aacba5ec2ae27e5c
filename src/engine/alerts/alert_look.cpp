// One look of the watch: the rules of one SLO in one place, stepped over what the reader counted,
// and what of it is shown. Which rules are looked at, and what is asked of the writer:
// alert_watch.cpp.
#include "domain/slo/alert_words.hpp"
#include "engine/alerts/alert_watch.hpp"

#include <algorithm>
#include <numeric>

namespace tollgate::engine {
namespace {

constexpr Duration kMonth = days(30);

/// Traffic of a month at the pace of `counts`, in what the charts are fed with.
double monthly(const WindowCounts& counts) {
  if (counts.length.ms <= 0) return 0;
  return static_cast<double>(counts.counts.total()) * static_cast<double>(kMonth.ms) /
         static_cast<double>(counts.length.ms);
}

/// The end of the last cell that is over at `time`: what is in it does not grow any more.
Time whole_cells(Time time) { return time - milliseconds(time.ms % slo::kCellLength.ms); }

}  // namespace

int alert_urgency(bool is_on, slo::BurnState state) {
  if (is_on) return 0;
  switch (state) {
    case slo::BurnState::critical:
      return 1;
    case slo::BurnState::increasing:
      return 2;
    case slo::BurnState::recovering:
      return 3;
    case slo::BurnState::thin:
      return 4;
    case slo::BurnState::unknown:
      return 5;
    case slo::BurnState::acceptable:
      break;
  }
  return 6;
}

/// Wrong counts neither raise nor clear: the alert stays as it is, and what it waited for begins
/// anew when the counts are trusted again.
AlertWatch::Seen AlertWatch::doubted(Memory& memory, const model::Doubt& doubt, Time now) {
  memory.counted_to.reset();
  memory.state.calm_since.reset();
  memory.state.over_since.clear();
  Seen seen{
      .is_on = memory.state.is_on, .error = "the data is not trusted: " + doubt.detail, .at = now};
  if (memory.state.is_on) {
    seen.since = memory.state.since;
    seen.reason = memory.state.reason;
  }
  return seen;
}

AlertWatch::Seen AlertWatch::step(const slo::AlertRule& rule, Memory& memory, AlertReader& reader,
                                  std::span<const slo::Span> exclusions, Time now,
                                  Scratch& scratch) {
  Seen seen{.at = now};
  std::vector<slo::PairCounts>& pairs = scratch.pairs;
  pairs.clear();
  // The whole window also says how much traffic there is, and when the newest data came.
  const WindowCounts& whole = reader.read(Duration{0});
  seen.error = whole.error;
  if (whole.doubt && model::makes_counts_wrong(whole.doubt->reason))
    return doubted(memory, *whole.doubt, now);
  if (whole.error.empty() && whole.watermark.ms > 0) memory.newest = whole.watermark;
  if (rule.no_data_after.ms > 0 && whole.total > 0) {
    // A source may be up to date and have nothing to tell.
    const WindowCounts& silence = reader.read(rule.no_data_after);
    const Time silent_since = now - rule.no_data_after - seconds(1);
    if (silence.error.empty() && silence.total == 0 && memory.newest) {
      if (*memory.newest > silent_since) scratch.due = now;  // it moves with every moment
      memory.newest = std::min(*memory.newest, silent_since);
    }
  }
  for (const slo::BurnPair& pair : rule.pairs) {
    const WindowCounts& brief = reader.read(pair.short_window);
    const WindowCounts& lasting = reader.read(pair.long_window);
    if (seen.error.empty()) seen.error = brief.error.empty() ? lasting.error : brief.error;
    pairs.push_back({.short_counts = brief.counts, .long_counts = lasting.counts});
  }
  slo::Counts fresh;
  if (rule.fast && memory.newest) {
    const Time whole_to = whole_cells(*memory.newest);
    if (memory.counted_to && whole_to > *memory.counted_to)
      fresh = reader.count({*memory.counted_to, whole_to});
    memory.counted_to = std::max(whole_to, memory.counted_to.value_or(whole_to));
  }
  // A source that fails tells nothing of the service; only its silence may alert, with time.
  if (!seen.error.empty()) pairs.assign(rule.pairs.size(), {});
  slo::AlertInput input{.pairs = pairs,
                        .fresh = fresh,
                        .fresh_worth = slo::chart_worth(whole.counts),
                        .events_in_30_days = monthly(whole),
                        .newest = memory.newest,
                        .exclusions = exclusions};
  // Nobody ever brought an event, though a sender may be alive: a metric that nobody knows.
  const bool is_alive = !memory.newest || *memory.newest > now - rule.no_data_after;
  if (rule.no_data_after.ms > 0 && whole.error.empty() && whole.total == 0 && is_alive) {
    input.newest.reset();
    input.awaited_since = scratch.asked_since;
  }
  slo::AlertStep& step = scratch.step;
  slo::step(rule, memory.state, input, now, step);
  if (step.change != slo::AlertChange::none) scratch.due = now;
  if (const auto next = slo::next_change(rule, step.state, slo::silent_since(input, now), now))
    scratch.due = std::min(scratch.due, *next);
  seen.reason = step.state.reason;
  if (const slo::BurnFinding* finding = slo::shown_finding(step)) seen.finding = *finding;
  seen.left = whole.left;
  seen.newest = input.newest;
  seen.state = step.worst.state;
  seen.is_excluded = step.is_excluded;
  seen.is_on = step.state.is_on;
  seen.since = step.state.since;
  memory.state = step.state;
  return seen;
}

std::vector<slo::Span> AlertWatch::exclusions_of(const Rules& rules, const Subject& subject,
                                                 Time now) const {
  return maintenance_.within(*rules.policy, subject.subject.resolved.objective.slo,
                             subject.subject.environment,
                             {now - subject.silence_max - milliseconds(1), now + milliseconds(1)});
}

void AlertWatch::look_at(const Rules& rules, const Subject& subject, AlertReader& reader, Time now,
                         std::span<const slo::Span> exclusions, std::span<Memory> memories,
                         Scratch& scratch) const {
  scratch.seen.clear();
  scratch.due = reader.next_change();
  scratch.asked_since = rules.policy->applied_at();
  for (size_t i = 0; i < subject.count; ++i) {
    scratch.seen.push_back(
        step(rules.watched[subject.first + i].rule, memories[i], reader, exclusions, now, scratch));
  }
}

void AlertWatch::recall(const OpenAlert* open, Memory& memory) {
  // The ledger says what is on; a command that was refused is asked for again.
  memory.state.is_on = open != nullptr;
  if (open == nullptr) return;
  memory.state.reason = open->raised.reason;
  memory.state.since = open->since;
}

AlertStatus AlertWatch::status_of(const Watched& watched, const Seen& seen) {
  AlertStatus status{.identity = watched.identity,
                     .is_on = seen.is_on,
                     .position = seen.position,
                     .state = seen.state,
                     .figures = slo::raised_record(watched.rule, watched.identity, seen.reason,
                                                   seen.finding ? &*seen.finding : nullptr,
                                                   seen.left, seen.newest),
                     .is_excluded = seen.is_excluded,
                     .error = seen.error,
                     .at = seen.at};
  if (seen.is_on) status.since = seen.since;
  return status;
}

std::optional<std::vector<AlertStatus>> AlertWatch::last_statuses(size_t limit) const {
  const std::lock_guard lock(mutex_);
  if (!is_seen_ || rules_.policy != writer_.views().policy()) return std::nullopt;
  std::vector<uint32_t> shown(seen_.size());
  std::iota(shown.begin(), shown.end(), 0U);
  if (shown.size() > limit) {
    const auto urgency = [this](uint32_t rule) {
      return alert_urgency(seen_[rule].is_on, seen_[rule].state);
    };
    std::stable_sort(shown.begin(), shown.end(),
                     [&](uint32_t a, uint32_t b) { return urgency(a) < urgency(b); });
    shown.resize(limit);
  }
  std::vector<AlertStatus> statuses = rules_.broken;
  statuses.reserve(statuses.size() + shown.size());
  for (const uint32_t rule : shown) {
    statuses.push_back(status_of(rules_.watched[rule], seen_[rule]));
    if (seen_[rule].is_held) statuses.back().at = std::max(statuses.back().at, round_at_);
  }
  return statuses;
}

std::vector<AlertStatus> AlertWatch::statuses(size_t limit) const {
  if (auto last = last_statuses(limit)) return std::move(*last);
  std::vector<AlertStatus> statuses = look();
  if (statuses.size() > limit) statuses.resize(limit);
  return statuses;
}

std::vector<AlertStatus> AlertWatch::look() const {
  const Rules rules = rules_of(writer_.views().policy());
  const Time now = clock_.now();
  const OpenAlerts open = writer_.views().open_alerts();
  AlertReader reader(collector_, now);
  std::vector<AlertStatus> statuses = rules.broken;
  Scratch scratch;
  const std::vector<Seen>& seen = scratch.seen;
  for (const Subject& subject : rules.subjects) {
    std::vector<Memory> memories(subject.count);
    (void)reader.turn_to(subject.subject);
    const std::vector<slo::Span> exclusions = exclusions_of(rules, subject, now);
    look_at(rules, subject, reader, now, exclusions, memories, scratch);
    for (size_t i = 0; i < subject.count; ++i) {
      const Watched& watched = rules.watched[subject.first + i];
      AlertStatus status = status_of(watched, seen[i]);
      // What the ledger does not say is on is not on, however it burns.
      const auto on = open.find(watched.identity.alert);
      status.is_on = on != open.end();
      status.since.reset();
      if (status.is_on) {
        status.since = on->second.since;
        status.position = on->second.position;
        status.figures.reason = on->second.raised.reason;
      }
      statuses.push_back(std::move(status));
    }
  }
  return statuses;
}

}  // namespace tollgate::engine
