// When an alert goes on and when it goes off: burn rates over pairs of windows, a CUSUM for speed,
// guards against thin evidence, a hold before and after. Pure: state and counts in, state and
// transition out; no clock, no memory of its own.
#pragma once

#include "domain/model/alert_events.hpp"
#include "domain/slo/burn.hpp"
#include "domain/slo/cusum.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::slo {

struct AlertRule {
  std::string slo = {};          // SERVICE/SLO
  std::string environment = {};  // empty: none in particular
  std::string name = {};         // of the alert policy
  std::string severity = "page";
  std::string group = {};  // the cause that it is filed under: a dependency, or the service
  Objective objective = {};
  std::vector<BurnPair> pairs = {};
  BurnGuards guards = {};
  /// Also alerts at once when this rises over its limit while the first pair's short window is
  /// over.
  std::optional<Cusum> fast = {};
  Ppm clear_share = {800'000};        // off below this share of each limit, not at the limit itself
  Duration clear_after = minutes(5);  // calm for so long
  Duration no_data_after = {};        // silent for so long alerts; 0: silence does not alert
  bool tells_resolved = true;
  std::vector<std::string> targets = {};

  /// What makes two alerts the same one: stays the same over restarts and changes of limits.
  std::string fingerprint() const;
};

using AlertReason = model::AlertReason;
/// "burn", "fast", "no_data", "none".
std::string_view alert_reason_name(AlertReason reason);

/// What is remembered between two steps.
struct AlertState {
  bool is_on = false;
  AlertReason reason = AlertReason::none;
  Time since = {};                                   // since when it is on
  std::optional<Time> calm_since = {};               // on, but nothing is over any more
  std::vector<std::optional<Time>> over_since = {};  // by pair; for BurnPair::after
  CusumLevels levels = {};
};

struct PairCounts {
  Evidence short_counts = {};
  Evidence long_counts = {};
};

/// What was counted, as of the moment of the step.
struct AlertInput {
  std::span<const PairCounts> pairs = {};  // one for each pair of the rule
  Counts fresh = {};                       // since the step before; feeds the CUSUM
  double fresh_worth = 1;                  // of one of them, in unsampled events; see chart_worth
  double events_in_30_days = 0;            // the traffic that the CUSUM's limit follows
  std::optional<Time> newest = {};         // newest data; none: there never was any
  std::optional<Time> awaited_since = {};  // without any: since when there should have been some
  std::span<const Span> exclusions = {};   // inside these nothing goes on, nor is it silence
};

enum class AlertChange { none, raised, cleared };

struct AlertStep {
  AlertState state;
  AlertChange change = AlertChange::none;
  std::vector<BurnFinding> findings;  // one for each pair
  BurnAlert worst;                    // points into findings
  bool is_excluded = false;
};

/// What one event is worth to a chart, in unsampled events: charts rise by bad events, so that of
/// the bad ones counts, and that of all while none was seen. 1 if nothing was sampled, or counted.
double chart_worth(const Evidence& evidence);

/// One step of one alert. A pair is on when judge_burn calls it critical for `after`; the alert
/// stays on until every pair was below clear_share of its limit for clear_after. A window without
/// events, or with too few by the SLO's own rule, neither raises nor clears. Inside an exclusion
/// nothing is raised and the CUSUM rests; silence is counted anew from its end.
AlertStep step(const AlertRule& rule, const AlertState& state, const AlertInput& input, Time now);
/// The same into `result`, whose memory is used again.
void step(const AlertRule& rule, const AlertState& state, const AlertInput& input, Time now,
          AlertStep& result);
/// The earliest moment at which a step from `state` with the input that led to it may say more than
/// that one did: a hold that runs out, or silence since `silent_since` that has lasted for long
/// enough. Unset: never.
std::optional<Time> next_change(const AlertRule& rule, const AlertState& state,
                                std::optional<Time> silent_since, Time now);
/// What silence is counted from at `now`: the newest data, or if there never was any, when it was
/// due; but never from before the end of an exclusion, whose data are nobody's.
std::optional<Time> silent_since(const AlertInput& input, Time now);

/// How much of the whole budget went in one window, in ppm: bad events over those that the
/// objective allows in its period at this window's traffic.
Ppm budget_spent(const Objective& objective, Duration window, BurnRate rate);

}  // namespace tollgate::slo
