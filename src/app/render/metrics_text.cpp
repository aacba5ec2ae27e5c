// Budgets, burn rates and alerts for a metrics server.
#include "app/render/metrics_text.hpp"

#include "app/render/answers.hpp"
#include "app/render/slo_overview.hpp"

#include <array>

namespace tollgate::render {
namespace {

constexpr std::string_view kCountedHere = "cells";  // model::Reading::source of our own counts

void budgets(std::string& out, const SloOverview& overview) {
  family(out, "tollgate_slos", "gauge", "SLOs by what their counts say.");
  for (const auto& [state, count] : overview.states)
    out += fmt::format("tollgate_slos{{state=\"{}\"}} {}\n", state, count);
  using Answer = engine::BudgetAnswer;
  const auto each_with = [&](std::string_view name, std::string_view help,
                             bool (*has_value)(const Answer&), double (*value)(const Answer&)) {
    family(out, name, "gauge", help);
    for (const SloOverview::Row& row : overview.rows) {
      if (!row.answer || !has_value(*row.answer)) continue;
      fmt::format_to(std::back_inserter(out), "{}{{slo=\"{}\",environment=\"{}\"}} {}\n", name,
                     label(row.slo->address()), label(row.environment), value(*row.answer));
    }
  };
  const auto each = [&](std::string_view name, std::string_view help, bool needs_data,
                        double (*value)(const Answer&)) {
    each_with(
        name, help,
        needs_data ? [](const Answer& answer) { return answer.budget.total > 0; }
                   : [](const Answer&) { return true; },
        value);
  };
  each("tollgate_slo_objective_ratio", "Target of the SLO.", false,
       [](const Answer& answer) { return render::ratio(answer.objective.target); });
  each("tollgate_slo_sli_ratio", "Good events over all events in the SLO's window.", true,
       [](const Answer& answer) { return render::ratio(answer.budget.sli); });
  each("tollgate_slo_effective_events",
       "Unsampled events that would tell as much as those in the SLO's window.", true,
       [](const Answer& answer) { return static_cast<double>(answer.budget.effective); });
  each("tollgate_slo_budget_remaining_ratio",
       "Error budget left: 1 untouched, 0 spent, negative overspent.", true,
       [](const Answer& answer) { return render::ratio(answer.budget.left); });
  const auto has_raw = [](const Answer& answer) { return answer.raw && answer.raw->total > 0; };
  each_with("tollgate_slo_raw_sli_ratio",
            "The same with the maintenance that is taken out of it; only where some is.", has_raw,
            [](const Answer& answer) { return render::ratio(answer.raw->sli); });
  each_with("tollgate_slo_raw_budget_remaining_ratio",
            "Error budget left with the maintenance that is taken out of it; only where some is.",
            has_raw, [](const Answer& answer) { return render::ratio(answer.raw->left); });
  each_with(
      "tollgate_slo_excluded_seconds", "Maintenance that is taken out of the SLO's window.",
      [](const Answer& answer) { return answer.reading.excluded.has_value(); },
      [](const Answer& answer) {
        return static_cast<double>(answer.reading.excluded->time.ms) / 1000;
      });
}

/// How fast each budget burns over an hour and six. Of SLOs that are asked elsewhere only their
/// alerts tell, for a scrape of this page shall not be a question to others more often than it is.
void burn_rates(std::string& out, const engine::Engine& engine, const SloOverview& overview) {
  constexpr std::array<std::pair<Duration, std::string_view>, 2> kWindows = {
      {{hours(1), "1h"}, {hours(6), "6h"}}};
  constexpr std::array<Duration, 2> kLengths = {kWindows[0].first, kWindows[1].first};
  family(out, "tollgate_slo_burn_rate", "gauge",
         "Budget spent per budget allowed in the last hour and the last six.");
  for (const SloOverview::Row& row : overview.rows) {
    if (!row.answer || row.answer->reading.source != kCountedHere) continue;
    const std::string address = row.slo->address();
    const auto rates = engine.burn_rates(address, row.environment, kLengths);
    for (size_t i = 0; i < kWindows.size(); ++i) {
      if (!rates[i]) continue;
      fmt::format_to(std::back_inserter(out),
                     "tollgate_slo_burn_rate{{slo=\"{}\",environment=\"{}\",window=\"{}\"}} {}\n",
                     label(address), label(row.environment), kWindows[i].second,
                     static_cast<double>(rates[i]->thousandths) / 1000);
    }
  }
}

/// One sample for each alert rule: 1 while it is on; and how fast its budget burns.
void alerts(std::string& out, const std::vector<engine::AlertStatus>& statuses) {
  std::vector<std::string> labels;
  labels.reserve(statuses.size());
  for (const engine::AlertStatus& status : statuses) {
    const model::AlertIdentity& alert = status.identity;
    labels.push_back(fmt::format("slo=\"{}\",environment=\"{}\",policy=\"{}\",severity=\"{}\"",
                                 label(alert.slo), label(alert.environment), label(alert.policy),
                                 label(alert.severity)));
  }
  const auto line = std::back_inserter(out);
  family(out, "tollgate_alert_on", "gauge", "1 while the alert is on.");
  for (size_t i = 0; i < statuses.size(); ++i)
    fmt::format_to(line, "tollgate_alert_on{{{}}} {}\n", labels[i], statuses[i].is_on ? 1 : 0);
  family(out, "tollgate_alert_state", "stateset", "What the windows of the alert say.");
  static constexpr std::array<std::string_view, 6> states = {
      "acceptable", "increasing", "recovering", "thin", "critical", "unknown"};
  for (size_t i = 0; i < statuses.size(); ++i) {
    const std::string_view now = slo::burn_state_name(statuses[i].state);
    for (const std::string_view state : states) {
      fmt::format_to(line, "tollgate_alert_state{{{},tollgate_alert_state=\"{}\"}} {}\n", labels[i],
                     state, now == state ? 1 : 0);
    }
  }
  family(out, "tollgate_alert_burn_rate", "gauge",
         "Budget spent per budget allowed, in the alert's window that decides.");
  for (size_t i = 0; i < statuses.size(); ++i) {
    const model::AlertRaised& figures = statuses[i].figures;
    if (figures.window.ms <= 0 || figures.reason == model::AlertReason::no_data) continue;
    fmt::format_to(line, "tollgate_alert_burn_rate{{{},window=\"{}\"}} {}\n", labels[i],
                   duration_text(figures.window), static_cast<double>(figures.burn) / 1000);
  }
}

}  // namespace

std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# TYPE {0} {1}\n# HELP {0} {2}\n", name, type, help);
}

void slo_figures(std::string& out, const engine::Engine& engine) {
  const SloOverview overview = slo_overview(engine, {}, kMetricRowsMax);
  budgets(out, overview);
  burn_rates(out, engine, overview);
  alerts(out, engine.last_alerts(kMetricRowsMax));
}

}  // namespace tollgate::render
