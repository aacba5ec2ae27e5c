// JSON of budgets, burn rates and the overview of all of them.
#include "app/render/answers.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

std::string_view method_name(slo::BudgetingMethod method) {
  switch (method) {
    case slo::BudgetingMethod::occurrences:
      return "Occurrences";
    case slo::BudgetingMethod::timeslices:
      return "Timeslices";
    case slo::BudgetingMethod::ratio_timeslices:
      return "RatioTimeslices";
  }
  return "";
}

Node burn_number(slo::BurnRate rate) { return static_cast<double>(rate.thousandths) / 1000; }

/// One window of a pair, as a row of its own.
Node window_json(const slo::Objective& objective, Duration window, const slo::Evidence& counts,
                 slo::BurnRate rate) {
  Node interval = Node::array();
  if (counts.total() > 0) {
    const stats::Interval sure = slo::burn_interval(objective, counts);
    interval.push(sure.low);
    interval.push(sure.high);
  }
  return Node::object({{"window", duration_text(window)},
                       {"bad", counts.bad},
                       {"total", counts.total()},
                       {"effective_events", counts.effective},
                       {"burn", burn_number(rate)},
                       {"interval", std::move(interval)}});
}

Node pair_json(const slo::BurnFinding& finding) {
  return Node::object({{"short", duration_text(finding.pair.short_window)},
                       {"long", duration_text(finding.pair.long_window)},
                       {"limit", burn_number(finding.pair.limit)},
                       {"urgency", finding.pair.urgency == slo::Urgency::page ? "page" : "ticket"},
                       {"state", slo::burn_state_name(finding.state)},
                       {"evidence", slo::sufficiency_name(finding.sufficiency)},
                       {"message", slo::burn_words(finding)}});
}

/// The windows of all pairs, shortest first, each once.
Node windows_json(const slo::Objective& objective, const std::vector<slo::BurnFinding>& findings) {
  std::map<Duration, Node> windows;
  for (const slo::BurnFinding& finding : findings) {
    windows.emplace(finding.pair.short_window,
                    window_json(objective, finding.pair.short_window, finding.short_counts,
                                finding.short_rate));
    windows.emplace(finding.pair.long_window, window_json(objective, finding.pair.long_window,
                                                          finding.long_counts, finding.long_rate));
  }
  Node list = Node::array();
  for (auto& [length, window] : windows) list.push(std::move(window));
  return list;
}

/// What the SLO's own rule asks for, and whether it is met; nothing without such a rule.
void add_rule(Node& node, const slo::Objective& objective, slo::Sufficiency found) {
  if (objective.events_min == 0 && objective.interval_max.value == 0) return;
  Node rule = Node::object({{"found", slo::sufficiency_name(found)}});
  if (objective.events_min > 0) rule.set("min_events", objective.events_min);
  if (objective.interval_max.value > 0) rule.set("max_interval", ratio(objective.interval_max));
  node.set("evidence_rule", std::move(rule));
}

double in_minutes(Duration span) { return static_cast<double>(span.ms) / 60'000; }

/// The budget as time, and when it will be empty at the pace of the moment.
void add_time(Node& node, const engine::BudgetAnswer& answer) {
  const slo::Objective& objective = answer.objective;
  const Ppm left = answer.budget.left;
  const bool has_data = answer.budget.total > 0;
  node.set("minutes_allowed", in_minutes(slo::time_allowed(objective, answer.period)));
  node.set("minutes_left",
           has_data ? Node(in_minutes(slo::time_left(objective, answer.period, left))) : Node());
  if (!answer.pace) return;
  node.set("pace", Node::object({{"window", duration_text(answer.pace_window)},
                                 {"burn", burn_number(*answer.pace)}}));
  const auto empty_in = has_data ? slo::until_empty(objective, left, *answer.pace) : std::nullopt;
  node.set("empty_in_s", empty_in ? Node(empty_in->ms / 1000) : Node());
  node.set("empty_at", empty_in ? Node(time_text(answer.reading.fetched_at + *empty_in)) : Node());
}

/// The figures with what was left out as maintenance.
Node raw_json(const slo::Budget& raw) {
  const bool has_data = raw.total > 0;
  return Node::object({{"good", raw.good},
                       {"bad", raw.bad},
                       {"total", raw.total},
                       {"sli", has_data ? Node(ratio(raw.sli)) : Node()},
                       {"budget_left", has_data ? Node(ratio(raw.left)) : Node()},
                       {"state", slo::budget_state_name(raw.state)}});
}

}  // namespace

Node budget_json(const engine::BudgetAnswer& answer) {
  const slo::Budget& budget = answer.budget;
  const model::Reading& reading = answer.reading;
  const bool has_data = budget.total > 0;
  Node node = Node::object({{"slo", answer.objective.slo},
                            {"environment", reading.environment},
                            {"objective", ratio(answer.objective.target)},
                            {"method", method_name(answer.objective.method)}});
  node.set("window", Node::object({{"from", time_text(reading.from)},
                                   {"to", time_text(reading.to)},
                                   {"words", slo::window_words(answer.objective.window)}}));
  node.set("good", budget.good);
  node.set("bad", budget.bad);
  node.set("total", budget.total);
  node.set("sli", has_data ? Node(ratio(budget.sli)) : Node());
  Node interval = Node::array();
  if (has_data) {
    const stats::Interval sure = slo::sli_interval(budget);
    interval.push(sure.low);
    interval.push(sure.high);
  }
  node.set("interval", std::move(interval));
  node.set("effective_events", budget.effective);
  add_rule(node, answer.objective, budget.sufficiency);
  if (budget.effective < budget.total) {
    node.set("uncertainty", Node::object({{"is_sampled", true},
                                          {"effective_events", budget.effective},
                                          {"events", budget.total}}));
  }
  node.set("budget_left", has_data ? Node(ratio(budget.left)) : Node());
  node.set("bad_allowed", budget.bad_allowed);
  node.set("bad_left", budget.bad_left);
  add_time(node, answer);
  node.set("state", slo::budget_state_name(budget.state));
  node.set("watermark", time_text(reading.watermark));
  node.set("completeness", ratio(reading.completeness));
  if (reading.excluded) {
    node.set("excluded",
             Node::object({{"seconds", static_cast<double>(reading.excluded->time.ms) / 1000},
                           {"windows", reading.excluded->windows},
                           {"good", reading.excluded->good},
                           {"bad", reading.excluded->bad}}));
  }
  if (answer.raw) node.set("raw", raw_json(*answer.raw));
  if (reading.doubt) node.set("doubt", reflect::encode(*reading.doubt));
  node.set("source", reading.source);
  node.set("at", time_text(reading.fetched_at));
  node.set("message", slo::budget_words(answer.objective, budget));
  if (!reading.error.empty()) node.set("error", reading.error);
  return node;
}

Node burn_json(const engine::BurnAnswer& answer, std::string_view environment) {
  Node node = Node::object({{"slo", answer.objective.slo},
                            {"environment", environment},
                            {"objective", ratio(answer.objective.target)},
                            {"windows", windows_json(answer.objective, answer.findings)}});
  Node alert = Node::object({{"state", slo::burn_state_name(answer.state)},
                             {"word", slo::burn_state_word(answer.state)}});
  Node pairs = Node::array();
  for (const slo::BurnFinding& finding : answer.findings) {
    if (finding.state == answer.state && alert.find("message") == nullptr) {
      alert.set("urgency", finding.pair.urgency == slo::Urgency::page ? "page" : "ticket");
      alert.set("message", slo::burn_words(finding));
    }
    pairs.push(pair_json(finding));
  }
  node.set("alert", std::move(alert));
  node.set("pairs", std::move(pairs));
  node.set("at", time_text(answer.at));
  node.set("watermark", time_text(answer.watermark));
  if (!answer.error.empty()) node.set("error", answer.error);
  return node;
}

}  // namespace tollgate::render
