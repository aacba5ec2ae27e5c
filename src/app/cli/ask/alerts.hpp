// Alerts now, and alert rules over the past.
#pragma once

#include "app/cli/backend.hpp"
#include "domain/slo/window.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tollgate::cli::ask {

/// Alert rules over the past of an SLO.
struct AlertPastQuery {
  std::string slo;
  std::string environment = {};
  std::optional<Time> from = {};  // none: `since` before `to`
  std::optional<Time> to = {};    // none: now
  Duration since = days(30);
  std::string rules = {};  // rule set; empty: the SLO's own
  std::string severity = "page";
  Ppm injected = {50'000};
  std::optional<std::vector<slo::Span>> incidents = {};  // none: nobody says what was wrong
};

/// Of all SLOs if `slo` is empty.
Result<doc::Node> alerts(Backend& backend, const std::string& slo);
Result<doc::Node> alert_backtest(Backend& backend, const AlertPastQuery& query);
Result<doc::Node> alert_tuning(Backend& backend, const AlertPastQuery& query);
Result<doc::Node> test_target(Backend& backend, const std::string& target);

}  // namespace tollgate::cli::ask
