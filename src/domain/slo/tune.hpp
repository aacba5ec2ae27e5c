// Which alert rule to take: many are tried on the same past, each with its noise and its speed, and
// those that no other beats at both are marked. Pure.
#pragma once

#include "domain/slo/alert_rules.hpp"
#include "domain/slo/backtest.hpp"

#include <string>
#include <vector>

namespace tollgate::slo {

struct TuneOptions {
  Ppm injected = {50'000};        // share of bad events that a rule must notice
  int64_t places = 8;             // moments of the past at which that is tried
  Duration patience = hours(24);  // later is not noticed
  std::string severity = "page";
  BacktestOptions backtest = {};
};

/// One rule and what it would have cost.
struct Candidate {
  std::string name = {};  // "default, 99 % sure, 3 bad"
  RuleSet set = RuleSet::defaults;
  BurnGuards guards = {};
  int64_t limit_percent = 100;  // of the set's limits
  Backtest noise = {};
  /// From incidents if there are any, else from injected failures. Unset: fewer than half noticed.
  std::optional<Duration> detection = {};
  double found = 0;           // share of incidents, or of injections, that were noticed
  bool is_efficient = false;  // no other is quieter and as fast, or faster and as quiet
};

/// Candidates over rule sets, confidence, least bad events and limits, quietest first. With
/// `incidents`, noise is false alerts and speed is that of finding them.
std::vector<Candidate> tune(const Objective& objective, const WeighedCells& cells, const Span& past,
                            std::span<const Span> incidents, const TuneOptions& options = {});

/// The rule of a candidate.
AlertRule candidate_rule(const Objective& objective, const Candidate& candidate,
                         std::string_view severity);

}  // namespace tollgate::slo
