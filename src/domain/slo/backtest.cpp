#include "domain/slo/backtest.hpp"

#include "domain/slo/ratio.hpp"

#include <algorithm>

namespace tollgate::slo {
namespace {

constexpr Duration kMonth = days(30);

double weeks(const Span& past) {
  return static_cast<double>(past.length().ms) / static_cast<double>(days(7).ms);
}

/// Steps a rule through time over cells, as the server does.
class Stepper {
 public:
  /// All outlive the stepper.
  Stepper(const AlertRule& rule, const WeighedCells& cells, std::span<const Span> exclusions)
      : rule_(rule), cells_(cells), exclusions_(exclusions) {
    pairs_.resize(rule.pairs.size());
  }

  AlertChange step_to(Time now) {
    for (size_t i = 0; i < rule_.pairs.size(); ++i) {
      pairs_[i] = {.short_counts = cells_.evidence({now - rule_.pairs[i].short_window, now}),
                   .long_counts = cells_.evidence({now - rule_.pairs[i].long_window, now})};
    }
    AlertInput input{.pairs = pairs_, .newest = newest(now), .exclusions = exclusions_to(now)};
    if (rule_.fast) {
      if (last_) input.fresh = cells_.counts({*last_, now});
      const Duration window = chart_window();
      const Evidence whole = cells_.evidence({now - window, now});
      input.fresh_worth = chart_worth(whole);
      input.events_in_30_days = static_cast<double>(whole.total()) *
                                static_cast<double>(kMonth.ms) / static_cast<double>(window.ms);
    }
    last_ = now;
    AlertStep next = step(rule_, state_, input, now);
    state_ = std::move(next.state);
    return next.change;
  }
  const AlertState& state() const { return state_; }

  /// The first step behind `now` at which anything can happen: while the alert is off, the chart at
  /// rest and nothing bad in any window, that is the one that sees the next bad event.
  Time next_step(Time now, Duration step, Time end) const {
    const Time soon = now + step;
    if (state_.is_on || rule_.no_data_after.ms > 0 || highest(state_.levels) > 0) return soon;
    if (cells_.counts({now - longest(), now}).bad > 0) return soon;
    const std::optional<Time> bad = next_bad(now, end);
    if (!bad) return end + step;
    const int64_t steps = (bad->ms - now.ms) / step.ms;
    return steps <= 1 ? soon : now + Duration{steps * step.ms};
  }
  /// Goes on at a later step as if all between had been taken; only where next_step said so.
  void skip_to(Time before) { last_ = before; }

 private:
  /// Whose traffic the chart's limit follows: as in the server, that of the objective's window.
  Duration chart_window() const {
    const Window& window = rule_.objective.window;
    const Duration length = window.is_rolling ? nominal_length(window) : kMonth;
    return length.ms > 0 ? length : kMonth;
  }
  Duration longest() const {
    Duration length = minutes(1);
    for (const BurnPair& pair : rule_.pairs)
      length = std::max({length, pair.short_window, pair.long_window});
    return length;
  }
  /// Start of the next cell with a bad event, from `from` on: found by halving, since sums are
  /// known.
  std::optional<Time> next_bad(Time from, Time end) const {
    if (from >= end || cells_.counts({from, end}).bad == 0) return std::nullopt;
    Time low = from;
    Time high = end;  // there is one in [from, high)
    while ((high - low) > kCellLength) {
      const Time middle{low.ms + (high.ms - low.ms) / 2};
      (cells_.counts({from, middle}).bad > 0 ? high : low) = middle;
    }
    return low;
  }

  /// As of a source that is up to date: what says nothing for so long has been silent since then.
  std::optional<Time> newest(Time now) {
    if (rule_.no_data_after.ms <= 0) return std::nullopt;
    const auto has_any = [&](Duration back) {
      return cells_.counts({now - back, now}).total() > 0;
    };
    if (has_any(rule_.no_data_after)) return newest_ = now;
    if (!newest_ && !has_any(chart_window())) return std::nullopt;
    newest_ = std::min(newest_.value_or(now), now - rule_.no_data_after - seconds(1));
    return newest_;
  }
  /// Those that begin by `now`, the last of which alone can matter; steps only go forward.
  std::span<const Span> exclusions_to(Time now) {
    while (begun_ < exclusions_.size() && exclusions_[begun_].from <= now) ++begun_;
    return begun_ == 0 ? std::span<const Span>() : exclusions_.subspan(begun_ - 1, 1);
  }

  const AlertRule& rule_;
  const WeighedCells& cells_;
  const std::span<const Span> exclusions_;
  size_t begun_ = 0;  // of the exclusions
  std::vector<PairCounts> pairs_;
  AlertState state_;
  std::optional<Time> last_;
  std::optional<Time> newest_;
};

std::optional<size_t> incident_at(std::span<const Span> incidents, Time time, Duration grace) {
  for (size_t i = 0; i < incidents.size(); ++i) {
    if (incidents[i].from <= time && time < incidents[i].to + grace) return i;
  }
  return std::nullopt;
}

}  // namespace

double Backtest::per_week() const {
  return past.length().ms <= 0 ? 0 : static_cast<double>(alerts.size()) / weeks(past);
}

double Backtest::false_per_week() const {
  return past.length().ms <= 0 ? 0 : static_cast<double>(false_alerts) / weeks(past);
}

std::optional<double> Backtest::precision() const {
  if (alerts.empty()) return std::nullopt;
  const auto all = static_cast<double>(alerts.size());
  return (all - static_cast<double>(false_alerts)) / all;
}

std::optional<double> Backtest::recall() const {
  if (incidents == 0) return std::nullopt;
  return static_cast<double>(detected) / static_cast<double>(incidents);
}

std::optional<Duration> Backtest::median_delay() const {
  if (delays.empty()) return std::nullopt;
  return delays[delays.size() / 2];
}

Backtest backtest(const AlertRule& rule, const WeighedCells& cells, const Span& past,
                  std::span<const Span> incidents, const BacktestOptions& options) {
  Backtest result{.past = past};
  Stepper stepper(rule, cells, options.exclusions);
  Time next;
  for (Time now = past.from; now <= past.to; now = next) {
    const AlertChange change = stepper.step_to(now);
    next = stepper.next_step(now, options.step, past.to);
    if (next > now + options.step) stepper.skip_to(next - options.step);
    if (change == AlertChange::raised) {
      result.alerts.push_back({.raised = now,
                               .cleared = past.to,
                               .reason = stepper.state().reason,
                               .incident = incident_at(incidents, now, options.grace)});
    } else if (change == AlertChange::cleared) {
      result.alerts.back().cleared = now;
    }
  }
  for (const BacktestAlert& alert : result.alerts) {
    result.on = result.on + (alert.cleared - alert.raised);
    result.false_alerts += alert.incident ? 0 : 1;
  }
  for (size_t i = 0; i < incidents.size(); ++i) {
    const Span& incident = incidents[i];
    if (incident.to <= past.from || incident.from >= past.to) continue;
    ++result.incidents;
    // An alert that was on already when the incident began found it at once.
    const auto found =
        std::find_if(result.alerts.begin(), result.alerts.end(), [&](const BacktestAlert& alert) {
          const bool was_on = alert.raised <= incident.from && incident.from < alert.cleared;
          return alert.incident == i || was_on;
        });
    if (found == result.alerts.end()) continue;
    ++result.detected;
    result.delays.push_back(std::max(Duration{}, found->raised - incident.from));
  }
  std::sort(result.delays.begin(), result.delays.end());
  return result;
}

std::optional<Duration> detection_time(const AlertRule& rule, const WeighedCells& cells, Time start,
                                       Ppm bad_share, Duration patience,
                                       const BacktestOptions& options) {
  // What the rule looks back on, then the same traffic with more of it bad.
  Duration back = hours(1);
  for (const BurnPair& pair : rule.pairs) back = std::max(back, pair.long_window);
  WeighedCells changed;
  const auto copy = [&](Time time, const Counts& counts, model::WeightSquares squares) {
    Counts moved = counts;
    if (time >= start) {
      // Rounded so that over time the share is right, also where a cell has one event.
      const int64_t index = time.ms / kCellLength.ms - start.ms / kCellLength.ms;
      const Wide share = Wide{counts.total()} * bad_share.value;
      const int64_t wanted = saturate(share * (index + 1) / kWhole - share * index / kWhole);
      moved.bad = std::max(counts.bad, std::min(counts.total(), wanted));
      moved.good = counts.total() - moved.bad;
      // Who fails now weighs what events of this cell weigh.
      const Wide all = Wide{squares.good} + squares.bad;
      if (counts.total() > 0) squares.bad = saturate(all * moved.bad / counts.total());
      squares.good = saturate(all - squares.bad);
    }
    // Within the bounds that the original kept.
    static_cast<void>(changed.add(time, moved, squares));
  };
  cells.visit({start - kMonth, start + patience}, copy);
  Stepper stepper(rule, changed, options.exclusions);
  const Time end = start + patience;
  Time next;
  for (Time now = start - back; now <= end; now = next) {
    const AlertChange change = stepper.step_to(now);
    next = stepper.next_step(now, options.step, end);
    if (next > now + options.step) stepper.skip_to(next - options.step);
    if (change == AlertChange::raised && now > start) return now - start;
    if (now > start && stepper.state().is_on) return now - start;
  }
  return std::nullopt;
}

}  // namespace tollgate::slo
