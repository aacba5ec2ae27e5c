#include "engine/alerts/alert_past.hpp"

namespace tollgate::engine {

AlertBacktest backtest_alerts(const Past& past, const PastQuestion& question) {
  const std::vector<slo::Span> incidents = question.incidents.value_or(std::vector<slo::Span>{});
  AlertBacktest answer{.subject = question.slo,
                       .environment = question.environment,
                       .is_labelled = question.incidents.has_value(),
                       .objective = past.objective,
                       .past = past.span,
                       .counts = past.cells.evidence(past.span)};
  const auto add = [&](std::string name, const slo::AlertRule& rule) {
    answer.rules.push_back({.name = std::move(name),
                            .severity = rule.severity,
                            .backtest = slo::backtest(rule, past.cells, past.span, incidents,
                                                      {.exclusions = past.exclusions})});
  };
  if (question.set) {
    add(std::string(slo::rule_set_name(*question.set)),
        slo::standard_rule(past.objective, *question.set, "page"));
    return answer;
  }
  for (const slo::AlertRule& rule : past.rules) add(rule.name, rule);
  return answer;
}

AlertTuning tune_alerts(const Past& past, const PastQuestion& question,
                        const slo::TuneOptions& options) {
  slo::TuneOptions tried = options;
  tried.backtest.exclusions = past.exclusions;
  return {.subject = question.slo,
          .environment = question.environment,
          .objective = past.objective,
          .past = past.span,
          .counts = past.cells.evidence(past.span),
          .options = options,
          .candidates = slo::tune(past.objective, past.cells, past.span,
                                  question.incidents.value_or(std::vector<slo::Span>{}), tried)};
}

}  // namespace tollgate::engine
