// Alert rules over the recorded past of an SLO: how noisy and how quick they would have been.
#pragma once

#include "domain/slo/tune.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tollgate::engine {

/// How far back a past may reach: minute by minute, that is some hundred thousand readings.
inline constexpr Duration kPastMax = days(100);

struct PastQuestion {
  std::string slo = {};
  std::string environment = {};
  slo::Span past = {};
  std::optional<std::vector<slo::Span>> incidents = {};  // none: nobody says what was wrong
  std::optional<slo::RuleSet> set = {};                  // none: the SLO's own alert policies
};

/// What an SLO counted, minute by minute.
struct Past {
  slo::Objective objective = {};
  std::vector<slo::AlertRule> rules = {};  // of the SLO's alert policies
  slo::Span span = {};
  slo::WeighedCells cells = {};            // without what is excluded
  std::vector<slo::Span> exclusions = {};  // approved maintenance; sorted, apart from each other
};

struct RuleBacktest {
  std::string name = {};  // rule set, or the alert policy
  std::string severity = {};
  slo::Backtest backtest = {};
};

/// The answer of `alert backtest`.
struct AlertBacktest {
  std::string subject = {};      // SLO or file
  std::string environment = {};  // empty: all of them together
  bool is_labelled = false;      // somebody says what was wrong: alerts are true or false
  slo::Objective objective = {};
  slo::Span past = {};
  slo::Evidence counts = {};
  std::vector<RuleBacktest> rules = {};
};

/// The answer of `alert tune`.
struct AlertTuning {
  std::string subject = {};
  std::string environment = {};  // empty: all of them together
  slo::Objective objective = {};
  slo::Span past = {};
  slo::Evidence counts = {};
  slo::TuneOptions options = {};
  std::vector<slo::Candidate> candidates = {};
};

/// Tries `rules` of a past; pages of `set` alone if it is given. Pure.
AlertBacktest backtest_alerts(const Past& past, const PastQuestion& question);
/// Tries many rules on a past. Pure.
AlertTuning tune_alerts(const Past& past, const PastQuestion& question,
                        const slo::TuneOptions& options);

}  // namespace tollgate::engine
