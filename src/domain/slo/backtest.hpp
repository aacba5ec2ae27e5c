// An alert rule over the past: when it would have gone on, against what really was wrong. The same
// step() as in the server, minute by minute, on counted cells. Pure.
#pragma once

#include "domain/slo/alert.hpp"
#include "domain/slo/weighed_cells.hpp"

#include <optional>
#include <span>
#include <vector>

namespace tollgate::slo {

struct BacktestOptions {
  Duration step = minutes(1);
  /// An alert that is raised up to so long after an incident still belongs to it.
  Duration grace = hours(1);
  /// Maintenance, whose events are not in the cells: as AlertInput::exclusions. Sorted, apart from
  /// each other.
  std::vector<Span> exclusions = {};
};

/// One time that the alert was on.
struct BacktestAlert {
  Time raised;
  Time cleared;  // or the end of the past
  AlertReason reason = AlertReason::none;
  std::optional<size_t> incident = {};  // what it was about; none: a false alert
};

struct Backtest {
  Span past = {};
  std::vector<BacktestAlert> alerts = {};
  int64_t incidents = 0;              // that lie in the past and have data
  int64_t detected = 0;               // of these
  std::vector<Duration> delays = {};  // from the start of each detected incident, sorted
  int64_t false_alerts = 0;           // about no incident
  Duration on = {};                   // time in all

  /// Alerts a week.
  double per_week() const;
  double false_per_week() const;
  /// Share of the alerts that were about an incident; unset without alerts.
  std::optional<double> precision() const;
  /// Share of the incidents that were found; unset without incidents.
  std::optional<double> recall() const;
  std::optional<Duration> median_delay() const;
};

/// Steps `rule` through `past` over `cells`. Incidents that do not touch `past` are left out. Cost:
/// a step is some binary searches for each pair of windows, whatever their length.
Backtest backtest(const AlertRule& rule, const WeighedCells& cells, const Span& past,
                  std::span<const Span> incidents, const BacktestOptions& options = {});

/// How long it takes `rule` to notice that from `start` on at least `bad_share` of the events are
/// bad, all else as it was. Unset if it does not within `patience`.
std::optional<Duration> detection_time(const AlertRule& rule, const WeighedCells& cells, Time start,
                                       Ppm bad_share, Duration patience,
                                       const BacktestOptions& options = {});

}  // namespace tollgate::slo
