// An alert rule as it stands.
#pragma once

#include "domain/model/alert_events.hpp"
#include "domain/slo/burn.hpp"

#include <optional>
#include <string>

namespace tollgate::engine {

/// One rule as it was last looked at.
struct AlertStatus {
  model::AlertIdentity identity = {};
  bool is_on = false;
  int64_t position = -1;           // of its alert.raised, while it is on
  std::optional<Time> since = {};  // while it is on
  slo::BurnState state = slo::BurnState::unknown;
  model::AlertRaised figures = {};  // of the pair that decides; reason is none while it is off
  bool is_excluded = false;
  std::string error = {};  // why it could not be judged
  Time at = {};
};

/// What looking at rules has cost since the start.
struct AlertRounds {
  int64_t rounds = 0;
  int64_t whole_rounds = 0;  // of these, those that asked all sources
  double seconds = 0;        // that they took
  int64_t looks = 0;         // at an SLO in one place and its rules
  int64_t held = 0;          // looks that were spared: nothing could have changed
};

/// What is on comes first, then what may go on next: 0 is most urgent.
int alert_urgency(bool is_on, slo::BurnState state);

}  // namespace tollgate::engine
