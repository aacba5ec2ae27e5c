// JSON of alert rules over the past, and of the choice among many.
#include "app/render/answers.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

Node seconds_or_null(const std::optional<Duration>& span) {
  return span ? Node(span->ms / 1000) : Node();
}

Node share_or_null(const std::optional<double>& share) { return share ? Node(*share) : Node(); }

/// Without labels no alert is true or false.
Node figures(const slo::Backtest& backtest, bool is_labelled) {
  return Node::object({{"alerts", static_cast<int64_t>(backtest.alerts.size())},
                       {"per_week", backtest.per_week()},
                       {"false_alerts", is_labelled ? Node(backtest.false_alerts) : Node()},
                       {"false_per_week", is_labelled ? Node(backtest.false_per_week()) : Node()},
                       {"precision", is_labelled ? share_or_null(backtest.precision()) : Node()},
                       {"incidents", backtest.incidents},
                       {"detected", backtest.detected},
                       {"recall", share_or_null(backtest.recall())},
                       {"detection_s", seconds_or_null(backtest.median_delay())},
                       {"on_s", backtest.on.ms / 1000}});
}

Node alert_list(const slo::Backtest& backtest, bool is_labelled) {
  Node list = Node::array();
  for (const slo::BacktestAlert& alert : backtest.alerts) {
    list.push(Node::object({{"raised", time_text(alert.raised)},
                            {"cleared", time_text(alert.cleared)},
                            {"reason", slo::alert_reason_name(alert.reason)},
                            {"is_false", is_labelled ? Node(!alert.incident) : Node()}}));
  }
  return list;
}

template <class Answer>
Node head_of(const Answer& answer) {
  Node node = Node::object(
      {{"subject", answer.subject},
       {"environment", answer.environment.empty() ? Node() : Node(answer.environment)},
       {"objective", ratio(answer.objective.target)},
       {"past",
        Node::object({{"from", time_text(answer.past.from)}, {"to", time_text(answer.past.to)}})},
       {"good", answer.counts.good},
       {"bad", answer.counts.bad},
       {"total", answer.counts.total()}});
  if (answer.counts.is_sampled()) node.set("effective", answer.counts.effective);
  return node;
}

}  // namespace

Node alert_backtest_json(const engine::AlertBacktest& answer) {
  Node node = head_of(answer);
  node.set("labelled", answer.is_labelled);
  Node rules = Node::array();
  for (const engine::RuleBacktest& rule : answer.rules) {
    Node row = Node::object({{"rules", rule.name}, {"severity", rule.severity}});
    const Node numbers = figures(rule.backtest, answer.is_labelled);
    for (const doc::Member& member : numbers.members()) row.set(member.key, member.value);
    row.set("list", alert_list(rule.backtest, answer.is_labelled));
    rules.push(std::move(row));
  }
  node.set("rules", std::move(rules));
  return node;
}

Node alert_tuning_json(const engine::AlertTuning& answer) {
  Node node = head_of(answer);
  const bool has_incidents =
      !answer.candidates.empty() && answer.candidates.front().noise.incidents > 0;
  node.set("severity", answer.options.severity);
  node.set("detection_of", has_incidents ? "incidents" : "injected");
  node.set("injected", has_incidents ? Node() : Node(ratio(answer.options.injected)));
  Node list = Node::array();
  for (const slo::Candidate& candidate : answer.candidates) {
    Node row = Node::object({{"name", candidate.name},
                             {"rules", slo::rule_set_name(candidate.set)},
                             {"confidence", ratio(candidate.guards.confidence)},
                             {"min_bad_events", candidate.guards.bad_events_min},
                             {"limit_factor", static_cast<double>(candidate.limit_percent) / 100},
                             {"efficient", candidate.is_efficient},
                             {"found", candidate.found}});
    const Node numbers = figures(candidate.noise, true);
    for (const doc::Member& member : numbers.members()) row.set(member.key, member.value);
    row.set("detection_s", seconds_or_null(candidate.detection));
    list.push(std::move(row));
  }
  node.set("candidates", std::move(list));
  return node;
}

}  // namespace tollgate::render
