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

}  // namespace tollgate::engine
